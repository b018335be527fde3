/** Starts the background work: the relay that rings for due rows, and a worker for every queue. */
import { deliveryContext, packagingContext, type House } from '@segl/server/composition/services';
import { createQueueBackend } from '@segl/server/adapters/queue/backend';
import { startRelay } from '@segl/server/adapters/queue/relay';
import { startWorkers } from '@segl/server/adapters/queue/worker';
import { deliverCallbackWorker } from './deliver-callback.ts';
import { packageOrderWorker } from './package-order.ts';
import { packageTaskWorker } from './package-task.ts';
import { sendMessageWorker } from './send-message.ts';
import { sweepWorker } from './sweep.ts';

export interface Background {
  readonly queue: 'redis' | 'postgres';
  /** Takes nothing new and waits for what is running. */
  close(): Promise<void>;
}

export async function startBackground(house: House): Promise<Background> {
  const { context, databaseUrl } = house;
  const { db, clock, config, log } = context;
  const backend = createQueueBackend({ databaseUrl, redisUrl: config.redisUrl });
  await backend.prepare();
  const packaging = packagingContext(house);
  const delivery = deliveryContext(house);
  const workers = await startWorkers({
    db,
    databaseUrl,
    backend,
    clock,
    log,
    concurrency: config.workerConcurrency,
    handlers: {
      'package-task': packageTaskWorker(packaging),
      'package-order': packageOrderWorker(packaging),
      'deliver-callback': deliverCallbackWorker(delivery),
      'send-mail': sendMessageWorker(delivery),
      'send-sms': sendMessageWorker(delivery),
      sweep: sweepWorker(packaging),
    },
  });
  const relay = await startRelay({ db, databaseUrl, backend, clock, log });
  return {
    queue: backend.kind,
    close: async () => {
      await relay.close();
      await workers.close();
    },
  };
}
