/** X.509 certificate validation (EN 319 102-1 clauses 5.2.6 and 5.6.2.1) at the time that is proven for a signature. */
import type { AlgorithmCalendar } from '@segl/pki/algorithms/algorithm-constraints';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { revokedWhen } from '@segl/pki/revocation/revoked';
import { namesStatusSource } from '@segl/pki/revocation/revocation';
import { failed, passed, warning, type Finding, type Role } from './facts.ts';
import type { CertificateReport, StatusReport } from './reports/report.ts';
import { statusFromEvidence, type AskStatus } from './status.ts';

export interface CertificateQuestion {
  /** DER. */
  readonly leaf: Uint8Array;
  /** DER, any that may stand on the path. */
  readonly carried: readonly Uint8Array[];
  /** DER. */
  readonly anchors: readonly Uint8Array[];
  readonly evidence: ValidationData;
  readonly role: Role;
  /** When the signature is proven to have existed, and whether anything but the present proves it. */
  readonly provenAt: Date;
  readonly isProven: boolean;
  /** The time that it claims, where that is to be used for evidence that is `kept`. */
  readonly claimedAt: Date | undefined;
  readonly freshness: 'kept' | 'fresh';
  readonly existedAt: (digest: string) => Date;
  /** The moment of validation. */
  readonly now: Date;
  /** Absent: nothing is asked. */
  readonly ask: AskStatus | undefined;
  /** Until when algorithms are relied on. */
  readonly algorithms: AlgorithmCalendar;
}

export interface CertificateAnswer {
  readonly findings: readonly Finding[];
  /** Leaf first; of what could be found. */
  readonly path: readonly CertificateReport[];
}

/** Never throws for what is wrong with certificates or evidence. */
export async function judgeCertificate(question: CertificateQuestion): Promise<CertificateAnswer> {
  const leaf = parseAll([question.leaf])[0];
  if (!leaf) {
    const why = adesProblems.of('certificate/unreadable');
    return { findings: [failed('certificate', 'path', 'NO_SIGNING_CERTIFICATE_FOUND', why)], path: [] };
  }
  const found = findPath(leaf, question);
  const findings: Finding[] = [...found.findings];
  const { path } = found;
  if (path.length === 0) return { findings, path: [describe(leaf, false)] };
  findings.push(...purposeFindings(leaf, question), ...strengthFindings(path, question));
  const statuses = new Map<Certificate, StatusReport>();
  for (const [index, certificate] of path.slice(0, -1).entries()) {
    if (index > 0 && !namesStatusSource(certificate)) continue;
    const told = await learnStatus(certificate, path[index + 1]!, index === 0, question);
    if (told.status) statuses.set(certificate, told.status);
    findings.push(...told.findings);
  }
  return {
    findings,
    path: path.map((one, index) =>
      describe(one, found.isComplete && index === path.length - 1, statuses.get(one)),
    ),
  };
}

/** Those that can be read, and whose keys are understood. */
export function parseAll(ders: readonly Uint8Array[]): Certificate[] {
  return ders.flatMap((der) => {
    try {
      const certificate = parseCertificate(der);
      // keys of kinds that are not understood cannot have signed anything here
      void certificate.publicKey;
      return [certificate];
    } catch (error) {
      if (!isSeglError(error, 'ASN1_INVALID')) throw error;
      return [];
    }
  });
}

interface FoundPath {
  readonly path: readonly Certificate[];
  readonly isComplete: boolean;
  readonly findings: readonly Finding[];
}

/** The path at the proven time; where there is none then, the one that there was, with what ended it. */
function findPath(leaf: Certificate, question: CertificateQuestion): FoundPath {
  const { provenAt, carried, evidence } = question;
  const input = {
    leaf,
    intermediates: parseAll([...carried, ...evidence.certificates]),
    anchors: parseAll(question.anchors),
  };
  const attempt = (at: Date, lenient = false): Certificate[] | Problem => {
    try {
      return buildPath({ ...input, at, ...(lenient && { allowSha1: true, allowRsa1024: true }) });
    } catch (error) {
      if (!isSeglError(error, 'CERT_PATH_INVALID', 'ASN1_INVALID')) throw error;
      const { subject } = error.params;
      const why = reasonOf(error);
      if (typeof subject !== 'string') return why;
      return why.code === 'path/root-not-trusted'
        ? adesProblems.of('certificate/root-no-anchor', { subject })
        : adesProblems.of('certificate/in-path', { subject, why });
    }
  };
  const path = attempt(provenAt);
  if (Array.isArray(path)) {
    const anchor = path.at(-1)!.commonName;
    return {
      path,
      isComplete: true,
      findings: [passed('certificate', 'path', adesProblems.of('certificate/path-up-to', { anchor }))],
    };
  }
  const weak = attempt(provenAt, true);
  if (Array.isArray(weak)) {
    // what is too weak at this time is told by its algorithms
    return { path: weak, isComplete: true, findings: [passed('certificate', 'path')] };
  }
  if (provenAt < leaf.notBefore) {
    const why = adesProblems.of('certificate/begins-later', { at: provenAt, begins: leaf.notBefore });
    return {
      path: [leaf],
      isComplete: false,
      findings: [failed('certificate', 'validity', 'NOT_YET_VALID', why)],
    };
  }
  const moments = [question.claimedAt, leaf.notAfter, leaf.notBefore].filter((at) => at !== undefined);
  for (const at of moments.filter((at) => at < provenAt && leaf.isValidAt(at))) {
    const once = attempt(at, true);
    if (!Array.isArray(once)) continue;
    const ended = once.filter(({ notAfter }) => notAfter < provenAt);
    const why = adesProblems.of('certificate/ended-before-proof', {
      ended: ended.map(({ commonName, notAfter }) =>
        adesProblems.of('certificate/ended-at', { name: commonName, at: notAfter }),
      ),
    });
    return {
      path: once,
      isComplete: true,
      findings: [failed('certificate', 'validity', 'OUT_OF_BOUNDS_NO_POE', why)],
    };
  }
  const unknown = ['certificate/root-no-anchor', 'path/issuer-unknown'].includes(
    path.code === 'certificate/in-path' ? reasonOf(path).code : path.code,
  );
  return {
    path: [],
    isComplete: false,
    findings: [
      failed(
        'certificate',
        'path',
        unknown ? 'NO_CERTIFICATE_CHAIN_FOUND' : 'CERTIFICATE_CHAIN_GENERAL_FAILURE',
        path,
      ),
    ],
  };
}

/** Anchors vouch for certificates of many kinds; only some of these are for signatures. */
function purposeFindings(leaf: Certificate, { role }: CertificateQuestion): Finding[] {
  const { keyUsage } = leaf;
  const maySign = !keyUsage || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation');
  const wrong = leaf.isCa
    ? adesProblems.of('certificate/authority-signs')
    : !maySign
      ? adesProblems.of('certificate/not-for-signatures')
      : undefined;
  // that a time-stamp's certificate is for time-stamps is part of its own verification
  if (wrong && role !== 'time-stamp') {
    return [failed('certificate', 'key-usage', 'CHAIN_CONSTRAINTS_FAILURE', wrong)];
  }
  return [passed('certificate', 'key-usage')];
}

function strengthFindings(
  path: readonly Certificate[],
  { provenAt, algorithms }: CertificateQuestion,
): Finding[] {
  // an anchor is trusted by itself, not by its signature
  const problem = path
    .slice(0, -1)
    .map(({ issuedWith, commonName }, index) => {
      const key = path[index + 1]!.publicKey;
      const weak = issuedWith
        ? algorithms.problem({ ...issuedWith, key }, provenAt)
        : adesProblems.of('algorithm/unknown');
      return weak && adesProblems.of('certificate/weak', { name: commonName, why: weak });
    })
    .find((one) => one !== undefined);
  return [
    problem === undefined
      ? passed('certificate', 'algorithms')
      : failed('certificate', 'algorithms', 'CRYPTO_CONSTRAINTS_FAILURE_NO_POE', problem),
  ];
}

async function learnStatus(
  certificate: Certificate,
  issuer: Certificate,
  isLeaf: boolean,
  question: CertificateQuestion,
): Promise<{ readonly status?: StatusReport; readonly findings: readonly Finding[] }> {
  const { provenAt, isProven, claimedAt, freshness, evidence, existedAt, now, ask } = question;
  const subject = certificate.commonName;
  const kept = freshness === 'kept' && claimedAt && claimedAt < provenAt ? claimedAt : provenAt;
  const carried = statusFromEvidence({ certificate, issuer, evidence, reference: kept, existedAt });
  let problem = 'problem' in carried ? carried.problem : undefined;
  let status = 'status' in carried ? carried.status : undefined;
  if (ask && status?.status !== 'revoked' && (!status || !isProven) && namesStatusSource(certificate)) {
    if (now > certificate.notAfter) {
      problem ??= adesProblems.of('status/expired-unkept');
    } else {
      const asked = await askNow(ask, certificate, issuer, now);
      if ('status' in asked) status = asked.status;
      else problem = asked.problem;
    }
  }
  if (status?.status === 'revoked' && (status.revokedAt === undefined || status.revokedAt <= provenAt)) {
    const why = adesProblems.of('status/revoked-unproven', { subject, when: revokedWhen(status.revokedAt) });
    return {
      status,
      findings: [failed('certificate', 'revocation', isLeaf ? 'REVOKED_NO_POE' : 'REVOKED_CA_NO_POE', why)],
    };
  }
  if (!status) {
    const why = adesProblems.of('status/untold', {
      subject,
      why: problem ?? adesProblems.of('status/nothing-tells'),
    });
    return { findings: [failed('certificate', 'revocation', 'TRY_LATER', why)] };
  }
  if (status.from === 'carried' && !isProven && status.nextUpdate && status.nextUpdate < now) {
    const stale = adesProblems.of('status/not-fresh', { subject, at: status.thisUpdate });
    return { status, findings: [warning('certificate', 'revocation-freshness', stale)] };
  }
  const { source } = status;
  const told =
    status.status === 'revoked'
      ? adesProblems.of('status/revoked-later', { subject, source, at: status.revokedAt! })
      : adesProblems.of('status/told', { subject, source });
  return { status, findings: [passed('certificate', 'revocation', told)] };
}

async function askNow(
  ask: AskStatus,
  certificate: Certificate,
  issuer: Certificate,
  now: Date,
): Promise<{ readonly status: StatusReport } | { readonly problem: Problem }> {
  try {
    const told = await ask(certificate.der, issuer.der);
    if ('problem' in told) return told;
    const { status, revokedAt, reason, source } = told;
    if (status === 'unknown') return { problem: adesProblems.of('status/issuer-does-not-know') };
    return {
      status: {
        status,
        ...(revokedAt && { revokedAt }),
        ...(reason && { reason }),
        source,
        from: 'asked',
        thisUpdate: now,
      },
    };
  } catch (error) {
    return { problem: isSeglError(error) ? error.problem : adesProblems.of('status/cannot-be-asked') };
  }
}

function describe(
  certificate: Certificate,
  isTrustAnchor: boolean,
  status?: StatusReport,
): CertificateReport {
  const { subjectDn, issuerDn, commonName, serialNumber, notBefore, notAfter, fingerprint } = certificate;
  return {
    subject: subjectDn,
    issuer: issuerDn,
    commonName,
    serialNumber,
    notBefore,
    notAfter,
    sha256: fingerprint,
    isTrustAnchor,
    ...(status && { status }),
  };
}
