/**
 * The id_token of a log-on (OpenID Connect Core 1.0 section 3.1.3.7), or signed userinfo; by the key set that was kept, at the
 * time of its receipt.
 */
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { failed, passed, type Finding } from '@segl/ades/validation/facts';
import type { Assurance } from '../../../method.ts';
import { identityProblems } from '../../../problems.ts';
import { nonceOf } from '../commitment.ts';
import type { IdentityEvidence, Proof } from '../content.ts';
import { readJws, readKeySet, verifyJws, type Claims, type VerifiedJws } from '../jws.ts';
import { bytesOf } from '../read.ts';
import { challengeFinding } from './backchannel.ts';
import { keyLogFindings } from './key-log.ts';
import { claimOf, CLOCK_TOLERANCE, constraint, textOf, type JudgedProof } from './verifier.ts';

const LEVELS: readonly Assurance[] = ['low', 'substantial', 'high'];

/** Whether `level` is at least `wanted`. */
export const reaches = (level: Assurance, wanted: Assurance): boolean =>
  LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);

export const ID_TOKEN = 'id-token';
export const USERINFO = 'userinfo';

export function judgeIdToken(proof: Proof, evidence: IdentityEvidence, at: Date): JudgedProof {
  const check = proof.role === ID_TOKEN ? 'core' : `${proof.role}-core`;
  try {
    const token = verifyJws(bytesOf(proof), keysOf(evidence));
    const findings = [
      passed('cryptography', check),
      ...about(proof.role, token.claims, evidence, at),
      ...(proof.role === ID_TOKEN ? keyLogFindings(token, evidence) : []),
    ];
    return {
      findings,
      binds: proof.role === ID_TOKEN && token.claims['nonce'] === nonceOf(evidence.commitment),
      claims: token.claims,
      algorithms: [token],
      ...(proof.role === ID_TOKEN && { core: coreOf(token) }),
    };
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return {
      findings: [failed('cryptography', check, 'SIG_CRYPTO_FAILURE', reasonOf(error))],
      binds: false,
    };
  }
}

const coreOf = ({ signed, signature }: VerifiedJws): { signed: Uint8Array; value: Uint8Array } => ({
  signed,
  value: signature,
});

/** What the id_token says; whether it holds is judged by itself. */
export function idTokenOf({ proofs }: IdentityEvidence): Claims | undefined {
  const proof = proofs.find(({ role }) => role === ID_TOKEN);
  try {
    return proof && readJws(bytesOf(proof)).claims;
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return undefined;
  }
}

/** The provider's keys, as they were kept. Throws EVIDENCE_INVALID. */
export const keysOf = ({ trust }: IdentityEvidence) =>
  trust.filter(({ role }) => role === 'keys').flatMap((set) => readKeySet(bytesOf(set)));

function about(role: string, claims: Claims, evidence: IdentityEvidence, at: Date): Finding[] {
  if (role === ID_TOKEN) return tokenFindings(claims, evidence, at);
  const { provider } = evidence.method;
  const { iss } = claims;
  const other = iss !== undefined && iss !== provider;
  return [constraint(`${role}-issuer`, other ? identityProblems.of('id-token/issuer') : undefined)];
}

function tokenFindings(claims: Claims, evidence: IdentityEvidence, at: Date): Finding[] {
  const { method, times } = evidence;
  return [
    challengeFinding(claims, evidence),
    constraint(
      'issuer',
      claims['iss'] === method.provider ? undefined : identityProblems.of('id-token/issuer'),
    ),
    constraint('receiver', audienceProblem(claims, method.client)),
    constraint('valid-in-time', timeProblem(claims, at)),
    constraint('authenticated-anew', authenticationProblem(claims, times)),
    constraint('level', levelProblem(claims, evidence)),
    constraint('eid', eidProblem(claims, evidence)),
    constraint('text-shown', shownProblem(claims, evidence)),
    constraint(
      'no-test',
      isSimulated(claims) && !method.test ? identityProblems.of('id-token/test') : undefined,
    ),
  ];
}

/** Section 3.1.3.7, steps 3 to 5. */
export function audienceProblem({ aud, azp }: Claims, client: string): Problem | undefined {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(client)) return identityProblems.of('id-token/audience');
  const isAlone = audiences.length === 1;
  return (azp === undefined && isAlone) || azp === client
    ? undefined
    : identityProblems.of('id-token/audience');
}

function timeProblem({ iat, exp, nbf }: Claims, at: Date): Problem | undefined {
  const now = at.getTime();
  if (typeof iat !== 'number' || typeof exp !== 'number') return identityProblems.of('id-token/no-times');
  const begins = Math.max(iat, typeof nbf === 'number' ? nbf : iat) * 1000;
  if (begins > now + CLOCK_TOLERANCE) return identityProblems.of('id-token/not-yet');
  return now > exp * 1000 + CLOCK_TOLERANCE ? identityProblems.of('id-token/expired') : undefined;
}

/** That the person logged on after this was begun: an older session of the provider's shows no text, and asks nobody. */
function authenticationProblem(claims: Claims, { started, authenticated }: IdentityEvidence['times']) {
  const at = authenticatedAt(claims);
  if (at === undefined) return identityProblems.of('id-token/no-times');
  if (authenticated !== at.toISOString()) return identityProblems.of('id-token/authenticated');
  return at.getTime() < new Date(started).getTime() - CLOCK_TOLERANCE
    ? identityProblems.of('id-token/authenticated-before')
    : undefined;
}

/** When the provider says that the person logged on: `auth_time`, `authenticationinstant`, or with the token itself. */
export function authenticatedAt({ auth_time, authenticationinstant, iat }: Claims): Date | undefined {
  if (typeof authenticationinstant === 'string' && !Number.isNaN(Date.parse(authenticationinstant)))
    return new Date(authenticationinstant);
  const seconds = [auth_time, iat].map(Number).find((one) => Number.isSafeInteger(one) && one > 0);
  return seconds === undefined ? undefined : new Date(seconds * 1000);
}

/** By order on the provider's own scale; that a level is told at all says nothing. */
function levelProblem(claims: Claims, { assurance, commitment }: IdentityEvidence): Problem | undefined {
  const { claim, value, scale, level } = assurance;
  if (textOf(claims, claim) !== value || !Object.hasOwn(scale, value) || scale[value] !== level)
    return identityProblems.of('id-token/level');
  return reaches(level, commitment.level)
    ? undefined
    : identityProblems.of('id-token/level-too-low', { level, wanted: commitment.level });
}

function eidProblem(claims: Claims, { method: { answered } }: IdentityEvidence): Problem | undefined {
  if (!answered) return undefined;
  const value = textOf(claims, answered.claim);
  return value !== undefined && answered.values.includes(value)
    ? undefined
    : identityProblems.of('id-token/other-eid');
}

function shownProblem(
  claims: Claims,
  { intent: { shown, returned } }: IdentityEvidence,
): Problem | undefined {
  if (!returned) return undefined;
  const value = textOf(claims, returned.claim);
  return value === returned.value && value === shown ? undefined : identityProblems.of('id-token/text');
}

export const isSimulated = (claims: Claims): boolean => {
  const value = claimOf(claims, 'simulated');
  return value !== undefined && value !== false && value !== 'false';
};
