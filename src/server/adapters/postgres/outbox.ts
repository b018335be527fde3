/**
 * The outbox: work that is due, as rows. Writing one belongs to the transaction that makes the work due, so either
 * both happen or neither; a relay then rings the queue until the row is finished.
 */
import type { Job } from '../../domain/lifecycle/jobs.ts';
import type { Db } from './database.ts';

/** PostgreSQL notification channel: something was enqueued. */
export const OUTBOX_CHANNEL = 'segl_outbox';

/** Key of the advisory lock that whoever works on the row holds. `id`: an SQL expression. */
export const claimKey = (id: string): string => `7345013, (${id}::bigint % 2147483647)::int`;

export interface OutboxRow {
  readonly id: string;
  readonly queue: string;
  readonly payload: unknown;
  /** How often it failed. */
  readonly attempts: number;
  /** How often it was begun, this time included. */
  readonly starts: number;
}

/** What the queue carries: which row, and which try of it. */
export interface Ring {
  readonly id: string;
  readonly queue: string;
  readonly attempts: number;
  readonly starts: number;
}

const open = 'finished_at is null and failed_at is null';

/** Makes work due; answers its id, or undefined when work with this key exists already. */
export async function enqueue(tx: Db, job: Job): Promise<string | undefined> {
  const [row] = await tx.query<{ id: string }>(
    `with added as (
       insert into outbox (queue, payload, due_at, key) values ($1, $2, $3, $4)
       on conflict (key) do nothing returning id
     )
     select id, pg_notify('${OUTBOX_CHANNEL}', '') from added`,
    [job.queue, JSON.stringify(job.payload), job.dueAt ?? null, job.key ?? null],
  );
  return row?.id;
}

/** Locks up to `limit` rows that wait and are due; other relays see the next ones. */
export async function takeDue(tx: Db, now: Date, limit: number): Promise<Ring[]> {
  return tx.query<Ring>(
    `select id, queue, attempts, starts from outbox
     where ${open} and enqueued_at is null and (due_at is null or due_at <= $1)
     order by due_at nulls first, id limit $2 for update skip locked`,
    [now, limit],
  );
}

/**
 * Locks up to `limit` rows that were put on the queue and got lost: before `before` and not finished, or begun by a
 * worker that is no more.
 */
export async function takeLost(tx: Db, before: Date, limit: number): Promise<Ring[]> {
  return tx.query<Ring>(
    `select id, queue, attempts, starts from outbox
     where ${open} and enqueued_at is not null and (enqueued_at < $1 or started_at >= enqueued_at and not exists (
       select from pg_locks
       where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
         and (classid::bigint, objid::bigint, objsubid) = (7345013, outbox.id % 2147483647, 2)
     ))
     order by enqueued_at limit $2 for update skip locked`,
    [before, limit],
  );
}

export async function noteEnqueued(tx: Db, ids: readonly string[], now: Date): Promise<void> {
  await tx.query('update outbox set enqueued_at = $2 where id = any($1)', [ids, now]);
}

/** Begins a try. Undefined when the row is finished, given up or pruned, or this try of it is over. */
export async function beginAttempt(db: Db, ring: Ring, now: Date): Promise<OutboxRow | undefined> {
  const [row] = await db.query<OutboxRow>(
    `update outbox set starts = starts + 1, started_at = $4
     where id = $1 and queue = $2 and attempts = $3 and ${open}
     returning id, queue, payload, attempts, starts`,
    [ring.id, ring.queue, ring.attempts, now],
  );
  return row;
}

export async function noteFinished(db: Db, id: string, now: Date): Promise<void> {
  await db.query(`update outbox set finished_at = $2, last_error = null where id = $1 and ${open}`, [
    id,
    now,
  ]);
}

/** Notes a failure; the row waits until `dueAt` and is rung again then. */
export async function noteRetry(db: Db, id: string, error: string, dueAt: Date): Promise<void> {
  await db.query(
    `update outbox set attempts = attempts + 1, last_error = $2, due_at = $3, enqueued_at = null
     where id = $1 and ${open}`,
    [id, error, dueAt],
  );
}

/** Gives the row up for good. */
export async function noteFailed(tx: Db, id: string, error: string, now: Date): Promise<void> {
  await tx.query(
    `update outbox set attempts = attempts + 1, last_error = $2, failed_at = $3 where id = $1 and ${open}`,
    [id, error, now],
  );
}

/** Deletes rows that were finished before `before`; those given up stay for the operator. Answers how many. */
export async function pruneFinished(db: Db, before: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from outbox where id in (select id from outbox where finished_at < $1 limit $2) returning id`,
    [before, limit],
  );
  return rows.length;
}

/** Makes a sweep due for `slot`, unless one waits already; any number of processes may ask. */
export async function enqueueSweep(db: Db, slot: string): Promise<void> {
  await db.query(
    `insert into outbox (queue, payload, key)
     select 'sweep', '{}', $1 where not exists (select from outbox where queue = 'sweep' and ${open})
     on conflict (key) do nothing`,
    [`sweep ${slot}`],
  );
}

/** How much of each queue is open or was given up; for health and metrics. */
export async function countOutbox(
  db: Db,
): Promise<{ queue: string; waiting: number; ringing: number; failed: number }[]> {
  return db.query(
    `select queue, count(*) filter (where ${open} and enqueued_at is null)::int as waiting,
       count(*) filter (where ${open} and enqueued_at is not null)::int as ringing,
       count(*) filter (where failed_at is not null)::int as failed
     from outbox where finished_at is null group by queue order by queue`,
  );
}
