/** Whether a certificate may be relied on: its path, and the status of everything on it. */
import type { ValidationData } from '../ades/validation-data.ts';
import { SeglError } from '../errors.ts';
import { parseCertificate, type Certificate } from './certificate.ts';
import { buildPath } from './path.ts';
import type { OcspAnswer, RevocationService } from './revocation.ts';

export interface ValidatedCertificate {
  /** Leaf first, anchor last. */
  readonly path: Certificate[];
  /** Path with its anchor, responders' certificates, OCSP answers: what a later validation needs. */
  readonly validation: ValidationData;
  /** The responders that answered, leaf's first. */
  readonly ocspUrls: string[];
}

/**
 * Builds the path of `leaf` at the time `at` and asks OCSP about every certificate in it that names a responder; the
 * leaf must name one. All certificates are DER. Throws CERT_PATH_INVALID, CERT_REVOKED {subject, at},
 * CERT_STATUS_UNKNOWN {subject, why}, REVOCATION_UNAVAILABLE, OCSP_INVALID, ASN1_INVALID.
 */
export async function validateCertificate(input: {
  readonly leaf: Uint8Array;
  readonly intermediates: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
  readonly at: Date;
  readonly revocation: RevocationService;
}): Promise<ValidatedCertificate> {
  const path = buildPath({
    leaf: parseCertificate(input.leaf),
    intermediates: input.intermediates.map(parseCertificate),
    anchors: input.anchors.map(parseCertificate),
    at: input.at,
  });
  if (path.length === 1) {
    throw new SeglError('CERT_STATUS_UNKNOWN', { subject: path[0]!.subjectDn, why: 'it is a trust anchor' });
  }
  const answers = await Promise.all(
    path
      .slice(0, -1)
      .map((certificate, index) => ({ certificate, issuer: path[index + 1]!, isLeaf: index === 0 }))
      .filter(({ certificate, isLeaf }) => isLeaf || certificate.ocspUrls.length > 0)
      .map(({ certificate, issuer }) => goodStatus(certificate, issuer, input.revocation)),
  );
  return {
    path,
    validation: {
      certificates: distinct([...path, ...answers.map(({ result }) => result.responder)]),
      ocsps: answers.map(({ der }) => der),
      crls: [],
    },
    ocspUrls: answers.map(({ url }) => url),
  };
}

/**
 * Revoked is revoked, also when the stated time lies after the moment that is asked about: a key that is being
 * compromised signs nothing here.
 */
async function goodStatus(
  certificate: Certificate,
  issuer: Certificate,
  revocation: RevocationService,
): Promise<OcspAnswer> {
  const answer = await revocation.ocsp(certificate, issuer);
  const subject = certificate.subjectDn;
  const { status, revokedAt } = answer.result;
  if (status === 'revoked') {
    throw new SeglError('CERT_REVOKED', { subject, at: revokedAt?.toISOString() ?? 'an unknown time' });
  }
  if (status === 'unknown') {
    throw new SeglError('CERT_STATUS_UNKNOWN', { subject, why: 'the responder does not know it' });
  }
  return answer;
}

function distinct(certificates: readonly Certificate[]): Uint8Array[] {
  const byFingerprint = new Map(
    certificates.map((certificate) => [certificate.fingerprint, certificate.der]),
  );
  return [...byFingerprint.values()];
}
