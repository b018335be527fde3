/** The part of docs/standards/conformance.md about the files that others made. */
import type { CorpusResult } from './corpus.ts';
import type { Pair } from './compare.ts';
import { differencesOf, type Explained } from './differences.ts';

const count = (pairs: readonly Pair[], aspect: string): number =>
  pairs.filter((pair) => !differencesOf(pair).some((found) => found.aspect === aspect)).length;

function summary({ specimens, pairs }: CorpusResult): string[] {
  const rows = new Map<string, { files: number; pairs: Pair[] }>();
  for (const specimen of specimens) {
    const kind = specimen.isBroken ? 'broken on purpose' : 'in order';
    const own = pairs.filter((pair) => pair.specimen === specimen);
    for (const judge of new Set(own.map((pair) => pair.judge))) {
      const key = `${specimen.maker} | ${specimen.format} | ${kind} | ${judge}`;
      const row = rows.get(key) ?? { files: 0, pairs: [] };
      rows.set(key, {
        files: row.files + 1,
        pairs: [...row.pairs, ...own.filter((pair) => pair.judge === judge)],
      });
    }
  }
  return [...rows].map(([key, row]) => {
    const same = (['indication', 'sub-indication', 'level'] as const).map((aspect) =>
      count(row.pairs, aspect),
    );
    // where the indication differs, so does what is below it
    const [indication, detail, level] = [same[0]!, same[0]! + same[1]! - row.pairs.length, same[2]!];
    return `| ${key} | ${row.files} | ${row.pairs.length} | ${indication} | ${detail} | ${level} |`;
  });
}

function differenceRow({ difference: { judge, aspect, why }, found }: Explained): string {
  const each = (values: readonly string[]): string => [...new Set(values)].join(', ');
  const files = [...new Set(found.map(({ pair }) => pair.specimen.name))];
  const [example] = files;
  const which = files.length === 1 ? example : `${files.length} files, such as _${example}_`;
  const said = `${each(found.map(({ theirs }) => theirs))} | ${each(found.map(({ ours }) => ours))}`;
  return `| ${judge}, ${aspect} | ${which} | ${said} | ${why} |`;
}

export function corpusLines(result: CorpusResult): string[] {
  const { specimens, pairs, explained, reportProblems } = result;
  const order: readonly string[] = ['indication', 'sub-indication', 'level'];
  const differences = [...explained].sort(
    (a, b) => order.indexOf(a.difference.aspect) - order.indexOf(b.difference.aspect),
  );
  return [
    '## Files that others made',
    '',
    `EU DSS and pyHanko make ${specimens.length} files of every format and level, ${specimens.filter(({ isBroken }) => isBroken).length} of them`,
    'broken on purpose: bytes, properties, references, certificates, time-stamps and validation data changed, exchanged or',
    'removed; signers that are revoked, expired or under an untrusted root; changes made after a signature. EU DSS judges all',
    'of them, pyHanko its own. Our validator is given the same root, the same time and the same OCSP answers. The indication',
    'and sub-indication (EN 319 102-1) of each signature are compared and, with EU DSS, its level. Our report about each file',
    'is validated against the schema of TS 119 102-2 V1.4.1, in the version that EU DSS has:',
    `${reportProblems.length === 0 ? 'no problems found' : `${reportProblems.length} problems found`}.`,
    '',
    `**${count(pairs, 'indication')} of ${pairs.length} judgements have the same indication; each of the others is explained below.**`,
    '',
    '| made by | format | | judged by | files | judgements | same indication | same sub-indication | same level |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...summary(result),
    '',
    '### Differences',
    '',
    '| with | of | they say | we say | why |',
    '| --- | --- | --- | --- | --- |',
    ...differences.map(differenceRow),
    '',
  ];
}
