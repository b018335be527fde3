/** Writing CMS SignedData (RFC 5652 5) with one signer, as CAdES and time-stamp tokens need it. */
import { readCertificateFields } from './certificate-fields.ts';
import { Tag } from './der.ts';
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
} from './der-write.ts';
import { Oid } from './oids.ts';
import { signingCertificateV2 } from './signing-certificate.ts';
import type { SigningKey } from './signing-key.ts';

export interface SignedDataInput {
  /** OID of what is signed. */
  readonly contentType: string;
  /** Left out for a detached signature. */
  readonly content?: Uint8Array;
  /** SHA-256 of the content. */
  readonly digest: Uint8Array;
  readonly key: SigningKey;
  readonly certificates: readonly Uint8Array[];
  /** Asked for the unsigned attributes, DER each, once the signature value is known. */
  readonly unsignedAttributes?: (signature: Uint8Array) => Promise<readonly Uint8Array[]>;
}

const sha256Algorithm = sequence(oid(Oid.sha256)); // parameters absent: RFC 5754 2
const sha256WithNull = sequence(oid(Oid.sha256), nullValue());
/** RSASSA-PSS with SHA-256, MGF1 of it and 32 bytes of salt (RFC 4055 3.1). */
export const rsaPssAlgorithm = sequence(
  oid(Oid.rsaPss),
  sequence(
    contextValue(0, sha256WithNull),
    contextValue(1, sequence(oid(Oid.mgf1), sha256WithNull)),
    contextValue(2, integer(32)),
  ),
);
const signatureAlgorithms = {
  RSA: sequence(oid(Oid.rsaEncryption), nullValue()),
  'RSA-PSS': rsaPssAlgorithm,
  'EC-P256': sequence(oid(Oid.ecdsaWithSha256)),
} as const;

/** Attribute with one value. */
export const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(oid(type), setOf(value));

/** What depends on the certificate only, made once for each key. */
const signerParts = new WeakMap<SigningKey, { identifier: Uint8Array; signingCertificate: Uint8Array }>();

function partsOf(key: SigningKey): { identifier: Uint8Array; signingCertificate: Uint8Array } {
  let parts = signerParts.get(key);
  if (!parts) {
    const certificate = readCertificateFields(key.certificate);
    parts = {
      identifier: sequence(certificate.issuer.raw, integer(certificate.serial)),
      signingCertificate: attribute(Oid.signingCertificateV2, signingCertificateV2(certificate)),
    };
    signerParts.set(key, parts);
  }
  return parts;
}

/**
 * A DER ContentInfo with SignedData. Signed attributes are content-type, message-digest and signing-certificate-v2;
 * there is no signing-time, which PAdES forbids (ETSI EN 319 142-1 6.3).
 */
export async function writeSignedData(input: SignedDataInput): Promise<Uint8Array> {
  const { identifier, signingCertificate } = partsOf(input.key);
  const signedAttributes = setOf(
    attribute(Oid.contentType, oid(input.contentType)),
    attribute(Oid.messageDigest, octetString(input.digest)),
    signingCertificate,
  );
  const signature = await input.key.sign(signedAttributes);
  const unsigned = (await input.unsignedAttributes?.(signature)) ?? [];

  const signerInfo = sequence(
    integer(1),
    identifier,
    sha256Algorithm,
    implicit(0, signedAttributes),
    signatureAlgorithms[input.key.algorithm],
    octetString(signature),
    ...(unsigned.length > 0 ? [implicit(1, setOf(...unsigned))] : []),
  );
  const encapsulated = sequence(
    oid(input.contentType),
    ...(input.content ? [contextValue(0, octetString(input.content))] : []),
  );
  const signedData = sequence(
    integer(input.contentType === Oid.data ? 1 : 3), // RFC 5652 5.1
    tlv(Tag.set, sha256Algorithm),
    encapsulated,
    ...(input.certificates.length > 0 ? [implicit(0, setOf(...input.certificates))] : []),
    tlv(Tag.set, signerInfo),
  );
  return sequence(oid(Oid.signedData), contextValue(0, signedData));
}
