/** The states of tasks and orders, and what may follow what. Pure functions over plain data. */
import type { OrderSpec, TaskSpec, TaskState, WireTaskStatus } from './model.ts';

/** Days that a task stays open when the order does not say (contract default). */
export const DEFAULT_DAYS_TO_LIVE = 30;

/** Seconds that a single sign-on artifact is good for (contract). */
export const ARTIFACT_SECONDS = 30;

/** Minutes without a request after which a signing session is over (contract). */
export const SESSION_IDLE_MINUTES = 30;

const DAY = 86_400_000;

export const addDays = (time: Date, days: number): Date => new Date(time.getTime() + days * DAY);

export const expiryOf = (task: TaskSpec, createdAt: Date): Date =>
  addDays(createdAt, task.daysToLive ?? DEFAULT_DAYS_TO_LIVE);

/** State as callers see it: evidence that is still being made counts as not there yet. */
export const wireStatus = (state: TaskState): WireTaskStatus => (state === 'sent-in' ? 'created' : state);

/** What a task is at `now`, even before the sweep that writes it down has run. */
export const stateAt = (task: { state: TaskState; expiresAt: Date }, now: Date): TaskState =>
  task.state === 'created' && task.expiresAt <= now ? 'expired' : task.state;

/** Ids of the tasks that `task` still waits for. */
export const waitsFor = (task: TaskSpec, states: ReadonlyMap<string, TaskState>): string[] =>
  task.dependsOnTasks.filter((id) => states.get(id) !== 'completed');

/** An order is complete when every task is. Rejected, expired or deleted tasks keep it from ever being so. */
export const allCompleted = (states: Iterable<TaskState>): boolean =>
  [...states].every((state) => state === 'completed');

/**
 * Ids of tasks that wait, directly or through others, for themselves. Empty when depends-on-task has no cycle.
 * Unknown ids are ignored here; they are reported on their own.
 */
export function cyclicTasks(order: OrderSpec): string[] {
  const dependencies = new Map(order.tasks.map((task) => [task.id, task.dependsOnTasks]));
  const remaining = new Set(dependencies.keys());
  for (let removed = true; removed;) {
    removed = false;
    for (const id of remaining) {
      if ((dependencies.get(id) ?? []).some((needed) => remaining.has(needed))) continue;
      remaining.delete(id);
      removed = true;
    }
  }
  return [...remaining];
}
