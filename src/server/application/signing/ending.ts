/** The end of a visit: sent in, refused, or left for another time. See SigningFlow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { serverProblems } from '../../problems.ts';
import { redirectUrl } from '../../domain/order/redirect.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { findTask, moveTask } from '../../adapters/postgres/orders.ts';
import { enqueue } from '../../adapters/postgres/jobs.ts';
import { addAudit, endSession, listNativeSignatures } from '../../adapters/postgres/sessions.ts';
import { indexSigner } from '../../adapters/postgres/task-index.ts';
import { afterLostTask } from '../lifecycle/completion.ts';
import type { FlowContext } from '../context.ts';
import { takeOverUploads } from '../documents/later-documents.ts';
import { notifyTask } from '../lifecycle/notify.ts';
import { dueIn, lockVisit, noteEvent, requireActive, visit, type Visit } from './visit.ts';

/** How long "send in" waits for the packages, so that a back end that asks at once finds them. */
const PATIENCE_MS = 8_000;
const LOOK_EVERY_MS = 50;

export async function sendIn(context: FlowContext, key: SessionKey): Promise<{ redirectTo?: string }> {
  const { db, clock } = context;
  const current = await visit(context, key);
  const { session, task, spec } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  if (!hasSentIn(current)) {
    await db.transaction(async (tx) => {
      const locked = await lockVisit(tx, current);
      if (hasSentIn(locked)) return;
      const at = clock.now();
      requireActive(locked, at);
      const due = dueIn(locked);
      if (due.kind !== 'send-in') throw serverProblems.error('STEP_NOT_DUE', { why: due.kind });
      await moveTask(tx, ids, 'created', 'sent-in', at, session.ref);
      await takeOverUploads(tx, context, locked);
      await noteSigner(tx, locked);
      await endSession(tx, session.ref, at);
      await addAudit(tx, session.ref, {
        at,
        type: 'signer-sent-in',
        data: { description: 'The signer confirmed and sent in' },
      });
      await enqueue(tx, {
        queue: 'package-task',
        payload: ids,
        key: `package-task ${task.requestId} ${task.taskId}`,
      });
    });
  }
  await awaitPackages(context, ids);
  return goTo(spec.onTaskComplete, ids);
}

/** Who signed, so that the task can be found by it. */
async function noteSigner(tx: Db, { session, task }: Visit): Promise<void> {
  const [signature] = await listNativeSignatures(tx, session.ref);
  if (signature) await indexSigner(tx, task, signature.evidence.signer.displayName);
}

/** Whether this visit sent the task in before: the button was pressed twice. */
const hasSentIn = ({ session, task }: Visit): boolean =>
  task.sessionRef === session.ref && task.state !== 'rejected';

async function awaitPackages(
  context: FlowContext,
  ids: { requestId: string; taskId: string },
): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
    const task = await findTask(context.db, ids.requestId, ids.taskId);
    if (task?.state !== 'sent-in') return;
    await sleep(LOOK_EVERY_MS);
  }
}

function goTo(
  template: string | undefined,
  ids: { requestId: string; taskId: string },
): { redirectTo?: string } {
  const redirectTo = redirectUrl(template, ids);
  return redirectTo === undefined ? {} : { redirectTo };
}

async function leave(
  context: FlowContext,
  key: SessionKey,
  why: string,
  target: 'onTaskCancel' | 'onTaskPostpone',
): Promise<{ redirectTo?: string }> {
  const { db, clock } = context;
  const current = await visit(context, key);
  requireActive(current, clock.now());
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireActive(await lockVisit(tx, current), at);
    await endSession(tx, key.ref, at);
    await addAudit(tx, key.ref, { at, type: 'signer-left', data: { description: why } });
  });
  const { task, spec } = current;
  return goTo(spec[target], { requestId: task.requestId, taskId: task.taskId });
}

export function cancel(context: FlowContext, key: SessionKey): Promise<{ redirectTo?: string }> {
  return leave(context, key, 'The signer cancelled', 'onTaskCancel');
}

export function postpone(context: FlowContext, key: SessionKey): Promise<{ redirectTo?: string }> {
  return leave(context, key, 'The signer chose to sign later', 'onTaskPostpone');
}

export async function refuse(
  context: FlowContext,
  key: SessionKey,
  reason?: string,
): Promise<{ redirectTo?: string }> {
  const { db, clock } = context;
  const current = await visit(context, key);
  requireActive(current, clock.now());
  const { session, task, spec } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  await db.transaction(async (tx) => {
    const locked = await lockVisit(tx, current);
    const at = clock.now();
    requireActive(locked, at);
    await moveTask(tx, ids, 'created', 'rejected', at, session.ref);
    await endSession(tx, session.ref, at);
    await addAudit(tx, session.ref, {
      at,
      type: 'signer-refused',
      data: { description: 'The signer refused to sign' },
    });
    await noteEvent(tx, current, 'task-rejected', at, reason?.trim() || undefined);
    await notifyTask(tx, clock, ids.requestId, spec, 'rejected');
    await afterLostTask(tx, context, locked.order, ids.taskId);
  });
  return goTo(spec.onTaskCancel, ids);
}
