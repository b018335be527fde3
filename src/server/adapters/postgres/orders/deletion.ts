/** Removing orders and what belongs to them. Blobs follow when they are looked at next and nothing refers to them. */
import type { Db } from '../database.ts';

/** The order goes for good `days` after the last of its tasks has passed its days to live. */
export async function setDeletion(tx: Db, requestId: string, days: number): Promise<void> {
  await tx.query(
    `update orders set delete_at =
       (select max(expires_at) from tasks where request_id = $1) + make_interval(hours => 24 * $2)
     where request_id = $1`,
    [requestId, days],
  );
}

/** Documents, results and everything that was seen and signed in sessions. */
export async function deleteContents(tx: Db, requestId: string): Promise<void> {
  for (const table of ['order_documents', 'results', 'sessions', 'artifacts']) {
    await tx.query(`delete from ${table} where request_id = $1`, [requestId]);
  }
}

/** Removes up to `limit` orders that are past their time. One with evidence still being made waits for that. */
export async function purgeOrders(db: Db, now: Date, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from orders where request_id in (
       select request_id from orders o
       where delete_at <= $1 and (deleted_at is not null or not exists (
         select from tasks t where t.request_id = o.request_id and t.state = 'sent-in'
       ))
       order by delete_at limit $2 for update skip locked
     ) returning request_id`,
    [now, limit],
  );
  return rows.length;
}
