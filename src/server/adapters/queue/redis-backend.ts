/** BullMQ on Redis. */
import { createRedisBackend, withBackend } from 'bullmq';
import type { QueueBackend } from './backend.ts';
import { createConsumer } from './consumer.ts';
import { createProducer, type JobData } from './producer.ts';
import { limiterOf, queueOptions, workerOptions } from './settings.ts';

const PREFIX = 'segl';

/** Each producer and consumer has connections of its own. */
export function redisBackend(url: string): QueueBackend {
  const { Queue, Worker } = withBackend(createRedisBackend);
  return {
    kind: 'redis',
    prepare: async () => undefined,
    openProducer(name) {
      const reconnecting = new Reconnecting();
      // whoever fails fast tries again soon; waiting for Redis would hold up everything else
      const connection = { url, maxRetriesPerRequest: 1, retryStrategy: reconnecting.pause };
      const queue = new Queue<JobData>(name, { ...queueOptions, connection, prefix: PREFIX });
      return createProducer(queue, reconnecting.stop);
    },
    openConsumer(name, options) {
      const reconnecting = new Reconnecting();
      const connection = { url, maxRetriesPerRequest: null, retryStrategy: reconnecting.pause };
      return createConsumer(
        name,
        options,
        (run) =>
          new Worker<JobData>(name, run, {
            ...workerOptions,
            ...limiterOf(options),
            connection,
            prefix: PREFIX,
            concurrency: options.concurrency,
          }),
        reconnecting.stop,
      );
    },
    close: async () => undefined,
  };
}

/** Reconnects to Redis until it is told to stop: without that, closing while Redis is away would wait for its return. */
class Reconnecting {
  #stopped = false;

  /** Milliseconds before reconnection number `times`; null: no more. */
  readonly pause = (times: number): number | null =>
    this.#stopped ? null : Math.min(50 * 2 ** Math.min(times, 10), 2_000);

  readonly stop = (): void => {
    this.#stopped = true;
  };
}
