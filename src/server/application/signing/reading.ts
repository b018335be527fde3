/** Reading: documents are shown, declared read, or left out. See SigningFlow. */
import { serverProblems } from '../../problems.ts';
import type { SigningFlow } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { deleteFilledForm } from '../../adapters/postgres/orders/filled-forms.ts';
import { addAudit, updateProgress } from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import {
  isAsFilled,
  isLoginDue,
  lockSigningSession,
  noteEvent,
  requireDue,
  signingSession,
  sessionAt,
  type SigningSession,
} from './signing-session.ts';

export async function showDocument(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
): ReturnType<SigningFlow['document']> {
  const { db, blobs, clock } = context;
  const current = await signingSession(context, key);
  const chosen = current.documents.find((one) => one.documentId === documentId);
  const document = chosen?.document;
  if (isLoginDue(current)) throw serverProblems.error('LOGIN_NEEDED');
  if (!document) throw serverProblems.error('TASK_UNKNOWN');
  if (current.order.deletedAt) throw serverProblems.error('TASK_CLOSED', { state: 'deleted' });
  if (isFirst(current, documentId)) {
    await db.transaction(async (tx) => {
      const locked = await lockSigningSession(tx, current);
      if (!isFirst(locked, documentId) || !isAsFilled(locked, chosen)) return;
      const at = clock.now();
      await updateProgress(tx, key.ref, documentId, { presentedAt: at.toISOString() });
      await addAudit(tx, key.ref, {
        at,
        type: 'presented-document-to-signer',
        data: {
          'document-id': documentId,
          'document-title': document.title,
          'document-digest': Buffer.from(document.sha256, 'hex').toString('base64'),
          'digest-algorithm': 'http://www.w3.org/2001/04/xmlenc#sha256',
          description: 'The document was shown to the signer',
        },
      });
    });
  }
  return {
    contentType: document.contentType,
    size: document.size,
    sha256: document.sha256,
    open: (range) => blobs.open(document.sha256, range),
  };
}

/** Whether showing it now is the first time in a session that goes on. */
const isFirst = ({ session }: SigningSession, documentId: string): boolean =>
  !session.endedAt && session.progress[documentId]?.presentedAt === undefined;

export async function markRead(context: FlowContext, key: SessionKey, documentId: string): Promise<void> {
  const { db, clock } = context;
  const { current, chosen } = await sessionAt(context, key, documentId, 'read');
  if (current.session.progress[documentId]?.presentedAt === undefined)
    throw serverProblems.error('DOCUMENT_NOT_SHOWN');
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireDue(await lockSigningSession(tx, current), at, documentId, 'read');
    await updateProgress(tx, key.ref, documentId, { readAt: at.toISOString() });
    await addAudit(tx, key.ref, {
      at,
      type: 'signer-chose-to-proceed',
      data: { 'document-id': documentId, description: 'The signer declared to have read the document' },
    });
    // what the signer brought along is shown back, which tells nobody anything
    if (chosen.action.type !== 'upload') await noteEvent(tx, current, 'document-viewed', at, documentId);
  });
}

/** Until it is signed. */
const SKIPPABLE = ['upload', 'form', 'read', 'choose-method', 'declare', 'sign'] as const;

export async function skip(context: FlowContext, key: SessionKey, documentId: string): Promise<void> {
  const { db, clock } = context;
  const { current, chosen } = await sessionAt(context, key, documentId, ...SKIPPABLE);
  if (chosen.action.optional !== true)
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/mandatory') });
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireDue(await lockSigningSession(tx, current), at, documentId, ...SKIPPABLE);
    await updateProgress(tx, key.ref, documentId, { skippedAt: at.toISOString() });
    if (chosen.form) await deleteFilledForm(tx, key.ref, documentId);
  });
}
