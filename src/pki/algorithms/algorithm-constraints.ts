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

export type SignatureScheme = 'RSA' | 'RSA-PSS' | 'EC';

interface Table {
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

/** The calendar that comes with the service. */
export const SHIPPED_ALGORITHMS = packageFile(import.meta.url, 'algorithms.json');

let calendar = { file: SHIPPED_ALGORITHMS, table: readCalendar(SHIPPED_ALGORITHMS) };

/** Goes by the calendar in `file` from now on. Throws ALGORITHMS_INVALID {file, why}; then all stays as it was. */
export function useAlgorithms(file: string): void {
  calendar = { file, table: readCalendar(file) };
}

/** The file of the calendar in use. */
export const algorithmsFile = (): string => calendar.file;

function readCalendar(file: string): Table {
  const invalid = (why: Problem): SeglError => pkiProblems.error('ALGORITHMS_INVALID', { file, why });
  let table: Partial<Table> | null;
  try {
    table = JSON.parse(readFileSync(file, 'utf8')) as Partial<Table> | null;
  } catch (error) {
    throw invalid(pkiProblems.of('calendar/unreadable', { said: (error as Error).message }));
  }
  const isEnd = (until: unknown): boolean =>
    until === null || (typeof until === 'string' && !Number.isNaN(Date.parse(until)));
  const { digests, keys } = table ?? {};
  if (typeof digests !== 'object' || digests === null || !Object.values(digests).every(isEnd)) {
    throw invalid(pkiProblems.of('calendar/digests-malformed'));
  }
  const isRow = (row: Partial<Table['keys'][number]> | null): boolean =>
    ['RSA', 'RSA-PSS', 'EC'].includes(row?.scheme ?? '') && Number.isInteger(row?.bits) && isEnd(row?.until);
  if (!Array.isArray(keys) || !keys.every(isRow)) {
    throw invalid(pkiProblems.of('calendar/keys-malformed'));
  }
  return { digests, keys };
}

const moment = (until: string | null | undefined): UsableUntil =>
  until === undefined ? 'never' : until === null ? 'forever' : new Date(until);

/** Of a digest algorithm. */
export const digestUntil = (digest: string): UsableUntil =>
  moment(Object.hasOwn(calendar.table.digests, digest) ? calendar.table.digests[digest] : undefined);

const momentOf = (until: UsableUntil): number =>
  until === 'forever' ? Infinity : until === 'never' ? -Infinity : until.getTime();

/** For new signatures and time-stamps: the digest that is relied on longest; of several, the shortest. */
export const newDigest = (): NewDigest =>
  NEW_DIGESTS.reduce((best, one) => (momentOf(digestUntil(one)) > momentOf(digestUntil(best)) ? one : best));

/** Of a key with the scheme that it is used for: the largest size in the table that it reaches. */
export function keyUntil(scheme: SignatureScheme, bits: number): UsableUntil {
  const reached = calendar.table.keys.filter((row) => row.scheme === scheme && row.bits <= bits);
  return moment(reached.sort((a, b) => b.bits - a.bits)[0]?.until);
}

const curveBits: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/** Modulus or curve size; 0 for keys that are not understood. */
export const keyBits = ({ asymmetricKeyDetails }: KeyObject): number =>
  asymmetricKeyDetails?.modulusLength ?? curveBits[asymmetricKeyDetails?.namedCurve ?? ''] ?? 0;

/** The weaker of digest and key. */
export function usableUntil({ scheme, digest, key }: UsedAlgorithm): UsableUntil {
  const both = [digestUntil(digest), keyUntil(scheme, keyBits(key))];
  if (both.includes('never')) return 'never';
  const ends = both.filter((end): end is Date => end instanceof Date);
  return ends.sort((a, b) => a.getTime() - b.getTime())[0] ?? 'forever';
}

/** Why it cannot be relied on at this time, or undefined. */
export function algorithmProblem(used: UsedAlgorithm, at: Date): Problem | undefined {
  const until = usableUntil(used);
  if (until === 'forever' || (until instanceof Date && at < until)) return undefined;
  const { scheme, digest, key } = used;
  const what = { scheme, digest, bits: keyBits(key) };
  return until === 'never'
    ? pkiProblems.of('algorithm/never-reliable', what)
    : pkiProblems.of('algorithm/no-longer-reliable', { ...what, day: until.toISOString().slice(0, 10) });
}
