/** A service provider whose key is on a security module (SoftHSM): settings and accounts. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { packageTask } from '../../src/flow/package-task.ts';
import { askProvider, judgeProfile } from '../../src/flow/provider-check.ts';
import { openInstallation } from '../../src/main.ts';
import { anna, client, createHouse, demo, order, task, type TestHouse } from '../support/house.ts';
import { createSoftHsm } from '../support/softhsm.ts';

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
});
