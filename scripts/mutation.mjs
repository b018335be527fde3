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
import { makeTestPlace } from './test-place.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where the rules are. */
const RULES = ['src/server/domain', 'src/server/application', 'src/ades/validation'];

const flow = 'test/server/application/flow.test.ts';
const adversity = 'test/server/application/adversity.test.ts';
const memory = 'test/identity/methods/nemid/cpr/cpr-step.test.ts';
const trail = 'test/server/application/signing/trail.test.ts';
const eids = 'test/identity/methods/oidc/service.test.ts';
const notifications = 'test/server/application/lifecycle/notifications.test.ts';
/**
 * The tests that are asked about a change: those at its own place below test/, and these besides. Each place is mutated in
 * a run of its own: all tests of a run start once before it, and those of the application have a service each.
 */
const PLACES = {
  'src/server/domain': [],
  // what is reported of the golden files, and the files of others
  'src/ades/validation': ['test/golden/reports.test.ts', 'test/conformance/corpus.test.ts'],
  'src/server/application/access': ['test/server/http/callers', memory],
  'src/server/application/archive': [],
  'src/server/application/delivery': [notifications],
  'src/server/application/documents': [flow, 'test/server/application/ordering/later-life.test.ts'],
  'src/server/application/lifecycle': [flow],
  'src/server/application/ordering': [flow],
  'src/server/application/packaging': [flow, 'test/server/application/archive'],
  'src/server/application/signing': [trail, flow, memory, adversity, eids],
  'src/server/application/upkeep': [],
  'src/server/application/validating': [],
};

const args = process.argv.slice(2);
const at = args.indexOf('--sample');
const sample = at < 0 ? undefined : Number(args.splice(at, 2)[1]);
const chosen = args.map((name) => relative(root, join(root, name)));
const sources = chosen.length > 0 ? chosen : RULES;

const isFile = (name) => name.endsWith('.ts');
const filesUnder = (name) =>
  isFile(name)
    ? [name]
    : readdirSync(join(root, name), { recursive: true }).map((inner) => join(name, inner));
const isRule = (name) => isFile(name) && !name.includes('/texts/');
const placeOf = (file) => Object.keys(PLACES).find((place) => file.startsWith(`${place}/`)) ?? dirname(file);

/** Where the tests of a file or folder are: at its own place, or else at that of the folder above it. */
function testsOf(source) {
  const own = source.replace(/^src/, 'test').replace(/\.ts$/, '.test.ts');
  return existsSync(join(root, own)) ? own : testsOf(dirname(source));
}

/** What of some files is changed: all of it, or the lines of the sample. */
function changed(files) {
  if (sample === undefined) return files;
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

/** Whether a file has more than types in it. */
const hasCode = (file) =>
  /^(?:export )?(?:const|class|(?:async )?function)\b/m.test(readFileSync(join(root, file), 'utf8'));

/** What is changed, by its place. */
const runs = new Map();
for (const mutated of sources.flatMap((source) => changed(filesUnder(source).filter(isRule)))) {
  const file = mutated.replace(/:.*/, '');
  if (!hasCode(file)) continue;
  const place = placeOf(file);
  runs.set(place, [...(runs.get(place) ?? []), mutated]);
}

/** Tests of the changed files if they have any of their own, else of their place; and those that it names besides. */
function testFilesFor(place) {
  const own = chosen.length > 0 ? chosen.filter((source) => source.startsWith(place)) : [];
  const besides = PLACES[place];
  const names = (own.length > 0 ? own : [place]).map(testsOf);
  // that of the folder above would be everything, where the place names what concerns it
  const near = besides ? names.filter((name) => name.startsWith(place.replace(/^src/, 'test'))) : names;
  const files = [...near, ...(besides ?? [])].flatMap(filesUnder).filter((name) => name.endsWith('.test.ts'));
  return [...new Set(files)].map((name) => join('dist', name.replace(/\.ts$/, '.js')));
}

await prepare();
const database = await startTestDatabase();
process.env.SEGL_TEST_DATABASE = database.url;
const installation = await makeTestPlace();
process.env.SEGL_TEST_PLACE = installation.folder;
// seconds that a test may take: two run at once, slowed down by what counts their coverage
process.env.TAP_TIMEOUT ??= '240';
const found = [];
try {
  for (const [place, mutate] of runs) {
    const report = join('out', 'mutation', place.replaceAll('/', '-'));
    const stryker = new Stryker({
      mutate,
      tap: { testFiles: testFilesFor(place), nodeArgs: ['--disable-proto=delete', '--enable-source-maps'] },
      jsonReporter: { fileName: `${report}.json` },
      htmlReporter: { fileName: `${report}.html` },
    });
    const results = await stryker.runMutationTest();
    found.push([place, results.map(({ status }) => status)]);
  }
} finally {
  await database.close();
  await installation.remove();
}
for (const [place, statuses] of [...found, ['together', found.flatMap(([, statuses]) => statuses)]]) {
  const count = (status) => statuses.filter((one) => one === status).length;
  const [killed, late, survived] = ['Killed', 'Timeout', 'Survived'].map(count);
  const score = ((100 * (killed + late)) / (killed + late + survived)).toFixed(1);
  console.log(
    `${place}: ${statuses.length} changes, ${killed} killed, ${late} timed out, ${survived} survived, ` +
      `${count('NoCoverage')} not covered, ${score} % of covered code`,
  );
}
