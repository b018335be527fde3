/** Work that was given up: what an operator lists and takes up again (`segl retry`). */
import type { Problem } from '@segl/problem/problem';
import type { QueueName } from '../../../domain/lifecycle/jobs.ts';
import type { Db } from '../database.ts';
import { JOBS_CHANNEL } from './jobs.ts';
import { keptProblem } from '../kept-problem.ts';

const stuck = 'failed_at is not null and finished_at is null';

export interface FailedWork {
  readonly id: string;
  readonly queue: QueueName;
  readonly payload: unknown;
  /** How often it was tried. */
  readonly attempts: number;
  readonly error: Problem | null;
  readonly failedAt: Date;
  /** What it is about; null where that is gone by now. */
  readonly requestId: string | null;
  readonly taskId: string | null;
  readonly notificationId: string | null;
}

/** The oldest first, `limit` of them. */
export async function listFailed(db: Db, limit: number): Promise<FailedWork[]> {
  const rows = await db.query<FailedWork>(
    `select jobs.id::text as id, queue, payload, failures as attempts, jobs.last_error as error, failed_at as "failedAt",
       coalesce(payload->>'requestId', deliveries.request_id) as "requestId",
       coalesce(payload->>'taskId', payload->>'packagingTaskId', deliveries.task_id) as "taskId",
       deliveries.notification_id as "notificationId"
     from jobs left join deliveries on deliveries.id = payload->>'deliveryId'
     where ${stuck} order by failed_at, jobs.id limit $1`,
    [limit],
  );
  return rows.map((row) => ({ ...row, error: keptProblem(row.error) }));
}

export async function countFailed(db: Db): Promise<number> {
  const [row] = await db.query<{ count: number }>(`select count(*)::int as count from jobs where ${stuck}`);
  return row?.count ?? 0;
}

/**
 * Makes it due at once, in the same row, so that its key keeps standing for it; its tries begin anew. Undefined when
 * there is no such failed work (any more).
 */
export async function reviveFailed(
  tx: Db,
  id: string,
): Promise<Pick<FailedWork, 'queue' | 'payload'> | undefined> {
  const [row] = await tx.query<Pick<FailedWork, 'queue' | 'payload'>>(
    `with revived as (
       update jobs set attempt = attempt + 1, failures = 0, starts = 0,
         failed_at = null, published_at = null, started_at = null, due_at = null
       where id::text = $1 and ${stuck} returning queue, payload
     )
     select queue, payload, pg_notify('${JOBS_CHANNEL}', '') from revived`,
    [id],
  );
  return row;
}

export async function takeBackGivenUp(tx: Db, deliveryId: string): Promise<void> {
  await tx.query('update deliveries set given_up_at = null where id = $1', [deliveryId]);
}
