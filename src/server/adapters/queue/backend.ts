/**
 * BullMQ as a doorbell: on Redis when there is one, else on the PostgreSQL that holds everything anyway. This is the
 * only file that knows which; above it a bell carries row ids and nothing else, so a lost queue loses nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresBackend, createRedisBackend, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import { generalProblems } from '@segl/problem/problems';
import type { Logger } from '../telemetry/log.ts';
import type { Ring } from '../postgres/outbox.ts';
import type { QueueName } from '../../domain/lifecycle/jobs.ts';

/** The producers' end of one queue. */
export interface Bell {
  /** Throws UNAVAILABLE when the queue does not answer within five seconds. Ringing twice for the same try is fine. */
  ring(rings: readonly Ring[]): Promise<void>;
  close(): Promise<void>;
}

/** The workers' end of one queue. */
export interface BellWorker {
  /** Waits for what is running. */
  close(): Promise<void>;
}

export interface QueueBackend {
  readonly kind: 'redis' | 'postgres';
  /** Creates what the queue needs in the database; call once before anything else. */
  prepare(): Promise<void>;
  openBell(queue: QueueName): Bell;
  openWorker(
    queue: QueueName,
    options: { concurrency: number; log: Logger; onRing: (ring: Ring) => Promise<void> },
  ): BellWorker;
}

const RING_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 3_000;

const queueOptions = {
  skipWaitingForReady: true,
  // finished jobs leave at once, so that the same try can be rung again; retries are the row's business
  defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  streams: { events: { maxLen: 100 } },
};

/** A worker that died is noticed after lock and check have passed: seconds, where the defaults would take a minute. */
const workerOptions = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000_000,
  runRetryDelay: 1_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
};

/** `redisUrl` decides. Opens no connection yet. */
export function createQueueBackend(options: {
  databaseUrl: string;
  redisUrl?: string | undefined;
}): QueueBackend {
  return options.redisUrl === undefined
    ? postgresQueueBackend(options.databaseUrl)
    : redisQueueBackend(options.redisUrl);
}

function redisQueueBackend(url: string): QueueBackend {
  const { Queue, Worker } = withBackend(createRedisBackend);
  const prefix = 'segl';
  return {
    kind: 'redis',
    prepare: async () => undefined,
    openBell(name) {
      const reconnecting = new Reconnecting();
      // a relay that fails fast tries again soon; one that waits for Redis would hold its rows locked
      const connection = { url, maxRetriesPerRequest: 1, retryStrategy: reconnecting.pause };
      return bell(new Queue<Ring>(name, { ...queueOptions, connection, prefix }), reconnecting);
    },
    openWorker(name, { concurrency, log, onRing }) {
      const reconnecting = new Reconnecting();
      const connection = { url, maxRetriesPerRequest: null, retryStrategy: reconnecting.pause };
      const answering = new Answering(onRing);
      const worker = new Worker<Ring>(name, answering.run, {
        ...workerOptions,
        connection,
        prefix,
        concurrency,
      });
      return watched(worker, answering, name, log, reconnecting);
    },
  };
}

/** Reconnects to Redis until it is told to stop: without that, closing while Redis is away would wait for its return. */
class Reconnecting {
  #stopped = false;

  /** Milliseconds before reconnection number `times`; null: no more. */
  readonly pause = (times: number): number | null =>
    this.#stopped ? null : Math.min(50 * 2 ** Math.min(times, 10), 2_000);

  stop(): void {
    this.#stopped = true;
  }
}

function postgresQueueBackend(databaseUrl: string): QueueBackend {
  const { Queue, Worker } = withBackend(createPostgresBackend);
  // each end has a small pool of its own; the LISTEN connection of a worker comes on top
  const connection = { connectionString: databaseUrl, max: 2, connectionTimeoutMillis: RING_TIMEOUT_MS };
  return {
    kind: 'postgres',
    async prepare() {
      const client = new pg.Client({ connectionString: databaseUrl });
      // a connection that breaks fails the query; without a listener it would end the process, too
      client.on('error', () => undefined);
      await client.connect();
      try {
        await runMigrations(client);
      } finally {
        await client.end();
      }
    },
    openBell: (name) => bell(new Queue<Ring>(name, { ...queueOptions, connection })),
    openWorker(name, { concurrency, log, onRing }) {
      const answering = new Answering(onRing);
      const worker = new Worker<Ring>(name, answering.run, { ...workerOptions, connection, concurrency });
      return watched(worker, answering, name, log);
    },
  };
}

/** The part of a BullMQ queue that a bell needs, whatever it runs on. */
interface Producer {
  addBulk(jobs: { name: string; data: Ring; opts: { jobId: string } }[]): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

function bell(producer: Producer, reconnecting?: Reconnecting): Bell {
  // what matters of it reaches the caller of ring()
  producer.on('error', () => undefined);
  return {
    async ring(rings) {
      // named after row and try, so BullMQ itself ignores a second ring while the first one waits; a try whose worker
      // died has been started once more, so its new ring does not wait for BullMQ to miss the old one
      const jobs = rings.map((data) => {
        const jobId = `${data.id}-${data.attempts}-${data.starts}`;
        return { name: 'ring', data, opts: { jobId } };
      });
      const timeout = AbortSignal.timeout(RING_TIMEOUT_MS);
      const expired = new Promise<never>((_, reject) =>
        timeout.addEventListener('abort', () => reject(new Error('no answer'))),
      );
      try {
        await Promise.race([producer.addBulk(jobs), expired]);
      } catch (cause) {
        throw generalProblems.error('UNAVAILABLE', { what: 'The job queue' }, { cause });
      }
    },
    async close() {
      reconnecting?.stop();
      await inTime(producer.close());
    },
  };
}

/** The part of a BullMQ worker that is not its processor. */
interface Consumer {
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Fetches no more; resolves when what is running is finished and filed. */
  pause(): Promise<void>;
  close(force: boolean): Promise<void>;
}

function watched(
  worker: Consumer,
  answering: Answering,
  queue: string,
  log: Logger,
  reconnecting?: Reconnecting,
): BellWorker {
  // a connection that comes and goes, or a ring that somebody else took over: BullMQ goes on by itself
  worker.on('error', (error) => log.debug({ queue, err: error }, 'The job queue reports an error.'));
  return {
    async close() {
      const paused = worker.pause();
      await answering.finished();
      // a queue that cannot be told so in time is left without a goodbye: the rows know everything that matters
      const heard = await inTime(paused);
      reconnecting?.stop();
      await inTime(worker.close(!heard));
    },
  };
}

/** The rings that are being answered. */
class Answering {
  readonly #running = new Set<Promise<void>>();
  readonly #onRing: (ring: Ring) => Promise<void>;

  constructor(onRing: (ring: Ring) => Promise<void>) {
    this.#onRing = onRing;
  }

  readonly run = async (job: { data: Ring }): Promise<void> => {
    const answer = this.#onRing(job.data);
    this.#running.add(answer);
    try {
      await answer;
    } finally {
      this.#running.delete(answer);
    }
  };

  async finished(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}

/** Waits for `work`, but not for ever; false when it took too long or failed. */
async function inTime(work: Promise<void>): Promise<boolean> {
  const patience = new AbortController();
  const timeout = sleep(CLOSE_TIMEOUT_MS, false, { signal: patience.signal });
  const done = work.then(
    () => true,
    () => false,
  );
  return Promise.race([done, timeout]).finally(() => patience.abort());
}
