import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { Database } from '@segl/server/adapters/postgres/database';
import { Listener } from '@segl/server/adapters/postgres/listener';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { newDatabase } from '../../../support/server/template-database.ts';

const { url, drop } = await newDatabase();
const db = new Database({ url });
t.teardown(async () => {
  await db.close();
  await drop();
});

async function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + 20_000; !(await check());) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await sleep(10);
  }
}

const say = (channel: string, payload: string): Promise<unknown> =>
  db.query('select pg_notify($1, $2)', [channel, payload]);
const sessions = (): Promise<{ pid: number }[]> =>
  db.query(`select pid from pg_stat_activity where application_name = 'listens here'`);

t.test('one connection hears every channel, also when it is replaced', async (t) => {
  const listener = new Listener({ url, application: 'listens here', log: silentLogger });
  const heard: (string | undefined)[] = [];
  t.same(await sessions(), [], 'nobody listens yet');
  const [stop] = await Promise.all([
    listener.listen('first', (payload) => heard.push(payload)),
    listener.listen('second', (payload) => heard.push(payload)),
    listener.listen('first', (payload) => heard.push(`also ${payload ?? 'anew'}`)),
  ]);
  const [session, ...more] = await sessions();
  t.ok(session);
  t.same(more, []);

  await say('first', 'a');
  await say('other', 'b');
  await say('second', '');
  await eventually(() => heard.length === 3, 'both channels');
  t.same(heard.splice(0), ['a', 'also a', '']);

  await db.query('select pg_terminate_backend($1)', [session?.pid]);
  await eventually(() => heard.length === 3, 'that something may have been missed');
  t.same(heard.splice(0), [undefined, 'also anew', undefined]);
  await say('second', 'c');
  await eventually(() => heard.length === 1, 'the new connection');
  t.same(heard.splice(0), ['c']);

  stop();
  await say('first', 'd');
  await eventually(() => heard.length === 1, 'who still listens');
  t.same(heard.splice(0), ['also d']);
  await listener.close();
  await eventually(async () => (await sessions()).length === 0, 'it is closed');
});

t.test('what is said in a transaction is heard when it is committed', async (t) => {
  const listener = new Listener({ url, application: 'listens here', log: silentLogger });
  t.teardown(() => listener.close());
  const heard: (string | undefined)[] = [];
  await listener.listen('first', (payload) => heard.push(payload));
  await db
    .transaction(async (tx) => {
      await tx.query(`select pg_notify('first', 'never')`);
      throw new Error('changed my mind');
    })
    .catch(() => undefined);
  await db.transaction(async (tx) => {
    await tx.query(`select pg_notify('first', 'now')`);
    await sleep(200);
    t.same(heard, []);
  });
  await eventually(() => heard.length === 1, 'the commit');
  t.same(heard, ['now']);
});
