/** What goes wrong between the steps: races, endings that are no success, and what must not stay behind. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { expireTasks, forgetStrandedNumbers } from '@segl/server/application/upkeep/expiry';
import { OrderFlow } from '@segl/server/application/ordering/ordering';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { DocumentAction, Notification, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import { signingSession } from '@segl/server/application/signing/signing-session';
import type { Database } from '@segl/server/adapters/postgres/database';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { lockOrder } from '@segl/server/adapters/postgres/orders/orders';
import { deleteSds } from '@segl/server/adapters/postgres/sds';
import {
  anna,
  bo,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../../support/server/services.ts';
import { giveCpr, pageOf, posted } from '../../support/server/methods.ts';

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication();
});
t.teardown(() => home.close());

const callback = (id: string): Notification => ({
  id,
  type: 'URL',
  recipient: 'http://127.0.0.1:9/cb',
  message: '-',
  schedules: [],
});

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;
const open = (requestId: string, taskId = 'a'): Promise<SessionKey> =>
  home.portal.open({ requestId, taskId, client });
const query = <Row>(sql: string, ...params: unknown[]): Promise<Row[]> =>
  home.application.context.db.query<Row>(sql, params);
const read = async (key: SessionKey, documentId = 'doc'): Promise<void> => {
  (await home.portal.document(key, documentId, client)).open().resume();
  await home.portal.markRead(key, documentId);
};

const packaged = (tasks: readonly TaskSpec[]): Promise<string> =>
  create(tasks, {
    notifications: [callback('order done')],
    packagingTasks: [
      {
        id: 'p',
        method: 'pades',
        notifications: [callback('packaging ended')],
        documents: [{ taskId: 'a', documentId: 'doc' }],
      },
    ],
  });
const packagingState = async (requestId: string): Promise<string | undefined> =>
  (await home.orders.getPackagingTaskStatus(demo, [requestId]))[0]?.status;
const notified = async (requestId: string): Promise<string[]> =>
  (
    await query<{ id: string }>(
      'select notification_id as id from deliveries where request_id = $1 order by id',
      requestId,
    )
  ).map(({ id }) => id);

/** Keeps the order's row locked until it is released. */
function holdOrder(requestId: string): { ready: Promise<void>; release: () => void; held: Promise<void> } {
  let begun = (): void => undefined;
  let release = (): void => undefined;
  const ready = new Promise<void>((resolve) => (begun = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = home.application.context.db.transaction(async (tx) => {
    await lockOrder(tx, requestId);
    begun();
    await released;
  });
  return { ready, release, held };
}

t.test('packaging that can never start is failed, not for ever to come', async (t) => {
  const rejected = await packaged([task('a', anna), task('b', bo)]);
  await home.portal.refuse(await open(rejected));
  t.equal(await packagingState(rejected), 'failed', 'a task was rejected');
  t.same(await notified(rejected), ['packaging ended'], 'the order as a whole is not done');
  t.match((await home.orders.getRequestHistory(demo, rejected, 'a')).at(-1), {
    type: 'packaging-task-failed',
    data: 'p',
  });
  await home.portal.refuse(await open(rejected, 'b'));
  t.same(await notified(rejected), ['packaging ended'], 'said once');

  const expired = await packaged([task('a', anna, { daysToLive: 1 })]);
  home.clock.advance(86_400_000);
  await expireTasks(home.application.context);
  t.equal(await packagingState(expired), 'failed', 'a task expired');
  t.same(await notified(expired), ['packaging ended']);

  const deleted = await packaged([task('a', anna)]);
  await home.orders.deleteRequests(demo, [deleted]);
  t.equal(await packagingState(deleted), 'failed', 'the order was deleted');
  t.same(await notified(deleted), [], 'by the one who would be told');
});

t.test('a document cannot be both skipped and signed', async (t) => {
  const requestId = await create([
    task('a', anna, { documentActions: [{ type: 'sign', documentRef: 'doc', optional: true }] }),
  ]);
  const key = await open(requestId);
  await read(key);
  const response = await home.nativeSignature(key, 'doc', anna);
  // the second tab skips while the signature is being judged
  const { methods } = await home.application.context.eid.of('demo');
  const { method } = methods.get('nemid-sign');
  const judge = method.continue.bind(method);
  t.intercept(method, 'continue', {
    value: async (...args: Parameters<typeof judge>) => {
      const judged = await judge(...args);
      await home.portal.skip(key, 'doc');
      return judged;
    },
  });
  await t.rejects(home.portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) }), {
    code: 'STEP_NOT_DUE',
  });
  t.same(await query('select from native_signatures where session_ref = $1', key.ref), []);
  t.match((await home.portal.view(key)).documents, [{ skipped: true, signed: false }]);
});

t.test('of cancelling and sending in at the same moment, one happens', async (t) => {
  const requestId = await create([
    task('a', anna, { documentActions: [{ type: 'view', documentRef: 'doc' } satisfies DocumentAction] }),
  ]);
  const key = await open(requestId);
  await read(key);
  // both begin before either can decide
  const { ready, release, held } = holdOrder(requestId);
  await ready;
  let isDecided = false;
  const both = Promise.allSettled([home.portal.cancel(key), home.portal.sendIn(key)]).finally(
    () => (isDecided = true),
  );
  await sleep(200);
  release();
  await held;
  // one after the other, as a claim has it in the service
  while (!isDecided) {
    await packageTask(home.packaging, { requestId, taskId: 'a' });
    await sleep(50);
  }
  await both;
  const trail = await query<{ type: string }>(
    "select type from audit_entries where session_ref = $1 and type in ('signer-left', 'signer-sent-in')",
    key.ref,
  );
  t.equal(trail.length, 1);
});

t.test('a document that is fetched several times at once is presented once in the trail', async (t) => {
  const key = await open(await create([task('a', anna)]));
  await Promise.all(
    Array.from({ length: 5 }, async () => (await home.portal.document(key, 'doc', client)).open().resume()),
  );
  const trail = await query(
    "select from audit_entries where session_ref = $1 and type = 'presented-document-to-signer'",
    key.ref,
  );
  t.equal(trail.length, 1);
});

t.test('send in twice at once: both are told that it is done', async (t) => {
  const requestId = await create([
    task('a', anna, {
      documentActions: [{ type: 'view', documentRef: 'doc' }],
      onTaskComplete: 'https://example.com/done',
    }),
  ]);
  const key = await open(requestId);
  await read(key);
  const worker = (async () => {
    for (let tries = 0; tries < 50; tries++) await packageTask(home.packaging, { requestId, taskId: 'a' });
  })();
  const done = { redirectTo: 'https://example.com/done' };
  t.same(await Promise.all([home.portal.sendIn(key), home.portal.sendIn(key)]), [done, done]);
  await worker;
});

t.test('a task cannot be sent in after its time, even before anybody wrote that down', async (t) => {
  const requestId = await create([
    task('a', anna, { daysToLive: 1, documentActions: [{ type: 'view', documentRef: 'doc' }] }),
  ]);
  home.clock.advance(86_400_000 - 1_000);
  const key = await open(requestId);
  await read(key);
  home.clock.advance(1_000);
  await t.rejects(home.portal.sendIn(key), { code: 'TASK_CLOSED' });
});

t.test('CPR numbers of sessions that led nowhere do not stay', async (t) => {
  const requestId = await create([task('a', anna), task('b', undefined)]);
  const stored = async (): Promise<number> =>
    (
      await query(
        `select from native_signatures n join sessions s on s.ref = n.session_ref
         where s.request_id = $1 and n.national_id is not null`,
        requestId,
      )
    ).length;
  const abandoned = await open(requestId);
  await home.readAndSign(abandoned, anna);
  const asked = await open(requestId, 'b');
  await home.readAndSign(asked, bo);
  await giveCpr(home.portal, asked, 'doc', bo.cpr);
  t.equal(await stored(), 2);
  await forgetStrandedNumbers(home.application.context);
  t.equal(await stored(), 2, 'a visit that may go on keeps them');
  home.clock.advance(61 * 60_000);

  const sent = await open(requestId);
  await home.readAndSign(sent, anna);
  const sending = home.portal.sendIn(sent);
  while (
    (await query(`select from tasks where request_id = $1 and state = 'sent-in'`, requestId)).length === 0
  );
  home.clock.advance(61 * 60_000);
  await forgetStrandedNumbers(home.application.context);
  t.equal(await stored(), 1, 'one that was sent in keeps them for its package');
  await packageTask(home.packaging, { requestId, taskId: 'a' });
  await sending;
  t.equal(await stored(), 0);
});

t.test('who has signed does not see the documents of a deleted order', async (t) => {
  const requestId = await create([
    task('a', anna, { documentActions: [{ type: 'view', documentRef: 'doc' }] }),
  ]);
  const key = await open(requestId);
  await read(key);
  const sending = home.portal.sendIn(key);
  while (
    (await query(`select from tasks where request_id = $1 and state = 'sent-in'`, requestId)).length === 0
  );
  await packageTask(home.packaging, { requestId, taskId: 'a' });
  await sending;
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.orders.deleteRequests(demo, [requestId]);
  await t.rejects(home.portal.document(key, 'doc', client), { code: /SESSION_GONE|TASK_CLOSED/ });
  await t.rejects(home.portal.view(key), { code: /SESSION_GONE|TASK_CLOSED/ });
});

t.test('an order that could never be signed or fetched is refused at once', async (t) => {
  const refused = async (more: Partial<OrderSpec>, why: RegExp): Promise<void> => {
    await t.rejects(create([task('a', anna)], more), { code: 'ORDER_INVALID', message: why });
  };
  const doc = (mimeType: string, data: Buffer): Partial<OrderSpec> => ({
    documents: [{ kind: 'provided', id: 'doc', description: 'A promise', mimeType, data }],
  });
  await refused(doc('text/plain', Buffer.from('Jeg lover, på ære.', 'latin1')), /its bytes are not utf-8/);
  await refused(doc('text/plain; charset=klingon', Buffer.from('x')), /the charset klingon is unknown/);
  await refused(doc('text/plain', Buffer.from('a\u0000b')), /control characters/);
  await refused(doc('text/plain;\r\n charset=utf-8', Buffer.from('x')), /its media type/);
  await create([task('a', anna)], doc('text/plain; charset=iso-8859-1', Buffer.from('på ære', 'latin1')));
  const empty = await home.storing.putSds(demo, 'text/plain', Readable.from([]));
  await refused(
    { documents: [{ kind: 'sds', id: 'doc', description: 'Nothing', refSdsId: empty }] },
    /it is empty/,
  );
  await t.rejects(create([task('x'.repeat(4000), anna)]), { code: 'ORDER_INVALID', message: /255/ });
});

t.test('a session that goes while it is being read is gone', async (t) => {
  const requestId = await create([task('a', anna)]);
  const key = await open(requestId);
  const { context } = home.application;
  const { db } = context;
  const slow: Pick<Database, 'query' | 'snapshot'> = {
    query: (...args) => db.query(...args),
    // the order is removed after the session was seen
    async snapshot(read) {
      await query('delete from orders where request_id = $1', requestId);
      return db.snapshot(read);
    },
  };
  await t.rejects(signingSession({ ...context, db: slow as Database }, key), { code: 'SESSION_GONE' });
});

t.test('each session is about its own task, whichever comes first in the order', async (t) => {
  const requestId = await create([task('a', anna, { language: 'en' }), task('b', bo, { language: 'da' })]);
  for (const [id, { cpr }] of [
    ['b', bo],
    ['a', anna],
  ] as const) {
    const current = await signingSession(home.application.context, await open(requestId, id));
    t.match(current, { spec: { id }, task: { taskId: id }, subject: { nationalId: cpr } });
  }
});

t.test('a document that goes while it is being ordered makes no order without it', async (t) => {
  const id = await home.storing.putSds(demo, 'text/plain', Readable.from([Buffer.from('I was here.')]));
  const { context } = home.application;
  const orders = new OrderFlow({
    ...context,
    blobs: Object.assign(Object.create(context.blobs) as typeof context.blobs, {
      open: context.blobs.open.bind(context.blobs),
      read: async (sha256: string) => {
        await deleteSds(context.db, 'demo', id);
        return context.blobs.read(sha256);
      },
    }),
  });
  const spec = order([task('a', anna)], {
    documents: [{ kind: 'sds', id: 'doc', description: 'Here', refSdsId: id }],
  });
  await t.rejects(orders.createRequests(demo, [spec]), {
    code: 'ORDER_INVALID',
    message: /there is no document/,
  });
});

t.test('numbers are compared as numbers, however the order writes them', async (t) => {
  const requestId = await create([
    task('a', anna, {
      subject: { nationalId: `${anna.cpr.slice(0, 6)}-${anna.cpr.slice(6)}`, attributes: [] },
    }),
  ]);
  const key = await open(requestId);
  await home.readAndSign(key, anna);
  t.match((await home.portal.view(key)).step, { kind: 'send-in' });
  t.match(await query('select national_id from native_signatures where session_ref = $1', key.ref), [
    { national_id: anna.cpr },
  ]);
});

t.test('an empty number is none: it is asked for, and no evidence says that it was given', async (t) => {
  const requestId = await create([task('a', anna, { subject: { nationalId: '', attributes: [] } })]);
  const key = await open(requestId);
  await home.readAndSign(key, anna);
  t.match((await home.portal.view(key)).step, { kind: 'identify' });
  t.same(
    await query("select from audit_entries where session_ref = $1 and type = 'cpr-verified'", key.ref),
    [],
  );
});

t.test('orders deleted in opposite orders at once do not wait for each other for ever', async (t) => {
  for (let round = 0; round < 10; round++) {
    const [one, two] = [await create([task('a', anna)]), await create([task('a', anna)])];
    const deleted = await Promise.all([
      home.orders.deleteRequests(demo, [one, two]),
      home.orders.deleteRequests(demo, [two, one]),
    ]);
    t.same(
      deleted.reduce((sum, count) => sum + count, 0),
      2,
    );
  }
});
