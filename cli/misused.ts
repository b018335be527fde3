/** Commands that were called the wrong way, and files that they were given. */
import { readFile } from 'node:fs/promises';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { cliProblems } from './problems.ts';

/** BAD_REQUEST: whoever called the command can put it right. */
export const misused = (why: Problem): SeglError => cliProblems.error('BAD_REQUEST', { why });

/** A file that an argument or an option names. Throws BAD_REQUEST where it cannot be read. */
export async function readGiven(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw misused(cliProblems.of('argument/file-unreadable', { file, said: error.code ?? error.message }));
  });
}
