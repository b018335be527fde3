import { spawnSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { projectFile } from '@segl/server/paths';
import { createPlace } from '../support/server/running.ts';

interface Summary {
  readonly requestId: string;
  readonly native: string[];
  readonly identityEvidence: string[];
  readonly ltvSdo: string[];
  readonly pades: string[];
  readonly trust: { anchors: string[]; intermediates: string[] };
  readonly callback: { receivedAt: string };
  readonly checks: { tool: string; file: string; ok: boolean }[];
  readonly timings: { step: string; ms: number }[];
}

t.test('the demo carries a document of your own, a plain text, to a verified PAdES', async (t) => {
  const place = await createPlace(t);
  const out = join(place.dataDir, 'out');
  const document = join(place.dataDir, 'Løfte.txt');
  await writeFile(document, 'Jeg lover at vande blomsterne.\n');
  const demo = place.run('demo', {}, ['--out', out, '--document', document]);
  t.equal(await demo.ended, 0, 'exit code');
  t.match(demo.output(), /Every check held/);
  const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as Summary;
  t.equal(summary.requestId.length, 58);
  t.ok(Date.parse(summary.callback.receivedAt) > 0);
  t.ok(summary.checks.length > 5 && summary.checks.every(({ ok }) => ok));
  t.ok(summary.timings.length > 5);
  const files = [
    ...summary.native,
    ...summary.identityEvidence,
    ...summary.ltvSdo,
    ...summary.pades,
    ...summary.trust.anchors,
    ...summary.trust.intermediates,
  ];
  const made = [summary.native, summary.identityEvidence, summary.ltvSdo, summary.pades];
  t.same(
    made.map(({ length }) => length),
    [2, 1, 3, 1],
  );
  for (const file of files) t.ok((await readFile(join(out, file))).length > 0, file);

  const commands = [...demo.output().matchAll(/^ {2}npx (segl verify .*)$/gm)].map(([, command]) => command!);
  t.equal(commands.length, 2, 'it tells how to verify its files');
  const bin = join(place.dataDir, 'bin');
  await mkdir(bin);
  await symlink(projectFile('bin', 'segl.mjs'), join(bin, 'segl'));
  for (const command of commands) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      env: { PATH: `${bin}:${process.env['PATH']}`, DATA_DIR: place.dataDir },
    });
    t.equal(status, 0, `${command}\n${String(stdout)}${String(stderr)}`);
  }
});

t.test('wrong options are explained', async (t) => {
  const place = await createPlace(t);
  const demo = place.run('demo', {}, ['--out']);
  t.equal(await demo.ended, 2);
  t.match(demo.output(), /--out/);
  t.notMatch(demo.output(), /at .*\.js:/, 'without a stack');
});
