// `npm run dev`: the service with its sandbox, started anew within seconds of every change. What was changed is
// written without a look at its types, which takes no time; the compiler checks them afterwards, and says what is wrong.
// Arguments go to `segl start`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { NODE_FLAGS } from './node-flags.mjs';
import { BUILD, prepare } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const WATCHED = ['src', 'workers', 'sandbox', 'cli', 'templates', 'wsdl'];
/** Folders that are no source. */
const MADE = ['node_modules', 'dist'];
/** Editors write a file in several steps, and checkouts many files. */
const SETTLE_MS = 50;

/** The options of the project that a file belongs to: the nearest tsconfig.json above it. */
function projectOf(file) {
  const path = ts.findConfigFile(dirname(file), ts.sys.fileExists);
  return ts.getParsedCommandLineOfConfigFile(
    path,
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
  );
}

/** Nobody who loads it meanwhile finds half of it. */
function write(file, text) {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** Writes the JavaScript of a source, and its source map, to where the compiler would. */
function transpile(file) {
  const project = projectOf(file);
  if (!project?.fileNames.includes(file)) return;
  const { outputText, sourceMapText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    // by itself a file does not tell that its package is of modules
    compilerOptions: { ...project.options, module: ts.ModuleKind.ESNext },
    fileName: file,
  });
  const outputs = ts.getOutputFileNames(project, file, !ts.sys.useCaseSensitiveFileNames);
  const target = outputs.find((name) => name.endsWith('.js'));
  mkdirSync(dirname(target), { recursive: true });
  write(target, outputText);
  if (sourceMapText !== undefined) write(`${target}.map`, sourceMapText);
}

/** The embedded database stays up while the service starts anew; as the service would, it keeps its data under DATA_DIR. */
async function startDatabase() {
  if (process.env.DATABASE_URL) return undefined;
  const { startEmbeddedPostgres } =
    await import('../src/server/dist/adapters/postgres/embedded/embedded-postgres.js');
  const dataDir = resolve(root, process.env.DATA_DIR ?? 'data', 'postgres');
  const log = { debug() {}, info() {}, warn: console.error, error: console.error };
  return startEmbeddedPostgres({ dataDir, log });
}

let service;
let database;
let checker;

/** Compiles once the service has loaded what was written for it: two that write the same file meet each other half-way. */
function check() {
  if (checker !== undefined && checker.exitCode === null) return;
  checker = spawn(process.execPath, BUILD, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  checker.once('exit', (code) =>
    console.log(code === 0 ? 'dev: the types are right' : 'dev: the types are wrong'),
  );
}

async function restart() {
  const began = performance.now();
  if (service !== undefined && service.exitCode === null && service.signalCode === null) {
    service.kill('SIGTERM');
    await once(service, 'exit');
  }
  const args = [...NODE_FLAGS, 'cli/dist/main.js', 'start', '--sandbox', ...process.argv.slice(2)];
  const env = database === undefined ? process.env : { ...process.env, DATABASE_URL: database.url };
  service = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'pipe'] });
  service.stderr.on('data', (text) => {
    process.stderr.write(text);
    if (!String(text).includes('Segl is up.')) return;
    console.log(`dev: up ${((performance.now() - began) / 1000).toFixed(1)} s after the change`);
    check();
  });
}

const watched = new Set();
const changed = new Set();
let timer;
let work = Promise.resolve();

function onChange(path) {
  if (path.endsWith('~')) return;
  changed.add(path);
  clearTimeout(timer);
  timer = setTimeout(() => {
    const files = [...changed].filter(existsSync);
    changed.clear();
    for (const file of files.filter((path) => /(?<!\.d)\.ts$/.test(path))) transpile(file);
    work = work.then(restart);
  }, SETTLE_MS);
}

/** Folder by folder: a recursive watch on Linux loses a file that is replaced, as editors and git do. */
function watchFolder(folder) {
  watch(folder, (_event, name) => {
    const path = join(folder, name ?? '');
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (isFolder && !MADE.includes(name) && !watched.has(path)) watchFolder(path);
    if (!isFolder) onChange(path);
  });
  watched.add(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory() && !MADE.includes(entry.name)) watchFolder(join(folder, entry.name));
}

await prepare({ mayFail: true });
for (const folder of WATCHED) watchFolder(join(root, folder));
database = await startDatabase();
await restart();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    checker?.kill();
    service.kill(signal);
    service.once('exit', async () => {
      await database?.close();
      process.exit(0);
    });
  });
}
