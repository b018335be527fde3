/** Work that was given up is taken up again, at the operator's wish. */
import type { Clock } from '@segl/problem/clock';
import { serverProblems } from '../../problems.ts';
import type { Payloads } from '../../domain/lifecycle/jobs.ts';
import type { Database, Db } from '../../adapters/postgres/database.ts';
import { reviveFailed, takeBackGivenUp } from '../../adapters/postgres/work/failed-work.ts';
import { apply } from '../lifecycle/apply.ts';

/**
 * Makes the work due at once; its tries begin anew, and what its end had changed is taken back. Throws WORK_UNKNOWN,
 * having changed nothing, when one of the ids is not that of failed work.
 */
export async function retryFailed(db: Database, clock: Clock, ids: readonly string[]): Promise<void> {
  await db.transaction(async (tx) => {
    const unknown: string[] = [];
    for (const id of ids) if (!(await retry(tx, clock, id))) unknown.push(id);
    if (unknown.length > 0) throw serverProblems.error('WORK_UNKNOWN', { ids: unknown });
  });
}

async function retry(tx: Db, clock: Clock, id: string): Promise<boolean> {
  const work = await reviveFailed(tx, id);
  if (!work) return false;
  switch (work.queue) {
    case 'package-order': {
      const { requestId, packagingTaskId: packaging } = work.payload as Payloads['package-order'];
      await apply(tx, { clock }, requestId, { type: 'retry-packaging', packaging });
      break;
    }
    case 'deliver-callback':
    case 'send-mail':
    case 'send-sms':
      await takeBackGivenUp(tx, (work.payload as Payloads['deliver-callback']).deliveryId);
      break;
    case 'package-task': // the task is sent in still
  }
  return true;
}
