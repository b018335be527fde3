/** What follows when a task or packaging task has ended. Runs in the transaction that ends it, under the order's lock. */
import { allCompleted } from '../orders/lifecycle.ts';
import type { Db } from '../store/database.ts';
import {
  addEvent,
  listPackagingTasks,
  listTasks,
  markOrderCompleted,
  type OrderRow,
} from '../store/orders.ts';
import { enqueue } from '../store/outbox.ts';
import type { FlowContext } from './context.ts';
import { notifyOrder } from './notify.ts';

/** After the last task: packaging tasks are due, or the order is complete. */
export async function afterTask(
  tx: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  order: OrderRow,
): Promise<void> {
  const { requestId } = order;
  if (!allCompleted((await listTasks(tx, requestId)).map(({ state }) => state))) return;
  const due = (await listPackagingTasks(tx, requestId)).filter(({ state }) => state === 'created');
  for (const { packagingTaskId } of due) {
    await addEvent(tx, { requestId, type: 'packaging-task-created', at: clock.now(), data: packagingTaskId });
    await enqueue(tx, {
      queue: 'package-order',
      payload: { requestId, packagingTaskId },
      key: `package-order ${requestId} ${packagingTaskId}`,
    });
  }
  if (due.length === 0) await complete(tx, clock, order);
}

/** After the last packaging task the order is complete. */
export async function afterPackagingTask(
  tx: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  order: OrderRow,
): Promise<void> {
  const tasks = await listPackagingTasks(tx, order.requestId);
  if (tasks.every(({ state }) => state !== 'created')) await complete(tx, clock, order);
}

async function complete(tx: Db, clock: FlowContext['clock'], order: OrderRow): Promise<void> {
  if (await markOrderCompleted(tx, order.requestId, clock.now())) {
    await notifyOrder(tx, clock, order.requestId, order.spec);
  }
}
