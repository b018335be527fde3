/** The service provider that the settings describe: what every account without a set-up of its own works as. */
import { readFile } from 'node:fs/promises';
import { generalProblems } from '@segl/problem/problems';
import type { KeyStore, OpenedKey } from '../../method.ts';
import { ocesEnvironment, type EnvironmentName, type OcesEnvironment } from '../../oces/environments.ts';
import { openEnvironment, readOcesSettings } from '../../oces/settings.ts';
import type { ProviderProfile, TlsIdentity } from './profile.ts';
import { CPR_MODES, mayUse, SECTORS, type Sector } from './sector.ts';
import { nemidProblems } from './problems.ts';
import type { NemIdSettings } from './settings.ts';

const chosen = <T extends string>(variable: string, value: string, choices: readonly T[]): T => {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const must = generalProblems.of('setting/one-of', { allowed: choices });
  const problems = [generalProblems.of('setting/wrong', { setting: variable, must, value })];
  throw generalProblems.error('CONFIG_INVALID', { problems });
};

/** Where the CodeFile client of the public environments is. */
export const codeFileAddresses = {
  production: 'https://codefileclient.danid.dk',
  test: 'https://codefileclient.pp.danid.dk',
} as const;

/** The sandbox has it beside the other client. */
const codeFileAddress = (environment: EnvironmentName, clientUrl: string): string =>
  environment === 'sandbox' ? `${clientUrl}/codefile` : codeFileAddresses[environment];

/** Names of settings without which there is no service provider; the public hierarchies bring their anchors along. */
export const requiredSettings = ({
  ocesEnvironment: name,
}: Partial<NemIdSettings>): (keyof NemIdSettings)[] => [
  ...(name === 'sandbox' ? (['ocesTrustFile'] as const) : []),
  'nemidClientUrl',
  'vocesKeyFile',
  'pidCprUrl',
];

/** Throws CONFIG_INVALID, and what opening keys throws. */
export async function readInstallationProvider(
  config: NemIdSettings,
  keys: KeyStore,
): Promise<{ profile: ProviderProfile; sector: Sector }> {
  const oces = await openEnvironment(config);
  const cpr = chosen('CPR_MODE', config.cprMode, CPR_MODES);
  const sector = chosen('SECTOR', config.sector, SECTORS);
  if (!mayUse(cpr, sector)) {
    const problems = [nemidProblems.of('setting/lookup-of-public')];
    throw nemidProblems.error('CONFIG_INVALID', { problems });
  }
  const voces = await keys.open({
    key: config.vocesKeyFile!,
    passwordFile: config.vocesKeyPasswordFile,
    chainFile: config.vocesChainFile,
    anchors: [...oces.anchors, ...oces.intermediates],
  });
  const tls = await tlsIdentity(config, voces, keys).catch(async (error: unknown) => {
    await voces.close();
    throw error;
  });
  const profile: ProviderProfile = {
    environment: {
      oces,
      clientUrl: config.nemidClientUrl!,
      codeFileUrl: config.nemidCodeFileUrl ?? codeFileAddress(oces.name, config.nemidClientUrl!),
      pidCprUrl: config.pidCprUrl!,
      ...(config.ridCprUrl !== undefined && { ridCprUrl: config.ridCprUrl }),
      ...(config.cprTrustFile !== undefined && { cprTrust: await readFile(config.cprTrustFile, 'utf8') }),
    },
    friendlyName: config.nemidFriendlyName,
    voces: voces.key,
    ...(tls && { tls }),
    close: voces.close,
    certificates: certificatesOf(voces),
    spid: config.pidServiceId,
    ...(config.ridServiceId !== undefined && { ridSpid: config.ridServiceId }),
    cpr,
  };
  return { profile, sector };
}

const certificatesOf = ({ key }: OpenedKey): Uint8Array[] => [key.certificate, ...key.chain];

/** TLS wants a key at hand: where that of VOCES is on a security module, one of its own. */
async function tlsIdentity(
  config: NemIdSettings,
  voces: OpenedKey,
  keys: KeyStore,
): Promise<TlsIdentity | undefined> {
  const { cprKeyFile, cprChainFile, cprMode } = config;
  if (cprKeyFile === undefined && cprMode === 'none' && !voces.privateKey) return undefined;
  const own =
    cprKeyFile === undefined ? voces : await keys.open({ key: cprKeyFile, chainFile: cprChainFile });
  if (own.privateKey) return { privateKey: own.privateKey, certificates: certificatesOf(own) };
  if (own !== voces) await own.close();
  throw nemidProblems.error('CONFIG_INVALID', { problems: [nemidProblems.of('setting/cpr-key')] });
}

/**
 * Whose signatures count when files are validated: as the settings say. Without any anchors in them those of the public
 * hierarchy, so that files can be validated anywhere. OCES I counts too, for messages that are proven to be of its time.
 */
export async function nemidTrust(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<OcesEnvironment> {
  const own = readOcesSettings(variables);
  const isBare = own.ocesEnvironment === 'sandbox' && own.ocesTrustFile === undefined;
  return isBare
    ? ocesEnvironment('production', { legacy: true })
    : { ...(await openEnvironment(own)), legacy: true };
}
