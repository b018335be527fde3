/** `segl sp VERB`: service providers of SAML 2.0, by account. */
import type { Command } from 'commander';
import { systemClock } from '@segl/problem/clock';
import {
  listServiceProviders,
  removeServiceProvider,
  setServiceProvider,
} from '@segl/server/adapters/postgres/login/service-providers';
import type { Database } from '@segl/server/adapters/postgres/database';
import { openLoginIdentity } from '@segl/server/composition/login';
import { missingSetting, type Config } from '@segl/server/config/config';
import { readSpMetadata, writeIdpMetadata } from '@segl/server/http/login/saml2/metadata';
import { cliProblems } from './problems.ts';
import { readGiven, requireAccount } from './misused.ts';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';
import { readSettings } from './provider.ts';
import { withDatabase } from './store.ts';

interface AddOptions extends BesideSandbox {
  readonly signedRequests?: boolean;
  readonly encrypt?: boolean;
}

/** Who may ask an account, as identity provider of SAML 2.0, to have people log on. */
export function addServiceProviders(program: Command, env: Env): void {
  const sp = program.command('sp').description('service providers of SAML 2.0 (docs/guide/login-service.md)');
  const on = async (options: BesideSandbox, work: (db: Database) => Promise<void>): Promise<void> =>
    withDatabase(await readSettings(settingsOf(env, options)), work);
  besideSandbox(sp.command('add <service> <metadata>'))
    .description('registers a service provider by the file of its metadata, or replaces it')
    .option('--signed-requests', 'only requests that it signed are taken, whatever the metadata says')
    .option('--encrypt', 'assertions are encrypted to the key of the metadata')
    .action((service: string, metadata: string, options: AddOptions) =>
      on(options, (db) => add(db, service, metadata, options)),
    );
  besideSandbox(sp.command('remove <service> <entity-id>'))
    .description('takes that back')
    .action((service: string, entityId: string, options: BesideSandbox) =>
      on(options, (db) => remove(db, service, entityId)),
    );
  besideSandbox(sp.command('list [service]'))
    .description('all service providers, and where answers to them go')
    .action((service: string | undefined, options: BesideSandbox) => on(options, (db) => list(db, service)));
  besideSandbox(sp.command('metadata <service>'))
    .description('the metadata of the account as identity provider, for service providers')
    .action(async (service: string, options: BesideSandbox) =>
      tellMetadata(await readSettings(settingsOf(env, options)), service),
    );
}

async function add(db: Database, service: string, file: string, options: AddOptions): Promise<void> {
  const settings = readSpMetadata(await readGiven(file), options);
  await requireAccount(db, service);
  await setServiceProvider(db, { service, settings, changedAt: systemClock.now() });
  process.stdout.write(`${settings.entityId} is a service provider of ${service}.\n`);
}

async function remove(db: Database, service: string, entityId: string): Promise<void> {
  const removed = await removeServiceProvider(db, service, entityId);
  process.stdout.write(
    removed
      ? `${entityId} is no service provider of ${service} any more.\n`
      : `${service} has no service provider ${entityId}.\n`,
  );
  if (!removed) process.exitCode = 1;
}

async function list(db: Database, service: string | undefined): Promise<void> {
  for (const { service: whose, settings } of await listServiceProviders(db, service)) {
    const { entityId, consumers, signsRequests, encryption } = settings;
    const how = [
      ...(signsRequests ? ['signed requests'] : []),
      ...(encryption ? ['encrypted assertions'] : []),
    ];
    process.stdout.write(`${whose}  ${entityId}${how.length > 0 ? `  (${how.join(', ')})` : ''}\n`);
    for (const { location } of consumers) process.stdout.write(`  ${location}\n`);
  }
}

async function tellMetadata(config: Config, service: string): Promise<void> {
  const login = await openLoginIdentity(config);
  if (!login)
    throw cliProblems.error('CONFIG_INVALID', {
      problems: [missingSetting(config.loginService ? 'loginKeyFile' : 'loginService')],
    });
  try {
    const certificates = [login.key.certificate, ...login.others];
    process.stdout.write(`${writeIdpMetadata(config.publicUrl, service, certificates)}\n`);
  } finally {
    await login.close();
  }
}
