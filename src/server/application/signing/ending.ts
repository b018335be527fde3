/** The end of a session: sent in, refused, or left for another time. See SigningFlow. */
import { redirectUrl } from '../../domain/order/redirect.ts';
import type { SessionStanding } from '../../domain/lifecycle/transitions.ts';
import type { SentIn } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { findTask } from '../../adapters/postgres/orders/orders.ts';
import { addAudit, listNativeSignatures } from '../../adapters/postgres/sessions/sessions.ts';
import { indexSigner } from '../../adapters/postgres/orders/task-index.ts';
import type { FlowContext } from '../context.ts';
import { takeOverUploads } from '../documents/later-documents.ts';
import { apply } from '../lifecycle/apply.ts';
import { awaitChange } from '../lifecycle/awaiting.ts';
import {
  dueIn,
  lockSigningSession,
  requireActive,
  signingSession,
  type SigningSession,
} from './signing-session.ts';

/** Doing it again only waits again. See SigningFlow. */
export async function sendIn(context: FlowContext, key: SessionKey): Promise<SentIn> {
  const { db } = context;
  const current = await signingSession(context, key);
  const { session, task, spec } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  if (!hasSentIn(current)) {
    await db.transaction(async (tx) => {
      const locked = await lockSigningSession(tx, current);
      if (hasSentIn(locked)) return;
      const command = { type: 'submit', task: task.taskId, signingSession: standingOf(locked) } as const;
      await apply(tx, context, task.requestId, command, async (at) => {
        await takeOverUploads(tx, context, locked);
        await noteSigner(tx, locked);
        await addAudit(tx, session.ref, {
          at,
          type: 'signer-sent-in',
          data: { description: 'The signer confirmed and sent in' },
        });
      });
    });
  }
  // a back end that is asked at the redirect finds the results
  const isFinished = await awaitChange(
    context,
    ids.requestId,
    async () => (await findTask(db, ids.requestId, ids.taskId))?.state !== 'sent-in',
  );
  return isFinished ? goTo(spec.onTaskComplete, ids) : { isFinishing: true };
}

const standingOf = (locked: SigningSession): SessionStanding => ({
  ref: locked.session.ref,
  isOver: locked.session.endedAt !== null,
  due: dueIn(locked).kind,
});

/** Who signed, so that the task can be found by it. */
async function noteSigner(tx: Db, { session, task }: SigningSession): Promise<void> {
  const [signature] = await listNativeSignatures(tx, session.ref);
  if (signature) await indexSigner(tx, task, signature.evidence.signer.displayName);
}

/** Whether this session sent the task in before: the button was pressed twice. */
const hasSentIn = ({ session, task }: SigningSession): boolean =>
  task.sessionRef === session.ref && task.state !== 'rejected';

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
  const current = await signingSession(context, key);
  requireActive(current, clock.now());
  const { task, spec } = current;
  await db.transaction(async (tx) => {
    const locked = await lockSigningSession(tx, current);
    const command = { type: 'leave', task: task.taskId, signingSession: standingOf(locked) } as const;
    await apply(tx, context, task.requestId, command, (at) =>
      addAudit(tx, key.ref, { at, type: 'signer-left', data: { description: why } }),
    );
  });
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
  const current = await signingSession(context, key);
  requireActive(current, clock.now());
  const { session, task, spec } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  await db.transaction(async (tx) => {
    const locked = await lockSigningSession(tx, current);
    const said = reason?.trim();
    const command = {
      type: 'refuse',
      task: ids.taskId,
      signingSession: standingOf(locked),
      ...(said && { reason: said }),
    } as const;
    await apply(tx, context, ids.requestId, command, (at) =>
      addAudit(tx, session.ref, {
        at,
        type: 'signer-refused',
        data: { description: 'The signer refused to sign' },
      }),
    );
  });
  return goTo(spec.onTaskCancel, ids);
}
