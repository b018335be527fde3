/** A service provider whose key is on a security module (SoftHSM): settings and accounts. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { askProvider, judgeProfile } from '@segl/server/application/access/provider-check';
import type { ProviderInput } from '@segl/server/application/access/provider-setup';
import { openInstallation } from '@segl/server/composition/services';
import { findProvider } from '@segl/server/adapters/postgres/providers';
import { anna, client, createHouse, demo, order, task, type TestHouse } from '../../../support/house.ts';
import { exportP12, P12_PASSWORD, setUp } from '../../../support/provider.ts';
import { createSoftHsm } from '../../../support/softhsm.ts';
import { tool } from '../../../support/tools.ts';

const hsm = createSoftHsm(t, 'Segl provider');

/** NemID takes the parameters that the module signed, and gives a signature for them; the CPR number is matched over TLS. */
async function signs(t: { equal(a: unknown, b: unknown): unknown }, home: TestHouse): Promise<void> {
  const [requestId = ''] = (await home.orders.createRequests(demo, [order([task('a', anna)])])).requestIds;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  for (let tries = 0; tries < 100; tries++) {
    await packageTask(home.packaging, { requestId, taskId: 'a' });
    const [state] = await home.orders.getStatus(demo, [requestId]);
    if (state?.status === 'completed') break;
  }
  await sent;
  t.equal((await home.orders.getStatus(demo, [requestId]))[0]?.status, 'completed');
}

t.test('the key of VOCES on a security module', { skip: !hsm }, async (t) => {
  const uri = hsm!.uri('object=voces');
  const home = await createHouse(new Date(), ({ VOCES_KEY_FILE = '', VOCES_CHAIN_FILE = '' }) => {
    hsm!.add(createPrivateKey(readFileSync(VOCES_KEY_FILE)), 'voces', '01');
    return { VOCES_KEY_FILE: uri, CPR_KEY_FILE: VOCES_KEY_FILE, CPR_CHAIN_FILE: VOCES_CHAIN_FILE };
  });
  t.teardown(() => home.close());
  await signs(t, home);
  const { context, revocation } = home.house;
  const { installation } = context.eid;
  const found = [
    ...judgeProfile(installation.profile, 'private', home.clock),
    ...(await askProvider(installation, revocation, home.clock)),
  ];
  t.same(
    found.filter(({ verdict }) => verdict === 'failed'),
    [],
  );

  const { cprKeyFile: _, ...without } = context.config;
  await t.rejects(openInstallation(without as typeof context.config, home.clock), {
    code: 'CONFIG_INVALID',
    message: /CPR_KEY_FILE must name a file/,
  });
  const alone = await openInstallation(
    { ...(without as typeof context.config), cprMode: 'none' },
    home.clock,
  );
  t.equal(alone.account.profile.tls, undefined, 'nobody is asked, so nobody needs to know us');
  await alone.account.close();
  await alone.providers.close();

  await t.test('of an account', async (t) => {
    const openssl = tool(t, 'openssl');
    if (!openssl) return;
    const sandbox = join(context.config.dataDir, 'sandbox');
    const certificates = installation.profile.certificates;
    const client = { p12: exportP12(openssl, sandbox), password: P12_PASSWORD };
    const set = (change: Partial<ProviderInput>) =>
      setUp(home, client.p12, {
        ...{ service: 'demo', voces: { keyUri: uri, certificates }, cprClient: client },
        ...change,
      });
    await set({});
    const row = await findProvider(context.db, 'demo');
    t.match(row, { keyUri: uri, privateKey: null, cprPrivateKey: Buffer, cprCertificates: [Buffer] });
    t.not(await context.eid.of('demo'), installation);
    await signs(t, home);

    const none = { voces: { keyUri: uri, certificates } };
    await t.rejects(setUp(home, client.p12, { ...none, service: 'demo' }), {
      code: 'PROVIDER_REFUSED',
      message: /--cpr-p12/,
    });
    t.ok(await setUp(home, client.p12, { ...none, service: 'demo', cpr: 'none' }));
    const strange = { keyUri: hsm!.uri('object=other'), certificates };
    await t.rejects(set({ voces: strange }), { code: 'PKCS11_FAILED' });
    t.match(await findProvider(context.db, 'demo'), { keyUri: uri, cpr: 'none' }, 'what was set stays');
  });
});
