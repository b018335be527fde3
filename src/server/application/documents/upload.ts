/** A signer gives a document: taken in the session, shown, and the order's once the session is sent in. See SigningFlow. */
import type { Readable } from 'node:stream';
import { serverProblems } from '../../problems.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { largestSigned } from '../../domain/order/size-limits.ts';
import { addAudit } from '../../adapters/postgres/sessions/sessions.ts';
import { putUpload } from '../../adapters/postgres/uploads.ts';
import type { FlowContext } from '../context.ts';
import { judgeDocument } from './taking-documents.ts';
import { lockSigningSession, noteEvent, requireDue, sessionAt } from '../signing/signing-session.ts';

export async function upload(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  contentType: string,
  body: Readable,
): Promise<void> {
  const { db, blobs, clock, config } = context;
  const { current, chosen } = await sessionAt(context, key, documentId, 'upload', 'read');
  if (chosen.action.type !== 'upload') {
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/to-be-read') });
  }
  const { sha256, size } = await blobs.put(body, largestSigned(config.maxDocumentBytes));
  const stored = { documentId, title: chosen.title, contentType, sha256, size };
  const wrong = await judgeDocument(context, stored);
  if (wrong) throw serverProblems.error('UPLOAD_REFUSED', { why: wrong.problem });
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireDue(await lockSigningSession(tx, current), at, documentId, 'upload', 'read');
    await putUpload(tx, { sessionRef: key.ref, documentId, sha256, size, contentType, uploadedAt: at });
    await addAudit(tx, key.ref, {
      at,
      type: 'signer-uploaded-document',
      data: {
        'document-id': documentId,
        'document-digest': Buffer.from(sha256, 'hex').toString('base64'),
        'digest-algorithm': 'http://www.w3.org/2001/04/xmlenc#sha256',
        description: 'The signer uploaded the document',
      },
    });
    await noteEvent(tx, current, 'document-uploaded', at, documentId);
  });
}
