/** Waiting for a queue, but not for ever. */
import { setTimeout as sleep } from 'node:timers/promises';

/** False when `work` took longer than `ms` milliseconds. Throws what it throws before that. */
export async function inTime(work: Promise<unknown>, ms: number): Promise<boolean> {
  const patience = new AbortController();
  const timeout = sleep(ms, false, { signal: patience.signal });
  const done = work.then(() => true);
  // whoever lost the race is not listened to any more
  for (const loser of [timeout, done]) loser.catch(() => undefined);
  return Promise.race([done, timeout]).finally(() => patience.abort());
}
