/** Setting up an account as its own service provider, and keeping an eye on what expires. */
import { createHash, type KeyObject } from 'node:crypto';
import type { Clock } from '@segl/problem/clock';
import type { SeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { openModuleKey } from '../../adapters/keys/key-source.ts';
import { buildPath } from '@segl/pki/x509/path';
import { readPkcs12 } from '../../adapters/keys/pkcs12.ts';
import type { SecretBox } from '../../adapters/secrets/secrets.ts';
import { accountExists } from '../../adapters/postgres/accounts.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  claimExpiryWarning,
  listProviders,
  setProvider,
  type ProviderRow,
} from '../../adapters/postgres/providers.ts';
import type { FlowContext } from '../context.ts';
import type { ProviderEnvironment } from './nemid-account.ts';
import { daysLeft, judgeProfile, WARNING_DAYS, type Finding } from './provider-check.ts';
import { cprKeyContext, environmentNamed, keyContext } from './providers.ts';

export interface Pkcs12File {
  readonly p12: Uint8Array;
  readonly password: string;
}

export interface ProviderInput {
  readonly service: string;
  /** The VOCES certificate: a PKCS#12 file, or a key on a security module and its certificates (DER, own first). */
  readonly voces: Pkcs12File | { readonly keyUri: string; readonly certificates: readonly Uint8Array[] };
  /** What the CPR services are to know the account by, where that is not VOCES. */
  readonly cprClient?: Pkcs12File;
  readonly environment: ProviderRow['environment'];
  readonly friendlyName: string;
  readonly spid: string;
  readonly ridSpid?: string;
  readonly cpr: ProviderRow['cpr'];
  readonly sector: ProviderRow['sector'];
  readonly methods?: readonly string[];
}

/**
 * Stores the set-up if nothing about it is wrong; gives what was found. Passwords of files are not kept: their keys are
 * encrypted anew. A key on a security module must sign once. Throws PROVIDER_REFUSED {problems}, PKCS12_INVALID,
 * PROVIDER_UNUSABLE, and what `openModuleKey` throws.
 */
export async function setUpProvider(
  {
    db,
    secrets,
    clock,
    installation,
  }: { db: Db; secrets: SecretBox; clock: Clock; installation: ProviderEnvironment },
  input: ProviderInput,
  known: readonly string[],
): Promise<Finding[]> {
  const { service, friendlyName, spid, ridSpid, cpr, sector, methods } = input;
  if (!(await accountExists(db, service))) {
    throw refused(`there is no account "${service}": add it with segl account set ${service}`);
  }
  const unknown = methods?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw refused(`no method is called ${unknown.join(', ')}; there are ${known.join(', ')}`);
  }
  const environment = environmentNamed(input.environment, installation);
  const { voces, cprClient } = input;
  const { privateKey, certificate, others } =
    'p12' in voces ? readPkcs12(voces.p12, voces.password) : onModule(voces);
  const certificates = completePath(certificate, others, environment, clock.now());
  const client = cprClient && readPkcs12(cprClient.p12, cprClient.password);
  if (!privateKey && !client && cpr !== 'none')
    throw refused(
      'TLS to the CPR services needs a key at hand: set --cpr-p12 and --cpr-password-file, or --cpr none',
    );
  const profile = {
    ...{ environment, friendlyName, certificates, spid, cpr },
    ...(ridSpid !== undefined && { ridSpid }),
  };
  const findings = judgeProfile(profile, sector, clock);
  const problems = findings.filter(({ verdict }) => verdict === 'failed');
  if (problems.length > 0) {
    throw refused(...problems.map(({ check, text, todo = '' }) => `${check}: ${text} ${todo}`));
  }
  if ('keyUri' in voces) {
    const [own, ...chain] = certificates;
    await (await openModuleKey(voces.keyUri, { certificate: own!, chain })).close();
  }
  const kept = (key: KeyObject, context: string): Buffer =>
    secrets.seal(key.export({ format: 'der', type: 'pkcs8' }), context);
  await setProvider(db, {
    ...{ service, environment: input.environment, friendlyName, spid, ridSpid: ridSpid ?? null, cpr, sector },
    methods: methods ?? null,
    privateKey: privateKey ? kept(privateKey, keyContext(service)) : null,
    keyUri: 'keyUri' in voces ? voces.keyUri : null,
    cprPrivateKey: client ? kept(client.privateKey, cprKeyContext(service)) : null,
    cprCertificates: client
      ? [client.certificate, ...client.others].map(({ der }) => Buffer.from(der))
      : null,
    certificates: certificates.map((der) => Buffer.from(der)),
    changedAt: clock.now(),
  });
  return findings;
}

const refused = (...problems: string[]): SeglError =>
  serverProblems.error('PROVIDER_REFUSED', {
    problems: problems.map((problem) => `  ${problem}`).join('\n'),
  });

type Parsed = ReturnType<typeof parseCertificate>;

function onModule({ certificates }: { readonly certificates: readonly Uint8Array[] }) {
  const [certificate, ...others] = certificates.map(parseCertificate);
  return { privateKey: undefined, certificate: certificate!, others };
}

/** The whole path where there is one: files do not always bring their issuers along. What is wrong is told by the checks. */
function completePath(
  own: Parsed,
  others: readonly Parsed[],
  { oces }: ProviderEnvironment,
  now: Date,
): Uint8Array[] {
  const intermediates = [...others, ...oces.intermediates.map(parseCertificate)];
  const at = now > own.notAfter ? own.notAfter : now < own.notBefore ? own.notBefore : now;
  try {
    const anchors = oces.anchors.map(parseCertificate);
    return buildPath({ leaf: own, intermediates, anchors, at }).map(({ der }) => der);
  } catch {
    return [own, ...others].map(({ der }) => der);
  }
}

/**
 * Warns of certificates that end soon: at 60, 30 and 7 days and on the last one, each once for the whole installation, and
 * again whenever a process starts (`atStart`). Gives how many warnings.
 */
export async function warnOfExpiry(
  { db, clock, log, eid }: Pick<FlowContext, 'db' | 'clock' | 'log' | 'eid'>,
  { atStart = false } = {},
): Promise<number> {
  const now = clock.now();
  const all = [
    { whose: 'the settings (VOCES_CHAIN_FILE)', der: eid.installation.profile.certificates[0] },
    ...(await listProviders(db)).map(({ service, certificates }) => ({
      whose: `the account ${service}`,
      der: certificates[0],
    })),
  ];
  let warned = 0;
  for (const { whose, der } of all) {
    if (!der) continue;
    const certificate = parseCertificate(der);
    const left = daysLeft(certificate, now);
    const days = WARNING_DAYS.findLast((limit) => left < limit);
    const sha256 = createHash('sha256').update(der).digest('hex');
    if (days === undefined) continue;
    const isFirst = await claimExpiryWarning(db, { sha256, days }, now);
    if (!isFirst && !atStart) continue;
    warned += 1;
    const about = { whose, expires: certificate.notAfter.toISOString(), days: left };
    if (left < 0) log.error(about, 'The VOCES certificate has expired: nobody can sign. Set a new one.');
    else log.warn(about, 'The VOCES certificate expires soon. Order a new one and set it.');
  }
  return warned;
}
