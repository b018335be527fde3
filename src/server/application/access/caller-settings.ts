/** What the settings say about certificates of callers, checked at start. */
import { readFile } from 'node:fs/promises';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import type { Config } from '../../config/config.ts';
import { DEFAULT_CHAINS, endOfDanishDay, type CallerRules } from './caller-certificate.ts';
import type { OcesEnvironment } from '@segl/identity/methods/nemid/environments';
import { readNemIdSettings, signerEnvironment } from '@segl/identity/methods/nemid/installation';
import { generalProblems } from '@segl/problem/problems';
import type { CallerMode } from './callers.ts';

const NO_END = 'no-end';

/** Whose certificates callers have: those of NEMID_ENVIRONMENT, whether signers use NemID or not. Throws CONFIG_INVALID. */
export async function callerEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<OcesEnvironment> {
  return signerEnvironment(readNemIdSettings(variables));
}

/** Authorities (DER) besides those of the environment: whoever gets certificates from the same one as we is known by it. */
export async function knownIssuers(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<readonly Uint8Array[]> {
  const { vocesChainFile: file } = readNemIdSettings(variables);
  return file === undefined ? [] : certificatesFromPem(await readFile(file, 'utf8')).slice(1);
}

export interface CallerSettings {
  readonly mode: CallerMode;
  readonly rules: CallerRules;
}

type Settings = Pick<
  Config,
  | 'clientCertificates'
  | 'callerCertHeader'
  | 'callerPort'
  | 'callerChains'
  | 'oces2CallersUntil'
  | 'tlsCert'
  | 'trustedProxies'
>;

/**
 * Undefined: certificates of callers are not in use. `intermediates` (DER): further issuing authorities that are known.
 * Throws CONFIG_INVALID naming all that is wrong, also when certificates could never be seen.
 */
export function callerSettings(
  config: Settings,
  environment: OcesEnvironment,
  intermediates: readonly Uint8Array[],
): CallerSettings | undefined {
  const { clientCertificates: mode, callerCertHeader: header } = config;
  if (mode === 'off') return undefined;
  const problems: string[] = [];
  if (mode !== 'request' && mode !== 'require') {
    problems.push(`CLIENT_CERTIFICATES must be off, request or require, not "${mode}"`);
  }
  if (header !== undefined && config.trustedProxies.length === 0) {
    problems.push('CALLER_CERT_HEADER needs TRUSTED_PROXIES: the header of anybody else is not believed');
  }
  if (header === undefined && config.tlsCert === undefined) {
    problems.push('CLIENT_CERTIFICATES needs TLS_CERT, or a proxy and CALLER_CERT_HEADER');
  }
  if (config.callerPort !== undefined && config.tlsCert === undefined) {
    problems.push('CALLER_PORT speaks https, so it needs TLS_CERT');
  }
  const until = config.oces2CallersUntil;
  const oces2Ends = until === NO_END ? undefined : endOfDanishDay(until);
  if (until !== NO_END && !oces2Ends) {
    problems.push(`OCES2_CALLERS_UNTIL must be a day like 2023-10-31, or ${NO_END}, not "${until}"`);
  }
  if (problems.length > 0) {
    throw generalProblems.error('CONFIG_INVALID', {
      problems: problems.map((line) => `  ${line}`).join('\n'),
    });
  }
  const chains = config.callerChains ?? DEFAULT_CHAINS[environment.name];
  return { mode: mode as CallerMode, rules: { environment, chains, oces2Ends, intermediates } };
}
