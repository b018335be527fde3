/** What one answer says is of one moment: something is committed between the statements of whoever reads. */
import t from 'tap';
import type { FlowContext } from '@segl/server/application/context';
import { OrderFlow } from '@segl/server/application/ordering/ordering';
import { createTaskService } from '@segl/server/application/ordering/task-flow';
import { createUserSession, createUserSessionFlow } from '@segl/server/application/signing/user-session';
import type { Command } from '@segl/server/domain/lifecycle/transitions';
import { BIRTH } from '../../../support/server/lifecycle.ts';
import { interrupted, OrderStore } from '../../../support/server/order-store.ts';
import { order, task } from '../../../support/server/orders.ts';

const demo = { service: 'demo' };
/** More than any of the reads has. */
const STATEMENTS = 9;

let store: OrderStore;
t.before(async () => {
  store = await OrderStore.open(BIRTH);
});
t.teardown(() => store.close());

const signingSession = { ref: '', isOver: false, due: 'send-in' } as const;
const pack = { id: 'p', method: 'pades', notifications: [], documents: [{ taskId: 'a', documentId: 'doc' }] };

/** Orders look at the clock and the database alone when they are asked about. */
const contextOf = (db: OrderStore['db']): FlowContext =>
  ({ db, clock: store.clock }) as unknown as FlowContext;

async function after(...commands: readonly Command[]): Promise<string> {
  const requestId = await store.create(order([task('a', undefined)], { packagingTasks: [pack] }));
  for (const command of commands) await store.carryOut(store.db, requestId, command);
  return requestId;
}

const submitted: Command = { type: 'submit', task: 'a', signingSession };
const sealed: Command = { type: 'sealed', task: 'a', results: ['doc'] };

t.test('a task is completed with its documents, whenever that is committed', async (t) => {
  for (let nth = 1; nth <= STATEMENTS; nth++) {
    const [one, two] = [await after(submitted), await after(submitted)];
    let isDone = false;
    const racing = interrupted(store.db, nth, async () => {
      for (const requestId of [one, two]) await store.carryOut(store.other, requestId, sealed);
      isDone = true;
    });
    const orders = new OrderFlow(contextOf(racing.db));
    const infos = await orders.getStatus(demo, [one, two]);
    for (const { status, documents } of infos) {
      t.equal(documents.length, status === 'completed' ? 1 : 0, `${status}, after statement ${nth}`);
    }
    t.equal(infos[0]?.status, infos[1]?.status, 'nor do two orders contradict each other');
    t.equal(racing.outside(), 0, 'in one snapshot');
    if (!isDone) return t.ok(nth > 5, `it was committed in ${nth - 1} places`);
    const [now] = await orders.getStatus(demo, [one]);
    t.match(now, { status: 'completed', documents: [{ documentId: 'doc' }] }, 'the next answer knows');
  }
  t.fail('the reads have more statements than that');
});

t.test('so is packaging, with its result', async (t) => {
  for (let nth = 1; nth <= 3; nth++) {
    const requestId = await after(submitted, sealed);
    const done: Command = { type: 'packaged', packaging: 'p', result: { kind: 'sds', id: 'x' } };
    const racing = interrupted(store.db, nth, () => store.carryOut(store.other, requestId, done));
    const [info] = await new OrderFlow(contextOf(racing.db)).getPackagingTaskStatus(demo, [requestId]);
    t.equal(
      info?.results.length,
      info?.status === 'completed' ? 1 : 0,
      `${info?.status}, after statement ${nth}`,
    );
    t.equal(racing.outside(), 0, 'in one snapshot');
  }
});

t.test('history, task search and the list of a user session are read in one snapshot', async (t) => {
  const requestId = await after(submitted);
  // between finding the task and reading its events
  const racing = interrupted(store.db, 2, () => store.carryOut(store.other, requestId, sealed));
  const context = contextOf(racing.db);
  const history = await new OrderFlow(context).getRequestHistory(demo, requestId, 'a');
  t.notOk(
    history.some(({ type }) => type === 'task-completed'),
    'as it was when the answer began',
  );
  await createTaskService(context).findTasks(demo, { criteria: [] }, { from: 0, to: 10, ascending: true });
  t.equal(racing.outside(), 0);

  const spec = { tasks: [{ requestId, taskId: 'a', order: 1 }] };
  const { userSessionId } = await createUserSession(contextOf(store.db), demo, spec);
  const client = { ip: '192.0.2.7', userAgent: 'Test/1.0' };
  const key = await createUserSessionFlow(contextOf(store.db)).open({ userSessionId, client });
  const list = await createUserSessionFlow(context).view(key);
  t.match(list.tasks, [{ state: 'completed' }]);
  t.equal(racing.outside(), 2, 'but for whose visit it is');
});
