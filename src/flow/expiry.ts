/** Time passing: tasks expire, uploads and unused blobs go. Runs on a schedule; running twice changes nothing. */
import { referencedBlobs, deleteExpiredSds } from '../store/sds.ts';
import { listOverdueTasks, lockOrder, moveTask } from '../store/orders.ts';
import type { FlowContext } from './context.ts';
import { notifyTask } from './notify.ts';

const BATCH = 200;

/** An upload is referred to within moments; a blob that nothing refers to after a day never will be. */
const ORPHAN_AGE_MS = 86_400_000;

/** Writes down what `stateAt` already answers, and notifies. Gives how many tasks expired. */
export async function expireTasks(context: FlowContext): Promise<number> {
  const { db, clock } = context;
  let expired = 0;
  for (const { requestId, taskId } of await listOverdueTasks(db, clock.now(), BATCH)) {
    await db.transaction(async (tx) => {
      const order = await lockOrder(tx, requestId);
      if (!order || !(await moveTask(tx, { requestId, taskId }, 'created', 'expired', clock.now()))) return;
      expired += 1;
      const spec = order.spec.tasks.find(({ id }) => id === taskId);
      if (spec) await notifyTask(tx, clock, requestId, spec, 'expired');
    });
  }
  return expired;
}

/** Removes expired uploads, then the blobs that no row refers to any more. */
export async function sweepDocuments(context: FlowContext): Promise<{ documents: number; blobs: number }> {
  const { db, blobs, clock } = context;
  const documents = await deleteExpiredSds(db, clock.now());
  const putBefore = new Date(clock.now().getTime() - ORPHAN_AGE_MS);
  const candidates: string[] = [];
  for await (const { sha256, modifiedAt } of blobs.list()) {
    if (modifiedAt < putBefore) candidates.push(sha256);
  }
  const used = await referencedBlobs(db, candidates);
  const unused = candidates.filter((sha256) => !used.has(sha256));
  for (const sha256 of unused) await blobs.delete(sha256, putBefore);
  return { documents, blobs: unused.length };
}
