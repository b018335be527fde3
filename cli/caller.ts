/** `segl caller VERB`: calling systems that show a certificate, and what was decided about them. */
import { InvalidArgumentError, type Command } from 'commander';
import { systemClock } from '@segl/problem/clock';
import type { Config } from '@segl/server/config/config';
import {
  CALLER_TYPES,
  callerPolicies,
  claimedCaller,
  judgeCaller,
  readCallerCertificate,
  type CallerId,
  type CallerKind,
} from '@segl/identity/oces/caller-certificate';
import type { EnvironmentName } from '@segl/identity/oces/environments';
import {
  companyIssuers,
  environmentNamed,
  openEnvironment,
  readOcesSettings,
} from '@segl/identity/oces/settings';
import { misused, readGiven } from './misused.ts';
import { cliProblems } from './problems.ts';
import { serverProblems } from '@segl/server/problems';
import { callerSettings } from '@segl/server/application/access/caller-settings';
import { openServices } from '@segl/server/composition/services';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { accountExists } from '@segl/server/adapters/postgres/accounts/accounts';
import {
  addCaller,
  listCallers,
  listDecisions,
  removeCaller,
} from '@segl/server/adapters/postgres/accounts/callers';
import type { Database } from '@segl/server/adapters/postgres/database';
import { besideSandbox, dayOrTime, settingsOf, upTo, type BesideSandbox, type Env } from './command.ts';
import { readSettings } from './provider.ts';
import { withDatabase } from './store.ts';

interface Options {
  readonly cvr?: string;
  readonly uuid?: string;
  readonly fid?: string;
  readonly uid?: string;
  readonly certificate?: string;
}

interface AuditOptions {
  readonly refused?: boolean;
  readonly since?: Date;
  readonly limit: number;
  readonly json?: boolean;
}

/** Calling systems that show a certificate: who they are, and what was decided about them. */
export function addCallers(program: Command, env: Env): void {
  const caller = program
    .command('caller')
    .description('calling systems by their certificates (docs/guide/callers.md)');
  const on = (options: BesideSandbox, work: (config: Config, db: Database) => Promise<void>) =>
    readSettings(settingsOf(env, options)).then((config) => withDatabase(config, (db) => work(config, db)));
  const identified = (command: Command): Command =>
    besideSandbox(command)
      .option('--cvr <number>', 'of the company', eightDigits)
      .option('--uuid <uuid>', `of the organisation or system (${CALLER_TYPES.UUID})`, uuid)
      .option('--fid <id>', `of the function (${CALLER_TYPES.FID})`, digits)
      .option('--uid <id>', `of the company certificate (${CALLER_TYPES.UID})`, digits)
      .option('--certificate <file>', 'reads all of that from a certificate (PEM) instead');
  identified(caller.command('add <service>'))
    .description('lets a calling system use the account, with all certificates that name it')
    .action((service: string, options: BesideSandbox & Options) =>
      on(options, (config, db) => add(config, db, service, options)),
    );
  identified(caller.command('remove <service>'))
    .description('takes that back')
    .action((service: string, options: BesideSandbox & Options) =>
      on(options, (config, db) => remove(config, db, service, options)),
    );
  besideSandbox(caller.command('list [service]'))
    .description('who may call, in every environment')
    .action((service: string | undefined, options: BesideSandbox) =>
      on(options, (_config, db) => list(db, service)),
    );
  besideSandbox(caller.command('check <file>'))
    .description('judges a certificate (PEM, with those of its issuers) as if it were shown now')
    .action((file: string, options: BesideSandbox) => on(options, (config, db) => check(config, db, file)));
  besideSandbox(caller.command('rules'))
    .description('which certificates are taken')
    .action(async (options: BesideSandbox) => rules(await readSettings(settingsOf(env, options))));
  besideSandbox(caller.command('audit [service]'))
    .description('what was decided, newest first')
    .option('--refused', 'only what was refused')
    .option('--since <time>', 'a day (2026-01-31) or a time (2026-01-31T12:00Z)', dayOrTime)
    .option('--limit <n>', 'at most so many rows', upTo(MOST_ROWS), 50)
    .option('--json', 'one JSON object a line')
    .action((service: string | undefined, options: BesideSandbox & AuditOptions) =>
      on(options, (_config, db) => audit(db, service, options)),
    );
}

function digits(text: string): string {
  if (/^\d+$/.test(text)) return text;
  throw new InvalidArgumentError('It must be digits.');
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be a UUID.');
}

function eightDigits(text: string): string {
  if (/^\d{8}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the eight digits of a CVR number.');
}

const environmentName = ({ variables }: Config): EnvironmentName =>
  environmentNamed(readOcesSettings(variables));

async function readPem(file: string): Promise<Uint8Array[]> {
  return certificatesFromPem((await readGiven(file)).toString());
}

/** Of --cvr with --uuid, --fid or --uid, or of --certificate. */
async function idOf({ cvr, certificate, uuid, fid, uid }: Options): Promise<CallerId> {
  const identifiers = Object.entries({ UUID: uuid, FID: fid, UID: uid } satisfies Record<
    CallerKind,
    unknown
  >);
  const given = identifiers.flatMap(([kind, identifier]) =>
    identifier === undefined ? [] : [{ kind: kind as CallerKind, identifier }],
  );
  if (certificate !== undefined) {
    if (cvr !== undefined || given.length > 0) throw misused(cliProblems.of('option/certificate-or-ids'));
    const [own] = await readPem(certificate);
    const id = claimedCaller(readCallerCertificate(own!));
    if (!id) throw misused(cliProblems.of('argument/names-no-caller', { file: certificate }));
    return id;
  }
  if (!cvr) throw misused(cliProblems.of('option/missing', { option: '--cvr' }));
  const [id, ...more] = given;
  if (!id || more.length > 0)
    throw misused(cliProblems.of('option/one-identifier', { allowed: ['--uuid', '--fid', '--uid'] }));
  return { cvr, ...id };
}

const told = ({ cvr, kind, identifier }: CallerId): string => `CVR ${cvr}, ${kind} ${identifier}`;

async function add(config: Config, db: Database, service: string, options: Options): Promise<void> {
  const id = await idOf(options);
  const environment = environmentName(config);
  if (!(await accountExists(db, service))) throw serverProblems.error('ACCOUNT_UNKNOWN', { service });
  const holder = await addCaller(db, { ...id, environment, service, createdAt: systemClock.now() });
  if (holder !== service) {
    throw cliProblems.error('CALLER_TAKEN', { ...id, service: holder, option: id.kind.toLowerCase() });
  }
  process.stdout.write(`${told(id)} may use the account ${service} (${environment}).\n`);
  if (config.clientCertificates === 'off') {
    process.stdout.write(
      'CLIENT_CERTIFICATES=off: until it is request or require, the password alone counts.\n',
    );
  } else {
    process.stdout.write(
      'From now on the account needs its password and a certificate of one of its callers.\n',
    );
  }
}

async function remove(config: Config, db: Database, service: string, options: Options): Promise<void> {
  const id = await idOf(options);
  const environment = environmentName(config);
  if (!(await removeCaller(db, { ...id, environment, service }))) {
    throw cliProblems.error('CALLER_NOT_REGISTERED', { ...id, service, environment });
  }
  process.stdout.write(`${told(id)} may not use the account ${service} any more (${environment}).\n`);
  const left = await listCallers(db, service);
  if (left.length === 0 && config.clientCertificates !== 'require') {
    process.stdout.write(`${service} has no callers any more: its password alone counts again.\n`);
  }
}

async function list(db: Database, service: string | undefined): Promise<void> {
  const rows = await listCallers(db, service);
  if (rows.length === 0) process.stdout.write('No callers: passwords alone count.\n');
  for (const { createdAt, ...row } of rows) {
    const day = createdAt.toISOString().slice(0, 10);
    process.stdout.write(
      `${row.service.padEnd(20)}  ${row.environment.padEnd(10)}  ${told(row)}  since ${day}\n`,
    );
  }
}

/** The settings as the service reads them; what only tells how certificates come to us does not matter here. */
const rulesOf = async (config: Config) =>
  callerSettings(
    { ...config, clientCertificates: 'request', callerCertHeader: undefined, tlsCert: 'any' },
    await openEnvironment(readOcesSettings(config.variables)),
    await companyIssuers(config.variables),
  )!.rules;

async function rules(config: Config): Promise<void> {
  const { environment, chains, oces2Ends } = await rulesOf(config);
  const end =
    environment.name === 'sandbox'
      ? 'does not apply to the sandbox'
      : oces2Ends
        ? `OCES2 is refused from ${oces2Ends.toISOString()} on (OCES2_CALLERS_UNTIL=${config.oces2CallersUntil})`
        : 'none';
  const needed: Record<string, string> = {
    off: 'nobody (CLIENT_CERTIFICATES=off)',
    request: 'accounts that have callers (CLIENT_CERTIFICATES=request)',
    require: 'every account (CLIENT_CERTIFICATES=require)',
  };
  const lines = [
    ['needed by', needed[config.clientCertificates] ?? config.clientCertificates],
    ['environment', environment.name],
    [
      'types',
      Object.entries(CALLER_TYPES)
        .map(([kind, type]) => `${type} (${kind})`)
        .join(', '),
    ],
    ['policies', callerPolicies(environment).join(', ')],
    ...chains.map((chain, index) => [
      index === 0 ? 'chains' : '',
      chain === '*' ? 'any of its anchors' : chain,
    ]),
    ['last day', end],
  ];
  process.stdout.write(lines.map(([name = '', value = '']) => `${name.padEnd(12)} ${value}\n`).join(''));
}

async function check(config: Config, db: Database, file: string): Promise<void> {
  const [own, ...others] = await readPem(file);
  const services = openServices(config, systemClock);
  const { revocation } = services;
  try {
    const leaf = readCallerCertificate(own!);
    const settings = await rulesOf(config);
    const id = await judgeCaller(leaf, others, settings, { at: systemClock.now(), revocation });
    const rows = await listCallers(db);
    const { name } = settings.environment;
    const mine = rows.find(
      (row) =>
        row.environment === name &&
        row.cvr === id.cvr &&
        row.kind === id.kind &&
        row.identifier === id.identifier,
    );
    process.stdout.write(`${told(id)}: the certificate is good until ${leaf.notAfter.toISOString()}.\n`);
    process.stdout.write(
      mine
        ? `It may use the account ${mine.service}.\n`
        : `It may use no account yet: segl caller add SERVICE --certificate ${file}\n`,
    );
  } finally {
    await services.close();
  }
}

const MOST_ROWS = 10_000;

async function audit(
  db: Database,
  service: string | undefined,
  { refused = false, since, limit, json }: AuditOptions,
): Promise<void> {
  const rows = await listDecisions(db, { service, since, refusedOnly: refused, limit });
  if (json) {
    process.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return;
  }
  if (rows.length === 0) process.stdout.write('Nothing was decided.\n');
  for (const { at, refused, door, address, via, cvr, kind, identifier, certificateSha256, ...row } of rows) {
    const whom =
      cvr && kind && identifier ? told({ cvr, kind, identifier }) : (certificateSha256 ?? 'none shown');
    const verdict = refused === null ? 'accepted' : `refused (${refused})`;
    process.stdout.write(
      `${at.toISOString()}  ${row.service}  ${verdict}  ${whom}  ${door} from ${address} by ${via}\n`,
    );
  }
}
