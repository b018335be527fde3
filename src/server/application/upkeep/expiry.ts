/** Time passing: tasks expire, uploads and unused blobs go. Runs on a schedule; running twice changes nothing. */
import { addDays, SESSION_IDLE_MINUTES } from '../../domain/lifecycle/lifecycle.ts';
import { deleteDecisions } from '../../adapters/postgres/accounts/callers.ts';
import { pruneFinished } from '../../adapters/postgres/work/jobs.ts';
import { listOverdueTasks } from '../../adapters/postgres/orders/orders.ts';
import { referencedBlobs, deleteExpiredSds } from '../../adapters/postgres/sds.ts';
import { forgetStrandedNationalIds } from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import { apply } from '../lifecycle/apply.ts';

const BATCH = 200;

/** Blobs whose use is looked up with one question. */
const PORTION = 1_000;

/** An upload is referred to within moments; a blob that nothing refers to after a day never will be. */
const ORPHAN_AGE_MS = 86_400_000;

/** A session that is over cannot be taken up again; the rest is for clocks of several machines that differ. */
const STRANDED_MS = 2 * SESSION_IDLE_MINUTES * 60_000;

/** Days that the rows of work that was done are kept. */
const DONE_DAYS = 7;

/** Writes down what `stateAt` already answers, and notifies. Gives how many tasks expired. */
export async function expireTasks(context: FlowContext): Promise<number> {
  const { db, clock } = context;
  let expired = 0;
  for (;;) {
    const overdue = await listOverdueTasks(db, clock.now(), BATCH);
    for (const { requestId, taskId } of overdue) {
      const command = { type: 'expire', task: taskId } as const;
      if (await db.transaction((tx) => apply(tx, context, requestId, command))) expired += 1;
    }
    if (overdue.length < BATCH) return expired;
  }
}

/** Clears national ids of sessions that were left, of rejected, expired and deleted tasks. Gives how many. */
export function forgetStrandedNumbers({ db, clock }: FlowContext): Promise<number> {
  return forgetStrandedNationalIds(db, new Date(clock.now().getTime() - STRANDED_MS));
}

/** Removes uploads past their time; their bytes stay while anything else refers to them. Gives how many. */
export function deleteOldUploads({ db, clock }: FlowContext): Promise<number> {
  return deleteExpiredSds(db, clock.now());
}

/** Removes decisions about callers that were kept long enough. Gives how many. */
export function forgetCallerDecisions({ db, clock, config }: FlowContext): Promise<number> {
  return deleteDecisions(db, addDays(clock.now(), -config.callerAuditDays));
}

/** Removes the rows of work that was done long ago. Gives how many. */
export async function pruneJobs({ db, clock }: Pick<FlowContext, 'db' | 'clock'>): Promise<number> {
  const before = addDays(clock.now(), -DONE_DAYS);
  for (let pruned = 0; ;) {
    const gone = await pruneFinished(db, before, PORTION);
    pruned += gone;
    if (gone < PORTION) return pruned;
  }
}

/** Removes the blobs that no row refers to any more. Looks at every blob, so it is not for every minute. */
export async function deleteUnusedBlobs({ db, blobs, clock }: FlowContext): Promise<number> {
  const putBefore = new Date(clock.now().getTime() - ORPHAN_AGE_MS);
  let removed = 0;
  let portion: string[] = [];
  const judge = async (): Promise<void> => {
    const used = await referencedBlobs(db, portion);
    const unused = portion.filter((sha256) => !used.has(sha256));
    for (const sha256 of unused) await blobs.delete(sha256, putBefore);
    removed += unused.length;
    portion = [];
  };
  for await (const { sha256, modifiedAt } of blobs.list()) {
    if (modifiedAt >= putBefore) continue;
    portion.push(sha256);
    if (portion.length === PORTION) await judge();
  }
  await judge();
  return removed;
}
