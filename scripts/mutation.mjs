// `npm run mutation`: changes the rules of the business one by one and tells which changes no test notices (Stryker).
// Arguments: folders or files to change instead of those below, as in `npm run mutation -- src/server/domain/order`;
// `--sample N`: only what is on N lines, drawn at random but the same ones each time, of every folder.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { prepare } from './prepare.mjs';
import { startTestDatabase } from './test-database.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where the rules are. Their tests are at the same place below test/, and where this says besides. */
const RULES = {
  'src/server/domain': [],
  'src/server/application': [],
  // what is reported of the golden files, and the files of others
  'src/ades/validation': ['test/golden/reports.test.ts', 'test/conformance/corpus.test.ts'],
};

const args = process.argv.slice(2);
const at = args.indexOf('--sample');
const sample = at < 0 ? undefined : Number(args.splice(at, 2)[1]);
const chosen = args.map((name) => relative(root, join(root, name)));
const sources = chosen.length > 0 ? chosen : Object.keys(RULES);

/** Where the tests of a file or folder are: at its own place, or else at that of the folder above it. */
function testsOf(source) {
  const own = source.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts');
  return existsSync(join(root, own)) ? own : testsOf(dirname(source));
}

const isFile = (name) => name.endsWith('.ts');
const filesUnder = (name) =>
  isFile(name)
    ? [name]
    : readdirSync(join(root, name), { recursive: true })
        .filter((inner) => inner.endsWith('.test.ts'))
        .map((inner) => join(name, inner));
const tests = sources.flatMap((source) => [testsOf(source), ...(RULES[source] ?? [])]);
const testFiles = [...new Set(tests.flatMap(filesUnder))].map((name) =>
  join('dist', name.replace(/\.ts$/, '.js')),
);

await prepare();
const database = await startTestDatabase();
process.env.SEGL_TEST_DATABASE = database.url;
/** What a folder is changed in: everywhere, or on the lines of the sample. */
function changed(source) {
  if (sample === undefined) return isFile(source) ? [source] : [`${source}/**/*.ts`];
  const files = isFile(source)
    ? [source]
    : readdirSync(join(root, source), { recursive: true })
        .map((name) => join(source, name))
        .filter((name) => isFile(name) && !name.includes('/texts/'));
  const lines = files.sort().flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .map((line, index) => ({ line, place: `${file}:${index + 1}-${index + 1}` }))
      .filter(({ line }) => !/^\s*(?:$|\/\/|\/?\*|import\b|[)}\]]+[;,]?$)/.test(line))
      .map(({ place }) => place),
  );
  const order = (place) => createHash('sha256').update(place).digest('hex');
  return lines.sort((a, b) => (order(a) < order(b) ? -1 : 1)).slice(0, sample);
}

const stryker = new Stryker({
  mutate: sources.flatMap(changed),
  tap: { testFiles, nodeArgs: ['--disable-proto=delete', '--enable-source-maps'] },
});
await stryker.runMutationTest().finally(() => database.close());
