/**
 * Work that is due and what came of it, as rows. Writing one belongs to the transaction that makes the work due, so
 * either both happen or neither. The queue runs it; these rows decide when, how often, and whose outcome counts.
 */
import type { Problem } from '@segl/problem/problem';
import type { Job } from '../../../domain/lifecycle/jobs.ts';
import type { Db } from '../database.ts';

/** PostgreSQL notification channel: something became due. */
export const JOBS_CHANNEL = 'segl_jobs';

/** One attempt at a piece of work, as the queue carries it. */
export interface JobAttempt {
  readonly id: string;
  readonly queue: string;
  /** Which attempt: a number that only goes up. */
  readonly attempt: number;
}

/** What whoever begins an attempt gets; its outcome counts only as long as nobody has begun it anew. */
export interface Lease {
  readonly id: string;
  readonly attempt: number;
  /** How often this attempt was begun, this time included. With `attempt` it is the fencing token. */
  readonly starts: number;
  readonly payload: unknown;
  /** How often the work failed before. */
  readonly failures: number;
}

const open = 'finished_at is null and failed_at is null';

/** The row of the lease, unless somebody has begun it anew. Parameters $1 to $3: `tokenOf` it. */
const leased = `id = $1 and attempt = $2 and starts = $3 and ${open}`;

const tokenOf = ({ id, attempt, starts }: Lease): unknown[] => [id, attempt, starts];

/** Makes work due; answers its id, or undefined when work with this key exists already. */
export async function enqueue(tx: Db, job: Job): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    `with added as (
       insert into jobs (queue, payload, due_at, key) values ($1, $2, $3, $4)
       on conflict (key) do nothing returning id
     )
     select id, pg_notify('${JOBS_CHANNEL}', '') from added`,
    [job.queue, JSON.stringify(job.payload), job.dueAt ?? null, job.key ?? null],
  );
  return row?.id;
}

/**
 * Takes up to `limit` attempts that are due and not on the queue yet, and notes them as published. Whoever cannot put
 * them there calls `unpublish`; ended before it could, `republish` finds them.
 */
export async function publishDue(db: Db, now: Date, limit: number): Promise<JobAttempt[]> {
  return db.query<JobAttempt>(
    `with due as (
       select id from jobs where ${open} and published_at is null and (due_at is null or due_at <= $1)
       order by due_at nulls first, id limit $2 for update skip locked
     )
     update jobs set published_at = $1 from due where jobs.id = due.id returning jobs.id, queue, attempt`,
    [now, limit],
  );
}

/** Takes up to `limit` attempts that were published, and last begun, before `before`, and notes them as published now. */
export async function republish(db: Db, before: Date, now: Date, limit: number): Promise<JobAttempt[]> {
  return db.query<JobAttempt>(
    `with unfinished as (
       select id from jobs where ${open} and published_at < $1 and (started_at is null or started_at < $1)
       order by published_at limit $3 for update skip locked
     )
     update jobs set published_at = $2 from unfinished where jobs.id = unfinished.id
     returning jobs.id, queue, attempt`,
    [before, now, limit],
  );
}

/** Takes back that these attempts were published, so that they are again. */
export async function unpublish(db: Db, attempts: readonly JobAttempt[]): Promise<void> {
  await db.query(
    `update jobs set published_at = null from unnest($1::bigint[], $2::int[]) as back (id, attempt)
     where jobs.id = back.id and jobs.attempt = back.attempt and ${open}`,
    [attempts.map(({ id }) => id), attempts.map(({ attempt }) => attempt)],
  );
}

/** Begins an attempt. Undefined when it is over, or the work is finished, given up or pruned. */
export async function beginAttempt(db: Db, of: JobAttempt, now: Date): Promise<Lease | undefined> {
  const [row] = await db.query<Lease>(
    `update jobs set starts = starts + 1, started_at = $4
     where id = $1 and queue = $2 and attempt = $3 and ${open}
     returning id, attempt, starts, payload, failures`,
    [of.id, of.queue, of.attempt, now],
  );
  return row;
}

/** Notes that the work is done. False: the lease is lost, and nothing was noted. */
export async function finishAttempt(db: Db, lease: Lease, now: Date): Promise<boolean> {
  const rows = await db.query(
    `update jobs set finished_at = $4, last_error = null where ${leased} returning id`,
    [...tokenOf(lease), now],
  );
  return rows.length === 1;
}

/** Notes a failure; the next attempt is due at `dueAt`. False: the lease is lost, and nothing was noted. */
export async function retryAttempt(db: Db, lease: Lease, error: Problem, dueAt: Date): Promise<boolean> {
  const rows = await db.query(
    `update jobs set attempt = attempt + 1, starts = 0, failures = failures + 1, last_error = $4, due_at = $5,
       published_at = null, started_at = null
     where ${leased} returning id`,
    [...tokenOf(lease), JSON.stringify(error), dueAt],
  );
  return rows.length === 1;
}

/** Gives the work up for good. False: the lease is lost, and nothing was noted. */
export async function failAttempt(tx: Db, lease: Lease, error: Problem, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `update jobs set failures = failures + 1, last_error = $4, failed_at = $5 where ${leased} returning id`,
    [...tokenOf(lease), JSON.stringify(error), now],
  );
  return rows.length === 1;
}

/** Deletes rows that were finished before `before`; those given up stay for the operator. Answers how many. */
export async function pruneFinished(db: Db, before: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from jobs where id in (select id from jobs where finished_at < $1 limit $2) returning id`,
    [before, limit],
  );
  return rows.length;
}

/** How much of each queue is open or was given up; for health and metrics. */
export async function countJobs(
  db: Db,
): Promise<{ queue: string; waiting: number; published: number; failed: number }[]> {
  return db.query(
    `select queue, count(*) filter (where ${open} and published_at is null)::int as waiting,
       count(*) filter (where ${open} and published_at is not null)::int as published,
       count(*) filter (where failed_at is not null)::int as failed
     from jobs where finished_at is null group by queue order by queue`,
  );
}
