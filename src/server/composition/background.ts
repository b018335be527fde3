/** The background work: what puts due work on the queue, a worker for every kind of it, and the schedules. */
import { createQueueBackend } from '../adapters/queue/choose-backend.ts';
import type { Handlers } from '../adapters/queue/handler.ts';
import { startPublisher } from '../adapters/queue/publisher.ts';
import { startScheduler, type ScheduledJob } from '../adapters/queue/scheduler.ts';
import { startWorkers } from '../adapters/queue/worker.ts';
import type { Application } from './application.ts';
import { openTogether } from './open-parts.ts';
import { queueLimits } from './queue-limits.ts';

/** What there is to do: for each queue what does its work, and what runs by the clock. */
export interface BackgroundWork {
  readonly handlers: Handlers;
  readonly jobs: readonly ScheduledJob[];
}

export interface Background {
  readonly queue: 'redis' | 'postgres';
  /** Takes nothing new and waits for what is running. */
  close(): Promise<void>;
}

export const openBackground = (
  { context, databaseUrl, connections }: Application,
  { handlers, jobs }: BackgroundWork,
): Promise<Background> =>
  openTogether(async (parts) => {
    const { db, clock, config, log, listener } = context;
    const backend = parts.add(
      createQueueBackend({
        databaseUrl,
        redisUrl: config.redisUrl,
        application: `${connections.application} queue`,
        connections: connections.queue,
        listener,
      }),
    );
    await backend.prepare();
    const common = { db, backend, clock, log, limits: queueLimits(config) };
    const workers = startWorkers({ ...common, handlers, concurrency: config.workerConcurrency });
    const scheduler = startScheduler({ ...common, jobs });
    // both wait for what is running, which may be long: they do so at the same time
    parts.add({ close: async () => void (await Promise.all([scheduler.close(), workers.close()])) });
    parts.add(await startPublisher({ ...common, listener }));
    return { queue: backend.kind };
  });
