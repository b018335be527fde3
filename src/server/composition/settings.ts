/** What must be set before anything is opened. */
import { readModuleSettings } from '@segl/identity/catalogue';
import { isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { missingSetting, settings, type Config } from '../config/config.ts';
import { serverProblems } from '../problems.ts';
import { LOGIN_SETTINGS } from './login.ts';
import { openCatalogue } from './methods.ts';
import { SEAL_SETTINGS, TSA_SETTINGS } from './seal.ts';

/** Settings that have no default and without which no service opens. */
const NEEDED = [...SEAL_SETTINGS, ...TSA_SETTINGS] as const;

type Name = (typeof NEEDED)[number] | (typeof LOGIN_SETTINGS)[number];

/**
 * What is missing for the whole service, identity methods included, is named at once, after what is `wrong` already.
 * Throws CONFIG_INVALID.
 */
export async function requireSettings(config: Config, wrong: readonly Problem[] = []): Promise<void> {
  // what is set and wrong has no value, and is not missing
  const isMissing = (name: Name): boolean => !config[name] && !config.variables[settings[name].env];
  const needed: readonly Name[] = [...NEEDED, ...(config.loginService ? LOGIN_SETTINGS : [])];
  const problems = [...wrong, ...needed.filter(isMissing).map(missingSetting)];
  const catalogue = await openCatalogue(config);
  try {
    readModuleSettings(catalogue, config.variables);
  } catch (error) {
    if (!isSeglError(error, 'CONFIG_INVALID')) throw error;
    problems.push(...(error.params['problems'] as readonly Problem[]));
  }
  if (problems.length > 0) throw serverProblems.error('CONFIG_INVALID', { problems });
}
