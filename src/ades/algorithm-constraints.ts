/** Until when algorithms are relied on: the table `templates/algorithms.json`, for validation and for preservation. */
import { readFileSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { projectFile } from '../paths.ts';

export type SignatureScheme = 'RSA' | 'RSA-PSS' | 'EC';

interface Table {
  readonly digests: Readonly<Record<string, string | null>>;
  readonly keys: readonly {
    readonly scheme: SignatureScheme;
    readonly bits: number;
    readonly until: string | null;
  }[];
}

/** What a signature was made with. */
export interface UsedAlgorithm {
  readonly scheme: SignatureScheme;
  /** As node:crypto names it. */
  readonly digest: string;
  readonly key: KeyObject;
}

/** The moment up to which it counts; `forever` without an end in sight, `never` when it is not in the table. */
export type UsableUntil = Date | 'forever' | 'never';

const table = JSON.parse(readFileSync(projectFile('templates', 'algorithms.json'), 'utf8')) as Table;

const moment = (until: string | null | undefined): UsableUntil =>
  until === undefined ? 'never' : until === null ? 'forever' : new Date(until);

/** Of a digest algorithm. */
export const digestUntil = (digest: string): UsableUntil =>
  moment(Object.hasOwn(table.digests, digest) ? table.digests[digest] : undefined);

/** Of a key with the scheme that it is used for: the largest size in the table that it reaches. */
export function keyUntil(scheme: SignatureScheme, bits: number): UsableUntil {
  const reached = table.keys.filter((row) => row.scheme === scheme && row.bits <= bits);
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
export function algorithmProblem(used: UsedAlgorithm, at: Date): string | undefined {
  const until = usableUntil(used);
  if (until === 'forever' || (until instanceof Date && at < until)) return undefined;
  const what = `${used.scheme} with ${used.digest} and a key of ${keyBits(used.key)} bits`;
  return until === 'never'
    ? `${what} is not relied on`
    : `${what} is not relied on after ${until.toISOString().slice(0, 10)}`;
}
