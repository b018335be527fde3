/** How BullMQ is used, on whatever backend. */

/** For dashboards; what came of a job is in its row. */
const KEEP = { age: 3_600, count: 1_000 };

/**
 * Retries are the business of the row. BullMQ's are for a database that cannot even be told: the job comes back until it
 * can.
 */
export const jobOptions = {
  attempts: 100_000,
  backoff: { type: 'fixed', delay: 5_000 },
  stackTraceLimit: 0,
  removeOnComplete: KEEP,
  removeOnFail: KEEP,
};

export const queueOptions = {
  // else adding to a queue that is away waits for ever
  skipWaitingForReady: true,
  defaultJobOptions: jobOptions,
  streams: { events: { maxLen: 100 } },
};

/**
 * The lock says who works on a job. It is renewed long before it ends, since packaging the largest PDF blocks a process for
 * seconds. A worker that died is noticed when its lock has ended; how often that happens to a job is counted in its row.
 */
export const workerOptions = {
  lockDuration: 20_000,
  lockRenewTime: 5_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
  removeOnComplete: KEEP,
  removeOnFail: KEEP,
};

/** The rate of a queue, as its workers are told. */
export const limiterOf = ({
  perMinute,
}: {
  readonly perMinute?: number | undefined;
}): { limiter?: { max: number; duration: number } } =>
  perMinute === undefined ? {} : { limiter: { max: perMinute, duration: 60_000 } };
