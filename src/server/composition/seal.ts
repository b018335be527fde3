/** Keys and time-stamps: what the service vouches with, and until when their algorithms are relied on. */
import { readFile } from 'node:fs/promises';
import {
  readCalendar,
  SHIPPED_CALENDAR,
  type AlgorithmCalendar,
} from '@segl/pki/algorithms/algorithm-constraints';
import type { Timestamper } from '@segl/pki/algorithms/signing-key';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { failover, type NamedTimestamper } from '@segl/pki/tsp/tsa-failover';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import type { Clock } from '@segl/problem/clock';
import { openKey, type OpenedKey } from '../adapters/keys/key-source.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import { missingSetting, type Config, type settings } from '../config/config.ts';
import { serverProblems } from '../problems.ts';
import type { Services } from './services.ts';

/** Settings that the seal needs; a PKCS#12 file brings its chain along. */
export const SEAL_SETTINGS = ['sealKeyFile', 'sealTrustFile'] as const;
export const TSA_SETTINGS = ['tsaUrl', 'tsaTrustFile'] as const;

/** Settings that are needed but have no sensible default; all missing ones are named at once. */
function required<K extends keyof typeof settings>(config: Config, names: readonly K[]): Record<K, string> {
  const missing = names.filter((name) => !config[name]);
  if (missing.length > 0) {
    throw serverProblems.error('CONFIG_INVALID', { problems: missing.map(missingSetting) });
  }
  return config as unknown as Record<K, string>;
}

/** Certificates of a PEM file, DER. */
export const readAnchors = async (file: string): Promise<Uint8Array[]> =>
  certificatesFromPem(await readFile(file, 'utf8'));

/** The calendar of the settings, or the one of `@segl/pki`. Throws ALGORITHMS_INVALID. */
export const calendarOf = ({ algorithmsFile }: Pick<Config, 'algorithmsFile'>): AlgorithmCalendar =>
  algorithmsFile === undefined ? SHIPPED_CALENDAR : readCalendar(algorithmsFile);

/** The seal's key, from wherever the settings say. Throws CONFIG_INVALID and what `openKey` throws. */
export async function openSeal(
  config: Config,
  algorithms: AlgorithmCalendar,
): Promise<OpenedKey & { readonly anchors: readonly Uint8Array[] }> {
  const files = required(config, SEAL_SETTINGS);
  const anchors = await readAnchors(files.sealTrustFile);
  const opened = await openKey({
    key: files.sealKeyFile,
    passwordFile: config.sealKeyPasswordFile,
    chainFile: config.sealChainFile,
    anchors,
    pss: config.sealRsaPss,
  });
  return { ...opened, key: { ...opened.key, hash: algorithms.newDigest() }, anchors };
}

/** Each authority of the settings by itself, and the anchors (DER) where the paths of their time-stamps must end. */
export async function openAuthorities(
  config: Config,
  { post, revocation }: Pick<Services, 'post' | 'revocation'>,
  { clock, algorithms }: { readonly clock: Clock; readonly algorithms: AlgorithmCalendar },
): Promise<{ readonly authorities: readonly NamedTimestamper[]; readonly anchors: readonly Uint8Array[] }> {
  const anchors = await readAnchors(config.tsaTrustFile ?? '');
  const hash = algorithms.newDigest();
  const authorities = (config.tsaUrl ?? []).map((url) => ({
    url,
    timestamp: createTimestamper({ url, anchors, post, clock, revocation, hash }),
  }));
  return { authorities, anchors };
}

/** The authorities as one; `tsaAnchors`: where the paths of their time-stamps must end, DER. */
export async function openTimestamper(
  config: Config,
  services: Pick<Services, 'post' | 'revocation'>,
  { clock, algorithms, log }: { clock: Clock; algorithms: AlgorithmCalendar; log: Logger },
): Promise<{ readonly timestamper: Timestamper; readonly tsaAnchors: readonly Uint8Array[] }> {
  const { authorities, anchors } = await openAuthorities(config, services, { clock, algorithms });
  const timestamper = failover(authorities, {
    clock,
    onFailure: (url, why) => log.warn({ url, why }, 'the time-stamp authority gave no time-stamp'),
  });
  return { timestamper, tsaAnchors: anchors };
}
