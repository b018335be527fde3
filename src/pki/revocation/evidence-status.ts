/** What kept OCSP answers and revocation lists tell about the certificates of a path. */
import { withAsn1Errors } from '../asn1/der.ts';
import type { Leniency } from '../algorithms/signature-algorithm.ts';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { parseCertificate, type Certificate } from '../x509/certificate.ts';
import { listedStatus, readRevocationList, type RevocationList } from './crl.ts';
import { checkOcspResponse, type OcspResult } from './ocsp.ts';
import { namesIssuer, readOcspResponse } from './ocsp-format.ts';
import { certificateRevoked } from './revoked.ts';

/**
 * A kept answer was fetched while the signature was being made: a little before its stated time when it came from
 * memory, a little after it when responders were slow, and by a clock that may differ from ours.
 */
const EVIDENCE_TOLERANCE_MS = 15 * 60_000;

/** How evidence is judged: where paths must end, and as of when. */
export interface Judgement extends Leniency {
  readonly anchors: readonly Certificate[];
  readonly at: Date;
  /** Only for answers and lists, which used SHA-1 longer than certificates did. */
  readonly allowSha1Status?: boolean;
  /** Answers and lists from after `at` are evidence too. */
  readonly later?: boolean;
  /** What is about none of the certificates is passed over, and what is sound but from another time. */
  readonly shared?: boolean;
}

/** A certificate of the path with its issuer. */
export interface Link {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

export interface JudgedAnswer {
  /** What the answer is about. */
  readonly certificate: Certificate;
  /** Who signed it. */
  readonly responder: Certificate;
  /** What it carries along, which is not signed. */
  readonly carried: readonly Certificate[];
}

export interface JudgedStatus {
  /** Certificates that something good is told about. */
  readonly told: ReadonlySet<Certificate>;
  readonly answers: readonly JudgedAnswer[];
}

/**
 * Judges everything: each answer and each list must be sound, tell of a certificate among `links` (or of a responder
 * that has no ocsp-nocheck), and tell nothing bad. Throws CERT_REVOKED {subject, when}, CERT_STATUS_UNKNOWN
 * {subject, why}, OCSP_INVALID, CRL_INVALID, ASN1_INVALID.
 */
export function judgeStatus(
  evidence: { readonly ocsps: readonly Uint8Array[]; readonly crls: readonly Uint8Array[] },
  links: readonly Link[],
  judgement: Judgement,
): JudgedStatus {
  const judged = evidence.ocsps.flatMap((der) => judgeAnswer(der, links, judgement) ?? []);
  const responders = judged.flatMap(({ responder, issuer, responderNeedsStatus }) =>
    responderNeedsStatus ? [{ certificate: responder, issuer }] : [],
  );
  const listed = evidence.crls.flatMap((der) => judgeList(der, [...links, ...responders], judgement));
  const unknown = responders.find(({ certificate }) => !listed.includes(certificate));
  if (unknown) {
    const why = pkiProblems.of('ocsp/responder-unchecked');
    throw pkiProblems.error('OCSP_INVALID', { why });
  }
  return { told: new Set([...judged.map(({ certificate }) => certificate), ...listed]), answers: judged };
}

function judgeAnswer(
  der: Uint8Array,
  links: readonly Link[],
  judgement: Judgement,
): (JudgedAnswer & { readonly issuer: Certificate; readonly responderNeedsStatus: boolean }) | undefined {
  const unusable = (why: Problem): SeglError => pkiProblems.error('OCSP_INVALID', { why });
  const { status: said, basic } = withAsn1Errors(unusable, () => readOcspResponse(der));
  if (!basic) throw unusable(pkiProblems.of('ocsp/response-status', { status: said }));
  const link = links.find(({ certificate, issuer }) =>
    basic.responses.some(
      ({ certId }) => Buffer.compare(certId.serial, certificate.serial) === 0 && namesIssuer(certId, issuer),
    ),
  );
  if (!link) {
    if (judgement.shared) return undefined;
    throw unusable(pkiProblems.of('ocsp/about-no-certificate'));
  }
  const asOf = (at: Date): OcspResult =>
    checkOcspResponse(der, {
      ...link,
      ...statusLeniency(judgement),
      at,
      toleranceMs: EVIDENCE_TOLERANCE_MS,
      later: judgement.later ?? false,
      delegates: 'any',
    });
  const answer = judgement.shared ? sharedAnswer(asOf, judgement.at, basic.producedAt) : asOf(judgement.at);
  if (!answer) return undefined;
  const { status, revokedAt, responder, responderNeedsStatus } = answer;
  if (status === 'revoked') throw certificateRevoked(link.certificate, revokedAt);
  if (status === 'unknown') {
    const why = pkiProblems.of('status/responder-did-not-know');
    throw pkiProblems.error('CERT_STATUS_UNKNOWN', { subject: link.certificate.subjectDn, why });
  }
  const carried = withAsn1Errors(unusable, () => basic.certificates.map(parseCertificate));
  return { ...link, responder, responderNeedsStatus, carried };
}

/**
 * What is kept for others too is also from other times, when it was renewed: undefined for an answer that was sound then.
 * Such an answer still counts when it tells of a revocation before `at`.
 */
function sharedAnswer(asOf: (at: Date) => OcspResult, at: Date, producedAt: Date): OcspResult | undefined {
  try {
    return asOf(at);
  } catch (error) {
    if (!isSeglError(error, 'OCSP_INVALID') || producedAt.getTime() === at.getTime()) throw error;
    const then = asOf(producedAt);
    return then.status === 'revoked' && (then.revokedAt ?? at) <= at ? then : undefined;
  }
}

/** The certificates that a list covers and does not name. One list may leave out others of the same issuer. */
function judgeList(der: Uint8Array, links: readonly Link[], judgement: Judgement): Certificate[] {
  const issuers = new Map(links.map(({ issuer }) => [issuer.fingerprint, issuer]));
  let failure = pkiProblems.error('CRL_INVALID', { why: pkiProblems.of('crl/about-no-certificate') });
  const heeding = <T>(attempt: () => T): T | undefined => {
    try {
      return attempt();
    } catch (error) {
      if (!isSeglError(error, 'CRL_INVALID')) throw error;
      failure = error;
      return undefined;
    }
  };
  const covered = [...issuers].flatMap(([fingerprint, issuer]) => {
    const list = heeding(() => readRevocationList(der, { issuer, ...statusLeniency(judgement) }));
    if (!list) return [];
    return links
      .filter((link) => link.issuer.fingerprint === fingerprint)
      .flatMap(({ certificate }) => heeding(() => requireUnlisted(list, certificate, judgement)) ?? []);
  });
  if (covered.length === 0 && !judgement.shared) throw failure;
  return covered;
}

function requireUnlisted(list: RevocationList, certificate: Certificate, judgement: Judgement): Certificate {
  const { status, revokedAt } = listedStatus(list, {
    certificate,
    at: judgement.at,
    toleranceMs: EVIDENCE_TOLERANCE_MS,
    later: judgement.later ?? false,
  });
  if (status === 'revoked') throw certificateRevoked(certificate, revokedAt);
  return certificate;
}

const statusLeniency = ({ allowSha1, allowSha1Status, allowRsa1024 }: Judgement): Required<Leniency> => ({
  allowSha1: allowSha1 === true || allowSha1Status === true,
  allowRsa1024: allowRsa1024 ?? false,
});
