/** Who may call, where the caller shows no certificate, or one that cannot be read. Those that are judged: http/callers. */
import t from 'tap';
import { listDecisions } from '@segl/server/adapters/postgres/accounts/callers';
import { callerSettings } from '@segl/server/application/access/caller-settings';
import { CallerGate } from '@segl/server/application/access/callers';
import { loadConfig } from '@segl/server/config/config';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { serverProblems } from '@segl/server/problems';
import { demo, openTestApplication } from '../../../support/server/services.ts';

const home = await openTestApplication();
t.teardown(() => home.close());
const { db, clock, log, authenticator } = home.application.context;
const { revocation } = home.application.packaging;
const gate = (CLIENT_CERTIFICATES: 'request' | 'require'): CallerGate => {
  const settings = loadConfig({ CLIENT_CERTIFICATES, TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' });
  const { mode, rules } = callerSettings(settings, ocesEnvironment('test'), [])!;
  return new CallerGate({ passwords: authenticator, mode, rules, revocation, db, clock, log });
};

t.test('an account without callers, asked for none', async (t) => {
  t.same(await gate('request').check('demo', 'Bond007'), demo);
  t.same(await listDecisions(db, { limit: 10 }), []);
});

t.test('a certificate that is missing, or cannot be read, is refused and written down', async (t) => {
  const why = serverProblems.of('caller/header-empty', { header: 'client-cert' });
  const missing = { code: 'CALLER_CERTIFICATE_MISSING', params: { service: 'demo' } };
  const caller = { door: '/doc', address: '192.0.2.7', via: 'proxy' } as const;
  await t.rejects(gate('require').check('demo', 'Bond007'), missing);
  await t.rejects(gate('require').check('demo', 'Bond007', { ...caller, certificates: [] }), missing);
  await t.rejects(gate('require').check('demo', 'Bond007', { ...caller, certificates: [], problem: why }), {
    ...{ code: 'CALLER_CERTIFICATE_UNREADABLE', params: { why } },
  });
  const common = {
    ...{ at: clock.now(), service: 'demo', environment: 'test', certificateSha256: null },
    ...{ cvr: null, kind: null, identifier: null },
  };
  t.same(await listDecisions(db, { limit: 10 }), [
    { ...common, ...caller, refused: 'CALLER_CERTIFICATE_UNREADABLE' },
    { ...common, ...caller, refused: 'CALLER_CERTIFICATE_MISSING' },
    { ...common, door: '', address: '', via: 'tls', refused: 'CALLER_CERTIFICATE_MISSING' },
  ]);
});

t.test('a wrong password ends the matter', async (t) => {
  const before = await listDecisions(db, { limit: 10 });
  await t.rejects(gate('require').check('demo', 'wrong'), { code: 'CREDENTIALS_WRONG' });
  t.same(
    await listDecisions(db, { limit: 10 }),
    before,
    'of an account without callers nothing is written down',
  );
});
