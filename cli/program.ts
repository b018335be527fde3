/** The `segl` command: all its commands, put together. */
import { Command } from 'commander';
import { SEGL_VERSION } from '@segl/server/application/packaging/software';
import type { Env } from './command.ts';
import { methodCommands, sandboxCommands, type Commands } from './methods/commands.ts';
import { settingsTable, settingsText } from './help.ts';

/** What adds each command. A module is loaded where its command is asked for: the starts of most take half as long. */
const COMMANDS: Commands = {
  start: async () => (await import('./start.ts')).addStart,
  serve: async () => (await import('./start.ts')).addServe,
  worker: async () => (await import('./start.ts')).addWorker,
  sandbox: async () => {
    const [{ addSandbox }, { addSign }, { addClock }, ...ofMethods] = await Promise.all([
      import('./start.ts'),
      import('./sign.ts'),
      import('./sandbox/clock.ts'),
      ...Object.values(sandboxCommands).map((load) => load()),
    ]);
    return (program, env) => {
      const sandbox = addSandbox(program, env);
      for (const add of [addSign, ...ofMethods, addClock]) add(sandbox, env);
    };
  },
  account: async () => (await import('./account.ts')).addAccount,
  caller: async () => (await import('./caller.ts')).addCallers,
  sp: async () => (await import('./sp.ts')).addServiceProviders,
  target: async () => (await import('./target.ts')).addTargets,
  method: async () => (await import('./method.ts')).addMethods,
  provider: async () => (await import('./provider.ts')).addProvider,
  evidence: async () => (await import('./evidence.ts')).addEvidence,
  preserve: async () => (await import('./preserve.ts')).addPreserve,
  doctor: async () => (await import('./doctor/main.ts')).addDoctor,
  ...methodCommands,
  retry: async () => (await import('./retry.ts')).addRetry,
  template: async () => (await import('./template.ts')).addTemplate,
  verify: async () => (await import('./verify.ts')).addVerify,
  demo: async () => (await import('./demo/main.ts')).addDemo,
};

const EXIT_CODES = `
Exit codes: 0 done, 1 it failed or something is not in order, 2 the command line cannot be understood.
segl verify and segl judge tell more by theirs: see their --help.`;

/** Parsing it runs a command; of all of them, where `args` does not begin with one. `complain` gets what belongs on standard error. */
export async function createProgram(
  args: readonly string[],
  env: Env,
  complain: (text: string) => unknown,
): Promise<Command> {
  const program = new Command('segl')
    .description(`Segl ${SEGL_VERSION}: document signing`)
    .helpCommand(false)
    .configureOutput({
      writeErr: complain,
      outputError: (text) => complain(text.replace(/^error: /, 'segl: ')),
    })
    .showHelpAfterError('(segl help lists the commands, segl COMMAND --help tells how one is used)')
    .exitOverride();
  const wanted = COMMANDS[args[0] ?? ''];
  const adding = await Promise.all((wanted ? [wanted] : Object.values(COMMANDS)).map((load) => load()));
  for (const add of adding) add(program, env);
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
