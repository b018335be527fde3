/** Forms of documents as they are ordered: is the PDF one that can be filled in, and does what the order gives fit? */
import { findInvalidFields } from '../../documents/form/fill.ts';
import type { PdfForm } from '../../documents/form/form.ts';
import { readForm } from '../../documents/form/read.ts';
import { isSeglError } from '@segl/problem/errors';
import type { ListedDocument } from '../../domain/order/documents.ts';
import { paramProblems, type FieldProblem, type FormValues } from '../../domain/order/form-fields.ts';
import type { Form } from '../../domain/order/model.ts';
import type { InvalidValue } from '../../domain/order/invalid-value.ts';
import { orderProblems } from '../../domain/order/problems.ts';
import type { StoredBytes } from '../../adapters/postgres/sds.ts';
import type { FlowContext } from '../context.ts';

/** What does not fit onto the page, in the words of the domain. */
export const invalidFieldsOf = (form: PdfForm, values: FormValues): FieldProblem[] =>
  findInvalidFields(form, values).map(({ name, invalid }) =>
    invalid.kind === 'characters'
      ? { name, kind: 'characters', detail: invalid.characters }
      : { name, kind: 'space' },
  );

/** Problems of a form with its PDF, which is fit to be signed otherwise. `bytes`: absent, they are in the blob store. */
export async function judgeForm(
  { blobs }: Pick<FlowContext, 'blobs'>,
  { element }: ListedDocument,
  { inputParams }: Form,
  { contentType, sha256 }: StoredBytes,
  bytes: Uint8Array | undefined,
): Promise<InvalidValue[]> {
  const at = `${element}/form`;
  if (!/^application\/pdf\s*(;|$)/i.test(contentType.trim())) {
    return [{ element: at, problem: orderProblems.of('form/not-a-pdf') }];
  }
  try {
    const form = readForm(bytes ?? (await blobs.read(sha256)));
    return paramProblems(at, form.fields, inputParams, (values) => invalidFieldsOf(form, values));
  } catch (error) {
    if (isSeglError(error) && error.fault === 'Client') return [{ element: at, problem: error.problem }];
    throw error;
  }
}
