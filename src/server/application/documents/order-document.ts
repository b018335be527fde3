/** Finds an order's originals and results, as every plugin that hands them out does. */
import { serverProblems } from '../../problems.ts';
import type { Account } from '../../domain/order/account.ts';
import { documentIdOf, formsOf } from '../../domain/order/documents.ts';
import { listFilledForms } from '../../adapters/postgres/orders/filled-forms.ts';
import { findOrderDocument } from '../../adapters/postgres/orders/order-documents.ts';
import { findOrder, findTask, isDeleted, type OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { findResult, type ResultRow } from '../../adapters/postgres/orders/results.ts';
import type { StoredBytes } from '../../adapters/postgres/sds.ts';
import type { FlowContext } from '../context.ts';
import { awaitChange } from '../lifecycle/awaiting.ts';

export interface OrderDocumentPath {
  readonly requestId: string;
  readonly taskId: string;
  readonly documentId: string;
  readonly which: 'original' | 'generated' | 'sdo';
}

/**
 * Where the bytes are; of a result that was ordered as `native`, where both are. Waits a moment for a package that is being made. Throws RESULT_UNKNOWN (also for another
 * service's order, and a deleted one) and RESULT_NOT_READY.
 */
export async function findOrderBytes(
  context: Pick<FlowContext, 'db' | 'listener'>,
  account: Account,
  path: OrderDocumentPath,
): Promise<StoredBytes & Pick<ResultRow, 'native'>> {
  const { db } = context;
  const order = await findOrder(db, path.requestId, account.service);
  const task = order?.spec.tasks.find(({ id }) => id === path.taskId);
  const used = task?.documentActions.some((action) => documentIdOf(order!.spec, action) === path.documentId);
  if (!order || isDeleted(order) || !used) throw serverProblems.error('RESULT_UNKNOWN');
  if (path.which === 'sdo') return awaitResult(context, path);
  if (path.which === 'generated') return findGenerated({ db }, order, path);
  const document = await findOrderDocument(db, path.requestId, path.documentId);
  if (!document) throw serverProblems.error('RESULT_UNKNOWN');
  return document;
}

/** What was made from a form: there once the task is sent in, if the signer did not leave it out. */
async function findGenerated(
  { db }: Pick<FlowContext, 'db'>,
  { spec }: OrderRow,
  { requestId, taskId, documentId }: OrderDocumentPath,
): Promise<StoredBytes> {
  if (!formsOf(spec).has(documentId)) throw serverProblems.error('RESULT_UNKNOWN');
  const filled = (await listFilledForms(db, requestId)).find(
    (row) => row.taskId === taskId && row.documentId === documentId,
  );
  if (filled) return { sha256: filled.sha256, size: filled.size, contentType: 'application/pdf' };
  const task = await findTask(db, requestId, taskId);
  throw serverProblems.error(task?.state === 'completed' ? 'RESULT_UNKNOWN' : 'RESULT_NOT_READY');
}

/** A task that was sent in has its package within moments: the caller need not ask twice. */
async function awaitResult(
  context: Pick<FlowContext, 'db' | 'listener'>,
  path: OrderDocumentPath,
): Promise<ResultRow> {
  const { db } = context;
  const stateOf = async () => (await findTask(db, path.requestId, path.taskId))?.state;
  await awaitChange(context, path.requestId, async () => (await stateOf()) !== 'sent-in');
  if ((await stateOf()) !== 'completed') throw serverProblems.error('RESULT_NOT_READY');
  const result = await findResult(db, path);
  if (!result) throw serverProblems.error('RESULT_UNKNOWN');
  return result;
}
