// `npm run mutation`: changes the rules of the business one by one and tells which changes no test notices (Stryker).
// Arguments: folders or files to change instead of those below, as in `npm run mutation -- src/server/domain/order`.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where the rules are. Their tests are at the same place below test/, and where this says besides. */
const RULES = {
  'src/server/domain': [],
  'src/server/application': [],
  'src/ades/validation': [],
};

const chosen = process.argv.slice(2).map((name) => relative(root, join(root, name)));
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
const stryker = new Stryker({
  mutate: sources.map((source) => (isFile(source) ? source : `${source}/**/*.ts`)),
  tap: { testFiles, nodeArgs: ['--disable-proto=delete', '--enable-source-maps'] },
});
await stryker.runMutationTest();
