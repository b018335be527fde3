/** An LTV-SDO as facts: its seal, and the native signature that the seal vouches for. */
import type { LtvSdoContent } from '../ades/ltvsdo/content.ts';
import { SEAL_SIGNATURE_POLICY } from '../ades/ltvsdo/policy.ts';
import { verifyLtvSdo } from '../ades/ltvsdo/verify.ts';
import { requireOwnContent } from '../eid/nemid/evidence.ts';
import type { NativeMessage } from '../eid/nemid/message.ts';
import { isSeglError } from '../errors.ts';
import { sha256 } from './documents.ts';
import { failed, passed, type Finding, type SignatureFacts } from './facts.ts';
import { readXmlFile } from './read-xml.ts';
import type { PackageReport } from './report.ts';

export interface PackageFacts {
  readonly seal: SignatureFacts;
  /** Absent when the seal does not hold: nothing that it covers can be relied on. */
  readonly content?: LtvSdoContent;
}

/** Throws XML_INVALID when it cannot be read at all. */
export function readPackageFile(bytes: Uint8Array): PackageFacts {
  const [seal] = readXmlFile(bytes);
  const base: SignatureFacts = {
    certificates: [],
    algorithms: [],
    stamps: [],
    evidence: { certificates: [], ocsps: [], crls: [] },
    freshness: 'fresh',
    ...seal,
    findings: seal?.findings ?? [failed('format', 'seal', 'FORMAT_FAILURE', 'it is not sealed')],
    format: 'LTV-SDO seal',
    role: 'seal',
  };
  try {
    const { content, seal: sealed } = verifyLtvSdo(bytes);
    const isOurs = sealed.policy?.id === SEAL_SIGNATURE_POLICY;
    return {
      content,
      seal: {
        ...base,
        // the policy has the seal carry what was known of its certificate when it was made
        freshness: isOurs ? 'kept' : 'fresh',
        findings: [
          ...base.findings,
          passed('format', 'package', isOurs ? 'the one form of its policy' : 'read'),
        ],
      },
    };
  } catch (error) {
    if (!isSeglError(error, 'LTVSDO_INVALID')) throw error;
    const why = String(error.params['why']);
    const known = base.findings.some(({ outcome }) => outcome === 'failed');
    const finding: Finding = failed('format', 'package', 'FORMAT_FAILURE', why);
    // what core validation found tells more precisely what is wrong
    return { seal: { ...base, findings: known ? base.findings : [...base.findings, finding] } };
  }
}

/** Whether the native signature is of the signer and the document that the package names. */
export function ownContent(message: NativeMessage, content: LtvSdoContent): Finding {
  try {
    requireOwnContent(message, content);
    return passed('constraints', 'package', 'signer and document are those that the package names');
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return failed('constraints', 'package', 'SIG_CONSTRAINTS_FAILURE', String(error.params['why']));
  }
}

/** What a package tells, for reports. */
export function packageReport(content: LtvSdoContent): PackageReport {
  const { document, signer, signature, native, creationAuditTrail, verificationAuditTrail } = content;
  const trail = [...creationAuditTrail, ...verificationAuditTrail];
  return {
    title: document.title,
    mimeType: document.mimeType,
    documentSha256: hex(document.sha256),
    nativeSha256: sha256(native.bytes),
    signer: signer.displayName,
    signingTime: native.signingTime,
    signatureType: signature.typeFriendlyName,
    trail: trail.sort((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
