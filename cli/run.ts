/** Runs one command, and tells in one line what went wrong. */
import { CommanderError } from 'commander';
import { EXIT, type Env } from './command.ts';
import { explained } from './explained.ts';
import { createProgram } from './program.ts';

/** Gives the exit code; `complain` gets what belongs on standard error. Never throws. */
export async function run(
  args: readonly string[],
  env: Env,
  complain: (text: string) => unknown = (text) => process.stderr.write(text),
): Promise<number> {
  const given = args.length > 0 ? args : ['help'];
  try {
    const program = await createProgram(given, env, complain);
    await program.parseAsync(given, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      // commander has told it; its own code for whatever it does not understand is 1
      return thrown.exitCode === 1 ? EXIT.misused : thrown.exitCode;
    }
    complain(`segl: ${explained(thrown).message}\n`);
    if (env['LOG_LEVEL'] === 'debug') complain(`${(thrown as Error).stack}\n`);
    return Number(process.exitCode ?? EXIT.failed);
  }
}
