/** Accounts as service providers of their own: set up, judged, used, watched. */
import { join } from 'node:path';
import t from 'tap';
import type { ProviderInput } from '@segl/identity/methods/nemid/account-setup';
import { tellFinding } from '@segl/cli/told';
import { askProvider, judgeProfile } from '@segl/identity/methods/nemid/doctor';
import { openProvider, providerOf } from '@segl/identity/methods/nemid/provider';
import { warnOfExpiry } from '@segl/server/application/access/expiry-warning';
import { methodDeps } from '@segl/server/composition/methods';
import { readPkcs12 } from '@segl/server/adapters/keys/pkcs12';
import { removeSetup } from '@segl/server/adapters/postgres/accounts/method-setups';
import { identityProblems } from '@segl/identity/problems';
import { anna, client, openTestApplication, order, task } from '../../../support/server/services.ts';
import { exportP12, P12_PASSWORD, setUp, setupOf } from '../../../support/provider.ts';
import { tool } from '../../../support/tools.ts';

const openssl = tool(t, 'openssl');
const home = await openTestApplication();
t.teardown(() => home.close());
const { context } = home.application;
const { db, eid, clock } = context;
const sandbox = join(context.config.dataDir, 'sandbox');
const other = { service: 'other' };

/** Signs as anna for the account; gives what the portal answers. */
async function sign(): Promise<unknown> {
  const { requestIds } = await home.orders.createRequests(other, [order([task('a', anna)])]);
  const key = await home.portal.open({ requestId: requestIds[0]!, client });
  await home.readAndSign(key, anna);
  return (await home.portal.view(key)).step;
}

t.test('an account works with its own set-up as soon as it has one', { skip: !openssl }, async (t) => {
  const p12 = exportP12(openssl!, sandbox);
  t.equal(await eid.of('other'), eid.installation);
  const findings = await setUp(home, p12);
  t.notMatch(findings, [{ verdict: 'failed', found: { code: 'provider/no-certificate' } }]);
  const own = await eid.of('other');
  t.not(own, eid.installation);
  t.equal(await eid.of('other'), own, 'opened once');
  t.equal(await eid.of('demo'), eid.installation, 'others are not concerned');
  t.same(await sign(), { kind: 'send-in' });

  const { privateKey } = readPkcs12(p12, P12_PASSWORD);
  const row = await setupOf(home, 'other');
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  t.notOk(
    Buffer.from(row!.privateKey!, 'base64').includes(der.subarray(40, 80)),
    'the key is not to be read in the database',
  );
  t.equal(row!.certificates.length, 3, 'with the whole path');

  await setUp(home, p12, { friendlyName: 'Segl sandbox' });
  await t.rejects(sign(), { code: 'NATIVE_SIGNATURE_REFUSED', params: { check: 'request-issuer' } });
  const before = await eid.of('other');
  await setUp(home, p12, { methods: ['nemid'] });
  const changed = await eid.of('other');
  t.not(changed, before, 'what changed is opened anew');
  t.same(changed.offer.signatureMethods, []);
  t.same(changed.offer.authenticationMethods, ['nemid']);
  t.same(changed.offer.off.get('nemid-sign'), identityProblems.of('method/not-agreed'));
  t.equal(changed.offer.off.get('nemid'), undefined);
  await t.rejects(sign(), { code: 'ORDER_INVALID', message: /nemid-sign/ }, 'only what the account may use');
  await removeSetup(db, 'other', 'nemid');
  t.equal(await eid.of('other'), eid.installation);
  t.same(await sign(), { kind: 'send-in' });
});

t.test(
  'what is wrong is refused, each with what to do, and nothing changes',
  { skip: !openssl },
  async (t) => {
    const p12 = exportP12(openssl!, sandbox);
    await setUp(home, p12);
    const before = await setupOf(home, 'other');
    const refused = async (
      change: Partial<ProviderInput> & { methods?: string[] },
      code: string,
      message: RegExp,
    ): Promise<void> => {
      await t.rejects(setUp(home, p12, change), { code, message });
    };
    await refused({ service: 'nobody' }, 'PROVIDER_REFUSED', /segl account set nobody/);
    const unknown = ['nemid-sing', 'mitid'];
    await t.rejects(setUp(home, p12, { methods: ['nemid', ...unknown] }), {
      code: 'PROVIDER_REFUSED',
      params: {
        problems: [
          identityProblems.of('provider/methods-unknown', { unknown, known: ['nemid-sign', 'nemid'] }),
        ],
      },
    });
    await refused({ voces: { p12, password: 'wrong' } }, 'PKCS12_INVALID', /password is wrong/);
    await refused(
      { environment: 'production' },
      'PROVIDER_REFUSED',
      /chain: .*belongs to the environment production/s,
    );
    await refused({ environment: 'test' }, 'PROVIDER_REFUSED', /chain: /);
    await refused({ cpr: 'lookup' }, 'PROVIDER_REFUSED', /public bodies only.*--cpr match/s);
    await refused({ spid: '' }, 'PROVIDER_REFUSED', /--spid/);
    await refused({ ridSpid: 'x' }, 'PROVIDER_REFUSED', /--rid-spid/);
    await refused({ friendlyName: ' Segl' }, 'PROVIDER_REFUSED', /friendly-name/);
    await refused({ methods: ['nemid-sing'] }, 'PROVIDER_REFUSED', /there are nemid-sign, nemid/);
    const poces = exportP12(openssl!, sandbox, 'person-anna');
    await refused(
      { voces: { p12: poces, password: P12_PASSWORD } },
      'PROVIDER_REFUSED',
      /type: It is of type POCES, not VOCES/,
    );
    t.same(await setupOf(home, 'other'), before);
    const start = clock.now();
    home.clock.advance(4 * 365 * 86_400_000);
    await refused({}, 'PROVIDER_REFUSED', /validity: It expired on .*Order a new one/s);
    home.clock.set(start);
  },
);

t.test('the provider is asked: certificate, connection, agreement', { skip: !openssl }, async (t) => {
  const { revocation } = home.application.packaging;
  const { config, secrets, log } = context;
  const deps = methodDeps(config, clock, { revocation }, { secrets, log, db: () => db })('nemid');
  const { profile } = providerOf(eid.installation.opened.get('nemid')!);
  const ask = async (change: Partial<typeof profile>) => {
    const account = openProvider({ ...profile, ...change }, 'private', deps);
    try {
      const found = await askProvider(account, revocation, clock);
      return found.map((one) => ({ ...one, ...tellFinding(one) }));
    } finally {
      await account.close();
    }
  };
  t.match(await ask({}), [
    { check: 'revocation', verdict: 'ok' },
    {
      check: 'pid-cpr',
      verdict: 'ok',
      found: { code: 'provider/answers-allowed' },
      text: /match is allowed/,
    },
    { check: 'rid-cpr', verdict: 'ok' },
  ]);
  t.match(await ask({ cpr: 'lookup', spid: '2' }), [{}, { verdict: 'ok', text: /lookup is allowed/ }, {}]);
  t.match(await ask({ cpr: 'lookup' }), [
    {},
    { verdict: 'failed', found: { code: 'CPR_NOT_AGREED' }, text: /NOT_AUTHORIZED_FOR_CPR_LOOKUP/ },
    {},
  ]);
  t.match(await ask({ spid: '99' }), [
    {},
    { verdict: 'failed', text: /NOT_AUTHORIZED_FOR_SERVICE_LOOKUP/, todo: /SPID/ },
    {},
  ]);
  t.equal((await ask({ cpr: 'none' })).length, 1, 'without an agreement nobody is asked about it');
  const { privateKey, certificate, others } = readPkcs12(
    exportP12(openssl!, sandbox, 'person-esben'),
    P12_PASSWORD,
  );
  const certificates = [certificate, ...others].map(({ der }) => der);
  const revoked = { certificates, tls: { privateKey, certificates } };
  t.match(await ask(revoked), [
    { check: 'revocation', verdict: 'failed', text: /revoked/ },
    { check: 'pid-cpr', verdict: 'failed', text: /MISSING_CLIENT_CERT|does not answer/ },
    {},
  ]);
  const { environment } = profile;
  const away = { environment: { ...environment, pidCprUrl: 'https://127.0.0.1:1/' } };
  t.match(await ask(away), [
    {},
    { verdict: 'failed', found: { code: 'UNAVAILABLE' }, text: /does not answer.*ECONNREFUSED/s },
    {},
  ]);
  t.match(judgeProfile({ ...profile, certificates: [] }, 'private', clock), [
    { verdict: 'failed', found: { code: 'provider/no-certificate' } },
  ]);
});

t.test('certificates that end soon are warned of, each time once', { skip: !openssl }, async (t) => {
  const day = 86_400_000;
  const end = readPkcs12(exportP12(openssl!, sandbox), P12_PASSWORD).certificate.notAfter.getTime();
  const start = clock.now();
  t.teardown(() => {
    home.clock.set(start);
  });
  const lines: [string, unknown][] = [];
  const log = {
    ...context.log,
    warn: (about: unknown) => lines.push(['warn', about]),
    error: (about: unknown) => lines.push(['error', about]),
  } as unknown as typeof context.log;
  await removeSetup(db, 'other', 'nemid');
  const warnedAt = async (left: number): Promise<number> => {
    home.clock.set(new Date(end - left * day + 1_000));
    return warnOfExpiry({ ...context, log });
  };
  for (const [left, warnings] of [
    [61.5, 0],
    [60, 1],
    [59, 0],
    [31, 0],
    [30, 1],
    [7, 1],
    [1.5, 0],
    [-1, 1],
    [-2, 0],
  ] as const) {
    t.equal(await warnedAt(left), warnings, `${left} days before the end`);
  }
  t.equal(await warnOfExpiry({ ...context, log }, { atStart: true }), 1, 'and at every start');
  t.same(
    lines.map(([level]) => level),
    ['warn', 'warn', 'warn', 'error', 'error'],
  );
  const expires = new Date(end).toISOString();
  t.same(lines[0]?.[1], { whose: 'the settings (nemid)', expires, days: 59 });
  home.clock.set(new Date(end - day / 2));
  t.equal(await warnOfExpiry({ ...context, log }, { atStart: true }), 1);
  t.same(lines.at(-1), ['warn', { whose: 'the settings (nemid)', expires, days: 0 }], 'it can still be used');
  await setUp(home, exportP12(openssl!, sandbox));
  home.clock.set(new Date(end - 3 * day));
  t.equal(await warnOfExpiry({ ...context, log }, { atStart: true }), 2, 'that of an account beside it');
  t.match(lines.at(-1)?.[1], { whose: 'the account other' });
});
