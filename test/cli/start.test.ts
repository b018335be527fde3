import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import t from 'tap';
import { projectFile } from '@segl/server/paths';
import { Authenticator } from '@segl/server/adapters/postgres/accounts/accounts';
import { Database } from '@segl/server/adapters/postgres/database';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { createPlace, freePort } from '../support/server/running.ts';

const NEEDED = [
  'SEAL_KEY_FILE',
  'SEAL_TRUST_FILE',
  'TSA_URL',
  'TSA_TRUST_FILE',
  'NEMID_CLIENT_URL',
  'VOCES_KEY_FILE',
  'PID_CPR_URL',
];

async function emptyFolder(t: { teardown(fn: () => unknown): unknown }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'segl-start-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function segl(args: readonly string[], env: Record<string, string>, input = '') {
  const program = spawn(
    process.execPath,
    ['--disable-proto=delete', projectFile('cli', 'dist', 'main.js'), ...args],
    { env: { PATH: process.env['PATH'] ?? '', ...env } },
  );
  program.stdin.end(input);
  const [said, output] = await Promise.all([
    text(program.stderr),
    text(program.stdout),
    once(program, 'exit'),
  ]);
  return { code: program.exitCode, said, output };
}

for (const command of ['start', 'serve', 'worker']) {
  t.test(`segl ${command} alone is production: it names everything that is missing, at once`, async (t) => {
    const folder = await emptyFolder(t);
    const env = { DATA_DIR: join(folder, 'data'), PORT: String(await freePort()), LOG_LEVEL: 'loud?' };
    const login = command === 'start' ? { LOGIN_SERVICE: 'on' } : undefined;
    const { code, said } = await segl([command], {
      ...{ ...env, ...login, OCSP_NONCE: 'perhaps', TSA_URL: 'nowhere' },
    });
    t.equal(code, 1);
    t.equal(said.includes('  LOGIN_KEY_FILE must be'), login !== undefined, 'only where it is used');
    for (const variable of [...NEEDED, 'OCSP_NONCE']) t.match(said, `  ${variable} must be`);
    t.equal(said.match(/TSA_URL/g)?.length, 1, 'a setting that is there and wrong is not called missing');
    t.match(said, /segl start --sandbox/, 'and what to do to try it');
    t.notOk(existsSync(env.DATA_DIR), 'nothing was begun');
  });
}

t.test('an account can be made before the first start and while the service runs', async (t) => {
  const place = await createPlace(t);
  const env = { DATA_DIR: place.dataDir };
  t.match(await segl(['account', 'set', 'early'], env, 'before the start\n'), { code: 0 });
  await place.start('start');
  t.match(await segl(['account', 'set', 'late'], env, 'while it runs\n'), { code: 0 });
  const passwords = [
    ['early', 'before the start'],
    ['late', 'while it runs'],
  ] as const;
  for (const [service, password] of passwords) {
    const authorization = `Basic ${Buffer.from(`${service}:${password}`).toString('base64')}`;
    const address = `${place.baseUrl}/doc/${service}/sds`;
    const answer = await fetch(address, { method: 'POST', headers: { authorization }, body: 'I agree.' });
    t.equal(answer.status, 201, service);
  }
  t.match(await segl(['account', 'set', 'late'], env, 'short\n'), { code: 1 });
  const details = ['--name', 'Late A/S', '--privacy', 'https://example.com/privacy'];
  const described = await segl(['account', 'describe', 'late', ...details], env);
  t.match(described, { code: 0, output: /^name +Late A\/S\ncontact +-\nprivacy +https:/m });
  t.match(await segl(['account', 'redirects', 'early', 'myapp'], env), {
    code: 0,
    output: /^name +early$[^]*^redirects +https, http, myapp$/m,
  });
});

t.test('the public account is there only beside a sandbox', async (t) => {
  const place = await createPlace(t);
  const sandboxed = await place.start('start');
  await sandboxed.end('SIGTERM');
  // its keys and anchors, but not itself
  const given = parseEnv(await readFile(join(place.dataDir, 'sandbox', 'service.env'), 'utf8'));
  const alone = await place.start('start', { ...given, SANDBOX: '' });
  const headers = { authorization: `Basic ${Buffer.from('demo:Bond007').toString('base64')}` };
  const address = `${place.baseUrl}/doc/demo/sds`;
  t.equal((await fetch(address, { method: 'POST', headers, body: 'I agree.' })).status, 401);
  await alone.end('SIGTERM');
  const postgres = await startEmbeddedPostgres({
    dataDir: join(place.dataDir, 'postgres'),
    log: silentLogger,
  });
  const db = new Database({ url: postgres.url, max: 1 });
  await t.rejects(new Authenticator(db).check('demo', 'Bond007'), { code: 'CREDENTIALS_WRONG' });
  await db.close();
  await postgres.close();
});
