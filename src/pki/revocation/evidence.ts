/**
 * Whether a certificate could be relied on at a time that has passed, from what was kept then. Nothing is asked of the
 * network, and nothing is passed over: evidence that nobody looked at could be changed without anybody noticing.
 */
import type { Leniency } from '../algorithms/signature-algorithm.ts';
import type { ValidationData } from './validation-data.ts';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { parseCertificate, type Certificate } from '../x509/certificate.ts';
import { judgeStatus, type Judgement, type Link } from './evidence-status.ts';
import { buildPath, leniency } from '../x509/path.ts';
import { namesStatusSource } from './revocation.ts';

/** Certificates above an anchor; real hierarchies have one or two. */
const MAX_ABOVE = 8;

const invalid = (why: Problem): SeglError => pkiProblems.error('EVIDENCE_INVALID', { why });

/**
 * Which authorities of a path need evidence: `told` those that name any source of their status, `answered` those that
 * name an OCSP responder (packages of the first policy carry no lists).
 */
export type AuthorityEvidence = 'told' | 'answered';

/** Evidence, and how it is to be judged. */
export interface EvidenceInput extends Leniency {
  /** DER. */
  readonly leaf: Uint8Array;
  /** DER. */
  readonly anchors: readonly Uint8Array[];
  /** The time of signing. */
  readonly at: Date;
  readonly evidence: ValidationData;
  /** Certificates (DER) that the signature itself brings along; the packaging policy lets evidence leave these out. */
  readonly carried?: readonly Uint8Array[];
  /** SHA-1 in answers and lists, which used it longer than certificates did; only for evidence of old times. */
  readonly allowSha1Status?: boolean;
  /** `told` when left out. */
  readonly authorities?: AuthorityEvidence;
  /**
   * The evidence may have been had after `at`, from elsewhere: an old message, judged today. Then a revocation after
   * `at` does not count, and evidence from after a certificate's expiry does not either.
   */
  readonly later?: boolean;
  /**
   * The evidence is kept for others too (the store of a PDF), and itself protected there: what is about nobody on this
   * path is passed over, and what is sound but from another time, because the evidence was renewed.
   */
  readonly shared?: boolean;
}

/**
 * The offline twin of `validateCertificate`: the path of `leaf` at the time `at`, leaf first, anchor last, built from
 * `evidence` alone, or from `carried` as well. The leaf, and every authority of the path that names a source of its
 * status, must have a good answer or a list that does not name it in `evidence`.
 *
 * All of `evidence` must have its part in this: each answer must be good and about a certificate of the path or above
 * its anchor, each list must be that of an issuer there, and each certificate must stand there or have signed an answer.
 * So evidence that reaches further up than the anchors of today still verifies, and what nobody looked at does not.
 *
 * Throws CERT_PATH_INVALID, CERT_REVOKED {subject, when}, CERT_STATUS_UNKNOWN {subject, why}, OCSP_INVALID, CRL_INVALID,
 * ASN1_INVALID, EVIDENCE_INVALID {why}.
 */
export function validateWithEvidence(input: EvidenceInput): { readonly path: Certificate[] } {
  const { evidence, carried = [], authorities = 'told' } = input;
  const certificates = evidence.certificates.map(parseCertificate);
  const judgement: Judgement = {
    ...leniency(input),
    anchors: input.anchors.map(parseCertificate),
    at: input.at,
    allowSha1Status: input.allowSha1Status ?? false,
    later: input.later ?? false,
    shared: input.shared ?? false,
  };
  const path = buildPath({
    ...judgement,
    leaf: parseCertificate(input.leaf),
    intermediates: [...certificates, ...carried.map(parseCertificate)],
  });
  if (path.length === 1) {
    throw pkiProblems.error('CERT_STATUS_UNKNOWN', {
      subject: path[0]!.subjectDn,
      why: pkiProblems.of('status/trust-anchor'),
    });
  }
  const whole = [...path, ...aboveAnchor(path.at(-1)!, certificates, judgement)];
  const links = whole
    .slice(0, -1)
    .map((certificate, index): Link => ({ certificate, issuer: whole[index + 1]! }));
  const { told, answers } = judgeStatus(evidence, links, judgement);
  const needsStatus = (certificate: Certificate): boolean =>
    authorities === 'told' ? namesStatusSource(certificate) : certificate.ocspUrls.length > 0;
  const untold = path
    .slice(0, -1)
    .find((certificate, index) => (index === 0 || needsStatus(certificate)) && !told.has(certificate));
  if (untold) {
    throw pkiProblems.error('CERT_STATUS_UNKNOWN', {
      subject: untold.subjectDn,
      why: pkiProblems.of('status/not-in-evidence'),
    });
  }
  if (input.shared) return { path };
  for (const { responder, carried: along } of answers)
    refuseStrangers(along, [...whole, responder], judgement);
  refuseStrangers(certificates, [...path, ...answers.map(({ responder }) => responder)], judgement);
  return { path };
}

/**
 * The path of a signature that brings its certificates along and no revocation data (CMS signatures of level B-B and
 * B-T, time-stamp tokens). What is brought along is not covered by the signature, so each certificate in it must stand
 * on a path to an anchor, or above the anchor. Throws CERT_PATH_INVALID, ASN1_INVALID, EVIDENCE_INVALID {why}.
 */
export function validateCarriedPath(input: {
  readonly leaf: Uint8Array;
  readonly carried: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
  readonly at: Date;
}): { readonly path: Certificate[] } {
  const carried = input.carried.map(parseCertificate);
  const judgement: Judgement = { anchors: input.anchors.map(parseCertificate), at: input.at };
  const path = buildPath({ ...judgement, leaf: parseCertificate(input.leaf), intermediates: carried });
  refuseStrangers(carried, path, judgement);
  return { path };
}

/** What issued the anchor, and so on upward, as far as the evidence reaches. */
function aboveAnchor(
  anchor: Certificate,
  certificates: readonly Certificate[],
  judgement: Judgement,
): Certificate[] {
  const chain = [anchor];
  while (chain.length <= MAX_ABOVE) {
    const last = chain.at(-1)!;
    const issuer = certificates.find(
      (one) =>
        last.isIssuedBy(one, judgement) && !chain.some(({ fingerprint }) => fingerprint === one.fingerprint),
    );
    if (!issuer) break;
    chain.push(issuer);
  }
  return chain.slice(1);
}

/**
 * Refuses certificates that nothing vouches for: each must be one of `known`, lead to an anchor by itself, or stand
 * above an anchor, which is to have issued a certificate that is vouched for and to be signed by another one here.
 */
function refuseStrangers(
  certificates: readonly Certificate[],
  known: readonly Certificate[],
  judgement: Judgement,
): void {
  const fingerprints = new Set(known.map(({ fingerprint }) => fingerprint));
  const vouched = [...known];
  let open = certificates.filter(
    (one) => !fingerprints.has(one.fingerprint) && !leadsToAnchor(one, certificates, judgement),
  );
  if (open.length > MAX_ABOVE) throw invalid(pkiProblems.of('evidence/too-many-strangers'));
  while (open.length > 0) {
    const found = open.find(
      (candidate) =>
        vouched.some((one) => one.isIssuedBy(candidate, judgement)) &&
        certificates.some((issuer) => candidate.isIssuedBy(issuer, judgement)),
    );
    if (!found) {
      throw invalid(pkiProblems.of('evidence/stranger', { subject: open[0]!.subjectDn }));
    }
    vouched.push(found);
    open = open.filter(({ fingerprint }) => fingerprint !== found.fingerprint);
  }
}

function leadsToAnchor(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  judgement: Judgement,
): boolean {
  try {
    return buildPath({ ...judgement, leaf, intermediates }).length > 0;
  } catch (error) {
    if (isSeglError(error, 'CERT_PATH_INVALID')) return false;
    throw error;
  }
}
