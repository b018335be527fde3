/** The states of tasks and orders, and what may follow what. Pure functions over plain data. */
import type { TaskSpec, TaskState, WireTaskStatus } from '../order/model.ts';

/** Days that a task stays open when the order does not say (contract default). */
export const DEFAULT_DAYS_TO_LIVE = 30;

/**
 * Days that a deleted order still answers for, after the last of its tasks has passed its days to live, when it does not
 * say itself. An order that is not deleted stays then.
 */
export const DEFAULT_DAYS_UNTIL_DELETION = 30;

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

/** What a task is at `now`, even before the run that writes it down has run. */
export const stateAt = (task: { state: TaskState; expiresAt: Date }, now: Date): TaskState =>
  task.state === 'created' && task.expiresAt <= now ? 'expired' : task.state;

/** Whether others need not wait for a task: it is completed, or was taken out of the order. */
export const isSettled = (state: TaskState | undefined): boolean =>
  state === 'completed' || state === 'deleted';

/** Ids of the tasks that `task` still waits for. */
export const waitsFor = (task: TaskSpec, states: ReadonlyMap<string, TaskState>): string[] =>
  task.dependsOnTasks.filter((id) => !isSettled(states.get(id)));

/** An order is complete when every task is that was not taken out. Rejected or expired ones keep it from ever being so. */
export const allCompleted = (states: readonly TaskState[]): boolean =>
  states.includes('completed') && states.every(isSettled);
