/** `segl verify` as a process: what it prints, and its exit codes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { projectFile } from '../../src/paths.ts';
import { certificatesToPem } from '../../src/pki/pem.ts';
import type { ValidationReport } from '../../src/validation/report.ts';
import { createFiles, MADE } from '../support/validation.ts';

const files = createFiles();
const folder = mkdtempSync(join(tmpdir(), 'segl-verify-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string, bytes: string | Uint8Array): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

const trust = path('root.pem', certificatesToPem([files.world.anchor]));
const good = path('good.xml', await files.xades('LTA'));
const bad = path('bad.pdf', '%PDF-1.7 and no more');

function segl(...args: string[]): { code: number | null; out: string; complaint: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-proto=delete', projectFile('dist', 'cli', 'main.js'), 'verify', ...args],
    { env: { PATH: process.env['PATH'], DATA_DIR: folder, SANDBOX: 'off' } },
  );
  return { code: status, out: stdout.toString(), complaint: stderr.toString() };
}

const at = ['--at', MADE.toISOString()];

t.test('exit codes: passed, failed, indeterminate, unusable', async (t) => {
  const passed = segl(good, '--offline', '--trust', trust, ...at);
  t.equal(passed.code, 0, passed.complaint);
  t.match(passed.out, /^TOTAL-PASSED/);
  t.match(passed.out, 'second opinion by xmldsigjs: valid');
  const failed = segl(bad, '--json');
  t.equal(failed.code, 1, failed.complaint);
  t.equal((JSON.parse(failed.out) as ValidationReport).subIndication, 'FORMAT_FAILURE');
  const open = segl(good, '--offline', '--xml', ...at);
  t.equal(open.code, 2, open.complaint);
  t.match(open.out, 'urn:etsi:019102:subindication:NO_CERTIFICATE_CHAIN_FOUND');
  for (const args of [[], [join(folder, 'nothing')], [good, '--at', 'soon'], [good, '--wrong']]) {
    const unusable = segl(...args);
    t.equal(unusable.code, 3, args.join(' '));
    t.match(unusable.complaint, /^segl: /);
  }
});
