/** `segl verify` as a process: what it prints, and its exit codes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createProgram } from '@segl/cli/program';
import { run } from '@segl/cli/run';
import { projectFile } from '@segl/server/paths';
import { certificatesToPem } from '@segl/pki/x509/pem';
import type { ValidationReport } from '@segl/ades/validation/reports/report';
import { createEvidence } from '../support/signatures/evidence.ts';
import { SMALL, writePdf } from '../support/pdf/pdf.ts';
import { TEST_TIME } from '../support/signatures/test-pki.ts';
import { createFiles, MADE } from '../support/signatures/validation.ts';

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

const program = ['--disable-proto=delete', projectFile('cli', 'dist', 'main.js')];
const env = { PATH: process.env['PATH'], DATA_DIR: folder, SANDBOX: 'off' };

function segl(...args: string[]): { code: number | null; out: string; complaint: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, 'verify', ...args], { env });
  return { code: status, out: stdout.toString(), complaint: stderr.toString() };
}

/** What it complains of, and its exit code, without the time that a process takes to start. */
async function misused(...args: string[]): Promise<{ code: number; complaint: string }> {
  let complaint = '';
  const code = await run(['verify', ...args], env, (text) => (complaint += text));
  process.exitCode = undefined;
  return { code, complaint };
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
  const unsigned = segl(path('unsigned.pdf', writePdf(SMALL)));
  t.equal(unsigned.code, 4, unsigned.complaint);
  t.match(unsigned.out, /^NO SIGNATURE .*\n.*\nNothing was judged: there is no signature in it\n/);
  t.equal(segl(join(folder, 'nothing')).code, 3);
  const wrongTrust = ['--trust', path('wrong.pem', 'nothing')];
  for (const args of [
    [],
    [join(folder, 'nothing')],
    [good, '--at', 'soon'],
    [good, '--at', '5'],
    [good, '--wrong'],
    [good, ...wrongTrust],
  ]) {
    const unusable = await misused(...args);
    t.equal(unusable.code, 3, args.join(' '));
    t.match(unusable.complaint, /^segl: /);
    t.notMatch(unusable.complaint, '..');
  }
  t.match((await misused(good, ...wrongTrust)).complaint, 'wrong.pem');
});

t.test('trust in DER, standard input, help', async (t) => {
  const der = path('root.der', files.world.anchor);
  const piped = spawnSync(process.execPath, [...program, 'verify', '-', '--offline', '--trust', der, ...at], {
    env,
    input: await files.xades('LTA'),
  });
  t.equal(piped.status, 0, String(piped.stderr));
  const help = spawnSync(process.execPath, [...program, 'verify', '--help'], { env });
  t.equal(help.status, 0);
  t.match(String(help.stdout), 'Usage: segl verify');
  for (const command of [
    'judge',
    'passkey',
    'evidence',
    'preserve',
    'provider',
    'caller',
    'demo',
    'start',
    'sandbox',
  ]) {
    const { commands } = await createProgram([command], env, () => undefined);
    const own = commands.find((one) => one.name() === command);
    t.match(own?.helpInformation(), `Usage: segl ${command}`);
  }
});

t.test('a hierarchy that the caller names: NemID messages hold without its policies', async (t) => {
  const evidence = await createEvidence();
  const trust = [evidence.nemid.root, ...evidence.trust.sealAnchors].flatMap((der, index) => [
    '--trust',
    path(`anchor-${index}.pem`, certificatesToPem([der])),
  ]);
  const file = path('ltv-sdo.xml', await evidence.seal(evidence.content));
  const { code, out, complaint } = segl(file, '--offline', '--at', TEST_TIME.toISOString(), ...trust);
  t.equal(code, 0, out + complaint);
  t.match(out, '- constraints/certificate-type: its hierarchy was named by the caller');
  const untrusted = segl(file, '--offline', '--at', TEST_TIME.toISOString());
  t.equal(untrusted.code, 2, untrusted.complaint);
  t.match(untrusted.out, /the root .* is no trust anchor here \(--trust FILE\)/);
});
