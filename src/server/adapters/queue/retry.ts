/** When failed work is tried again: one table for all queues. */
import type { QueueName } from '../../domain/lifecycle/jobs.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const packaging = [
  ...[1 * SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[1 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR],
];

const delivery = [
  ...[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[1 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR],
  ...Array<number>(7).fill(24 * HOUR),
];

/**
 * Pauses in milliseconds before the second, third … try; the first is made at once. Notifications: 17 tries, the
 * last one at least five and a half days after the first, whatever the jitter.
 */
export const retryDelays: Readonly<Record<QueueName, readonly number[]>> = {
  'package-task': packaging,
  'package-order': packaging,
  'deliver-callback': delivery,
  'send-mail': delivery,
  'send-sms': delivery,
};

/** Share of a pause by which it is randomly shortened or lengthened, so that failures do not come back in step. */
export const JITTER = 0.2;

/**
 * Milliseconds until work of `queue` that has now failed `failures` times is due again; undefined: never.
 * `random`: 0 ≤ x < 1. `atLeast`: what the other side asked for (Retry-After).
 */
export function retryDelay(
  queue: QueueName,
  failures: number,
  random: () => number = Math.random,
  atLeast = 0,
): number | undefined {
  const pause = retryDelays[queue][failures - 1];
  if (pause === undefined) return undefined;
  return Math.max(Math.round(pause * (1 + JITTER * (2 * random() - 1))), atLeast);
}
