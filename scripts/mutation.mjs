// `npm run mutation`: changes the rules of the business one by one and tells which changes no test notices (Stryker).
// Arguments: folders of sources to change instead of those below, as in `npm run mutation -- src/server/domain/order`.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where the rules are. The tests of a folder are at the same place below test/, and where this says besides. */
const RULES = {
  'src/server/domain': [],
  'src/server/application': [],
  'src/ades/validation': [],
};

const chosen = process.argv.slice(2).map((name) => relative(root, join(root, name)));
const folders = chosen.length > 0 ? chosen : Object.keys(RULES);

/** The nearest folder of tests: that of the sources, or of a folder above it. */
function testsOf(folder) {
  const own = folder.replace(/^src/, 'test');
  return existsSync(join(root, own)) ? own : testsOf(dirname(folder));
}

const testFolders = folders.flatMap((folder) => [testsOf(folder), ...(RULES[folder] ?? [])]);
const testFiles = [...new Set(testFolders)].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('dist', folder, name.replace(/\.ts$/, '.js'))),
);

await prepare();
const stryker = new Stryker({
  mutate: folders.map((folder) => `${folder}/**/*.ts`),
  tap: { testFiles, nodeArgs: ['--disable-proto=delete', '--enable-source-maps'] },
});
await stryker.runMutationTest();
