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

/**
 * Opens the request that shows this code in the app of the person, and acts there. Throws UNAVAILABLE where no such request
 * waits.
 */
export async function actInApp(
  browser: Browser,
  sandboxUrl: string,
  code: string,
  {
    user,
    outcome = 'approve',
    level,
  }: { readonly user?: string; readonly outcome?: Outcome; readonly level?: string } = {},
): Promise<void> {
  const phone = await browser.get(`${sandboxUrl}/oidc/app`);
  const waiting = readPage(phone.body, phone.url).forms.get(`open:${code}`);
  const app = waiting && (await browser.get(waiting.action));
  const form = app && readPage(app.body, app.url).forms.get('approve');
  if (!form) throw sandboxProblems.error('UNAVAILABLE', { what: sandboxProblems.of('sandbox/itself') });
  await browser.post(form.action, {
    outcome,
    ...(user !== undefined && { person: user }),
    ...(level !== undefined && { level }),
  });
}
