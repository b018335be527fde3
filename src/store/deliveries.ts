/** Callbacks that are due or were delivered. */
import type { Db } from './database.ts';

export interface DeliveryRow {
  readonly id: string;
  readonly requestId: string;
  readonly taskId: string | null;
  readonly notificationId: string;
  readonly recipient: string;
  readonly createdAt: Date;
  readonly attempts: number;
  readonly deliveredAt: Date | null;
  readonly givenUpAt: Date | null;
  readonly lastError: string | null;
}

const columns = `id, request_id as "requestId", task_id as "taskId", notification_id as "notificationId", recipient,
  created_at as "createdAt", attempts, delivered_at as "deliveredAt", given_up_at as "givenUpAt", last_error as "lastError"`;

export async function insertDelivery(
  tx: Db,
  row: Pick<DeliveryRow, 'id' | 'requestId' | 'taskId' | 'notificationId' | 'recipient' | 'createdAt'>,
): Promise<void> {
  await tx.query(
    `insert into deliveries (id, request_id, task_id, notification_id, recipient, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [row.id, row.requestId, row.taskId, row.notificationId, row.recipient, row.createdAt],
  );
}

export async function findDelivery(db: Db, id: string): Promise<DeliveryRow | undefined> {
  const [row] = await db.query<DeliveryRow>(`select ${columns} from deliveries where id = $1`, [id]);
  return row;
}

export async function listDeliveries(db: Db, requestId: string): Promise<DeliveryRow[]> {
  return db.query<DeliveryRow>(
    `select ${columns} from deliveries where request_id = $1 order by created_at`,
    [requestId],
  );
}

/** Notes an attempt; true when this one delivered it (a second delivery of the same one changes nothing). */
export async function noteAttempt(
  tx: Db,
  id: string,
  outcome: { deliveredAt: Date } | { error: string },
): Promise<boolean> {
  const delivered = 'deliveredAt' in outcome;
  const rows = await tx.query(
    `update deliveries set attempts = attempts + 1, delivered_at = $2, last_error = $3
     where id = $1 and delivered_at is null returning id`,
    [id, delivered ? outcome.deliveredAt : null, delivered ? null : outcome.error],
  );
  return delivered && rows.length === 1;
}

export async function giveUpDelivery(tx: Db, id: string, at: Date): Promise<void> {
  await tx.query('update deliveries set given_up_at = $2 where id = $1 and delivered_at is null', [id, at]);
}
