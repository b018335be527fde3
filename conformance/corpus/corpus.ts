/** All files of the corpus, one after the other. */
import type { Judges } from '../judging.ts';
import { Breaker } from './broken.ts';
import { DssMaker } from './by-dss.ts';
import { PyHankoMaker } from './by-pyhanko.ts';
import { compare, type Pair } from './compare.ts';
import { differencesOf, explain } from './differences.ts';
import { knownDifferences } from './known.ts';
import { createPeople } from './people.ts';
import type { Specimen } from './specimen.ts';
import type { Maker, Workshop } from './workshop.ts';

/** Both make files, and judge them. */
export interface Tools {
  readonly dss: Judges['dss'] & Maker;
  readonly pyHanko: Judges['pyHanko'] & Maker;
}

export type CorpusResult = ReturnType<typeof explain> & {
  readonly specimens: readonly Specimen[];
  readonly pairs: readonly Pair[];
  /** What the schema has against our reports about them, behind the name of the file. */
  readonly reportProblems: readonly string[];
};

/** `inputs`: PDFs by kind. Names are unique within a maker. */
export async function* specimens(
  shop: Workshop,
  { dss, pyHanko }: Tools,
  inputs: ReadonlyMap<string, Uint8Array>,
): AsyncGenerator<Specimen> {
  const made = shop.world.clock.now();
  const people = createPeople(shop, made);
  const byDss = new DssMaker(shop, dss, people);
  const byPyHanko = new PyHankoMaker(shop, pyHanko, people);
  const breaker = new Breaker(byDss, byPyHanko, inputs.get('classic')!, made);
  yield* byDss.xades();
  yield* byDss.cades();
  yield* byDss.pades(inputs);
  yield* byPyHanko.pades(inputs);
  yield* breaker.xml();
  yield* breaker.cms();
  yield* breaker.pdf();
  yield* breaker.people();
  yield* breaker.later();
}

/** Makes the corpus and has it judged; `tell` hears of every file. */
export async function judgeCorpus(
  shop: Workshop,
  tools: Tools,
  inputs: ReadonlyMap<string, Uint8Array>,
  tell: (specimen: Specimen, pairs: readonly Pair[]) => void,
): Promise<CorpusResult> {
  const all: Specimen[] = [];
  const pairs: Pair[] = [];
  const reportProblems: string[] = [];
  const names = new Set<string>();
  for await (const specimen of specimens(shop, tools, inputs)) {
    const name = `${specimen.maker}: ${specimen.name}`;
    if (names.has(name)) throw new Error(`two files are called ${name}`);
    names.add(name);
    const own = await compare(specimen, tools, shop);
    tell(specimen, own.pairs);
    all.push(specimen);
    pairs.push(...own.pairs);
    reportProblems.push(...own.reportProblems.map((problem) => `${name}: ${problem}`));
  }
  return {
    specimens: all,
    pairs,
    reportProblems,
    ...explain(pairs.flatMap(differencesOf), knownDifferences),
  };
}
