/**
 * Verifies a native message as it arrives: every check of the NemID guidelines and of the packaging policy under its
 * own name, the first that fails ends it. What the message says is compared first; certificates, and with them the
 * network, come last. `judge.ts` is the twin that goes through all checks, offline.
 */
import { nemidProblems } from '../problems.ts';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { isSeglError } from '@segl/problem/errors';
import { isProblem } from '@segl/problem/problem';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import type { Verdict } from '../../../evidence-words.ts';
import { readHolder, requireValidity } from './certificate-checks.ts';
import { readingChecks } from './checks.ts';
import { signingChecks, type ContentChecks, type Finding, type KnownExpectation } from './content-checks.ts';
import { readNativeMessage, type NativeMessage } from './message.ts';
import type { OcesIdentity, OcesType } from '../../../oces/certificate.ts';
import { refused } from '../refusal.ts';

/** What was shown and sent when the client was started. */
export interface NativeExpectation {
  /** The sign text, exactly; it was shown as plain text. */
  readonly signText: string;
  /** The PDF that must come back attached; absent for plain text. */
  readonly attachedPdf?: Uint8Array;
  /** The list of digests that must come back as it was sent. */
  readonly digestList?: string;
  /** Name of the service provider that the signer saw. */
  readonly friendlyName: string;
  readonly challenge: string;
  readonly startedAt: Date;
}

export interface NativeTrust {
  /** DER of the trust anchors. */
  readonly anchors: readonly Uint8Array[];
  readonly policyPrefix: string;
  /** Of the certificates that count. */
  readonly type: OcesType;
  readonly revocation: RevocationService;
  /** The time to judge at: now, from a clock that can be trusted. */
  readonly at: Date;
}

export interface VerifiedNative {
  readonly message: NativeMessage;
  readonly identity: OcesIdentity;
  /** The checks that were passed, in their order. One that had nothing to compare with is not among them. */
  readonly verdicts: readonly Verdict[];
  readonly validation: ValidationData;
  readonly ocspUrls: readonly string[];
  readonly crlUrls: readonly string[];
}

/**
 * Verifies a signature over a plain text. Throws NATIVE_SIGNATURE_REFUSED {check, why} with the first check that fails.
 * Passes on REVOCATION_UNAVAILABLE, OCSP_INVALID and CRL_INVALID: nothing is known to be wrong with the signature, it cannot be
 * judged now. OCES I is never accepted here.
 */
export async function verifyNativeSignature(
  bytes: Uint8Array,
  { attachedPdf, ...expected }: NativeExpectation,
  trust: NativeTrust,
): Promise<VerifiedNative> {
  requireSize(bytes, Buffer.byteLength(expected.signText) + (attachedPdf?.length ?? 0));
  const complete: KnownExpectation = {
    ...expected,
    format: 'TEXT',
    documents: attachedPdf ? [attachedPdf] : [],
    bindings: [
      ...(attachedPdf ? (['attachedpdf'] as const) : []),
      ...(expected.digestList === undefined ? [] : (['digest-list'] as const)),
    ],
  };
  return verifyNativeMessage(bytes, complete, signingChecks, trust);
}

/** Bytes of a message beyond what was signed, which clients write in base64. */
export const MESSAGE_ROOM = 1 << 20;

function requireSize(bytes: Uint8Array, signed: number): void {
  const most = MESSAGE_ROOM + 2 * signed;
  if (bytes.length > most) throw refused('message', nemidProblems.of('nemid/too-large', { limit: most }));
}

/** Verifies a message of any purpose: its core, then `checks`, then its certificate. Throws as verifyNativeSignature. */
export async function verifyNativeMessage<E>(
  bytes: Uint8Array,
  expected: E,
  checks: ContentChecks<E>,
  trust: NativeTrust,
): Promise<VerifiedNative> {
  const message = readNativeMessage(bytes);
  const verdicts = readingVerdicts(message);
  for (const [check, look] of checks) verdicts.push(...verdictOf(check, look(message, expected)));
  const identity = readHolder(message.leaf, trust.policyPrefix, [trust.type]);
  verdicts.push({ check: 'certificate-type', ok: true, detail: identity.type });
  requireValidity(message.leaf, trust.at);
  verdicts.push({ check: 'validity', ok: true, detail: trust.at.toISOString() });
  const { path, validation, ocspUrls, crlUrls } = await validatePath(message, trust);
  verdicts.push({ check: 'path', ok: true, detail: path.at(-1)?.subjectDn ?? '' });
  verdicts.push({ check: 'revocation', ok: true, detail: [...ocspUrls, ...crlUrls].join(' ') });
  return { message, identity, verdicts, validation, ocspUrls, crlUrls };
}

/** A message that could be read has passed these. */
export function readingVerdicts({ signatureAlgorithm, digestAlgorithms, leaf }: NativeMessage): Verdict[] {
  const details: Partial<Record<string, string>> = {
    algorithms: [signatureAlgorithm, ...digestAlgorithms].join(' '),
    'signer-certificate': leaf.fingerprint,
  };
  return readingChecks.map((check) => {
    const detail = details[check];
    return { check, ok: true, ...(detail !== undefined && { detail }) };
  });
}

function verdictOf(check: string, finding: Finding): Verdict[] {
  if (!finding) return [{ check, ok: true }];
  if (isProblem(finding)) throw refused(check, finding);
  if ('skipped' in finding) return [];
  // kept as evidence, which is in English
  return [{ check, ok: true, detail: nemidProblems.catalogue.text(finding.detail, 'en') }];
}

async function validatePath(message: NativeMessage, { anchors, revocation, at }: NativeTrust) {
  const { leaf, certificates } = message;
  try {
    return await validateCertificate({
      leaf: leaf.der,
      intermediates: certificates.filter((der) => Buffer.compare(der, leaf.der) !== 0),
      anchors,
      at,
      revocation,
    });
  } catch (error) {
    if (isSeglError(error, 'CERT_PATH_INVALID', 'ASN1_INVALID')) throw refused('path', error.problem, error);
    if (isSeglError(error, 'CERT_REVOKED', 'CERT_STATUS_UNKNOWN')) {
      throw refused('revocation', error.problem, error);
    }
    throw error;
  }
}
