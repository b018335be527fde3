/** Work that was given up: listed, taken up again, and done. Real queue, real packages, the command as a process. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import type { Problem } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '@segl/server/problems';
import { failPackagingTask, packageOrder } from '@segl/server/application/packaging/package-order';
import { notePackagingTrouble, packageTask } from '@segl/server/application/packaging/package-task';
import { abandonDelivery } from '@segl/server/application/delivery/deliver';
import { retryFailed } from '@segl/server/application/upkeep/retry';
import { type Logger, silentLogger } from '@segl/server/adapters/telemetry/log';
import { projectFile } from '@segl/server/paths';
import { createQueueBackend } from '@segl/server/adapters/queue/choose-backend';
import { GiveUp } from '@segl/server/adapters/queue/handler';
import { startWorkers } from '@segl/server/adapters/queue/worker';
import { startPublisher } from '@segl/server/adapters/queue/publisher';
import {
  anna,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../support/server/services.ts';

let home: TestApplication;
const closings: (() => Promise<void>)[] = [];
const logged: string[] = [];
/** While something is wrong, every try of everything is the last. */
let trouble: Problem | undefined = serverProblems.of('delivery/not-set', { setting: 'SEAL_KEY_FILE' });
let delivered = 0;

/** Keeps what is logged as an error. */
const listening = (): Logger =>
  new Proxy(silentLogger, {
    get: (target, name) => {
      if (name === 'child') return listening;
      if (name === 'error') return (_: unknown, message: string) => logged.push(message);
      return Reflect.get(target, name) as unknown;
    },
  });

t.before(async () => {
  home = await openTestApplication();
  const { db, listener } = home.application.context;
  const { databaseUrl } = home.application;
  const backend = createQueueBackend({ databaseUrl, application: 'test queue', connections: 2, listener });
  await backend.prepare();
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    if (trouble !== undefined) throw new GiveUp(trouble);
    await work();
  };
  const common = { db, backend, clock: home.clock, log: listening() };
  const workers = startWorkers({
    ...common,
    concurrency: 2,
    handlers: {
      'package-task': {
        run: (payload) => attempt(() => packageTask(home.packaging, payload)),
        gaveUp: (tx, payload) => notePackagingTrouble(tx, home.clock, payload),
      },
      'package-order': {
        run: (payload) => attempt(() => packageOrder(home.packaging, payload)),
        gaveUp: (tx, payload) => failPackagingTask(tx, home.packaging, payload),
      },
      'deliver-callback': {
        run: () => attempt(async () => void (delivered += 1)),
        gaveUp: (tx, { deliveryId }) => abandonDelivery(tx, home.clock, deliveryId),
      },
    },
  });
  const publisher = await startPublisher({ ...common, listener, pollMs: 50 });
  closings.push(
    () => publisher.close(),
    () => workers.close(),
    () => backend.close(),
  );
});
t.teardown(async () => {
  for (const close of closings) await close();
  await home.close();
});

async function eventually(check: () => Promise<boolean>, what: string): Promise<void> {
  for (let tries = 0; !(await check()); tries++) {
    if (tries > 600) throw new Error(`not in time: ${what}`);
    await sleep(100);
  }
}

const run = promisify(execFile);

async function segl(...args: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, DATABASE_URL: home.application.databaseUrl, SANDBOX: 'off' };
  const cli = projectFile('cli', 'dist', 'main.js');
  try {
    const { stdout } = await run(process.execPath, ['--disable-proto=delete', cli, 'retry', ...args], {
      env,
    });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr };
  }
}

const open = async (): Promise<number> => {
  const [row] = await home.application.context.db.query<{ count: number }>(
    'select count(*)::int as count from jobs where finished_at is null and failed_at is null',
  );
  return row!.count;
};

const ids = (said: string): string[] => [...said.matchAll(/^(\d+) {2}\d{4}-/gm)].map(([, id = '']) => id);

t.test('what is given up is listed, and taken up again when its cause is gone', async (t) => {
  t.match(await segl(), { code: 0, said: /^Nothing was given up\.\n$/ });
  const url = (id: string) => ({
    id,
    type: 'URL' as const,
    recipient: 'https://x.example/',
    message: '',
    schedules: [],
  });
  const { requestIds } = await home.orders.createRequests(demo, [
    order([task('a', anna)], {
      notifications: [url('all')],
      packagingTasks: [
        {
          id: 'p',
          method: 'pades',
          notifications: [url('packed')],
          documents: [{ taskId: 'a', documentId: 'doc' }],
        },
      ],
    }),
  ]);
  const [requestId = ''] = requestIds;
  const status = async (): Promise<string[]> => [
    ...(await home.orders.getStatus(demo, [requestId])).map(({ status }) => status),
    ...(await home.orders.getPackagingTaskStatus(demo, [requestId])).map(({ status }) => status),
  ];
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await home.readAndSign(key, anna);
  await home.portal.sendIn(key);
  await eventually(async () => (await open()) === 0, 'the package is given up');
  t.same(await status(), ['created', 'created'], 'the task waits, sent in');
  const events = await home.orders.getRequestHistory(demo, requestId, 'a');
  t.match(events.at(-1), { type: 'error', data: 'the package could not be made' });

  const listed = await segl();
  t.match(
    listed.said,
    `packages of task "a" of request ${requestId}\n    1 try: SEAL_KEY_FILE is not set. [delivery/not-set]\n`,
  );
  const [id = ''] = ids(listed.said);
  t.match(logged, [`A job failed for good. When its cause is gone, "segl retry ${id}" takes it up again.`]);

  await home.tasks.disableNotification(demo, requestId, undefined, ['all']);
  t.match(await segl(id), { code: 0, said: '1 taken up again.\n' });
  await eventually(
    async () => (await open()) === 0 && ids((await segl()).said).length === 1,
    'given up again',
  );
  t.same(ids((await segl()).said), [id], 'in the same row');

  trouble = undefined;
  t.match(await segl(id, 'nothing'), {
    code: 1,
    said: /There is no work that was given up with the id nothing/,
  });
  t.same(ids((await segl()).said), [id], 'all or none');
  t.match(await segl('--all'), { code: 0, said: '1 taken up again.\n' });
  await eventually(async () => (await status()).join() === 'completed,completed', 'everything is done');
  await eventually(async () => (await open()) === 0, 'and told');
  t.equal(delivered, 1, 'the packaging task has told it');
  t.match(await segl(), { said: 'Nothing was given up.\n' });
});

t.test('a packaging task that failed, and notifications, are taken back with it', async (t) => {
  const { db } = home.application.context;
  const url = (id: string) => ({
    id,
    type: 'URL' as const,
    recipient: 'https://x.example/',
    message: '',
    schedules: [],
  });
  const { requestIds } = await home.orders.createRequests(demo, [
    order([task('a', anna)], {
      notifications: [url('all')],
      packagingTasks: [
        {
          id: 'p',
          method: 'pades',
          notifications: [url('packed')],
          documents: [{ taskId: 'a', documentId: 'doc' }],
        },
      ],
    }),
  ]);
  const [requestId = ''] = requestIds;
  const packaging = async (): Promise<string> =>
    (await home.orders.getPackagingTaskStatus(demo, [requestId]))[0]!.status;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await home.readAndSign(key, anna);
  // the package of the task is made, what comes after it is not
  const before = delivered;
  trouble = generalProblems.of('foreign/said', { said: 'The disk is full.\nIt says so twice.' });
  await home.portal.sendIn(key);
  await packageTask(home.packaging, { requestId, taskId: 'a' });
  await eventually(
    async () => (await open()) === 0 && (await packaging()) === 'failed',
    'packaging is given up',
  );
  const list = (await segl()).said;
  t.match(list, `packaging task "p" of request ${requestId}`);
  t.match(list, `callback "packed" of request ${requestId}`);
  t.match(list, `callback "all" of request ${requestId}`);
  t.match(list, '1 try: The disk is full. [foreign/said]\n', 'the first line of what somebody else says');
  const given = await db.query('select 1 from deliveries where request_id = $1 and given_up_at is not null', [
    requestId,
  ]);
  t.equal(given.length, 2);

  trouble = undefined;
  t.match(await segl('--all'), { code: 0, said: /^\d taken up again/ });
  await eventually(async () => (await packaging()) === 'completed', 'the PDF is made');
  await eventually(async () => (await open()) === 0, 'and told');
  // that of the failure was told too late to be wrong, then that of the success, and the order's own
  t.ok(delivered - before >= 2, `${delivered - before} delivered`);
  const packed = await db.query<{ disabled: boolean }>(
    "select disabled_at is not null as disabled from deliveries where request_id = $1 and notification_id = 'packed' order by created_at",
    [requestId],
  );
  t.same(
    packed.map(({ disabled }) => disabled).sort(),
    [false, true],
    'the first is void, the second was sent',
  );
  t.match(await segl(), { said: 'Nothing was given up.\n' });
});

t.test('who was faster', async (t) => {
  const { db, clock } = home.application.context;
  await t.rejects(retryFailed(db, clock, ['1']), { code: 'WORK_UNKNOWN' });
  await t.rejects(retryFailed(db, clock, ["' or 1=1"]), { code: 'WORK_UNKNOWN' });
  t.match(await segl('--all', '1'), { code: 1, said: /use --all or ids/ });
});
