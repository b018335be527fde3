/** The later life of an order: what back ends change or ask once it exists. Implements the TaskService on the store. */
import { serverProblems } from '../../problems.ts';
import type { TaskService } from '../api.ts';
import type { Account } from '../../domain/order/account.ts';
import type { TaskSpec } from '../../domain/order/model.ts';
import { findOrder, findTask, type OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { setClientStatus } from '../../adapters/postgres/orders/task-index.ts';
import { addTask, disableTask, judgeTask } from './changing-tasks.ts';
import { addNotification, disableNotification, judgeNotification } from './changing-notifications.ts';
import type { FlowContext } from '../context.ts';
import { countTasks, findTasks, searchProblems } from './searching.ts';
import { createUserSession, judgeUserSession } from '../signing/user-session.ts';

export const createTaskService = (context: FlowContext): TaskService => ({
  addTask: (account, requestId, task) => addTask(context, account, requestId, task),
  judgeTask: (account, requestId, task) => judgeTask(context, account, requestId, task),
  disableTask: (account, requestId, taskId) => disableTask(context, account, requestId, taskId),
  addNotification: (account, requestId, taskId, notification) =>
    addNotification(context, account, requestId, taskId, notification),
  judgeNotification: (account, requestId, taskId, notification) =>
    judgeNotification(context, account, requestId, taskId, notification),
  disableNotification: (account, requestId, taskId, notificationIds) =>
    disableNotification(context, account, requestId, taskId, notificationIds),
  getTask: (account, requestId, taskId) => getTask(context, account, requestId, taskId),
  findTasks: (account, filter, paging) => findTasks(context, account, filter, paging),
  countTasks: (account, filter) => countTasks(context, account, filter),
  judgeSearch: searchProblems,
  setClientStatus: (account, requestId, taskId, clientStatus) =>
    noteClientStatus(context, account, requestId, taskId, clientStatus),
  createUserSession: (account, session) => createUserSession(context, account, session),
  judgeUserSession: (account, session) => judgeUserSession(context, account, session),
});

async function getTask(
  { db }: FlowContext,
  { service }: Account,
  requestId: string,
  taskId: string,
): Promise<TaskSpec> {
  const order = await findOrder(db, requestId, service);
  if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
  return requireTask(order, taskId);
}

/** The task as it was ordered. Throws REQUEST_TASK_UNKNOWN. */
function requireTask({ requestId, spec }: OrderRow, taskId: string): TaskSpec {
  const task = spec.tasks.find(({ id }) => id === taskId);
  if (!task) throw serverProblems.error('REQUEST_TASK_UNKNOWN', { requestId, taskId });
  return task;
}

/** The caller's own word on a task, in whatever state that is; getStatus and findTasks repeat it. */
async function noteClientStatus(
  { db, clock }: FlowContext,
  { service }: Account,
  requestId: string,
  taskId: string,
  clientStatus: string,
): Promise<void> {
  if (!(await findOrder(db, requestId, service)))
    throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
  const task = await findTask(db, requestId, taskId);
  if (!task) throw serverProblems.error('REQUEST_TASK_UNKNOWN', { requestId, taskId });
  await setClientStatus(db, task, clientStatus, clock.now());
}
