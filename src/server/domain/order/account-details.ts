/** What signers are told of the account that asks them: its rules. */
import type { Problem } from '@segl/problem/problem';
import { orderProblems } from './problems.ts';

/** What an account says of itself; what is absent is not shown. */
export interface AccountDetails {
  /** As people know it; absent: the name of the account stands for it. */
  readonly displayName?: string;
  /** Where to turn with questions: a line with a telephone number or a mail address. */
  readonly contact?: string;
  /** https: how the sender treats personal data. */
  readonly privacyUrl?: string;
  /** https: the sender's terms. */
  readonly termsUrl?: string;
  /** SHA-256, hex, of the logo. */
  readonly logo?: string;
}

/** Characters. */
export const LONGEST_DETAIL = { displayName: 60, contact: 200, privacyUrl: 1000, termsUrl: 1000 } as const;

export type DetailText = keyof typeof LONGEST_DETAIL;

/** An absolute https address without a user name, as a link on a signer's page may lead to. */
function isHttpsAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}

/** What is wrong with one of the texts; undefined where it can be shown. */
export function detailProblem(name: DetailText, text: string): Problem | undefined {
  const limit = LONGEST_DETAIL[name];
  if (text.length > limit) return orderProblems.of('value/too-long', { limit });
  // direction marks could make a name read as another one
  if (/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(text)) return orderProblems.of('notification/not-one-line');
  const isLink = name === 'privacyUrl' || name === 'termsUrl';
  return isLink && !isHttpsAddress(text) ? orderProblems.of('account/link-not-https') : undefined;
}
