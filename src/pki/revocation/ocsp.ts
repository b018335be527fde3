/** Asking for the status of a certificate by OCSP, and judging the answer (RFC 6960). */
import { readDer, withAsn1Errors } from '../asn1/der.ts';
import { contextValue, octetString, oid, sequence } from '../asn1/der-write.ts';
import { Oid } from '../asn1/oids.ts';
import { signatureProblem, type Leniency } from '../algorithms/signature-algorithm.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { parseCertificate, type Certificate } from '../x509/certificate.ts';
import { revocationReasons } from './crl-entries.ts';
import {
  keyHash,
  namesIssuer,
  readOcspResponse,
  writeCertId,
  type BasicResponse,
  type SingleResponse,
} from './ocsp-format.ts';
import { certificateProblem, leniency } from '../x509/path.ts';

/** How far clocks of others may be off. */
const TOLERANCE_MS = 5 * 60_000;
/** Without nextUpdate an answer counts for this long after its thisUpdate. */
const MAX_AGE_MS = 24 * 3_600_000;

/** Answers about one certificate have 1 to 3 kB; those that were made ahead tell of many. */
export const MAX_OCSP_BYTES = 1 << 20;

/** Certificates in one answer that may claim to be its signer's. */
const MAX_DELEGATES = 4;

export interface OcspResult {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt?: Date;
  /** CRLReason by name, where the responder gives one. */
  readonly reason?: string;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly producedAt: Date;
  /** Who signed the answer: the issuer itself or its delegate. */
  readonly responder: Certificate;
  /** When it was revoked, after the time that was asked about. */
  readonly revokedLater?: Date;
  /** The responder is a delegate without ocsp-nocheck: whether it was revoked must be learned elsewhere. */
  readonly responderNeedsStatus: boolean;
}

/** What an answer is judged against. */
export interface OcspExpectation extends Leniency {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly at: Date;
  readonly nonce?: Uint8Array;
  /** An answer without a nonce will do; one with another nonce never does. */
  readonly nonceOptional?: boolean;
  /** `any`: a delegate without ocsp-nocheck is taken, and the caller looks at `responderNeedsStatus`. */
  readonly delegates?: 'nocheck' | 'any';
  /** How far its times may be off `at`, in milliseconds; 5 minutes when left out. */
  readonly toleranceMs?: number;
  /** Answers from after `at` are taken as well, and a revocation after `at` does not count. */
  readonly later?: boolean;
}

const invalid = (why: Problem): SeglError => pkiProblems.error('OCSP_INVALID', { why });

/**
 * A DER OCSPRequest for one certificate. Names are hashed with SHA-1, which every responder understands; the hash
 * only looks the certificate up, nothing rests on its strength.
 */
export function buildOcspRequest(input: {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** 16 to 32 random bytes. */
  readonly nonce?: Uint8Array;
  readonly digest?: 'sha1' | 'sha256';
}): Uint8Array {
  const { certificate, issuer, nonce, digest = 'sha1' } = input;
  const request = sequence(writeCertId(certificate.serial, issuer, digest));
  return sequence(
    sequence(sequence(request), ...(nonce ? [contextValue(2, sequence(nonceExtension(nonce)))] : [])),
  );
}

/** The nonce is an OCTET STRING inside the extension's own (RFC 9654 2.1). */
export const nonceExtension = (nonce: Uint8Array): Uint8Array =>
  sequence(oid(Oid.ocspNonce), octetString(octetString(nonce)));

/**
 * Judges a DER OCSPResponse about `certificate` as of `at`. It must be signed by `issuer`, or by a certificate that
 * `issuer` issued for that purpose, with ocsp-nocheck and valid at `at`; be fresh at `at`; and carry `nonce` when one
 * is given. Throws OCSP_INVALID {why}. `unknown` is a result, not an error.
 */
export function checkOcspResponse(der: Uint8Array, expected: OcspExpectation): OcspResult {
  if (der.length > MAX_OCSP_BYTES) throw invalid(pkiProblems.of('ocsp/too-large', { limit: MAX_OCSP_BYTES }));
  return withAsn1Errors(invalid, () => {
    const { certificate, issuer, at, later = false } = expected;
    const { status: said, basic } = readOcspResponse(der);
    if (!basic) throw invalid(pkiProblems.of('ocsp/response-status', { status: said }));
    requireNonce(basic, expected);

    const single = responseAbout(basic, certificate, issuer);
    // an answer within the tolerance may be a little younger than `at`, and so may its responder's certificate
    const answeredAt = basic.producedAt > at ? basic.producedAt : at;
    const responder = findResponder(basic, expected, answeredAt);
    const problem =
      signatureProblem({
        algorithm: basic.signatureAlgorithm,
        key: responder.publicKey,
        data: basic.tbs,
        signature: basic.signature,
        ...leniency(expected),
      }) ??
      criticalProblem(basic, single) ??
      freshnessProblem(basic, single, expected);
    if (problem) throw invalid(problem);
    const { thisUpdate, nextUpdate, revokedAt, reason } = single;
    const revokedLater = later && revokedAt !== undefined && revokedAt > at;
    return {
      ...(revokedLater
        ? { status: 'good' as const, revokedLater: revokedAt }
        : { status: single.status, ...(revokedAt && { revokedAt }), ...reasonOf(reason) }),
      thisUpdate,
      ...(nextUpdate && { nextUpdate }),
      producedAt: basic.producedAt,
      responder,
      responderNeedsStatus: responder.fingerprint !== issuer.fingerprint && !responder.ocspNoCheck,
    };
  });
}

const reasonOf = (number: number | undefined): { reason?: string } => {
  const reason = number === undefined ? undefined : revocationReasons[number];
  return reason === undefined ? {} : { reason };
};

function requireNonce(basic: BasicResponse, { nonce, nonceOptional = false }: OcspExpectation): void {
  if (!nonce || carriesNonce(basic, nonce)) return;
  const silent = !basic.extensions.some(({ oid: type }) => type === Oid.ocspNonce);
  if (!silent) throw invalid(pkiProblems.of('ocsp/other-nonce'));
  if (!nonceOptional) throw invalid(pkiProblems.of('ocsp/nonce-missing'));
}

/** Some responders echo the bare bytes instead of the inner OCTET STRING. */
function carriesNonce(basic: BasicResponse, nonce: Uint8Array): boolean {
  const value = basic.extensions.find((extension) => extension.oid === Oid.ocspNonce)?.value;
  return (
    value !== undefined &&
    (Buffer.compare(value, octetString(nonce)) === 0 || Buffer.compare(value, nonce) === 0)
  );
}

function responseAbout(basic: BasicResponse, certificate: Certificate, issuer: Certificate): SingleResponse {
  const about = basic.responses.filter(
    ({ certId }) => Buffer.compare(certId.serial, certificate.serial) === 0 && namesIssuer(certId, issuer),
  );
  const [single, ...others] = about;
  if (!single || others.length > 0) throw invalid(pkiProblems.of('ocsp/not-one-status'));
  return single;
}

/** RFC 6960 4.2.2.2: the issuer, or a delegate that the same issuer authorized directly. */
function findResponder(basic: BasicResponse, expected: OcspExpectation, at: Date): Certificate {
  const { issuer } = expected;
  if (isResponder(issuer, basic)) return issuer;
  const candidates = basic.certificates.map(parseCertificate).filter((one) => isResponder(one, basic));
  const judged = candidates.slice(0, MAX_DELEGATES).map((delegate) => ({
    delegate,
    problem: delegateProblem(delegate, expected, at),
  }));
  const sound = judged.find(({ problem }) => problem === undefined);
  if (sound) return sound.delegate;
  throw invalid(judged[0]?.problem ?? pkiProblems.of('ocsp/responder-missing'));
}

function delegateProblem(delegate: Certificate, expected: OcspExpectation, at: Date): Problem | undefined {
  const unissued = delegate.issuanceProblem(expected.issuer, leniency(expected));
  if (unissued) return pkiProblems.of('ocsp/responder-unauthorized', { why: unissued });
  if (!delegate.extendedKeyUsage?.includes(Oid.ocspSigning)) {
    return pkiProblems.of('ocsp/responder-purpose');
  }
  if (delegate.keyUsage && !delegate.keyUsage.has('digitalSignature')) {
    return pkiProblems.of('ocsp/responder-key-usage');
  }
  if (!delegate.ocspNoCheck && expected.delegates !== 'any') {
    return pkiProblems.of('ocsp/responder-unchecked');
  }
  const unusable = certificateProblem(delegate, at, expected);
  return unusable && pkiProblems.of('ocsp/responder-unusable', { why: unusable });
}

function isResponder(certificate: Certificate, { responderId }: BasicResponse): boolean {
  return 'name' in responderId
    ? Buffer.compare(responderId.name, certificate.subjectRaw) === 0
    : Buffer.compare(responderId.keyHash, keyHash(certificate)) === 0;
}

function criticalProblem(basic: BasicResponse, single: SingleResponse): Problem | undefined {
  const unknown = [...basic.extensions, ...single.extensions].find(
    (extension) =>
      extension.critical && extension.oid !== Oid.ocspNonce && extension.oid !== Oid.ocspArchiveCutoff,
  );
  return unknown && pkiProblems.of('ocsp/critical-extension', { oid: unknown.oid });
}

function freshnessProblem(
  basic: BasicResponse,
  single: SingleResponse,
  { at, certificate, issuer, toleranceMs = TOLERANCE_MS, later = false }: OcspExpectation,
): Problem | undefined {
  const time = at.getTime();
  const { thisUpdate, nextUpdate } = single;
  const { producedAt } = basic;
  if (nextUpdate && nextUpdate < thisUpdate) return pkiProblems.of('ocsp/times');
  const until = nextUpdate?.getTime() ?? thisUpdate.getTime() + MAX_AGE_MS;
  if (until + toleranceMs < time) return pkiProblems.of('ocsp/out-of-date');
  if (Math.max(thisUpdate.getTime(), producedAt.getTime()) <= time + toleranceMs) return undefined;
  if (!later) return pkiProblems.of('ocsp/too-young');
  if (thisUpdate.getTime() > producedAt.getTime() + toleranceMs) return pkiProblems.of('ocsp/times');
  if (!issuer.isValidAt(producedAt)) return pkiProblems.of('ocsp/issuer-expired');
  return thisUpdate <= certificate.notAfter || keepsExpired(single, certificate)
    ? undefined
    : pkiProblems.of('ocsp/after-expiry');
}

/** Responders may say how far back they remember certificates that expired (RFC 6960 4.4.4). */
function keepsExpired({ extensions }: SingleResponse, { notAfter }: Certificate): boolean {
  const cutoff = extensions.find((extension) => extension.oid === Oid.ocspArchiveCutoff);
  return cutoff !== undefined && readDer(cutoff.value).time() <= notAfter;
}
