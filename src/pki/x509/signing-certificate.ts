/** The ESS signing-certificate attributes (RFC 5035): which certificate the signer meant, inside the signature. */
import { createHash } from 'node:crypto';
import type { NewDigest } from '../algorithms/algorithm-constraints.ts';
import { readAlgorithm, type CertificateFields } from './certificate-fields.ts';
import { contextTag, Tag, type DerReader, type DerValue } from '../asn1/der.ts';
import { contextValue, integer, octetString, oid, sequence } from '../asn1/der-write.ts';
import { Oid } from '../asn1/oids.ts';
import { digestName, type DigestName } from '../algorithms/signature-algorithm.ts';
import { pkiProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';

/** SigningCertificateV2; SHA-256 is its default and therefore not named (ETSI EN 319 122-1 5.2.2.3). */
export function signingCertificateV2(certificate: CertificateFields, hash: NewDigest): Uint8Array {
  const issuerSerial = sequence(
    sequence(contextValue(4, certificate.issuer.raw)), // GeneralNames with one directoryName
    integer(certificate.serial),
  );
  const digest = octetString(createHash(hash).update(certificate.der).digest());
  const named = hash === 'sha256' ? [] : [sequence(oid(Oid[hash]))];
  return sequence(sequence(sequence(...named, digest, issuerSerial)));
}

/**
 * Why the first certificate named in the attribute is not `certificate`, or undefined when it is. `version` 1 is
 * SigningCertificate with SHA-1, which time-stamp authorities still send. Throws ASN1_INVALID.
 */
export function signingCertificateProblem(
  attribute: DerValue,
  version: 1 | 2,
  certificate: CertificateFields,
): Problem | undefined {
  const first = attribute.sequence().next(Tag.sequence).sequence().next(Tag.sequence).sequence();
  const digest = version === 1 ? 'sha1' : readDigest(first);
  if (!digest) return pkiProblems.of('signing-certificate/digest-unknown');
  const hash = first.next().octets();
  const issuerSerial = first.optional(Tag.sequence)?.sequence();
  first.finish();
  if (!createHash(digest).update(certificate.der).digest().equals(hash)) {
    return pkiProblems.of('signing-certificate/other-certificate');
  }
  if (!issuerSerial) return undefined;
  const directoryName = issuerSerial.next().sequence().next().explicit(contextTag(4));
  const serial = issuerSerial.next().unsigned();
  issuerSerial.finish();
  const same =
    Buffer.compare(directoryName.raw, certificate.issuer.raw) === 0 &&
    Buffer.compare(serial, certificate.serial) === 0;
  return same ? undefined : pkiProblems.of('signing-certificate/other-issuer');
}

/** The hash algorithm of ESSCertIDv2: absent means SHA-256; SHA-1 has no business in version 2. */
function readDigest(reader: DerReader): DigestName | undefined {
  const algorithm = reader.optional(Tag.sequence);
  if (!algorithm) return 'sha256';
  const digest = digestName(readAlgorithm(algorithm).oid);
  return digest === 'sha1' ? undefined : digest;
}
