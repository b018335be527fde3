/** The service provider that the settings describe: what every account without a set-up of its own works as. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config.ts';
import type { CprMode } from '../eid/nemid/cpr-service.ts';
import type { OcesEnvironment } from '../eid/nemid/environments.ts';
import { SeglError } from '../errors.ts';
import { certificatesFromPem } from '../pki/pem.ts';
import type { ProviderProfile } from './nemid-account.ts';

/** Settings without which there is no service provider. */
export interface InstallationSettings {
  readonly nemidClientUrl: string;
  readonly vocesKeyFile: string;
  readonly vocesChainFile: string;
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
  throw new SeglError('CONFIG_INVALID', { problems });
};

/** Throws CONFIG_INVALID, KEY_INVALID, PEM_INVALID. */
export async function readInstallationProvider(
  config: Config,
  files: InstallationSettings,
  oces: OcesEnvironment,
): Promise<{ profile: ProviderProfile; sector: Sector }> {
  const cpr = chosen('CPR_MODE', config.cprMode, CPR_MODES);
  const sector = chosen('SECTOR', config.sector, SECTORS);
  if (!mayUse(cpr, sector)) {
    const problems = '  CPR_MODE=lookup is for public bodies only (SECTOR=public); use match';
    throw new SeglError('CONFIG_INVALID', { problems });
  }
  const text = (file: string): Promise<string> => readFile(file, 'utf8');
  const profile: ProviderProfile = {
    environment: {
      oces,
      clientUrl: files.nemidClientUrl,
      pidCprUrl: files.pidCprUrl,
      ...(config.ridCprUrl !== undefined && { ridCprUrl: config.ridCprUrl }),
      ...(config.cprTrustFile !== undefined && { cprTrust: await text(config.cprTrustFile) }),
    },
    friendlyName: config.nemidFriendlyName,
    privateKey: privateKeyFrom(await text(files.vocesKeyFile)),
    certificates: certificatesFromPem(await text(files.vocesChainFile)),
    spid: config.pidServiceId,
    ...(config.ridServiceId !== undefined && { ridSpid: config.ridServiceId }),
    cpr,
  };
  return { profile, sector };
}

function privateKeyFrom(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new SeglError('KEY_INVALID', { why: 'VOCES_KEY_FILE cannot be read' }, { cause });
  }
}
