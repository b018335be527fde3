/**
 * Until when algorithms are relied on, for validation and for preservation, and which digest new signatures and time-stamps
 * take: the calendar `algorithms.json` of this package, or one of the installation's own.
 */
import { readFileSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import type { SeglError } from '@segl/problem/errors';
import { pkiProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { packageFile } from '@segl/problem/paths';

const SCHEMES = ['RSA', 'RSA-PSS', 'EC', 'EdDSA'] as const;
export type SignatureScheme = (typeof SCHEMES)[number];

/** What a calendar says; plain data, which can be handed to a thread. */
export interface CalendarTable {
  /** Where it was read. */
  readonly file: string;
  /** By the names of node:crypto; null without an end in sight. */
  readonly digests: Readonly<Record<string, string | null>>;
  readonly keys: readonly {
    readonly scheme: SignatureScheme;
    readonly bits: number;
    readonly until: string | null;
  }[];
}

/** What new signatures and time-stamps may be made with, the shortest first. */
const NEW_DIGESTS = ['sha256', 'sha384', 'sha512'] as const;
export type NewDigest = (typeof NEW_DIGESTS)[number];

/** What a signature was made with. */
export interface UsedAlgorithm {
  readonly scheme: SignatureScheme;
  /** As node:crypto names it. */
  readonly digest: string;
  readonly key: KeyObject;
}

/** The moment up to which it counts; `forever` without an end in sight, `never` when it is not in the table. */
export type UsableUntil = Date | 'forever' | 'never';

const curveBits: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp384r1: 384,
  secp521r1: 521,
  ed25519: 256,
};

/** Modulus or curve size; 0 for keys that are not understood. */
export const keyBits = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): number =>
  asymmetricKeyDetails?.modulusLength ??
  curveBits[asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType ?? ''] ??
  0;

const momentOf = (until: UsableUntil): number =>
  until === 'forever' ? Infinity : until === 'never' ? -Infinity : until.getTime();

const usableUntil = (until: string | null | undefined): UsableUntil =>
  until === undefined ? 'never' : until === null ? 'forever' : new Date(until);

/** Until when each algorithm is relied on. It never changes. */
export class AlgorithmCalendar {
  readonly table: CalendarTable;

  constructor(table: CalendarTable) {
    this.table = table;
  }

  /** Of a digest algorithm, as node:crypto names it. */
  digestUntil(digest: string): UsableUntil {
    const { digests } = this.table;
    return usableUntil(Object.hasOwn(digests, digest) ? digests[digest] : undefined);
  }

  /** Of a key with the scheme that it is used for: the largest size in the table that it reaches. */
  keyUntil(scheme: SignatureScheme, bits: number): UsableUntil {
    const reached = this.table.keys.filter((row) => row.scheme === scheme && row.bits <= bits);
    return usableUntil(reached.sort((a, b) => b.bits - a.bits)[0]?.until);
  }

  /** For new signatures and time-stamps: the digest that is relied on longest; of several, the shortest. */
  newDigest(): NewDigest {
    const end = (digest: NewDigest): number => momentOf(this.digestUntil(digest));
    return NEW_DIGESTS.reduce((best, one) => (end(one) > end(best) ? one : best));
  }

  /** Why it cannot be relied on at this time, or undefined. */
  problem({ scheme, digest, key }: UsedAlgorithm, at: Date): Problem | undefined {
    const bits = keyBits(key);
    const [until] = [this.digestUntil(digest), this.keyUntil(scheme, bits)].sort(
      (a, b) => momentOf(a) - momentOf(b),
    );
    if (until === undefined || until === 'forever' || (until instanceof Date && at < until)) return undefined;
    const what = { scheme, digest, bits };
    return until === 'never'
      ? pkiProblems.of('algorithm/never-reliable', what)
      : pkiProblems.of('algorithm/no-longer-reliable', { ...what, day: until.toISOString().slice(0, 10) });
  }
}

/** Reads a calendar (JSON). Throws ALGORITHMS_INVALID {file, why}. */
export function readCalendar(file: string): AlgorithmCalendar {
  const invalid = (why: Problem): SeglError => pkiProblems.error('ALGORITHMS_INVALID', { file, why });
  let table: Partial<CalendarTable> | null;
  try {
    table = JSON.parse(readFileSync(file, 'utf8')) as Partial<CalendarTable> | null;
  } catch (error) {
    throw invalid(pkiProblems.of('calendar/unreadable', { said: (error as Error).message }));
  }
  const isEnd = (until: unknown): boolean =>
    until === null || (typeof until === 'string' && !Number.isNaN(Date.parse(until)));
  const { digests, keys } = table ?? {};
  if (typeof digests !== 'object' || digests === null || !Object.values(digests).every(isEnd)) {
    throw invalid(pkiProblems.of('calendar/digests-malformed'));
  }
  const isRow = (row: Partial<CalendarTable['keys'][number]> | null): boolean =>
    SCHEMES.some((scheme) => scheme === row?.scheme) && Number.isInteger(row?.bits) && isEnd(row?.until);
  if (!Array.isArray(keys) || !keys.every(isRow)) {
    throw invalid(pkiProblems.of('calendar/keys-malformed'));
  }
  return new AlgorithmCalendar({ file, digests, keys });
}

/** The calendar of this package. */
export const SHIPPED_CALENDAR = readCalendar(packageFile(import.meta.url, 'algorithms.json'));
