/** Does the work that is on the queue: begins the attempt, runs its handler, notes the outcome. */
import type { Clock } from '@segl/problem/clock';
import { isProblem } from '@segl/problem/problem';
import { problemIn } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Database } from '../postgres/database.ts';
import {
  beginAttempt,
  failAttempt,
  finishAttempt,
  retryAttempt,
  type JobAttempt,
  type Lease,
} from '../postgres/work/jobs.ts';
import { queueNames, type QueueName } from '../../domain/lifecycle/jobs.ts';
import type { QueueBackend } from './backend.ts';
import { JobFailed, type QueuedJob, type QueueLimits } from './consumer.ts';
import { GiveUp, RetryLater, type Handler, type Handlers } from './handler.ts';
import { retryDelay } from './retry.ts';

/** Work whose handler takes the whole process down this often is given up. */
export const MAX_CRASHES = 10;

export interface WorkersOptions {
  readonly db: Database;
  readonly backend: QueueBackend;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly log: Logger;
  /** Jobs of one queue that run at once in this process. */
  readonly concurrency: number;
  /** Of the queues that have any. */
  readonly limits?: Partial<Record<QueueName, QueueLimits>>;
  /** For tests: the source of jitter. */
  readonly random?: () => number;
}

export interface Workers {
  /** Takes nothing new and waits for what is running. */
  close(): Promise<void>;
}

/** Starts a worker for each queue that has a handler. */
export function startWorkers(options: WorkersOptions): Workers {
  const { backend, handlers, concurrency, limits, log } = options;
  const consumers = queueNames
    .filter((queue) => handlers[queue] !== undefined)
    .map((queue) =>
      backend.openConsumer(queue, {
        concurrency,
        perMinute: limits?.[queue]?.perMinute,
        log,
        run: (job) => work(options, queue, job),
      }),
    );
  return {
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()));
    },
  };
}

/** What is thrown here but `JobFailed` comes from the database: the queue brings the job again. */
async function work(options: WorkersOptions, queue: QueueName, job: QueuedJob): Promise<void> {
  const attempt = attemptOf(queue, job);
  const lease = attempt && (await beginAttempt(options.db, attempt, options.clock.now()));
  if (lease) await run(options, queue, lease);
}

/** Undefined: nothing of ours, or of an earlier version; its row brings it again. */
function attemptOf(queue: QueueName, { data: { id, attempt } }: QueuedJob): JobAttempt | undefined {
  if (typeof id !== 'string' || typeof attempt !== 'number') return undefined;
  return { id, queue, attempt };
}

async function run(options: WorkersOptions, queue: QueueName, lease: Lease): Promise<void> {
  const { db, clock } = options;
  const number = lease.failures + 1;
  const log = options.log.child({ queue, job: lease.id, attempt: number });
  // the payload was written by enqueue(), whose types tie it to the queue
  const handler = options.handlers[queue] as Handler<QueueName>;
  const payload = lease.payload as Parameters<typeof handler.run>[0];
  const started = performance.now();
  try {
    if (lease.starts > MAX_CRASHES) {
      throw new GiveUp(serverProblems.of('job/process-ended', { times: lease.starts - 1 }));
    }
    await handler.run(payload, { id: lease.id, number, log });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    await noteFailure(options, queue, lease, { error, handler, log });
    throw new JobFailed(isProblem(error) ? error.code : error.name);
  }
  if (await finishAttempt(db, lease, clock.now()))
    log.debug({ ms: Math.round(performance.now() - started) }, 'A job is done.');
  else log.warn('A job was done by a worker that had lost it; whoever has it now says what came of it.');
}

async function noteFailure(
  options: WorkersOptions,
  queue: QueueName,
  lease: Lease,
  { error, handler, log }: { error: Error; handler: Handler<QueueName>; log: Logger },
): Promise<void> {
  const { db, clock } = options;
  const why = problemIn(error);
  const delay =
    error instanceof GiveUp
      ? undefined
      : retryDelay(queue, lease.failures + 1, options.random, patience(error));
  if (delay !== undefined) {
    const dueAt = new Date(clock.now().getTime() + delay);
    if (await retryAttempt(db, lease, why, dueAt))
      log.warn({ err: error, dueAt }, 'A job failed and is tried again.');
    else log.warn({ err: error }, 'A job failed in a worker that had lost it.');
    return;
  }
  const payload = lease.payload as Parameters<typeof handler.run>[0];
  let counts = false;
  await db
    .transaction(async (tx) => {
      counts = await failAttempt(tx, lease, why, clock.now());
      if (counts) await handler.gaveUp?.(tx, payload, error);
    })
    .catch(async (failure: unknown) => {
      log.error({ err: failure }, 'Nor could its end be handled.');
      counts = await failAttempt(db, lease, why, clock.now());
    });
  if (counts)
    log.error(
      { err: error },
      `A job failed for good. When its cause is gone, "segl retry ${lease.id}" takes it up again.`,
    );
  else log.warn({ err: error }, 'A job failed in a worker that had lost it.');
}

/** How long the error asks to wait at least, in milliseconds. */
const patience = (error: Error): number => (error instanceof RetryLater ? error.delayMs : 0);
