/** Writes down what was signed. */
import { serverProblems } from '../../problems.ts';
import { handwritingDigest, type Handwriting } from '@segl/identity/handwriting';
import type { ClientInfo } from '../../domain/signing-session/client-info.ts';
import { generalProblems } from '@segl/problem/problems';
import { fitsPackage, MAX_NATIVE } from '../../domain/order/size-limits.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';
import { HANDWRITING_EVENT } from '@segl/identity/evidence/handwriting-event';
import type { Evidence, NationalId, Result, VerifiedIdentity } from '@segl/identity/method';
import type { AccountMethod } from '@segl/identity/registry';
import {
  addAudit,
  insertNativeSignature,
  updateProgress,
  type AuditEntry,
} from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import type { BegunStep, SignatureEvidence } from '../../adapters/postgres/sessions/kept-evidence.ts';
import { signatureTrail } from './signature-trail.ts';
import {
  lockSigningSession,
  noteEvent,
  requireDue,
  requireWay,
  type SigningSession,
} from './signing-session.ts';

export interface KeptSignature {
  readonly way: SigningWay;
  /** Absent for a signature by hand alone. */
  readonly method?: AccountMethod;
  /** Of a witnessed signature, `native` is the WSD that is not sealed yet. */
  readonly result: Result;
  readonly client: ClientInfo;
  /** The method has another question about who signed. */
  readonly begun?: BegunStep;
}

/** Keeps the signature with everything that proves it, if the document is still due to be signed in this way. */
export async function storeSignature(
  context: FlowContext,
  current: SigningSession,
  documentId: string,
  { way, result, client, begun }: KeptSignature,
): Promise<void> {
  const { db, blobs, clock } = context;
  const { ref } = current.session;
  const declared = current.session.progress[documentId]?.declared;
  const { identity } = result;
  const [evidence, ...more] = result.evidence;
  if (!evidence || more.length > 0) throw new TypeError('a document has one signature');
  requireRoom(current, documentId, way, evidence);
  const { sha256 } = await blobs.put(evidence.native);
  const base64 = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('base64'));
  await db.transaction(async (tx) => {
    const at = clock.now();
    const locked = await lockSigningSession(tx, current);
    const chosen = requireDue(locked, at, documentId, way.kind === 'hand' ? 'declare' : 'sign');
    requireSameWay(locked, documentId, way);
    // another tab may have chosen anew and declared something else in the meantime
    if (locked.session.progress[documentId]?.declared?.at !== declared?.at) {
      throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/declared-anew') });
    }
    await insertNativeSignature(tx, {
      sessionRef: ref,
      documentId,
      sha256,
      method: way.method,
      evidence: {
        signer: signerOf(identity),
        signingTime: evidence.at.toISOString(),
        verdicts: evidence.checks,
        validation: {
          certificates: base64(evidence.validation.certificates),
          ocsps: base64(evidence.validation.ocsps),
          crls: base64(evidence.validation.crls),
        },
        facts: evidence.facts,
        format: evidence.format,
        ...(identity.nationalId && { nationalIdKind: kindOf(identity.nationalId) }),
        ...(way.kind !== 'eid' && { witnessed: true }),
        ...(way.kind === 'eid' && declared?.handwriting && { handwriting: declared.handwriting }),
        creationClient: current.session.client,
        verificationClient: client,
      },
      nationalId: identity.nationalId?.id ?? null,
      verifiedAt: at,
    });
    await updateProgress(tx, ref, documentId, {
      signedAt: at.toISOString(),
      identifyDue: begun !== undefined,
      ...(begun && { begun }),
    });
    if (way.kind === 'eid' && declared?.handwriting) {
      const { sha256: document = '' } = chosen.document ?? {};
      await addAudit(tx, ref, handwritingEntry(documentId, document, declared.handwriting, declared.at));
    }
    for (const entry of signatureTrail(documentId, result, evidence, way)) {
      await addAudit(tx, ref, { at, ...entry });
    }
    await noteEvent(tx, current, 'document-signed', at, documentId);
  });
}

/** What is kept can be packaged. Throws PAYLOAD_TOO_LARGE. */
function requireRoom(
  { documents }: SigningSession,
  documentId: string,
  way: SigningWay,
  { native, validation: { certificates, ocsps, crls } }: Evidence,
): void {
  const kept = [...certificates, ...ocsps, ...crls].reduce((sum, { length }) => sum + length, 0);
  const document = documents.find((one) => one.documentId === documentId)?.document;
  const original = way.kind === 'eid' ? 0 : (document?.size ?? 0);
  if (fitsPackage({ native: native.length, evidence: kept, original })) return;
  throw generalProblems.error('PAYLOAD_TOO_LARGE', { limit: MAX_NATIVE, setting: 'MAX_DOCUMENT_BYTES' });
}

/** Refuses what was begun in another way than the one that is chosen now: another tab may have been faster. */
export function requireSameWay(locked: SigningSession, documentId: string, way: SigningWay): void {
  if (requireWay(locked, documentId).id !== way.id) {
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/other-way') });
  }
}

const kindOf = ({ nationality, type }: NationalId): { nationality: string; type: string } => ({
  nationality,
  type,
});

/** As rows tell it. */
export const signerOf = ({
  displayName,
  subjectId,
  attributes,
  certificate,
}: VerifiedIdentity): SignatureEvidence['signer'] => ({
  displayName,
  uniqueId: subjectId,
  attributes,
  subjectDn: certificate?.subjectDn ?? '',
  issuerDn: certificate?.issuerDn ?? '',
});

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
