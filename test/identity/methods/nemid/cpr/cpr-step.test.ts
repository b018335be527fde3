/** CPR numbers: looked up, remembered and forgotten, guarded against guessing, or not asked for at all. */
import { providerOf } from '@segl/identity/methods/nemid/provider';
import { join } from 'node:path';
import t from 'tap';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { forgetExpired } from '@segl/server/application/access/method-memory';
import { createSecretBox } from '@segl/server/adapters/secrets/secrets';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import { listAudit } from '@segl/server/adapters/postgres/sessions/sessions';
import type { TestPerson } from '@segl/sandbox/methods/nemid/persons';
import {
  anna,
  bo,
  carla,
  client,
  openTestApplication,
  order,
  task,
} from '../../../../support/server/services.ts';
import { exportP12, setUp } from '../../../../support/provider.ts';
import { tool } from '../../../../support/tools.ts';
import { giveCpr, pageOf } from '../../../../support/server/methods.ts';

const openssl = tool(t, 'openssl');
const home = await openTestApplication(new Date('2026-11-16T12:00:00+01:00'));
t.teardown(() => home.close());
const { context } = home.application;
const { db, clock } = context;

/** A session that has signed; the order says nothing of who it is for. */
async function signed(person: TestPerson, service = 'demo'): Promise<{ key: SessionKey; requestId: string }> {
  const { requestIds } = await home.orders.createRequests({ service }, [order([task('a', undefined)])]);
  const requestId = requestIds[0]!;
  const key = await home.portal.open({ requestId, client });
  await home.readAndSign(key, person);
  return { key, requestId };
}

const stepOf = async (key: SessionKey): Promise<string> => (await home.portal.view(key)).step.kind;

const trailOf = async ({ ref }: SessionKey): Promise<[string, string | undefined][]> =>
  (await listAudit(db, ref))
    .filter(({ type }) => type.startsWith('cpr-'))
    .map(({ type, data }) => [type, data['description']]);

/** Sends in, and gives the CPR number that the package tells. */
async function packaged({
  key,
  requestId,
}: {
  key: SessionKey;
  requestId: string;
}): Promise<string | undefined> {
  await home.portal.sendIn(key);
  await packageTask(home.packaging, { requestId, taskId: 'a' });
  const result = await findResult(db, { requestId, taskId: 'a', documentId: 'doc' });
  return verifyLtvSdo(await context.blobs.read(result!.sha256)).content.signer.nationalId?.id;
}

t.test('lookup: no step, and the package has the number', { skip: !openssl }, async (t) => {
  const p12 = exportP12(openssl!, join(context.config.dataDir, 'sandbox'));
  await setUp(home, p12, { spid: '2', cpr: 'lookup', sector: 'public' });
  const visit = await signed(carla, 'other');
  t.equal(await stepOf(visit.key), 'send-in');
  t.match(await trailOf(visit.key), [['cpr-looked-up', /collected from the PID-CPR service/]]);
  t.equal(await packaged(visit), carla.cpr);

  await setUp(home, p12, { spid: '1', cpr: 'lookup', sector: 'public' });
  await t.rejects(
    signed(carla, 'other'),
    { code: 'CPR_NOT_AGREED' },
    'the provider knows of no such agreement',
  );
  await setUp(home, p12, { cpr: 'none' });
  const without = await signed(carla, 'other');
  t.equal(await stepOf(without.key), 'send-in', 'no agreement, no number');
  t.equal(await packaged(without), undefined);
  await t.rejects(
    home.orders.createRequests({ service: 'other' }, [order([task('a', carla)])]),
    { code: 'ORDER_INVALID', message: /national-id.*no agreement/ },
    'and nobody is named who could not be recognised',
  );
});

t.test('a remembered number skips the step the next time, for this account only', async (t) => {
  const first = await signed(anna);
  t.equal(await stepOf(first.key), 'identify');
  await giveCpr(home.portal, first.key, 'doc', anna.cpr, { remembered: true });
  t.match(await trailOf(first.key), [['cpr-verified'], ['cpr-remembered', /consented/]]);
  const dump = JSON.stringify(await db.query('select * from method_memory'));
  t.notMatch(dump, anna.cpr);
  t.notMatch(dump, anna.pid);
  t.notMatch(dump, Buffer.from(anna.cpr).toString('hex'));

  const second = await signed(anna);
  t.match(await home.portal.view(second.key), { step: { kind: 'send-in' }, rememberedBy: 'nemid' });
  t.match(await trailOf(second.key), [['cpr-verified', /given earlier, with consent to remember/]]);
  t.equal(await packaged(second), anna.cpr);
  t.equal(await stepOf((await signed(bo)).key), 'identify', 'another person is asked');

  await home.portal.forgetSigner(second.key);
  t.match(await trailOf(second.key), [{}, ['cpr-forgotten']]);
  await home.portal.forgetSigner(second.key);
  t.equal((await trailOf(second.key)).length, 2, 'once');
  t.equal(await stepOf((await signed(anna)).key), 'identify');
});

t.test('what cannot be used is asked for again', async (t) => {
  const { key } = await signed(anna);
  await giveCpr(home.portal, key, 'doc', anna.cpr, { remembered: true });
  await db.query("update method_memory set sealed = decode('00', 'hex')");
  t.equal(await stepOf((await signed(anna)).key), 'identify', 'damaged');
  const again = await signed(anna);
  await giveCpr(home.portal, again.key, 'doc', anna.cpr, { remembered: true });
  const strange = createSecretBox([new Uint8Array(32)]);
  await db.query('update method_memory set sealed = $1', [
    strange.seal(Buffer.from('{}'), 'remembered-cpr:demo'),
  ]);
  t.equal(await stepOf((await signed(anna)).key), 'identify', 'another key');
  await db.query('delete from method_memory');
});

t.test('three months without use, by the Danish calendar', async (t) => {
  const used = async (at: string): Promise<void> => {
    home.clock.set(at);
    const { key } = await signed(anna);
    if ((await stepOf(key)) === 'identify')
      await giveCpr(home.portal, key, 'doc', anna.cpr, { remembered: true });
  };
  const forgottenAt = async (at: string): Promise<number> => {
    home.clock.set(at);
    return forgetExpired(context);
  };
  await used('2026-11-30T12:00:00+01:00');
  t.equal(await forgottenAt('2027-02-28T11:59:59+01:00'), 0, 'a month may be shorter');
  t.equal(await forgottenAt('2027-02-28T12:00:00+01:00'), 1);
  await used('2027-03-01T12:00:00+01:00');
  await used('2027-03-15T12:00:00+01:00');
  t.equal(await forgottenAt('2027-06-01T12:00:00+02:00'), 0, 'it is the last use that counts');
  t.equal(await forgottenAt('2027-06-14T12:00:00+02:00'), 0, 'two months and thirty days stay');
  t.equal(await forgottenAt('2027-06-15T11:59:59+02:00'), 0, 'summer time began in between');
  t.equal(await forgottenAt('2027-06-15T12:00:00+02:00'), 1, 'three months are gone');
  t.equal(await forgottenAt('2027-06-15T12:00:00+02:00'), 0, 'running it again changes nothing');
});

t.test('wrong numbers count in all sessions together, until a day has passed', async (t) => {
  const start = clock.now();
  const guess = async (key: SessionKey): Promise<string> =>
    giveCpr(home.portal, key, 'doc', anna.cpr).then(
      () => 'right',
      (error: { code: string }) => error.code,
    );
  const first = (await signed(bo)).key;
  const wrong = [];
  for (let attempt = 0; attempt < 5; attempt++) wrong.push(await guess(first));
  t.same(wrong, [...Array<string>(4).fill('CPR_MISMATCH'), 'CPR_TOO_MANY_ATTEMPTS']);
  const second = (await signed(bo)).key;
  // at once: asking in parallel wins nothing
  const parallel = await Promise.all(Array.from({ length: 8 }, () => guess(second)));
  t.notOk(parallel.includes('right'));
  t.equal(
    (await db.query("select from method_attempts where kind = 'cpr-attempts'")).length,
    10,
    'three of them were not even put',
  );
  const third = (await signed(bo)).key;
  await t.rejects(giveCpr(home.portal, third, 'doc', bo.cpr), { code: 'CPR_LOCKED' }, 'even the right one');
  t.equal(await guess((await signed(carla)).key), 'CPR_MISMATCH', 'others are not concerned');
  home.clock.set(new Date(start.getTime() + 86_400_000 + 1));
  const later = (await signed(bo)).key;
  await giveCpr(home.portal, later, 'doc', bo.cpr);
  t.equal(await stepOf(later), 'send-in');
  t.equal(
    (await db.query("select from method_attempts where kind = 'cpr-attempts'")).length,
    1,
    "only carla's",
  );
  await forgetExpired({ ...context, clock: { now: () => new Date(start.getTime() + 3 * 86_400_000) } });
  t.same(await db.query('select * from method_attempts'), [], 'and nothing of it stays');
});

t.test('a question that got no answer is no wrong number', async (t) => {
  const { key } = await signed(carla);
  const { pidCpr } = providerOf((await context.eid.of('demo')).opened.get('nemid')!);
  t.intercept(pidCpr, 'match', {
    value: async () => Promise.reject(Object.assign(new Error('away'), { code: 'AWAY' })),
  });
  for (let attempt = 0; attempt < 7; attempt++) {
    await t.rejects(giveCpr(home.portal, key, 'doc', carla.cpr), { code: 'AWAY' });
  }
  const { show } = await home.portal.showIdentifying(key, 'doc', pageOf(client));
  t.match(show, { as: 'form', attemptsLeft: 5 });
});
