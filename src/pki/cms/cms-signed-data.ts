/**
 * CMS SignedData (RFC 5652 5) as signatures and time-stamp tokens use it: signed attributes, the signing certificate
 * inside, and one signer unless several are asked for.
 */
import { createHash } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import {
  hasParameters,
  publicKeyOf,
  readAlgorithm,
  readCertificateFields,
  subjectKeyIdentifierOf,
  type AlgorithmIdentifier,
  type CertificateFields,
} from '../x509/certificate-fields.ts';
import { contextTag, primitiveContextTag, readDer, Tag, type DerReader, type DerValue } from '../asn1/der.ts';
import { Oid } from '../asn1/oids.ts';
import {
  digestName,
  signatureProblem,
  type DigestName,
  type Leniency,
} from '../algorithms/signature-algorithm.ts';
import { signingCertificateProblem } from '../x509/signing-certificate.ts';

export const MAX_CERTIFICATES = 50;
/** Each is judged by itself. */
export const MAX_SIGNERS = 20;

/** Values of attributes, signed and unsigned ones each: every one may be a time-stamp. */
export const MAX_ATTRIBUTES = 100;

export interface SignerInfo {
  readonly digestAlgorithm: AlgorithmIdentifier;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  /** DER as signed: the attributes under the SET OF tag. */
  readonly signedBytes: Uint8Array;
  /** By OID; the values of each attribute. */
  readonly signedAttributes: ReadonlyMap<string, readonly DerValue[]>;
  readonly unsignedAttributes: ReadonlyMap<string, readonly DerValue[]>;
}

export interface SignedData {
  readonly contentType: string;
  /** Absent when the signature is detached. */
  readonly content: Uint8Array | undefined;
  readonly certificates: readonly CertificateFields[];
  /** The one that the signer info points at. */
  readonly certificate: CertificateFields;
  readonly signer: SignerInfo;
  /** What stands outside of what is signed and is judged by nobody: CRLs, other certificates, more digest algorithms. */
  readonly unjudged: readonly Problem[];
}

const invalid = (why: Problem): SeglError => pkiProblems.error('ASN1_INVALID', { why });

/** How many signers a DER ContentInfo with SignedData has; 1 to MAX_SIGNERS. Throws ASN1_INVALID. */
export function signersIn(der: Uint8Array): number {
  const reader = openSignedData(der);
  let last = reader.next();
  while (!reader.done) last = reader.next();
  const { length } = last.set().rest();
  if (length === 0 || length > MAX_SIGNERS) {
    throw invalid(pkiProblems.of('cms/signer-count', { count: length, most: MAX_SIGNERS }));
  }
  return length;
}

function openSignedData(der: Uint8Array): DerReader {
  const contentInfo = readDer(der).sequence();
  if (contentInfo.next().oid() !== Oid.signedData) throw invalid(pkiProblems.of('cms/not-signed-data'));
  const reader = contentInfo.next().explicit(contextTag(0)).sequence();
  contentInfo.finish();
  return reader;
}

/**
 * Reads a DER ContentInfo with SignedData. `number`: which of several signers, from 0; without it there must be one alone.
 * Throws ASN1_INVALID.
 */
export function readSignedData(der: Uint8Array, number?: number): SignedData {
  const reader = openSignedData(der);
  const version = reader.next().number();
  const digestAlgorithms = reader.next().set().rest().map(readAlgorithm);
  const encapsulated = reader.next().sequence();
  const contentType = encapsulated.next().oid();
  const content = encapsulated.optional(contextTag(0))?.explicit(contextTag(0)).octets();
  encapsulated.finish();
  const { certificates, others } = readCertificates(reader.optional(contextTag(0)));
  const crls = reader.optional(contextTag(1));
  const signers = reader.next().set().rest();
  reader.finish();
  const own = signers[number ?? 0];
  if (!own || (number === undefined && signers.length > 1)) {
    throw invalid(pkiProblems.of('cms/not-one-signer', { count: signers.length }));
  }

  const signerReader = own.sequence();
  const signerVersion = signerReader.next().number();
  const sid = signerReader.next();
  if (signerVersion !== (sid.tag === primitiveContextTag(0) ? 3 : 1)) {
    throw invalid(pkiProblems.of('cms/signer-version'));
  }
  const certificate = certificates.find(identifies(sid));
  if (!certificate) throw invalid(pkiProblems.of('cms/signer-certificate-missing'));
  const signer = readSignerInfo(signerReader);
  const isAlone = checkDigestAlgorithms(digestAlgorithms, signer.digestAlgorithm);
  const unjudged = [
    ...(others ? [pkiProblems.of('cms/unjudged-certificates')] : []),
    ...(crls ? [pkiProblems.of('cms/unjudged-revocation')] : []),
    ...(isAlone ? [] : [pkiProblems.of('cms/unjudged-digests')]),
  ];
  // RFC 5652 5.1; with what is not judged it may be higher
  const isFirst = signers.every((one) => one.sequence().next().number() === 1);
  const lowest = contentType === Oid.data && isFirst ? 1 : 3;
  if (version !== lowest && unjudged.length === 0) {
    throw invalid(pkiProblems.of('cms/version'));
  }
  return { contentType, content, certificates, certificate, signer, unjudged };
}

/**
 * The digest algorithm of the signer stands here a second time, as a hint for those who read a stream; those of archive
 * time-stamps may stand beside it. Tells whether it is alone.
 */
function checkDigestAlgorithms(
  announced: readonly AlgorithmIdentifier[],
  digestAlgorithm: AlgorithmIdentifier,
): boolean {
  if (!announced.some(({ oid }) => oid === digestAlgorithm.oid)) {
    throw invalid(pkiProblems.of('cms/digest-algorithm-unannounced'));
  }
  if ([...announced, digestAlgorithm].some(hasParameters)) {
    throw invalid(pkiProblems.of('cms/digest-parameters'));
  }
  return announced.length === 1;
}

/** `[0]` to `[3]` of CertificateChoices: an obsolete form, attribute certificates, other formats. */
const otherCertificates: ReadonlySet<number> = new Set([0, 1, 2, 3].map(contextTag));

function readCertificates(value: DerValue | undefined): {
  readonly certificates: CertificateFields[];
  readonly others: boolean;
} {
  const choices = value?.inside(contextTag(0)).rest() ?? [];
  if (choices.length > MAX_CERTIFICATES)
    throw invalid(pkiProblems.of('cms/too-many-certificates', { limit: MAX_CERTIFICATES }));
  const plain = choices.filter(({ tag }) => !otherCertificates.has(tag));
  return {
    certificates: plain.map((choice) => readCertificateFields(choice.raw)),
    others: plain.length < choices.length,
  };
}

/** SignerIdentifier: issuer and serial number, or `[0]` subject key identifier. */
function identifies(sid: DerValue): (certificate: CertificateFields) => boolean {
  if (sid.tag === primitiveContextTag(0)) {
    const keyIdentifier = sid.as(Tag.octetString).octets();
    return (certificate) => {
      const own = subjectKeyIdentifierOf(certificate);
      return own !== undefined && Buffer.compare(own, keyIdentifier) === 0;
    };
  }
  const reader = sid.sequence();
  const issuer = reader.next(Tag.sequence).raw;
  const serial = reader.next().unsigned();
  reader.finish();
  return (certificate) =>
    Buffer.compare(certificate.serial, serial) === 0 && Buffer.compare(certificate.issuer.raw, issuer) === 0;
}

function readSignerInfo(reader: DerReader): SignerInfo {
  const digestAlgorithm = readAlgorithm(reader.next());
  const signed = reader.optional(contextTag(0));
  if (!signed) throw invalid(pkiProblems.of('cms/signed-attributes-missing'));
  const signatureAlgorithm = readAlgorithm(reader.next());
  const signature = reader.next().octets();
  const unsigned = reader.optional(contextTag(1));
  reader.finish();
  const signedBytes = signed.raw.slice();
  signedBytes[0] = Tag.set;
  return {
    digestAlgorithm,
    signatureAlgorithm,
    signature,
    signedBytes,
    signedAttributes: readAttributes(signed.inside(contextTag(0))),
    unsignedAttributes: readAttributes(unsigned?.inside(contextTag(1))),
  };
}

function readAttributes(reader: DerReader | undefined): Map<string, DerValue[]> {
  const attributes = new Map<string, DerValue[]>();
  let count = 0;
  for (const attribute of reader?.rest() ?? []) {
    const parts = attribute.sequence();
    const oid = parts.next().oid();
    const values = parts.next().set().rest();
    parts.finish();
    count += values.length;
    if (count > MAX_ATTRIBUTES)
      throw invalid(pkiProblems.of('cms/too-many-attributes', { limit: MAX_ATTRIBUTES }));
    const known = attributes.get(oid);
    if (known) for (const value of values) known.push(value);
    else attributes.set(oid, values);
  }
  return attributes;
}

/** The one value of a signed attribute; undefined when it is absent or not single. */
function single(signer: SignerInfo, oid: string): DerValue | undefined {
  const values = signer.signedAttributes.get(oid);
  return values?.length === 1 ? values[0] : undefined;
}

export interface SignedDataExpectation extends Leniency {
  readonly contentType: string;
  /** Gives the digest of the signed content, or undefined when it has none by that algorithm. */
  readonly digestOf: (digest: DigestName) => Uint8Array | undefined;
  /** SigningCertificate with SHA-1 instead of version 2 is taken too (time-stamps, RFC 3161). */
  readonly allowVersion1?: boolean;
  /** Signatures that name no certificate in their signed attributes are taken too (CMS that is not CAdES). */
  readonly allowUnbound?: boolean;
}

/**
 * Why the signature does not hold, or undefined when it does: content type, message digest, the signature itself, and
 * the signing-certificate that it names. Throws ASN1_INVALID.
 */
export function signedDataFault(
  signedData: SignedData,
  expected: SignedDataExpectation,
): Problem | undefined {
  const { signer, certificate } = signedData;
  if (signedData.contentType !== expected.contentType) {
    return pkiProblems.of('cms/other-content-type');
  }
  if (single(signer, Oid.contentType)?.oid() !== expected.contentType) {
    return pkiProblems.of('cms/content-type-attribute');
  }
  const digest = digestName(signer.digestAlgorithm.oid);
  const accepted = digest && (digest !== 'sha1' || expected.allowSha1 === true);
  const actual = accepted ? expected.digestOf(digest) : undefined;
  if (!digest || !actual) return pkiProblems.of('cms/digest-not-accepted');
  const stated = single(signer, Oid.messageDigest)?.octets();
  if (!stated || Buffer.compare(stated, actual) !== 0) {
    return pkiProblems.of('cms/content-changed');
  }
  const { allowSha1 = false, allowRsa1024 = false } = expected;
  const unsigned = signatureProblem({
    algorithm: signer.signatureAlgorithm,
    digest,
    key: publicKeyOf(certificate),
    data: signer.signedBytes,
    signature: signer.signature,
    allowSha1,
    allowRsa1024,
  });
  if (unsigned) return unsigned;
  const version2 = single(signer, Oid.signingCertificateV2);
  const version1 = expected.allowVersion1 ? single(signer, Oid.signingCertificate) : undefined;
  const attribute = version2 ?? version1;
  if (!attribute && !expected.allowUnbound) {
    return pkiProblems.of('cms/signing-certificate-missing');
  }
  return attribute && signingCertificateProblem(attribute, version2 ? 2 : 1, certificate);
}

/** All that nobody judges: `unjudged` of the structure, and unsigned attributes other than the `known` OIDs. */
export const unjudgedParts = (
  { signer, unjudged }: SignedData,
  ...known: readonly string[]
): readonly Problem[] => [
  ...unjudged,
  ...[...signer.unsignedAttributes.keys()]
    .filter((oid) => !known.includes(oid))
    .map((oid) => pkiProblems.of('cms/unjudged-attribute', { oid })),
];

/** `digestOf` for content that is at hand. */
export const digestOfContent =
  (content: Uint8Array) =>
  (digest: DigestName): Uint8Array =>
    createHash(digest).update(content).digest();
