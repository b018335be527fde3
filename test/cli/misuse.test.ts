import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import t from 'tap';
import { createProgram } from '@segl/cli/program';
import { run } from '@segl/cli/run';
import { projectFile } from '@segl/server/paths';
import { freePort } from '../support/server/running.ts';

const folder = mkdtempSync(join(tmpdir(), 'segl-misuse-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const bare = { DATA_DIR: join(folder, 'none'), LOG_LEVEL: 'silent' };

async function segl(args: readonly string[], env: Record<string, string> = {}) {
  let said = '';
  const code = await run(args, { ...bare, ...env }, (text) => (said += text));
  process.exitCode = undefined;
  return { code, said };
}

/** Every command that does something, by the words that call it. */
const commands = (parent: Command, before: readonly string[] = []): { words: string[]; command: Command }[] =>
  parent.commands.flatMap((command) => {
    const words = [...before, command.name()];
    const own = command.commands.length === 0 || words.join(' ') === 'sandbox';
    return [...(own ? [{ words, command }] : []), ...commands(command, words)];
  });

const all = commands(await createProgram([], {}, () => undefined));

t.test('what a command does not know it refuses in one line, and does nothing', async (t) => {
  t.ok(all.length > 35, `${all.length} commands`);
  for (const { words, command } of all) {
    const misused = words[0] === 'verify' ? 3 : 2;
    const needed = command.registeredArguments.filter(({ required }) => required).map(() => 'x');
    const takesMany = command.registeredArguments.some(({ variadic }) => variadic);
    const options = command.options.filter(({ mandatory }) => mandatory);
    const given = options.flatMap(({ long, argChoices }) => [long ?? '', argChoices?.[0] ?? '2026-01-31']);
    const wrong = [
      [...words, ...needed, ...given, '--bogus'],
      ...(takesMany ? [] : [[...words, ...needed, ...given, 'x', 'x', 'x']]),
      ...(needed.length > 0 ? [[...words, ...given]] : []),
      ...(given.length > 0 ? [[...words, ...needed]] : []),
    ];
    for (const args of wrong) {
      // it takes +3y and -1d, so it asks the sandbox
      if (words.join(' ') === 'sandbox clock' && args.includes('--bogus')) continue;
      const { code, said } = await segl(args);
      t.equal(code, misused, args.join(' '));
      t.match(said, /^segl: [^\n]+\n/, args.join(' '));
      t.notMatch(said, /^\s+at /m, args.join(' '));
    }
  }
  t.match(await segl(['dance']), { code: 2, said: /dance/ });
  t.match(await segl(['sandbox', 'dance']), { code: 2 });
  t.match(await segl(['caller']), { code: 2, said: /segl caller/ }, 'its help');
  t.match(await segl(['retry', '1', '--all']), { code: 1 });
});

t.test('nobody there, and files that are not: one line, and exit code 1', async (t) => {
  const port = await freePort();
  const away = `http://localhost:${port}`;
  const nowhere = join(folder, 'nowhere', 'x');
  const task = `${away}/std/docaction/demo?request_id=1&task_id=1`;
  const sandbox = { SANDBOX_URL: away };
  const database = { DATABASE_URL: `postgres://a:b@127.0.0.1:${port}/c` };
  const text = join(folder, 'text.txt');
  writeFileSync(text, 'I agree.');
  const files = {
    ...{ SEAL_KEY_FILE: nowhere, SEAL_TRUST_FILE: nowhere, TSA_URL: away, TSA_TRUST_FILE: nowhere },
    ...{ NEMID_CLIENT_URL: away, VOCES_KEY_FILE: nowhere, PID_CPR_URL: away },
  };
  const cases: readonly [args: string, env: Record<string, string>, names: string, code?: number][] = [
    [`sandbox sign ${task} --user anna`, sandbox, String(port)],
    [`sandbox sign ${task} --user anna --upload ${nowhere}`, sandbox, nowhere],
    ['sandbox sign nowhere --user anna', sandbox, 'nowhere'],
    ['sandbox user find', sandbox, away],
    ['sandbox user lock anna', sandbox, away],
    ['sandbox clock -1d', sandbox, away],
    ['retry', database, String(port)],
    ['caller list', database, String(port)],
    ['provider show', database, String(port)],
    ['template uses', database, String(port)],
    ['retry', {}, 'DATABASE_URL'],
    ['caller list', {}, 'DATABASE_URL'],
    ['caller rules', { NEMID_ENVIRONMENT: 'nowhere' }, 'NEMID_ENVIRONMENT'],
    ['evidence 1', {}, 'SEAL_KEY_FILE'],
    ['preserve run', {}, 'SEAL_KEY_FILE'],
    ['start', {}, 'SEAL_KEY_FILE'],
    ['start', files, nowhere],
    ['serve', files, nowhere],
    ['worker', { PORT: 'eighty' }, 'PORT'],
    ['sandbox', { SANDBOX_PORT: 'eighty' }, 'SANDBOX_PORT'],
    ['template preview nothing', {}, 'nothing'],
    [`template preview classic --out ${nowhere}`, {}, nowhere],
    [`demo --out ${join(folder, 'out')} --document ${nowhere}`, {}, nowhere],
    [`demo --out ${text}/out`, {}, text],
    [`judge ${nowhere} --at 2026-01-31`, {}, nowhere],
    [`verify ${nowhere} --offline`, {}, nowhere, 3],
    [`verify ${folder} --offline`, {}, 'EISDIR', 3],
    [`verify ${text} --offline --trust ${nowhere}`, {}, nowhere, 3],
    [`verify ${text} --offline --at yesterday`, {}, 'yesterday', 3],
  ];
  for (const [args, env, names, code = 1] of cases) {
    const told = await segl(args.split(' '), env);
    t.equal(told.code, code, `${args}: ${told.said}`);
    t.match(told.said, /^segl: /, args);
    t.match(told.said, names, args);
    t.notMatch(told.said, /^\s+at /m, args);
  }
});

t.test('the command in a process of its own', (t) => {
  const command = (...args: string[]) => {
    const program = ['--disable-proto=delete', projectFile('cli', 'dist', 'main.js'), ...args];
    return spawnSync(process.execPath, program, { env: bare, encoding: 'utf8' });
  };
  t.match(command(), { status: 0, stdout: /^Usage: segl [^]*SEAL_KEY_FILE/, stderr: '' });
  t.match(command('retry', '--bogus'), { status: 2, stdout: '', stderr: /^segl: / });
  t.match(command('evidence', '1'), { status: 1, stdout: '', stderr: /^segl: / });
  t.end();
});
