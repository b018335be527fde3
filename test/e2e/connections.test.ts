/** How many connections to PostgreSQL the real processes hold while they have more to do than they can. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import t, { type Test } from 'tap';
import { connectionsOf, mostConnections } from '@segl/server/composition/connections';
import { Database } from '@segl/server/adapters/postgres/database';
import { enqueue } from '@segl/server/adapters/postgres/work/jobs';
import { createPlace, until } from '../support/server/running.ts';
import { newDatabase } from '../support/server/template-database.ts';
import { tool } from '../support/tools.ts';

const JOBS = 30;
/** Of `segl serve`: it listens only while somebody waits for evidence. */
const FULL = connectionsOf('serve').pool;

const readEnvironment = async (dataDir: string): Promise<NodeJS.ProcessEnv> =>
  parseEnv(await readFile(join(dataDir, 'sandbox', 'service.env'), 'utf8'));

/** Runs `segl serve` and `segl worker` with plenty to do; gives the most connections that each held at a time, by name. */
async function measure(t: Test, settings: NodeJS.ProcessEnv): Promise<Map<string, number>> {
  const { url, drop } = await newDatabase();
  const db = new Database({ url, max: 2, application: 'the test' });
  t.teardown(async () => {
    await db.close();
    await drop();
  });
  const place = await createPlace(t);
  place.run('sandbox', { SANDBOX: 'on' });
  const environment = {
    ...(await until(
      'the sandbox',
      async () => (await fetch(place.sandboxUrl)).ok && readEnvironment(place.dataDir),
      120_000,
    )),
    ...{ SANDBOX: 'on', DATABASE_URL: url, ...settings },
  };
  await place.start('serve', environment);
  const worker = place.run('worker', environment);

  const most = new Map<string, number>();
  const look = async (): Promise<void> => {
    const rows = await db.query<{ name: string; count: number }>(
      `select application_name as name, count(*)::int as count from pg_stat_activity
       where datname = current_database() and backend_type = 'client backend' group by 1`,
    );
    const sums = new Map<string, number>();
    for (const { name, count } of rows) {
      // "segl worker", "segl worker queue" and "segl worker listen" are one process
      const process = name.split(' ').slice(0, 2).join(' ');
      for (const each of new Set([process, name])) sums.set(each, (sums.get(each) ?? 0) + count);
    }
    for (const [name, count] of sums) most.set(name, Math.max(most.get(name) ?? 0, count));
  };
  let isBusy = true;
  const watching = (async () => {
    while (isBusy) {
      await look();
      await sleep(20);
    }
  })();
  await db.transaction(async (tx) => {
    // references to nothing: what is measured is how they are taken up
    for (let n = 0; n < JOBS; n++) {
      await enqueue(tx, { queue: 'package-task', payload: { requestId: `r${n}`, taskId: 't' } });
      await enqueue(tx, { queue: 'package-order', payload: { requestId: `r${n}`, packagingTaskId: 'p' } });
      for (const queue of ['deliver-callback', 'send-mail', 'send-sms'] as const)
        await enqueue(tx, { queue, payload: { deliveryId: `d${n}` } });
    }
  });
  // while orders are locked no answer about one gets on, so that the process takes every connection of its pool
  const asking = await db.transaction(async (tx) => {
    await tx.query('lock table orders in access exclusive mode');
    const answers = Array.from({ length: 40 }, () =>
      place.backEnd.getStatus('nothing').catch(() => undefined),
    );
    await until('all its connections wait', async () => most.get('segl serve') === FULL);
    return answers;
  });
  await Promise.all(asking);
  await until(
    'all of it has been tried',
    async () => {
      if (worker.child.exitCode !== null) throw new Error(worker.output());
      const [row] = await db.query<{ open: number }>(
        `select count(*)::int as open from jobs where failures = 0 and finished_at is null and failed_at is null`,
      );
      return row?.open === 0;
    },
    120_000,
  );
  isBusy = false;
  await watching;
  most.delete('the test');
  return most;
}

function judge(t: Test, most: Map<string, number>): void {
  t.comment(JSON.stringify(Object.fromEntries(most)));
  const held = (name: string): number => most.get(name) ?? 0;
  t.ok(held('segl serve') <= mostConnections('serve'));
  t.ok(held('segl serve') >= FULL, 'it had more to do than fits on a few');
  t.ok(held('segl worker') <= mostConnections('worker'));
  t.equal(held('segl worker listen'), 1);
  t.same(
    [...most.keys()].filter((name) => !name.startsWith('segl ')),
    [],
    'none is nameless',
  );
}

t.test('what is promised', async (t) => {
  t.ok(mostConnections('serve') <= 12);
  t.ok(mostConnections('start') <= 12);
  t.ok(mostConnections('worker') <= 8);
});

t.test('with the queue on PostgreSQL', async (t) => {
  const most = await measure(t, {});
  judge(t, most);
  t.equal(most.get('segl worker'), mostConnections('worker'), 'all that it may');
});

t.test('with the queue on Redis', async (t) => {
  const server = tool(t, 'redis-server');
  if (!server) return;
  const folder = mkdtempSync(join(tmpdir(), 'segl-redis-'));
  const socket = join(folder, 'redis.sock');
  const redis = spawn(server, ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''], {
    stdio: 'ignore',
  });
  t.teardown(async () => {
    redis.kill();
    await once(redis, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  const most = await measure(t, { REDIS_URL: `redis+unix://${socket}` });
  judge(t, most);
  t.notOk(most.has('segl worker queue'));
});
