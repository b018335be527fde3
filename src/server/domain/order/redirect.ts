/** Where a signer's browser goes from here: which addresses an order may name, and the address itself. */
import type { Problem } from '@segl/problem/problem';
import type { InvalidValue } from './invalid-value.ts';
import { orderProblems } from './problems.ts';

/** Schemes that every order may use. */
const WEB: readonly string[] = ['https', 'http'];

/** What runs or shows something in the place of our page, or opens files of the signer; no account can allow it. */
const NEVER: ReadonlySet<string> = new Set(
  'javascript data vbscript blob filesystem file about view-source ws wss ftp'.split(' '),
);

/** The scheme as a browser reads it: it drops control characters wherever they are, and blanks before it (WHATWG URL). */
export const schemeOf = (address: string): string | undefined =>
  /^ *([a-z][a-z0-9+.-]*):/i.exec(address.replace(/[\u0000-\u001f\u007f]/g, ''))?.[1]?.toLowerCase();

/** Whether browsers go there by themselves, from any page; an app may open or not, and its page has to stay. */
export function isWebAddress(address: string): boolean {
  const scheme = schemeOf(address);
  return scheme === undefined || WEB.includes(scheme);
}

/** False for what no browser may be sent to, whatever an order says. */
export const isFollowable = (address: string): boolean => !NEVER.has(schemeOf(address) ?? '');

/** What is wrong with a scheme that an account wants to use besides https and http (RFC 3986 §3.1). */
export const schemeProblem = (scheme: string): Problem | undefined =>
  /^[a-z][a-z0-9+.-]{0,49}$/.test(scheme) && !NEVER.has(scheme) && !WEB.includes(scheme)
    ? undefined
    : orderProblems.of('account/scheme-refused', { scheme });

/** `addresses` by the contract's words; `schemes`: those that the account may use besides https and http. */
export function redirectProblems(
  addresses: Readonly<Record<string, string | undefined>>,
  element: string,
  schemes: readonly string[],
): InvalidValue[] {
  const allowed = [...WEB, ...schemes];
  return Object.entries(addresses).flatMap(([name, address = '']) => {
    const scheme = schemeOf(address);
    if (scheme === undefined || allowed.includes(scheme)) return [];
    const problem = orderProblems.of('redirect/scheme', { scheme, allowed });
    return [{ element: element === '' ? name : `${element}/${name}`, problem }];
  });
}

/**
 * The address a signer's browser goes to: the order's own, byte for byte, with `${requestId}` and `${taskId}` (also
 * percent-encoded, as URL builders leave them) replaced. Undefined: no redirect, as it is missing, empty, or one that no
 * browser may be sent to.
 */
export function redirectUrl(
  template: string | undefined,
  values: { readonly requestId: string; readonly taskId: string },
): string | undefined {
  if (!template || !isFollowable(template)) return undefined;
  return template.replace(
    /(?:\$|%24)(?:\{|%7[Bb])(requestId|taskId)(?:\}|%7[Dd])/g,
    (_whole, name: 'requestId' | 'taskId') => encodeURIComponent(values[name]),
  );
}
