import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { followSandboxClock } from '@segl/cli/sandbox/clock';
import { ManualClock, systemClock } from '@segl/problem/clock';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { projectFile } from '@segl/server/paths';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { certificatesFromPem } from '@segl/pki/x509/pem';
import { RevocationService } from '@segl/pki/revocation/revocation';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { movedTime } from '@segl/sandbox/clock/period';
import type { ClockReading } from '@segl/sandbox/clock/sandbox-clock';
import type { UserStatus } from '@segl/sandbox/methods/nemid/users/service';
import { until } from '../support/server/running.ts';
import { call, openSandbox, post, setting, temporaryFolder } from './support.ts';

t.test('periods and times', async (t) => {
  const now = new Date('2024-02-29T10:00:00Z');
  for (const [text, expected] of [
    ['+3y', '2027-02-28T10:00:00.000Z'],
    ['+4y', '2028-02-29T10:00:00.000Z'],
    ['-1d', '2024-02-28T10:00:00.000Z'],
    ['+1mo', '2024-03-29T10:00:00.000Z'],
    ['+1y6mo', '2025-08-28T10:00:00.000Z'],
    ['-90min', '2024-02-29T08:30:00.000Z'],
    ['+2w1h30s', '2024-03-14T11:00:30.000Z'],
    ['2030-01-31', '2030-01-31T00:00:00.000Z'],
    ['2030-01-31T12:00:00Z', '2030-01-31T12:00:00.000Z'],
  ] as const) {
    t.equal(movedTime(text, now).toISOString(), expected, text);
  }
  for (const text of ['', '3y', '+', '+3', '+y', 'tomorrow', '+3y1', '+999y', '2030-13-01', '9999-01-01']) {
    t.throws(() => movedTime(text, now), { code: 'BAD_REQUEST' }, text);
  }
});

t.test('everything follows, also after a restart', async (t) => {
  const dataDir = await temporaryFolder(t);
  const base = new ManualClock('2026-05-04T10:00:00Z');
  const sandbox = await openSandbox(t, { dataDir, clock: base });
  const move = (to: string) => call<ClockReading>(sandbox, '/testtools/api/clock', { to });
  const anna = async (at = sandbox): Promise<UserStatus> =>
    (await (await fetch(`${at.url}/testtools/api/persons/anna`)).json()) as UserStatus;
  const der = async (path: string) =>
    parseCertificate(new Uint8Array(await (await fetch(`${sandbox.url}${path}`)).arrayBuffer()));
  const [leaf, issuer] = [await der('/testtools/person/anna/certificate.cer'), await der('/aia/oces-ca.cer')];

  t.equal((await anna()).state, 'active');
  t.match(await move('+2y'), { now: '2028-05-04T10:00:00.000Z' });
  t.equal((await anna()).state, 'active');

  const there = { now: () => sandbox.clock.now() };
  const { result } = await new RevocationService({ post, clock: there }).ocsp(leaf, issuer);
  t.match(result, { status: 'good', thisUpdate: new Date('2028-05-04T10:00:00Z') });
  const stamp = createTimestamper({
    url: setting(sandbox, 'TSA_URL'),
    anchors: certificatesFromPem(readFileSync(setting(sandbox, 'TSA_TRUST_FILE'), 'utf8')),
    post,
    clock: there,
  });
  const token = Buffer.from(await stamp(() => new Uint8Array(32))).toString('latin1');
  t.match(token, /20280504100000/, 'genTime');

  await move('+1y');
  t.equal((await anna()).state, 'certificate expired', 'three years');
  await call(sandbox, '/testtools/api/persons/bo/lock', { why: 'quarantine' });
  await move('+8h');
  const bo = (await (await fetch(`${sandbox.url}/testtools/api/persons/bo`)).json()) as UserStatus;
  t.equal(bo.quarantinedUntil, null, 'a quarantine ends');
  await sandbox.close();

  const again = await openSandbox(t, { dataDir, clock: base });
  t.equal(again.clock.now().toISOString(), '2029-05-04T18:00:00.000Z', 'the clock is where it was moved to');
  t.equal((await anna(again)).state, 'active', 'certificates are renewed');
  t.match(await call(again, '/testtools/api/clock', { to: 'reset' }), { offsetMs: 0 });
  const refused = await fetch(`${again.url}/testtools/api/clock`, { method: 'POST' });
  t.equal(refused.status, 400, 'nowhere to move to');
});

t.test('a service follows at once; where there is no sandbox, time is what it is', async (t) => {
  const sandbox = await openSandbox(t);
  await call(sandbox, '/testtools/api/clock', { to: '+1d' });
  const followed = await followSandboxClock(sandbox.url, silentLogger);
  const ahead = (): number =>
    Math.round((followed.clock.now().getTime() - systemClock.now().getTime()) / 3_600_000);
  t.equal(ahead(), 24, 'as it is when the service starts');
  await call(sandbox, '/testtools/api/clock', { to: '+1h' });
  await until('the move', async () => ahead() === 25, 2_000);
  await sandbox.close();
  t.equal(ahead(), 25, 'it stays there without the sandbox');
  await followed.close();

  const none = await followSandboxClock(sandbox.url, silentLogger);
  t.ok(Math.abs(none.clock.now().getTime() - systemClock.now().getTime()) < 50);
  await none.close();
});

t.test('the command, and its refusal where no sandbox answers', async (t) => {
  const sandbox = await openSandbox(t, { clock: new ManualClock('2026-05-04T10:00:00Z') });
  const segl = (args: string[], env: Record<string, string>) =>
    new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        ['--disable-proto=delete', projectFile('cli', 'dist', 'main.js'), 'sandbox', 'clock', ...args],
        { env: { ...env, PATH: process.env['PATH'] ?? '' } },
        (_error, stdout, stderr) => resolve(stdout + stderr),
      );
    });
  const env = { SANDBOX_URL: sandbox.url };
  t.equal(await segl(['+3y'], env), '2029-05-04T10:00:00.000Z (moved by 1096.00 days)\n');
  t.equal(await segl([], env), '2029-05-04T10:00:00.000Z (moved by 1096.00 days)\n');
  t.match(await segl(['nonsense'], env), /segl: .*no time to move to/);
  t.equal(await segl(['reset'], env), '2026-05-04T10:00:00.000Z (the time of the machine)\n');
  await sandbox.close();
  t.match(await segl(['+1d'], env), sandbox.url);
});
