// `npm test`: everything it needs, then lint and all tests. Arguments: names of test files to run instead of all,
// as `npm test -- test/ades/cades/sign.test.ts`. Node runs each file itself: tap's own runner would put a tracker of processes into
// every process that a test starts, and each of them would take most of a second longer.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';
import { installTools } from './tools.mjs';

const AT_ONCE = 2;
/** For a test, and a little more for its file, which is ended then. */
const SECONDS = 240;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('exit', (code) => resolve(code === 0));
  });
}

/** Every test, the slowest kind first: so that none of them is still running alone at the end. */
function allFiles() {
  const folder = join('dist', 'test');
  const files = readdirSync(join(root, folder), { recursive: true }).filter((name) =>
    name.endsWith('.test.js'),
  );
  const isSlow = (name) => /^(e2e|http|conformance|cli|sandbox)\b/.test(name);
  return [...files.filter(isSlow), ...files.filter((name) => !isSlow(name))].map((name) =>
    join(folder, name),
  );
}

/** Runs one file; shows a line about it, or everything where it failed. Adds to `totals`; gives whether it passed. */
async function runFile(file, totals) {
  const start = performance.now();
  const child = spawn(process.execPath, ['--disable-proto=delete', '--enable-source-maps', file], {
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
  for (const name of Object.keys(totals)) {
    totals[name] += Number(new RegExp(`\\b${name}: (\\d+)`).exec(last)?.[1] ?? 0);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const ok = code === 0 && last !== '';
  if (!ok) console.log(lines.join('\n'));
  console.log(`${ok ? 'ok' : 'not ok'} ${file} ${seconds} s`);
  if (ok) for (const skipped of lines.filter((line) => / # SKIP/.test(line))) console.log(skipped);
  if (!ok && last === '') totals.fail += 1;
  return ok;
}

/** Runs the files, a few at a time. */
async function runFiles(files) {
  const totals = { pass: 0, fail: 0, skip: 0 };
  const waiting = [...files];
  let ok = true;
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      ok = (await runFile(file, totals)) && ok;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { ...totals, ok };
}

installTools();
await prepare();
const chosen = process.argv.slice(2).map((name) => join('dist', name.replace(/\.ts$/, '.js')));
let ok = true;
if (chosen.length === 0) {
  console.log('eslint and prettier');
  ok = (await run(bin('eslint'), ['.'])) && ok;
  ok = (await run(bin('prettier'), ['--check', '--log-level=warn', '.'])) && ok;
}
const { pass, fail, skip, ok: tested } = await runFiles(chosen.length > 0 ? chosen : allFiles());
console.log(`${pass} passed, ${fail} failed, ${skip} skipped`);
process.exit(ok && tested && pass > 0 ? 0 : 1);
