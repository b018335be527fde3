/** Whether a certificate may be relied on: its path, and the status of everything on it. */
import type { ValidationData } from './validation-data.ts';
import { pkiProblems } from '../problems.ts';
import { parseCertificate, type Certificate } from '../x509/certificate.ts';
import { buildPath } from '../x509/path.ts';
import { certificateRevoked } from './revoked.ts';
import { namesStatusSource, type CertificateStatus, type RevocationService } from './revocation.ts';

export interface ValidatedCertificate {
  /** Leaf first, anchor last. */
  readonly path: Certificate[];
  /** Path with its anchor, responders' certificates, OCSP answers, lists: what a later validation needs. */
  readonly validation: ValidationData;
  /** The responders that answered, leaf's first. */
  readonly ocspUrls: string[];
  /** Where revocation lists came from that told instead. */
  readonly crlUrls: string[];
}

/**
 * Builds the path of `leaf` at the time `at` and learns the status of every certificate below the anchor, by OCSP or
 * from revocation lists. The leaf must name a source of its status; an authority that names none is passed over, since
 * only its anchor's operator could tell. All certificates are DER. Throws CERT_PATH_INVALID, CERT_REVOKED {subject, when},
 * CERT_STATUS_UNKNOWN {subject, why}, REVOCATION_UNAVAILABLE, OCSP_INVALID, CRL_INVALID, ASN1_INVALID.
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
    throw pkiProblems.error('CERT_STATUS_UNKNOWN', {
      subject: path[0]!.subjectDn,
      why: pkiProblems.of('status/trust-anchor'),
    });
  }
  const statuses = await Promise.all(
    path
      .slice(0, -1)
      .map((certificate, index) => ({ certificate, issuer: path[index + 1]!, isLeaf: index === 0 }))
      .filter(({ certificate, isLeaf }) => isLeaf || namesStatusSource(certificate))
      .map(({ certificate, issuer }) => goodStatus(certificate, issuer, input.revocation)),
  );
  const urls = (source: CertificateStatus['source']): string[] =>
    statuses.filter((status) => status.source === source).map(({ url }) => url);
  return {
    path,
    validation: {
      certificates: distinct([...path, ...statuses.flatMap(({ responder }) => responder ?? [])]),
      ocsps: statuses.flatMap(({ ocsps }) => ocsps),
      crls: [...new Set(statuses.flatMap(({ crls }) => crls))],
    },
    ocspUrls: urls('ocsp'),
    crlUrls: urls('crl'),
  };
}

/**
 * The status of a certificate, when it is good. Revoked is revoked, also when the stated time lies after the moment that
 * is asked about: a key that is being compromised signs nothing here.
 */
export async function goodStatus(
  certificate: Certificate,
  issuer: Certificate,
  revocation: RevocationService,
): Promise<CertificateStatus> {
  const told = await revocation.status(certificate, issuer);
  if (told.status === 'revoked') throw certificateRevoked(certificate, told.revokedAt);
  if (told.status === 'unknown') {
    throw pkiProblems.error('CERT_STATUS_UNKNOWN', {
      subject: certificate.subjectDn,
      why: pkiProblems.of('status/responder-does-not-know'),
    });
  }
  return told;
}

function distinct(certificates: readonly Certificate[]): Uint8Array[] {
  const byFingerprint = new Map(
    certificates.map((certificate) => [certificate.fingerprint, certificate.der]),
  );
  return [...byFingerprint.values()];
}
