/** The parts of OCSP messages (RFC 6960 4) that client and responder share. */
import { createHash, type Hash } from 'node:crypto';
import {
  readAlgorithm,
  readExtensions,
  type AlgorithmIdentifier,
  type Extension,
} from '../x509/certificate-fields.ts';
import { contextTag, primitiveContextTag, readDer, Tag, type DerValue } from '../asn1/der.ts';
import { integer, nullValue, octetString, oid, sequence } from '../asn1/der-write.ts';
import { Oid } from '../asn1/oids.ts';
import { LruCache } from '../asn1/lru-cache.ts';
import { digestName, type DigestName } from '../algorithms/signature-algorithm.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import type { Certificate } from '../x509/certificate.ts';

const invalid = (why: Problem): SeglError => pkiProblems.error('ASN1_INVALID', { why });

/** OCSPResponseStatus by number. */
export const responseStatuses: Readonly<Record<number, string>> = {
  0: 'successful',
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};

/** Names one certificate by hashes of its issuer and its serial number. */
export interface CertId {
  readonly digest: DigestName;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Unsigned big-endian. */
  readonly serial: Uint8Array;
  readonly raw: Uint8Array;
}

const hash = (digest: DigestName, bytes: Uint8Array): Uint8Array => {
  const state: Hash = createHash(digest);
  return Uint8Array.from(state.update(bytes).digest());
};

/** SHA-1 of a public key: how responders are named by key. */
export const keyHash = (certificate: Certificate, digest: DigestName = 'sha1'): Uint8Array =>
  hash(digest, certificate.publicKeyBits);

export const writeCertId = (serial: Uint8Array, issuer: Certificate, digest: 'sha1' | 'sha256'): Uint8Array =>
  sequence(
    sequence(oid(digest === 'sha1' ? Oid.sha1 : Oid.sha256), nullValue()),
    octetString(hash(digest, issuer.subjectRaw)),
    octetString(keyHash(issuer, digest)),
    integer(serial),
  );

export function readCertId(value: DerValue): CertId {
  const reader = value.sequence();
  const digest = digestName(readAlgorithm(reader.next()).oid);
  if (!digest) throw invalid(pkiProblems.of('ocsp/cert-id-digest'));
  const issuerNameHash = reader.next().octets();
  const issuerKeyHash = reader.next().octets();
  const serial = reader.next().unsigned();
  reader.finish();
  return { digest, issuerNameHash, issuerKeyHash, serial, raw: value.raw };
}

/** Whether `issuer` is the issuer that the CertID means. */
export const namesIssuer = (id: CertId, issuer: Certificate): boolean =>
  Buffer.compare(id.issuerNameHash, hash(id.digest, issuer.subjectRaw)) === 0 &&
  Buffer.compare(id.issuerKeyHash, keyHash(issuer, id.digest)) === 0;

export interface SingleResponse {
  readonly certId: CertId;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt: Date | undefined;
  /** Number of the CRLReason, where the responder gives one. */
  readonly reason: number | undefined;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly extensions: readonly Extension[];
}

export interface BasicResponse {
  /** What the responder signed. */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  readonly responderId: { readonly name: Uint8Array } | { readonly keyHash: Uint8Array };
  readonly producedAt: Date;
  readonly responses: readonly SingleResponse[];
  readonly extensions: readonly Extension[];
}

export interface OcspResponse {
  /** By name. */
  readonly status: string;
  /** When the status is `successful`. */
  readonly basic: BasicResponse | undefined;
}

/** The answers that a file carries are looked at for every certificate of every signature and time-stamp. */
const recent = new LruCache<OcspResponse>(500);
const SMALL = 16 << 10;

/** Reads a DER OCSPResponse. Throws ASN1_INVALID. */
export const readOcspResponse = (der: Uint8Array): OcspResponse =>
  // a copy: the caller's bytes may change afterwards
  der.length > SMALL ? read(der) : recent.of(der, read);

function read(der: Uint8Array): OcspResponse {
  const reader = readDer(der).sequence();
  const code = reader.next().number(Tag.enumerated);
  const bytes = reader.optional(contextTag(0))?.explicit(contextTag(0)).sequence();
  reader.finish();
  const status = responseStatuses[code] ?? `status ${code}`;
  if (code !== 0) return { status, basic: undefined };
  if (!bytes) throw invalid(pkiProblems.of('ocsp/empty'));
  if (bytes.next().oid() !== Oid.ocspBasic) throw invalid(pkiProblems.of('ocsp/type'));
  const basic = readBasicResponse(readDer(bytes.next().octets()));
  bytes.finish();
  return { status, basic };
}

function readBasicResponse(value: DerValue): BasicResponse {
  const outer = value.sequence();
  const tbs = outer.next(Tag.sequence);
  const signatureAlgorithm = readAlgorithm(outer.next());
  const signature = outer.next().bits();
  const certificates = outer.optional(contextTag(0))?.explicit(contextTag(0)).sequence().rest() ?? [];
  outer.finish();

  const reader = tbs.sequence();
  const version = reader.optional(contextTag(0))?.explicit(contextTag(0)).number() ?? 0;
  if (version !== 0) throw invalid(pkiProblems.of('ocsp/version'));
  const byName = reader.optional(contextTag(1));
  const responderId = byName
    ? { name: byName.explicit(contextTag(1)).raw }
    : { keyHash: reader.next(contextTag(2)).explicit(contextTag(2)).octets() };
  const producedAt = reader.next(Tag.generalizedTime).time();
  const responses = reader.next().sequence().rest().map(readSingleResponse);
  const extensions = readExtensions(reader.optional(contextTag(1))?.explicit(contextTag(1)));
  reader.finish();
  return {
    tbs: tbs.raw,
    signatureAlgorithm,
    signature,
    certificates: certificates.map((certificate) => certificate.raw),
    responderId,
    producedAt,
    responses,
    extensions,
  };
}

function readSingleResponse(value: DerValue): SingleResponse {
  const reader = value.sequence();
  const certId = readCertId(reader.next());
  const choice = reader.next();
  const thisUpdate = reader.next(Tag.generalizedTime).time();
  const nextUpdate = reader.optional(contextTag(0))?.explicit(contextTag(0)).time();
  const extensions = readExtensions(reader.optional(contextTag(1))?.explicit(contextTag(1)));
  reader.finish();
  return { certId, ...readStatus(choice), thisUpdate, nextUpdate, extensions };
}

function readStatus(choice: DerValue): Pick<SingleResponse, 'status' | 'revokedAt' | 'reason'> {
  switch (choice.tag) {
    case primitiveContextTag(0):
      return { status: 'good', revokedAt: undefined, reason: undefined };
    case contextTag(1): {
      const reader = choice.inside(contextTag(1));
      const revokedAt = reader.next(Tag.generalizedTime).time();
      const reason = reader.optional(contextTag(0))?.explicit(contextTag(0)).number(Tag.enumerated);
      reader.finish();
      return { status: 'revoked', revokedAt, reason };
    }
    case primitiveContextTag(2):
      return { status: 'unknown', revokedAt: undefined, reason: undefined };
    default:
      throw invalid(pkiProblems.of('ocsp/cert-status'));
  }
}
