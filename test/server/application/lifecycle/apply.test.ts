/** The table of transitions on a real database, with two processes at it. */
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { awaitChange } from '@segl/server/application/lifecycle/awaiting';
import { findTask, listEvents, listTasks } from '@segl/server/adapters/postgres/orders/orders';
import { listResults } from '@segl/server/adapters/postgres/orders/results';
import { moveOrder, movePackagingTask, moveTask } from '@segl/server/adapters/postgres/orders/states';
import type { Command } from '@segl/server/domain/lifecycle/transitions';
import {
  anyAsked,
  anySpec,
  BIRTH,
  commandOf,
  faultsOf,
  type Asked,
} from '../../../support/server/lifecycle.ts';
import { OrderStore } from '../../../support/server/order-store.ts';
import { order, task } from '../../../support/server/orders.ts';

let store: OrderStore;
t.before(async () => {
  store = await OrderStore.open(BIRTH);
});
t.teardown(() => store.close());

const query = <Row>(sql: string, ...params: unknown[]): Promise<Row[]> => store.db.query<Row>(sql, params);
const signingSession = { ref: '', isOver: false, due: 'send-in' } as const;
const pack = { id: 'p', method: 'pades', notifications: [], documents: [{ taskId: 'a', documentId: 'doc' }] };

/** Refusals of commands that were never right; what a race makes wrong is refused otherwise. */
const isRefusal = (command: Command, error: unknown): boolean =>
  isSeglError(error, 'INTERNAL')
    ? command.type === 'sealed' && command.results.length === 0
    : isSeglError(
        error,
        ...['TASK_CLOSED', 'SESSION_GONE', 'STEP_NOT_DUE', 'REQUEST_DELETED'],
        ...['REQUEST_TASK_UNKNOWN', 'TASK_NOT_OPEN', 'TASK_NEEDED'],
      );

async function live(db: OrderStore['db'], requestId: string, asked: readonly Asked[]): Promise<void> {
  for (const one of asked) {
    const command = commandOf(one, await store.snapshot(requestId));
    await store.carryOut(db, requestId, command).catch((error: unknown) => {
      if (!isRefusal(command, error)) throw error;
    });
  }
}

/** What is wrong with what was written about the order. */
async function wrongWith(requestId: string): Promise<string[]> {
  const wrong = faultsOf(await store.snapshot(requestId));
  const tasks = await listTasks(store.db, requestId);
  const results = await listResults(store.db, requestId);
  const isDeleted = tasks.every(({ state }) => state === 'deleted');
  const once = async (what: string, sql: string): Promise<void> => {
    const rows = await query<{ of: string }>(`${sql} having count(*) > 1`, requestId);
    wrong.push(...rows.map(({ of }) => `${what} twice: ${of}`));
  };
  await once(
    'ended',
    `select task_id as of from events where request_id = $1 and type in ('task-completed', 'task-rejected') group by 1`,
  );
  await once(
    'started',
    `select data as of from events where request_id = $1 and type = 'packaging-task-created' group by 1`,
  );
  await once(
    'deleted',
    `select type as of from events where request_id = $1 and type = 'document-deleted' group by 1`,
  );
  for (const { taskId, state, sentInAt, completedAt } of tasks) {
    const history = (await listEvents(store.db, requestId, taskId)).map(({ type }) => type);
    if (history.includes('task-completed') !== (completedAt !== null))
      wrong.push(`${taskId}: completed, or not`);
    if (completedAt !== null && sentInAt === null) wrong.push(`${taskId}: completed, and never sent in`);
    if (sentInAt !== null && state === 'deleted' && completedAt === null)
      wrong.push(`${taskId}: signed, and lost`);
    const has = results.some((row) => row.taskId === taskId);
    if (!isDeleted && has !== (completedAt !== null)) wrong.push(`${taskId}: completed without its package`);
    const jobs = await query(`select from jobs where key = $1`, `package-task ${requestId} ${taskId}`);
    if (jobs.length !== (sentInAt ? 1 : 0)) wrong.push(`${taskId}: sealed ${jobs.length} times`);
  }
  return wrong;
}

t.test('two processes at one order leave it in order', async (t) => {
  const race = fc.asyncProperty(anySpec, anyAsked, anyAsked, async (spec, mine, theirs) => {
    const requestId = await store.create(spec);
    await Promise.all([live(store.db, requestId, mine), live(store.other, requestId, theirs)]);
    const wrong = await wrongWith(requestId);
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  });
  await fc.assert(race, { numRuns: 30 });
  const [row] = await query<{ completed: number; deleted: number }>(
    `select count(*) filter (where completed_at is not null)::int as completed,
       count(*) filter (where deleted_at is not null)::int as deleted from orders`,
  );
  t.ok(row!.completed > 2 && row!.deleted > 2, `lives get somewhere: ${JSON.stringify(row)}`);
});

t.test('of two who try the same, one does it', async (t) => {
  const commands: [string, Command[], Command][] = [
    ['submit', [], { type: 'submit', task: 'a', signingSession }],
    ['refuse', [], { type: 'refuse', task: 'a', signingSession }],
    [
      'sealed',
      [{ type: 'submit', task: 'a', signingSession }],
      { type: 'sealed', task: 'a', results: ['doc'] },
    ],
    ['disable', [], { type: 'disable', task: 'a' }],
    ['delete', [], { type: 'delete' }],
  ];
  for (const [name, before, command] of commands) {
    const requestId = await store.create(order([task('a', undefined), task('b', undefined)]));
    for (const one of before) await store.carryOut(store.db, requestId, one);
    const tried = await Promise.allSettled(
      [store.db, store.other, store.db, store.other].map((db) => store.carryOut(db, requestId, command)),
    );
    t.equal(tried.filter((one) => one.status === 'fulfilled' && one.value).length, 1, name);
  }
});

t.test('a state that is not there any more is not written over', async (t) => {
  const requestId = await store.create(order([task('a', undefined)], { packagingTasks: [pack] }));
  const at = store.clock.now();
  const code = 'INTERNAL';
  const a = { requestId, taskId: 'a' } as const;
  const p = { requestId, packagingTaskId: 'p' } as const;
  await t.rejects(moveTask(store.db, { ...a, from: 'sent-in', to: 'completed' }, at), { code });
  await t.rejects(movePackagingTask(store.db, { ...p, from: 'running', to: 'completed' }, at), { code });
  await t.rejects(movePackagingTask(store.db, { ...p, from: 'failed', to: 'running' }, at), { code });
  await t.rejects(moveOrder(store.db, { requestId, from: 'completed', to: 'open' }, at), { code });
  await t.rejects(moveOrder(store.db, { requestId, from: 'closing', to: 'deleted' }, at), { code });
  t.match(await store.snapshot(requestId), {
    state: 'open',
    tasks: [{ state: 'created' }],
    packaging: [{ state: 'waiting' }],
  });
});

t.test('what fails while it is written leaves nothing behind', async (t) => {
  const requestId = await store.create(order([task('a', undefined)]));
  await store.carryOut(store.db, requestId, { type: 'submit', task: 'a', signingSession });
  // the second result breaks its key, after the state was written
  const twice: Command = { type: 'sealed', task: 'a', results: ['doc', 'doc'] };
  await t.rejects(store.carryOut(store.db, requestId, twice));
  t.match(await store.snapshot(requestId), { tasks: [{ state: 'sent-in', owed: ['doc'] }] });
  t.same(await listResults(store.db, requestId), []);
  t.ok(await store.carryOut(store.other, requestId, { type: 'sealed', task: 'a', results: ['doc'] }));
});

t.test('who waits for an order looks when it changes, and not in between', async (t) => {
  const spec = order([task('a', undefined)]);
  const [requestId, other] = [await store.create(spec), await store.create(spec)];
  let looks = 0;
  let looked = (): void => undefined;
  const hasCome = async (): Promise<boolean> => {
    looks += 1;
    if (looks === 5) looked();
    return (await findTask(store.db, requestId, 'a'))?.state === 'sent-in';
  };
  t.equal(await awaitChange(store, requestId, hasCome, 300), false, 'for as long as was said');
  t.equal(looks, 3, 'looks: before it listens, when it does, and at the end');

  const isListening = new Promise<void>((resolve) => (looked = resolve));
  const waiting = awaitChange(store, requestId, hasCome, 60_000);
  await isListening;
  await store.carryOut(store.other, other, { type: 'submit', task: 'a', signingSession });
  await store.carryOut(store.other, requestId, { type: 'submit', task: 'a', signingSession });
  const tooLate = sleep(20_000, 'only when its time was over', { ref: false });
  t.equal(await Promise.race([waiting, tooLate]), true, 'another process did it, and told');
  t.equal(looks, 6, 'one more look: what happens to other orders wakes nobody');
  t.equal(await awaitChange(store, requestId, hasCome, 0), true, 'what is there is not waited for');
});
