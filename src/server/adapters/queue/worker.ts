/** Does the work that the queue rings for: claims the row, runs its handler, notes the outcome. */
import type { Clock } from '@segl/problem/clock';
import type { Logger } from '../telemetry/log.ts';
import type { Database } from '../postgres/database.ts';
import {
  beginAttempt,
  noteFailed,
  noteFinished,
  noteRetry,
  type OutboxRow,
  type Ring,
} from '../postgres/outbox.ts';
import type { QueueBackend } from './backend.ts';
import { Claims } from './claims.ts';
import { GiveUp, RetryLater, type Handler, type Handlers } from './handler.ts';
import { queueNames, type QueueName } from '../../domain/lifecycle/jobs.ts';
import { retryDelay } from './retry.ts';

/** A row whose handler takes the whole process down this often is given up. */
export const MAX_CRASHES = 10;

export interface WorkersOptions {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly backend: QueueBackend;
  readonly handlers: Handlers;
  readonly clock: Clock;
  readonly log: Logger;
  /** Jobs of one queue that run at once in this process. */
  readonly concurrency: number;
  /** For tests: the source of jitter. */
  readonly random?: () => number;
}

export interface Workers {
  /** Takes nothing new and waits for what is running. */
  close(): Promise<void>;
}

/** Starts a worker for each queue that has a handler. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const claims = new Claims({ url: options.databaseUrl, log: options.log });
  await claims.open();
  const workers = queueNames
    .filter((queue) => options.handlers[queue] !== undefined)
    .map((queue) =>
      options.backend.openWorker(queue, {
        concurrency: options.concurrency,
        log: options.log,
        onRing: (ring) => answer(options, claims, queue, ring),
      }),
    );
  return {
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
      await claims.close();
    },
  };
}

async function answer(options: WorkersOptions, claims: Claims, queue: QueueName, ring: Ring): Promise<void> {
  // somebody else is at it; should they fail to finish, the relay rings again
  if (!(await claims.take(ring.id))) return;
  try {
    const row = await beginAttempt(options.db, ring, options.clock.now());
    if (row) await attempt(options, queue, row);
  } finally {
    await claims.release(ring.id);
  }
}

async function attempt(options: WorkersOptions, queue: QueueName, row: OutboxRow): Promise<void> {
  const { db, clock } = options;
  const number = row.attempts + 1;
  const log = options.log.child({ queue, job: row.id, attempt: number });
  // the payload was written by enqueue(), whose types tie it to the queue
  const handler = options.handlers[queue] as Handler<QueueName>;
  const payload = row.payload as Parameters<typeof handler.run>[0];
  const started = performance.now();
  try {
    if (row.starts - number >= MAX_CRASHES) {
      throw new GiveUp(`The process ended ${row.starts - number} times while it did this.`);
    }
    await handler.run(payload, { id: row.id, number, log });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const delay =
      error instanceof GiveUp ? undefined : retryDelay(queue, number, options.random, patience(error));
    if (delay !== undefined) {
      const dueAt = new Date(clock.now().getTime() + delay);
      await noteRetry(db, row.id, error.message, dueAt);
      log.warn({ err: error, dueAt }, 'A job failed and is tried again.');
      return;
    }
    const again =
      queue === 'sweep' ? '' : ` When its cause is gone, "segl retry ${row.id}" takes it up again.`;
    log.error({ err: error }, `A job failed for good.${again}`);
    await db
      .transaction(async (tx) => {
        await noteFailed(tx, row.id, error.message, clock.now());
        await handler.gaveUp?.(tx, payload, error);
      })
      .catch(async (failure: unknown) => {
        log.error({ err: failure }, 'Nor could its end be handled.');
        await noteFailed(db, row.id, error.message, clock.now());
      });
    return;
  }
  await noteFinished(db, row.id, clock.now());
  log.debug({ ms: Math.round(performance.now() - started) }, 'A job is done.');
}

/** How long the error asks to wait at least, in milliseconds. */
const patience = (error: Error): number => (error instanceof RetryLater ? error.delayMs : 0);
