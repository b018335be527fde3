/** The end of a visit: sent in, refused, or left for another time. See SigningFlow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SeglError } from '../errors.ts';
import { redirectUrl } from '../orders/redirect.ts';
import type { SessionKey } from '../orders/signing-desk.ts';
import { findTask, lockOrder, moveTask } from '../store/orders.ts';
import { enqueue } from '../store/outbox.ts';
import { addAudit, endSession } from '../store/sessions.ts';
import type { FlowContext } from './context.ts';
import { notifyTask } from './notify.ts';
import { dueIn, noteEvent, requireActive, visit } from './visit.ts';

/** How long "send in" waits for the packages, so that a back end that asks at once finds them. */
const PATIENCE_MS = 8_000;
const LOOK_EVERY_MS = 50;

export async function sendIn(context: FlowContext, key: SessionKey): Promise<{ redirectTo?: string }> {
  const { db, clock } = context;
  const current = await visit(context, key);
  const { session, task, spec } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  const sentBefore = task.sessionRef === session.ref && task.state !== 'rejected';
  if (!sentBefore) {
    requireActive(current, clock.now());
    const due = dueIn(current);
    if (due.kind !== 'send-in') throw new SeglError('STEP_NOT_DUE', { why: due.kind });
    await db.transaction(async (tx) => {
      const order = await lockOrder(tx, task.requestId);
      const at = clock.now();
      if (!order || order.deletedAt || !(await moveTask(tx, ids, 'created', 'sent-in', at, session.ref))) {
        throw new SeglError('TASK_CLOSED', { state: 'closed' });
      }
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
  const at = clock.now();
  await db.transaction(async (tx) => {
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
  const { session, task, spec, order } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  await db.transaction(async (tx) => {
    await lockOrder(tx, task.requestId);
    const at = clock.now();
    if (!(await moveTask(tx, ids, 'created', 'rejected', at, session.ref))) {
      throw new SeglError('TASK_CLOSED', { state: 'closed' });
    }
    await endSession(tx, session.ref, at);
    await addAudit(tx, session.ref, {
      at,
      type: 'signer-refused',
      data: { description: 'The signer refused to sign' },
    });
    await noteEvent(tx, current, 'task-rejected', clock.now(), reason?.trim() || undefined);
    await notifyTask(tx, clock, order.requestId, spec, 'rejected');
  });
  return goTo(spec.onTaskCancel, ids);
}
