/** The drawing as the last link of a chain: what the method before it made becomes the signature. */
import type { Handwriting } from '@segl/identity/handwriting';
import { addAudit, listLinks } from '../../adapters/postgres/sessions/sessions.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';
import type { FlowContext } from '../context.ts';
import { signatureTrail } from './signature-trail.ts';
import {
  inOneAct,
  linkIn,
  lockSigningSession,
  requireDue,
  requireSameAct,
  type SigningSession,
  type TaskDocument,
} from './signing-session.ts';
import { completeOne, handwritingEntry, requireSameLink, requireSameWay } from './store-signature.ts';

/** Throws STEP_NOT_DUE. */
export async function drawLink(
  { db, clock }: FlowContext,
  current: SigningSession,
  chosen: TaskDocument,
  { way, handwriting }: { readonly way: SigningWay; readonly handwriting: Handwriting },
): Promise<void> {
  const link = linkIn(current);
  const documents = inOneAct(current, chosen);
  await db.transaction(async (tx) => {
    const at = clock.now();
    const locked = await lockSigningSession(tx, current);
    const due = requireDue(locked, at, chosen.documentId, 'declare');
    const act = requireSameAct(locked, due, documents);
    requireSameWay(locked, chosen.documentId, way);
    requireSameLink(locked, link);
    const { ref } = current.session;
    const made = await listLinks(tx, ref);
    for (const { documentId, document } of documents) {
      const row = made.find((one) => one.documentId === documentId && one.link === link);
      if (!row) throw new TypeError(`what ${documentId} was signed with is not kept`);
      const { evidence } = row;
      const { uniqueId: subjectId, subjectDn, issuerDn, ...signer } = evidence.signer;
      const certificate = subjectDn === '' ? undefined : { subjectDn, issuerDn };
      await addAudit(
        tx,
        ref,
        handwritingEntry(documentId, document?.sha256 ?? '', handwriting, at.toISOString()),
      );
      await completeOne(
        tx,
        { current, locked, at, act, way },
        { ...row, method: way.method, evidence: { ...evidence, handwriting }, verifiedAt: at },
        signatureTrail(
          documentId,
          { identity: { ...signer, subjectId, ...(certificate && { certificate }) }, audit: [] },
          { checks: evidence.verdicts, facts: evidence.facts },
          way,
        ),
      );
    }
  });
}
