/**
 * What a CAdES signature carries for the long term (ETSI EN 319 122-1): revocation data in SignedData (clause 5.4.3), and
 * archive time-stamps of version 3 (clause 5.5.3).
 */
import { createHash } from 'node:crypto';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { readAlgorithm } from '@segl/pki/x509/certificate-fields';
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import { contextTag, readDer, Tag, type DerValue } from '@segl/pki/asn1/der';
import { contextValue, enumerated, octetString, oid, sequence } from '@segl/pki/asn1/der-write';
import { Oid } from '@segl/pki/asn1/oids';
import { digestName } from '@segl/pki/algorithms/signature-algorithm';
import { verifyTimeStampToken, type TimeStamp } from '@segl/pki/tsp/timestamp';
import type { ValidationData } from '@segl/pki/revocation/validation-data';

/** The DER of what a time-stamp of the archive is over, piece by piece. */
export interface ArchivedParts {
  readonly contentType: Uint8Array;
  readonly certificates: readonly Uint8Array[];
  readonly revocations: readonly DerValue[];
  /** The fields of the signer information but for the unsigned attributes. */
  readonly signer: readonly Uint8Array[];
  /** Each value of each unsigned attribute, behind the attribute's type. */
  readonly unsigned: readonly Uint8Array[];
}

export interface ArchiveStamp {
  readonly stamp?: TimeStamp;
  readonly problem?: Problem;
  /** The revocation data that it is over. */
  readonly covered: ValidationData;
}

const NOTHING: ValidationData = { certificates: [], ocsps: [], crls: [] };
const invalid = (why: Problem): SeglError => adesProblems.error('TIMESTAMP_INVALID', { why });

/** `der` and `number`: what `readSignedData` has read. Throws ASN1_INVALID. */
export function readArchivedParts(der: Uint8Array, number = 0): ArchivedParts {
  const contentInfo = readDer(der).sequence();
  contentInfo.next();
  const reader = contentInfo.next().explicit(contextTag(0)).sequence();
  reader.next();
  reader.next();
  const contentType = reader.next().sequence().next().raw;
  const certificates = reader.optional(contextTag(0))?.inside(contextTag(0)).rest() ?? [];
  const revocations = reader.optional(contextTag(1))?.inside(contextTag(1)).rest() ?? [];
  const fields = reader.next().set().rest()[number]?.sequence().rest() ?? [];
  const unsigned =
    fields
      .find(({ tag }) => tag === contextTag(1))
      ?.inside(contextTag(1))
      .rest() ?? [];
  return {
    contentType,
    certificates: certificates.map(({ raw }) => raw),
    revocations,
    signer: fields.filter(({ tag }) => tag !== contextTag(1)).map(({ raw }) => raw),
    unsigned: unsigned.flatMap((attribute) => {
      const parts = attribute.sequence();
      const type = parts.next().raw;
      return parts
        .next()
        .set()
        .rest()
        .map(({ raw }) => Buffer.concat([type, raw]));
    }),
  };
}

/** Lists, and OCSP answers in either of the two forms in which they are carried (RFC 5940). Others are left out. */
export function revocationData(choices: readonly DerValue[]): ValidationData {
  const ocsps: Uint8Array[] = [];
  const crls: Uint8Array[] = [];
  for (const choice of choices) {
    if (choice.tag === Tag.sequence) crls.push(choice.raw);
    if (choice.tag !== contextTag(1)) continue;
    const other = choice.inside(contextTag(1));
    const format = other.next().oid();
    const value = other.next().raw;
    if (format === Oid.ocspResponse) ocsps.push(value);
    if (format === Oid.ocspBasic) ocsps.push(asResponse(value));
  }
  return { certificates: [], ocsps, crls };
}

/**
 * What Acrobat has signed along (adbe-revocationInfoArchival, ISO 32000-2 clause 12.8.3.3.2): lists and answers. One that cannot
 * be read tells nothing.
 */
export function archivedRevocationData(value: DerValue | undefined): ValidationData {
  try {
    const reader = value?.sequence();
    const [crls, ocsps] = [0, 1].map(
      (number) => reader?.optional(contextTag(number))?.explicit(contextTag(number)).sequence().rest() ?? [],
    );
    return {
      certificates: [],
      ocsps: ocsps!.map(({ raw }) => raw),
      crls: crls!.map(({ raw }) => raw),
    };
  } catch (error) {
    if (!isSeglError(error, 'ASN1_INVALID')) throw error;
    return NOTHING;
  }
}

/** The OCSPResponse around a BasicOCSPResponse (RFC 6960 4.2.1). */
const asResponse = (basic: Uint8Array): Uint8Array =>
  sequence(enumerated(0), contextValue(0, sequence(oid(Oid.ocspBasic), octetString(basic))));

type DigestOf = (hash: string) => Uint8Array;

/**
 * Judges archive time-stamps over `parts` and the content, whose digests `digestOf` gives. Whatever they are over is digested
 * once, however many there are. Never throws for what is wrong with them.
 */
export function judgeArchiveStamps(
  tokens: readonly Uint8Array[],
  parts: ArchivedParts,
  digestOf: DigestOf,
): ArchiveStamp[] {
  const contentDigest = once(digestOf);
  const present = once((hash) => presentParts(parts, hash));
  return tokens.map((token) => {
    try {
      const index = readHashIndex(token);
      const covered = coveredBy(index, present(index.hash));
      const stamp = verifyTimeStampToken(token, (hash) => {
        const digest = createHash(hash).update(parts.contentType).update(contentDigest(hash));
        for (const field of parts.signer) digest.update(field);
        return digest.update(index.raw).digest();
      });
      return { stamp, covered };
    } catch (error) {
      if (!isSeglError(error, 'TIMESTAMP_INVALID', 'ASN1_INVALID')) throw error;
      return { problem: reasonOf(error), covered: NOTHING };
    }
  });
}

/** The same with its results remembered. */
function once<T>(work: (hash: string) => T): (hash: string) => T {
  const known = new Map<string, T>();
  return (hash) => {
    if (!known.has(hash)) known.set(hash, work(hash));
    return known.get(hash)!;
  };
}

/** By digest, in hex: certificates, revocation data, values of unsigned attributes. */
type Present = readonly ReadonlyMap<string, DerValue | undefined>[];

function presentParts({ certificates, revocations, unsigned }: ArchivedParts, hash: string): Present {
  const digestOf = (der: Uint8Array): string => createHash(hash).update(der).digest('hex');
  return [
    new Map(certificates.map((der) => [digestOf(der), undefined])),
    new Map(revocations.map((choice) => [digestOf(choice.raw), choice])),
    new Map(unsigned.map((der) => [digestOf(der), undefined])),
  ];
}

interface HashIndex {
  readonly raw: Uint8Array;
  readonly hash: string;
  /** Of certificates, revocation data, values of unsigned attributes; hex. */
  readonly digests: readonly ReadonlySet<string>[];
}

/** ATSHashIndexV3 (clause 5.5.2), an unsigned attribute of the token. */
function readHashIndex(token: Uint8Array): HashIndex {
  const values = readSignedData(token).signer.unsignedAttributes.get(Oid.atsHashIndexV3) ?? [];
  const [value, ...more] = values;
  if (!value || more.length > 0) throw invalid(adesProblems.of('timestamp/no-hash-index'));
  const reader = value.sequence();
  const hash = digestName(readAlgorithm(reader.next()).oid);
  if (!hash || hash === 'sha1') throw invalid(adesProblems.of('timestamp/hash-index-digest'));
  const digests = [reader.next(), reader.next(), reader.next()].map(
    (list) =>
      new Set(
        list
          .sequence()
          .rest()
          .map((digest) => hex(digest.octets())),
      ),
  );
  reader.finish();
  return { raw: value.raw, hash, digests };
}

/** Whatever the index names must be there; what it does not name is not time-stamped. */
function coveredBy({ digests }: HashIndex, present: Present): ValidationData {
  const isThere = digests.every((named, index) => [...named].every((digest) => present[index]!.has(digest)));
  if (!isThere) throw invalid(adesProblems.of('timestamp/hash-index-mismatch'));
  return revocationData([...digests[1]!].flatMap((digest) => present[1]!.get(digest) ?? []));
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
