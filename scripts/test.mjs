// `npm test`: everything it needs, then lint and all tests. Arguments: names of test files to run instead of all,
// as `npm test -- test/ades/cms.test.ts`.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';
import { installTools } from './tools.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('exit', (code) => resolve(code === 0));
  });
}

/** Runs tap; shows a line for each file and everything about those that fail. Gives the totals. */
function runTap(files) {
  return new Promise((resolve) => {
    const child = spawn(bin('tap'), ['run', '--reporter=tap', ...files], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const totals = { total: 0, pass: 0, fail: 0, skip: 0 };
    let details = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const counts = /^# \{ (.*) \}$/.exec(line);
      if (counts) {
        for (const [, name, number] of counts[1].matchAll(/(\w+): (\d+)/g)) totals[name] = Number(number);
      } else if (/^not ok /.test(line)) {
        console.log([...details, line].join('\n'));
        details = [];
      } else if (/^ok /.test(line)) {
        console.log(line);
        for (const skipped of details.filter((detail) => / # SKIP/.test(detail))) console.log(skipped);
        details = [];
      } else details.push(line);
    });
    child.on('close', (code) => {
      if (code !== 0 && totals.fail === 0) console.log(details.join('\n'));
      resolve({ ...totals, ok: code === 0 });
    });
  });
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
const { pass, fail, skip, ok: tested } = await runTap(chosen);
console.log(`${pass} passed, ${fail} failed, ${skip} skipped`);
process.exit(ok && tested && pass > 0 ? 0 : 1);
