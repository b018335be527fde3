/** Certificate revocation lists: complete, direct ones (RFC 5280 5 and 6.3). */
import {
  readAlgorithm,
  readExtensions,
  type AlgorithmIdentifier,
  type Extension,
} from '../x509/certificate-fields.ts';
import {
  contextTag,
  primitiveContextTag,
  readDer,
  Tag,
  withAsn1Errors,
  type DerReader,
} from '../asn1/der.ts';
import { Oid } from '../asn1/oids.ts';
import { signatureProblem, type Leniency } from '../algorithms/signature-algorithm.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import type { Certificate } from '../x509/certificate.ts';
import { RevokedEntries } from './crl-entries.ts';
import { leniency } from '../x509/path.ts';

/** Half a million entries and more; a list is held in memory. */
export const MAX_CRL_BYTES = 32 << 20;

/** How far clocks of others may be off. */
const TOLERANCE_MS = 5 * 60_000;

const understood: ReadonlySet<string> = new Set([
  Oid.authorityKeyIdentifier,
  Oid.issuerAltName,
  Oid.crlNumber,
  Oid.issuingDistributionPoint,
  Oid.authorityInfoAccess,
  Oid.expiredCertsOnCrl,
]);

const invalid = (why: Problem): SeglError => pkiProblems.error('CRL_INVALID', { why });

/** What a list is about (issuing distribution point, RFC 5280 5.2.5). */
interface Scope {
  readonly only: 'end-entities' | 'authorities' | undefined;
  /** DER of the names (GeneralName) of its distribution point; undefined: any. */
  readonly names: readonly Uint8Array[] | undefined;
}

/** A list whose signature was verified. */
export interface RevocationList {
  readonly der: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly entries: RevokedEntries;
  readonly scope: Scope;
  /** Certificates that expired after this time stay on the list (X.509 8.5.2.12); undefined: they may be dropped. */
  readonly keepsExpiredSince: Date | undefined;
}

export interface ListedStatus {
  readonly status: 'good' | 'revoked';
  /** The time of revocation, or the earlier one since when the issuer holds the key for invalid. */
  readonly revokedAt?: Date;
  /** CRLReason by name, where the issuer gives one. */
  readonly reason?: string;
  /** When it was revoked, after the time that was asked about. */
  readonly revokedLater?: Date;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/**
 * Reads a DER CertificateList that `issuer` signed itself. Throws CRL_INVALID {why}: malformed, larger than
 * MAX_CRL_BYTES, of another issuer or key, a delta or indirect list, for some reasons or attribute certificates only,
 * without nextUpdate, or with a critical extension that is not known.
 */
export function readRevocationList(
  der: Uint8Array,
  { issuer, ...options }: { readonly issuer: Certificate } & Leniency,
): RevocationList {
  if (der.length > MAX_CRL_BYTES) throw invalid(pkiProblems.of('crl/too-large', { limit: MAX_CRL_BYTES }));
  return withAsn1Errors(invalid, () => {
    const list = readFields(der);
    const { extensions } = list;
    if (Buffer.compare(list.issuer, issuer.subjectRaw) !== 0)
      throw invalid(pkiProblems.of('crl/other-issuer'));
    const extension = (oid: string) => extensions.find((one) => one.oid === oid);
    const keyId = extension(Oid.authorityKeyIdentifier);
    if (keyId && issuer.ski && namesOtherKey(keyId, issuer.ski))
      throw invalid(pkiProblems.of('crl/other-key'));
    if (issuer.keyUsage && !issuer.keyUsage.has('cRLSign')) {
      throw invalid(pkiProblems.of('crl/issuer-may-not-sign'));
    }
    const problem = signatureProblem({ ...list.check, key: issuer.publicKey, ...leniency(options) });
    if (problem) throw invalid(problem);

    // only what its issuer signed is worth the pass over all entries
    if (extension(Oid.deltaCrlIndicator)) throw invalid(pkiProblems.of('crl/delta'));
    const unknown = extensions.find(({ oid, critical }) => critical && !understood.has(oid));
    if (unknown) throw invalid(pkiProblems.of('crl/critical-extension', { oid: unknown.oid }));
    const { thisUpdate, nextUpdate } = list;
    if (!nextUpdate) throw invalid(pkiProblems.of('crl/no-next-update'));
    if (nextUpdate < thisUpdate) throw invalid(pkiProblems.of('crl/times'));
    const kept = extension(Oid.expiredCertsOnCrl);
    const point = extension(Oid.issuingDistributionPoint);
    return {
      der,
      thisUpdate,
      nextUpdate,
      entries: new RevokedEntries(list.entries),
      scope: point ? readScope(point) : { only: undefined, names: undefined },
      keepsExpiredSince: kept && readDer(kept.value).time(),
    };
  });
}

/**
 * What the list tells about a certificate of its issuer as of `at`: the list must cover the certificate and be fresh
 * at `at`. With `later`, a list from after `at` is taken as well, and a revocation after `at` does not count; the list
 * must be from a time when the certificate had not expired, since issuers drop those that have.
 * Throws CRL_INVALID {why}.
 */
export function listedStatus(
  list: RevocationList,
  input: {
    readonly certificate: Certificate;
    readonly at: Date;
    /** How far its times may be off `at`, in milliseconds; 5 minutes when left out. */
    readonly toleranceMs?: number;
    readonly later?: boolean;
  },
): ListedStatus {
  const { certificate, at, toleranceMs = TOLERANCE_MS, later = false } = input;
  const { thisUpdate, nextUpdate } = list;
  const uncovered = scopeProblem(list.scope, certificate);
  if (uncovered) throw invalid(uncovered);
  if (nextUpdate.getTime() + toleranceMs < at.getTime()) throw invalid(pkiProblems.of('crl/out-of-date'));
  if (thisUpdate.getTime() > at.getTime() + toleranceMs) {
    if (!later) throw invalid(pkiProblems.of('crl/too-young'));
    const since = list.keepsExpiredSince;
    if (thisUpdate > certificate.notAfter && !(since && since <= certificate.notAfter)) {
      throw invalid(pkiProblems.of('crl/after-expiry'));
    }
  }
  const entry = withAsn1Errors(invalid, () => list.entries.find(certificate.serial));
  const times = { thisUpdate, nextUpdate };
  if (!entry) return { status: 'good', ...times };
  const { invalidSince, reason } = entry;
  const revokedAt = invalidSince && invalidSince < entry.revokedAt ? invalidSince : entry.revokedAt;
  if (later && revokedAt > at) return { status: 'good', revokedLater: revokedAt, ...times };
  return { status: 'revoked', revokedAt, ...(reason && { reason }), ...times };
}

interface Fields {
  readonly check: {
    readonly algorithm: AlgorithmIdentifier;
    readonly data: Uint8Array;
    readonly signature: Uint8Array;
  };
  readonly issuer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Content of revokedCertificates. */
  readonly entries: Uint8Array;
  readonly extensions: readonly Extension[];
}

function readFields(der: Uint8Array): Fields {
  const outer = readDer(der).sequence();
  const tbs = outer.next(Tag.sequence);
  const algorithm = readAlgorithm(outer.next());
  const signature = outer.next().bits();
  outer.finish();

  const reader = tbs.sequence();
  const version = reader.optional(Tag.integer)?.number() ?? 0;
  if (version > 1) throw invalid(pkiProblems.of('crl/version'));
  const innerAlgorithm = reader.next(Tag.sequence);
  if (Buffer.compare(innerAlgorithm.raw, algorithm.raw) !== 0)
    throw invalid(pkiProblems.of('crl/algorithms-differ'));
  const issuer = reader.next(Tag.sequence).raw;
  const thisUpdate = reader.next().time();
  const nextUpdate = optionalTime(reader);
  const entries = reader.optional(Tag.sequence)?.content ?? new Uint8Array();
  const extensions = readExtensions(reader.optional(contextTag(0))?.explicit(contextTag(0)));
  reader.finish();
  if (extensions.length > 0 && version !== 1) throw invalid(pkiProblems.of('crl/version-extensions'));
  const check = { algorithm, data: tbs.raw, signature };
  return { check, issuer, thisUpdate, nextUpdate, entries, extensions };
}

const optionalTime = (reader: DerReader): Date | undefined =>
  (reader.optional(Tag.utcTime) ?? reader.optional(Tag.generalizedTime))?.time();

function namesOtherKey({ value }: Extension, ski: Uint8Array): boolean {
  const id = readDer(value).sequence().optional(primitiveContextTag(0))?.as(Tag.octetString).octets();
  return id !== undefined && Buffer.compare(id, ski) !== 0;
}

function readScope({ value }: Extension): Scope {
  const reader = readDer(value).sequence();
  const point = reader.optional(contextTag(0))?.explicit(contextTag(0));
  const flag = (number: number): boolean =>
    reader.optional(primitiveContextTag(number))?.as(Tag.boolean).boolean() ?? false;
  const endEntities = flag(1);
  const authorities = flag(2);
  if (reader.optional(primitiveContextTag(3))) throw invalid(pkiProblems.of('crl/some-reasons'));
  if (flag(4)) throw invalid(pkiProblems.of('crl/indirect'));
  if (flag(5)) throw invalid(pkiProblems.of('crl/attribute-certificates'));
  reader.finish();
  if (endEntities && authorities) throw invalid(pkiProblems.of('crl/scope-empty'));
  if (point && point.tag !== contextTag(0)) throw invalid(pkiProblems.of('crl/point-relative'));
  return {
    only: endEntities ? 'end-entities' : authorities ? 'authorities' : undefined,
    names: point
      ?.inside(contextTag(0))
      .rest()
      .map(({ raw }) => raw),
  };
}

function scopeProblem({ only, names }: Scope, certificate: Certificate): Problem | undefined {
  if (only === 'authorities' && !certificate.isCa) return pkiProblems.of('crl/authorities-only');
  if (only === 'end-entities' && certificate.isCa) return pkiProblems.of('crl/end-entities-only');
  const shared = names?.some((name) =>
    certificate.crlPointNames.some((own) => Buffer.compare(own, name) === 0),
  );
  return shared === false ? pkiProblems.of('crl/other-point') : undefined;
}
