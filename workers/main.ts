/** Starts the background work: what puts due work on the queue, a worker for every kind of it, and the schedules. */
import { deliveryContext, packagingContext, type Application } from '@segl/server/composition/services';
import { createQueueBackend } from '@segl/server/adapters/queue/backend';
import { startPublisher } from '@segl/server/adapters/queue/publisher';
import { startScheduler } from '@segl/server/adapters/queue/scheduler';
import { startWorkers } from '@segl/server/adapters/queue/worker';
import { queueLimits } from '@segl/server/composition/queue-limits';
import { blobsJob } from './blobs.ts';
import { deliverCallbackWorker } from './deliver-callback.ts';
import { expireJob } from './expire.ts';
import { forgetJob } from './forget.ts';
import { packageOrderWorker } from './package-order.ts';
import { packageTaskWorker } from './package-task.ts';
import { preserveJob } from './preserve.ts';
import { pruneJobsJob } from './prune-jobs.ts';
import { purgeJob } from './purge.ts';
import { sendMessageWorker } from './send-message.ts';
import { warnOfExpiryJob } from './warn-of-expiry.ts';

export interface Background {
  readonly queue: 'redis' | 'postgres';
  /** Takes nothing new and waits for what is running. */
  close(): Promise<void>;
}

export async function startBackground(application: Application): Promise<Background> {
  const { context, databaseUrl, connections } = application;
  const { db, clock, config, log, listener } = context;
  const backend = createQueueBackend({
    databaseUrl,
    redisUrl: config.redisUrl,
    application: `${connections.application} queue`,
    connections: connections.queue,
    listener,
  });
  await backend.prepare();
  const packaging = packagingContext(application);
  const delivery = deliveryContext(application);
  const common = { db, backend, clock, log, limits: queueLimits(config) };
  const workers = startWorkers({
    ...common,
    concurrency: config.workerConcurrency,
    handlers: {
      'package-task': packageTaskWorker(packaging),
      'package-order': packageOrderWorker(packaging),
      'deliver-callback': deliverCallbackWorker(delivery),
      'send-mail': sendMessageWorker(delivery),
      'send-sms': sendMessageWorker(delivery),
    },
  });
  const scheduler = startScheduler({
    ...common,
    jobs: [
      expireJob(context),
      purgeJob(context),
      forgetJob(context),
      preserveJob(packaging),
      blobsJob(context),
      warnOfExpiryJob(context),
      pruneJobsJob(context),
    ],
  });
  const publisher = await startPublisher({ ...common, listener });
  return {
    queue: backend.kind,
    close: async () => {
      await publisher.close();
      await Promise.all([scheduler.close(), workers.close()]);
      await backend.close();
    },
  };
}
