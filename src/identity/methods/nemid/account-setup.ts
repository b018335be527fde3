/** Accounts that are their own service providers: what is given, how it is kept, how it is opened. */
import { nemidProblems } from './problems.ts';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { createSigningKey } from '@segl/pki/keys/keys';
import { parseCertificate, type Certificate } from '@segl/pki/x509/certificate';
import { daysLeft } from '@segl/pki/x509/expiry';
import { buildPath } from '@segl/pki/x509/path';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import type {
  AccountSetup,
  AccountSetups,
  DoctorFinding,
  GivenOptions,
  MethodDeps,
  Vault,
} from '../../method.ts';
import type { CprMode } from './cpr/cpr-service.ts';
import { judgeProfile } from './doctor.ts';
import {
  ENVIRONMENT_NAMES,
  isEnvironment,
  ocesEnvironment,
  type EnvironmentName,
} from '../../oces/environments.ts';
import { codeFileAddresses } from './installation.ts';
import { CPR_MODES, SECTORS, type Sector } from './sector.ts';
import type { ProviderEnvironment, ProviderProfile, TlsIdentity } from './profile.ts';
import { openProvider, providerOf } from './provider.ts';

/** As it is stored, in JSON. Certificates are base64 of DER, own first; keys base64 of PKCS#8, sealed. */
export interface ProviderSetup {
  readonly environment: EnvironmentName;
  readonly friendlyName: string;
  readonly spid: string;
  readonly ridSpid: string | null;
  readonly cpr: CprMode;
  readonly sector: Sector;
  readonly certificates: readonly string[];
  readonly privateKey: string | null;
  /** In place of `privateKey`: that of a key on a security module. */
  readonly keyUri: string | null;
  /** What the CPR services know the account by in TLS, where that is not its key. */
  readonly cprPrivateKey: string | null;
  readonly cprCertificates: readonly string[] | null;
}

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
  readonly environment: EnvironmentName;
  readonly friendlyName: string;
  readonly spid: string;
  readonly ridSpid?: string;
  readonly cpr: CprMode;
  readonly sector: Sector;
}

/** Where the public environments are reached. */
const ADDRESSES = {
  production: {
    clientUrl: 'https://applet.danid.dk',
    codeFileUrl: codeFileAddresses.production,
    pidCprUrl: 'https://pidws.certifikat.dk/pid_serviceprovider_server/pidws/',
    ridCprUrl: 'https://ws-erhverv.certifikat.dk/rid_serviceprovider_oio_server/v1.0.0/',
  },
  test: {
    clientUrl: 'https://appletk.danid.dk',
    codeFileUrl: codeFileAddresses.test,
    pidCprUrl: 'https://pidws.pp.certifikat.dk/pid_serviceprovider_server/pidws/',
    ridCprUrl: 'https://ws-erhverv.pp.certifikat.dk/rid_serviceprovider_oio_server/v1.0.0/',
  },
} as const;

/**
 * An environment: with the addresses of the settings where they are about this one, else with the published addresses.
 * Throws PROVIDER_UNUSABLE for a sandbox that is not there.
 */
function environmentNamed(name: EnvironmentName, installation: ProviderEnvironment): ProviderEnvironment {
  if (installation.oces.name === name) return installation;
  if (name === 'sandbox') {
    const why = nemidProblems.of('provider/no-sandbox', { environment: installation.oces.name });
    throw nemidProblems.error('PROVIDER_UNUSABLE', { why });
  }
  return { oces: ocesEnvironment(name), ...ADDRESSES[name] };
}

// keys that were stored are bound to these words
const keyContext = (service: string): string => `provider-key:${service}`;
const cprKeyContext = (service: string): string => `provider-cpr-key:${service}`;

const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');
const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const refused = (...problems: Problem[]): SeglError => nemidProblems.error('PROVIDER_REFUSED', { problems });

/**
 * What is to be stored, if nothing about it is wrong, and what was found. Passwords of files are not kept: their keys are
 * encrypted anew. A key on a security module must sign once. Throws PROVIDER_REFUSED {problems}, PKCS12_INVALID,
 * PROVIDER_UNUSABLE, and what opening the module's key throws.
 */
export async function setUpProvider(
  { keys, vault, clock }: Pick<MethodDeps, 'keys' | 'vault' | 'clock'>,
  installation: ProviderEnvironment,
  input: ProviderInput,
): Promise<{ setup: ProviderSetup; findings: readonly DoctorFinding[] }> {
  const { service, friendlyName, spid, ridSpid, cpr, sector, voces, cprClient } = input;
  const environment = environmentNamed(input.environment, installation);
  const { privateKey, certificate, others } =
    'p12' in voces ? keys.readPkcs12(voces.p12, voces.password) : onModule(voces);
  const certificates = completePath(certificate, others, environment, clock.now());
  const client = cprClient && keys.readPkcs12(cprClient.p12, cprClient.password);
  if (!privateKey && !client && cpr !== 'none') throw refused(nemidProblems.of('provider/tls-key'));
  const profile = {
    ...{ environment, friendlyName, certificates, spid, cpr },
    ...(ridSpid !== undefined && { ridSpid }),
  };
  const findings = judgeProfile(profile, sector, clock);
  const problems = findings.filter(({ verdict }) => verdict === 'failed');
  if (problems.length > 0) {
    throw refused(
      ...problems.map(({ check, found }) => nemidProblems.of('provider/finding', { check, found })),
    );
  }
  if ('keyUri' in voces) {
    const [own, ...chain] = certificates;
    await (await keys.openModule(voces.keyUri, { certificate: own!, chain })).close();
  }
  const setup: ProviderSetup = {
    ...{ environment: input.environment, friendlyName, spid, ridSpid: ridSpid ?? null, cpr, sector },
    privateKey: privateKey ? sealed(vault, privateKey, keyContext(service)) : null,
    keyUri: 'keyUri' in voces ? voces.keyUri : null,
    cprPrivateKey: client ? sealed(vault, client.privateKey, cprKeyContext(service)) : null,
    cprCertificates: client ? [client.certificate, ...client.others].map(({ der }) => toBase64(der)) : null,
    certificates: certificates.map(toBase64),
  };
  return { setup, findings };
}

const sealed = (vault: Vault, key: KeyObject, context: string): string =>
  toBase64(vault.seal(key.export({ format: 'der', type: 'pkcs8' }), context));

function onModule({ certificates }: { readonly certificates: readonly Uint8Array[] }) {
  const [certificate, ...others] = certificates.map(parseCertificate);
  return { privateKey: undefined, certificate: certificate!, others };
}

/** The whole path where there is one: files do not always bring their issuers along. What is wrong is told by the checks. */
function completePath(
  own: Certificate,
  others: readonly Certificate[],
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
 * Opens the keys of a set-up; a security module stays open until `close`. Throws PROVIDER_UNUSABLE, SECRET_UNREADABLE, and
 * what opening the module's key throws.
 */
export async function profileOf(
  service: string,
  setup: ProviderSetup,
  installation: ProviderEnvironment,
  { vault, keys }: Pick<MethodDeps, 'vault' | 'keys'>,
): Promise<ProviderProfile> {
  const environment = environmentNamed(setup.environment, installation);
  const opened = (text: string, context: string): KeyObject =>
    createPrivateKey({
      key: Buffer.from(vault.open(fromBase64(text), context)),
      format: 'der',
      type: 'pkcs8',
    });
  const ownKey = setup.privateKey === null ? null : opened(setup.privateKey, keyContext(service));
  const cprKey = setup.cprPrivateKey === null ? null : opened(setup.cprPrivateKey, cprKeyContext(service));
  const certificates = setup.certificates.map(fromBase64);
  const [certificate, ...chain] = certificates;
  const path = { certificate: certificate!, chain };
  const { key, close } = ownKey
    ? { key: createSigningKey({ privateKey: ownKey, ...path }), close: undefined }
    : await keys.openModule(setup.keyUri!, path);
  const tls: TlsIdentity | null =
    cprKey && setup.cprCertificates
      ? { privateKey: cprKey, certificates: setup.cprCertificates.map(fromBase64) }
      : ownKey && { privateKey: ownKey, certificates };
  return {
    environment,
    friendlyName: setup.friendlyName,
    voces: key,
    ...(tls && { tls }),
    ...(close && { close }),
    certificates,
    spid: setup.spid,
    ...(setup.ridSpid !== null && { ridSpid: setup.ridSpid }),
    cpr: setup.cpr,
  };
}

const misused = (why: Problem): SeglError => nemidProblems.error('BAD_REQUEST', { why });

function oneOf<T extends string>(given: GivenOptions, name: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === given.value(name));
  if (choice === undefined)
    throw misused(nemidProblems.of('option/one-of', { option: `--${name}`, allowed: choices }));
  return choice;
}

function required(given: GivenOptions, name: string): string {
  const value = given.value(name);
  if (!value) throw misused(nemidProblems.of('option/needed', { option: `--${name}` }));
  return value;
}

async function pkcs12(given: GivenOptions, file: string, passwordFile: string): Promise<Pkcs12File> {
  required(given, passwordFile);
  const password = await given.file(passwordFile);
  required(given, file);
  // editors end a file with a line break that belongs to no password
  return {
    p12: await given.file(file),
    password: Buffer.from(password)
      .toString('utf8')
      .replace(/\r?\n$/, ''),
  };
}

async function readInput(given: GivenOptions, service: string): Promise<ProviderInput> {
  const keyUri = given.value('key');
  const pem = async (): Promise<string> => {
    required(given, 'chain');
    return Buffer.from(await given.file('chain')).toString('utf8');
  };
  const voces =
    keyUri === undefined
      ? await pkcs12(given, 'p12', 'password-file')
      : { keyUri, certificates: certificatesFromPem(await pem()) };
  const environment = required(given, 'environment');
  if (!isEnvironment(environment)) {
    const allowed = ENVIRONMENT_NAMES;
    throw misused(nemidProblems.of('option/alternatives', { option: '--environment', allowed }));
  }
  const ridSpid = given.value('rid-spid');
  return {
    ...{ service, environment, voces },
    ...(given.value('cpr-p12') !== undefined && {
      cprClient: await pkcs12(given, 'cpr-p12', 'cpr-password-file'),
    }),
    friendlyName: required(given, 'friendly-name'),
    spid: given.value('spid') ?? '',
    cpr: oneOf(given, 'cpr', CPR_MODES),
    sector: oneOf(given, 'sector', SECTORS),
    ...(ridSpid !== undefined && { ridSpid }),
  };
}

const setupOf = (stored: AccountSetup): ProviderSetup => stored as unknown as ProviderSetup;

export const accounts: AccountSetups = {
  options: [
    { name: 'p12', argument: 'file', about: 'the VOCES certificate with its key, as it was handed out' },
    {
      name: 'password-file',
      argument: 'file',
      about: 'holds the password of that file; - reads it from standard input',
    },
    {
      name: 'key',
      argument: 'uri',
      about: 'instead of --p12: its key on a security module (pkcs11:, docs/guide/keys.md)',
    },
    { name: 'chain', argument: 'file', about: 'with --key: its certificates in PEM, own first' },
    {
      name: 'cpr-p12',
      argument: 'file',
      about: 'with --key: the certificate that PID-CPR and RID-CPR know the account by',
    },
    { name: 'cpr-password-file', argument: 'file', about: 'holds the password of that file' },
    {
      ...{ name: 'environment', argument: 'name', about: 'whose certificates count', required: true },
      choices: ['production', 'test', 'sandbox'],
    },
    {
      ...{ name: 'friendly-name', argument: 'name', required: true },
      about: 'exactly as the provider has it on record',
    },
    { name: 'spid', argument: 'id', about: 'service provider id for PID-CPR' },
    { name: 'rid-spid', argument: 'id', about: 'the same for RID-CPR (employees), if agreed' },
    {
      ...{ name: 'cpr', argument: 'mode', required: true, choices: CPR_MODES },
      about: 'how CPR numbers are had; lookup: public bodies only',
    },
    {
      ...{ name: 'sector', argument: 'sector', required: true, choices: SECTORS },
      about: 'what the service provider is',
    },
  ],
  async read(given, { service, installation, deps }) {
    const { profile } = providerOf(installation);
    const { setup, findings } = await setUpProvider(
      deps,
      profile.environment,
      await readInput(given, service),
    );
    return { setup: { ...setup }, findings };
  },
  async open(service, stored, installation, deps) {
    const setup = setupOf(stored);
    const { environment } = providerOf(installation).profile;
    return openProvider(await profileOf(service, setup, environment, deps), setup.sector, deps);
  },
  describe(stored, now) {
    const { environment, friendlyName, certificates, spid, ridSpid, cpr, sector } = setupOf(stored);
    const certificate = parseCertificate(fromBase64(certificates[0]!));
    const days = daysLeft(certificate, now);
    const ends = certificate.notAfter.toISOString().slice(0, 10);
    return [
      ['environment', environment],
      ['friendly name', friendlyName],
      ['certificate', certificate.subjectDn],
      ['issuer', certificate.issuerDn],
      ['SHA-256', certificate.fingerprint],
      ['expires', `${ends}, ${days < 0 ? 'expired' : `in ${days} days`}`],
      ['SPID', [spid || 'none', ...(ridSpid === null ? [] : [`for RID ${ridSpid}`])].join(', ')],
      ['CPR numbers', `${cpr} (${sector} sector)`],
    ];
  },
  certificates: (stored) => setupOf(stored).certificates.slice(0, 1).map(fromBase64),
};
