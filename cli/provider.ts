/** `segl provider set|show|check|remove SERVICE`: an account's own set-up as service provider of the eID. */
import type { Problem } from '@segl/problem/problem';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { Option, type Command } from 'commander';
import { systemClock, type Clock } from '@segl/problem/clock';
import { loadConfig, type Config } from '@segl/server/config/config';
import type { EnvironmentName } from '@segl/identity/methods/nemid/environments';
import type { SeglError } from '@segl/problem/errors';
import { cliProblems } from './problems.ts';
import { CPR_MODES, SECTORS, type Sector } from '@segl/server/application/access/installation-provider';
import {
  openNemIdAccount,
  type NemIdAccount,
  type ProviderProfile,
} from '@segl/server/application/access/nemid-account';
import {
  askProvider,
  daysLeft,
  judgeProfile,
  type Finding,
} from '@segl/server/application/access/provider-check';
import { setUpProvider, type Pkcs12File } from '@segl/server/application/access/provider-setup';
import { profileOf } from '@segl/server/application/access/providers';
import { openInstallation } from '@segl/server/composition/services';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { openSecretBox } from '@segl/server/adapters/secrets/secrets';
import type { Database } from '@segl/server/adapters/postgres/database';
import { findProvider, listProviders, removeProvider } from '@segl/server/adapters/postgres/providers';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';
import { followSandboxClock } from './sandbox/clock.ts';
import { withDatabase } from './store.ts';

interface SetOptions {
  readonly p12?: string;
  readonly passwordFile?: string;
  readonly key?: string;
  readonly chain?: string;
  readonly cprP12?: string;
  readonly cprPasswordFile?: string;
  readonly environment: EnvironmentName;
  readonly friendlyName: string;
  readonly spid?: string;
  readonly ridSpid?: string;
  readonly cpr: (typeof CPR_MODES)[number];
  readonly sector: Sector;
  readonly methods?: readonly string[];
}

/** What a verb works on. */
interface Scene {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
}

const misused = (why: Problem): SeglError => cliProblems.error('BAD_REQUEST', { why });

/** Beside `npm start`, what the sandbox offers counts as it does there: what is set wins over it. */
export async function readSettings(env: Env): Promise<Config> {
  const config = loadConfig(env);
  if (!config.sandbox) return config;
  const file = await readFile(join(config.dataDir, 'sandbox', 'service.env'), 'utf8').catch(() => '');
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  return loadConfig({ ...parseEnv(file), ...set });
}

/** An account's own set-up as service provider: certificate and agreements. */
export function addProvider(program: Command, env: Env): void {
  const provider = program
    .command('provider')
    .description("an account's own set-up as service provider of NemID: certificate, agreements");
  const on = (options: BesideSandbox, work: (scene: Scene) => Promise<void>) =>
    withScene(settingsOf(env, options), work);
  const oneOf = (flags: string, about: string, choices: readonly string[]): Option =>
    new Option(flags, about).choices(choices).makeOptionMandatory();
  besideSandbox(provider.command('set <service>'))
    .description('gives the account its own set-up, or replaces it')
    .option('--p12 <file>', 'the VOCES certificate with its key, as it was handed out')
    .option('--password-file <file>', 'holds the password of that file; - reads it from standard input')
    .option('--key <uri>', 'instead of --p12: its key on a security module (pkcs11:, docs/guide/keys.md)')
    .option('--chain <file>', 'with --key: its certificates in PEM, own first')
    .option('--cpr-p12 <file>', 'with --key: the certificate that PID-CPR and RID-CPR know the account by')
    .option('--cpr-password-file <file>', 'holds the password of that file')
    .addOption(oneOf('--environment <name>', 'whose certificates count', ['production', 'test', 'sandbox']))
    .requiredOption('--friendly-name <name>', 'exactly as the provider has it on record')
    .option('--spid <id>', 'service provider id for PID-CPR')
    .option('--rid-spid <id>', 'the same for RID-CPR (employees), if agreed')
    .addOption(oneOf('--cpr <mode>', 'how CPR numbers are had; lookup: public bodies only', CPR_MODES))
    .addOption(oneOf('--sector <sector>', 'what the service provider is', SECTORS))
    .option('--methods <list>', 'what may be ordered, comma-separated; default: everything', (text) =>
      text.split(',').map((name) => name.trim()),
    )
    .action((service: string, options: BesideSandbox & SetOptions) =>
      on(options, (scene) => set(scene, service, options)),
    );
  besideSandbox(provider.command('show [service]'))
    .description('what is set, without secrets; all accounts if none is named')
    .action((service: string | undefined, options: BesideSandbox) =>
      on(options, (scene) => show(scene, service)),
    );
  besideSandbox(provider.command('check [service]'))
    .description(
      'judges it and asks the provider; exit code 1 when something is wrong. Without a service: the set-up of the settings',
    )
    .action((service: string | undefined, options: BesideSandbox) =>
      on(options, (scene) => check(scene, service)),
    );
  besideSandbox(provider.command('remove <service>'))
    .description('the account works with the set-up of the settings again')
    .action((service: string, options: BesideSandbox) => on(options, (scene) => remove(scene, service)));
}

async function withScene(env: Env, work: (scene: Scene) => Promise<void>): Promise<void> {
  const config = await readSettings(env);
  // the time of a sandbox can be moved, and its certificates go with it
  const followed = config.sandbox ? await followSandboxClock(config.sandboxUrl, silentLogger) : undefined;
  const clock = followed?.clock ?? systemClock;
  try {
    await withDatabase(config, (db) => work({ config, db, clock }));
  } finally {
    await followed?.close();
  }
}

async function remove({ db }: Scene, service: string): Promise<void> {
  if (!(await removeProvider(db, service))) throw cliProblems.error('PROVIDER_MISSING', { service });
  process.stdout.write(`${service} works with the set-up of the settings now.\n`);
}

function given<T>(value: T | undefined, option: string): T {
  if (value === undefined) throw misused(cliProblems.of('option/missing', { option: `--${option}` }));
  return value;
}

async function readGiven(file: string, option: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw misused(
      cliProblems.of('option/file-unreadable', {
        option: `--${option}`,
        file,
        said: error.code ?? error.message,
      }),
    );
  });
}

async function pkcs12(
  { file, passwordFile }: { readonly file: string | undefined; readonly passwordFile: string | undefined },
  prefix: '' | 'cpr-',
): Promise<Pkcs12File> {
  const where = given(passwordFile, `${prefix}password-file`);
  const password =
    where === '-' ? await text(process.stdin) : await readGiven(where, `${prefix}password-file`);
  return {
    p12: await readGiven(given(file, `${prefix}p12`), `${prefix}p12`),
    // editors end a file with a line break that belongs to no password
    password: password.toString('utf8').replace(/\r?\n$/, ''),
  };
}

async function set({ config, db, clock }: Scene, service: string, options: SetOptions): Promise<void> {
  const { environment, friendlyName, cpr, sector, ridSpid, methods } = options;
  const voces =
    options.key === undefined
      ? await pkcs12({ file: options.p12, passwordFile: options.passwordFile }, '')
      : {
          keyUri: options.key,
          certificates: certificatesFromPem(
            (await readGiven(given(options.chain, 'chain'), 'chain')).toString('utf8'),
          ),
        };
  const { account, providers } = await openInstallation(config, clock);
  try {
    const findings = await setUpProvider(
      {
        ...{ db, clock, secrets: await openSecretBox(config) },
        installation: account.profile.environment,
      },
      {
        ...{ service, environment },
        voces,
        ...(options.cprP12 !== undefined && {
          cprClient: await pkcs12({ file: options.cprP12, passwordFile: options.cprPasswordFile }, 'cpr-'),
        }),
        ...{ friendlyName, cpr, sector, spid: options.spid ?? '' },
        ...(ridSpid !== undefined && { ridSpid }),
        ...(methods && { methods }),
      },
      [...account.methods.names, ...account.logins.names],
    );
    report(findings);
    process.stdout.write(`\nSet. Now try it: segl provider check ${service}\n`);
  } finally {
    await account.close();
    await providers.close();
  }
}

async function show({ db, clock }: Omit<Scene, 'config'>, service: string | undefined): Promise<void> {
  const rows = service === undefined ? await listProviders(db) : [await findProvider(db, service)];
  if (rows.length === 0)
    process.stdout.write('No account has a set-up of its own: all work with that of the settings.\n');
  for (const row of rows) {
    if (!row) throw cliProblems.error('PROVIDER_MISSING', { service: service ?? '' });
    const certificate = parseCertificate(row.certificates[0]!);
    const days = daysLeft(certificate, clock.now());
    const lines = [
      ['environment', row.environment],
      ['friendly name', row.friendlyName],
      ['certificate', certificate.subjectDn],
      ['issuer', certificate.issuerDn],
      ['SHA-256', certificate.fingerprint],
      [
        'expires',
        `${certificate.notAfter.toISOString().slice(0, 10)}, ${days < 0 ? 'expired' : `in ${days} days`}`,
      ],
      ['SPID', [row.spid || 'none', ...(row.ridSpid === null ? [] : [`for RID ${row.ridSpid}`])].join(', ')],
      ['CPR numbers', `${row.cpr} (${row.sector} sector)`],
      ['methods', row.methods?.join(', ') ?? 'all'],
      ['set', row.changedAt.toISOString()],
    ];
    const rowsText = lines.map(([name = '', value = '']) => `  ${name.padEnd(14)} ${value}`);
    process.stdout.write(`${row.service}\n${rowsText.join('\n')}\n`);
  }
}

async function check({ config, db, clock }: Scene, service: string | undefined): Promise<void> {
  const {
    account: installation,
    sector: ownSector,
    parts,
    providers,
  } = await openInstallation(config, clock);
  let account: NemIdAccount = installation;
  let sector: Sector = ownSector;
  try {
    if (service !== undefined) {
      const row = await findProvider(db, service);
      if (!row) throw cliProblems.error('PROVIDER_MISSING', { service });
      const box = await openSecretBox(config);
      const profile: ProviderProfile = await profileOf(row, box, installation.profile.environment);
      account = openNemIdAccount(profile, parts);
      ({ sector } = row);
    }
    const findings = judgeProfile(account.profile, sector, clock);
    report(findings);
    const asked = await askProvider(account, parts.revocation, clock);
    report(asked);
    const wrong = [...findings, ...asked].filter(({ verdict }) => verdict === 'failed').length;
    process.stdout.write(wrong === 0 ? '\nReady.\n' : `\n${wrong} to put right.\n`);
    if (wrong > 0) process.exitCode = 1;
  } finally {
    if (account !== installation) await account.close();
    await installation.close();
    await providers.close();
  }
}

const MARKS = { ok: 'ok  ', note: 'look', failed: 'FAIL' } as const;

function report(findings: readonly Finding[]): void {
  for (const { check: name, verdict, text: found, todo } of findings) {
    process.stdout.write(`${MARKS[verdict]}  ${name.padEnd(13)}  ${found}\n`);
    if (todo !== undefined) process.stdout.write(`${' '.repeat(21)}→ ${todo}\n`);
  }
}
