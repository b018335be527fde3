/**
 * The end of an order. Its sender may delete it, and an order may ask for that with days-until-deletion. Documents,
 * packages and evidence of a deleted order go at once; its states and history answer until the deletion period is
 * over, and then nothing is left. What went into the archive stays there.
 *
 * What is signed is not lost: an order whose evidence is being made goes when that is there, with its completion told and
 * its results in the archive where they are ordered to be. Its sender need not ask again.
 */
import { purgeOrders } from '../../adapters/postgres/orders/deletion.ts';
import { findOrder, findOrders } from '../../adapters/postgres/orders/orders.ts';
import type { Account } from '../../domain/order/account.ts';
import { deleteEmptyUserSessions } from '../../adapters/postgres/sessions/user-sessions.ts';
import type { FlowContext } from '../context.ts';
import { apply } from '../lifecycle/apply.ts';
import { awaitChange } from '../lifecycle/awaiting.ts';

const BATCH = 200;

/**
 * How many of the requests existed and are deleted now. One whose evidence is still being made counts too: it is waited
 * for a few seconds, and should that not be enough, the order goes by itself when the evidence is there.
 */
export async function deleteRequests(
  context: FlowContext,
  { service }: Account,
  requestIds: readonly string[],
): Promise<number> {
  const deleted = await context.db.transaction(async (tx) => {
    const deleted: string[] = [];
    // always in the same order, so that two callers never wait for each other's rows
    for (const requestId of [...new Set(requestIds)].sort()) {
      if (!(await findOrder(tx, requestId, service))) continue;
      if (await apply(tx, context, requestId, { type: 'delete' })) deleted.push(requestId);
    }
    return deleted;
  });
  const closing = (await findOrders(context.db, deleted)).filter(({ deletedAt }) => deletedAt === null);
  await Promise.all(closing.map(({ requestId }) => awaitDeletion(context, requestId)));
  return deleted.length;
}

async function awaitDeletion(context: FlowContext, requestId: string): Promise<void> {
  await awaitChange(context, requestId, async () => {
    const order = await findOrder(context.db, requestId);
    return !order || order.deletedAt !== null;
  });
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
