/**
 * A log-on that was asked for behind the browser (OpenID Connect CIBA Core 1.0, poll mode): the provider asks the person in
 * their app, and says who answered. Its token has no nonce, so that what the question was about is the service's own word: the
 * request as it was sent, signed by the service where the provider takes signed requests (section 7.1.1), with the hash of the
 * commitment in it, and the provider's acknowledgement (section 7.3).
 */
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { failed, passed, warning, type Finding } from '@segl/ades/validation/facts';
import { identityProblems } from '../../../problems.ts';
import { nonceOf } from '../commitment.ts';
import type { IdentityEvidence, Proof } from '../content.ts';
import { readKeySet, verifyJws, type Claims } from '../jws.ts';
import { bytesOf } from '../read.ts';
import { CLOCK_TOLERANCE, constraint, digest, type JudgedProof } from './verifier.ts';

/** `method.flow` of such evidence. */
export const BACKCHANNEL = 'backchannel';

/** The signed request, by its role; where it was not signed, it is the `request`. */
export const REQUEST_OBJECT = 'request-object';
const PLAIN_REQUEST = 'request';
/** What the provider answered to the request. */
export const ACKNOWLEDGEMENT = 'acknowledgement';
/** The keys of the service that the request is signed with, among what proofs are judged by. */
export const CLIENT_KEYS = 'client-keys';

/** In a token, the request that it answers: push mode has it (section 10.3.1), others may. */
export const AUTH_REQ_ID = 'urn:openid:params:jwt:claim:auth_req_id';

export const BACKCHANNEL_LIMITS = {
  /** The token does not say what was committed to. */
  ownWord: 'request-own-word',
  /** The token does not say which request it answers. */
  unnamed: 'request-not-named',
  unsigned: 'request-not-signed',
} as const;

export const isBackchannel = ({ method }: Pick<IdentityEvidence, 'method'>): boolean =>
  method.flow === BACKCHANNEL;

/** What evidence of such a log-on has to say that it does not prove. `token`: the claims of the id_token. */
export const backchannelLimits = (token: Claims, isSigned: boolean): readonly string[] => [
  ...(token['nonce'] === undefined ? [BACKCHANNEL_LIMITS.ownWord] : []),
  ...(token[AUTH_REQ_ID] === undefined ? [BACKCHANNEL_LIMITS.unnamed] : []),
  ...(isSigned ? [] : [BACKCHANNEL_LIMITS.unsigned]),
];

/** That the token is about what was committed to, or that only the service says so. `claims`: of the id_token. */
export function challengeFinding(claims: Claims, evidence: IdentityEvidence): Finding {
  const { nonce } = claims;
  if (nonce === undefined && isBackchannel(evidence))
    return warning('cryptography', 'challenge', identityProblems.of('backchannel/own-word'));
  const isOurs = nonce === nonceOf(evidence.commitment);
  return digest('challenge', isOurs ? undefined : identityProblems.of('id-token/nonce'));
}

/**
 * What belongs to such a log-on as a whole. `token`: the claims of the id_token, whose signature holds; without it nobody but
 * the service says anything.
 */
export function backchannelFindings(evidence: IdentityEvidence, token: Claims | undefined): Finding[] {
  if (!isBackchannel(evidence)) return [];
  if (!token) return [constraint('answers-request', identityProblems.of('backchannel/no-token'))];
  const { proofs, limits } = evidence;
  const has = (wanted: string): boolean => proofs.some(({ role }) => role === wanted);
  const isSigned = has(REQUEST_OBJECT);
  const untold = backchannelLimits(token, isSigned).some((limit) => !limits.includes(limit));
  return [
    constraint(
      'request-kept',
      isSigned || has(PLAIN_REQUEST) ? undefined : identityProblems.of('backchannel/no-request'),
    ),
    answersFinding(token, evidence),
    constraint('limits', untold ? identityProblems.of('backchannel/limits') : undefined),
  ];
}

function answersFinding(claims: Claims, { proofs }: IdentityEvidence): Finding {
  const acknowledged = proofs.find(({ role }) => role === ACKNOWLEDGEMENT);
  const id = acknowledged && readAcknowledgement(bytesOf(acknowledged))?.id;
  const named = claims[AUTH_REQ_ID];
  if (id === undefined)
    return constraint('answers-request', identityProblems.of('backchannel/no-acknowledgement'));
  if (named === undefined)
    return warning('constraints', 'answers-request', identityProblems.of('backchannel/unnamed'));
  return constraint(
    'answers-request',
    named === id ? undefined : identityProblems.of('backchannel/other-request'),
  );
}

/** Section 7.3; seconds. Undefined: it acknowledges nothing. */
export function readAcknowledgement(
  bytes: Uint8Array,
): { readonly id: string; readonly expiresIn: number; readonly interval: number } | undefined {
  try {
    const {
      auth_req_id: id,
      expires_in: life,
      interval = 5,
    } = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, unknown>;
    const isWhole =
      typeof id === 'string' &&
      id !== '' &&
      typeof life === 'number' &&
      life > 0 &&
      typeof interval === 'number';
    return isWhole ? { id, expiresIn: life, interval } : undefined;
  } catch {
    return undefined;
  }
}

/** What the service asked, as it signed it. */
export function judgeRequestObject(proof: Proof, evidence: IdentityEvidence): JudgedProof {
  if (!isBackchannel(evidence)) return { findings: [unknown(proof)], binds: false };
  try {
    const keys = evidence.trust
      .filter(({ role }) => role === CLIENT_KEYS)
      .flatMap((set) => readKeySet(bytesOf(set)));
    const request = verifyJws(bytesOf(proof), keys);
    const problem = requestProblem(request.claims, evidence) ?? senderProblem(request.claims, evidence);
    return {
      findings: [passed('cryptography', 'request-core'), constraint(PLAIN_REQUEST, problem)],
      binds: problem === undefined,
      algorithms: [request],
    };
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    const finding = failed('cryptography', 'request-core', 'SIG_CRYPTO_FAILURE', reasonOf(error));
    return { findings: [finding], binds: false };
  }
}

/** The provider's acknowledgement: it tells, and proves nothing by itself. */
export function judgeAcknowledgement(proof: Proof, evidence: IdentityEvidence): JudgedProof {
  const isOurs = isBackchannel(evidence) && readAcknowledgement(bytesOf(proof)) !== undefined;
  return { findings: isOurs ? [passed('format', ACKNOWLEDGEMENT)] : [unknown(proof)], binds: false };
}

const unknown = ({ role, mediaType }: Proof): Finding =>
  failed(
    'constraints',
    'proof-known',
    'GENERIC',
    identityProblems.of('proof/not-judged', { role, mediaType }),
  );

/** That a request asks about this commitment, with its text, and for one person. */
export function requestProblem(
  request: Claims,
  { commitment, intent }: IdentityEvidence,
): Problem | undefined {
  if (request['nonce'] !== nonceOf(commitment)) return identityProblems.of('id-token/nonce');
  const message = request['binding_message'];
  return message === undefined || message === intent.shown ? undefined : identityProblems.of('id-token/text');
}

/** By this client, for this provider, between start and receipt. */
function senderProblem(
  { iss, aud, iat, exp }: Claims,
  { method, times }: IdentityEvidence,
): Problem | undefined {
  if (iss !== method.client) return identityProblems.of('id-token/issuer');
  if (aud !== method.provider) return identityProblems.of('id-token/audience');
  if (typeof iat !== 'number' || typeof exp !== 'number') return identityProblems.of('id-token/no-times');
  const [from, to] = [times.started, times.received].map((text) => new Date(text).getTime()) as [
    number,
    number,
  ];
  const isBetween = iat * 1000 >= from - CLOCK_TOLERANCE && iat * 1000 <= to + CLOCK_TOLERANCE && exp > iat;
  return isBetween ? undefined : identityProblems.of('identity-evidence/order-of-time');
}
