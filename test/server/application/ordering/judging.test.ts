/** What is refused of an order and of its later changes: by which element, with which code, and what the rest says. */
import { Readable } from 'node:stream';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { disableNotification } from '@segl/server/application/ordering/changing-notifications';
import { findTasks, MOST_ROWS, searchProblems } from '@segl/server/application/ordering/searching';
import { identityProblems } from '@segl/identity/problems';
import { expireTasks } from '@segl/server/application/upkeep/expiry';
import type { Notification, TaskSpec } from '@segl/server/domain/order/model';
import { orderProblems } from '@segl/server/domain/order/problems';
import type { Criterion, Paging, TaskFilter } from '@segl/server/domain/order/task-search';
import { serverProblems } from '@segl/server/problems';
import {
  anna,
  bo,
  client,
  demo,
  openTestApplication,
  order,
  task,
} from '../../../support/server/services.ts';

const DAY = 86_400_000;
const other = { service: 'other' };

const home = await openTestApplication();
t.teardown(() => home.close());
const { context } = home.application;
const { db } = context;

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;
const view = (id: string, documentRef: string, more: Partial<TaskSpec> = {}): TaskSpec =>
  task(id, undefined, { documentActions: [{ type: 'view', documentRef }], signatures: [], ...more });
const url = (id: string, more: Partial<Notification> = {}): Notification => ({
  ...{ id, type: 'URL', recipient: 'http://127.0.0.1:9/cb', message: '-', schedules: [], ...more },
});
const invalid = (...found: (readonly [string, Problem])[]) => ({
  code: 'ORDER_INVALID',
  params: { problems: found.map(([element, problem]) => orderProblems.of('value/at', { element, problem })) },
});
const problemOf = (error: unknown): unknown => (isSeglError(error) ? error.problem : error);
const unknown = (requestId: string) => ({ code: 'REQUEST_UNKNOWN', params: { requestId } });
const noTask = (requestId: string, taskId: string) => ({
  ...{ code: 'REQUEST_TASK_UNKNOWN', params: { requestId, taskId } },
});
const wrong = orderProblems.of('task/unknown', { id: 'ghost' });

t.test('of several requests it is told which of them is wrong', async (t) => {
  const bad = order([task('a', anna, { dependsOnTasks: ['ghost'] })]);
  const element = 'task[@id="a"]/depends-on-task';
  const found = await home.orders.createRequests(demo, [bad]).catch(problemOf);
  t.same(found, invalid([element, wrong]), 'of one alone there is nothing to tell');
  const two = [order([task('b', anna)]), bad];
  t.same(
    await home.orders.createRequests(demo, two).catch(problemOf),
    invalid([`request[2]/${element}`, wrong]),
  );
  t.same(await home.orders.judgeRequests(demo, two), [[], [{ element, problem: wrong, from: ['task/@id'] }]]);
});

t.test('a number of the order must be one that every method compares', async (t) => {
  const without = await openTestApplication(new Date(), () => ({ CPR_MODE: 'none' }));
  t.teardown(() => without.close());
  const judge = async (tasks: readonly TaskSpec[], more = {}): Promise<unknown> =>
    (await without.orders.judgeRequests(demo, [order(tasks, more)]))[0];
  const problem = orderProblems.of('task/national-id-not-comparable');
  const found = [{ element: 'task[@id="a"]/subject/national-id', problem }];
  t.same(await judge([task('a', anna)]), found);
  t.same(await judge([task('a', undefined)]), []);
  t.same(await judge([task('a', { ...anna, cpr: ' ' })]), [], 'a number of blanks is none');
  const subjects = [{ id: 's', nationalId: anna.cpr, attributes: [] }];
  t.same(await judge([task('a', undefined, { subjectRef: 's' })], { subjects }), found);
  t.same(await judge([task('a', undefined)], { subjects }), [], 'of whom the task is not');
  const login = { authentication: { methods: ['nemid'] } };
  t.same(
    await judge([view('a', 'doc', { ...login, subjectRef: 's' })], { subjects }),
    found,
    'to log in with',
  );
  t.same(
    await judge([view('a', 'doc', { subjectRef: 's' })], { subjects }),
    [],
    'where nobody is asked who it is',
  );
  t.same(await home.orders.judgeRequests(demo, [order([task('a', anna)])]), [[]]);
});

t.test('methods that an order is taken without are in the history of their task', async (t) => {
  const methods = ['nemid-sign', 'mitid-sign', 'nonsense', '', 'mitid-sign'].map((name) => ({ name }));
  const requestId = await create([
    task('a', anna, { signatures: [{ methods }], authentication: { methods: ['mitid', 'nemid'] } }),
    task('b', bo),
    view('c', 'doc', { signatures: [{ methods }] }),
  ]);
  const errors = async (taskId: string): Promise<unknown> =>
    (await home.orders.getRequestHistory(demo, requestId, taskId))
      .filter(({ type }) => type === 'error')
      .map(({ data }) => data);
  const setting = 'METHOD_OFF: providers.NAME in METHODS_FILE';
  t.same(await errors('a'), [`mitid ${setting}`, `mitid-sign ${setting}`, 'nonsense METHOD_UNKNOWN']);
  t.same(await errors('b'), []);
  t.same(await errors('c'), [], 'nothing is signed in it');
  t.same(context.eid.installation.offer.off.get('ink'), identityProblems.of('method/handwriting'));
  const added = task('d', anna, { signatures: [{ methods: [{ name: 'nemid-sign' }, { name: 'ink' }] }] });
  await home.tasks.addTask(demo, requestId, added);
  t.same(await errors('d'), ['ink METHOD_OFF'], 'it hangs on no setting');
});

t.test('a task that is added is judged as the order stands', async (t) => {
  const packagingTasks = [
    { id: 'p', method: 'pades', notifications: [], documents: [{ taskId: 'refused', documentId: 'doc' }] },
  ];
  const requestId = await create(
    [task('refused', anna), task('open', bo), task('late', bo, { daysToLive: 1 }), task('out', bo)],
    {
      documents: [
        ...order([]).documents,
        { kind: 'packaging-result', id: 'sealed', refPackagingTaskId: 'p' },
      ],
      packagingTasks,
    },
  );
  await home.portal.refuse(await home.portal.open({ requestId, taskId: 'refused', client }), undefined);
  await home.tasks.disableTask(demo, requestId, 'out');
  home.clock.advance(DAY);
  const judge = (one: TaskSpec) => home.tasks.judgeTask(demo, requestId, one);
  const never = (id: string, state: string, place = 'task[@id="new"]') => ({
    element: `${place}/depends-on-task`,
    problem: orderProblems.of('task/never-completed', { id, state }),
  });
  const waits = (...dependsOnTasks: string[]): TaskSpec => task('new', anna, { dependsOnTasks });
  t.same(await judge(waits('open')), []);
  t.same(await judge(waits('open', 'refused', 'late', 'out')), [
    never('refused', 'rejected'),
    never('late', 'expired'),
    never('out', 'deleted'),
  ]);
  await expireTasks(context);
  t.same(await judge(waits('late')), [never('late', 'expired')]);
  const failed = orderProblems.of('packaging-task/failed', { id: 'p' });
  t.same(await judge(view('new', 'sealed')), [{ element: 'document[2]', problem: failed }]);
  await t.rejects(
    home.tasks.addTask(demo, requestId, view('new', 'sealed')),
    invalid(['document[2]', failed]),
  );

  t.match(await judge({ ...waits('refused'), id: '' }), [
    { element: 'task/@id' },
    never('refused', 'rejected', 'task'),
  ]);
  const error = (problem: Problem) => [{ element: 'request-id', problem }];
  t.same(
    await home.tasks.judgeTask(demo, 'x', waits()),
    error(serverProblems.error('REQUEST_UNKNOWN', { requestId: 'x' }).problem),
  );
  t.same(
    await home.tasks.judgeTask(other, requestId, waits()),
    error(serverProblems.error('REQUEST_UNKNOWN', { requestId }).problem),
  );
  await home.orders.deleteRequests(demo, [requestId]);
  const deleted = serverProblems.error('REQUEST_DELETED', { requestId }).problem;
  t.same(await judge(waits()), error(deleted));
  await t.rejects(home.tasks.addTask(demo, requestId, waits()), deleted);
  await t.rejects(home.tasks.disableTask(demo, requestId, 'open'), deleted);
  await t.rejects(home.tasks.disableTask(demo, 'x', 'open'), unknown('x'));
});

t.test('what came with the order is not asked for again when a task is added', async (t) => {
  const sdsId = await home.storing.putSds(demo, 'text/plain', Readable.from([Buffer.from('I promise.')]));
  const requestId = await create([task('a', anna)], {
    documents: [{ kind: 'sds', id: 'doc', description: 'A promise', refSdsId: sdsId }],
  });
  await home.storing.deleteSds(demo, sdsId);
  await home.tasks.addTask(demo, requestId, view('b', 'doc'));
  const gone = { kind: 'packaging-result', id: 'gone', refPackagingTaskId: 'ghost' } as const;
  const added = task('c', anna, { documentActions: [{ type: 'view', document: gone }], signatures: [] });
  t.match(await home.tasks.judgeTask(demo, requestId, added), [
    { problem: orderProblems.of('packaging-task/unknown', { id: 'ghost' }) },
  ]);
});

t.test('a notification that is added is judged, and whose it is to be', async (t) => {
  const requestId = await create([task('a', anna)]);
  const judge = (id: string, taskId: string | undefined, one: Notification, account = demo) =>
    home.tasks.judgeNotification(account, id, taskId, one);
  t.same(await judge(requestId, undefined, url('n')), []);
  t.same(await judge(requestId, 'a', url('n')), []);
  const bad = url('n', { recipient: 'nowhere' });
  const [found, ...more] = await judge(requestId, 'a', bad);
  t.equal(found?.element, 'notification[@notification-id="n"]/recipient');
  t.same(more, []);
  const { problem } = found!;
  for (const [taskId, owner] of [
    ['a', 'task[@id="a"]'],
    [undefined, 'request'],
  ] as const)
    await t.rejects(
      home.tasks.addNotification(demo, requestId, taskId, bad),
      invalid([`${owner}/notification[@notification-id="n"]/recipient`, problem]),
    );
  const error = (element: string, why: Problem) => [{ element, problem: why }];
  t.same(
    await judge('x', 'a', url('n')),
    error('request-id', serverProblems.error('REQUEST_UNKNOWN', { requestId: 'x' }).problem),
  );
  t.same(
    await judge(requestId, undefined, url('n'), other),
    error('request-id', serverProblems.error('REQUEST_UNKNOWN', { requestId }).problem),
  );
  t.same(
    await judge(requestId, 'x', url('n')),
    error('task-id', serverProblems.error('REQUEST_TASK_UNKNOWN', { requestId, taskId: 'x' }).problem),
  );
  await t.rejects(home.tasks.addNotification(demo, requestId, 'x', url('n')), noTask(requestId, 'x'));
  await t.rejects(home.tasks.addNotification(demo, 'x', 'a', url('n')), unknown('x'));
  await home.orders.deleteRequests(demo, [requestId]);
  const deleted = serverProblems.error('REQUEST_DELETED', { requestId }).problem;
  t.same(await judge(requestId, undefined, url('n')), error('request-id', deleted));
  await t.rejects(home.tasks.addNotification(demo, requestId, undefined, url('n')), deleted);
});

t.test('notifications are those of a task, or of the order with its packaging tasks', async (t) => {
  const later = { schedules: [{ stateIs: 'rejected' as const }] };
  const documents = [{ taskId: 'a', documentId: 'doc' }];
  const requestId = await create(
    [
      task('a', anna, { notifications: [url('of a', later)] }),
      task('b', bo, { notifications: [url('of b', later)] }),
    ],
    {
      notifications: [url('of all', later)],
      packagingTasks: [{ id: 'p', method: 'pades', notifications: [url('of p', later)], documents }],
    },
  );
  const disable = (taskId: string | undefined, ...ids: string[]) =>
    disableNotification(context, demo, requestId, taskId, ids);
  const refusal = (...ids: string[]) => ({ code: 'NOTIFICATION_UNKNOWN', params: { ids } });
  await t.rejects(disable('a', 'of a', 'of b', 'of all'), refusal('of b', 'of all'));
  await t.rejects(disable(undefined, 'of a', 'of p', 'of all'), refusal('of a'));
  await t.rejects(disable('x', 'of a'), noTask(requestId, 'x'));
  const off = async (): Promise<string[]> =>
    (
      await db.query<{ id: string }>(
        'select notification_id as id from disabled_notifications where request_id = $1 order by 1',
        [requestId],
      )
    ).map(({ id }) => id);
  t.same(await off(), [], 'all or none');
  await disable('b', 'of b');
  await disable(undefined, 'of p', 'of all');
  t.same(await off(), ['of all', 'of b', 'of p']);

  await home.tasks.addNotification(demo, requestId, 'b', url('of b', later));
  await home.tasks.addNotification(demo, requestId, 'b', url('more', later));
  const { tasks } = await home.orders.getRequest(demo, requestId);
  t.same(
    tasks.map(({ notifications }) => notifications.map(({ id }) => id)),
    [['of a'], ['of b', 'more']],
  );
  t.same(await off(), ['of all', 'of p'], 'one that was switched off is on when it is added anew');
});

t.test('what is asked about orders and tasks that are not there', async (t) => {
  const requestId = await create([task('a', anna)], { clientReference: 'ref' });
  await t.rejects(home.orders.getRequest(demo, 'x'), unknown('x'));
  await t.rejects(home.orders.getStatus(demo, [requestId, 'x']), unknown('x'));
  await t.rejects(home.orders.getPackagingTaskStatus(demo, [requestId, 'x']), unknown('x'));
  await t.rejects(home.orders.getPackagingTaskStatus(demo, [requestId]), { code: 'NO_PACKAGING_TASK' });
  await t.rejects(home.orders.getRequestHistory(demo, requestId, 'x'), noTask(requestId, 'x'));
  await t.rejects(home.orders.getRequestHistory(other, requestId, 'a'), unknown(requestId));
  await t.rejects(home.orders.createArtifact(demo, requestId, 'x'), noTask(requestId, 'x'));
  await t.rejects(home.tasks.getTask(demo, requestId, 'x'), noTask(requestId, 'x'));
  await t.rejects(home.tasks.getTask(other, requestId, 'a'), unknown(requestId));
  t.equal((await home.tasks.getTask(demo, requestId, 'a')).id, 'a');
  await t.rejects(home.tasks.setClientStatus(demo, requestId, 'x', 's'), noTask(requestId, 'x'));
  await t.rejects(home.tasks.setClientStatus(other, requestId, 'a', 's'), unknown(requestId));
  const common = { requestId, taskId: 'a', documents: [] };
  t.same(await home.orders.getStatus(demo, [requestId]), [
    { ...common, status: 'created', clientReference: 'ref' },
  ]);
  await home.tasks.setClientStatus(demo, requestId, 'a', 'seen');
  const bare = await create([task('b', bo)]);
  t.same(await home.orders.getStatus(demo, [bare, requestId]), [
    { requestId: bare, taskId: 'b', documents: [], status: 'created' },
    { ...common, status: 'created', clientReference: 'ref', clientStatus: 'seen' },
  ]);
});

t.test('what cannot be searched for', async (t) => {
  const is = (
    field: Criterion['field'],
    value: string,
    operator: Criterion['operator'] = 'equals',
  ): Criterion => ({
    ...{ field, value, operator, caseSensitive: true },
  });
  const found = (filter: Partial<TaskFilter>, paging?: Paging) =>
    searchProblems({ criteria: [], ...filter }, paging).map(({ element, problem, from }) =>
      from === undefined ? [element, problem] : [element, problem, ...from],
    );
  const times = [
    '2026-03-01',
    '2026-03-01Z',
    ' 2026-03-01T10:00:00 ',
    '2026-03-01T10:00:00.5+01:00',
    '2026-03-01T10:00:00Z',
  ];
  for (const value of times) t.same(found({ criteria: [is('created', value)] }), [], value);
  const no = [
    '',
    '2026-3-1',
    '2026-13-01',
    '2026-03-01T10:00',
    '2026-03-01 10:00:00',
    '2026-03-01T10:00:00+0100',
    'x2026-03-01',
    '2026-03-01x',
  ];
  for (const value of no)
    for (const field of ['created', 'last-updated'] as const)
      t.same(found({ criteria: [is('signer', 'x'), is(field, value)] }), [
        ['filter/criteria[2]/value', orderProblems.of('search/not-a-time', { value, field })],
      ]);
  for (const value of ['0', ' 42 ', '9'.repeat(18)])
    t.same(found({ criteria: [is('id', value)] }), [], value);
  for (const value of ['', 'x', '-1', '1.5', '1x', 'x1', '9'.repeat(19)])
    for (const field of ['id', 'days-to-live'] as const)
      t.same(found({ criteria: [is(field, value)] }), [
        ['filter/criteria[1]/value', orderProblems.of('search/not-a-number', { value, field })],
      ]);
  for (const field of ['created', 'last-updated', 'id', 'days-to-live'] as const)
    t.same(found({ criteria: [is(field, 'x', 'contains')] }), [], 'in its text is looked for anything');

  const [before, after] = [new Date(1), new Date(2)];
  t.same(found({ from: before, to: after }), []);
  t.same(found({ from: before, to: before }), []);
  t.same(found({ from: after }), []);
  t.same(found({ to: before }), []);
  t.same(found({ from: after, to: before }), [['filter/to-date', orderProblems.of('search/dates-reversed')]]);

  t.same(found({}, { from: 0, to: MOST_ROWS }), []);
  t.same(found({}, { from: 7, to: 7 }), []);
  t.same(found({}, { from: -1, to: 0 }), [['from-index', orderProblems.of('search/index-negative')]]);
  t.same(found({}, { from: 2, to: 1 }), [
    ['to-index', orderProblems.of('search/indexes-reversed'), 'from-index'],
  ]);
  t.same(found({}, { from: 1, to: MOST_ROWS + 2 }), [
    ['to-index', orderProblems.of('search/too-many-rows', { limit: MOST_ROWS }), 'from-index'],
  ]);
  const problems = [
    orderProblems.of('value/at', {
      element: 'from-index',
      problem: orderProblems.of('search/index-negative'),
    }),
  ];
  await t.rejects(findTasks(context, demo, { criteria: [] }, { from: -1, to: 0 }), {
    ...{ code: 'SEARCH_INVALID', params: { problems } },
  });
});
