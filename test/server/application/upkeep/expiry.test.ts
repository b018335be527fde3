/** What time does to orders, uploads, blobs and rows: how much goes, and not a moment too early. */
import { Readable } from 'node:stream';
import t from 'tap';
import type { Database } from '@segl/server/adapters/postgres/database';
import { listDecisions, noteDecision } from '@segl/server/adapters/postgres/accounts/callers';
import { listNativeSignatures } from '@segl/server/adapters/postgres/sessions/sessions';
import {
  deleteOldUploads,
  deleteUnusedBlobs,
  expireTasks,
  forgetCallerDecisions,
  forgetStrandedNumbers,
  pruneJobs,
} from '@segl/server/application/upkeep/expiry';
import { SESSION_IDLE_MINUTES } from '@segl/server/domain/lifecycle/lifecycle';
import { anna, client, demo, openTestApplication, order, task } from '../../../support/server/services.ts';

const DAY = 86_400_000;

const home = await openTestApplication(new Date('2026-05-04T08:00:00Z'));
t.teardown(() => home.close());
const { context } = home.application;
const { db, blobs } = context;

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;

t.test('tasks expire, more of them than one batch', async (t) => {
  const many = Array.from({ length: 201 }, (_, index) => task(`t${index}`, undefined, { daysToLive: 1 }));
  const requestId = await create([...many, task('longer', undefined, { daysToLive: 2 })]);
  home.clock.advance(DAY - 1);
  t.equal(await expireTasks(context), 0);
  home.clock.advance(1);
  t.equal(await expireTasks(context), many.length);
  t.equal(await expireTasks(context), 0, 'twice changes nothing');
  const states = (await home.orders.getStatus(demo, [requestId])).map(({ status }) => status);
  t.same(states, [...many.map(() => 'expired'), 'created']);
});

t.test(
  'national ids of a session that was left go when it can certainly not be taken up again',
  async (t) => {
    const requestId = await create([task('a', anna)]);
    const key = await home.portal.open({ requestId, taskId: 'a', client });
    await home.readAndSign(key, anna);
    const kept = async (): Promise<boolean> => {
      const [signature] = await listNativeSignatures(db, key.ref);
      return signature!.nationalId !== null;
    };
    home.clock.advance(2 * SESSION_IDLE_MINUTES * 60_000);
    t.equal(await forgetStrandedNumbers(context), 0);
    t.equal(await kept(), true);
    home.clock.advance(1);
    t.equal(await forgetStrandedNumbers(context), 1);
    t.equal(await kept(), false);
  },
);

t.test('uploads go when they have had their time', async (t) => {
  const put = () => home.storing.putSds(demo, 'text/plain', Readable.from([Buffer.from('uploaded')]));
  const id = await put();
  let days = 0;
  while ((await deleteOldUploads(context)) === 0) {
    t.ok((await home.storing.getSds(demo, id)).size > 0, `${days} days`);
    home.clock.advance(DAY);
    if (++days === 2) await put();
  }
  t.ok(days > 2, 'one went, that of two days later is there');
});

t.test('decisions about callers are kept for as long as the settings say', async (t) => {
  const at = context.clock.now();
  await noteDecision(db, {
    ...{ at, service: 'demo', environment: 'sandbox', refused: null, door: 'soap', address: '', via: 'tls' },
    ...{ cvr: null, kind: null, identifier: null, certificateSha256: null },
  });
  home.clock.advance(context.config.callerAuditDays * DAY);
  t.equal(await forgetCallerDecisions(context), 0);
  home.clock.advance(1);
  t.equal(await forgetCallerDecisions(context), 1);
  t.same(await listDecisions(db, { limit: 10 }), []);
});

t.test('rows of work that was done go after a week, what was given up stays', async (t) => {
  await pruneJobs({ db, clock: home.clock });
  const [before] = await db.query<{ count: number }>('select count(*)::int as count from jobs');
  const now = home.clock.now();
  await db.query(
    `insert into jobs (queue, payload, finished_at) select 'package-task', '{}', $1 from generate_series(1, 1001)`,
    [now],
  );
  await db.query(`insert into jobs (queue, payload, failed_at) values ('package-task', '{}', $1)`, [now]);
  home.clock.advance(7 * DAY);
  t.equal(await pruneJobs({ db, clock: home.clock }), 0);
  home.clock.advance(1);
  t.equal(await pruneJobs({ db, clock: home.clock }), 1001, 'more of them than one portion');
  const [after] = await db.query<{ count: number }>('select count(*)::int as count from jobs');
  t.equal(after!.count, before!.count + 1);
});

t.test('blobs that nothing refers to go a day after they were put, asked about in portions', async (t) => {
  await create([task('a', anna)]);
  home.clock.set(new Date(Date.now() + 2 * DAY));
  await deleteUnusedBlobs(context);
  const used: string[] = [];
  for await (const { sha256 } of blobs.list()) used.push(sha256);
  t.ok(used.length > 0, 'those of orders stay');

  const unused = 1_001;
  for (let index = 0; index < unused; index++) await blobs.put(Buffer.from(`nobody's ${index}`));
  let first = Number.POSITIVE_INFINITY;
  for await (const { sha256, modifiedAt } of blobs.list())
    if (!used.includes(sha256)) first = Math.min(first, modifiedAt.getTime());
  home.clock.set(new Date(first + DAY));
  t.equal(await deleteUnusedBlobs(context), 0, 'not the first of them yet');
  home.clock.set(new Date(Date.now() + DAY + 1));
  const portions: number[] = [];
  const watched = {
    query: <Row>(sql: string, params: readonly unknown[]) => {
      portions.push((params[0] as unknown[]).length);
      return db.query<Row>(sql, params);
    },
  } as unknown as Database;
  t.equal(await deleteUnusedBlobs({ ...context, db: watched }), unused);
  t.same(portions, [1_000, unused + used.length - 1_000]);
  const left: string[] = [];
  for await (const { sha256 } of blobs.list()) left.push(sha256);
  t.same(left.sort(), used.sort());
});
