/** Reads a CMS signature of any maker as facts: what it says, and what is wrong with it. */
import {
  archivedRevocationData,
  judgeArchiveStamps,
  readArchivedParts,
  revocationData,
  type ArchiveStamp,
} from './cms-archive.ts';
import { readSignedData, signedDataFault, unjudgedParts } from '@segl/pki/cms/cms-signed-data';
import { publicKeyOf } from '@segl/pki/x509/certificate-fields';
import { withAsn1Errors } from '@segl/pki/asn1/der';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { Oid } from '@segl/pki/asn1/oids';
import { readCmsPolicy, type ReadPolicy } from './signature-policy.ts';
import { digestName, signatureScheme } from '@segl/pki/algorithms/signature-algorithm';
import type { UsedAlgorithm } from '@segl/pki/algorithms/algorithm-constraints';
import { verifyTimeStampToken, type TimeStamp } from '@segl/pki/tsp/timestamp';
import { createHash } from 'node:crypto';
import type { ValidationData } from '@segl/pki/revocation/validation-data';

/** What it says, or why it does not hold. */
export interface JudgedStamp {
  readonly stamp?: TimeStamp;
  readonly problem?: Problem;
}

export interface JudgedCms {
  readonly fault?: Problem;
  /** DER. */
  readonly certificate: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  /** Absent for algorithms that are not known. */
  readonly algorithm?: UsedAlgorithm;
  /** The signed attribute, which CAdES has and PAdES has not. */
  readonly signingTime?: Date;
  /** The signed attributes name the certificate. */
  readonly isBound: boolean;
  /** Signature time-stamps in their order. */
  readonly stamps: readonly JudgedStamp[];
  /** Archive time-stamps of version 3 (EN 319 122-1 clause 5.5.3), in their order. */
  readonly archiveStamps: readonly ArchiveStamp[];
  /** Signed attribute. */
  readonly policy?: ReadPolicy;
  /** The DER that the value is over. */
  readonly signedBytes: Uint8Array;
  readonly signatureValue: Uint8Array;
  /** Revocation data that it carries, signed along or beside it. */
  readonly carried: ValidationData;
  /** The content, where it is inside. */
  readonly content?: Uint8Array;
  /** What it carries unsigned and what is not judged here. */
  readonly unjudged: readonly Problem[];
}

/**
 * Judges a signature over content that is inside, or whose digests `digestOf` gives. SHA-1 and RSA keys of 1024 bits are
 * read too: whether they count is for whoever knows the time. `number` as for `readSignedData`. Throws CMS_INVALID when it
 * cannot be read.
 */
export function judgeCms(
  der: Uint8Array,
  digestOf?: (hash: string) => Uint8Array,
  number?: number,
): JudgedCms {
  const invalid = (why: Problem): SeglError => adesProblems.error('CMS_INVALID', { why });
  return withAsn1Errors(invalid, () => {
    const data = readSignedData(der, number);
    const { signer, certificate, content } = data;
    const digests = content ? digestsOf(content) : digestOf;
    const fault =
      content && digestOf
        ? adesProblems.of('cms/not-detached')
        : signedDataFault(data, {
            contentType: Oid.data,
            digestOf: (hash) => digests?.(hash),
            allowVersion1: true,
            allowUnbound: true,
            allowSha1: true,
            allowRsa1024: true,
          });
    const digest = digestName(signer.digestAlgorithm.oid);
    const scheme = signatureScheme(signer.signatureAlgorithm, digest);
    const parts = readArchivedParts(der, number);
    const archiveStamps = judgeArchiveStamps(
      (signer.unsignedAttributes.get(Oid.archiveTimeStampV3) ?? []).map(({ raw }) => raw),
      parts,
      (hash) => digests?.(hash) ?? new Uint8Array(),
    );
    const archived = archivedRevocationData(signer.signedAttributes.get(Oid.revocationInfoArchival)?.[0]);
    const beside = revocationData(parts.revocations);
    const policy = signer.signedAttributes.get(Oid.signaturePolicyIdentifier)?.[0];
    const signingTime = signer.signedAttributes.get(Oid.signingTime)?.[0]?.time();
    return {
      ...(fault && { fault }),
      certificate: certificate.der,
      certificates: data.certificates.map((one) => one.der),
      ...(scheme && { algorithm: { ...scheme, key: publicKeyOf(certificate) } }),
      ...(signingTime && { signingTime }),
      isBound:
        signer.signedAttributes.has(Oid.signingCertificateV2) ||
        signer.signedAttributes.has(Oid.signingCertificate),
      stamps: (signer.unsignedAttributes.get(Oid.signatureTimeStamp) ?? []).map(({ raw }) =>
        judgeStamp(raw, signer.signature),
      ),
      archiveStamps,
      ...(policy && { policy: readCmsPolicy(policy) }),
      signedBytes: signer.signedBytes,
      signatureValue: signer.signature,
      carried: {
        certificates: [],
        ocsps: [...archived.ocsps, ...beside.ocsps],
        crls: [...archived.crls, ...beside.crls],
      },
      ...(content && { content }),
      unjudged: unjudgedParts(data, Oid.signatureTimeStamp, Oid.archiveTimeStampV3).filter(
        ({ code }) => !HEEDED.has(code),
      ),
    };
  });
}

/** Revocation data is read, and the digests that archive time-stamps announce are theirs. */
const HEEDED: ReadonlySet<string> = new Set(['cms/unjudged-revocation', 'cms/unjudged-digests']);

const digestsOf =
  (content: Uint8Array) =>
  (hash: string): Uint8Array =>
    createHash(hash).update(content).digest();

function judgeStamp(token: Uint8Array, signature: Uint8Array): JudgedStamp {
  try {
    return { stamp: verifyTimeStampToken(token, digestsOf(signature)) };
  } catch (error) {
    if (!isSeglError(error, 'TIMESTAMP_INVALID')) throw error;
    return { problem: reasonOf(error) };
  }
}
