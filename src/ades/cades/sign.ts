/**
 * CAdES signatures over detached content (ETSI EN 319 122-1), in the profile that PAdES embeds (EN 319 142-1 6.3):
 * content-type, message-digest and signing-certificate-v2 are signed, signing-time is absent.
 */
import { createHash } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import { attribute, writeSignedData } from '@segl/pki/cms/cms-write';
import {
  readSignedData,
  signedDataFault,
  unjudgedParts,
  type SignedData,
  type SignerInfo,
} from '@segl/pki/cms/cms-signed-data';
import { withAsn1Errors } from '@segl/pki/asn1/der';
import { Oid } from '@segl/pki/asn1/oids';
import type { SigningKey, Timestamper } from '@segl/pki/algorithms/signing-key';
import { digestName, type DigestName } from '@segl/pki/algorithms/signature-algorithm';
import { verifyTimeStampToken, type StampedDigest, type TimeStamp } from '@segl/pki/tsp/timestamp';

/** A detached signature as read. Certificates and tokens are DER. */
export interface CmsSignature {
  readonly certificate: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly signer: SignerInfo;
  /** Signature time-stamp tokens. */
  readonly timestamps: readonly Uint8Array[];
  /** Names of what it carries unsigned and what is not judged here. */
  readonly unjudged: readonly Problem[];
}

/** What a valid signature says. */
export interface VerifiedCms {
  /** DER of the signer's certificate. */
  readonly certificate: Uint8Array;
  /** DER of all certificates inside, the signer's among them. */
  readonly certificates: readonly Uint8Array[];
  /** What its message digest was made by. */
  readonly hash: DigestName;
  /** Signature time-stamps, each verified against the signature value. */
  readonly timestamps: readonly TimeStamp[];
  /** Names of what it carries unsigned and what is not judged here, e.g. CRLs. */
  readonly unjudged: readonly Problem[];
}

const invalid = (why: Problem): SeglError => adesProblems.error('CMS_INVALID', { why });

/**
 * Signs content given by its `digest`, which `hash` made (SHA-256 when left out); answers a DER ContentInfo that carries the signer's certificate and
 * its chain. With a `timestamper` the signature value is time-stamped (level B-T). Throws TSA_FAILED.
 */
export async function signCades(input: {
  readonly digest: Uint8Array;
  readonly hash?: NewDigest;
  readonly key: SigningKey;
  readonly timestamper?: Timestamper;
}): Promise<Uint8Array> {
  const { digest, hash = 'sha256', key, timestamper } = input;
  return writeSignedData({
    contentType: Oid.data,
    digest,
    hash,
    key,
    certificates: [key.certificate, ...key.chain],
    ...(timestamper && {
      unsignedAttributes: async (signature) => {
        const token = await timestamper((by) => createHash(by).update(signature).digest());
        return [attribute(Oid.signatureTimeStamp, token)];
      },
    }),
  });
}

/** Reads a signature without judging it. Throws CMS_INVALID when it cannot be read or is not detached. */
export const readCms = (der: Uint8Array): CmsSignature =>
  withAsn1Errors(invalid, () => describe(readDetached(der)));

/**
 * Checks a detached signature over content given by its digest: message digest, signing-certificate,
 * signature, and every signature time-stamp. Trust in the certificates is not decided here.
 * Throws CMS_INVALID {why}, TIMESTAMP_INVALID {why}.
 */
export function verifyCms(der: Uint8Array, digest: StampedDigest): VerifiedCms {
  const { certificate, certificates, signer, timestamps, unjudged } = withAsn1Errors(invalid, () => {
    const signedData = readDetached(der);
    const fault = signedDataFault(signedData, {
      contentType: Oid.data,
      digestOf: (hash) =>
        typeof digest === 'function' ? digest(hash) : hash === 'sha256' ? digest : undefined,
    });
    if (fault) throw invalid(fault);
    return describe(signedData);
  });
  const imprint = (hash: string): Uint8Array => createHash(hash).update(signer.signature).digest();
  return {
    certificate,
    certificates,
    hash: digestName(signer.digestAlgorithm.oid)!,
    timestamps: timestamps.map((token) => verifyTimeStampToken(token, imprint)),
    unjudged,
  };
}

function readDetached(der: Uint8Array): SignedData {
  const signedData = readSignedData(der);
  if (signedData.content) throw invalid(adesProblems.of('cms/not-detached'));
  return signedData;
}

const describe = (signedData: SignedData): CmsSignature => ({
  certificate: signedData.certificate.der,
  certificates: signedData.certificates.map((one) => one.der),
  signer: signedData.signer,
  timestamps: (signedData.signer.unsignedAttributes.get(Oid.signatureTimeStamp) ?? []).map(
    (token) => token.raw,
  ),
  unjudged: unjudgedParts(signedData, Oid.signatureTimeStamp),
});
