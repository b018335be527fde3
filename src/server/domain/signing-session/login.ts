/** Who must be identified before a task's documents are shown, and by what. Pure. */
import type { MethodOffer } from '@segl/identity/registry';
import type { Authentication } from '../order/model.ts';
import type { InvalidValue } from '../order/invalid-value.ts';
import { orderProblems } from '../order/problems.ts';
import { refused, whyNot, type ListedMethod } from './offered-methods.ts';

/** A session that was opened with a single sign-on artifact; no login method has this name. */
export const ARTIFACT = 'artifact';

/**
 * What is still needed before anything is shown: `login` with one of the methods, or an `artifact` where nothing else
 * is allowed. An artifact stands for a login only where the order says so.
 *
 * `authenticatedWith`: how the person was identified so far, the name of a method or ARTIFACT.
 */
export function identificationDue(
  authentication: Authentication | undefined,
  authenticatedWith: string | null,
): 'login' | 'artifact' | undefined {
  if (!authentication) return undefined;
  const { methods, artifact } = authentication;
  if (artifact === true && authenticatedWith === ARTIFACT) return undefined;
  if (methods.length === 0) return artifact === true ? 'artifact' : undefined;
  return authenticatedWith !== null && methods.includes(authenticatedWith) ? undefined : 'login';
}

/** Everything that a session may begin with: one of the methods, ARTIFACT, or undefined where nothing is asked for. */
export function identifications(authentication: Authentication | undefined): readonly (string | undefined)[] {
  const { methods = [], artifact } = authentication ?? {};
  const named = [...new Set(methods), ...(artifact === true ? [ARTIFACT] : [])];
  return named.length > 0 ? named : [undefined];
}

/** The log-ons of a task, of which the signer uses one. */
export const listedLogins = (
  authentication: Authentication | undefined,
  { authenticationMethods: allowed }: MethodOffer,
): ListedMethod[] =>
  (authentication?.methods ?? []).map((method) => ({ method, isOffered: allowed.includes(method), allowed }));

/** As it is used: without the methods that the order is taken without. */
export function withoutLeftOut(
  authentication: Authentication | undefined,
  { authenticationMethods }: MethodOffer,
): Authentication | undefined {
  const methods = authentication?.methods.filter((name) => authenticationMethods.includes(name)) ?? [];
  return authentication && methods.length > 0 ? { ...authentication, methods } : authentication;
}

/**
 * What is wrong with the login that a task asks for: one that nobody could pass, or that would let everybody in, is not
 * what the caller meant. `element`: its path in the contract's words.
 */
export function loginProblems(
  authentication: Authentication | undefined,
  element: string,
  offer: MethodOffer,
): InvalidValue[] {
  if (!authentication) return [];
  const { methods, artifact } = authentication;
  if (methods.length === 0 && artifact !== true) {
    const allowed = offer.authenticationMethods;
    return [{ element, problem: orderProblems.of('task/login-missing', { allowed }) }];
  }
  return refused(listedLogins(authentication, offer), offer).map((listed) => ({
    element: `${element}/method`,
    problem: whyNot(listed, offer),
  }));
}
