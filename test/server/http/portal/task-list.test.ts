/** User sessions: a list of tasks that are opened one after the other. */
import t from 'tap';
import { TextLibrary } from '@segl/server/http/portal/texts';
import { readTaskLink } from '@segl/server/http/portal/task-link';
import type { SessionTaskView } from '@segl/server/application/signing-api';
import { openPortal } from '../../../support/server/portal-guest.ts';
import type { Script } from '../../../support/server/scripted-flow.ts';

const text = new TextLibrary().translator('en');
const link = '/std/docaction/demo?user_session_id=session-1';

const script: Script = {
  documents: [
    { documentId: 'a', title: 'Terms', mimeType: 'text/plain', bytes: Buffer.from('these'), action: 'view' },
  ],
  onComplete: 'https://customer.test/task-done',
  onCancel: 'https://customer.test/task-cancelled',
  onPostpone: 'https://customer.test/task-postponed',
  task: { canPostpone: true },
};

const task = (
  taskId: string,
  state: SessionTaskView['state'],
  more: Partial<SessionTaskView> = {},
): SessionTaskView => ({
  requestId: 'request-1',
  taskId,
  documents: [`Document of ${taskId}`],
  state,
  ...more,
});

t.test('the list shows what there is, and opens what can be opened', async (t) => {
  const states = ['completed', 'open', 'waiting', 'rejected', 'expired', 'deleted', 'failed'] as const;
  const tasks = states.map((state) => task(`t-${state}`, state));
  const guest = await openPortal(t, { ...script, taskId: 't-open' }, { sessions: { tasks } });
  await guest.open(link);
  t.equal(guest.page.step, 'tasks');
  for (const state of states) {
    const item = guest.answer.body.split('<li ').find((one) => one.includes(`data-task="t-${state}"`));
    t.match(item, `Document of t-${state}`);
    t.match(item, text(`tasks.state.${state}`));
  }
  t.equal(guest.answer.body.match(/data-action="open"/g)?.length, 1);
  t.match(guest.answer.body, 'aria-label="Open: Document of t-open"', 'a button says what it opens');
});

t.test('each task leads back to the list, and the last one on', async (t) => {
  const tasks = [task('task_1', 'open', { description: 'First <b> & best' })];
  const onComplete = 'https://customer.test/a/../done?x=1';
  const guest = await openPortal(t, script, { sessions: { tasks, onComplete } });
  await guest.open(link);
  t.match(guest.page.text, 'First <b> & best');
  const list = guest.answer.url;
  for (const way of ['cancel', 'postpone']) {
    await guest.send('open');
    t.equal(guest.page.step, 'read');
    await guest.send(way);
    t.equal(guest.answer.url, list, way);
  }
  await guest.send('open');
  await guest.send('read', { read: 'yes' });
  const taskPage = guest.answer.url;
  await guest.send('send-in');
  t.equal(guest.answer.location, onComplete, "the session's address, not the task's, byte for byte");
  await guest.open(taskPage);
  t.equal(guest.page.step, 'done');
  t.match(
    guest.answer.body,
    `href="${new URL(list).pathname}"`,
    'the page of a finished task leads back too',
  );
});

t.test(
  'a refusal leads back as well, and without an address the list says that nothing is left',
  async (t) => {
    const guest = await openPortal(t, script, { sessions: { tasks: [task('task_1', 'open')] } });
    await guest.open(link);
    await guest.send('open');
    await guest.send('refuse');
    t.equal(guest.page.step, 'tasks');
    t.match(guest.page.text, text('tasks.done.title'));
    t.notOk(guest.page.forms.has('cancel'));
  },
);

t.test('a list can be left', async (t) => {
  const tasks = [task('task_1', 'open')];
  const sessions = {
    tasks,
    onCancel: 'https://customer.test/cancelled',
    onPostpone: 'https://customer.test/later',
  };
  const guest = await openPortal(t, script, { sessions });
  await guest.open(link);
  t.equal(await guest.send('cancel'), 'https://customer.test/cancelled');
  await guest.open(link);
  t.equal(await guest.send('postpone'), 'https://customer.test/later');

  const plain = await openPortal(t, script, { sessions: { tasks } });
  await plain.open(link);
  t.notOk(plain.page.forms.has('postpone'), 'no address, no button');
  await plain.send('cancel');
  t.equal(plain.page.step, 'left');
});

t.test('a list that is out of date shows itself anew', async (t) => {
  const guest = await openPortal(t, script, {
    sessions: { tasks: [task('task_1', 'open'), task('task_2', 'waiting')] },
  });
  await guest.open(link);
  const before = guest.answer;
  await guest.send('open');
  await guest.send('read', { read: 'yes' });
  await guest.send('send-in');
  t.equal(guest.page.step, 'tasks');
  guest.answer = before;
  await guest.send('open', { task: 'task_9' });
  t.equal(guest.page.errorCode, 'TASK_UNKNOWN', 'what is not on the list is not opened');
});

t.test('nobody else gets in', async (t) => {
  const guest = await openPortal(t, script, { sessions: { tasks: [task('task_1', 'open')] } });
  await guest.open('/std/docaction/demo?user_session_id=nope');
  t.equal(guest.page.errorCode, 'TASK_UNKNOWN');
  await guest.open(link);
  const { action, fields } = guest.page.forms.get('open')!;
  const answer = await guest.browser.post(action, { ...fields, _csrf: 'x' });
  t.equal(answer.status, 403);
  t.match(answer.body, 'data-code="FORM_REFUSED"');
  const stranger = await fetch(guest.answer.url);
  t.equal(stranger.status, 403);
  t.match(await stranger.text(), 'data-code="COOKIE_MISSING"');
});

t.test('links', async (t) => {
  t.equal(readTaskLink('/x?user_session_id=a%20b&artifact=c').userSessionId, 'a b');
  t.equal(readTaskLink('/x?user_session_id=').userSessionId, undefined);
});
