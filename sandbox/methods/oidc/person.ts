/** A person who approves in the app of an OpenID provider, without a browser. */
import { sandboxProblems } from '../../problems.ts';
import type { Browser } from '../../person/browser.ts';
import { readPage } from '../../person/page.ts';
import type { Outcome } from './lies.ts';
import type { OidcPerson } from './persons.ts';

const MOST_REDIRECTS = 10;

/**
 * Follows the address that the service sent the person to, acts on the page of the provider, and gives where that sends the
 * person back. Throws UNAVAILABLE where the provider does neither.
 */
export async function approveInApp(
  browser: Browser,
  url: string,
  { userId }: Pick<OidcPerson, 'userId'>,
  { outcome = 'approve', level }: { readonly outcome?: Outcome; readonly level?: string } = {},
): Promise<string> {
  const isOurs = (address: string): boolean => new URL(address).pathname.startsWith('/oidc/');
  let answer = await browser.get(url);
  for (let hops = 0; hops < MOST_REDIRECTS; hops++) {
    if (answer.location !== undefined) {
      const next = new URL(answer.location, answer.url).href;
      if (!isOurs(next)) return next;
      answer = await browser.get(next);
      continue;
    }
    const form = readPage(answer.body, answer.url).forms.get('approve');
    if (!form) break;
    answer = await browser.post(form.action, {
      ...{ person: userId, outcome },
      ...(level !== undefined && { level }),
    });
  }
  throw sandboxProblems.error('UNAVAILABLE', { what: sandboxProblems.of('sandbox/itself') });
}
