/** Issues the certificates of the test world. */
import { randomBytes, sign, type KeyObject } from 'node:crypto';
import { bitString, contextValue, integer, nullValue, oid, sequence, time } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import type { DigestName } from '@segl/pki/algorithms/signature-algorithm';
import type { Certificate } from '@segl/pki/x509/certificate';
import {
  authorityKeyIdentifier,
  ownKeyAsAuthority,
  subjectKeyIdentifier,
  writeExtension,
  type CertificateExtension,
} from './extensions.ts';
import { writeName, type RelativeName } from './name.ts';

export interface CertificateOrder {
  /** Most general part first: `[{ C: 'DK' }, { O: '…' }, { CN: '…', serialNumber: '…' }]`. */
  readonly subject: readonly RelativeName[];
  readonly publicKey: KeyObject;
  /** Or the subject's own private key, for a self-signed certificate. */
  readonly issuer:
    | { readonly certificate: Certificate; readonly privateKey: KeyObject }
    | { readonly selfSignedWith: KeyObject };
  /** Unsigned big-endian bytes or a number; random when left out. */
  readonly serial?: number | bigint | Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 when left out; SHA-1 (with RSA) is that of old hierarchies. */
  readonly digest?: DigestName;
  /** In this order; key identifiers of issuer and subject are added behind them. */
  readonly extensions: readonly CertificateExtension[];
}

/** A DER certificate, version 3, signed by an RSA or P-256 key. */
export function issueCertificate(order: CertificateOrder): Uint8Array {
  const { issuer, publicKey, digest = 'sha256' } = order;
  const selfSigned = 'selfSignedWith' in issuer;
  const signingKey = selfSigned ? issuer.selfSignedWith : issuer.privateKey;
  const subject = writeName(order.subject);
  const algorithm = signatureAlgorithm(signingKey, digest);
  const extensions = [
    ...order.extensions,
    selfSigned ? ownKeyAsAuthority(publicKey) : authorityKeyIdentifier(issuer.certificate),
    subjectKeyIdentifier(publicKey),
  ];
  const tbs = sequence(
    contextValue(0, integer(2)),
    integer(order.serial ?? randomSerial()),
    algorithm,
    selfSigned ? subject : issuer.certificate.subjectRaw,
    sequence(time(order.notBefore), time(order.notAfter)),
    subject,
    publicKey.export({ format: 'der', type: 'spki' }),
    contextValue(3, sequence(...extensions.map(writeExtension))),
  );
  return sequence(tbs, algorithm, bitString(sign(digest, tbs, signingKey)));
}

/** 63 random bits, positive and never short. */
function randomSerial(): Uint8Array {
  const bytes = randomBytes(8);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes;
}

const algorithms = {
  sha1: { ec: Oid.ecdsaWithSha1, rsa: Oid.sha1WithRsa },
  sha256: { ec: Oid.ecdsaWithSha256, rsa: Oid.sha256WithRsa },
  sha384: { ec: Oid.ecdsaWithSha384, rsa: Oid.sha384WithRsa },
  sha512: { ec: Oid.ecdsaWithSha512, rsa: Oid.sha512WithRsa },
} as const;

const signatureAlgorithm = (key: KeyObject, digest: DigestName): Uint8Array =>
  key.asymmetricKeyType === 'ec'
    ? sequence(oid(algorithms[digest].ec))
    : sequence(oid(algorithms[digest].rsa), nullValue());
