/** An order as the table of transitions sees it, from its rows. */
import type { OrderSnapshot, OrderState, PackagingState } from '../../domain/lifecycle/transitions.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  listPackagingTasks,
  listTasks,
  type OrderRow,
  type PackagingTaskRow,
  type TaskRow,
} from '../../adapters/postgres/orders/orders.ts';
import { listNativeSignatures } from '../../adapters/postgres/sessions/sessions.ts';

/** Call it under the order's lock, or in a snapshot of the database. */
export async function loadSnapshot(tx: Db, order: OrderRow): Promise<OrderSnapshot> {
  const { requestId, spec } = order;
  const tasks = [];
  for (const row of await listTasks(tx, requestId)) tasks.push(await standingOf(tx, row));
  const packaging = (await listPackagingTasks(tx, requestId)).map((row) => ({
    id: row.packagingTaskId,
    state: packagingState(row),
    started: row.startedAt !== null,
  }));
  return { requestId, spec, state: orderState(order), tasks, packaging };
}

async function standingOf(tx: Db, row: TaskRow): Promise<OrderSnapshot['tasks'][number]> {
  const { taskId: id, state, expiresAt, sessionRef } = row;
  if (sessionRef === null) return { id, state, expiresAt, owed: [] };
  const signed = state === 'sent-in' ? await listNativeSignatures(tx, sessionRef) : [];
  return { id, state, expiresAt, session: sessionRef, owed: signed.map(({ documentId }) => documentId) };
}

function orderState({ deletedAt, deletionAskedAt, completedAt }: OrderRow): OrderState {
  if (deletedAt) return 'deleted';
  if (deletionAskedAt) return 'closing';
  return completedAt ? 'completed' : 'open';
}

function packagingState({ state, startedAt }: PackagingTaskRow): PackagingState {
  if (state !== 'created') return state;
  return startedAt ? 'running' : 'waiting';
}
