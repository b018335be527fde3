/** `segl account VERB`: service accounts, their passwords, and what their signers are told of them. */
import { cliProblems } from './problems.ts';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { allowRedirects, describeAccount } from '@segl/server/application/access/account-details';
import {
  findAccountDetails,
  listRedirectSchemes,
} from '@segl/server/adapters/postgres/accounts/account-details';
import { setAccount } from '@segl/server/adapters/postgres/accounts/accounts';
import { misused, requireAccount } from './misused.ts';
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

interface Details {
  readonly name?: string;
  readonly contact?: string;
  readonly privacy?: string;
  readonly terms?: string;
  readonly logo?: string;
}

/** Works wherever the service does, beside a running one or before its first start. */
export function addAccount(program: Command, env: Env): void {
  const account = program.command('account').description('service accounts: who may order');
  besideSandbox(account.command('set <name>'))
    .description('adds an account or changes its password, which is asked for or read from standard input')
    .action(async (name: string, options: BesideSandbox) => setPassword(name, settingsOf(env, options)));
  besideSandbox(account.command('describe <name>'))
    .description('what signers are told of the account (docs/guide/senders.md); an empty value takes it away')
    .option('--name <text>', 'as people know it; without one they see the name of the account')
    .option('--contact <text>', 'where to turn with questions: a telephone number, a mail address')
    .option('--privacy <url>', 'its privacy notice, by https')
    .option('--terms <url>', 'its terms, by https')
    .option('--logo <file>', 'a PNG or JPEG')
    .action(async (name: string, { sandbox, ...details }: BesideSandbox & Details) =>
      describe(name, details, settingsOf(env, sandbox === undefined ? {} : { sandbox })),
    );
  besideSandbox(account.command('redirects <name> [schemes...]'))
    .description(
      'the schemes of apps that its orders may send signers to, besides https and http: these, or none',
    )
    .action(async (name: string, schemes: readonly string[], options: BesideSandbox) =>
      redirect(name, schemes, settingsOf(env, options)),
    );
  besideSandbox(account.command('show <name>'))
    .description('what signers are told of it, and where it may send them')
    .action(async (name: string, options: BesideSandbox) => show(name, settingsOf(env, options)));
}

async function setPassword(name: string, env: Env): Promise<void> {
  const config = loadConfig(env);
  const password = await askPassword();
  if (password.length < SHORTEST_PASSWORD) {
    throw misused(cliProblems.of('password/too-short', { least: SHORTEST_PASSWORD }));
  }
  await withDatabase(config, (db) => setAccount(db, systemClock, name, password), { create: true });
  process.stderr.write(`Account ${name} is set.\n`);
}

async function describe(service: string, details: Details, env: Env): Promise<void> {
  const { name: displayName, contact, privacy: privacyUrl, terms: termsUrl, logo } = details;
  await withDatabase(loadConfig(env), (db) =>
    describeAccount({ db, clock: systemClock }, service, {
      displayName,
      contact,
      privacyUrl,
      termsUrl,
      logo,
    }),
  );
  await show(service, env);
}

async function redirect(service: string, schemes: readonly string[], env: Env): Promise<void> {
  await withDatabase(loadConfig(env), (db) => allowRedirects(db, service, schemes));
  await show(service, env);
}

async function show(service: string, env: Env): Promise<void> {
  const { displayName, contact, privacyUrl, termsUrl, logo, schemes } = await withDatabase(
    loadConfig(env),
    async (db) => {
      await requireAccount(db, service);
      return { ...(await findAccountDetails(db, service)), schemes: await listRedirectSchemes(db, service) };
    },
  );
  const lines = [
    ['name', displayName ?? service],
    ['contact', contact],
    ['privacy', privacyUrl],
    ['terms', termsUrl],
    ['logo', logo && `SHA-256 ${logo}`],
    ['redirects', ['https', 'http', ...schemes].join(', ')],
  ] as const;
  for (const [name, value] of lines) process.stdout.write(`${name.padEnd(9)} ${value ?? '-'}\n`);
}
