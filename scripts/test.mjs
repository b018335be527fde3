// `npm test`: lint, then every test. Arguments say which tests to run instead: `unit`, `integration`, folders or files, as
// in `npm test -- test/ades/cades/sign.test.ts`. These run even where something that they do not concern fails to compile.
// Node runs each file itself; docs/adr/0013-tests-run-by-node.md says why tap's own runner does not.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from './node-flags.mjs';
import { prepare } from './prepare.mjs';
import { startTestDatabase } from './test-database.mjs';
import { LONGEST } from './test-order.mjs';
import { makeTestPlace } from './test-place.mjs';
import { installTools } from './tools.mjs';

/** Lint and test files: those that start processes wait for much of their time. */
const AT_ONCE = availableParallelism() + 2;
/** For a test, and a little more for its file, which is ended then. */
const SECONDS = 480;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Runs eslint and prettier beside the tests; what they say is shown when they are done. Gives whether all is well. */
async function lint() {
  const commands = [
    ['eslint', '.'],
    ['prettier', '--check', '--log-level=warn', '.'],
  ];
  let ok = true;
  for (const [name, ...args] of commands) {
    const start = performance.now();
    const child = spawn(process.execPath, [bin(name), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    const code = await new Promise((resolve) => child.on('close', resolve));
    console.log(
      `${said}${code === 0 ? 'ok' : 'not ok'} ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
    ok &&= code === 0;
  }
  return ok;
}

/** Tests that start processes, databases and browsers, or talk to them; all others are units. */
const INTEGRATION =
  /^(e2e|cli|sandbox|conformance|faults|scripts|identity\/methods|server\/(adapters|application|http))\//;

const everyFile = () =>
  readdirSync(join(root, 'dist', 'test'), { recursive: true })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => name.endsWith('.test.js'));

/** What an argument names, as paths below dist/test. */
function filesOf(argument) {
  const files = everyFile();
  if (argument === 'unit') return files.filter((name) => !INTEGRATION.test(name));
  if (argument === 'integration') return files.filter((name) => INTEGRATION.test(name));
  const wanted = relative('test', argument.replace(/\.ts$/, '.js')).split(sep).join('/');
  const found = files.filter((name) => name === wanted || name.startsWith(`${wanted}/`));
  if (found.length === 0) console.error(`There is no test ${argument}.`);
  return found;
}

/** What is named as long and is no test any more. */
const unknownNames = () => LONGEST.filter((name) => !everyFile().includes(name));

/** The longest first, so that none of them is still running alone at the end; then the slower kind. */
function inOrder(files) {
  const kinds = [
    LONGEST.filter((name) => files.includes(name)),
    files.filter((name) => !LONGEST.includes(name) && INTEGRATION.test(name)),
    files.filter((name) => !LONGEST.includes(name) && !INTEGRATION.test(name)),
  ];
  return kinds.flat().map((name) => join('dist', 'test', name));
}

/**
 * Runs one file; shows a line about it, or everything where it failed. Adds to `totals` and `skipped`; gives whether it
 * passed. `flags`: of node.
 */
async function runFile(file, flags, totals, skipped) {
  const start = performance.now();
  const child = spawn(process.execPath, [...flags, file], {
    cwd: root,
    env: { ...process.env, TAP_TIMEOUT: String(SECONDS) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), (SECONDS + 20) * 1000);
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(killer);
  const last = lines.findLast((line) => /^# \{ .* \}$/.test(line)) ?? '';
  const count = (name) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(last)?.[1] ?? 0);
  for (const name of Object.keys(totals)) {
    totals[name] += count(name);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  // tap lets a failure pass that is marked as unfinished work; there is none here
  const ok = code === 0 && last !== '' && count('todo') === 0;
  if (!ok) console.log(lines.join('\n'));
  console.log(`${ok ? 'ok' : 'not ok'} ${file} ${seconds} s`);
  for (const line of lines) {
    const [, reason] = / # SKIP (.*)$/.exec(line) ?? [];
    if (reason !== undefined) skipped.push(reason);
  }
  if (!ok && (last === '' || code === 0)) totals.fail += 1;
  return ok;
}

/** Runs the files, a few at a time; one more of them once `linting` is done. */
async function runFiles(files, flags, linting) {
  const totals = { pass: 0, fail: 0, skip: 0 };
  const skipped = [];
  const waiting = [...files];
  let ok = true;
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      ok = (await runFile(file, flags, totals, skipped)) && ok;
    }
  };
  await Promise.all([...Array.from({ length: AT_ONCE - 1 }, work), linting.then(work)]);
  return { ...totals, skipped, ok };
}

/** Why tests were skipped, each reason once, with how often it was given. */
function tellSkipped(reasons) {
  const counts = new Map();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const [reason, count] of [...counts].sort()) console.log(`  skipped ${count} × ${reason}`);
}

installTools();
const chosen = process.argv.slice(2);
const compiles = await prepare({ mayFail: chosen.length > 0 });
const linting = chosen.length === 0 ? lint() : Promise.resolve(true);
const files = chosen.length > 0 ? [...new Set(chosen.flatMap(filesOf))] : everyFile();
const isIntegrated = files.some((name) => INTEGRATION.test(name));
const database = isIntegrated ? await startTestDatabase() : undefined;
if (database !== undefined) process.env.SEGL_TEST_DATABASE = database.url;
const place = isIntegrated ? await makeTestPlace() : undefined;
if (place !== undefined) process.env.SEGL_TEST_PLACE = place.folder;
// source maps are read for every module of every process and thread, which takes an eighth of all the time of a processor;
// whoever runs a file by name wants to see its lines
const isNamed = chosen.length > 0 && chosen.every((name) => name.endsWith('.ts'));
const flags = isNamed ? NODE_FLAGS : NODE_FLAGS.filter((flag) => flag !== '--enable-source-maps');
const { pass, fail, skip, skipped, ok: tested } = await runFiles(inOrder(files), flags, linting);
await database?.close();
await place?.remove();
console.log(`${pass} passed, ${fail} failed, ${skip} skipped`);
tellSkipped(skipped);
if (!compiles) console.log('Something does not compile; see above.');
const unknown = unknownNames();
if (unknown.length > 0) console.log(`scripts/test-order.mjs names no test: ${unknown.join(', ')}`);
process.exit(compiles && (await linting) && tested && pass > 0 && unknown.length === 0 ? 0 : 1);
