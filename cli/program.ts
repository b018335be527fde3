/** The `segl` command: all its commands, put together. */
import { Command } from 'commander';
import { SEGL_VERSION } from '@segl/server/application/packaging/software';
import { addAccount } from './account.ts';
import { addCallers } from './caller.ts';
import type { Env } from './command.ts';
import { addDemo } from './demo/main.ts';
import { addDoctor } from './doctor/main.ts';
import { addEvidence } from './evidence.ts';
import { settingsTable, settingsText } from './help.ts';
import { methodParts } from './methods/index.ts';
import { addPreserve } from './preserve.ts';
import { addProvider } from './provider.ts';
import { addRetry } from './retry.ts';
import { addClock } from './sandbox/clock.ts';
import { addSign } from './sign.ts';
import { addSandbox, addStart } from './start.ts';
import { addTemplate } from './template.ts';
import { addVerify } from './verify.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 it failed or something is not in order, 2 the command line cannot be understood.
segl verify and segl judge tell more by theirs: see their --help.`;

/** Parsing it runs a command. `complain` gets what belongs on standard error. */
export function createProgram(env: Env, complain: (text: string) => unknown): Command {
  const program = new Command('segl')
    .description(`Segl ${SEGL_VERSION}: document signing`)
    .helpCommand(false)
    .configureOutput({
      writeErr: complain,
      outputError: (text) => complain(text.replace(/^error: /, 'segl: ')),
    })
    .showHelpAfterError('(segl help lists the commands, segl COMMAND --help tells how one is used)')
    .exitOverride();
  addStart(program, env);
  const sandbox = addSandbox(program, env);
  addSign(sandbox, env);
  for (const part of methodParts) part.addSandboxCommands(sandbox, env);
  addClock(sandbox, env);
  addAccount(program, env);
  addCallers(program, env);
  addProvider(program, env);
  addEvidence(program, env);
  addPreserve(program, env);
  addDoctor(program, env);
  for (const part of methodParts) part.addCommands(program, env);
  addRetry(program, env);
  addTemplate(program, env);
  addVerify(program, env);
  addDemo(program, env);
  addHelp(program);
  return program.addHelpText('after', () => `${EXIT_CODES}\n\n${settingsText()}`);
}

function addHelp(program: Command): void {
  program
    .command('help')
    .description('this text; the settings, or all limits, as Markdown')
    .option('--markdown', 'the settings')
    .option('--limits', 'the limits')
    .action(async ({ markdown, limits }: { readonly markdown?: boolean; readonly limits?: boolean }) => {
      if (markdown) process.stdout.write(`${settingsTable()}\n`);
      else if (limits) process.stdout.write((await import('./limits.ts')).limitsPage());
      else program.outputHelp();
    });
}
