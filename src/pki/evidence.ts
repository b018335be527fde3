/**
 * Whether a certificate could be relied on at a time that has passed, from what was kept then. Nothing is asked of the
 * network, and nothing is passed over: evidence that nobody looked at could be changed without anybody noticing.
 */
import type { ValidationData } from '../ades/validation-data.ts';
import { withAsn1Errors } from '../ades/der.ts';
import { SeglError, isSeglError } from '../errors.ts';
import { parseCertificate, type Certificate } from './certificate.ts';
import { checkOcspResponse } from './ocsp.ts';
import { namesIssuer, readOcspResponse } from './ocsp-format.ts';
import { buildPath } from './path.ts';

/**
 * A kept answer was fetched while the signature was being made: a little before its stated time when it came from
 * memory, a little after it when responders were slow, and by a clock that may differ from ours.
 */
const EVIDENCE_TOLERANCE_MS = 15 * 60_000;

/** Certificates above an anchor; real hierarchies have one or two. */
const MAX_ABOVE = 8;

const invalid = (why: string): SeglError => new SeglError('EVIDENCE_INVALID', { why });

/** How evidence is judged: where paths must end, and as of when. */
interface Judgement {
  readonly anchors: readonly Certificate[];
  readonly at: Date;
  readonly allowSha1: boolean;
}

/** A certificate of the path with its issuer. */
interface Link {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

/**
 * The offline twin of `validateCertificate`: the path of `leaf` (DER) at the time `at`, leaf first, anchor last, built
 * from `evidence` alone, or from `carried` as well: certificates that the signature itself brings along (the packaging
 * policy lets evidence leave these out). The leaf, and every certificate of the path that names an OCSP responder,
 * must have a good answer in `evidence`.
 *
 * All of `evidence` must have its part in this: each answer must be good and about a certificate of the path or above
 * its anchor, and each certificate must stand there or have signed an answer. So evidence that reaches further up than
 * the anchors of today still verifies, and what nobody looked at does not. CRLs are not understood and are refused.
 *
 * Throws CERT_PATH_INVALID, CERT_REVOKED {subject, at}, CERT_STATUS_UNKNOWN {subject, why}, OCSP_INVALID, ASN1_INVALID,
 * EVIDENCE_INVALID {why}.
 */
export function validateWithEvidence(input: {
  readonly leaf: Uint8Array;
  readonly anchors: readonly Uint8Array[];
  readonly at: Date;
  readonly evidence: ValidationData;
  readonly carried?: readonly Uint8Array[];
  /** Only for evidence of old times. */
  readonly allowSha1?: boolean;
}): { readonly path: Certificate[] } {
  const { evidence, at, carried = [], allowSha1 = false } = input;
  if (evidence.crls.length > 0) throw invalid('it has revocation lists, which are not judged here');
  const anchors = input.anchors.map(parseCertificate);
  const certificates = evidence.certificates.map(parseCertificate);
  const judgement: Judgement = { anchors, at, allowSha1 };
  const path = buildPath({
    ...judgement,
    leaf: parseCertificate(input.leaf),
    intermediates: [...certificates, ...carried.map(parseCertificate)],
  });
  if (path.length === 1) {
    throw new SeglError('CERT_STATUS_UNKNOWN', { subject: path[0]!.subjectDn, why: 'it is a trust anchor' });
  }
  const whole = [...path, ...aboveAnchor(path.at(-1)!, certificates, judgement)];
  const links = whole
    .slice(0, -1)
    .map((certificate, index): Link => ({ certificate, issuer: whole[index + 1]! }));
  const answers = evidence.ocsps.map((der) => judgeAnswer(der, links, judgement));
  const told = new Set(answers.map(({ certificate }) => certificate));
  const untold = path
    .slice(0, -1)
    .find((certificate, index) => (index === 0 || certificate.ocspUrls.length > 0) && !told.has(certificate));
  if (untold) {
    throw new SeglError('CERT_STATUS_UNKNOWN', {
      subject: untold.subjectDn,
      why: 'the evidence has no answer about it',
    });
  }
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
  const judgement = { anchors: input.anchors.map(parseCertificate), at: input.at, allowSha1: false };
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

/** The one certificate that a good answer is about, and who signed the answer. */
function judgeAnswer(
  der: Uint8Array,
  links: readonly Link[],
  judgement: Judgement,
): { readonly certificate: Certificate; readonly responder: Certificate } {
  const unusable = (why: string): SeglError => new SeglError('OCSP_INVALID', { why });
  const { status: said, basic } = withAsn1Errors(unusable, () => readOcspResponse(der));
  if (!basic) throw unusable(`the responder says ${said}`);
  const link = links.find(({ certificate, issuer }) =>
    basic.responses.some(
      ({ certId }) => Buffer.compare(certId.serial, certificate.serial) === 0 && namesIssuer(certId, issuer),
    ),
  );
  if (!link) throw unusable('it is about none of the certificates');
  const { status, revokedAt, responder } = checkOcspResponse(der, {
    ...link,
    at: judgement.at,
    toleranceMs: EVIDENCE_TOLERANCE_MS,
    allowSha1: judgement.allowSha1,
  });
  const { certificate } = link;
  const subject = certificate.subjectDn;
  if (status === 'revoked') {
    throw new SeglError('CERT_REVOKED', { subject, at: revokedAt?.toISOString() ?? 'an unknown time' });
  }
  if (status === 'unknown') {
    throw new SeglError('CERT_STATUS_UNKNOWN', { subject, why: 'the responder did not know it' });
  }
  // what the responder sends along is not signed either
  const known = [...links.flatMap((one) => [one.certificate, one.issuer]), responder];
  refuseStrangers(
    withAsn1Errors(unusable, () => basic.certificates.map(parseCertificate)),
    known,
    judgement,
  );
  return { certificate, responder };
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
  if (open.length > MAX_ABOVE) throw invalid('it has many certificates that nothing vouches for');
  while (open.length > 0) {
    const found = open.find(
      (candidate) =>
        vouched.some((one) => one.isIssuedBy(candidate, judgement)) &&
        certificates.some((issuer) => candidate.isIssuedBy(issuer, judgement)),
    );
    if (!found) {
      throw invalid(`nothing vouches for the certificate of ${open[0]!.subjectDn} in it`);
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
