/** `npm run dev`: the service is there, and there again after a file was written. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { projectFile } from '@segl/server/paths';
import { freePort } from '../support/server/running.ts';
import { fillDataDir } from '../support/test-place.ts';

t.test('a written file starts the service anew', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'segl-dev-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  await fillDataDir(dataDir);
  const child = spawn(process.execPath, [projectFile('scripts', 'dev.mjs')], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATA_DIR: dataDir,
      PORT: String(await freePort()),
      SANDBOX_PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += String(data)));
  const isUp = async (times: number): Promise<boolean> => {
    while (said.split('dev: up').length <= times) {
      const next = Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
      if (!(await next)) return false;
    }
    return true;
  };
  t.ok(await isUp(1), said);
  const now = new Date();
  await utimes(projectFile('src', 'server', 'http', 'server.ts'), now, now);
  t.ok(await isUp(2), said);
  t.notMatch(said, /the types are wrong/);
  child.kill('SIGTERM');
  t.same(await ended, [0, null], 'it ends when it is told to');
});
