/** User sessions: several tasks, of several requests, one after the other. */
import t from 'tap';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { purge } from '@segl/server/application/ordering/deletion';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { UserSessionSpec } from '@segl/server/domain/order/account';
import { orderProblems } from '@segl/server/domain/order/problems';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import {
  anna,
  bo,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../../../support/server/services.ts';

const DAY = 86_400_000;
const other = { service: 'other' };

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication();
});
t.teardown(() => home.close());

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;
const session = (
  tasks: readonly (readonly [requestId: string, taskId: string])[],
  more: Partial<UserSessionSpec> = {},
): UserSessionSpec => ({
  tasks: tasks.map(([requestId, taskId], index) => ({ requestId, taskId, order: tasks.length - index })),
  ...more,
});
const open = (userSessionId: string, artifact?: string): Promise<SessionKey> =>
  home.sessions.open({ userSessionId, client, ...(artifact !== undefined && { artifact }) });

async function finish(key: SessionKey, requestId: string, taskId: string): Promise<void> {
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  for (;;) {
    await packageTask(home.packaging, { requestId, taskId });
    const [status] = (await home.orders.getStatus(demo, [requestId])).filter((one) => one.taskId === taskId);
    if (status?.status === 'completed') break;
  }
  await sent;
}

t.test('the tasks are a list, in the order that was asked for, until all are done', async (t) => {
  const first = await create([task('a', anna), task('b', anna, { dependsOnTasks: ['a'] })]);
  const second = await create([task('a', anna), task('r', bo), task('x', anna)]);
  await home.tasks.disableTask(demo, second, 'x');
  const { userSessionId, artifact } = await home.tasks.createUserSession(
    demo,
    session(
      [
        [second, 'x'],
        [second, 'r'],
        [first, 'b'],
        [first, 'a'],
      ],
      {
        language: 'en',
        onSessionComplete: 'https://example.com/done?x=ø',
        onSessionPostpone: 'https://example.com/later',
      },
    ),
  );
  t.match(userSessionId, /^[0-9a-z]{58}$/);
  t.equal(artifact, undefined, 'no task asks for one');
  const key = await open(userSessionId);
  t.match(await home.sessions.view(key), {
    service: 'demo',
    language: 'en',
    tasks: [
      { requestId: first, taskId: 'a', documents: ['A promise'], state: 'open' },
      { requestId: first, taskId: 'b', state: 'waiting' },
      { requestId: second, taskId: 'r', state: 'open' },
      { requestId: second, taskId: 'x', state: 'deleted' },
    ],
    done: false,
    canPostpone: true,
  });
  await t.rejects(
    home.sessions.openTask(key, { requestId: second, taskId: 'a' }, client),
    { code: 'TASK_UNKNOWN' },
    'not in the list',
  );
  await t.rejects(home.sessions.openTask(key, { requestId: first, taskId: 'b' }, client), {
    code: 'TASK_WAITING',
  });
  for (const taskId of ['a', 'b']) {
    await finish(await home.sessions.openTask(key, { requestId: first, taskId }, client), first, taskId);
  }
  t.match((await home.sessions.view(key)).tasks, [
    { state: 'completed' },
    { state: 'completed' },
    { state: 'open' },
  ]);
  await home.portal.refuse(await home.sessions.openTask(key, { requestId: second, taskId: 'r' }, client));
  t.match(await home.sessions.view(key), { done: true, redirectTo: 'https://example.com/done?x=ø' });
});

t.test('an artifact that a task asks for opens the session, once, and all its tasks', async (t) => {
  const locked = { authentication: { methods: [], artifact: true } };
  const requestId = await create([task('a', anna, locked), task('b', anna, locked)]);
  const spec = session([
    [requestId, 'a'],
    [requestId, 'b'],
  ]);
  const { userSessionId, artifact } = await home.tasks.createUserSession(demo, spec);
  t.match(artifact, /^[0-9a-z]{25}$/);
  await t.rejects(open(userSessionId), { code: 'ARTIFACT_NEEDED' });
  await t.rejects(open(userSessionId, 'x'), { code: 'ARTIFACT_INVALID' });
  const key = await open(userSessionId, artifact);
  await t.rejects(open(userSessionId, artifact), { code: 'ARTIFACT_INVALID' }, 'used');
  for (const taskId of ['a', 'b']) t.ok(await home.sessions.openTask(key, { requestId, taskId }, client));
  t.match(
    (await home.orders.getRequestHistory(demo, requestId, 'a')).map(({ type }) => type),
    [...['request-created', 'task-started', 'user-authenticated']],
  );
  const late = await home.tasks.createUserSession(demo, spec);
  home.clock.advance(31_000);
  await t.rejects(open(late.userSessionId, late.artifact), { code: 'ARTIFACT_INVALID' });
});

t.test('leaving, and being away too long', async (t) => {
  const requestId = await create([task('a', anna)]);
  const spec = session([[requestId, 'a']], { onSessionCancel: 'https://example.com/cancel' });
  const { userSessionId } = await home.tasks.createUserSession(demo, spec);
  const first = await open(userSessionId);
  t.same(await home.sessions.cancel(first), { redirectTo: 'https://example.com/cancel' });
  await t.rejects(home.sessions.view(first), { code: 'SESSION_GONE' });
  const second = await open(userSessionId);
  t.same(await home.sessions.postpone(second), {});
  const third = await open(userSessionId);
  await t.rejects(home.sessions.view({ ...third, secret: 'guess' }), { code: 'SESSION_GONE' });
  home.clock.advance(30 * 60_000);
  await t.rejects(home.sessions.view(third), { code: 'SESSION_GONE' });
  await t.rejects(open('unknown'), { code: 'USER_SESSION_UNKNOWN' });
});

t.test('what is wrong with a session is said at once; it goes with its last request', async (t) => {
  const requestId = await create([task('a', anna, { daysToLive: 1 })], { daysUntilDeletion: 1 });
  const wrong = session([
    [requestId, 'ghost'],
    ['unknown', 'a'],
    [requestId, 'a'],
    [requestId, 'a'],
  ]);
  const problems = async (spec: UserSessionSpec): Promise<unknown> => {
    const refusal = await home.tasks.createUserSession(demo, spec).catch((error: unknown) => error);
    t.ok(isSeglError(refusal, 'USER_SESSION_INVALID'));
    return (refusal as SeglError).params['problems'];
  };
  const at = (element: string, problem: Problem) => orderProblems.of('value/at', { element, problem });
  t.same(await problems(wrong), [
    at('session-task[1]/@task-id', orderProblems.of('session/task-unknown', { taskId: 'ghost' })),
    at('session-task[2]/@request-id', orderProblems.of('session/request-unknown', { requestId: 'unknown' })),
    at('session-task[4]', orderProblems.of('session/task-repeated')),
  ]);
  t.same(await problems(session([])), [at('session-task', orderProblems.of('value/needed'))]);
  const gone = await create([task('a', anna)]);
  await home.orders.deleteRequests(demo, [gone]);
  t.same(await problems(session([[gone, 'a']])), [
    at('session-task[1]/@request-id', orderProblems.of('session/request-unknown', { requestId: gone })),
  ]);
  await t.rejects(home.tasks.createUserSession(other, session([[requestId, 'a']])), {
    code: 'USER_SESSION_INVALID',
  });
  const { userSessionId } = await home.tasks.createUserSession(demo, session([[requestId, 'a']]));
  home.clock.advance(2 * DAY);
  t.equal(await purge(home.application.context), 1);
  await t.rejects(open(userSessionId), { code: 'USER_SESSION_UNKNOWN' });
});
