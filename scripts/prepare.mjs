// Makes a fresh clone ready to run: dependencies and build. Uses nothing but node: modules.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with ${code}`)),
    );
  });
}

/** When a file was written, in milliseconds; 0: it is not there. */
const writtenAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** npm writes node_modules/.package-lock.json last: it is older than package-lock.json when an install is due. */
function installIsDue() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return !existsSync(installed) || writtenAt(installed) < writtenAt(join(root, 'package-lock.json'));
}

/** Folders that are built into a `dist` of their own; the root's is that of bench, conformance, faults, methods, scripts and test. */
const packages = () => [
  '.',
  'workers',
  'sandbox',
  'cli',
  ...readdirSync(join(root, 'src')).map((name) => join('src', name)),
];

const BUILT = /(\.d\.ts|\.js(\.map)?)$/;

/** What was built from a source that is gone would still be found and run. `source`: the folder that it was built from. */
function removeStale(folder, source) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const from = join(source, entry.name);
    if (entry.isDirectory()) removeStale(path, from);
    else if (BUILT.test(entry.name) && !existsSync(from.replace(BUILT, '.ts'))) rmSync(path);
  }
}

/** The arguments of node that build everything that is not up to date; TypeScript says itself what that is. */
export const BUILD = [join(root, 'node_modules', 'typescript-native', 'bin', 'tsc'), '-b', root];

/** Gives whether everything compiles; what can be written is written all the same. */
async function build() {
  if (!existsSync(join(root, 'dist', '.tsbuildinfo'))) console.error('Building …');
  const compiles = await run(process.execPath, BUILD).then(
    () => true,
    () => false,
  );
  for (const folder of packages()) removeStale(join(root, folder, 'dist'), join(root, folder));
  return compiles;
}

/**
 * Installs and builds, where that is due; images have no sources, and skip both. Gives whether
 * everything compiles, where it may be otherwise.
 */
export async function prepare({ mayFail = false } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Segl needs Node.js 20.19 or later; this is ${process.version}.`);
    process.exit(1);
  }
  if (!existsSync(join(root, 'tsconfig.json'))) return true;
  if (installIsDue()) {
    console.error('Installing dependencies (once) …');
    await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  const compiles = await build();
  if (!compiles && !mayFail) process.exit(1);
  return compiles;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await prepare();
