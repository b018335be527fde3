/** The service provider that the settings describe: what every account without a set-up of its own works as. */
import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/config.ts';
import type { CprMode } from '@segl/identity/methods/nemid/cpr-service';
import type { OcesEnvironment } from '@segl/identity/methods/nemid/environments';
import { generalProblems } from '@segl/problem/problems';
import { openKey, type OpenedKey } from '../../adapters/keys/key-source.ts';
import type { ProviderProfile, TlsIdentity } from './nemid-account.ts';

/** Settings without which there is no service provider. */
export interface InstallationSettings {
  readonly nemidClientUrl: string;
  readonly vocesKeyFile: string;
  readonly pidCprUrl: string;
}

export const CPR_MODES = ['match', 'lookup', 'none'] as const satisfies readonly CprMode[];
export const SECTORS = ['private', 'public'] as const;
export type Sector = (typeof SECTORS)[number];

/** Only public bodies may look up. */
export const mayUse = (mode: CprMode, sector: Sector): boolean => mode !== 'lookup' || sector === 'public';

const chosen = <T extends string>(variable: string, value: string, choices: readonly T[]): T => {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  const problems = `  ${variable} must be one of ${choices.join(', ')}, not "${value}"`;
  throw generalProblems.error('CONFIG_INVALID', { problems });
};

/** Throws CONFIG_INVALID, and what `openKey` throws. */
export async function readInstallationProvider(
  config: Config,
  files: InstallationSettings,
  oces: OcesEnvironment,
): Promise<{ profile: ProviderProfile; sector: Sector }> {
  const cpr = chosen('CPR_MODE', config.cprMode, CPR_MODES);
  const sector = chosen('SECTOR', config.sector, SECTORS);
  if (!mayUse(cpr, sector)) {
    const problems = '  CPR_MODE=lookup is for public bodies only (SECTOR=public); use match';
    throw generalProblems.error('CONFIG_INVALID', { problems });
  }
  const voces = await openKey({
    key: files.vocesKeyFile,
    passwordFile: config.vocesKeyPasswordFile,
    chainFile: config.vocesChainFile,
    anchors: [...oces.anchors, ...oces.intermediates],
  });
  const tls = await tlsIdentity(config, voces).catch(async (error: unknown) => {
    await voces.close();
    throw error;
  });
  const profile: ProviderProfile = {
    environment: {
      oces,
      clientUrl: files.nemidClientUrl,
      pidCprUrl: files.pidCprUrl,
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
async function tlsIdentity(config: Config, voces: OpenedKey): Promise<TlsIdentity | undefined> {
  const { cprKeyFile, cprChainFile, cprMode } = config;
  if (cprKeyFile === undefined && cprMode === 'none' && !voces.privateKey) return undefined;
  const own = cprKeyFile === undefined ? voces : await openKey({ key: cprKeyFile, chainFile: cprChainFile });
  if (own.privateKey) return { privateKey: own.privateKey, certificates: certificatesOf(own) };
  if (own !== voces) await own.close();
  const problems =
    '  CPR_KEY_FILE must name a file: the CPR services want a client certificate in TLS, and the key of VOCES is on a ' +
    'security module (or set CPR_MODE=none)';
  throw generalProblems.error('CONFIG_INVALID', { problems });
}
