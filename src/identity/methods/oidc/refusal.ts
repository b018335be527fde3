/** What a failed exchange with a provider means, by the codes of the library; never by its words. */
import * as client from 'openid-client';
import { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../../problems.ts';
import { oidcProblems } from './problems.ts';

export interface Refusal {
  readonly check: string;
  readonly why: Problem;
}

const CLAIMS: Readonly<Record<string, Refusal>> = {
  nonce: { check: 'challenge', why: identityProblems.of('id-token/nonce') },
  iss: { check: 'issuer', why: identityProblems.of('id-token/issuer') },
  aud: { check: 'receiver', why: identityProblems.of('id-token/audience') },
  azp: { check: 'receiver', why: identityProblems.of('id-token/audience') },
  exp: { check: 'valid-in-time', why: identityProblems.of('id-token/expired') },
  iat: { check: 'valid-in-time', why: identityProblems.of('id-token/not-yet') },
  nbf: { check: 'valid-in-time', why: identityProblems.of('id-token/not-yet') },
  auth_time: { check: 'authenticated-anew', why: identityProblems.of('id-token/authenticated-before') },
  sub: { check: 'userinfo', why: identityProblems.of('proof/other-userinfo') },
};

/** Codes of what was read and did not hold. */
const UNRELIABLE: ReadonlySet<unknown> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_PARSE_ERROR',
  'OAUTH_UNSUPPORTED_OPERATION',
  'OAUTH_DECRYPTION_FAILED',
]);

/** The error, and what it came from, as deep as the library nests. */
function causes(error: unknown, depth = 8): readonly unknown[] {
  if (depth === 0 || typeof error !== 'object' || error === null) return [];
  return [error, ...('cause' in error ? causes(error.cause, depth - 1) : [])];
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** What may be told of an error of the library, whose causes have tokens and claims in them: what the service's own HTTP said. */
export const safeCause = (error: unknown): SeglError | undefined =>
  causes(error).find((one) => one instanceof SeglError);

/** What a provider said to a request, as its code; undefined: it said nothing that could be read, or was not reached. */
export function requestErrorOf(error: unknown): string | undefined {
  const body = causes(error).find((one) => one instanceof client.ResponseBodyError);
  return body && /^\w{1,64}$/.test(body.error) ? body.error : undefined;
}

/** Undefined: the provider could not be asked, and nothing is wrong with what it gave. */
export function refusalOf(error: unknown): Refusal | undefined {
  const chain = causes(error);
  // what the service's own HTTP says: it was not reached
  if (chain.some((one) => one instanceof SeglError)) return undefined;
  const body = chain.find((one) => one instanceof client.ResponseBodyError);
  if (body) {
    const said = body.error;
    return said === 'invalid_grant'
      ? { check: 'code', why: oidcProblems.of('oidc/code') }
      : { check: 'answer', why: oidcProblems.of('oidc/answer', { said: said.slice(0, 64) }) };
  }
  for (const one of chain) {
    const claim = typeof one === 'object' && one !== null && 'claim' in one ? one.claim : undefined;
    if (typeof claim === 'string' && Object.hasOwn(CLAIMS, claim)) return CLAIMS[claim];
  }
  return chain.some((one) => UNRELIABLE.has(codeOf(one)))
    ? { check: 'core', why: oidcProblems.of('oidc/response') }
    : undefined;
}
