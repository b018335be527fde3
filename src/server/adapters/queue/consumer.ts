/** Takes jobs off a queue and has them done. */
import { UnrecoverableError } from 'bullmq';
import type { Logger } from '../telemetry/log.ts';
import { inTime } from './in-time.ts';
import type { JobData } from './producer.ts';

/** What a queue allows, over all processes together; nothing said: as much as its workers can do. */
export interface QueueLimits {
  /** Jobs that run at once. */
  readonly concurrency?: number | undefined;
  /** Jobs that are begun in a minute. */
  readonly perMinute?: number | undefined;
}

/** A job as BullMQ hands it out. */
export interface QueuedJob {
  readonly name: string;
  readonly data: JobData;
}

export interface ConsumerOptions {
  /** Jobs that run at once in this process. */
  readonly concurrency: number;
  readonly perMinute?: number | undefined;
  readonly log: Logger;
  /**
   * Does one job. Throwing `JobFailed` files it as failed; throwing anything else has it run again in a few seconds. It may
   * be called twice for one job, in the worst case at the same time: when a process stood still for longer than its lock
   * lasts.
   */
  readonly run: (job: QueuedJob) => Promise<void>;
}

/** The job has ended badly, and whoever needs to know has been told: the queue only files it. */
export class JobFailed extends UnrecoverableError {
  override readonly name = 'JobFailed';
}

export interface Consumer {
  /** Takes nothing new and waits for what is running. */
  close(): Promise<void>;
}

/** The part of a BullMQ worker that is not its processor. */
export interface BullWorker {
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Fetches no more; resolves when what is running is finished and filed. */
  pause(): Promise<void>;
  close(force: boolean): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 3_000;

/** `open`: makes the BullMQ worker. `stopping`: called before it is closed. */
export function createConsumer(
  queue: string,
  { log, run }: Pick<ConsumerOptions, 'log' | 'run'>,
  open: (run: (job: QueuedJob) => Promise<void>) => BullWorker,
  stopping: () => void = () => undefined,
): Consumer {
  const running = new Set<Promise<void>>();
  const worker = open(async (job) => {
    const work = run(job);
    running.add(work);
    try {
      await work;
    } finally {
      running.delete(work);
    }
  });
  // a connection that comes and goes, or a job that somebody else took over: BullMQ goes on by itself
  worker.on('error', (error) => log.debug({ queue, err: error }, 'The job queue reports an error.'));
  return {
    async close() {
      const paused = worker.pause();
      await Promise.allSettled(running);
      // a queue that cannot be told so in time is left without a goodbye: the rows know everything that matters
      const told = await inTime(paused, CLOSE_TIMEOUT_MS).catch(() => false);
      stopping();
      await inTime(worker.close(!told), CLOSE_TIMEOUT_MS).catch(() => undefined);
    },
  };
}
