/**
 * A transaction token (Nets eID Broker, transaction signing): the broker showed what is signed, and says so under a certificate
 * of its own, whose status comes with it. Both outlive the log-on: whoever has them needs neither us nor the broker.
 */
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { failed, passed, type Finding } from '@segl/ades/validation/facts';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { buildPath } from '@segl/pki/x509/path';
import { readBrokerCertificate } from '../../../oces/broker-certificate.ts';
import { identityProblems } from '../../../problems.ts';
import { nonceOf } from '../commitment.ts';
import type { IdentityEvidence, Proof } from '../content.ts';
import { verifyJws, type Claims, type Jwk, type VerifiedJws } from '../jws.ts';
import { presentedOf } from '../presented.ts';
import { bytesOf } from '../read.ts';
import { audienceProblem, idTokenOf, isSimulated, keysOf } from './id-token.ts';
import { statusFinding } from './kept-status.ts';
import {
  certification,
  claimOf,
  CLOCK_TOLERANCE,
  constraint,
  digest,
  textOf,
  type JudgedProof,
  type ProofTrust,
} from './verifier.ts';

export const TRANSACTION_TOKEN = 'transaction-token';
/** The OCSP answer about the certificate that signed it. */
export const TRANSACTION_STATUS = 'transaction-token-status';

/** What the person did beside logging on. */
const SIGNED = 'mitid.transaction_signing';

/** Parameter of the request by which a text or a document is to be shown. */
const ASKED = 'signtext_type';

/** Certificates that a key may bring along. */
const MAX_CERTIFICATES = 5;

/** A request for something to be shown that no token tells of (`request`: its parameters). */
export const transactionGap = (request: Claims, { proofs }: IdentityEvidence): Problem | undefined =>
  request[ASKED] === undefined || proofs.some(({ role }) => role === TRANSACTION_TOKEN)
    ? undefined
    : identityProblems.of('transaction/missing');

export function judgeTransactionToken(
  proof: Proof,
  evidence: IdentityEvidence,
  at: Date,
  trust: ProofTrust,
): JudgedProof {
  let token: VerifiedJws;
  let certificates: readonly Certificate[];
  try {
    const keys = keysOf(evidence);
    token = verifyJws(bytesOf(proof), keys);
    certificates = certificatesOf(token, keys);
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    const finding = failed('cryptography', 'transaction-core', 'SIG_CRYPTO_FAILURE', reasonOf(error));
    return { findings: [finding], binds: false };
  }
  const findings = [
    passed('cryptography', 'transaction-core'),
    ...signerFindings(certificates, token.claims, evidence, at, trust),
    ...contentFindings(token.claims, evidence, at),
  ];
  const holds = findings.every(({ outcome }) => outcome === 'passed');
  return {
    findings,
    binds: holds,
    algorithms: [token],
    ...(holds && { claims: token.claims }),
  };
}

const invalid = (why: Problem, cause?: unknown) =>
  identityProblems.error('EVIDENCE_INVALID', { why }, { cause });

/** Those of the key that signed, its own first. Throws EVIDENCE_INVALID where there is none, or one of another key. */
function certificatesOf({ header, key }: VerifiedJws, keys: readonly Jwk[]): readonly Certificate[] {
  const { kid } = header;
  const x5c = kid === undefined ? undefined : keys.find((one) => one.kid === kid)?.x5c;
  const isList = Array.isArray(x5c) && x5c.length > 0 && x5c.length <= MAX_CERTIFICATES;
  if (!isList) throw invalid(identityProblems.of('transaction/no-certificate'));
  const certificates = x5c.map(readCertificate);
  const isOwn = readable(() => certificates[0]!.publicKey)?.equals(key);
  if (!isOwn) throw invalid(identityProblems.of('transaction/other-key'));
  return certificates;
}

/** Base64 (not base64url) of DER, RFC 7517 section 4.7. */
function readCertificate(text: unknown): Certificate {
  try {
    return parseCertificate(Uint8Array.from(Buffer.from(String(text), 'base64')));
  } catch (error) {
    if (!isSeglError(error)) throw error;
    throw invalid(error.problem, error);
  }
}

/** Authorities that were kept beside the keys. */
const keptAuthorities = ({ trust }: IdentityEvidence): readonly Certificate[] =>
  trust
    .filter(({ role, mediaType }) => role === 'certificate' && mediaType === 'application/pkix-cert')
    .flatMap((one) => readable(() => parseCertificate(Uint8Array.from(bytesOf(one)))) ?? []);

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isSeglError(error)) throw error;
    return undefined;
  }
}

/** The certificate, at the time of receipt: where it leads to, whose it is, and that it was not revoked. */
function signerFindings(
  [leaf, ...along]: readonly Certificate[],
  claims: Claims,
  evidence: IdentityEvidence,
  at: Date,
  { anchors }: ProofTrust,
): Finding[] {
  try {
    const path = buildPath({
      leaf: leaf!,
      intermediates: [...along, ...keptAuthorities(evidence)],
      anchors: anchors.map(parseCertificate),
      at,
    });
    return [
      passed('certificate', 'transaction-certificate'),
      ownerFinding(path, evidence),
      statusFinding(
        'transaction-status',
        path,
        evidence.proofs.find(({ role }) => role === TRANSACTION_STATUS),
        {
          at,
          ...nonceOfStatus(claims),
        },
      ),
    ];
  } catch (error) {
    if (!isSeglError(error, 'CERT_PATH_INVALID', 'ASN1_INVALID')) throw error;
    return [certification('transaction-certificate', 'NO_CERTIFICATE_CHAIN_FOUND', error.problem)];
  }
}

/** It names the nonce that the status was asked with; some responders repeat none. */
function nonceOfStatus(claims: Claims): { readonly nonce?: Uint8Array } {
  const told = textOf(claims, 'signing_cert_ocsp_nonce');
  return told === undefined ? {} : { nonce: Buffer.from(told, 'base64') };
}

function ownerFinding(path: readonly Certificate[], { method }: IdentityEvidence): Finding {
  const check = 'transaction-signer';
  const owner = readBrokerCertificate(path);
  if ('problem' in owner) return certification(check, 'CHAIN_CONSTRAINTS_FAILURE', owner.problem);
  const { organization, cvr, isTest } = owner;
  if (isTest && !method.test) return constraint(check, identityProblems.of('transaction/test-certificate'));
  return passed('constraints', check, identityProblems.of('transaction/signed-by', { organization, cvr }));
}

/** That it is about this act, and no other. */
function contentFindings(claims: Claims, evidence: IdentityEvidence, at: Date): Finding[] {
  const { method, assurance } = evidence;
  const check = (name: string, code: 'issuer' | 'test' | 'level', isWrong: boolean): Finding =>
    constraint(name, isWrong ? identityProblems.of(`id-token/${code}`) : undefined);
  const level = textOf(claims, assurance.claim);
  return [
    check('transaction-issuer', 'issuer', claims['iss'] !== method.provider),
    constraint('transaction-receiver', audienceProblem(claims, method.client)),
    constraint('transaction-time', timeProblem(claims, evidence, at)),
    check('no-test', 'test', isSimulated(claims) && !method.test),
    check('transaction-level', 'level', level !== undefined && level !== assurance.value),
    digest('transaction-shown', shownProblem(claims, evidence)),
    constraint('transaction-signed', actionProblem(claims)),
    constraint('transaction-log-on', logOnProblem(claims, evidence)),
  ];
}

/** Issued between start and receipt, and meant to be read after that. */
function timeProblem({ iat, nbf, exp }: Claims, { times }: IdentityEvidence, at: Date): Problem | undefined {
  if (typeof iat !== 'number' || typeof exp !== 'number') return identityProblems.of('id-token/no-times');
  const begins = Math.max(iat, typeof nbf === 'number' ? nbf : iat) * 1000;
  if (begins > at.getTime() + CLOCK_TOLERANCE) return identityProblems.of('id-token/not-yet');
  if (at.getTime() > exp * 1000 + CLOCK_TOLERANCE) return identityProblems.of('id-token/expired');
  return iat * 1000 < new Date(times.started).getTime() - CLOCK_TOLERANCE
    ? identityProblems.of('id-token/authenticated-before')
    : undefined;
}

/** The very bytes that were committed to. */
function shownProblem(claims: Claims, { commitment }: IdentityEvidence): Problem | undefined {
  const { type, sha256 } = presentedOf(commitment);
  const isSame =
    claims['transaction_text_type'] === type &&
    claims['transaction_text_sha256'] === Buffer.from(sha256).toString('base64');
  return isSame ? undefined : identityProblems.of('transaction/other-document');
}

/** One action, or a list of them. */
function actionProblem(claims: Claims): Problem | undefined {
  const actions = claims['transaction_actions'];
  const list: readonly unknown[] = Array.isArray(actions) ? actions : [actions];
  return list.includes(SIGNED) ? undefined : identityProblems.of('transaction/not-signed');
}

/** That the log-on of the id_token is the same: one transaction, one person; and where it has a nonce, this one. */
function logOnProblem(claims: Claims, evidence: IdentityEvidence): Problem | undefined {
  const token = idTokenOf(evidence);
  const isSame = (name: string): boolean => {
    const value = token && textOf(token, name);
    return value !== undefined && value === textOf(claims, name);
  };
  const { nonce } = claims;
  const person = claimOf(claims, 'mitid.uuid');
  const isOurs =
    isSame('transaction_id') &&
    isSame('sub') &&
    (nonce === undefined || nonce === nonceOf(evidence.commitment)) &&
    (person === undefined || person === evidence.subject.id.value);
  return isOurs ? undefined : identityProblems.of('transaction/other-log-on');
}
