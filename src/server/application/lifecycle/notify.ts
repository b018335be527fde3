/** Turns a change of an order into notifications that are due, in the transaction that makes the change. */
import type { Clock } from '@segl/problem/clock';
import type { Config } from '../../config/config.ts';
import { randomBase36 } from '@segl/problem/ids';
import type { QueueName } from '../../domain/lifecycle/jobs.ts';
import { stateAt } from '../../domain/lifecycle/lifecycle.ts';
import type {
  Notification,
  NotificationType,
  OrderSpec,
  TaskSpec,
  WireTaskStatus,
} from '../../domain/order/model.ts';
import {
  dueNotifications,
  orderIs,
  taskIs,
  UNSCHEDULED,
  type DueNotification,
} from '../../domain/order/notifications.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  deleteDisabled,
  insertDelivery,
  insertDisabled,
  listDisabled,
  type DeliveryScope,
} from '../../adapters/postgres/work/deliveries.ts';
import {
  findOrder,
  findTask,
  listPackagingTasks,
  listTasks,
  type OrderRow,
} from '../../adapters/postgres/orders/orders.ts';
import { enqueue } from '../../adapters/postgres/work/jobs.ts';

/** One queue a channel, so that none waits for another. */
const queueOf = {
  URL: 'deliver-callback',
  EMAIL: 'send-mail',
  SMS: 'send-sms',
} as const satisfies Record<NotificationType, QueueName>;

/** The channels that the settings open. */
export const notificationTypes = (config: Config): NotificationType[] => [
  'URL',
  ...(config.smtpUrl === undefined ? [] : (['EMAIL'] as const)),
  ...(config.smsGatewayUrl === undefined ? [] : (['SMS'] as const)),
];

/** After a task came into `state`: its own notifications, and the order's that wait for such a task. */
export async function notifyTask(
  tx: Db,
  clock: Clock,
  requestId: string,
  task: TaskSpec,
  state: WireTaskStatus,
): Promise<void> {
  const scope = { requestId, taskId: task.id, packagingTaskId: null };
  await announce(tx, clock, scope, task.notifications, state, state === 'completed');
  // an order is completed by more than its tasks, and deleted as a whole; all else happens to it by way of a task
  if (state === 'completed' || state === 'deleted') return;
  const order = await findOrder(tx, requestId);
  if (!order) return;
  await announce(tx, clock, ofOrder(requestId), order.spec.notifications, state, false);
  if (state !== 'created') return;
  for (const { id, notifications } of order.spec.packagingTasks)
    await announce(tx, clock, { ...ofOrder(requestId), packagingTaskId: id }, notifications, state, false);
}

/** After every task was completed and every packaging task has ended, or the order was deleted with all its tasks. */
export const notifyOrder = (
  tx: Db,
  clock: Clock,
  requestId: string,
  order: OrderSpec,
  state: 'completed' | 'deleted',
): Promise<void> =>
  announce(tx, clock, ofOrder(requestId), order.notifications, state, state === 'completed');

/** After a packaging task has ended, well or not. */
export async function notifyPackaging(
  tx: Db,
  clock: Clock,
  requestId: string,
  order: OrderSpec,
  packagingTaskId: string,
  state: 'completed' | 'failed',
): Promise<void> {
  const task = order.packagingTasks.find(({ id }) => id === packagingTaskId);
  if (!task) return;
  await announce(tx, clock, { ...ofOrder(requestId), packagingTaskId }, task.notifications, state, true);
}

/**
 * After a notification was added to an order that is under way; `taskId` absent: to the order as a whole. Without a
 * schedule it is sent at once; an URL is called again on completion, since a callback is a hint that may come twice.
 * With schedules it counts from when the state was reached, if it is the present one.
 */
export async function notifyAdded(
  tx: Db,
  clock: Clock,
  order: OrderRow,
  taskId: string | undefined,
  notification: Notification,
): Promise<void> {
  const { requestId } = order;
  const scope: DeliveryScope = { requestId, taskId: taskId ?? null, packagingTaskId: null };
  await deleteDisabled(tx, scope, notification.id);
  const now = clock.now();
  const completedAt =
    taskId === undefined ? order.completedAt : (await findTask(tx, requestId, taskId))?.completedAt;
  if (notification.schedules.length === 0) {
    const occasion = notification.type === 'URL' && !completedAt ? 'added' : UNSCHEDULED;
    await fire(tx, clock, scope, [{ notification, occasion, dueAt: null }], null);
    return;
  }
  for (const state of new Set(notification.schedules.map(({ stateIs }) => stateIs))) {
    if (!(await stillIs(tx, clock, scope, state))) continue;
    const since = state === 'created' ? order.createdAt : state === 'completed' ? completedAt : undefined;
    const times = { reachedAt: since ?? now, now, unscheduled: false };
    await fire(tx, clock, scope, dueNotifications([notification], state, times), state);
  }
}

/** After disableNotification: none of these is sent any more, neither those that wait nor later ones. */
export const disableNotifications = (
  tx: Db,
  clock: Clock,
  requestId: string,
  taskId: string | undefined,
  notificationIds: readonly string[],
): Promise<void> => insertDisabled(tx, { requestId, taskId: taskId ?? null }, notificationIds, clock.now());

/** Whether what set a notification off is still so. */
export async function stillIs(
  db: Db,
  clock: Clock,
  { requestId, taskId, packagingTaskId }: DeliveryScope,
  state: WireTaskStatus,
): Promise<boolean> {
  const order = await findOrder(db, requestId);
  if (!order) return false;
  const now = clock.now();
  if (packagingTaskId !== null) {
    const rows = await listPackagingTasks(db, requestId);
    return (
      !order.deletedAt && rows.some((row) => row.packagingTaskId === packagingTaskId && row.state === state)
    );
  }
  const tasks = await listTasks(db, requestId);
  if (taskId !== null) return tasks.some((row) => row.taskId === taskId && taskIs(state, stateAt(row, now)));
  return orderIs(state, {
    deleted: order.deletedAt !== null,
    completed: order.completedAt !== null,
    tasks: tasks.map((row) => stateAt(row, now)),
  });
}

const ofOrder = (requestId: string): DeliveryScope => ({ requestId, taskId: null, packagingTaskId: null });

async function announce(
  tx: Db,
  clock: Clock,
  scope: DeliveryScope,
  notifications: readonly Notification[],
  state: WireTaskStatus,
  unscheduled: boolean,
): Promise<void> {
  const now = clock.now();
  await fire(
    tx,
    clock,
    scope,
    dueNotifications(notifications, state, { reachedAt: now, now, unscheduled }),
    state,
  );
}

async function fire(
  tx: Db,
  clock: Clock,
  scope: DeliveryScope,
  due: readonly DueNotification[],
  state: WireTaskStatus | null,
): Promise<void> {
  if (due.length === 0) return;
  const disabled = await listDisabled(tx, scope);
  for (const { notification, occasion, dueAt } of due) {
    if (disabled.has(notification.id)) continue;
    const { type, recipient, sender, header, message } = notification;
    const id = `msg_${randomBase36(25)}`;
    const isNew = await insertDelivery(tx, {
      ...{ ...scope, id, notificationId: notification.id, type, recipient, message },
      ...{ sender: sender ?? null, header: header ?? null },
      ...{ occasion, state, dueAt, createdAt: clock.now() },
    });
    if (!isNew) continue;
    await enqueue(tx, { queue: queueOf[type], payload: { deliveryId: id }, ...(dueAt && { dueAt }) });
  }
}
