/** BullMQ on PostgreSQL: all its queues share a few connections, and hear of new jobs on the one that listens anyway. */
import { EventEmitter } from 'node:events';
import { PostgresConnection, PostgresQueueBackend, runMigrations, withBackend } from 'bullmq';
import type { PgPool, PostgresConnectionOptions, QueueBaseOptions } from 'bullmq';
import pg from 'pg';
import type { Listener } from '../postgres/listener.ts';
import type { QueueBackend, QueueBackendOptions } from './backend.ts';
import { createConsumer } from './consumer.ts';
import { createProducer, type JobData } from './producer.ts';
import { limiterOf, queueOptions, workerOptions } from './settings.ts';

const CONNECT_TIMEOUT_MS = 5_000;

export function postgresBackend(options: QueueBackendOptions): QueueBackend {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: options.application,
    max: options.connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    // its tables have a schema of their own, which its statements do not name
    options: '-c search_path=bullmq',
  });
  const shared = new SharedConnection(pool, options.listener);
  // all that BullMQ asks for itself: the connections are those above
  const connection = options.databaseUrl;
  const { Queue, Worker } = withBackend(
    (name: string, settings: QueueBaseOptions<PostgresConnectionOptions>) =>
      new PostgresQueueBackend(shared, name, settings),
  );
  return {
    kind: 'postgres',
    async prepare() {
      const client = await pool.connect();
      try {
        await runMigrations(client);
      } finally {
        client.release();
      }
    },
    openProducer: (name) => createProducer(new Queue<JobData>(name, { ...queueOptions, connection })),
    openConsumer: (name, consumer) =>
      createConsumer(
        name,
        consumer,
        (run) =>
          new Worker<JobData>(name, run, {
            ...workerOptions,
            ...limiterOf(consumer),
            connection,
            concurrency: consumer.concurrency,
          }),
      ),
    close: () => pool.end(),
  };
}

/**
 * One connection object for every queue, where BullMQ would make one each. It outlives the queue that is closed first, and
 * takes no connection out of the pool to listen on.
 */
class SharedConnection extends PostgresConnection {
  readonly #ear: Ear;

  constructor(pool: pg.Pool, listener: Listener) {
    // as BullMQ's own types have it: they differ in whether parameters may be changed
    super(pool as unknown as PgPool);
    this.setMaxListeners(0);
    this.#ear = new Ear(listener, () => this.emit('listenerinvalidated'));
  }

  override getListenClient(): Promise<Ear> {
    return Promise.resolve(this.#ear);
  }

  /** The name would tell who works on a queue; it is the process that has one here. */
  override async setListenClientName(): Promise<void> {}

  override async close(): Promise<void> {}
}

/** What BullMQ takes for a client of its own that listens. */
class Ear extends EventEmitter {
  readonly #listener: Listener;
  readonly #missed: () => void;
  readonly #channels = new Map<string, Promise<unknown>>();

  /** `missed`: called when something may have gone unheard. */
  constructor(listener: Listener, missed: () => void) {
    super();
    this.setMaxListeners(0);
    this.#listener = listener;
    this.#missed = missed;
  }

  /** Of what BullMQ asks of such a client only LISTEN means something here. */
  async query<Row>(sql: string): Promise<{ rows: Row[] }> {
    const channel = /^LISTEN (\w+);?$/m.exec(sql)?.[1];
    if (channel !== undefined) await this.#listen(channel);
    return { rows: [] };
  }

  #listen(channel: string): Promise<unknown> {
    const known = this.#channels.get(channel);
    if (known) return known;
    const listening = this.#listener.listen(channel, (payload) => {
      if (payload === undefined) this.#missed();
      else this.emit('notification', { channel, payload });
    });
    this.#channels.set(channel, listening);
    return listening;
  }
}
