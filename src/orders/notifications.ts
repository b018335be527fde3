/** Which notifications are due on which change. A notification is a hint: the receiver asks getStatus. */
import type { Notification, OrderSpec, PackagingTaskSpec, TaskSpec, WireTaskStatus } from './model.ts';

/** Task notifications fire on the state they name; without a schedule, when the task is completed. */
export const taskNotifications = (task: TaskSpec, state: WireTaskStatus): Notification[] =>
  task.notifications.filter(({ schedules }) =>
    schedules.length === 0 ? state === 'completed' : schedules.some(({ stateIs }) => stateIs === state),
  );

/** Order notifications fire once, when every task is completed and every packaging task has ended. */
export const orderNotifications = (order: OrderSpec): readonly Notification[] => order.notifications;

/** Packaging notifications fire when the packaging task has ended, well or not. */
export const packagingNotifications = (task: PackagingTaskSpec): readonly Notification[] =>
  task.notifications;
