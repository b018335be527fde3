/**
 * The end of an order. Its sender may delete it, and an order may ask for that with days-until-deletion. Documents,
 * packages and evidence of a deleted order go at once; its states and history answer until the deletion period is
 * over, and then nothing is left. What went into the archive stays there.
 */
import type { Account } from '../../domain/order/account.ts';
import { formsOf, withoutFormValues } from '../../domain/order/documents.ts';
import { DEFAULT_DAYS_UNTIL_DELETION } from '../../domain/lifecycle/lifecycle.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { deleteContents, purgeOrders, setDeletion } from '../../adapters/postgres/deletion.ts';
import {
  addEvent,
  findOrder,
  lockOrder,
  markOrderDeleted,
  updateSpec,
} from '../../adapters/postgres/orders.ts';
import { deleteEmptyUserSessions } from '../../adapters/postgres/user-sessions.ts';
import type { FlowContext } from '../context.ts';
import { notifyDeleted } from '../lifecycle/notify.ts';

const BATCH = 200;

/** How many of the requests existed and are deleted now. */
export async function deleteRequests(
  { db, clock }: FlowContext,
  { service }: Account,
  requestIds: readonly string[],
): Promise<number> {
  return db.transaction(async (tx) => {
    let deleted = 0;
    // always in the same order, so that two callers never wait for each other's rows
    for (const requestId of [...new Set(requestIds)].sort()) {
      if (await deleteRequest(tx, clock, service, requestId)) deleted += 1;
    }
    return deleted;
  });
}

async function deleteRequest(
  tx: Db,
  clock: FlowContext['clock'],
  service: string,
  requestId: string,
): Promise<boolean> {
  const at = clock.now();
  if (!(await findOrder(tx, requestId, service))) return false;
  const order = await lockOrder(tx, requestId);
  if (!order || !(await markOrderDeleted(tx, service, requestId, at))) return false;
  await deleteContents(tx, requestId);
  if (formsOf(order.spec).size > 0) await updateSpec(tx, requestId, withoutFormValues(order.spec));
  // it has been set already where the order says so itself
  if (order.spec.daysUntilDeletion === undefined) {
    await setDeletion(tx, requestId, DEFAULT_DAYS_UNTIL_DELETION);
  }
  await addEvent(tx, { requestId, type: 'document-deleted', at, data: 'request deleted by its sender' });
  await notifyDeleted(tx, clock, order);
  return true;
}

/** Removes orders whose deletion period is over, one by one, each with all that belongs to it. Gives how many. */
export async function purge({ db, clock }: FlowContext): Promise<number> {
  let purged = 0;
  for (;;) {
    const gone = await purgeOrders(db, clock.now(), BATCH);
    purged += gone;
    if (gone < BATCH) break;
  }
  if (purged > 0) await deleteEmptyUserSessions(db);
  return purged;
}
