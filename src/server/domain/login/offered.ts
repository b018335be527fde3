/** The methods of a log-on that another system asked for. Pure. */
import type { MethodOffer } from '@segl/identity/registry';
import type { LoginFailure } from './model.ts';

/** Of the names that were asked for, those that the account has; where none was named, all of these. */
export function offeredLogins(asked: readonly string[], { authenticationMethods }: MethodOffer): string[] {
  const named = [...new Set(asked)].filter((name) => authenticationMethods.includes(name));
  return asked.length === 0 ? [...authenticationMethods] : named;
}

/** Why nobody can log on with any of the names; undefined: somebody can. */
export function failureOf(asked: readonly string[], offer: MethodOffer): LoginFailure | undefined {
  if (offeredLogins(asked, offer).length > 0) return undefined;
  const [name] = asked;
  const isOff = name !== undefined && offer.off.has(name);
  return {
    kind: 'failed',
    code: isOff ? 'METHOD_OFF' : 'METHOD_UNKNOWN',
    ...(name !== undefined && { method: name }),
  };
}
