/** Writing CMS SignedData (RFC 5652 5) with one signer, as CAdES and time-stamp tokens need it. */
import type { NewDigest } from '../algorithms/algorithm-constraints.ts';
import { readCertificateFields } from '../x509/certificate-fields.ts';
import { Tag } from '../asn1/der.ts';
import {
  contextValue,
  implicit,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  tlv,
} from '../asn1/der-write.ts';
import { Oid } from '../asn1/oids.ts';
import { signingCertificateV2 } from '../x509/signing-certificate.ts';
import type { SigningKey } from '../algorithms/signing-key.ts';

export interface SignedDataInput {
  /** OID of what is signed. */
  readonly contentType: string;
  /** Left out for a detached signature. */
  readonly content?: Uint8Array;
  /** Of the content. */
  readonly digest: Uint8Array;
  /** What made the digest, and what is signed by; SHA-256 when left out. */
  readonly hash?: NewDigest;
  readonly key: SigningKey;
  readonly certificates: readonly Uint8Array[];
  /** Asked for the unsigned attributes, DER each, once the signature value is known. */
  readonly unsignedAttributes?: (signature: Uint8Array) => Promise<readonly Uint8Array[]>;
}

const digestAlgorithm = (hash: NewDigest): Uint8Array => sequence(oid(Oid[hash])); // parameters absent: RFC 5754 2

const saltLengths = { sha256: 32, sha384: 48, sha512: 64 } as const;
const ecdsa = {
  sha256: Oid.ecdsaWithSha256,
  sha384: Oid.ecdsaWithSha384,
  sha512: Oid.ecdsaWithSha512,
} as const;

/** RSASSA-PSS with MGF1 of the same digest and a salt of its length (RFC 4055 3.1). */
export function rsaPssAlgorithm(hash: NewDigest = 'sha256'): Uint8Array {
  const withNull = sequence(oid(Oid[hash]), nullValue());
  return sequence(
    oid(Oid.rsaPss),
    sequence(
      contextValue(0, withNull),
      contextValue(1, sequence(oid(Oid.mgf1), withNull)),
      contextValue(2, integer(saltLengths[hash])),
    ),
  );
}

const rsa = sequence(oid(Oid.rsaEncryption), nullValue());

function signatureAlgorithm({ algorithm }: SigningKey, hash: NewDigest): Uint8Array {
  switch (algorithm) {
    case 'RSA':
      return rsa;
    case 'RSA-PSS':
      return rsaPssAlgorithm(hash);
    case 'EC-P256':
      return sequence(oid(ecdsa[hash]));
  }
}

/** Attribute with one value. */
export const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(oid(type), setOf(value));

interface SignerParts {
  readonly identifier: Uint8Array;
  readonly signingCertificate: Uint8Array;
}

/** What depends on the certificate only, made once for each key and digest. */
const signerParts = new WeakMap<SigningKey, Map<NewDigest, SignerParts>>();

function partsOf(key: SigningKey, hash: NewDigest): SignerParts {
  const known = signerParts.get(key) ?? new Map<NewDigest, SignerParts>();
  signerParts.set(key, known);
  let parts = known.get(hash);
  if (!parts) {
    const certificate = readCertificateFields(key.certificate);
    parts = {
      identifier: sequence(certificate.issuer.raw, integer(certificate.serial)),
      signingCertificate: attribute(Oid.signingCertificateV2, signingCertificateV2(certificate, hash)),
    };
    known.set(hash, parts);
  }
  return parts;
}

/**
 * A DER ContentInfo with SignedData. Signed attributes are content-type, message-digest and signing-certificate-v2;
 * there is no signing-time, which PAdES forbids (ETSI EN 319 142-1 6.3).
 */
export async function writeSignedData(input: SignedDataInput): Promise<Uint8Array> {
  const { hash = 'sha256', key } = input;
  const { identifier, signingCertificate } = partsOf(key, hash);
  const signedAttributes = setOf(
    attribute(Oid.contentType, oid(input.contentType)),
    attribute(Oid.messageDigest, octetString(input.digest)),
    signingCertificate,
  );
  const signature = await key.sign(signedAttributes, hash);
  const unsigned = (await input.unsignedAttributes?.(signature)) ?? [];

  const signerInfo = sequence(
    integer(1),
    identifier,
    digestAlgorithm(hash),
    implicit(0, signedAttributes),
    signatureAlgorithm(key, hash),
    octetString(signature),
    ...(unsigned.length > 0 ? [implicit(1, setOf(...unsigned))] : []),
  );
  const encapsulated = sequence(
    oid(input.contentType),
    ...(input.content ? [contextValue(0, octetString(input.content))] : []),
  );
  const signedData = sequence(
    integer(input.contentType === Oid.data ? 1 : 3), // RFC 5652 5.1
    tlv(Tag.set, digestAlgorithm(hash)),
    encapsulated,
    ...(input.certificates.length > 0 ? [implicit(0, setOf(...input.certificates))] : []),
    tlv(Tag.set, signerInfo),
  );
  return sequence(oid(Oid.signedData), contextValue(0, signedData));
}
