/** A service provider whose key is on a security module (SoftHSM): settings and accounts. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { ProviderInput } from '@segl/identity/methods/nemid/account-setup';
import { providerOf } from '@segl/identity/methods/nemid/provider';
import { openMethods } from '@segl/server/composition/methods';
import { loadConfig } from '@segl/server/config/config';
import {
  anna,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../../../support/server/services.ts';
import { exportP12, P12_PASSWORD, setUp, setupOf } from '../../../support/provider.ts';
import { createSoftHsm } from '../../../support/signatures/softhsm.ts';
import { tool } from '../../../support/tools.ts';

const hsm = createSoftHsm(t, 'Segl provider');

/** NemID takes the parameters that the module signed, and gives a signature for them; the CPR number is matched over TLS. */
async function signs(t: { equal(a: unknown, b: unknown): unknown }, home: TestApplication): Promise<void> {
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
  const home = await openTestApplication(new Date(), ({ VOCES_KEY_FILE = '', VOCES_CHAIN_FILE = '' }) => {
    hsm!.add(createPrivateKey(readFileSync(VOCES_KEY_FILE)), 'voces', '01');
    return { VOCES_KEY_FILE: uri, CPR_KEY_FILE: VOCES_KEY_FILE, CPR_CHAIN_FILE: VOCES_CHAIN_FILE };
  });
  t.teardown(() => home.close());
  await signs(t, home);
  const { context } = home.application;
  const { installation } = context.eid;
  const own = installation.opened.get('nemid')!;
  const found = await own.doctor({ online: true });
  t.same(
    found.filter(({ verdict }) => verdict === 'failed'),
    [],
  );

  const { CPR_KEY_FILE: _, ...without } = context.config.variables;
  const open = (variables: Readonly<Record<string, string | undefined>>) => {
    const { db, secrets, log } = context;
    return openMethods(loadConfig(variables), home.clock, home.application.packaging, {
      secrets,
      log,
      db: () => db,
    });
  };
  await t.rejects(open(without), {
    code: 'CONFIG_INVALID',
    message: /CPR_KEY_FILE must name a file/,
  });
  const alone = await open({ ...without, CPR_MODE: 'none' });
  t.equal(
    providerOf(alone.own.get('nemid')!).profile.tls,
    undefined,
    'nobody is asked, so nobody needs to know us',
  );
  await alone.close();

  await t.test('of an account', async (t) => {
    const openssl = tool(t, 'openssl');
    if (!openssl) return;
    const sandbox = join(context.config.dataDir, 'sandbox');
    const certificates = providerOf(own).profile.certificates;
    const client = { p12: exportP12(openssl, sandbox), password: P12_PASSWORD };
    const set = (change: Partial<ProviderInput>) =>
      setUp(home, client.p12, {
        ...{ service: 'demo', voces: { keyUri: uri, certificates }, cprClient: client },
        ...change,
      });
    await set({});
    const row = await setupOf(home, 'demo');
    t.match(row, { keyUri: uri, privateKey: null, cprPrivateKey: String, cprCertificates: [String] });
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
    t.match(await setupOf(home, 'demo'), { keyUri: uri, cpr: 'none' }, 'what was set stays');
  });
});
