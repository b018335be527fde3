/** Finds what a reference means: documents of the caller's own service, wherever they are kept. */
import { parseDocumentTarget } from '../../domain/order/document-address.ts';
import { serverProblems } from '../../problems.ts';
import type { Account, DocumentReference } from '../../domain/order/account.ts';
import { documentIdOf } from '../../domain/order/documents.ts';
import { findOrder, type OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { listResults } from '../../adapters/postgres/orders/results.ts';
import { findArchived, findSds, type StoredBytes } from '../../adapters/postgres/sds.ts';
import type { FlowContext } from '../context.ts';
import { findOrderBytes } from './order-document.ts';

type OrderReference = Extract<DocumentReference, { kind: 'order' }>;

export interface ReferencedDocument extends StoredBytes {
  /** The order that it belongs to, if the reference names one. */
  readonly order?: OrderRow;
}

/** Characters of an address that an error repeats. */
const SHOWN = 200;

/**
 * Throws SDS_UNKNOWN, ARCHIVE_UNKNOWN, RESULT_UNKNOWN, RESULT_NOT_READY, TASK_ID_NEEDED, SERVICE_FOREIGN and
 * DOCUMENT_URI_REFUSED. What belongs to another service is as unknown as what does not exist.
 */
export async function findReferenced(
  context: FlowContext,
  account: Account,
  reference: DocumentReference,
): Promise<ReferencedDocument> {
  const { db, clock } = context;
  switch (reference.kind) {
    case 'uri':
      return findReferenced(context, account, readUri(account, reference.uri));
    case 'order':
      return findInOrder(context, account, reference);
    case 'sds': {
      const found = await findSds(db, account.service, reference.id, clock.now());
      if (!found) throw serverProblems.error('SDS_UNKNOWN', { id: reference.id });
      return found;
    }
    case 'archive': {
      const found = await findArchived(db, account.service, reference.id);
      if (!found) throw serverProblems.error('ARCHIVE_UNKNOWN', { id: reference.id });
      return found;
    }
  }
}

/** Only the path counts: clients reach the service by several names, and nothing is ever fetched. */
function readUri(account: Account, uri: string): Exclude<DocumentReference, { kind: 'uri' }> {
  const refused = () => serverProblems.error('DOCUMENT_URI_REFUSED', { uri: uri.slice(0, SHOWN) });
  if (!URL.canParse(uri)) throw refused();
  const { protocol, pathname } = new URL(uri);
  const address = parseDocumentTarget(pathname);
  if (!/^https?:$/.test(protocol) || !address || address.kind === 'upload') throw refused();
  if (address.service !== account.service) throw serverProblems.error('SERVICE_FOREIGN');
  if (address.kind !== 'order') return { kind: address.kind, id: address.id };
  const { requestId, taskId, documentId, which } = address;
  const meant = { original: 'source', generated: 'generated', sdo: 'result' } as const;
  return { kind: 'order', requestId, taskId, documentId, which: meant[which] };
}

async function findInOrder(
  context: FlowContext,
  account: Account,
  reference: OrderReference,
): Promise<ReferencedDocument> {
  const { requestId, documentId, which } = reference;
  const order = await findOrder(context.db, requestId, account.service);
  if (!order) throw serverProblems.error('RESULT_UNKNOWN');
  const taskId = reference.taskId ?? (await soleTask(context, order, reference));
  const names = { source: 'original', generated: 'generated', result: 'sdo' } as const;
  const path = { requestId, taskId, documentId, which: names[which] };
  return { ...(await findOrderBytes(context, account, path)), order };
}

/** The task that is meant where none is named: any that shows the original, the one that has the result. */
async function soleTask(
  { db }: FlowContext,
  { requestId, spec }: OrderRow,
  { documentId, which }: OrderReference,
): Promise<string> {
  const using = spec.tasks.filter(({ documentActions }) =>
    documentActions.some((action) => documentIdOf(spec, action) === documentId),
  );
  const [first] = using;
  if (!first) throw serverProblems.error('RESULT_UNKNOWN');
  if (which === 'source' || using.length === 1) return first.id;
  const results = (await listResults(db, requestId)).filter((result) => result.documentId === documentId);
  const [result, ...more] = results;
  if (!result) throw serverProblems.error('RESULT_NOT_READY');
  if (more.length > 0) throw serverProblems.error('TASK_ID_NEEDED', { documentId });
  return result.taskId;
}
