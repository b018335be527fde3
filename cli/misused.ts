/** Commands that were called the wrong way, and the files and accounts that they were given. */
import { readFile } from 'node:fs/promises';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { accountExists } from '@segl/server/adapters/postgres/accounts/accounts';
import type { Db } from '@segl/server/adapters/postgres/database';
import { cliProblems } from './problems.ts';

/** BAD_REQUEST: whoever called the command can put it right. */
export const misused = (why: Problem): SeglError => cliProblems.error('BAD_REQUEST', { why });

/** A file that an argument or an option names. Throws BAD_REQUEST where it cannot be read. */
export async function readGiven(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw misused(cliProblems.of('argument/file-unreadable', { file, said: error.code ?? error.message }));
  });
}

/** Throws BAD_REQUEST where there is no such account. */
export async function requireAccount(db: Db, service: string): Promise<void> {
  if (!(await accountExists(db, service))) throw misused(cliProblems.of('argument/no-account', { service }));
}
