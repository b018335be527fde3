/**
 * The end of an order. Its sender may delete it, and an order may ask for that with days-until-deletion. Documents,
 * packages and evidence of a deleted order go at once; its states and history answer until the deletion period is
 * over, and then nothing is left. What went into the archive stays there.
 */
import type { Account } from '../api.ts';
import { purgeOrders } from '../../adapters/postgres/deletion.ts';
import { findOrder } from '../../adapters/postgres/orders.ts';
import { deleteEmptyUserSessions } from '../../adapters/postgres/user-sessions.ts';
import type { FlowContext } from '../context.ts';
import { apply } from '../lifecycle/apply.ts';

const BATCH = 200;

/** How many of the requests existed and are deleted now. */
export async function deleteRequests(
  context: FlowContext,
  { service }: Account,
  requestIds: readonly string[],
): Promise<number> {
  return context.db.transaction(async (tx) => {
    let deleted = 0;
    // always in the same order, so that two callers never wait for each other's rows
    for (const requestId of [...new Set(requestIds)].sort()) {
      if (!(await findOrder(tx, requestId, service))) continue;
      if (await apply(tx, context, requestId, { type: 'delete' })) deleted += 1;
    }
    return deleted;
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
