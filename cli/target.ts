/** `segl target VERB`: where answers of the login service may go, by account. */
import type { Command } from 'commander';
import { loadConfig } from '@segl/server/config/config';
import {
  addLoginTarget,
  listLoginTargets,
  removeLoginTarget,
} from '@segl/server/adapters/postgres/login/targets';
import type { Database } from '@segl/server/adapters/postgres/database';
import { readTarget } from '@segl/server/domain/login/targets';
import { cliProblems } from './problems.ts';
import { misused, requireAccount } from './misused.ts';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';
import { withDatabase } from './store.ts';

/** Addresses that the answers to log-ons may be posted to; without one nobody can log on for the account. */
export function addTargets(program: Command, env: Env): void {
  const target = program
    .command('target')
    .description('where answers of the login service may go (docs/guide/login-service.md)');
  const on = (options: BesideSandbox, work: (db: Database) => Promise<void>) =>
    withDatabase(loadConfig(settingsOf(env, options)), work);
  besideSandbox(target.command('add <service> <url>'))
    .description('lets answers for the account be posted to the address, whatever its query')
    .action((service: string, url: string, options: BesideSandbox) =>
      on(options, (db) => add(db, service, url)),
    );
  besideSandbox(target.command('remove <service> <url>'))
    .description('takes that back')
    .action((service: string, url: string, options: BesideSandbox) =>
      on(options, (db) => remove(db, service, url)),
    );
  besideSandbox(target.command('list [service]'))
    .description('all addresses')
    .action((service: string | undefined, options: BesideSandbox) => on(options, (db) => list(db, service)));
}

async function add(db: Database, service: string, url: string): Promise<void> {
  if (!readTarget(url)) throw misused(cliProblems.of('argument/not-a-target', { text: url }));
  await requireAccount(db, service);
  await addLoginTarget(db, { service, target: url });
  process.stdout.write(`Answers for ${service} may go to ${url}.\n`);
}

async function remove(db: Database, service: string, url: string): Promise<void> {
  const removed = await removeLoginTarget(db, { service, target: url });
  process.stdout.write(
    removed ? `Answers for ${service} no longer go to ${url}.\n` : `${service} has no such address.\n`,
  );
  if (!removed) process.exitCode = 1;
}

async function list(db: Database, service: string | undefined): Promise<void> {
  for (const row of await listLoginTargets(db, service))
    process.stdout.write(`${row.service}  ${row.target}\n`);
}
