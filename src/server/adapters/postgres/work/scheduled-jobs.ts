/** How the last run of what is done by the clock alone ended. */
import type { Problem } from '@segl/problem/problem';
import type { Db } from '../database.ts';
import { keptProblem } from '../kept-problem.ts';

export interface ScheduledRun {
  readonly name: string;
  readonly startedAt: Date;
  /** When a run last ended well. */
  readonly finishedAt: Date | null;
  /** Null: the last run that ended did so well. */
  readonly failedAt: Date | null;
  readonly error: Problem | null;
}

export async function noteRunStarted(db: Db, name: string, at: Date): Promise<void> {
  await db.query(
    `insert into scheduled_jobs (name, started_at) values ($1, $2)
     on conflict (name) do update set started_at = excluded.started_at`,
    [name, at],
  );
}

export async function noteRunFinished(db: Db, name: string, at: Date): Promise<void> {
  await db.query(
    'update scheduled_jobs set finished_at = $2, failed_at = null, error = null where name = $1',
    [name, at],
  );
}

export async function noteRunFailed(db: Db, name: string, at: Date, error: Problem): Promise<void> {
  await db.query('update scheduled_jobs set failed_at = $2, error = $3 where name = $1', [
    name,
    at,
    JSON.stringify(error),
  ]);
}

export async function listScheduledRuns(db: Db): Promise<ScheduledRun[]> {
  const rows = await db.query<ScheduledRun>(
    `select name, started_at as "startedAt", finished_at as "finishedAt", failed_at as "failedAt", error
     from scheduled_jobs order by name`,
  );
  return rows.map((row) => ({ ...row, error: keptProblem(row.error) }));
}
