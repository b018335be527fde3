/** Telling other sessions that an order has changed, so that whoever waits for that need not ask again and again. */
import type { Db } from '../database.ts';

/** PostgreSQL notification channel; the payload is the id of the request. */
export const ORDERS_CHANNEL = 'segl_orders';

/** Told when the transaction is committed. */
export async function tellChanged(tx: Db, requestId: string): Promise<void> {
  await tx.query('select pg_notify($1, $2)', [ORDERS_CHANNEL, requestId]);
}
