/** Issues the certificates of the test world. */
import { randomBytes, sign, type KeyObject } from 'node:crypto';
import {
  bitString,
  contextValue,
  integer,
  nullValue,
  oid,
  sequence,
  time,
} from '../../src/ades/der-write.ts';
import { Oid } from '../../src/ades/oids.ts';
import type { Certificate } from '../../src/pki/certificate.ts';
import {
  authorityKeyIdentifier,
  ownKeyAsAuthority,
  subjectKeyIdentifier,
  writeExtension,
  type CertificateExtension,
} from './extensions.ts';
import { writeName, type RelativeName } from './name.ts';

export interface CertificateOrder {
  /** Most general part first: `[{ C: 'DK' }, { O: '…' }, { CN: '…', serialNumber: 'PID:…' }]`. */
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
  readonly digest?: 'sha1' | 'sha256';
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

const signatureAlgorithm = (key: KeyObject, digest: 'sha1' | 'sha256'): Uint8Array =>
  key.asymmetricKeyType === 'ec'
    ? sequence(oid(Oid.ecdsaWithSha256))
    : sequence(oid(digest === 'sha1' ? Oid.sha1WithRsa : Oid.sha256WithRsa), nullValue());
