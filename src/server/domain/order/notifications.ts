/** Which notifications are due on which change, and when. A notification is a hint: the receiver asks getStatus. */
import type { Notification, TaskState, WireTaskStatus } from './model.ts';
import { isSettled, wireStatus } from '../lifecycle/lifecycle.ts';
import { dueAt } from './schedule.ts';

/** A notification that its state has set off. */
export interface DueNotification {
  readonly notification: Notification;
  /** Which of the notification's triggers it is; each is good for one delivery. */
  readonly occasion: string;
  /** Null: at once. */
  readonly dueAt: Date | null;
}

/** Occasion of a notification without a schedule. */
export const UNSCHEDULED = 'unscheduled';

/**
 * The notifications that `state` sets off. `unscheduled`: whether the state also does so for those without a schedule.
 * `reachedAt`: when the state was reached; what would have been due before `now` is due now.
 */
export function dueNotifications(
  notifications: readonly Notification[],
  state: WireTaskStatus,
  times: { readonly reachedAt: Date; readonly now: Date; readonly unscheduled: boolean },
): DueNotification[] {
  const { reachedAt, now, unscheduled } = times;
  return notifications.flatMap((notification, index) => {
    const again = notifications.slice(0, index).filter(({ id }) => id === notification.id).length;
    // ids are the caller's and may come twice; that must not make two notifications one
    const nth = again === 0 ? '' : ` of ${again + 1}`;
    if (notification.schedules.length === 0)
      return unscheduled ? [{ notification, occasion: `${UNSCHEDULED}${nth}`, dueAt: null }] : [];
    const moments = notification.schedules.flatMap((schedule, number) => {
      if (schedule.stateIs !== state) return [];
      const moment = dueAt(schedule, reachedAt, now);
      return [
        { notification, occasion: `schedule ${number + 1}${nth}`, dueAt: moment > now ? moment : null },
      ];
    });
    // schedules that come to the same moment are one trigger
    return moments.filter(
      ({ dueAt }, place) =>
        moments.findIndex((other) => other.dueAt?.getTime() === dueAt?.getTime()) === place,
    );
  });
}

/** What the truth of a state is judged by, at a moment. */
export interface Standing {
  readonly deleted: boolean;
  readonly completed: boolean;
  readonly tasks: readonly TaskState[];
}

/** Whether a task is (still) in `state`. A task that was sent in is open for nobody any more. */
export const taskIs = (state: WireTaskStatus, task: TaskState): boolean =>
  state === 'created' ? task === 'created' : wireStatus(task) === state;

/**
 * Whether an order is in `state`: created while it can still be completed and somebody has to act; rejected, expired or
 * failed as soon as one of its tasks is.
 */
export function orderIs(state: WireTaskStatus, { deleted, completed, tasks }: Standing): boolean {
  if (state === 'deleted') return deleted;
  if (deleted) return false;
  if (state === 'completed') return completed;
  if (state !== 'created') return tasks.includes(state);
  const canBeCompleted = tasks.every((task) => task === 'created' || task === 'sent-in' || isSettled(task));
  return canBeCompleted && tasks.includes('created');
}
