/** Certification paths from a certificate to a trust anchor (RFC 5280 6, without policy processing). */
import { Oid } from '../asn1/oids.ts';
import { keyProblem, type Leniency } from '../algorithms/signature-algorithm.ts';
import { pkiProblems } from '../problems.ts';
import type { Certificate } from './certificate.ts';
import type { Problem } from '@segl/problem/problem';

/** Real paths have three certificates; the bounds stop bundles that were made to keep us busy. */
export const MAX_LENGTH = 8;
export const MAX_SIGNATURE_CHECKS = 40;

/** Critical extensions whose meaning is heeded here or does not matter for a path; any other one ends it. */
const understood: ReadonlySet<string> = new Set([
  Oid.keyUsage,
  Oid.basicConstraints,
  Oid.extendedKeyUsage,
  Oid.certificatePolicies,
  Oid.subjectAltName,
]);

export interface PathInput extends Leniency {
  readonly leaf: Certificate;
  /** Candidates in any order; whatever is not needed is ignored. */
  readonly intermediates: readonly Certificate[];
  /** Trusted by identity: a path ends at exactly one of these certificates. */
  readonly anchors: readonly Certificate[];
  /** Every certificate of the path, anchor included, must be valid at this time. */
  readonly at: Date;
}

interface Failure {
  readonly depth: number;
  readonly subject: string;
  readonly why: Problem;
}

/**
 * The path from `leaf` to an anchor, leaf first, anchor last. Checks names, signatures, validity, CA flag,
 * keyCertSign, path length, critical extensions and strength of algorithms.
 * Throws CERT_PATH_INVALID {subject, why} with the problem nearest to an anchor.
 */
export function buildPath(input: PathInput): Certificate[] {
  const search = new PathSearch(input);
  const path = search.extend([input.leaf]);
  if (path) return path;
  const { subject, why } = search.failure;
  throw pkiProblems.error('CERT_PATH_INVALID', { subject, why });
}

class PathSearch {
  readonly #input: PathInput;
  readonly #anchors: ReadonlySet<string>;
  readonly #candidates: readonly Certificate[];
  #checks = 0;
  #failure: Failure | undefined;

  constructor(input: PathInput) {
    this.#input = input;
    this.#anchors = new Set(input.anchors.map(({ fingerprint }) => fingerprint));
    this.#candidates = [...input.anchors, ...input.intermediates];
  }

  get failure(): Failure {
    return (
      this.#failure ?? {
        depth: 0,
        subject: this.#input.leaf.subjectDn,
        why: pkiProblems.of('path/not-found'),
      }
    );
  }

  /** Depth-first: completes `path`, whose members are sound so far, or answers undefined. */
  extend(path: readonly Certificate[]): Certificate[] | undefined {
    const last = path.at(-1)!;
    const problem = certificateProblem(last, this.#input.at, this.#input);
    if (problem) return this.#fail(path.length, last, problem);
    if (this.#anchors.has(last.fingerprint)) return [...path];
    if (path.length === MAX_LENGTH) return this.#fail(path.length, last, pkiProblems.of('path/too-long'));

    const issuers = this.#candidates.filter((candidate) => mayHaveIssued(candidate, last, path));
    if (issuers.length === 0) {
      const isRoot = sameBytes(last.subjectRaw, last.issuerRaw);
      return this.#fail(
        path.length,
        last,
        isRoot
          ? pkiProblems.of('path/root-not-trusted')
          : pkiProblems.of('path/issuer-unknown', { issuer: last.issuerDn }),
      );
    }
    for (const issuer of issuers) {
      const found = this.#tryIssuer(path, last, issuer);
      if (found) return found;
    }
    return undefined;
  }

  #tryIssuer(
    path: readonly Certificate[],
    last: Certificate,
    issuer: Certificate,
  ): Certificate[] | undefined {
    const unfit = issuerProblem(issuer, path);
    if (unfit) return this.#fail(path.length + 1, issuer, unfit);
    if (++this.#checks > MAX_SIGNATURE_CHECKS) {
      return this.#fail(path.length, last, pkiProblems.of('path/too-many-issuers'));
    }
    const problem = last.issuanceProblem(issuer, leniency(this.#input));
    return problem ? this.#fail(path.length, last, problem) : this.extend([...path, issuer]);
  }

  #fail(depth: number, certificate: Certificate, why: Problem): undefined {
    if (!this.#failure || depth > this.#failure.depth) {
      this.#failure = { depth, subject: certificate.subjectDn, why };
    }
    return undefined;
  }
}

/** The part of an input that tells how lenient to be. */
export const leniency = ({ allowSha1 = false, allowRsa1024 = false }: Leniency): Required<Leniency> => ({
  allowSha1,
  allowRsa1024,
});

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** By names and key identifiers alone. */
function mayHaveIssued(issuer: Certificate, subject: Certificate, path: readonly Certificate[]): boolean {
  return (
    sameBytes(issuer.subjectRaw, subject.issuerRaw) &&
    (!issuer.ski || !subject.aki || sameBytes(issuer.ski, subject.aki)) &&
    !path.some(({ fingerprint }) => fingerprint === issuer.fingerprint)
  );
}

/** Why a certificate counts for nothing at this time: validity, critical extensions, strength of its key. */
export function certificateProblem(
  certificate: Certificate,
  at: Date,
  options: Leniency = {},
): Problem | undefined {
  if (at < certificate.notBefore)
    return pkiProblems.of('certificate/not-yet-valid', { notBefore: certificate.notBefore });
  if (at > certificate.notAfter)
    return pkiProblems.of('certificate/expired', { notAfter: certificate.notAfter });
  const unknown = certificate.criticalExtensions.find((oid) => !understood.has(oid));
  if (unknown) return pkiProblems.of('certificate/critical-extension', { oid: unknown });
  return keyProblem(certificate.publicKey, options);
}

/** What an issuer must fulfil besides; `path` is what stands below it. */
function issuerProblem(issuer: Certificate, path: readonly Certificate[]): Problem | undefined {
  if (!issuer.isCa) return pkiProblems.of('certificate/not-an-authority');
  if (issuer.keyUsage && !issuer.keyUsage.has('keyCertSign'))
    return pkiProblems.of('certificate/may-not-issue');
  const authoritiesBelow = path.slice(1).filter((one) => !sameBytes(one.subjectRaw, one.issuerRaw)).length;
  if (issuer.pathLength !== undefined && authoritiesBelow > issuer.pathLength) {
    return pkiProblems.of('certificate/path-length', {
      allowed: issuer.pathLength,
      actual: authoritiesBelow,
    });
  }
  return undefined;
}
