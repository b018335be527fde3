/** Writes down what was signed. */
import { HANDWRITING_EVENT } from '@segl/identity/evidence/handwriting-event';
import { handwritingDigest, type Handwriting } from '@segl/identity/methods/handwriting/handwriting';
import type { ClientInfo } from '../../domain/signing-session/client-info.ts';
import type { SigningWay } from '../../domain/signing-session/signing-ways.ts';
import type { VerifiedSignature } from '@segl/identity/method';
import { serverProblems } from '../../problems.ts';
import {
  addAudit,
  insertNativeSignature,
  updateProgress,
  type AuditEntry,
} from '../../adapters/postgres/sessions.ts';
import type { FlowContext } from '../context.ts';
import type { CprOutcome } from './cpr-step.ts';
import { verificationTrail } from './verification-trail.ts';
import { lockVisit, noteEvent, requireDue, requireWay, type Visit } from './visit.ts';

export interface KeptSignature {
  readonly way: SigningWay;
  /** Of a witnessed signature, `native` is the WSD that is not sealed yet. */
  readonly signature: VerifiedSignature;
  readonly client: ClientInfo;
  readonly cpr: CprOutcome;
}

/** Keeps the signature with everything that proves it, if the document is still due to be signed in this way. */
export async function keepSignature(
  context: FlowContext,
  current: Visit,
  documentId: string,
  { way, signature, client, cpr }: KeptSignature,
): Promise<void> {
  const { db, blobs, clock } = context;
  const { ref } = current.session;
  const declared = current.session.progress[documentId]?.declared;
  const { sha256 } = await blobs.put(signature.native);
  const base64 = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('base64'));
  await db.transaction(async (tx) => {
    const at = clock.now();
    const locked = await lockVisit(tx, current);
    const chosen = requireDue(locked, at, documentId, way.kind === 'hand' ? 'declare' : 'sign');
    requireSameWay(locked, documentId, way);
    // another tab may have chosen anew and declared something else in the meantime
    if (locked.session.progress[documentId]?.declared?.at !== declared?.at) {
      throw serverProblems.error('STEP_NOT_DUE', { why: 'it was declared anew' });
    }
    await insertNativeSignature(tx, {
      sessionRef: ref,
      documentId,
      sha256,
      method: way.method,
      evidence: {
        signer: signature.signer,
        signingTime: signature.signingTime.toISOString(),
        verdicts: signature.verdicts,
        validation: {
          certificates: base64(signature.validation.certificates),
          ocsps: base64(signature.validation.ocsps),
          crls: base64(signature.validation.crls),
        },
        facts: signature.facts,
        ...(way.kind !== 'eid' && { witnessed: true }),
        ...(way.kind === 'eid' && declared?.handwriting && { handwriting: declared.handwriting }),
        creationClient: current.session.client,
        verificationClient: client,
      },
      nationalId: cpr.nationalId ?? null,
      verifiedAt: at,
    });
    await updateProgress(tx, ref, documentId, {
      signedAt: at.toISOString(),
      cprDue: cpr.due,
    });
    if (way.kind === 'eid' && declared?.handwriting) {
      const { sha256: document = '' } = chosen.document ?? {};
      await addAudit(tx, ref, handwritingEntry(documentId, document, declared.handwriting, declared.at));
    }
    for (const entry of verificationTrail(documentId, signature, way, cpr.source)) {
      await addAudit(tx, ref, { at, ...entry });
    }
    await noteEvent(tx, current, 'document-signed', at, documentId);
  });
}

/** Refuses what was begun in another way than the one that is chosen now: another tab may have been faster. */
export function requireSameWay(locked: Visit, documentId: string, way: SigningWay): void {
  if (requireWay(locked, documentId).id !== way.id) {
    throw serverProblems.error('STEP_NOT_DUE', { why: 'another way to sign was chosen' });
  }
}

/** `documentSha256`: hex. `at`: when it was written, ISO 8601 UTC. */
function handwritingEntry(
  documentId: string,
  documentSha256: string,
  handwriting: Handwriting,
  at: string,
): AuditEntry {
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  return {
    at: new Date(at),
    type: HANDWRITING_EVENT,
    data: {
      'document-id': documentId,
      'document-digest': base64(documentSha256),
      'digest-algorithm': 'http://www.w3.org/2001/04/xmlenc#sha256',
      'handwriting-kind': handwriting.kind,
      handwriting: handwriting.text,
      'handwriting-digest': base64(handwritingDigest(handwriting, documentSha256)),
      description: 'The signer signed by hand',
    },
  };
}
