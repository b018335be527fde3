/** Judges what the service witnessed, from the package alone: the WSD, the login in it, and handwriting. */
import { createHash } from 'node:crypto';
import type { LtvSdoContent } from '../ades/ltvsdo/content.ts';
import type { VerifiedSeal } from '../ades/xades/verify-seal.ts';
import { BY_HAND, NATIVE_WSD, signingTimeOf, type WsdContent } from '../ades/wsd/content.ts';
import { verifyWsd } from '../ades/wsd/read.ts';
import { bindingOf } from '../ades/wsd/write.ts';
import { verifyNemIdLoginEvidence } from '../eid/nemid/evidence.ts';
import { SeglError } from '../errors.ts';
import { handwritingDigest, isHandwriting, type Handwriting } from '../orders/handwriting.ts';
import type { Certificate } from '../pki/certificate.ts';
import { HANDWRITING_EVENT } from './keep-signature.ts';

const invalid = (why: string): SeglError => new SeglError('EVIDENCE_INVALID', { why });

/** Of the login that a WSD may hold; others are judged by nobody here. */
const NEMID = 'nemid';

export interface VerifiedWitnessed {
  /** Its path is for the caller to validate. */
  readonly seal: VerifiedSeal;
  readonly signer: {
    readonly signerPath: readonly Certificate[];
    readonly document: Uint8Array;
    readonly handwriting?: Handwriting;
    readonly witnessed: { readonly login: boolean };
  };
}

/**
 * Verifies the WSD in a package (packaging policy wsd, section 7): core and form of its seal, the login with its binding
 * to the statement, the handwriting with its binding to the document, and that the package tells of the same signer,
 * document and time. `anchors`: of the eID, DER. Throws WSD_INVALID, EVIDENCE_INVALID and what the eID's part throws.
 */
export function verifyWitnessed(content: LtvSdoContent, anchors: readonly Uint8Array[]): VerifiedWitnessed {
  const { native } = content;
  const { format, mimeType, version } = NATIVE_WSD;
  if (native.format !== format || native.mimeType !== mimeType || native.version !== version) {
    throw invalid('what it packages is not a witnessed signature');
  }
  const { certificates, crls, ocsps } = native.validation;
  if (certificates.length + crls.length + ocsps.length > 0) {
    throw invalid('it carries validation data outside its witnessed signature, which nobody judges');
  }
  const { content: wsd, seal } = verifyWsd(native.bytes);
  requireSameTold(content, wsd, seal);
  const { statement, login, signer } = wsd;
  if (login ? statement.method !== NEMID : statement.method !== BY_HAND) {
    throw invalid('its witnessed signature names a method that is not known here');
  }
  const handwriting = readHandwriting(wsd);
  const signerPath = login
    ? verifyNemIdLoginEvidence(
        login,
        { ...signer, uniqueId: signer.uniqueId ?? '', binding: bindingOf(statement) },
        anchors,
      ).path
    : [];
  return {
    seal,
    signer: {
      signerPath,
      document: readOriginal(content),
      ...(handwriting && { handwriting }),
      witnessed: { login: login !== undefined },
    },
  };
}

/** P3, P4 and P5 of the policy: the package around the WSD says what the WSD says. */
function requireSameTold(
  { signer, document, signature, native }: LtvSdoContent,
  wsd: WsdContent,
  seal: VerifiedSeal,
): void {
  const { statement, login } = wsd;
  const at = signingTimeOf(wsd).getTime();
  if (signature.signingTime.getTime() !== at || native.signingTime.getTime() !== at) {
    throw invalid('its signing time is not that of the witnessed signature');
  }
  if (statement.declaredAt.getTime() > at || at > seal.signingTime.getTime()) {
    throw invalid('statement, login and seal of its witnessed signature are not in the order of time');
  }
  if (
    statement.document.title !== document.title ||
    statement.document.mimeType !== document.mimeType ||
    Buffer.compare(statement.document.sha256, document.sha256) !== 0
  ) {
    throw invalid('its document is not the one that was signed');
  }
  if (wsd.signer.displayName !== signer.displayName) throw invalid('its signer is not the one who signed');
  if (login) {
    if (wsd.signer.uniqueId !== signer.uniqueId) throw invalid('its signer is not the one who signed');
    return;
  }
  const claims = wsd.signer.uniqueId !== undefined || signer.nationalId !== undefined;
  if (claims || signer.uniqueId !== statement.transactionId || signer.attributes.length > 0) {
    throw invalid('it claims an identity that nobody verified');
  }
  if (statement.claimedName?.name !== signer.displayName || !statement.handwriting) {
    throw invalid('its signature by hand has no name or no handwriting');
  }
}

function readOriginal({ document, native }: LtvSdoContent): Uint8Array {
  const original = native.originalDocument;
  if (!original || !createHash('sha256').update(original).digest().equals(document.sha256)) {
    throw invalid('it does not carry the document that was signed');
  }
  return original;
}

function readHandwriting({ statement }: WsdContent): Handwriting | undefined {
  if (!statement.handwriting) return undefined;
  const { kind, text, digest } = statement.handwriting;
  return judge({ kind, text }, digest, statement.document.sha256);
}

/** Refuses handwriting of another form, or for another document. */
function judge(handwriting: Handwriting, digest: Uint8Array, documentSha256: Uint8Array): Handwriting {
  const expected = handwritingDigest(handwriting, Buffer.from(documentSha256).toString('hex'));
  if (!isHandwriting(handwriting) || Buffer.from(digest).toString('hex') !== expected) {
    throw invalid('its handwriting is not what the signer wrote for this document');
  }
  return handwriting;
}

/** The handwriting beside an eID's signature (packaging policy nemid-handwritten, N4 and N5). */
export function readHandwritingEvent({ creationAuditTrail, document }: LtvSdoContent): Handwriting {
  const [event, ...more] = creationAuditTrail.filter(({ type }) => type === HANDWRITING_EVENT);
  const entries = new Map(event?.data.map(({ name, value }) => [name, value]));
  const bytes = (name: string): Buffer => Buffer.from(entries.get(name) ?? '', 'base64');
  const kind = entries.get('handwriting-kind');
  if (
    !event ||
    more.length > 0 ||
    entries.size !== event.data.length ||
    (kind !== 'drawn' && kind !== 'typed')
  ) {
    throw invalid('its handwriting is missing or told twice');
  }
  if (!bytes('document-digest').equals(document.sha256)) {
    throw invalid('its handwriting belongs to another document');
  }
  const text = entries.get('handwriting') ?? '';
  return judge({ kind, text }, bytes('handwriting-digest'), document.sha256);
}
