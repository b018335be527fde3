/** Calling systems with certificates, in real TLS handshakes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { forgetCallerDecisions } from '@segl/server/application/upkeep/expiry';
import type { CallerId } from '@segl/identity/oces/caller-certificate';
import { certificatesToPem } from '@segl/pki/x509/pem';
import {
  addCaller,
  removeCaller,
  type CallerEnvironment,
} from '@segl/server/adapters/postgres/accounts/callers';
import { createCallerServices } from '../../../support/server/caller-services.ts';
import { freePort, until } from '../../../support/server/running.ts';
import { issue, OCSP_URL, TEST_TIME } from '../../../support/signatures/test-pki.ts';
import { tool } from '../../../support/tools.ts';

const application = await createCallerServices(t);
const { home, pki } = application;
const { db } = home.application.context;
const CVR = '12345678';
const mine: CallerId = { cvr: CVR, kind: 'FID', identifier: '1336467092507' };
const other: CallerId = { cvr: CVR, kind: 'UID', identifier: '777' };

const register = async (id: CallerId, service = 'demo', environment: CallerEnvironment = 'sandbox') =>
  addCaller(db, { ...id, service, environment, createdAt: TEST_TIME });
const shown = await application.certificate(`CVR:${CVR}-FID:1336467092507`);
const others = await application.certificate(`CVR:${CVR}-UID:777`);
const UUID = '52f1f16e-0e0c-4ab8-9f1c-3d4f1f7fbb5c';

t.test('off: certificates are neither asked for nor looked at', async (t) => {
  const doors = await application.open({});
  t.equal((await doors.doc()).status, 201);
  t.equal((await doors.doc(others)).status, 201);
  t.equal((await doors.soap(others)).code, 'REQUEST_UNKNOWN', 'the call itself');
  t.same(await application.decisions(), []);
});

t.test('request: an account without callers works as it did', async (t) => {
  const doors = await application.open({ CLIENT_CERTIFICATES: 'request' });
  const stranger = await application.certificate('PID:9208-2002-2-1');
  for (const one of [undefined, shown, stranger]) t.equal((await doors.doc(one)).status, 201);
  t.same(await application.decisions(), [], 'nothing was decided about certificates');
});

t.test('require: every account needs one', async (t) => {
  const doors = await application.open({ CLIENT_CERTIFICATES: 'require' });
  t.match(await doors.doc(), {
    status: 403,
    code: 'CALLER_CERTIFICATE_MISSING',
    body: /needs a client certif/,
  });
  t.match(await doors.doc(shown), {
    status: 403,
    code: 'CALLER_UNKNOWN',
    body: /segl caller add demo --cvr/,
  });
  t.match(await application.decisions(), [
    { service: 'demo', refused: 'CALLER_CERTIFICATE_MISSING', certificateSha256: null },
    { service: 'demo', refused: 'CALLER_UNKNOWN', ...mine },
  ]);
});

t.test('an account with callers', async (t) => {
  t.equal(await register(mine), 'demo');
  t.equal(await register(mine, 'other'), 'demo', 'one system is one account');
  await register(other, 'other');
  t.teardown(async () => {
    for (const [id, service] of [
      [mine, 'demo'],
      [other, 'other'],
    ] as const) {
      await removeCaller(db, { ...id, service, environment: 'sandbox' });
    }
  });
  const doors = await application.open({ CLIENT_CERTIFICATES: 'request' });

  t.test('needs both', async (t) => {
    t.equal((await doors.doc(shown)).status, 201);
    t.equal((await doors.soap(shown)).code, 'REQUEST_UNKNOWN', 'let in');
    t.match(await doors.soap(), { status: 500, code: 'CALLER_CERTIFICATE_MISSING', body: /soap:Client/ });
    t.match(await doors.doc(others), { status: 403, code: 'CALLER_UNKNOWN' }, 'that of another account');
    t.match(await doors.doc(shown, { password: 'wrong' }), { status: 401, code: 'CREDENTIALS_WRONG' });
    const digest = shown.identity.certificate.fingerprint;
    const found = await until('five decisions', async () => {
      const rows = await application.decisions();
      return rows.length === 5 && rows;
    });
    t.match(found, [
      {
        at: TEST_TIME,
        refused: null,
        door: '/doc',
        ...mine,
        certificateSha256: digest,
        address: '127.0.0.1',
      },
      { refused: null, door: '/ws/documentservice-v3', via: 'tls', environment: 'sandbox' },
      { refused: 'CALLER_CERTIFICATE_MISSING', cvr: null },
      { refused: 'CALLER_UNKNOWN', ...other },
      { refused: 'CREDENTIALS_WRONG', cvr: null, certificateSha256: null },
    ]);
    t.match(doors.log(), `"certificateSha256":"${digest}","msg":"caller judged"`);
    t.notMatch(
      doors
        .log()
        .match(/^.*caller judged.*$/gm)
        ?.join('\n'),
      /Bond007|funktionscertifikat|127\.0\.0\.1/,
      'no secret, name or address in the log',
    );
  });

  t.test('takes a renewed certificate of the same function', async (t) => {
    const renewed = await application.certificate(`CVR:${CVR}-FID:1336467092507`);
    t.not(renewed.identity.certificate.fingerprint, shown.identity.certificate.fingerprint);
    t.equal((await doors.doc(renewed)).status, 201);
    t.equal((await doors.doc(shown)).status, 201, 'and the one before, while it is good');
    await application.decisions();
  });

  t.test('takes a system of OCES3 beside it, also with a renewed certificate', async (t) => {
    const system: CallerId = { cvr: CVR, kind: 'UUID', identifier: UUID };
    const first = await application.certificate(`UI:DK-O:G:${UUID}`);
    t.match(await doors.doc(first), { status: 403, code: 'CALLER_UNKNOWN', body: /--uuid 52f1f16e-/ });
    t.equal(await register(system), 'demo');
    t.teardown(() => removeCaller(db, { ...system, service: 'demo', environment: 'sandbox' }));
    const renewed = await application.certificate(`UI:DK-O:G:${UUID.toUpperCase()}`);
    for (const one of [first, renewed]) t.equal((await doors.doc(one)).status, 201);
    t.match(await application.decisions(), [
      { refused: 'CALLER_UNKNOWN', ...system },
      { refused: null, ...system },
      { refused: null, ...system },
    ]);
    await t.rejects(register({ ...system, identifier: '777' }), 'no UUID');
    await t.rejects(register({ ...mine, identifier: UUID }), 'no FID');
  });

  t.test('says why another one is refused', async (t) => {
    const at = (notBefore: string, notAfter: string) => ({
      notBefore: new Date(notBefore),
      notAfter: new Date(notAfter),
    });
    const revoked = await application.certificate(`CVR:${CVR}-FID:1336467092507`);
    pki.statuses.set(revoked.identity.certificate.serialNumber, {
      status: 'revoked',
      revokedAt: new Date('2026-02-01T00:00:00Z'),
    });
    const lost = await application.certificate(`CVR:${CVR}-FID:1336467092507`);
    pki.statuses.delete(lost.identity.certificate.serialNumber);
    const selfMade = issue([{ CN: 'own', serialNumber: `CVR:${CVR}-FID:1336467092507` }], []);
    const cases = {
      CALLER_CERTIFICATE_EXPIRED: await application.certificate(
        `CVR:${CVR}-FID:1336467092507`,
        at('2024-02-01T00:00:00Z', '2026-02-28T00:00:00Z'),
      ),
      CALLER_CERTIFICATE_REVOKED: revoked,
      CALLER_STATUS_UNKNOWN: lost,
      CALLER_TYPE_REFUSED: await application.certificate(`CVR:${CVR}-RID:1`),
      CALLER_CHAIN_REFUSED: {
        ...shown,
        pem: certificatesToPem([selfMade.certificate.der]),
        keyPem: selfMade.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      },
    };
    for (const [code, certificate] of Object.entries(cases)) {
      const status = code === 'CALLER_STATUS_UNKNOWN' ? 503 : 403;
      const answer = await doors.doc(certificate);
      t.match(answer, { status, code }, `${code}: ${answer.body}`);
      t.match(await doors.soap(certificate), { status: 500, code });
    }
    const kept = await application.decisions();
    t.same(
      kept.map(({ refused }) => refused),
      Object.keys(cases).flatMap((code) => [code, code]),
    );
    t.notMatch(JSON.stringify(kept), /RID|funktionscertifikat/);
  });

  t.test('asks the responder once in a while, not for each call', async (t) => {
    const asked = (): number => pki.calls.filter((url) => url === OCSP_URL).length;
    await doors.doc(shown);
    const before = asked();
    await doors.doc(shown);
    await doors.soap(shown);
    t.equal(asked(), before);
  });

  t.test('is refused where only a mapping of another environment exists', async (t) => {
    const id: CallerId = { ...mine, identifier: '42' };
    const test = await application.certificate(`CVR:${CVR}-FID:42`);
    await register(id, 'demo', 'test');
    t.match(await doors.doc(test), { status: 403, code: 'CALLER_UNKNOWN', body: /environment sandbox/ });
  });

  t.test('curl with files', async (t) => {
    const curl = tool(t, 'curl');
    if (!curl) return;
    const run = async (...args: string[]): Promise<string> => {
      const url = `https://localhost:${doors.port}/doc/demo/sds`;
      const child = spawn(curl, ['-sS', '--cacert', application.caFile, '-u', 'demo:Bond007', ...args, url]);
      let output = '';
      child.stdout.on('data', (text) => (output += String(text)));
      child.stderr.on('data', (text) => (output += String(text)));
      await once(child, 'close');
      return output;
    };
    const upload = ['--data-binary', 'x', '-w', ' %{http_code}'];
    const files = ['--cert', shown.certFile, '--key', shown.keyFile];
    t.match(await run(...files, ...upload), /^\d{8}\w{50} 201$/);
    t.match(await run(...files, '--tls-max', '1.2', ...upload), /^\d{8}\w{50} 201$/, 'TLS 1.2');
    t.match(await run(...upload), /needs a client certificate.* 403$/s);
    t.match(
      await run('--cert', shown.certFile, '--key', others.keyFile, ...upload),
      /^curl: /,
      'a certificate without its key is worth nothing',
    );
  });
});

t.test('a port of their own: browsers are not asked', async (t) => {
  await register(mine);
  t.teardown(() => removeCaller(db, { ...mine, service: 'demo', environment: 'sandbox' }));
  const callerPort = await freePort();
  const doors = await application.open({ CLIENT_CERTIFICATES: 'request', CALLER_PORT: String(callerPort) });
  t.equal(doors.port, callerPort);
  t.equal((await doors.doc(shown)).status, 201);
  t.match(await doors.doc(), { code: 'CALLER_CERTIFICATE_MISSING' });
});

t.test('decisions are kept for a while', async (t) => {
  t.equal(await forgetCallerDecisions(home.application.context), 0);
  home.clock.advance(401 * 86_400_000);
  t.ok((await forgetCallerDecisions(home.application.context)) > 10);
  t.equal(await forgetCallerDecisions(home.application.context), 0);
  home.clock.set(TEST_TIME);
});
