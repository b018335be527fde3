/** `segl account set NAME`: adds a service account or changes its password. */
import { cliProblems } from './problems.ts';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';
import { withDatabase } from './store.ts';

const SHORTEST_PASSWORD = 8;

async function askPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).trimEnd();
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await prompt.question('Password: ');
  } finally {
    prompt.close();
  }
}

/** Works wherever the service does, beside a running one or before its first start. */
export function addAccount(program: Command, env: Env): void {
  const account = program.command('account').description('service accounts: who may order');
  besideSandbox(account.command('set <name>'))
    .description('adds an account or changes its password, which is asked for or read from standard input')
    .action(async (name: string, options: BesideSandbox) => setPassword(name, settingsOf(env, options)));
}

async function setPassword(name: string, env: Env): Promise<void> {
  const config = loadConfig(env);
  const password = await askPassword();
  if (password.length < SHORTEST_PASSWORD) {
    throw cliProblems.error('BAD_REQUEST', {
      why: cliProblems.of('password/too-short', { least: SHORTEST_PASSWORD }),
    });
  }
  await withDatabase(config, (db) => setAccount(db, systemClock, name, password), { create: true });
  process.stderr.write(`Account ${name} is set.\n`);
}
