/** What methods keep of persons: of one module, kind and account, for its time, and readable nowhere else. */
import t from 'tap';
import { createMethodMemory, forgetExpired } from '@segl/server/application/access/method-memory';
import { openTestApplication } from '../../../support/server/services.ts';

const home = await openTestApplication(new Date('2026-05-04T08:00:00Z'));
t.teardown(() => home.close());
const { db, secrets } = home.application.context;
const clock = home.clock;

const memoryOf = (module: string, service?: string) =>
  createMethodMemory({ db, secrets, clock }, module, service);
const later = (seconds: number): Date => new Date(clock.now().getTime() + seconds * 1000);

t.test('what is put is there under its own name only, until it is forgotten', async (t) => {
  const memory = memoryOf('m', 'demo');
  const others = [memoryOf('m'), memoryOf('m', 'other'), memoryOf('n', 'demo')];
  const [since, until] = [clock.now(), later(60)];
  t.equal(await memory.get('kind', 'key'), undefined);
  t.equal(await memory.has('kind', 'key'), false);
  t.equal(await memory.forget('kind', 'key'), false);
  await memory.put('kind', 'key', 'værdi', { since, until });
  t.same(await memory.get('kind', 'key'), { value: 'værdi', since });
  t.equal(await memory.has('kind', 'key'), true);
  for (const other of others) t.equal(await other.get('kind', 'key'), undefined);
  t.equal(await memory.get('kind', 'another'), undefined);
  t.equal(await memory.get('another', 'key'), undefined);

  await others[0]!.put('kind', 'key', 'of all', { since, until });
  await memory.put('kind', 'key', 'new', { since: until, until });
  t.same(await memory.get('kind', 'key'), { value: 'new', since: until });
  t.same(await others[0]!.get('kind', 'key'), { value: 'of all', since });
  const rows = await db.query<{ service: string | null; sealed: Buffer; key: Buffer }>(
    'select service, sealed, key from method_memory order by service',
  );
  t.same(
    rows.map(({ service }) => service),
    ['demo', null],
    'it goes with its account',
  );
  t.notOk(rows.some(({ sealed, key }) => sealed.includes('new') || key.includes('key')));
  // moved to another account, it is nothing
  await db.query(`update method_memory set sealed = $1 where service is null`, [rows[0]!.sealed]);
  await t.rejects(others[0]!.get('kind', 'key'), { code: 'SECRET_UNREADABLE' });

  t.equal(await memory.forget('kind', 'key'), true);
  t.equal(await memory.has('kind', 'key'), false);
  t.equal(await others[0]!.has('kind', 'key'), true);
});

t.test('attempts are counted for their time, unless they are taken back', async (t) => {
  const memory = memoryOf('m', 'demo');
  const count = () => memory.count('kind', 'key', 60);
  t.equal((await count()).count, 1);
  clock.advance(30_000);
  const second = await count();
  t.equal(second.count, 2);
  t.equal(await memory.counted('kind', 'key'), 2);
  t.equal(await memory.counted('kind', 'another'), 0);
  await second.withdraw();
  t.equal(await memory.counted('kind', 'key'), 1);
  t.equal((await count()).count, 2);
  clock.advance(30_000);
  t.equal(await memory.counted('kind', 'key'), 1, 'the first had its minute');
  await memory.clear('kind', 'key');
  t.equal(await memory.counted('kind', 'key'), 0);
});

t.test('what has had its time goes', async (t) => {
  const memory = memoryOf('m', 'demo');
  await db.query('delete from method_memory');
  await forgetExpired({ db, clock });
  await memory.put('kind', 'a', '1', { since: clock.now(), until: later(60) });
  await memory.put('kind', 'b', '2', { since: clock.now(), until: later(61) });
  t.equal(await forgetExpired({ db, clock }), 0);
  clock.advance(60_001);
  t.equal(await forgetExpired({ db, clock }), 1);
  t.equal(await memory.has('kind', 'a'), false);
  t.equal(await memory.has('kind', 'b'), true);
});
