/** Puts jobs on a queue, and tells the queue its schedules and limits. */
import { systemClock } from '@segl/problem/clock';
import { generalProblems } from '@segl/problem/problems';
import { inTime } from './in-time.ts';
import { jobOptions } from './settings.ts';

/** References, never content. */
export type JobData = Readonly<Record<string, string | number>>;

/** What is put on a queue. A second one with the same id is ignored for as long as the queue knows the first. */
export interface NewJob {
  /** Neither a number alone nor with a colon in it: BullMQ's rule. */
  readonly id: string;
  readonly name: string;
  readonly data: JobData;
}

/** Each of its functions but `close` throws UNAVAILABLE when the queue does not answer in time. */
export interface Producer {
  add(jobs: readonly NewJob[]): Promise<void>;
  /** As `add`, for work that is unfinished whatever the queue believes: what it holds as ended does not stand in the way. */
  addAgain(jobs: readonly NewJob[]): Promise<void>;
  /** Jobs that run at once, over all processes; undefined: no limit. Forgotten when the queue is lost. */
  limitConcurrency(most: number | undefined): Promise<void>;
  /**
   * Has a job of this name put on the queue by `pattern` (cron, UTC), unless that is so. One that is late by `lateMs`
   * milliseconds was lost on the way, and is begun anew. Forgotten when the queue is lost.
   */
  schedule(name: string, pattern: string, lateMs: number): Promise<void>;
  /** Ends all schedules but these. */
  keepSchedules(names: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What of a BullMQ queue is used, whatever it runs on. */
export interface BullQueue {
  add(name: string, data: JobData, options: { jobId: string }): Promise<unknown>;
  addBulk(jobs: { name: string; data: JobData; opts: { jobId: string } }[]): Promise<unknown>;
  getJob(id: string): Promise<{ getState(): Promise<string>; remove(): Promise<void> } | undefined>;
  getGlobalConcurrency(): Promise<number | null>;
  setGlobalConcurrency(most: number): Promise<unknown>;
  removeGlobalConcurrency(): Promise<unknown>;
  getJobScheduler(name: string): Promise<{ pattern?: string; next?: number } | undefined>;
  getJobSchedulers(): Promise<{ key: string }[]>;
  upsertJobScheduler(
    name: string,
    repeat: { pattern: string; tz: string },
    template: { name: string; data: JobData; opts: typeof jobOptions },
  ): Promise<unknown>;
  removeJobScheduler(name: string): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 3_000;

/** As many are added one by one: on PostgreSQL adding in bulk makes temporary tables. */
const FEW = 5;

/** `stopping`: called before the queue is closed. */
export function createProducer(queue: BullQueue, stopping: () => void = () => undefined): Producer {
  // what matters of it reaches whoever asks something of the queue
  queue.on('error', () => undefined);
  const ask = async (work: () => Promise<unknown>): Promise<void> => {
    let cause: unknown = 'no answer in time';
    const answered = await inTime(work(), ANSWER_TIMEOUT_MS).catch((error: unknown) => {
      cause = error;
      return false;
    });
    if (!answered)
      throw generalProblems.error('UNAVAILABLE', { what: generalProblems.of('part/job-queue') }, { cause });
  };
  return {
    add: (jobs) => ask(() => add(queue, jobs)),
    addAgain: (jobs) =>
      ask(async () => {
        for (const { id } of jobs) await removeEnded(queue, id);
        await add(queue, jobs);
      }),
    limitConcurrency: (most) => ask(() => limitConcurrency(queue, most)),
    schedule: (name, pattern, lateMs) => ask(() => schedule(queue, name, pattern, lateMs)),
    keepSchedules: (names) =>
      ask(async () => {
        for (const { key } of await queue.getJobSchedulers())
          if (!names.includes(key)) await queue.removeJobScheduler(key);
      }),
    async close() {
      stopping();
      await inTime(queue.close(), CLOSE_TIMEOUT_MS).catch(() => undefined);
    },
  };
}

async function add(queue: BullQueue, jobs: readonly NewJob[]): Promise<void> {
  if (jobs.length <= FEW) {
    await Promise.all(jobs.map(({ id, name, data }) => queue.add(name, data, { jobId: id })));
    return;
  }
  await queue.addBulk(jobs.map(({ id, name, data }) => ({ name, data, opts: { jobId: id } })));
}

async function removeEnded(queue: BullQueue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  const state = await job?.getState();
  if (state === 'completed' || state === 'failed') await job?.remove();
}

async function limitConcurrency(queue: BullQueue, most: number | undefined): Promise<void> {
  const current = await queue.getGlobalConcurrency();
  if (current === (most ?? null)) return;
  if (most === undefined) await queue.removeGlobalConcurrency();
  else await queue.setGlobalConcurrency(most);
}

async function schedule(queue: BullQueue, name: string, pattern: string, lateMs: number): Promise<void> {
  const known = await queue.getJobScheduler(name);
  // BullMQ goes by the machine's time
  const earliest = systemClock.now().getTime() - lateMs;
  if (known?.pattern === pattern && (known.next ?? 0) >= earliest) return;
  await queue.upsertJobScheduler(name, { pattern, tz: 'UTC' }, { name, data: {}, opts: jobOptions });
}
