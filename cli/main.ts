/** The `segl` command. */
import { isSeglError } from '@segl/problem/errors';
import { cliProblems } from './problems.ts';
import { generalProblems } from '@segl/problem/problems';
import { accountCommand } from './account.ts';
import { callerCommand } from './caller.ts';
import { demoCommand } from './demo/main.ts';
import { doctorCommand } from './doctor/main.ts';
import { evidenceCommand } from './evidence.ts';
import { commandHelp, helpText, settingsTable } from './help.ts';
import { preserveCommand } from './preserve.ts';
import { providerCommand } from './provider.ts';
import { clockCommand } from './sandbox/clock.ts';
import { userCommand } from './sandbox/user.ts';
import { judgeCommand } from './judge.ts';
import { retryCommand } from './retry.ts';
import { signCommand } from './sign.ts';
import { templateCommand } from './template.ts';
import { verifyCommand } from './verify.ts';
import { sandboxCommand, serveCommand, startCommand, workerCommand } from './start.ts';

async function run([command = 'help', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  // verify tells more by itself
  const help = command !== 'verify' && asksForHelp(args) ? commandHelp(command) : undefined;
  if (help !== undefined) {
    process.stdout.write(help);
    return;
  }
  switch (command) {
    case 'start':
      return startCommand(env);
    case 'serve':
      return serveCommand(env);
    case 'worker':
      return workerCommand(env);
    case 'sandbox':
      return runSandboxCommand(args, env);
    case 'account':
      return accountCommand(args, env);
    case 'caller':
      return callerCommand(args, env);
    case 'doctor':
      return doctorCommand(args, env);
    case 'provider':
      return providerCommand(args, env);
    case 'evidence':
      return evidenceCommand(args, env);
    case 'preserve':
      return preserveCommand(args, env);
    case 'judge':
      return judgeCommand(args, env);
    case 'retry':
      return retryCommand(args, env);
    case 'template':
      return templateCommand(args, env);
    case 'verify':
      return verifyCommand(args, env);
    case 'demo':
      return demoCommand(args, env);
    case 'bench':
      return (await import('../bench/main.ts')).benchCommand();
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(
        args[0] === '--markdown'
          ? `${settingsTable()}\n`
          : args[0] === '--limits'
            ? `${(await import('./limits.ts')).limitsPage()}`
            : helpText(),
      );
      return;
    default:
      process.stderr.write(`segl: there is no command "${command}"; segl help lists them.\n`);
      process.exitCode = 2;
  }
}

const asksForHelp = (args: readonly string[]): boolean =>
  args.slice(0, [...args, '--'].indexOf('--')).some((one) => one === '--help' || one === '-h');

function runSandboxCommand([verb, ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  switch (verb) {
    case undefined:
      return sandboxCommand(env);
    case 'sign':
      return signCommand(args, env);
    case 'user':
      return userCommand(args, env);
    case 'clock':
      return clockCommand(args, env);
    default:
      throw generalProblems.error('BAD_REQUEST', { why: 'use: segl sandbox [sign | user | clock]' });
  }
}

/** What the system says in its own words, in ours. */
function explained(thrown: unknown): unknown {
  const { code, address, port } = thrown as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE') return cliProblems.error('ADDRESS_TAKEN', { address: `${address}:${port}` });
  if (code?.startsWith('ERR_PARSE_ARGS'))
    return generalProblems.error('BAD_REQUEST', { why: (thrown as Error).message });
  return thrown;
}

try {
  await run(process.argv.slice(2), process.env);
} catch (thrown) {
  const error = explained(thrown);
  process.stderr.write(
    `segl: ${isSeglError(error) ? error.message : String((error as Error).stack ?? error)}\n`,
  );
  process.exitCode ||= 1;
}
