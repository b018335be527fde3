/** What is done by the clock alone: one schedule for all processes, and one run of it at a time. */
import { problemIn } from '@segl/problem/problems';
import { systemClock, type Clock } from '@segl/problem/clock';
import type { Logger } from '../telemetry/log.ts';
import type { Database } from '../postgres/database.ts';
import { noteRunFailed, noteRunFinished, noteRunStarted } from '../postgres/work/scheduled-jobs.ts';
import type { QueueBackend } from './backend.ts';
import { JobFailed, type Consumer, type QueuedJob } from './consumer.ts';
import type { Producer } from './producer.ts';

/** Work that needs no row of its own: whatever a run leaves undone is found by the next one. */
export interface ScheduledJob {
  readonly name: string;
  /** Cron, in UTC. */
  readonly pattern: string;
  /** May be called again after a run that was cut short, and must then come to the same. */
  run(log: Logger): Promise<void>;
}

export const EVERY_MINUTE = '* * * * *';
export const EVERY_HOUR = '0 * * * *';

const QUEUE = 'upkeep';

/** A clock that went so much faster or slower than the machine's was moved, or the machine slept. */
const JUMP_MS = 30_000;

export interface SchedulerOptions {
  readonly db: Database;
  readonly backend: QueueBackend;
  readonly jobs: readonly ScheduledJob[];
  readonly clock: Clock;
  readonly log: Logger;
  /** How often to look at the clock. Default: 1 s. */
  readonly pollMs?: number;
  /** How often it is made sure that the queue still knows the schedules. Default: 1 minute. */
  readonly ensureMs?: number;
}

export interface Scheduler {
  /** Starts nothing new and waits for what is running. */
  close(): Promise<void>;
}

/**
 * Everything runs at the start, then on schedule, and after a jump of the clock. The queue keeps the schedules; one that
 * was lost is told them again.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  return new RunningScheduler(options);
}

class RunningScheduler implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> | undefined;
  #closed = false;
  #isNew = true;
  #troubled = false;
  /** By how much the clock was ahead of the machine's when everything last ran at once. */
  #ahead = NaN;
  #ensured = -Infinity;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { backend, log, pollMs = 1_000 } = options;
    this.#producer = backend.openProducer(QUEUE);
    this.#consumer = backend.openConsumer(QUEUE, {
      concurrency: 1,
      log,
      run: (job) => runScheduled(options, job),
    });
    this.#timer = setInterval(() => this.#look(), pollMs);
    this.#look();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#round;
    await this.#consumer.close();
    await this.#producer.close();
  }

  #look(): void {
    if (this.#closed) return;
    this.#round ??= this.#once()
      .then(() => void (this.#troubled = false))
      .catch((error: unknown) => {
        // said once; the next look tries again
        if (!this.#troubled)
          this.#options.log.warn({ err: error }, 'The queue cannot be told its schedules at the moment.');
        this.#troubled = true;
      })
      .finally(() => (this.#round = undefined));
  }

  async #once(): Promise<void> {
    const { clock, ensureMs = 60_000 } = this.#options;
    const now = clock.now();
    if (performance.now() - this.#ensured >= ensureMs) {
      await this.#ensure(ensureMs);
      this.#ensured = performance.now();
    }
    const ahead = now.getTime() - systemClock.now().getTime();
    // at the start there is nothing to compare with, and everything runs
    if (Math.abs(ahead - this.#ahead) < JUMP_MS) return;
    await this.#runAll(now);
    this.#ahead = ahead;
  }

  async #ensure(lateMs: number): Promise<void> {
    const { jobs } = this.#options;
    await this.#producer.limitConcurrency(1);
    for (const { name, pattern } of jobs) await this.#producer.schedule(name, pattern, lateMs);
    // what an earlier version had scheduled
    if (this.#isNew) await this.#producer.keepSchedules(jobs.map(({ name }) => name));
    this.#isNew = false;
  }

  /** Once in a minute, however many processes ask. */
  async #runAll(now: Date): Promise<void> {
    const minute = Math.floor(now.getTime() / 60_000);
    await this.#producer.add(
      this.#options.jobs.map(({ name }) => ({ id: `${name}-${minute}`, name, data: {} })),
    );
  }
}

async function runScheduled({ db, jobs, clock, log }: SchedulerOptions, job: QueuedJob): Promise<void> {
  const scheduled = jobs.find(({ name }) => name === job.name);
  // of a newer version that shares the queue for a while
  if (!scheduled) return;
  const { name } = scheduled;
  await noteRunStarted(db, name, clock.now());
  try {
    await scheduled.run(log.child({ scheduled: name }));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    log.error({ err: error, scheduled: name }, 'A scheduled job failed; its next run makes up for it.');
    await noteRunFailed(db, name, clock.now(), problemIn(error));
    throw new JobFailed(error.name);
  }
  await noteRunFinished(db, name, clock.now());
}
