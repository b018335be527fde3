/** `segl sandbox sign URL --user NAME`: plays a test person, for anyone's automated tests. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '@segl/server/config/config';
import { generalProblems } from '@segl/problem/problems';
import { signAsPerson, type SignAsPerson } from '@segl/sandbox/person/sign';

async function readUpload(path: string): Promise<NonNullable<SignAsPerson['upload']>> {
  const bytes = await readFile(path);
  const isPdf = bytes.subarray(0, 5).toString('latin1') === '%PDF-';
  return { name: basename(path), type: isPdf ? 'application/pdf' : 'text/plain', bytes };
}

export async function signCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      user: { type: 'string' },
      cpr: { type: 'string' },
      upload: { type: 'string' },
      quiet: { type: 'boolean', default: false },
    },
  });
  const [taskUrl] = positionals;
  if (!taskUrl || !values.user) {
    throw generalProblems.error('BAD_REQUEST', {
      why: 'use: segl sandbox sign TASK-URL --user NAME [--cpr NUMBER] [--upload FILE] [--quiet]',
    });
  }
  const { redirectedTo } = await signAsPerson({
    taskUrl,
    user: values.user,
    sandboxUrl: loadConfig(env).sandboxUrl,
    ...(values.cpr !== undefined && { cpr: values.cpr }),
    ...(values.upload !== undefined && { upload: await readUpload(values.upload) }),
    log: (step) => {
      if (!values.quiet) process.stderr.write(`${step}\n`);
    },
  });
  if (redirectedTo !== undefined) process.stdout.write(`${redirectedTo}\n`);
}
