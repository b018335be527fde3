// Makes a fresh clone ready to run: dependencies and build. Uses nothing but node: modules.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = [
  'src',
  'workers',
  'sandbox',
  'cli',
  'bench',
  'conformance',
  'test',
  'tsconfig.json',
  'tsconfig.base.json',
  'package.json',
];

/** Folders that are built into a `dist` of their own; the root's is that of bench, conformance and test. */
const packages = () => [
  '.',
  'workers',
  'sandbox',
  'cli',
  ...readdirSync(join(root, 'src')).map((name) => join('src', name)),
];

const BUILT = /(\.d\.ts|\.js(\.map)?)$/;

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

/** Folders that are no source. */
const isMade = (name) => name === 'dist' || name === 'node_modules';

/** Of a file, or of the youngest source in a folder. */
function newest(path) {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => (isMade(name) ? 0 : newest(join(path, name)))));
}

/** npm writes node_modules/.package-lock.json last: it is older than package-lock.json when an install is due. */
function installIsDue() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  return !existsSync(installed) || newest(installed) < newest(join(root, 'package-lock.json'));
}

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

function buildIsDue() {
  const built = newest(join(root, 'dist', '.tsbuildinfo'));
  return built === 0 || sources.some((path) => newest(join(root, path)) > built);
}

export async function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Segl needs Node.js 20.19 or later; this is ${process.version}.`);
    process.exit(1);
  }
  const canInstall = existsSync(join(root, 'package-lock.json'));
  if (canInstall && installIsDue()) {
    console.error('Installing dependencies (once) …');
    await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  if (existsSync(join(root, 'tsconfig.json')) && existsSync(join(root, 'src')) && buildIsDue()) {
    console.error('Building …');
    await run(process.execPath, [join(root, 'node_modules', 'typescript-native', 'bin', 'tsc'), '-b', root]);
    for (const folder of packages()) removeStale(join(root, folder, 'dist'), join(root, folder));
    // tsc leaves its notes alone when nothing but times changed
    const now = Date.now() / 1000;
    utimesSync(join(root, 'dist', '.tsbuildinfo'), now, now);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await prepare();
