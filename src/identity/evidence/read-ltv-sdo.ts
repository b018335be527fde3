/** An LTV-SDO as facts: its seal, and the native signature that the seal vouches for. */
import type { LtvSdoContent } from './ltvsdo/content.ts';
import { SEAL_SIGNATURE_POLICY } from './ltvsdo/policy.ts';
import { verifyLtvSdo } from './ltvsdo/verify.ts';
import { sha256 } from '@segl/ades/validation/documents';
import type { SignatureFacts } from '@segl/ades/validation/facts';
import { readSealed } from './read-sealed.ts';
import type { PackageReport } from '@segl/ades/validation/reports/report';

export interface PackageFacts {
  readonly seal: SignatureFacts;
  /** Absent when the seal does not hold: nothing that it covers can be relied on. */
  readonly content?: LtvSdoContent;
}

/** Throws XML_INVALID when it cannot be read at all. */
export function readPackageFile(bytes: Uint8Array): PackageFacts {
  const { seal, verified } = readSealed(bytes, {
    format: 'LTV-SDO seal',
    check: 'package',
    policy: SEAL_SIGNATURE_POLICY,
    verify: verifyLtvSdo,
    code: 'LTVSDO_INVALID',
  });
  return { seal, ...(verified && { content: verified.content }) };
}

/** What a package tells, for reports. */
export function packageReport(content: LtvSdoContent): PackageReport {
  const { document, signer, signature, native, creation, creationAuditTrail, verificationAuditTrail } =
    content;
  // what stands for an identifier where nobody was identified is the transaction
  const isIdentified = signer.uniqueId !== creation.transactionId;
  const trail = [...creationAuditTrail, ...verificationAuditTrail];
  return {
    title: document.title,
    mimeType: document.mimeType,
    documentSha256: hex(document.sha256),
    nativeSha256: sha256(native.bytes),
    signer: signer.displayName,
    ...(isIdentified && { signerId: signer.uniqueId }),
    signingTime: native.signingTime,
    signatureType: signature.typeFriendlyName,
    trail: trail.sort((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
