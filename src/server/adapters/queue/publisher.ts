/** Puts what is due on the queue, and once more what nobody finished. */
import type { Clock } from '@segl/problem/clock';
import type { Logger } from '../telemetry/log.ts';
import type { Database } from '../postgres/database.ts';
import { JOBS_CHANNEL, publishDue, republish, unpublish, type JobAttempt } from '../postgres/work/jobs.ts';
import type { Listener } from '../postgres/listener.ts';
import { queueNames, type QueueName } from '../../domain/lifecycle/jobs.ts';
import type { QueueBackend } from './backend.ts';
import type { QueueLimits } from './consumer.ts';
import type { NewJob, Producer } from './producer.ts';

const BATCH = 200;

/** What was published this long ago, and begun by nobody since, was lost with the queue. */
const LOST_MS = 5 * 60_000;

export interface PublisherOptions {
  readonly db: Database;
  readonly listener: Listener;
  readonly backend: QueueBackend;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the queues that have any. */
  readonly limits?: Partial<Record<QueueName, QueueLimits>>;
  /** How often to look without being told; a commit is noticed at once. Default: 1 s. */
  readonly pollMs?: number;
}

export interface Publisher {
  close(): Promise<void>;
}

/** Any number of processes may run one: each takes rows that no other has taken. */
export async function startPublisher(options: PublisherOptions): Promise<Publisher> {
  const publisher = new RunningPublisher(options);
  await publisher.start();
  return publisher;
}

class RunningPublisher implements Publisher {
  readonly #options: PublisherOptions;
  readonly #producers: ReadonlyMap<string, Producer>;
  #timer: NodeJS.Timeout | undefined;
  #unlisten: (() => void) | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #troubled = false;
  #lookedForLost = -Infinity;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#producers = new Map(queueNames.map((name) => [name, options.backend.openProducer(name)]));
  }

  async start(): Promise<void> {
    const { listener, pollMs = 1_000 } = this.#options;
    this.#unlisten = await listener.listen(JOBS_CHANNEL, () => this.#wake());
    this.#timer = setInterval(() => this.#wake(), pollMs);
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#unlisten?.();
    await this.#round;
    await Promise.all([...this.#producers.values()].map((producer) => producer.close()));
  }

  /** One round at a time; being woken during one makes for one more. */
  #wake(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#round ??= this.#rounds().finally(() => (this.#round = undefined));
  }

  async #rounds(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#once();
        if (this.#troubled) this.#options.log.info('What is due is put on the queue again.');
        this.#troubled = false;
      } catch (error) {
        // said once; the next poll tries again
        if (!this.#troubled)
          this.#options.log.warn({ err: error }, 'What is due cannot be put on the queue at the moment.');
        this.#troubled = true;
      }
    }
  }

  async #once(): Promise<void> {
    const { db, clock } = this.#options;
    const now = clock.now();
    await this.#publishAll(() => publishDue(db, now, BATCH), 'add');
    if (Math.abs(now.getTime() - this.#lookedForLost) < LOST_MS / 10) return;
    await this.#limit();
    const before = new Date(now.getTime() - LOST_MS);
    await this.#publishAll(() => republish(db, before, now, BATCH), 'addAgain');
    this.#lookedForLost = now.getTime();
  }

  /** A queue that was lost has forgotten its limits, too. */
  async #limit(): Promise<void> {
    for (const [name, producer] of this.#producers)
      await producer.limitConcurrency(this.#options.limits?.[name as QueueName]?.concurrency);
  }

  async #publishAll(take: () => Promise<JobAttempt[]>, how: 'add' | 'addAgain'): Promise<void> {
    for (let count = BATCH; count === BATCH && !this.#closed;) {
      const attempts = await take();
      count = attempts.length;
      for (const [queue, producer] of this.#producers) {
        const mine = attempts.filter((attempt) => attempt.queue === queue);
        if (mine.length === 0) continue;
        await producer[how](mine.map(asJob)).catch(async (error: unknown) => {
          await unpublish(this.#options.db, attempts);
          throw error;
        });
      }
    }
  }
}

/** Named after row and attempt, so that the queue itself ignores a second one while it has the first. */
const asJob = ({ id, queue, attempt }: JobAttempt): NewJob => ({
  id: `${id}-${attempt}`,
  name: queue,
  data: { id, attempt },
});
