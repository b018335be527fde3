/** Reading: documents are shown, declared read, or left out. See SigningFlow. */
import { SeglError } from '../errors.ts';
import type { SessionKey, SigningFlow } from '../orders/signing-desk.ts';
import { addAudit, updateProgress } from '../store/sessions.ts';
import type { FlowContext } from './context.ts';
import { noteEvent, visit, visitAt } from './visit.ts';

export async function showDocument(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
): ReturnType<SigningFlow['document']> {
  const { db, blobs, clock } = context;
  const current = await visit(context, key);
  const chosen = current.documents.find(({ document }) => document.documentId === documentId);
  if (!chosen) throw new SeglError('TASK_UNKNOWN');
  const { document } = chosen;
  if (!current.session.endedAt && current.session.progress[documentId]?.presentedAt === undefined) {
    const at = clock.now();
    await updateProgress(db, key.ref, documentId, { presentedAt: at.toISOString() });
    await addAudit(db, key.ref, {
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
  }
  return {
    contentType: document.contentType,
    size: document.size,
    open: () => blobs.open(document.sha256),
  };
}

export async function markRead(context: FlowContext, key: SessionKey, documentId: string): Promise<void> {
  const { db, clock } = context;
  const { current, chosen } = await visitAt(context, key, documentId, 'read');
  if (current.session.progress[documentId]?.presentedAt === undefined)
    throw new SeglError('DOCUMENT_NOT_SHOWN');
  const at = clock.now();
  await db.transaction(async (tx) => {
    await updateProgress(tx, key.ref, documentId, { readAt: at.toISOString() });
    await addAudit(tx, key.ref, {
      at,
      type: 'signer-chose-to-proceed',
      data: { 'document-id': documentId, description: 'The signer declared to have read the document' },
    });
    await noteEvent(tx, current, 'document-viewed', clock.now(), chosen.document.documentId);
  });
}

export async function skip(context: FlowContext, key: SessionKey, documentId: string): Promise<void> {
  const { db, clock } = context;
  const { chosen } = await visitAt(context, key, documentId, 'read', 'sign');
  if (chosen.action.optional !== true)
    throw new SeglError('STEP_NOT_DUE', { why: 'the document is mandatory' });
  await updateProgress(db, key.ref, documentId, { skippedAt: clock.now().toISOString() });
}
