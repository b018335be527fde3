/** What the settings say about certificates of callers, checked at start. */
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import type { Problem } from '@segl/problem/problem';
import type { Config } from '../../config/config.ts';
import { instantOf, readTimeZone } from '../../domain/order/time-zone.ts';
import { DEFAULT_CHAINS, type CallerRules } from '@segl/identity/oces/caller-certificate';
import type { OcesEnvironment } from '@segl/identity/oces/environments';
import type { CallerMode } from './callers.ts';

const NO_END = 'no-end';

/** The end (exclusive) of a day in Denmark, `2023-10-31`; undefined when it is no day. */
export function endOfDanishDay(day: string): Date | undefined {
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // 31 June would be read as 1 July
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  return instantOf(readTimeZone('Europe/Copenhagen')!, midnight + 86_400_000);
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
  const problems: Problem[] = [];
  if (mode !== 'request' && mode !== 'require') {
    const must = generalProblems.of('setting/alternatives', { allowed: ['off', 'request', 'require'] });
    problems.push(generalProblems.of('setting/wrong', { setting: 'CLIENT_CERTIFICATES', must, value: mode }));
  }
  if (header !== undefined && config.trustedProxies.length === 0) {
    problems.push(serverProblems.of('setting/caller-header-unproxied'));
  }
  if (header === undefined && config.tlsCert === undefined) {
    problems.push(serverProblems.of('setting/caller-certificates-without-tls'));
  }
  if (config.callerPort !== undefined && config.tlsCert === undefined) {
    problems.push(serverProblems.of('setting/caller-port-without-tls'));
  }
  const until = config.oces2CallersUntil;
  const oces2Ends = until === NO_END ? undefined : endOfDanishDay(until);
  if (until !== NO_END && !oces2Ends) {
    const must = serverProblems.of('setting/day', { never: NO_END });
    problems.push(
      generalProblems.of('setting/wrong', { setting: 'OCES2_CALLERS_UNTIL', must, value: until }),
    );
  }
  if (problems.length > 0) {
    throw serverProblems.error('CONFIG_INVALID', { problems });
  }
  const chains = config.callerChains ?? DEFAULT_CHAINS[environment.name];
  return { mode: mode as CallerMode, rules: { environment, chains, oces2Ends, intermediates } };
}
