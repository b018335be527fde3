/** What the service witnessed in place of an eID, compared with the package around it (packaging policy wsd, K3 and K4). */
import { createHash } from 'node:crypto';
import type { LtvSdoContent } from './ltvsdo/content.ts';
import { BY_HAND, NATIVE_WSD, signingTimeOf, type WsdContent } from './wsd/content.ts';
import type { EvidenceRegistry } from './registry.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';
import { isWitnessedBundlePolicy } from './ltvsdo/policy.ts';
import { statementDigest } from './wsd/write.ts';
import type { Handwriting } from '../handwriting.ts';
import { requireHandwriting } from './handwriting.ts';

const invalid = (why: Problem): SeglError => identityProblems.error('EVIDENCE_INVALID', { why });

/** That the package holds a WSD, and nothing beside it that nobody judges (P2). Throws EVIDENCE_INVALID. */
export function requireNativeWsd({ native }: LtvSdoContent): void {
  const { format, mimeType, version } = NATIVE_WSD;
  if (native.format !== format || native.mimeType !== mimeType || native.version !== version) {
    throw invalid(identityProblems.of('wsd/not-packaged'));
  }
  const { certificates, crls, ocsps } = native.validation;
  if (certificates.length + crls.length + ocsps.length > 0) {
    throw invalid(identityProblems.of('wsd/data-beside'));
  }
}

/**
 * That the statement is at its place among those that one login confirms, where these are several; that there is a login then,
 * and that the packaging policy is one for that (L5). Throws EVIDENCE_INVALID.
 */
export function requireBundle(content: LtvSdoContent, { statement, bundle, login }: WsdContent): void {
  const { bundleIndex } = content.native;
  const isBundle = isWitnessedBundlePolicy(content.packagingPolicy);
  if (!isBundle && bundle === undefined && bundleIndex === undefined) return;
  const own = bundleIndex === undefined ? undefined : bundle?.[bundleIndex];
  if (!isBundle || !login || !bundle || bundle.length < 2 || !own || !statementDigest(statement).equals(own))
    throw invalid(identityProblems.of('wsd/bundle'));
}

/** That statement, login and seal are in the order of time. Throws EVIDENCE_INVALID. */
export function requireOrderOfTime(wsd: WsdContent, sealedAt: Date): void {
  const at = signingTimeOf(wsd).getTime();
  if (wsd.statement.declaredAt.getTime() > at || at > sealedAt.getTime()) {
    throw invalid(identityProblems.of('wsd/order-of-time'));
  }
}

/** That the package around the WSD says what the WSD says (P4 and P5). Throws EVIDENCE_INVALID. */
export function requireSameTold(
  { signer, document, signature, native }: LtvSdoContent,
  wsd: WsdContent,
): void {
  const { statement, login } = wsd;
  const at = signingTimeOf(wsd).getTime();
  if (signature.signingTime.getTime() !== at || native.signingTime.getTime() !== at) {
    throw invalid(identityProblems.of('wsd/signing-time'));
  }
  if (
    statement.document.title !== document.title ||
    statement.document.mimeType !== document.mimeType ||
    Buffer.compare(statement.document.sha256, document.sha256) !== 0
  ) {
    throw invalid(identityProblems.of('evidence/other-document'));
  }
  if (wsd.signer.displayName !== signer.displayName)
    throw invalid(identityProblems.of('evidence/other-signer'));
  if (login) {
    if (wsd.signer.uniqueId !== signer.uniqueId) throw invalid(identityProblems.of('evidence/other-signer'));
    return;
  }
  const claims = signer.nationalId !== undefined || signer.attributes.length > 0;
  if (claims || signer.uniqueId !== statement.transactionId) {
    throw invalid(identityProblems.of('wsd/identity-unverified'));
  }
}

/**
 * That the way to sign is one that is known, and that there is what belongs to it: a login, or a name that is told as a
 * claim, and handwriting (H1 to H3). Throws EVIDENCE_INVALID.
 */
export function requireMethod(
  { statement, login, signer }: WsdContent,
  registry: Pick<EvidenceRegistry, 'login'>,
): void {
  if (login ? !registry.login(statement.method, login.message) : statement.method !== BY_HAND) {
    throw invalid(identityProblems.of('wsd/method-unknown'));
  }
  if (login) return;
  if (signer.uniqueId !== undefined) throw invalid(identityProblems.of('wsd/identity-unverified'));
  if (statement.claimedName?.name !== signer.displayName || !statement.handwriting) {
    throw invalid(identityProblems.of('wsd/nameless'));
  }
}

/** The document that was signed (P3); its digest holds. Throws EVIDENCE_INVALID. */
export function readOriginal({ document, native }: LtvSdoContent): Uint8Array {
  const original = native.originalDocument;
  if (!original || !createHash('sha256').update(original).digest().equals(document.sha256)) {
    throw invalid(identityProblems.of('wsd/no-document'));
  }
  return original;
}

/** The handwriting in a WSD, where there is some; it belongs to the document (D4). Throws EVIDENCE_INVALID. */
export function readHandwriting({ statement }: WsdContent): Handwriting | undefined {
  if (!statement.handwriting) return undefined;
  const { kind, text, digest } = statement.handwriting;
  return requireHandwriting({ kind, text }, digest, statement.document.sha256);
}
