/** Which certificate of KeyInfo is the signer's: the one that was signed for, never simply the first. */
import { createHash } from 'node:crypto';
import { adesProblems } from '../problems.ts';
import { readCertificateFields, type CertificateFields } from '@segl/pki/x509/certificate-fields';
import type { SignedProperties } from './read-signed-properties.ts';

/**
 * The certificate that SigningCertificate names first; in a plain XML signature, the only one, or the one that issued
 * none of the others. Throws XADES_INVALID when that cannot be told.
 */
export function pickSigner(
  certificates: readonly Uint8Array[],
  signed: SignedProperties | undefined,
): Uint8Array {
  const [own] = signed?.certificateDigests ?? [];
  if (own) {
    const named = certificates.find(
      (der) => Buffer.compare(createHash(own.hash).update(der).digest(), own.value) === 0,
    );
    if (named) return named;
    throw adesProblems.error('XADES_INVALID', { why: adesProblems.of('xades/certificate-not-in-key-info') });
  }
  const distinct = new Map(certificates.map((der) => [createHash('sha256').update(der).digest('hex'), der]));
  const all = [...distinct.values()].map((der) => ({ der, fields: readCertificateFields(der) }));
  const leaves = all.filter(
    (one) => !all.some((other) => other !== one && isIssuer(one.fields, other.fields)),
  );
  if (leaves.length === 1) return leaves[0]!.der;
  throw adesProblems.error('XADES_INVALID', {
    why: adesProblems.of('xades/signer-ambiguous'),
  });
}

const isIssuer = ({ subject }: CertificateFields, { issuer }: CertificateFields): boolean =>
  Buffer.compare(issuer.raw, subject.raw) === 0;
