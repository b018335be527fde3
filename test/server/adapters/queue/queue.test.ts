import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { ManualClock } from '@segl/problem/clock';
import type { Problem } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '@segl/server/problems';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import type { QueueBackend } from '@segl/server/adapters/queue/backend';
import { createQueueBackend } from '@segl/server/adapters/queue/choose-backend';
import type { QueueLimits } from '@segl/server/adapters/queue/consumer';
import { GiveUp, RetryLater, type Handlers } from '@segl/server/adapters/queue/handler';
import { startPublisher } from '@segl/server/adapters/queue/publisher';
import { startScheduler, type ScheduledJob } from '@segl/server/adapters/queue/scheduler';
import { startWorkers } from '@segl/server/adapters/queue/worker';
import { Database } from '@segl/server/adapters/postgres/database';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { countJobs, enqueue } from '@segl/server/adapters/postgres/work/jobs';
import { Listener } from '@segl/server/adapters/postgres/listener';
import { listScheduledRuns } from '@segl/server/adapters/postgres/work/scheduled-jobs';
import { tool } from '../../../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'segl-test-'));
const postgres = await startEmbeddedPostgres({ dataDir: folder, log: silentLogger });
const db = new Database({ url: postgres.url, max: 20 });
await db.migrate();
const listener = new Listener({ url: postgres.url, application: 'test listen', log: silentLogger });
let redis: { url: string; child: ChildProcess } | undefined;

t.teardown(async () => {
  await listener.close();
  await db.close();
  await postgres.close();
  redis?.child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** When a worker that died is noticed at the latest: its lock ends, and a check comes by. */
const NOTICED_MS = 25_000;

/** On the clock of the rows: what nobody has finished for so long is published anew. */
const LOST_MS = 301_000;

async function eventually(check: () => Promise<boolean> | boolean, what: string, ms = 30_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not in ${ms / 1000} s: ${what}`);
    await sleep(40);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startRedis(program: string): Promise<{ url: string; child: ChildProcess }> {
  const port = await freePort();
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const child = spawn(program, [...flags, '--maxmemory-policy', 'noeviction'], { stdio: 'ignore' });
  return { url: `redis://127.0.0.1:${port}`, child };
}

const said = (text: string): Problem => generalProblems.of('foreign/said', { said: text });
const answered = (status: number): Problem => serverProblems.of('delivery/answered', { status });

type Row = {
  failures: number;
  last_error: Problem | null;
  finished: boolean;
  failed: boolean;
  due_at: Date | null;
};

async function rowOf(id: string): Promise<Row> {
  const [row] = await db.query<Row>(
    `select failures, last_error, due_at, finished_at is not null as finished, failed_at is not null as failed
     from jobs where id = $1`,
    [id],
  );
  if (!row) throw new Error('no such row');
  return row;
}

const newClock = (): ManualClock => new ManualClock('2026-05-04T10:00:00Z');

/** Publisher and workers on one backend, closed at the end of the test. */
async function start(
  t: Test,
  backend: QueueBackend,
  clock: ManualClock,
  handlers: Handlers,
  more: { workers?: number; concurrency?: number; limits?: QueueLimits } = {},
): Promise<void> {
  const limits = Object.fromEntries(Object.keys(handlers).map((queue) => [queue, more.limits ?? {}]));
  const common = { db, backend, clock, log: silentLogger, limits };
  const publisher = await startPublisher({ ...common, listener, pollMs: 50 });
  const workers = Array.from({ length: more.workers ?? 1 }, () =>
    startWorkers({ ...common, handlers, concurrency: more.concurrency ?? 4, random: () => 0.5 }),
  );
  t.teardown(async () => {
    await Promise.all(workers.map((each) => each.close()));
    await publisher.close();
    await db.query('truncate jobs');
  });
}

/** A process of its own that takes one piece of work, says so, and never finishes it. */
async function startVictim(kind: QueueBackend['kind']): Promise<ChildProcessByStdio<null, Readable, null>> {
  const url = (path: string): string => JSON.stringify(import.meta.resolve(`@segl/${path}`));
  const redisUrl = kind === 'redis' ? redis?.url : undefined;
  const program = `
    const { Database } = await import(${url('server/adapters/postgres/database')});
    const { Listener } = await import(${url('server/adapters/postgres/listener')});
    const { createQueueBackend } = await import(${url('server/adapters/queue/choose-backend')});
    const { startWorkers } = await import(${url('server/adapters/queue/worker')});
    const { systemClock } = await import(${url('problem/clock')});
    const { silentLogger } = await import(${url('server/adapters/telemetry/log')});
    const databaseUrl = ${JSON.stringify(postgres.url)};
    startWorkers({
      db: new Database({ url: databaseUrl }),
      backend: createQueueBackend({
        databaseUrl,
        redisUrl: ${JSON.stringify(redisUrl)},
        application: 'victim',
        connections: 2,
        listener: new Listener({ url: databaseUrl, application: 'victim', log: silentLogger }),
      }),
      clock: systemClock,
      log: silentLogger,
      concurrency: 1,
      handlers: { 'package-order': { run: () => new Promise(() => console.log('at work')) } },
    });`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const order = (n: number): { requestId: string; packagingTaskId: string } => ({
  requestId: `r${n}`,
  packagingTaskId: 'p',
});

/** What a queue must do, whatever it runs on. `wipe` loses everything that is on it. */
function behaviour(t: Test, backend: QueueBackend, wipe: () => Promise<void>): void {
  t.test('committed work is done once and soon, with its payload', async (t) => {
    const done: unknown[] = [];
    await start(t, backend, newClock(), {
      'package-order': { run: async (payload, { number }) => void done.push([payload, number]) },
    });
    await sleep(200);
    const started = performance.now();
    const id = await db.transaction((tx) => enqueue(tx, { queue: 'package-order', payload: order(1) }));
    await eventually(() => done.length > 0, 'the handler runs');
    t.comment(`commit to handler: ${Math.round(performance.now() - started)} ms`);
    t.ok(performance.now() - started < 2_000);
    await eventually(async () => (await rowOf(id ?? '')).finished, 'the row is finished');
    await sleep(100);
    t.same(done, [[order(1), 1]]);
  });

  t.test('work of a transaction that rolls back is never done', async (t) => {
    const done: unknown[] = [];
    await start(t, backend, newClock(), {
      'package-order': { run: async (payload) => void done.push(payload) },
    });
    await t.rejects(
      db.transaction(async (tx) => {
        await enqueue(tx, { queue: 'package-order', payload: order(1) });
        throw new Error('changed my mind');
      }),
      /changed my mind/,
    );
    await db.transaction((tx) => enqueue(tx, { queue: 'package-order', payload: order(2) }));
    await eventually(() => done.length > 0, 'the second is done');
    await sleep(100);
    t.same(done, [order(2)]);
  });

  t.test('work with a key exists once, and work with a date waits for it', async (t) => {
    const clock = newClock();
    const done: unknown[] = [];
    await start(t, backend, clock, {
      'package-order': { run: async (payload) => void done.push(payload.requestId) },
    });
    const later = new Date('2026-05-04T11:00:00Z');
    const id = await enqueue(db, { queue: 'package-order', payload: order(1), key: 'k', dueAt: later });
    t.ok(id);
    t.equal(await enqueue(db, { queue: 'package-order', payload: order(2), key: 'k' }), undefined);
    await sleep(300);
    t.same(done, []);
    clock.set(later);
    await eventually(() => done.length > 0, 'it is due');
    t.same(done, ['r1']);
  });

  t.test('failed work is tried again on schedule and then given up, once', async (t) => {
    const clock = newClock();
    const tries: number[] = [];
    const givenUp: unknown[] = [];
    await start(t, backend, clock, {
      'package-task': {
        run: async (_, { number }) => {
          tries.push(number);
          throw new Error(`try ${number}`);
        },
        gaveUp: async (tx, payload, error) => {
          const [row] = await tx.query<{ failed: boolean }>(
            `select failed_at is not null as failed from jobs where queue = 'package-task'`,
          );
          givenUp.push([payload, error.message, row?.failed]);
        },
      },
    });
    const id = await enqueue(db, { queue: 'package-task', payload: { requestId: 'r', taskId: 't' } });
    const minutes = [1 / 60, 5 / 60, 0.5, 2, 10, 30, 60, 180, 360, 720, 1440];
    for (const [index, pause] of minutes.entries()) {
      await eventually(async () => (await rowOf(id ?? '')).failures === index + 1, `failure ${index + 1}`);
      const row = await rowOf(id ?? '');
      t.equal(row.due_at?.getTime(), clock.now().getTime() + Math.round(pause * 60_000));
      t.same(row.last_error, said(`try ${index + 1}`));
      clock.set(new Date(row.due_at?.getTime() ?? 0));
    }
    await eventually(async () => (await rowOf(id ?? '')).failed, 'it is given up');
    t.same(tries, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    t.same(givenUp, [[{ requestId: 'r', taskId: 't' }, 'try 12', true]]);
    t.match(await countJobs(db), [{ queue: 'package-task', failed: 1 }]);
  });

  t.test('a handler may ask for patience, and may say that it is pointless', async (t) => {
    const clock = newClock();
    await start(t, backend, clock, {
      'deliver-callback': {
        run: async ({ deliveryId }) => {
          throw deliveryId === 'slow' ? new RetryLater(answered(429), 600_000) : new GiveUp(answered(410));
        },
      },
    });
    const slow = await enqueue(db, { queue: 'deliver-callback', payload: { deliveryId: 'slow' } });
    const gone = await enqueue(db, { queue: 'deliver-callback', payload: { deliveryId: 'gone' } });
    await eventually(async () => (await rowOf(slow ?? '')).failures === 1, 'it failed');
    t.equal((await rowOf(slow ?? '')).due_at?.getTime(), clock.now().getTime() + 600_000);
    await eventually(async () => (await rowOf(gone ?? '')).failed, 'it is given up');
    t.match(await rowOf(gone ?? ''), { failures: 1, last_error: answered(410) });
  });

  t.test('nothing is lost when the queue loses everything in the middle of it', async (t) => {
    const clock = newClock();
    const done = new Map<string, number>();
    await start(
      t,
      backend,
      clock,
      {
        'package-order': {
          run: async ({ requestId }) => {
            await sleep(5);
            done.set(requestId, (done.get(requestId) ?? 0) + 1);
          },
        },
      },
      { workers: 2 },
    );
    const count = 200;
    for (let n = 0; n < count; n++) await enqueue(db, { queue: 'package-order', payload: order(n) });
    for (let round = 0; round < 3; round++) {
      await eventually(() => done.size > (round + 1) * 20, 'some are done');
      await wipe();
      clock.advance(31_000);
    }
    const pump = setInterval(() => clock.advance(61_000), 200);
    try {
      await eventually(() => done.size === count, 'all are done');
    } finally {
      clearInterval(pump);
    }
    const twice = [...done.values()].filter((times) => times > 1).length;
    t.equal(twice, 0, 'and none of them twice');
    await eventually(async () => {
      const [row] = await db.query<{ open: number }>(
        `select count(*)::int as open from jobs where queue = 'package-order' and finished_at is null`,
      );
      return row?.open === 0;
    }, 'all rows are finished');
  });

  t.test('work that is published again while somebody is at it runs once at a time', async (t) => {
    const clock = newClock();
    let running = 0;
    let most = 0;
    let runs = 0;
    await start(
      t,
      backend,
      clock,
      {
        'package-order': {
          run: async () => {
            most = Math.max(most, ++running);
            runs++;
            await sleep(1_500);
            running--;
          },
        },
      },
      { workers: 3 },
    );
    const id = await enqueue(db, { queue: 'package-order', payload: order(1) });
    await eventually(() => running === 1, 'it runs');
    for (let n = 0; n < 4; n++) {
      await wipe();
      clock.advance(31_000);
      await sleep(200);
    }
    await eventually(async () => (await rowOf(id ?? '')).finished, 'it is finished');
    t.equal(most, 1);
    t.equal(runs, 1);
  });

  t.test(
    'work whose process is killed is taken up by another, and by no third when it kills them all',
    async (t) => {
      const clock = newClock();
      const done: number[] = [];
      const killed = await startVictim(backend.kind);
      const id = await enqueue(db, { queue: 'package-order', payload: order(1) });
      const common = { db, backend, clock, log: silentLogger };
      const publisher = await startPublisher({ ...common, listener, pollMs: 50 });
      await once(killed.stdout, 'data');
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      await publisher.close();
      t.match(await rowOf(id ?? ''), { failures: 0, finished: false });

      const started = performance.now();
      await start(t, backend, clock, {
        'package-order': { run: async (_, { number }) => void done.push(number) },
      });
      await eventually(async () => (await rowOf(id ?? '')).finished, 'it is finished', 2 * NOTICED_MS);
      t.comment(`taken up after ${Math.round(performance.now() - started)} ms`);
      t.ok(performance.now() - started < NOTICED_MS + 5_000, 'when its lock has ended, not minutes later');
      t.same(done, [1], 'a crash is not a failure');

      const later = new Date(clock.now().getTime() + 60_000);
      const poison = await enqueue(db, { queue: 'package-order', payload: order(2), dueAt: later });
      await db.query('update jobs set starts = 10 where id = $1', [poison]);
      clock.set(later);
      await eventually(async () => (await rowOf(poison ?? '')).failed, 'it is given up');
      t.match(await rowOf(poison ?? ''), {
        last_error: { code: 'job/process-ended', params: { times: 10 } },
      });
      t.same(done, [1]);
    },
  );

  t.test('whoever has lost a job does not say what came of it', async (t) => {
    const clock = newClock();
    const givenUp: unknown[] = [];
    const runs: { end: (error?: Error) => void }[] = [];
    const handler: Handlers['package-order'] = {
      run: () =>
        new Promise((resolve, reject) =>
          runs.push({ end: (error) => (error ? reject(error) : resolve(undefined)) }),
        ),
      gaveUp: async (_tx, payload) => void givenUp.push(payload),
    };
    await start(t, backend, clock, { 'package-order': handler }, { workers: 2, concurrency: 1 });
    const id = await enqueue(db, { queue: 'package-order', payload: order(1) });
    t.teardown(() => runs.forEach(({ end }) => end()));
    const lose = async (): Promise<void> => {
      await wipe();
      clock.advance(LOST_MS);
    };
    await eventually(() => runs.length === 1, 'one begins it');
    await lose();
    await eventually(() => runs.length === 2, 'another begins it anew');
    // the first hangs on, and fails for good; then the second, done with it when a third has begun
    runs[0]?.end(new GiveUp(answered(410)));
    await lose();
    await eventually(() => runs.length === 3, 'and a third');
    runs[1]?.end();
    await sleep(300);
    t.match(await rowOf(id ?? ''), { failures: 0, failed: false, finished: false, last_error: null });
    t.same(givenUp, []);
    runs[2]?.end(new Error('The third says it.'));
    await eventually(async () => (await rowOf(id ?? '')).failures === 1, 'the last one counts');
    t.match(await rowOf(id ?? ''), { last_error: said('The third says it.'), finished: false });
  });

  t.test('unfinished work is done although the queue holds it as ended', async (t) => {
    const clock = newClock();
    let runs = 0;
    await start(t, backend, clock, { 'package-order': { run: async () => void runs++ } });
    const id = await enqueue(db, { queue: 'package-order', payload: order(1) });
    await eventually(async () => (await rowOf(id ?? '')).finished, 'it is finished');
    // as a backup of the database would have it
    await db.query('update jobs set finished_at = null where id = $1', [id]);
    clock.advance(LOST_MS);
    await eventually(async () => (await rowOf(id ?? '')).finished, 'it is finished again');
    t.equal(runs, 2);
  });

  t.test('a queue may have a limit over all processes, also after it was lost', async (t) => {
    const clock = newClock();
    let running = 0;
    let most = 0;
    let done = 0;
    const handlers: Handlers = {
      'package-order': {
        run: async () => {
          most = Math.max(most, ++running);
          await sleep(100);
          running--;
          done++;
        },
      },
    };
    await start(t, backend, clock, handlers, { workers: 2, concurrency: 4, limits: { concurrency: 2 } });
    for (const round of [1, 2]) {
      // the first round of the publisher tells the limit, or it tells it again
      await sleep(300);
      for (let n = 0; n < 10; n++) await enqueue(db, { queue: 'package-order', payload: order(n) });
      await eventually(() => done === 10 * round, `all of round ${round}`);
      t.equal(most, 2);
      most = 0;
      if (backend.kind === 'postgres') await db.query('delete from bullmq.meta');
      await wipe();
      clock.advance(LOST_MS);
    }
  });

  t.test('a queue may have a rate', async (t) => {
    const done: string[] = [];
    await start(
      t,
      backend,
      newClock(),
      { 'send-sms': { run: async ({ deliveryId }) => void done.push(deliveryId) } },
      { workers: 2, limits: { perMinute: 3 } },
    );
    for (let n = 0; n < 6; n++) await enqueue(db, { queue: 'send-sms', payload: { deliveryId: `${n}` } });
    await eventually(() => done.length === 3, 'the first three');
    await sleep(1_000);
    t.equal(done.length, 3);
    await wipe();
  });

  t.test(
    'what is scheduled runs at the start and when the clock jumps, once for all processes',
    async (t) => {
      const clock = newClock();
      let runs = 0;
      const yearly: ScheduledJob = { name: 'yearly', pattern: '0 0 1 1 *', run: async () => void runs++ };
      const two = [1, 2].map(() =>
        startScheduler({ db, backend, clock, log: silentLogger, jobs: [yearly], pollMs: 50 }),
      );
      t.teardown(async () => void (await Promise.all(two.map((each) => each.close()))));
      await eventually(() => runs === 1, 'the first');
      clock.advance(60_000);
      await eventually(() => runs === 2, 'the second');
      await sleep(300);
      t.equal(runs, 2);
      t.match(await listScheduledRuns(db), [{ name: 'yearly', finishedAt: clock.now(), failedAt: null }]);
    },
  );

  t.test(
    'schedules are kept by the queue, told again when it has lost them, and end when they are no more',
    async (t) => {
      const runs = { often: 0, fails: 0 };
      const often: ScheduledJob = {
        name: 'often',
        pattern: '* * * * * *',
        run: async () => void runs.often++,
      };
      const fails: ScheduledJob = {
        name: 'fails',
        pattern: '* * * * * *',
        run: async () => {
          runs.fails++;
          throw new Error('Not today.');
        },
      };
      const common = { db, backend, clock: newClock(), log: silentLogger, pollMs: 50, ensureMs: 2_000 };
      const scheduler = startScheduler({ ...common, jobs: [often, fails] });
      await eventually(() => runs.often > 2 && runs.fails > 2, 'they run every second');
      await wipe();
      const before = runs.often;
      await eventually(() => runs.often > before + 2, 'and again after the queue was lost');
      await scheduler.close();
      t.match(
        (await listScheduledRuns(db)).filter(({ name }) => name === 'fails'),
        [{ finishedAt: null, failedAt: common.clock.now(), error: said('Not today.') }],
        'what failed is known',
      );
      const next = startScheduler({ ...common, jobs: [fails] });
      await sleep(1_500);
      const last = runs.often;
      await sleep(1_500);
      t.equal(runs.often, last, 'what is not scheduled any more does not run');
      await next.close();
      const none = startScheduler({ ...common, jobs: [] });
      await sleep(300);
      await none.close();
      await db.query('truncate scheduled_jobs');
    },
  );

  t.test('closing waits for what is running', async (t) => {
    let finished = false;
    let began = false;
    const common = { db, backend, clock: newClock(), log: silentLogger };
    const publisher = await startPublisher({ ...common, listener, pollMs: 50 });
    const workers = startWorkers({
      ...common,
      concurrency: 1,
      handlers: {
        'package-order': {
          run: async () => {
            began = true;
            await sleep(500);
            finished = true;
          },
        },
      },
    });
    const id = await enqueue(db, { queue: 'package-order', payload: order(1) });
    await eventually(() => began, 'it runs');
    await workers.close();
    t.ok(finished);
    t.match(await rowOf(id ?? ''), { finished: true });
    await publisher.close();
    await db.query('truncate jobs');
  });
}

const options = { databaseUrl: postgres.url, application: 'test queue', connections: 2, listener };

t.test('on PostgreSQL', async (t) => {
  const backend = createQueueBackend(options);
  t.teardown(() => backend.close());
  t.equal(backend.kind, 'postgres');
  await backend.prepare();
  await backend.prepare();
  behaviour(t, backend, async () => void (await db.query('delete from bullmq.job')));

  t.test('work goes on after the database server was killed', async (t) => {
    const done = new Set<string>();
    const clock = newClock();
    await start(t, backend, clock, {
      'package-order': { run: async ({ requestId }) => void done.add(requestId) },
    });
    await enqueue(db, { queue: 'package-order', payload: order(1) });
    await eventually(() => done.has('r1'), 'before');
    const [row] = await db.query<{ pid: number }>(
      `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
    );
    process.kill(row?.pid ?? 0, 'SIGKILL');
    await eventually(
      () => enqueue(db, { queue: 'package-order', payload: order(2) }).then(Boolean, () => false),
      'the server is back',
    );
    const pump = setInterval(() => clock.advance(31_000), 300);
    t.teardown(() => clearInterval(pump));
    await eventually(() => done.has('r2'), 'after');
    t.pass('done');
  });
});

t.test('on Redis', async (t) => {
  const program = tool(t, 'redis-server');
  if (!program) return;
  redis = await startRedis(program);
  const backend = createQueueBackend({ ...options, redisUrl: redis.url });
  t.equal(backend.kind, 'redis');
  await backend.prepare();
  const admin = new Redis(redis.url);
  admin.on('error', () => undefined);
  t.teardown(() => admin.disconnect());
  behaviour(t, backend, async () => void (await admin.flushall()));

  t.test('while Redis is away work waits in the database', async (t) => {
    const done = new Set<string>();
    await start(t, backend, newClock(), {
      'package-order': { run: async ({ requestId }) => void done.add(requestId) },
    });
    await enqueue(db, { queue: 'package-order', payload: order(1) });
    await eventually(() => done.has('r1'), 'before');
    redis?.child.kill('SIGKILL');
    await sleep(100);
    await enqueue(db, { queue: 'package-order', payload: order(2) });
    await sleep(500);
    t.notOk(done.has('r2'));
    const port = new URL(redis?.url ?? '').port;
    const flags = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    if (redis) redis.child = spawn(program, flags, { stdio: 'ignore' });
    await eventually(() => done.has('r2'), 'after');
    t.pass('done');
  });

  t.test('closing does not wait for the return of Redis', async (t) => {
    const common = { db, backend, clock: newClock(), log: silentLogger };
    const publisher = await startPublisher({ ...common, listener, pollMs: 50 });
    const handlers: Handlers = { 'package-order': { run: async () => undefined } };
    const workers = startWorkers({ ...common, concurrency: 1, handlers });
    const id = await enqueue(db, { queue: 'package-order', payload: order(1) });
    await eventually(async () => (await rowOf(id ?? '')).finished, 'it works');
    redis?.child.kill('SIGKILL');
    await sleep(500);
    const started = performance.now();
    await workers.close();
    await publisher.close();
    t.ok(performance.now() - started < 10_000);
    await db.query('truncate jobs');
  });
});
