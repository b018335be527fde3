/** The reference to a document that packaging and sealing share (`document-id`). */
import type { DocumentReference } from '../../../domain/order/account.ts';
import type { InvalidValues } from '../invalid-values.ts';
import { soapProblems } from '../problems.ts';
import { filledText, partOf, present, requiredText, type WireObject } from '../wire-value.ts';

const kinds = ['archive-document-id', 'order-document-id', 'sds-document-id', 'uri-document-id'];

function readKinds(from: WireObject): DocumentReference[] {
  const archive = partOf(from, 'archive-document-id');
  const order = partOf(from, 'order-document-id');
  const sds = partOf(from, 'sds-document-id');
  const uri = filledText(from, 'uri-document-id')?.trim();
  const references: (DocumentReference | undefined | '')[] = [
    archive && { kind: 'archive', id: requiredText(archive, 'id').trim() },
    order &&
      present({
        kind: 'order' as const,
        requestId: requiredText(order, 'request-id').trim(),
        taskId: filledText(order, 'task-id'),
        documentId: requiredText(order, 'document-id'),
        which: requiredText(order, 'type') as 'source' | 'result',
      }),
    sds && { kind: 'sds', id: requiredText(sds, 'id').trim() },
    uri && { kind: 'uri', uri },
  ];
  return references.filter((reference) => !!reference);
}

/** The schema lets all four kinds stand together; just one of them means something. */
export function readDocumentId(
  from: WireObject,
  path: string,
  invalid: InvalidValues,
): DocumentReference | undefined {
  const [reference, ...others] = readKinds(from);
  if (!reference || others.length > 0) {
    invalid.add(path, soapProblems.of('soap/not-one-reference', { kinds }));
  }
  return reference;
}
