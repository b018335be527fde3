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
  dropLinks,
  dropProgress,
  insertNativeSignature,
  updateProgress,
  type AuditEntry,
  type NativeSignatureRow,
} from '../../adapters/postgres/sessions/sessions.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import type { FlowContext } from '../context.ts';
import type { BegunStep, SignatureEvidence } from '../../adapters/postgres/sessions/kept-evidence.ts';
import { signatureTrail } from './signature-trail.ts';
import {
  inOneAct,
  linkIn,
  lockSigningSession,
  noteEvent,
  requireDue,
  requireSameAct,
  requireWay,
  type SigningSession,
  type TaskDocument,
} from './signing-session.ts';

export interface KeptSignature {
  readonly way: SigningWay;
  /** Absent for a signature by hand alone. */
  readonly method?: AccountMethod;
  /** Place of the link of a chain that it is, from 0. */
  readonly link?: number;
  /** Of a witnessed signature, `native` is the WSD that is not sealed yet. */
  readonly result: Result;
  readonly client: ClientInfo;
  /** The method has another question about who signed. */
  readonly begun?: BegunStep;
}

/**
 * Keeps the signatures of an act with everything that proves them, if `documentId`, the first of its documents, is still due to
 * be signed in this way, and together with the same ones.
 */
export async function storeSignature(
  context: FlowContext,
  current: SigningSession,
  documentId: string,
  kept: KeptSignature,
): Promise<void> {
  const { db, blobs, clock } = context;
  const { way, result } = kept;
  const step = way.kind === 'hand' ? 'declare' : 'sign';
  const documents = inOneAct(current, requireDue(current, clock.now(), documentId, step));
  if (documents.length !== result.evidence.length) throw new TypeError('a document has one signature');
  const stored: StoredSignature[] = [];
  for (const one of documents) {
    const evidence = evidenceFor(one, result, documentId);
    requireRoom(one, way, evidence);
    const { sha256 } = await blobs.put(evidence.native);
    stored.push({ one, evidence, sha256 });
  }
  await db.transaction(async (tx) => {
    const at = clock.now();
    const locked = await lockSigningSession(tx, current);
    const act = requireSameAct(locked, requireDue(locked, at, documentId, step), documents);
    requireSameWay(locked, documentId, way);
    requireSameLink(locked, kept.link);
    for (const one of stored) await storeOne(tx, { current, locked, at, act, ...kept }, one);
  });
}

interface StoredSignature {
  readonly one: TaskDocument;
  readonly evidence: Evidence;
  /** Of what is kept as native. */
  readonly sha256: string;
}

/** What proves that this document was signed; a method that signs one at a time need not say which. */
function evidenceFor({ documentId }: TaskDocument, { evidence }: Result, first: string): Evidence {
  const own = evidence.find((one) => (one.documentId ?? first) === documentId);
  if (!own) throw new TypeError(`nothing proves that ${documentId} was signed`);
  return own;
}

/** An act that is being written down, under the lock of its session. */
export interface Storing {
  readonly current: SigningSession;
  readonly locked: SigningSession;
  readonly at: Date;
  /** Ids of all its documents. */
  readonly act: readonly string[];
  readonly way: SigningWay;
}

async function storeOne(
  tx: Db,
  storing: Storing & KeptSignature,
  { one, evidence, sha256 }: StoredSignature,
): Promise<void> {
  const { current, locked, at, act, way, result, client, link } = storing;
  const { documentId, document } = one;
  const { identity } = result;
  const declared = current.session.progress[documentId]?.declared;
  // another tab may have chosen anew and declared something else in the meantime
  if (locked.session.progress[documentId]?.declared?.at !== declared?.at) {
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/declared-anew') });
  }
  const handwriting = way.kind === 'eid' ? declared?.handwriting : undefined;
  const base64 = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('base64'));
  const row: NativeSignatureRow = {
    sessionRef: current.session.ref,
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
      ...(evidence.bundleIndex !== undefined && { bundleIndex: evidence.bundleIndex }),
      ...(identity.nationalId && { nationalIdKind: kindOf(identity.nationalId) }),
      ...(way.kind !== 'eid' && { witnessed: true }),
      ...(handwriting && { handwriting }),
      creationClient: current.session.client,
      verificationClient: client,
    },
    nationalId: identity.nationalId?.id ?? null,
    verifiedAt: at,
  };
  if (link !== undefined) await noteLink(tx, storing, row, link);
  if (isOpenAfter(way, link)) return;
  if (handwriting && declared)
    await addAudit(
      tx,
      row.sessionRef,
      handwritingEntry(documentId, document?.sha256 ?? '', handwriting, declared.at),
    );
  // what is still open about who signed is asked once
  const begun = documentId === act[0] ? storing.begun : undefined;
  await completeOne(tx, storing, row, signatureTrail(documentId, result, evidence, way), begun);
}

/** Whether links of the chain are left after this one, from 0. */
const isOpenAfter = ({ chain = [] }: SigningWay, link: number | undefined): boolean =>
  link !== undefined && link + 1 < chain.length;

/** The signature is there, with the story of it. */
export async function completeOne(
  tx: Db,
  { current, at, act }: Storing,
  row: NativeSignatureRow,
  trail: readonly Omit<AuditEntry, 'at'>[],
  begun?: BegunStep,
): Promise<void> {
  const { sessionRef: ref, documentId } = row;
  await insertNativeSignature(tx, row);
  await updateProgress(tx, ref, documentId, {
    signedAt: at.toISOString(),
    identifyDue: begun !== undefined,
    act,
    ...(begun && { begun }),
  });
  for (const entry of trail) await addAudit(tx, ref, { at, ...entry });
  await noteEvent(tx, current, 'document-signed', at, documentId);
}

/** A link of a chain was made: the story tells it, and it is kept as long as the chain is not complete. `link`: from 0. */
async function noteLink(
  tx: Db,
  { current, at, act, way, method, result }: Storing & KeptSignature,
  row: NativeSignatureRow,
  link: number,
): Promise<void> {
  const { sessionRef: ref, documentId } = row;
  const { name, title } = method!;
  const [place, of] = [String(link + 1), String(way.chain?.length ?? 0)];
  await addAudit(tx, ref, {
    at,
    type: 'signing-link-made',
    data: {
      ...{ 'document-id': documentId, chain: way.method, link: place, links: of, method: name },
      ...(row.evidence.facts['evidence-sha256'] !== undefined && {
        'evidence-sha256': row.evidence.facts['evidence-sha256'],
      }),
      description: `The signer was done with link ${place} of ${of}: ${title}`,
    },
  });
  await noteEvent(tx, current, 'user-authenticated', at, `${documentId} ${name} ${place}/${of}`);
  if (!isOpenAfter(way, link)) return;
  for (const { type, of: trail, data } of result.audit)
    await addAudit(tx, ref, { at, type, trail, data: { 'document-id': documentId, ...data } });
  // what was made before about other documents counts for nothing
  await dropLinks(tx, ref, documentId, link + 1);
  await insertNativeSignature(tx, { ...row, method: name }, link + 1);
  await dropProgress(tx, ref, documentId, ['begun']);
  await updateProgress(tx, ref, documentId, { links: link + 1, act });
}

/** What is kept can be packaged. Throws PAYLOAD_TOO_LARGE. */
function requireRoom(
  { document }: TaskDocument,
  way: SigningWay,
  { native, validation: { certificates, ocsps, crls } }: Evidence,
): void {
  const kept = [...certificates, ...ocsps, ...crls].reduce((sum, { length }) => sum + length, 0);
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

/** Refuses what was begun for another link of the chain than the one that is due. */
export function requireSameLink(locked: SigningSession, link: number | undefined): void {
  if (linkIn(locked) !== link)
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/other-way') });
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
export function handwritingEntry(
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
