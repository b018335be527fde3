/**
 * What the validator says of files of many kinds, in every word: the JSON report, the text report, and the page of the
 * Viewer in English and Danish. `GOLDEN=write` writes it down anew; the files stay. A case is added in `reports/cases.json`.
 */
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { golden, known, readGolden, readGoldenJson } from './files.ts';
import { createJudge, type Conclusion, type KeptAnswers, type KeptTrust } from './subject.ts';

interface Case {
  readonly name: string;
  /** Compressed by gzip. */
  readonly file: string;
  /** What a detached signature is over. */
  readonly content?: string;
  /** Key of `trusts`. */
  readonly trust: string;
  readonly at: string;
  readonly asked?: KeptAnswers;
}

interface Expected {
  readonly report: Conclusion;
  readonly text: readonly string[];
}

const { trusts, cases } = readGoldenJson<{
  readonly trusts: Readonly<Record<string, KeptTrust>>;
  readonly cases: readonly Case[];
}>('reports/cases.json');

/** Told in the golden packages, and no words. */
const LEFT_OUT: ReadonlySet<string> = new Set(['path', 'sha256', 'signatureValue', 'signedSha256', 'trail']);

const wordsOf = (report: Conclusion): Conclusion =>
  JSON.parse(
    JSON.stringify(report, (key, value: unknown) => (LEFT_OUT.has(key) ? undefined : value)),
  ) as Conclusion;

/** What a line of the English page is on the Danish one: the same, or one for each place that it has. */
const danish = new Map<string, Set<string>>();

const HASH = /^[0-9a-f]{64}$/;

function compareLines(name: string, en: readonly string[], da: readonly string[]): void {
  if (en.length !== da.length) throw new Error(`${name}: the pages have not the same lines`);
  for (const [index, english] of en.entries()) {
    if (HASH.test(english)) continue;
    const lines = danish.get(english) ?? new Set();
    danish.set(english, lines.add(da[index]!));
  }
}

t.test('every report is as it was, in every word', async (t) => {
  t.ok(cases.length > 150);
  const validate = await createJudge();
  for (const { name, file, content, trust, ...rest } of cases) {
    const { report, text, page } = await validate({
      bytes: gunzipSync(readGolden(`reports/${file}`)),
      trust: trusts[trust]!,
      ...rest,
      ...(content !== undefined && { content: readGolden(`reports/${content}`) }),
    });
    compareLines(name, page.en, page.da);
    const wanted = golden<Expected>(`reports/expected/${name}.json`, () => ({
      report: wordsOf(report),
      text,
    }));
    t.same(known(report, wanted.report), wanted.report, `${name}: JSON`);
    t.same(text, wanted.text, `${name}: text`);
  }
});

t.test('the Viewer says it in English and Danish as it did', async (t) => {
  const found = Object.fromEntries(
    [...danish].sort(([a], [b]) => (a < b ? -1 : 1)).map(([english, lines]) => [english, [...lines].sort()]),
  );
  const wanted = golden('reports/pages.json', () => found);
  t.same(Object.keys(found), Object.keys(wanted), 'in English');
  t.same(found, wanted, 'in Danish');
});
