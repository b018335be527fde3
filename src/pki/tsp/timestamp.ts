/** RFC 3161 time-stamp tokens: what they say, and whether it holds. */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import type { UsedAlgorithm } from '../algorithms/algorithm-constraints.ts';
import {
  readAlgorithm,
  publicKeyOf,
  readExtensions,
  readKeyPurposes,
  type CertificateFields,
} from '../x509/certificate-fields.ts';
import {
  digestOfContent,
  readSignedData,
  signedDataFault,
  unjudgedParts,
  type SignedData,
} from '../cms/cms-signed-data.ts';
import { contextTag, readDer, Tag, withAsn1Errors } from '../asn1/der.ts';
import { Oid } from '../asn1/oids.ts';
import { digestName, signatureScheme, type DigestName } from '../algorithms/signature-algorithm.ts';

/** Content of a token (TSTInfo), and the certificates that it carries. */
export interface TimeStamp {
  /** The token, DER. */
  readonly der: Uint8Array;
  readonly genTime: Date;
  /** Digest of what was time-stamped. */
  readonly imprint: Uint8Array;
  readonly imprintAlgorithm: DigestName;
  /** Of its own signature; absent for algorithms that are not known. */
  readonly algorithm?: UsedAlgorithm;
  /** OID. */
  readonly policy: string;
  /** Upper-case hex. */
  readonly serial: string;
  /** Unsigned big-endian, as sent in the request. */
  readonly nonce: Uint8Array | undefined;
  /** DER of the signer's certificate. */
  readonly certificate: Uint8Array;
  /** DER, in the order of the token; the signer's is among them. */
  readonly certificates: readonly Uint8Array[];
  /** What it carries unsigned and is not judged here, e.g. CRLs. */
  readonly unjudged: readonly Problem[];
}

const invalid = (why: Problem): SeglError => pkiProblems.error('TIMESTAMP_INVALID', { why });

/** Reads a token without judging it. Throws TIMESTAMP_INVALID when it cannot be read. */
export const readTimeStampToken = (der: Uint8Array): TimeStamp =>
  withAsn1Errors(invalid, () => readToken(der).timeStamp);

/** The latest time that tokens say, none of which is judged. Throws TIMESTAMP_INVALID when one cannot be read. */
export const latestTime = (tokens: readonly Uint8Array[]): Date | undefined =>
  tokens
    .map((token) => readTimeStampToken(token).genTime)
    .sort((a, b) => a.getTime() - b.getTime())
    .at(-1);

/** The digest of what was time-stamped or signed: SHA-256, or by whichever algorithm (as node:crypto names it) is asked for. */
export type StampedDigest = Uint8Array | ((hash: string) => Uint8Array);

/**
 * Checks a token over `stamped`: imprint, signature, signing-certificate, and that the signer's certificate is for
 * time-stamping alone. Whether that certificate is trusted is not decided here. SHA-1 is not accepted.
 * Throws TIMESTAMP_INVALID {why}.
 */
export function verifyTimeStampToken(der: Uint8Array, stamped: StampedDigest): TimeStamp {
  return withAsn1Errors(invalid, () => {
    const { timeStamp, signedData, content } = readToken(der);
    if (Buffer.compare(timeStamp.imprint, digestFor(timeStamp.imprintAlgorithm, stamped)) !== 0) {
      throw invalid(pkiProblems.of('timestamp/other-data'));
    }
    const fault =
      signedDataFault(signedData, {
        contentType: Oid.tstInfo,
        digestOf: digestOfContent(content),
        allowVersion1: true,
      }) ?? purposeFault(signedData.certificate);
    if (fault) throw invalid(fault);
    return timeStamp;
  });
}

function digestFor(algorithm: DigestName, stamped: StampedDigest): Uint8Array {
  if (typeof stamped === 'function') {
    if (algorithm === 'sha1') throw invalid(pkiProblems.of('timestamp/imprint-sha1'));
    return stamped(algorithm);
  }
  if (algorithm !== 'sha256') throw invalid(pkiProblems.of('timestamp/other-data'));
  return stamped;
}

function readToken(der: Uint8Array): { timeStamp: TimeStamp; signedData: SignedData; content: Uint8Array } {
  const signedData = readSignedData(der);
  const { content } = signedData;
  if (signedData.contentType !== Oid.tstInfo || !content)
    throw invalid(pkiProblems.of('timestamp/not-a-token'));

  const reader = readDer(content).sequence();
  if (reader.next().number() !== 1) throw invalid(pkiProblems.of('timestamp/version'));
  const policy = reader.next().oid();
  const messageImprint = reader.next().sequence();
  const imprintAlgorithm = digestName(readAlgorithm(messageImprint.next()).oid);
  if (!imprintAlgorithm) throw invalid(pkiProblems.of('timestamp/digest-not-accepted'));
  const imprint = messageImprint.next().octets();
  messageImprint.finish();
  const serial = reader.next().unsigned();
  const genTime = reader.next(Tag.generalizedTime).time();
  reader.optional(Tag.sequence); // accuracy
  reader.optional(Tag.boolean); // ordering
  const nonce = reader.optional(Tag.integer)?.unsigned();
  reader.optional(contextTag(0)); // name of the authority: a hint only
  const extensions = readExtensions(reader.optional(contextTag(1))?.as(Tag.sequence));
  reader.finish();
  if (extensions.some(({ critical }) => critical))
    throw invalid(pkiProblems.of('timestamp/critical-extension'));

  const { signer } = signedData;
  const scheme = signatureScheme(signer.signatureAlgorithm, digestName(signer.digestAlgorithm.oid));
  const timeStamp: TimeStamp = {
    der,
    genTime,
    imprint,
    imprintAlgorithm,
    ...(scheme && { algorithm: { ...scheme, key: publicKeyOf(signedData.certificate) } }),
    policy,
    serial: Buffer.from(serial).toString('hex').toUpperCase(),
    nonce,
    certificate: signedData.certificate.der,
    certificates: signedData.certificates.map((certificate) => certificate.der),
    unjudged: unjudgedParts(signedData),
  };
  return { timeStamp, signedData, content };
}

/** RFC 3161 2.3: the extended key usage is critical and allows time-stamping only. */
function purposeFault(certificate: CertificateFields): Problem | undefined {
  const extension = certificate.extensions.find(({ oid }) => oid === Oid.extendedKeyUsage);
  const purposes = extension ? readKeyPurposes(extension) : [];
  return extension?.critical && purposes.length === 1 && purposes[0] === Oid.timeStamping
    ? undefined
    : pkiProblems.of('timestamp/purpose');
}
