/** `segl provider set|show|check|remove SERVICE`: an account's own set-up as service provider of the eID. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs, parseEnv } from 'node:util';
import { systemClock, type Clock } from '@segl/problem/clock';
import { loadConfig, type Config } from '@segl/server/config/config';
import { isEnvironment } from '@segl/identity/methods/nemid/environments';
import type { SeglError } from '@segl/problem/errors';
import { cliProblems } from './problems.ts';
import { generalProblems } from '@segl/problem/problems';
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
import { followSandboxClock } from './sandbox/clock.ts';
import { withDatabase } from './store.ts';

const USAGE = `segl provider VERB [SERVICE] [OPTIONS]

  set SERVICE      gives the account its own set-up, or replaces it
    --p12 FILE             the VOCES certificate with its key, as it was handed out
    --password-file FILE   holds the password of that file; - reads it from standard input
    --key URI              instead of --p12: its key on a security module (pkcs11:, docs/guide/keys.md)
    --chain FILE           with --key: its certificates in PEM, own first
    --cpr-p12 FILE         with --key: the certificate that PID-CPR and RID-CPR know the account by
    --cpr-password-file FILE   holds the password of that file
    --environment NAME     production, test or sandbox
    --friendly-name NAME   exactly as the provider has it on record
    --spid ID              service provider id for PID-CPR
    --rid-spid ID          the same for RID-CPR (employees), if agreed
    --cpr MODE             match, lookup (public bodies only) or none
    --sector SECTOR        private or public
    --methods LIST         what may be ordered, comma-separated; default: everything
  show [SERVICE]   what is set, without secrets; all accounts if none is named
  check [SERVICE]  judges it and asks the provider; exit code 1 when something is wrong.
                   Without SERVICE: the set-up of the settings
  remove SERVICE   the account works with the set-up of the settings again
`;

type Env = Readonly<Record<string, string | undefined>>;
type Options = Readonly<Record<string, string | undefined>>;

const OPTIONS = [
  'p12',
  'password-file',
  'key',
  'chain',
  'cpr-p12',
  'cpr-password-file',
  'environment',
  'friendly-name',
  'spid',
  'rid-spid',
  'cpr',
  'sector',
  'methods',
] as const;

/** What a verb works on. */
interface Scene {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
}

const misused = (why: string): SeglError => generalProblems.error('BAD_REQUEST', { why });

/** Beside `npm start`, what the sandbox offers counts as it does there: what is set wins over it. */
export async function readSettings(env: Env): Promise<Config> {
  const config = loadConfig(env);
  if (!config.sandbox) return config;
  const file = await readFile(join(config.dataDir, 'sandbox', 'service.env'), 'utf8').catch(() => '');
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  return loadConfig({ ...parseEnv(file), ...set });
}

export async function providerCommand(args: readonly string[], env: Env): Promise<void> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: Object.fromEntries(OPTIONS.map((name) => [name, { type: 'string' }] as const)),
  });
  const [verb, service, ...more] = positionals;
  const needsService = verb === 'set' || verb === 'remove';
  if (!verb || more.length > 0 || (needsService && !service)) {
    process.stdout.write(USAGE);
    if (verb) process.exitCode = 2;
    return;
  }
  const config = await readSettings(env);
  // the time of a sandbox can be moved, and its certificates go with it
  const followed = config.sandbox ? await followSandboxClock(config.sandboxUrl, silentLogger) : undefined;
  const clock = followed?.clock ?? systemClock;
  const work = async (db: Database): Promise<void> => {
    switch (verb) {
      case 'set':
        return set({ config, db, clock }, service!, values);
      case 'show':
        return show({ db, clock }, service);
      case 'check':
        return check({ config, db, clock }, service);
      case 'remove':
        if (!(await removeProvider(db, service!)))
          throw cliProblems.error('PROVIDER_MISSING', { service: service! });
        process.stdout.write(`${service} works with the set-up of the settings now.\n`);
        return;
      default:
        process.stdout.write(USAGE);
        process.exitCode = 2;
    }
  };
  try {
    await withDatabase(config, work);
  } finally {
    await followed?.close();
  }
}

function oneOf<T extends string>(options: Options, name: string, choices: readonly T[]): T {
  const given = options[name];
  const choice = choices.find((one) => one === given);
  if (choice === undefined) throw misused(`--${name} must be one of ${choices.join(', ')}`);
  return choice;
}

function required(options: Options, name: string): string {
  const value = options[name];
  if (!value) throw misused(`--${name} is missing`);
  return value;
}

async function readGiven(file: string, option: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw misused(`--${option} ${file} cannot be read (${error.code ?? error.message})`);
  });
}

async function pkcs12(options: Options, file: string, passwordFile: string): Promise<Pkcs12File> {
  const where = required(options, passwordFile);
  const password = where === '-' ? await text(process.stdin) : await readGiven(where, passwordFile);
  return {
    p12: await readGiven(required(options, file), file),
    // editors end a file with a line break that belongs to no password
    password: password.toString('utf8').replace(/\r?\n$/, ''),
  };
}

async function set({ config, db, clock }: Scene, service: string, options: Options): Promise<void> {
  const voces =
    options['key'] === undefined
      ? await pkcs12(options, 'p12', 'password-file')
      : {
          keyUri: options['key'],
          certificates: certificatesFromPem(
            (await readGiven(required(options, 'chain'), 'chain')).toString('utf8'),
          ),
        };
  const environment = required(options, 'environment');
  if (!isEnvironment(environment)) throw misused('--environment must be production, test or sandbox');
  const ridSpid = options['rid-spid'];
  const methods = options['methods']?.split(',').map((name) => name.trim());
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
        ...(options['cpr-p12'] !== undefined && {
          cprClient: await pkcs12(options, 'cpr-p12', 'cpr-password-file'),
        }),
        friendlyName: required(options, 'friendly-name'),
        spid: options['spid'] ?? '',
        cpr: oneOf(options, 'cpr', CPR_MODES),
        sector: oneOf(options, 'sector', SECTORS),
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
