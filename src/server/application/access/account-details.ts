/** Changing what signers are told of an account, and where it may send them. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '@segl/problem/clock';
import type { Problem } from '@segl/problem/problem';
import { accountExists } from '../../adapters/postgres/accounts/accounts.ts';
import {
  changeAccountDetails,
  setRedirectSchemes,
  type Logo,
} from '../../adapters/postgres/accounts/account-details.ts';
import type { Database, Db } from '../../adapters/postgres/database.ts';
import { PictureUnusable, readImage } from '../../documents/page/drawing/image.ts';
import { detailProblem, LONGEST_DETAIL, type DetailText } from '../../domain/order/account-details.ts';
import { orderProblems } from '../../domain/order/problems.ts';
import { schemeProblem } from '../../domain/order/redirect.ts';
import { serverProblems } from '../../problems.ts';

/** Bytes; every page and every mail of the account carries it. */
export const MAX_LOGO_BYTES = 256 << 10;

/** An empty text takes the detail away. */
export type DetailChange = { readonly [Name in DetailText | 'logo']?: string | undefined };

/** Changes those that are given, or none. `logo`: path of a PNG or JPEG. Throws ACCOUNT_UNKNOWN, DETAILS_INVALID {problems}. */
export async function describeAccount(
  { db, clock }: { readonly db: Db; readonly clock: Clock },
  service: string,
  { logo: path, ...given }: DetailChange,
): Promise<void> {
  if (!(await accountExists(db, service))) throw serverProblems.error('ACCOUNT_UNKNOWN', { service });
  const problems: Problem[] = [];
  const texts: Partial<Record<DetailText, string | null>> = {};
  for (const name of Object.keys(LONGEST_DETAIL) as DetailText[]) {
    const text = given[name]?.trim();
    if (text === undefined) continue;
    const problem = text === '' ? undefined : detailProblem(name, text);
    if (problem) problems.push(orderProblems.of('value/at', { element: name, problem }));
    texts[name] = text === '' ? null : text;
  }
  const logo = path === undefined ? undefined : path === '' ? null : await readLogo(path, problems);
  if (problems.length > 0) throw serverProblems.error('DETAILS_INVALID', { problems });
  await changeAccountDetails(db, service, { ...texts, ...(logo !== undefined && { logo }) }, clock.now());
}

/** Lets its orders send signers to these schemes, besides https and http. Throws ACCOUNT_UNKNOWN, DETAILS_INVALID {problems}. */
export async function allowRedirects(
  db: Database,
  service: string,
  schemes: readonly string[],
): Promise<void> {
  if (!(await accountExists(db, service))) throw serverProblems.error('ACCOUNT_UNKNOWN', { service });
  const problems = schemes.flatMap((scheme) => schemeProblem(scheme) ?? []);
  if (problems.length > 0) throw serverProblems.error('DETAILS_INVALID', { problems });
  await db.transaction((tx) => setRedirectSchemes(tx, service, schemes));
}

/** A picture made of pixels: of SVG, a browser would also run what is in it. */
async function readLogo(path: string, problems: Problem[]): Promise<Logo | null> {
  try {
    const { size } = await stat(path).catch((cause: unknown) => {
      throw new PictureUnusable(serverProblems.of('picture/unreadable'), cause);
    });
    if (size > MAX_LOGO_BYTES)
      throw new PictureUnusable(orderProblems.of('account/logo-too-large', { limit: MAX_LOGO_BYTES }));
    await readImage(path);
    const bytes = await readFile(path);
    const mediaType = bytes[0] === 0x89 ? 'image/png' : 'image/jpeg';
    return { sha256: createHash('sha256').update(bytes).digest('hex'), mediaType, bytes };
  } catch (error) {
    if (!(error instanceof PictureUnusable)) throw error;
    problems.push(orderProblems.of('value/at', { element: 'logo', problem: error.why }));
    return null;
  }
}
