/** A task as its signer sees it. */
import { redirectUrl } from '../orders/redirect.ts';
import type { DocumentView, SessionKey, Step, TaskView } from '../orders/signing-desk.ts';
import type { FlowContext } from './context.ts';
import { CPR_ATTEMPTS } from './signing.ts';
import { dueIn, requireActive, visit, type Visit } from './visit.ts';

/** See SigningFlow.view. */
export async function viewTask(context: FlowContext, key: SessionKey): Promise<TaskView> {
  const current = await visit(context, key);
  const { session, order, spec, subject } = current;
  const language = spec.language ?? order.spec.language;
  const profile = spec.profile ?? order.spec.profile;
  const signatureDialog = spec.signatures[0]?.dialog;
  const signerName = [subject?.firstName, subject?.lastName].filter(Boolean).join(' ');
  return {
    requestId: order.requestId,
    taskId: spec.id,
    service: order.service,
    ...(language && { language }),
    ...(profile && { profile }),
    ...(spec.dialog && { dialog: spec.dialog }),
    ...(signatureDialog && { signatureDialog }),
    ...(signerName && { signerName }),
    documents: current.documents.map(({ action, documentId, title, document }): DocumentView => {
      const progress = session.progress[documentId] ?? {};
      return {
        documentId,
        title,
        mimeType: document?.contentType ?? '',
        action: action.type,
        optional: action.optional === true,
        ...(action.dialog && { dialog: action.dialog }),
        read: progress.readAt !== undefined,
        signed: progress.signedAt !== undefined && progress.cprDue !== true,
        skipped: progress.skippedAt !== undefined,
      };
    }),
    step: stepOf(context, current),
    canPostpone: Boolean(spec.onTaskPostpone),
  };
}

function stepOf({ clock }: FlowContext, current: Visit): Step {
  const { session, order, task, spec } = current;
  const ids = { requestId: task.requestId, taskId: task.taskId };
  if (task.sessionRef === session.ref && !order.deletedAt) {
    const ending = task.state === 'rejected' ? ('rejected' as const) : ('done' as const);
    const redirectTo = redirectUrl(ending === 'done' ? spec.onTaskComplete : spec.onTaskCancel, ids);
    return { kind: ending, ...(redirectTo !== undefined && { redirectTo }) };
  }
  requireActive(current, clock.now());
  const due = dueIn(current);
  if (due.kind !== 'cpr') return due;
  const used = session.progress[due.documentId]?.cprAttempts ?? 0;
  return { kind: 'cpr', documentId: due.documentId, attemptsLeft: Math.max(0, CPR_ATTEMPTS - used) };
}
