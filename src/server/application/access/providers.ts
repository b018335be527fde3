/** What each account works as: its own set-up as service provider where it has one, else the installation's. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ocesEnvironment } from '@segl/identity/methods/nemid/environments';
import type { EidDirectory } from '@segl/identity/registry';
import { serverProblems } from '../../problems.ts';
import { openModuleKey } from '../../adapters/keys/key-source.ts';
import { createSigningKey } from '@segl/pki/keys/keys';
import type { SecretBox } from '../../adapters/secrets/secrets.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { findProvider, findProviderRevision, type ProviderRow } from '../../adapters/postgres/providers.ts';
import {
  openNemIdAccount,
  type NemIdAccount,
  type NemIdParts,
  type ProviderEnvironment,
  type ProviderProfile,
  type TlsIdentity,
} from './nemid-account.ts';

/** Where the public environments are reached. */
const ADDRESSES = {
  production: {
    clientUrl: 'https://applet.danid.dk',
    pidCprUrl: 'https://pidws.certifikat.dk/pid_serviceprovider_server/pidws/',
    ridCprUrl: 'https://ws-erhverv.certifikat.dk/rid_serviceprovider_oio_server/v1.0.0/',
  },
  test: {
    clientUrl: 'https://appletk.danid.dk',
    pidCprUrl: 'https://pidws.pp.certifikat.dk/pid_serviceprovider_server/pidws/',
    ridCprUrl: 'https://ws-erhverv.pp.certifikat.dk/rid_serviceprovider_oio_server/v1.0.0/',
  },
} as const;

/**
 * An environment: with the addresses of the settings where they are about this one, else with the published addresses.
 * Throws PROVIDER_UNUSABLE for a sandbox that is not there.
 */
export function environmentNamed(
  name: ProviderRow['environment'],
  installation: ProviderEnvironment,
): ProviderEnvironment {
  if (installation.oces.name === name) return installation;
  if (name === 'sandbox') {
    const why = `this installation works with the environment ${installation.oces.name}, so it has no sandbox`;
    throw serverProblems.error('PROVIDER_UNUSABLE', { why });
  }
  return { oces: ocesEnvironment(name), ...ADDRESSES[name] };
}

export const keyContext = (service: string): string => `provider-key:${service}`;
export const cprKeyContext = (service: string): string => `provider-cpr-key:${service}`;

/**
 * Opens the keys of a set-up; a security module stays open until `close`. Throws PROVIDER_UNUSABLE, SECRET_UNREADABLE, and
 * what `openModuleKey` throws.
 */
export async function profileOf(
  row: ProviderRow,
  box: SecretBox,
  installation: ProviderEnvironment,
): Promise<ProviderProfile> {
  const { service, certificates, cprCertificates } = row;
  const environment = environmentNamed(row.environment, installation);
  const opened = (sealed: Buffer, context: string): KeyObject =>
    createPrivateKey({ key: box.open(sealed, context), format: 'der', type: 'pkcs8' });
  const ownKey = row.privateKey && opened(row.privateKey, keyContext(service));
  const cprKey = row.cprPrivateKey && opened(row.cprPrivateKey, cprKeyContext(service));
  const [certificate, ...chain] = certificates;
  const path = { certificate: certificate!, chain };
  const { key, close } = ownKey
    ? { key: createSigningKey({ privateKey: ownKey, ...path }), close: undefined }
    : await openModuleKey(row.keyUri!, path);
  const tls: TlsIdentity | null =
    cprKey && cprCertificates
      ? { privateKey: cprKey, certificates: cprCertificates }
      : ownKey && { privateKey: ownKey, certificates };
  return {
    environment,
    friendlyName: row.friendlyName,
    voces: key,
    ...(tls && { tls }),
    ...(close && { close }),
    certificates,
    spid: row.spid,
    ...(row.ridSpid !== null && { ridSpid: row.ridSpid }),
    cpr: row.cpr,
    ...(row.methods && { allowed: row.methods }),
  };
}

export interface ProviderDirectory extends EidDirectory {
  /** What accounts without a set-up of their own work as. */
  readonly installation: NemIdAccount;
  of(service: string): Promise<NemIdAccount>;
  close(): Promise<void>;
}

interface Opened {
  readonly revision: string;
  readonly account: Promise<NemIdAccount>;
}

/** The installation's own stays open. */
async function closeOpened({ account }: Opened, installation: NemIdAccount): Promise<void> {
  const opened = await account.catch(() => installation);
  if (opened !== installation) await opened.close();
}

/** Set-ups are opened when they are first needed, and again after they changed, whichever process changed them. */
export function createProviderDirectory(
  installation: NemIdAccount,
  { db, box, parts }: { db: Db; box: SecretBox; parts: NemIdParts },
): ProviderDirectory {
  const opened = new Map<string, Opened>();
  const open = async (service: string): Promise<NemIdAccount> => {
    const row = await findProvider(db, service);
    // removed between two questions
    if (!row) return installation;
    return openNemIdAccount(await profileOf(row, box, installation.profile.environment), parts);
  };
  return {
    installation,
    async of(service) {
      const revision = await findProviderRevision(db, service);
      const known = opened.get(service);
      if (revision !== undefined && known?.revision === revision) return known.account;
      opened.delete(service);
      // its connections may be in use; they end with what uses them
      if (known) void closeOpened(known, installation);
      if (revision === undefined) return installation;
      const account = open(service);
      opened.set(service, { revision, account });
      account.catch(() => opened.delete(service));
      return account;
    },
    async close() {
      for (const one of opened.values()) await closeOpened(one, installation);
      await installation.close();
    },
  };
}
