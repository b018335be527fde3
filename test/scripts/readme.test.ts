/** The first order of README.md, run as it stands there against the real service. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { projectFile } from '@segl/server/paths';
import { createPlace } from '../support/server/running.ts';
import { tool } from '../support/tools.ts';

t.test('the commands of the first order lead to a PDF that validates', async (t) => {
  if (tool(t, 'curl') === undefined) return;
  const readme = await readFile(projectFile('README.md'), 'utf8');
  const script = /<!-- first order:[^]*?```sh\n([^]*?)```/.exec(readme)?.[1] ?? '';
  t.match(script, /createRequest|create-request-request/);

  const place = await createPlace(t);
  await place.start();
  const folder = await mkdtemp(join(tmpdir(), 'segl-readme-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const segl = `"${process.execPath}" "${projectFile('cli', 'dist', 'main.js')}"`;
  await writeFile(
    join(folder, 'first.sh'),
    script.replaceAll('http://localhost:8080', place.baseUrl).replaceAll('npx segl', segl),
  );
  const { stdout } = await promisify(execFile)('bash', ['first.sh'], { cwd: folder, env: place.env });
  t.equal(stdout.trim().split('\n').at(-1), '"indication":"TOTAL-PASSED"');
  t.match(await readFile(join(folder, 'signed.pdf'), 'latin1'), /^%PDF-/);
});
