/** Notifications that are due or were delivered, and those that were switched off. */
import type { Problem } from '@segl/problem/problem';
import type { NotificationType, WireTaskStatus } from '../../../domain/order/model.ts';
import type { Db } from '../database.ts';
import { keptProblem } from '../kept-problem.ts';

/** Whose notification it is: a task's, a packaging task's, or the order's. */
export interface DeliveryScope {
  readonly requestId: string;
  readonly taskId: string | null;
  readonly packagingTaskId: string | null;
}

export interface DeliveryRow extends DeliveryScope {
  readonly id: string;
  readonly notificationId: string;
  readonly type: NotificationType;
  readonly recipient: string;
  readonly sender: string | null;
  readonly header: string | null;
  readonly message: string;
  /** Which trigger of the notification it is. */
  readonly occasion: string;
  /** What set it off; null: it was added and is sent at once. */
  readonly state: WireTaskStatus | null;
  /** Null: at once. */
  readonly dueAt: Date | null;
  readonly createdAt: Date;
  readonly attempts: number;
  readonly deliveredAt: Date | null;
  readonly givenUpAt: Date | null;
  readonly disabledAt: Date | null;
  readonly lapsedAt: Date | null;
  readonly lastError: Problem | null;
}

export type NewDelivery = Omit<
  DeliveryRow,
  'attempts' | 'deliveredAt' | 'givenUpAt' | 'disabledAt' | 'lapsedAt' | 'lastError'
>;

const columns = `id, request_id as "requestId", task_id as "taskId", packaging_task_id as "packagingTaskId",
  notification_id as "notificationId", type, recipient, sender, header, message, occasion, state, due_at as "dueAt",
  created_at as "createdAt", attempts, delivered_at as "deliveredAt", given_up_at as "givenUpAt",
  disabled_at as "disabledAt", lapsed_at as "lapsedAt", last_error as "lastError"`;

const asKept = (row: DeliveryRow): DeliveryRow => ({ ...row, lastError: keptProblem(row.lastError) });

/** False when this occasion of the notification has its delivery already. */
export async function insertDelivery(tx: Db, row: NewDelivery): Promise<boolean> {
  const rows = await tx.query(
    `insert into deliveries (id, request_id, task_id, packaging_task_id, notification_id, type, recipient, sender, header,
       message, occasion, state, due_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict do nothing returning id`,
    [
      ...[
        row.id,
        row.requestId,
        row.taskId,
        row.packagingTaskId,
        row.notificationId,
        row.type,
        row.recipient,
      ],
      ...[row.sender, row.header, row.message, row.occasion, row.state, row.dueAt, row.createdAt],
    ],
  );
  return rows.length === 1;
}

export async function findDelivery(db: Db, id: string): Promise<DeliveryRow | undefined> {
  const [row] = await db.query<DeliveryRow>(`select ${columns} from deliveries where id = $1`, [id]);
  return row && asKept(row);
}

export async function listDeliveries(db: Db, requestId: string): Promise<DeliveryRow[]> {
  const rows = await db.query<DeliveryRow>(
    `select ${columns} from deliveries where request_id = $1 order by created_at, due_at nulls first, notification_id`,
    [requestId],
  );
  return rows.map(asKept);
}

/** Notes an attempt; true when this one delivered it (a second delivery of the same one changes nothing). */
export async function noteAttempt(
  tx: Db,
  id: string,
  outcome: { deliveredAt: Date } | { error: Problem },
): Promise<boolean> {
  const delivered = 'deliveredAt' in outcome;
  const rows = await tx.query(
    `update deliveries set attempts = attempts + 1, delivered_at = $2, last_error = $3
     where id = $1 and delivered_at is null returning id`,
    [id, delivered ? outcome.deliveredAt : null, delivered ? null : JSON.stringify(outcome.error)],
  );
  return delivered && rows.length === 1;
}

export async function giveUpDelivery(tx: Db, id: string, at: Date): Promise<void> {
  await tx.query('update deliveries set given_up_at = $2 where id = $1 and delivered_at is null', [id, at]);
}

/** What was told of a packaging task does not count any more: how it ends is to be told again. */
export async function takeBackTold(
  tx: Db,
  { requestId, packagingTaskId }: { requestId: string; packagingTaskId: string },
  at: Date,
): Promise<void> {
  await tx.query(
    `update deliveries set disabled_at = $3
     where request_id = $1 and packaging_task_id = $2 and disabled_at is null`,
    [requestId, packagingTaskId, at],
  );
}

/** Notes that what it would tell is not so any more. */
export async function lapseDelivery(db: Db, id: string, at: Date): Promise<void> {
  await db.query('update deliveries set lapsed_at = $2 where id = $1 and delivered_at is null', [id, at]);
}

/** Switches notifications off, with what is waiting of them. `taskId` null: those of the order and its packaging tasks. */
export async function insertDisabled(
  tx: Db,
  of: { requestId: string; taskId: string | null },
  notificationIds: readonly string[],
  at: Date,
): Promise<void> {
  await tx.query(
    `insert into disabled_notifications (request_id, task_id, notification_id, disabled_at)
     select distinct $1, $2, id, $4::timestamptz from unnest($3::text[]) id on conflict do nothing`,
    [of.requestId, of.taskId ?? '', notificationIds, at],
  );
  await tx.query(
    `update deliveries set disabled_at = $4
     where request_id = $1 and task_id is not distinct from $2 and notification_id = any($3) and disabled_at is null`,
    [of.requestId, of.taskId, notificationIds, at],
  );
}

/** Forgets that a notification was switched off: one with its id is added anew. */
export async function deleteDisabled(
  tx: Db,
  of: { requestId: string; taskId: string | null },
  notificationId: string,
): Promise<void> {
  await tx.query(
    'delete from disabled_notifications where request_id = $1 and task_id = $2 and notification_id = $3',
    [of.requestId, of.taskId ?? '', notificationId],
  );
}

/** Ids of the notifications that are switched off. */
export async function listDisabled(
  db: Db,
  of: { requestId: string; taskId: string | null },
): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(
    'select notification_id as id from disabled_notifications where request_id = $1 and task_id = $2',
    [of.requestId, of.taskId ?? ''],
  );
  return new Set(rows.map(({ id }) => id));
}
