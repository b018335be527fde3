/** `segl sandbox sign URL --user NAME`: plays a test person, for anyone's automated tests. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config.ts';
import { SeglError } from '../src/errors.ts';
import { signAsPerson } from '../sandbox/person/sign.ts';

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
      quiet: { type: 'boolean', default: false },
    },
  });
  const [taskUrl] = positionals;
  if (!taskUrl || !values.user) {
    throw new SeglError('BAD_REQUEST', {
      why: 'use: segl sandbox sign TASK-URL --user NAME [--cpr NUMBER] [--quiet]',
    });
  }
  const { redirectedTo } = await signAsPerson({
    taskUrl,
    user: values.user,
    sandboxUrl: loadConfig(env).sandboxUrl,
    ...(values.cpr !== undefined && { cpr: values.cpr }),
    log: (step) => {
      if (!values.quiet) process.stderr.write(`${step}\n`);
    },
  });
  if (redirectedTo !== undefined) process.stdout.write(`${redirectedTo}\n`);
}
