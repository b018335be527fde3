/** Where we and a judge differ, and why we hold to what we say. An entry that no file needs any more is an error. */
import type { JudgeName, Pair, Said } from './compare.ts';

export type Aspect = 'indication' | 'sub-indication' | 'level';

/** What differs of a pair, in words. */
export interface Found {
  readonly pair: Pair;
  readonly aspect: Aspect;
  readonly theirs: string;
  readonly ours: string;
}

export interface Difference {
  readonly judge: JudgeName;
  readonly aspect: Aspect;
  /** Names of the files. */
  readonly of: RegExp;
  readonly theirs: RegExp;
  readonly ours: RegExp;
  /** With the clause that we go by. */
  readonly why: string;
}

export interface Explained {
  readonly difference: Difference;
  readonly found: readonly Found[];
}

const concluded = ({ indication, subIndication }: Said): string =>
  subIndication === undefined ? indication : `${indication}/${subIndication}`;

/** Levels are compared where both tell one. */
export function differencesOf(pair: Pair): Found[] {
  const { theirs, ours } = pair;
  const isSame = theirs.indication === ours.indication;
  const both = { pair, theirs: concluded(theirs), ours: concluded(ours) };
  const found: Found[] = [];
  if (!isSame) found.push({ ...both, aspect: 'indication' });
  else if (theirs.subIndication !== ours.subIndication) found.push({ ...both, aspect: 'sub-indication' });
  const [theirLevel, ourLevel] = [theirs.level, ours.level];
  if (theirLevel !== undefined && ourLevel !== undefined && theirLevel !== ourLevel) {
    found.push({ pair, aspect: 'level', theirs: theirLevel, ours: ourLevel });
  }
  return found;
}

const explains = ({ judge, aspect, of, theirs, ours }: Difference, found: Found): boolean =>
  judge === found.pair.judge &&
  aspect === found.aspect &&
  of.test(found.pair.specimen.name) &&
  theirs.test(found.theirs) &&
  ours.test(found.ours);

/** Sorts differences under the first entry that explains them. `unused`: entries that explain nothing. */
export function explain(found: readonly Found[], table: readonly Difference[]) {
  const byEntry = new Map<Difference, Found[]>(table.map((entry) => [entry, []]));
  const unexplained: Found[] = [];
  for (const one of found) {
    const entry = table.find((difference) => explains(difference, one));
    if (entry) byEntry.get(entry)!.push(one);
    else unexplained.push(one);
  }
  const all = [...byEntry].map(([difference, own]): Explained => ({ difference, found: own }));
  return {
    explained: all.filter((one) => one.found.length > 0),
    unused: all.filter((one) => one.found.length === 0).map(({ difference }) => difference),
    unexplained,
  };
}
