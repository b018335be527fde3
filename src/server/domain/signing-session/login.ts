/** Who must be identified before a task's documents are shown, and by what. Pure. */
import type { Authentication } from '../order/model.ts';
import type { InvalidValue } from '../order/invalid-value.ts';
import { orderProblems } from '../order/problems.ts';

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

/**
 * What is wrong with the login that a task asks for: one that nobody could pass, or that would let everybody in, is not
 * what the caller meant. `element`: its path in the contract's words; `offered`: the methods of this account.
 */
export function loginProblems(
  authentication: Authentication | undefined,
  element: string,
  offered: readonly string[],
): InvalidValue[] {
  if (!authentication) return [];
  const { methods, artifact } = authentication;
  if (methods.length === 0 && artifact !== true) {
    return [{ element, problem: orderProblems.of('task/login-missing', { allowed: offered }) }];
  }
  return methods
    .filter((name) => !offered.includes(name))
    .map((name) => ({
      element: `${element}/method`,
      problem: orderProblems.of('value/not-offered', { name, allowed: offered }),
    }));
}
