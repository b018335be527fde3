/** Turns a change of an order into callbacks that are due, in the transaction that makes the change. */
import type { Clock } from '../clock.ts';
import { randomBase36 } from '../ids.ts';
import type { Notification, OrderSpec, TaskSpec, WireTaskStatus } from '../orders/model.ts';
import { orderNotifications, packagingNotifications, taskNotifications } from '../orders/notifications.ts';
import type { Db } from '../store/database.ts';
import { insertDelivery } from '../store/deliveries.ts';
import { enqueue } from '../store/outbox.ts';

async function due(
  tx: Db,
  clock: Clock,
  of: { requestId: string; taskId?: string },
  notifications: readonly Notification[],
): Promise<void> {
  for (const notification of notifications) {
    const id = `msg_${randomBase36(25)}`;
    await insertDelivery(tx, {
      id,
      requestId: of.requestId,
      taskId: of.taskId ?? null,
      notificationId: notification.id,
      recipient: notification.recipient,
      createdAt: clock.now(),
    });
    await enqueue(tx, { queue: 'deliver-callback', payload: { deliveryId: id } });
  }
}

export const notifyTask = (
  tx: Db,
  clock: Clock,
  requestId: string,
  task: TaskSpec,
  state: WireTaskStatus,
): Promise<void> => due(tx, clock, { requestId, taskId: task.id }, taskNotifications(task, state));

export const notifyOrder = (tx: Db, clock: Clock, requestId: string, order: OrderSpec): Promise<void> =>
  due(tx, clock, { requestId }, orderNotifications(order));

export async function notifyPackaging(
  tx: Db,
  clock: Clock,
  requestId: string,
  order: OrderSpec,
  packagingTaskId: string,
): Promise<void> {
  const task = order.packagingTasks.find(({ id }) => id === packagingTaskId);
  if (task) await due(tx, clock, { requestId }, packagingNotifications(task));
}
