/** Work that was given up is taken up again: what of its end is taken back, for each kind of work. */
import t from 'tap';
import { generalProblems } from '@segl/problem/problems';
import { beginAttempt, failAttempt, publishDue, type Lease } from '@segl/server/adapters/postgres/work/jobs';
import { listDeliveries } from '@segl/server/adapters/postgres/work/deliveries';
import { listFailed } from '@segl/server/adapters/postgres/work/failed-work';
import { abandonDelivery } from '@segl/server/application/delivery/deliver';
import { failPackagingTask } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { retryFailed } from '@segl/server/application/upkeep/retry';
import type { Payloads } from '@segl/server/domain/lifecycle/jobs';
import type { Notification } from '@segl/server/domain/order/model';
import { anna, client, demo, openTestApplication, order, task } from '../../../support/server/services.ts';

const home = await openTestApplication();
t.teardown(() => home.close());
const { db, clock } = home.application.context;

/** Gives up everything that is due, as workers would after the last try; gives the ids by queue. */
async function giveUpDue(): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for (const attempt of await publishDue(db, clock.now(), 100)) {
    const lease = (await beginAttempt(db, attempt, clock.now()))!;
    await db.transaction(async (tx) => {
      await failAttempt(tx, lease, generalProblems.of('foreign/said', { said: 'no' }), clock.now());
      if (attempt.queue === 'package-order')
        await failPackagingTask(tx, home.packaging, payloadOf<'package-order'>(lease));
      else if (attempt.queue !== 'package-task')
        await abandonDelivery(tx, clock, payloadOf<'deliver-callback'>(lease).deliveryId);
    });
    ids.set(attempt.queue, attempt.id);
  }
  return ids;
}
const payloadOf = <Q extends keyof Payloads>({ payload }: Lease): Payloads[Q] => payload as Payloads[Q];

const notification = (type: Notification['type'], recipient: string): Notification => ({
  ...{ id: type, type, recipient, header: 'Order', message: 'Sign', schedules: [{ stateIs: 'created' }] },
});
const failed = async (): Promise<string[]> => (await listFailed(db, 100)).map(({ id }) => id);
const due = async (): Promise<string[]> => (await publishDue(db, clock.now(), 100)).map(({ queue }) => queue);

t.test('a notification of every channel may be delivered after all', async (t) => {
  const { requestIds } = await home.orders.createRequests(demo, [
    order([
      task('a', anna, {
        notifications: [
          notification('URL', 'https://x.example/'),
          notification('EMAIL', 'anna@example.com'),
          notification('SMS', '+4512345678'),
        ],
      }),
    ]),
  ]);
  const givenUp = async (): Promise<string[]> =>
    (await listDeliveries(db, requestIds[0]!))
      .filter(({ givenUpAt }) => givenUpAt !== null)
      .map(({ type }) => type)
      .sort();
  const ids = await giveUpDue();
  t.same(await givenUp(), ['EMAIL', 'SMS', 'URL']);
  await retryFailed(db, clock, [ids.get('send-mail')!]);
  t.same(await givenUp(), ['SMS', 'URL']);
  await retryFailed(db, clock, [ids.get('send-sms')!]);
  t.same(await givenUp(), ['URL']);
  await retryFailed(db, clock, [ids.get('deliver-callback')!]);
  t.same(await givenUp(), []);
  t.same((await due()).sort(), ['deliver-callback', 'send-mail', 'send-sms']);
});

t.test('packages: the task is sent in still, and a packaging task that failed is open again', async (t) => {
  const documents = [{ taskId: 'a', documentId: 'doc' }];
  const packagingTasks = [{ id: 'p', method: 'pades', notifications: [], documents }];
  const { requestIds } = await home.orders.createRequests(demo, [
    order([task('a', anna)], { packagingTasks }),
  ]);
  const requestId = requestIds[0]!;
  const packaging = async () => (await home.orders.getPackagingTaskStatus(demo, [requestId]))[0]!.status;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await home.readAndSign(key, anna);
  const sending = home.portal.sendIn(key);
  let first = await giveUpDue();
  while (first.size === 0) first = await giveUpDue();
  t.same([...first.keys()], ['package-task']);
  await retryFailed(db, clock, [...first.values()]);
  t.same(await due(), ['package-task']);
  await packageTask(home.packaging, { requestId, taskId: 'a' });
  await sending;

  const second = await giveUpDue();
  t.same([...second.keys()], ['package-order']);
  t.equal(await packaging(), 'failed');
  const [id] = second.values();
  await t.rejects(retryFailed(db, clock, [id!, '0', 'x']), {
    code: 'WORK_UNKNOWN',
    params: { ids: ['0', 'x'] },
  });
  t.equal(await packaging(), 'failed', 'all or none');
  t.same(await failed(), [id]);
  await retryFailed(db, clock, [id!]);
  t.equal(await packaging(), 'created');
  t.same(await failed(), []);
  t.same(await due(), ['package-order']);
});
