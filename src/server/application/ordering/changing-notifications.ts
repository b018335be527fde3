/** Notifications that are added to an order under way, or switched off. See TaskService. */
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import type { Account } from '../../domain/order/account.ts';
import type { Notification, OrderSpec } from '../../domain/order/model.ts';
import { invalidValues, type InvalidValue } from '../../domain/order/invalid-value.ts';
import { validateNotification } from '../../domain/order/validate.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  findOrder,
  isDeleted,
  lockOrder,
  updateSpec,
  type OrderRow,
} from '../../adapters/postgres/orders/orders.ts';
import type { FlowContext } from '../context.ts';
import { disableNotifications, notificationTypes, notifyAdded } from '../lifecycle/notify.ts';

/** The caller's order, locked. Throws REQUEST_UNKNOWN, REQUEST_TASK_UNKNOWN. */
async function lockOwn(
  tx: Db,
  { service }: Account,
  requestId: string,
  taskId: string | undefined,
): Promise<OrderRow> {
  const order = (await findOrder(tx, requestId, service)) && (await lockOrder(tx, requestId));
  return requireOwn(order, requestId, taskId);
}

function requireOwn(order: OrderRow | undefined, requestId: string, taskId: string | undefined): OrderRow {
  if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
  if (taskId !== undefined && !order.spec.tasks.some(({ id }) => id === taskId)) {
    throw serverProblems.error('REQUEST_TASK_UNKNOWN', { requestId, taskId });
  }
  return order;
}

/** The notifications of a task, or of the order as a whole with those of its packaging tasks. */
const notificationsOf = (spec: OrderSpec, taskId: string | undefined): readonly Notification[] =>
  taskId === undefined
    ? [...spec.notifications, ...spec.packagingTasks.flatMap(({ notifications }) => notifications)]
    : spec.tasks.filter(({ id }) => id === taskId).flatMap(({ notifications }) => notifications);

/** See TaskService.judgeNotification: its paths begin with `notification`, as it is the only one in the payload. */
export async function judgeNotification(
  { db, config }: FlowContext,
  account: Account,
  requestId: string,
  taskId: string | undefined,
  notification: Notification,
): Promise<InvalidValue[]> {
  const problems = validateNotification(notification, '', notificationTypes(config)).map((problem) => ({
    ...problem,
    element: problem.element.replace(/^\//, ''),
  }));
  try {
    const order = requireOwn(await findOrder(db, requestId, account.service), requestId, taskId);
    if (isDeleted(order)) throw serverProblems.error('REQUEST_DELETED', { requestId });
  } catch (error) {
    if (!isSeglError(error, 'REQUEST_UNKNOWN', 'REQUEST_DELETED', 'REQUEST_TASK_UNKNOWN')) throw error;
    const element = isSeglError(error, 'REQUEST_TASK_UNKNOWN') ? 'task-id' : 'request-id';
    problems.push({ element, problem: error.problem });
  }
  return problems;
}

/**
 * Without a schedule it is sent at once; either way the order has it from now on. An id names one notification: adding
 * another with it switches the one before off and takes its place.
 */
export async function addNotification(
  { db, clock, config }: FlowContext,
  account: Account,
  requestId: string,
  taskId: string | undefined,
  notification: Notification,
): Promise<void> {
  const owner = taskId === undefined ? 'request' : `task[@id="${taskId}"]`;
  const problems = validateNotification(notification, owner, notificationTypes(config));
  if (problems.length > 0) throw serverProblems.error('ORDER_INVALID', { problems: invalidValues(problems) });
  await db.transaction(async (tx) => {
    const order = await lockOwn(tx, account, requestId, taskId);
    if (isDeleted(order)) throw serverProblems.error('REQUEST_DELETED', { requestId });
    if (notificationsOf(order.spec, taskId).some(({ id }) => id === notification.id)) {
      await disableNotifications(tx, clock, requestId, taskId, [notification.id]);
    }
    const spec = withNotification(order.spec, taskId, notification);
    await updateSpec(tx, requestId, spec);
    await notifyAdded(tx, clock, { ...order, spec }, taskId, notification);
  });
}

function withNotification(spec: OrderSpec, taskId: string | undefined, added: Notification): OrderSpec {
  const grow = (list: readonly Notification[]) => [...list.filter(({ id }) => id !== added.id), added];
  if (taskId === undefined) return { ...spec, notifications: grow(spec.notifications) };
  return {
    ...spec,
    tasks: spec.tasks.map((task) =>
      task.id === taskId ? { ...task, notifications: grow(task.notifications) } : task,
    ),
  };
}

/** None of them fires any more, nor is what is due of them and not sent yet. Throws NOTIFICATION_UNKNOWN. */
export async function disableNotification(
  { db, clock }: FlowContext,
  account: Account,
  requestId: string,
  taskId: string | undefined,
  notificationIds: readonly string[],
): Promise<void> {
  await db.transaction(async (tx) => {
    const order = await lockOwn(tx, account, requestId, taskId);
    const known = new Set(notificationsOf(order.spec, taskId).map(({ id }) => id));
    const unknown = notificationIds.filter((id) => !known.has(id));
    if (unknown.length > 0) {
      throw serverProblems.error('NOTIFICATION_UNKNOWN', { ids: unknown });
    }
    await disableNotifications(tx, clock, requestId, taskId, notificationIds);
  });
}
