/** Certificates that a CMS structure brings along. They are not signed, so a damaged one must show in another way. */
import { X509Certificate } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';

const invalid = (why: Problem): SeglError => adesProblems.error('PADES_INVALID', { why });

/**
 * Certificates travel outside what is signed, so a damaged one must show: each whose issuer is here was signed by
 * it, and each but the signer's has issued another. `complete`: the issuer of every one is here, up to a root. Throws
 * PADES_INVALID.
 */
export function checkCertificates(signer: Uint8Array, ders: readonly Uint8Array[], complete: boolean): void {
  let certificates: X509Certificate[];
  try {
    certificates = ders.map((der) => new X509Certificate(der));
  } catch {
    throw invalid(adesProblems.of('pades/certificate-unreadable'));
  }
  const needed = new Set<X509Certificate>();
  for (const [index, certificate] of certificates.entries()) {
    if (Buffer.from(signer).equals(ders[index] ?? new Uint8Array())) needed.add(certificate);
    const issuers = certificates.filter(({ subject }) => subject === certificate.issuer);
    const signedBy = issuers.filter((issuer) => isSignedBy(certificate, issuer));
    if (issuers.length > 0 && signedBy.length === 0)
      throw invalid(adesProblems.of('pades/certificate-damaged'));
    if (complete && signedBy.length === 0) throw invalid(adesProblems.of('pades/certificates-incomplete'));
    for (const issuer of signedBy)
      if (issuer !== certificate || certificates.length === 1) needed.add(issuer);
  }
  if (needed.size !== certificates.length) throw invalid(adesProblems.of('pades/certificate-stray'));
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // a key of another kind, or none that can be read
    return false;
  }
}
