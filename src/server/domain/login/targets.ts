/** Where the answer to a log-on may be posted: the addresses that the account has registered. Pure. */

/** Characters of an address. */
export const LONGEST_TARGET = 2048;

/**
 * An address that a page of ours may post to, as browsers read it; undefined for every other. Over http only this machine
 * can be meant; user names, fragments and characters that browsers drop have no place in it.
 */
export function readTarget(text: string): URL | undefined {
  if (text.length > LONGEST_TARGET || /[\s\\\u0000-\u001f\u007f]/.test(text)) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.username !== '' || url.password !== '' || text.includes('#')) return undefined;
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? url : undefined;
}

/**
 * Whether an answer may go to `target`: one of `allowed` has its scheme, host, port and path. The query is the caller's to
 * choose, unless the registered address has one, which then must be there as it is.
 */
export function isAllowedTarget(target: string, allowed: readonly string[]): boolean {
  const url = readTarget(target);
  if (!url) return false;
  return allowed.some((one) => {
    const registered = readTarget(one);
    return (
      registered?.origin === url.origin &&
      registered.pathname === url.pathname &&
      (registered.search === '' || registered.search === url.search)
    );
  });
}
