/** What follows when a task or packaging task has ended. Runs in the transaction that ends it, under the order's lock. */
import { Dependencies } from '../../domain/order/dependencies.ts';
import { allCompleted, isSettled } from '../../domain/lifecycle/lifecycle.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  addEvent,
  endPackagingTask,
  listPackagingTasks,
  listTasks,
  markOrderCompleted,
  type OrderRow,
} from '../../adapters/postgres/orders.ts';
import { enqueue } from '../../adapters/postgres/jobs.ts';
import type { FlowContext } from '../context.ts';
import { linkResults } from '../documents/later-documents.ts';
import { notifyOrder, notifyPackaging } from './notify.ts';

/** After a task was completed or taken out: packaging may be due, later documents are there, or the order is complete. */
export async function afterTask(
  tx: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  order: OrderRow,
): Promise<void> {
  const { requestId, spec } = order;
  await linkResults(tx, { clock }, order);
  const states = new Map((await listTasks(tx, requestId)).map(({ taskId, state }) => [taskId, state]));
  const packaging = await listPackagingTasks(tx, requestId);
  const dependencies = new Dependencies(spec);
  const hasSigned = [...states.values()].includes('completed');
  for (const { packagingTaskId } of packaging.filter(({ state }) => state === 'created')) {
    const waits = dependencies.beforePackaging(packagingTaskId).some((id) => !isSettled(states.get(id)));
    if (!waits && hasSigned) await startPackaging(tx, clock, requestId, packagingTaskId);
  }
  if (!allCompleted([...states.values()]) || packaging.some(({ state }) => state === 'created')) return;
  if (await markOrderCompleted(tx, requestId, clock.now())) await notifyOrder(tx, clock, requestId, spec);
}

async function startPackaging(
  tx: Db,
  clock: FlowContext['clock'],
  requestId: string,
  packagingTaskId: string,
): Promise<void> {
  const isNew = await enqueue(tx, {
    queue: 'package-order',
    payload: { requestId, packagingTaskId },
    key: `package-order ${requestId} ${packagingTaskId}`,
  });
  if (!isNew) return;
  await addEvent(tx, { requestId, type: 'packaging-task-created', at: clock.now(), data: packagingTaskId });
}

/** After a task that will never be completed: packaging that waits for it will never start. */
export async function afterLostTask(
  tx: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  { requestId, spec }: OrderRow,
  taskId: string,
): Promise<void> {
  const dependencies = new Dependencies(spec);
  for (const { packagingTaskId } of await listPackagingTasks(tx, requestId)) {
    if (!dependencies.beforePackaging(packagingTaskId).includes(taskId)) continue;
    if (!(await endPackagingTask(tx, { requestId, packagingTaskId }, { state: 'failed' }))) continue;
    await addEvent(tx, { requestId, type: 'packaging-task-failed', at: clock.now(), data: packagingTaskId });
    await notifyPackaging(tx, clock, requestId, spec, packagingTaskId);
  }
}

/** After a packaging task has ended: what shows its PDF can be opened, or the order is complete. */
export const afterPackagingTask = afterTask;
