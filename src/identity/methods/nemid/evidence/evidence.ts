/** Judges the NemID signature inside a package from the package alone, as it stood when it was made. */
import { identityProblems } from '../../../problems.ts';
import { nemidProblems } from '../problems.ts';
import { createHash } from 'node:crypto';
import type { LtvSdoContent } from '../../../evidence/ltvsdo/content.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import type { Certificate } from '@segl/pki/x509/certificate';
import { validateWithEvidence, type AuthorityEvidence } from '@segl/pki/revocation/evidence';
import type { KeptLogin, ToldLogin } from '../../../method.ts';
import { binds, readBindings } from '../binding.ts';
import { namesIn } from '../../../oces/certificate.ts';
import { typeOf, type Holders } from '../name-options.ts';
import { isForLogin } from './content-checks.ts';
import { isBound, signsNothing } from '../login.ts';
import { readNativeMessage, type NativeMessage } from './message.ts';
import { isPdf } from '../client/sign-text.ts';

/** serialNumber of the subject. */
const SERIAL_NUMBER = '2.5.4.5';

/**
 * Verifies the core of the native message, the signer's certificate path at the signing time with the revocation
 * answers that the package keeps, and that the package tells of this signer and this document. Sign text, challenge and
 * receiver were compared when the signature arrived: what was sent then is no part of the package.
 *
 * Certificates that the message carries may be missing among the evidence (packaging policy, E2). `anchors` are DER.
 * `document`: the signed PDF, which the message carries; a text must be had from elsewhere.
 * Throws NATIVE_SIGNATURE_REFUSED, EVIDENCE_INVALID and what `validateWithEvidence` throws.
 */
export function verifyNemIdEvidence(
  { native, signer, document }: Pick<LtvSdoContent, 'native' | 'signer' | 'document'>,
  anchors: readonly Uint8Array[],
  holders: Holders,
  authorities: AuthorityEvidence = 'told',
): {
  readonly message: NativeMessage;
  readonly path: readonly Certificate[];
  readonly document?: Uint8Array;
} {
  const message = readNativeMessage(native.bytes);
  const { path } = validateWithEvidence({
    leaf: message.leaf.der,
    anchors,
    at: native.signingTime,
    evidence: native.validation,
    carried: message.certificates,
    authorities,
  });
  return { message, path, ...requireOwnContent(message, { native, signer, document }, holders) };
}

/**
 * That the message is of the signer and about the document that the package tells of; gives the signed PDF, which the
 * message carries, or the package beside a message that lists its digests. Throws EVIDENCE_INVALID.
 */
export function requireOwnContent(
  message: NativeMessage,
  { native, signer, document }: Pick<LtvSdoContent, 'native' | 'signer' | 'document'>,
  holders: Holders,
): { readonly document?: Uint8Array } {
  requireHolder(message.leaf, holders);
  if (!isSigner(message.leaf, signer.uniqueId)) throw invalid(identityProblems.of('evidence/other-signer'));
  if (!isPdf(document.mimeType)) return {};
  const lists = readBindings(message).filter(({ form }) => form === 'digest-list');
  const isListed = (pdf: Uint8Array): boolean => {
    const listed = lists[native.bundleIndex ?? 0];
    return listed !== undefined && binds(listed, pdf);
  };
  const carried = carriedPdf(message, document.sha256);
  const pdf = carried ?? beside(native, document);
  // a list is only left out where the message carries the document itself
  if (!pdf || !(isListed(pdf) || (carried && lists.length === 0)))
    throw invalid(identityProblems.of('evidence/other-document'));
  return { document: pdf };
}

/**
 * Verifies a kept login as `verifyNemIdEvidence` does a signature: that it is one, of this person, and bound to
 * `binding`. Throws what that throws.
 */
export function verifyNemIdLoginEvidence(
  login: KeptLogin,
  told: ToldLogin,
  anchors: readonly Uint8Array[],
): { readonly message: NativeMessage; readonly path: readonly Certificate[] } {
  const message = readNativeMessage(login.message);
  const { path } = validateWithEvidence({
    leaf: message.leaf.der,
    anchors,
    at: login.receivedAt,
    evidence: login.validation,
    carried: message.certificates,
  });
  requireOwnLogin(message, told);
  return { message, path };
}

/** That the message is a login, of this person, bound to `binding`, and signs nothing else. Throws EVIDENCE_INVALID. */
export function requireOwnLogin(message: NativeMessage, told: ToldLogin): void {
  const wrong = isForLogin(message) ?? signsNothing(message) ?? isBound(message, told);
  if (wrong) throw invalid(nemidProblems.of('nemid/of-login', { why: wrong }));
  if (!isSigner(message.leaf, told.uniqueId) || message.leaf.commonName !== told.displayName) {
    throw invalid(nemidProblems.of('nemid/other-login'));
  }
}

const invalid = (why: Problem): SeglError => nemidProblems.error('EVIDENCE_INVALID', { why });

/** Of which type a certificate is, by its subject alone; the rest was compared when the signature arrived. */
function requireHolder(leaf: Certificate, holders: Holders): void {
  const [named] = namesIn(leaf);
  const allowed = typeOf(holders);
  if (!named) throw invalid(identityProblems.of('evidence/other-signer'));
  if (named.type !== allowed)
    throw invalid(nemidProblems.of('nemid/certificate-type', { type: named.type, allowed: [allowed] }));
}

/** Whether an id of a signer is an employee's: the whole attribute of the certificate. */
export const isEmployee = (uniqueId: string): boolean => uniqueId.startsWith('CVR:');

/** Packages give the PID bare or as the certificate writes it, `PID:…`; of employees the whole attribute. */
const isSigner = (leaf: Certificate, uniqueId: string): boolean =>
  leaf.subject.attribute(SERIAL_NUMBER) ===
  (isEmployee(uniqueId) ? uniqueId : `PID:${uniqueId.replace(/^PID:/, '')}`);

/** The PDF as the package has it beside the message. */
const beside = (
  { originalDocument }: LtvSdoContent['native'],
  { sha256 }: LtvSdoContent['document'],
): Uint8Array | undefined =>
  originalDocument && createHash('sha256').update(originalDocument).digest().equals(sha256)
    ? originalDocument
    : undefined;

/**
 * A PDF is in the message, as it is or once more in base64 (clients differ). A text is its sign text, which may have
 * had another encoding and a further line, so its digest cannot be compared.
 */
function carriedPdf(message: NativeMessage, sha256: Uint8Array): Uint8Array | undefined {
  const attached = message.properties.get('attachedpdf')?.value;
  if (!attached) return undefined;
  const decoded = Buffer.from(Buffer.from(attached).toString('latin1'), 'base64');
  return [attached, decoded].find((pdf) => createHash('sha256').update(pdf).digest().equals(sha256));
}
