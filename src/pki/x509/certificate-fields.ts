/** The fields of an X.509 certificate (RFC 5280 4.1) as they stand in its DER; meaning is given to them elsewhere. */
import type { KeyObject } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { contextTag, readDer, Tag, type DerReader, type DerValue } from '../asn1/der.ts';
import { Oid } from '../asn1/oids.ts';
import { readPublicKey } from '../algorithms/public-key.ts';
import { LruCache } from '../asn1/lru-cache.ts';

export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: DerValue | undefined;
  readonly raw: Uint8Array;
}

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER inside the OCTET STRING. */
  readonly value: Uint8Array;
}

export interface CertificateFields {
  readonly der: Uint8Array;
  /** What the issuer signed. */
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** Unsigned big-endian. */
  readonly serial: Uint8Array;
  readonly issuer: DerValue;
  readonly subject: DerValue;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER of SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array;
  /** Content of its BIT STRING; key identifiers are hashes of it. */
  readonly publicKeyBits: Uint8Array;
  readonly extensions: readonly Extension[];
}

const invalid = (why: Problem): SeglError => pkiProblems.error('ASN1_INVALID', { why });

/** The same few authorities stand in every signature and time-stamp. */
const recent = new LruCache<CertificateFields>(500);

/** Reads a DER certificate. Throws ASN1_INVALID. */
export const readCertificateFields = (der: Uint8Array): CertificateFields => recent.of(der, readFields);

function readFields(der: Uint8Array): CertificateFields {
  const certificate = readDer(der);
  const outer = certificate.sequence();
  const tbs = outer.next(Tag.sequence);
  const signatureAlgorithm = readAlgorithm(outer.next());
  const signature = outer.next().bits();
  outer.finish();

  const reader = tbs.sequence();
  const version = reader.optional(contextTag(0))?.explicit(contextTag(0)).number() ?? 0;
  const serial = reader.next(Tag.integer).unsigned();
  const innerAlgorithm = reader.next(Tag.sequence);
  const issuer = reader.next(Tag.sequence);
  const validity = reader.next().sequence();
  const notBefore = validity.next().time();
  const notAfter = validity.next().time();
  validity.finish();
  const subject = reader.next(Tag.sequence);
  const publicKeyInfo = reader.next(Tag.sequence);
  const keyReader = publicKeyInfo.sequence();
  keyReader.next(Tag.sequence);
  const publicKeyBits = keyReader.next().bits();
  keyReader.finish();
  reader.optional(0x81); // issuerUniqueID, subjectUniqueID: long deprecated
  reader.optional(0x82);
  const extensions = readExtensions(reader.optional(contextTag(3))?.explicit(contextTag(3)));
  reader.finish();

  if (version > 2) throw invalid(pkiProblems.of('certificate/version'));
  if (extensions.length > 0 && version !== 2) throw invalid(pkiProblems.of('certificate/version-extensions'));
  if (Buffer.compare(innerAlgorithm.raw, signatureAlgorithm.raw) !== 0) {
    throw invalid(pkiProblems.of('certificate/algorithms-differ'));
  }
  return {
    der: certificate.raw,
    tbs: tbs.raw,
    signatureAlgorithm,
    signature,
    serial,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKeyInfo: publicKeyInfo.raw,
    publicKeyBits,
    extensions,
  };
}

export function readAlgorithm(value: DerValue): AlgorithmIdentifier {
  const reader = value.sequence();
  const oid = reader.next(Tag.oid).oid();
  const parameters = reader.done ? undefined : reader.next();
  reader.finish();
  return { oid, parameters, raw: value.raw };
}

/** Whether an algorithm has parameters; written as NULL or left out, there are none (RFC 5754 2). */
export const hasParameters = ({ parameters }: AlgorithmIdentifier): boolean =>
  parameters !== undefined && (parameters.tag !== Tag.null || parameters.content.length > 0);

/** Extensions of certificates, OCSP and time-stamps. An extension may occur once only (RFC 5280 4.2). */
export function readExtensions(extensions: DerValue | undefined): Extension[] {
  const found = (extensions?.sequence().rest() ?? []).map((extension) => readExtension(extension.sequence()));
  if (new Set(found.map(({ oid }) => oid)).size !== found.length)
    throw invalid(pkiProblems.of('certificate/extension-twice'));
  return found;
}

function readExtension(reader: DerReader): Extension {
  const oid = reader.next(Tag.oid).oid();
  const critical = reader.optional(Tag.boolean)?.boolean() ?? false;
  const value = reader.next().octets();
  reader.finish();
  return { oid, critical, value };
}

/** Purposes in an extended key usage extension. */
export const readKeyPurposes = (extension: Extension): string[] =>
  readDer(extension.value)
    .sequence()
    .rest()
    .map((purpose) => purpose.oid());

/** Content of the subject key identifier extension, if there is one. */
export function subjectKeyIdentifierOf(certificate: CertificateFields): Uint8Array | undefined {
  const extension = certificate.extensions.find(({ oid }) => oid === Oid.subjectKeyIdentifier);
  return extension && readDer(extension.value).octets();
}

/** The public key of a certificate. Throws ASN1_INVALID when its type or content is not understood. */
export const publicKeyOf = (certificate: CertificateFields): KeyObject =>
  readPublicKey(certificate.publicKeyInfo);
