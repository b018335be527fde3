/** The later life of an order: tasks come and go, documents come later, and in the end everything goes. */
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import t from 'tap';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { purge } from '@segl/server/application/ordering/deletion';
import { deleteUnusedBlobs, expireTasks } from '@segl/server/application/upkeep/expiry';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { DocumentSpec, Notification, TaskSpec } from '@segl/server/domain/order/model';
import { orderProblems } from '@segl/server/domain/order/problems';
import type { SentIn } from '@segl/server/application/signing-api';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import {
  anna,
  bo,
  carla,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../../../support/server/services.ts';
import { makePdf } from '../../../support/pdf/pdf.ts';
import { pageOf, posted } from '../../../support/server/methods.ts';

const other = { service: 'other' };
const DAY = 86_400_000;

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication();
});
t.teardown(() => home.close());

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;
const open = (requestId: string, taskId: string): Promise<SessionKey> =>
  home.portal.open({ requestId, taskId, client });
const states = async (requestId: string): Promise<string[]> =>
  (await home.orders.getStatus(demo, [requestId])).map(({ status }) => status);
const events = async (requestId: string, taskId: string): Promise<string[]> =>
  (await home.orders.getRequestHistory(demo, requestId, taskId)).map(({ type }) => type);
const query = <Row>(sql: string, ...params: unknown[]): Promise<Row[]> =>
  home.application.context.db.query<Row>(sql, params);
const deliveries = async (requestId: string): Promise<string[]> =>
  (
    await query<{ id: string }>(
      'select notification_id as id from deliveries where request_id = $1 and disabled_at is null',
      requestId,
    )
  )
    .map(({ id }) => id)
    .sort();

const view = (id: string, documentRef: string, more: Partial<TaskSpec> = {}): TaskSpec =>
  task(id, undefined, { documentActions: [{ type: 'view', documentRef }], signatures: [], ...more });
const give = (id: string, documentRef: string, more: Partial<TaskSpec> = {}): TaskSpec =>
  task(id, undefined, { documentActions: [{ type: 'upload', documentRef }], signatures: [], ...more });
const callback = (id: string, more: Partial<Notification> = {}): Notification => ({
  id,
  type: 'URL',
  recipient: 'http://127.0.0.1:9/cb',
  message: '-',
  schedules: [],
  ...more,
});
const packaging = (id: string, taskIds: readonly string[], more: { sendToArchive?: boolean } = {}) => ({
  id,
  method: 'pades',
  notifications: [],
  documents: taskIds.map((taskId) => ({ taskId, documentId: 'doc' })),
  ...more,
});

/** Sends in; "send in" waits for workers, which these tests play themselves. */
async function finish(key: SessionKey, requestId: string, taskId: string): Promise<void> {
  const sent = home.portal.sendIn(key);
  for (let tries = 0; tries < 200; tries++) {
    await packageTask(home.packaging, { requestId, taskId });
    const [row] = await query<{ state: string }>(
      'select state from tasks where request_id = $1 and task_id = $2',
      requestId,
      taskId,
    );
    if (row?.state === 'completed') break;
  }
  await sent;
}

async function complete(requestId: string, taskId: string, person = anna): Promise<SessionKey> {
  const key = await open(requestId, taskId);
  await home.readAndSign(key, person);
  await finish(key, requestId, taskId);
  return key;
}

const original = async (requestId: string, taskId: string, documentId: string) =>
  home.storing.getOrderDocument(demo, { requestId, taskId, documentId, which: 'original' });

t.test('a task that is added later is part of the order from then on', async (t) => {
  const requestId = await create([task('a', anna)], { notifications: [callback('all done')] });
  const inline: DocumentSpec = {
    kind: 'provided',
    description: 'An annex',
    mimeType: 'text/plain',
    data: Buffer.from('Annex.'),
    sendToArchive: true,
  };
  const added = task('b', bo, {
    dependsOnTasks: ['a'],
    documentActions: [
      { type: 'sign', documentRef: 'doc' },
      { type: 'view', document: inline },
    ],
    authentication: { methods: [], artifact: true },
    notifications: [callback('created', { schedules: [{ stateIs: 'created' }] })],
  });
  const { artifact } = await home.tasks.addTask(demo, requestId, added);
  t.match(artifact, /^[0-9a-z]{25}$/);
  t.same(await deliveries(requestId), ['created']);
  const spec = await home.orders.getRequest(demo, requestId);
  t.match(spec.tasks, [{ id: 'a' }, { id: 'b', dependsOnTasks: ['a'] }]);
  t.match(await home.tasks.getTask(demo, requestId, 'b'), {
    documentActions: [{}, { document: { description: 'An annex' } }],
  });
  t.equal(await text((await original(requestId, 'b', 'document_2')).open()), 'Annex.');
  await t.rejects(home.portal.open({ requestId, taskId: 'b', artifact: artifact!, client }), {
    code: 'TASK_WAITING',
  });
  await complete(requestId, 'a');
  t.same(await states(requestId), ['completed', 'created'], 'the order waits for it');
  const key = await home.portal.open({
    ...{ requestId, taskId: 'b', client },
    artifact: await home.orders.createArtifact(demo, requestId, 'b'),
  });
  await home.readAndSign(key, bo);
  await finish(key, requestId, 'b');
  t.same(await events(requestId, 'b'), [
    ...['request-created', 'task-started', 'user-authenticated'],
    ...['document-viewed', 'document-signed', 'document-viewed', 'task-completed'],
  ]);
  t.same(await deliveries(requestId), ['all done', 'created']);

  await home.tasks.addTask(demo, requestId, task('c', carla));
  t.same(await query('select completed_at from orders where request_id = $1', requestId), [
    { completed_at: null },
  ]);
  await complete(requestId, 'c', carla);
  t.same(await states(requestId), ['completed', 'completed', 'completed']);
});

t.test('an added task is judged with the whole order; nothing of a wrong one is stored', async (t) => {
  const requestId = await create([task('a', anna), task('r', bo)]);
  await home.portal.refuse(await open(requestId, 'r'));
  const refusal = await home.tasks
    .addTask(
      demo,
      requestId,
      task('a', bo, {
        dependsOnTasks: ['ghost'],
        documentActions: [{ type: 'sign', documentRef: 'nothing' }],
      }),
    )
    .catch((error: unknown) => error);
  t.match(refusal, { code: 'ORDER_INVALID' });
  const { message } = refusal as Error;
  t.match(message, /task\[@id="a"\]: the id is used twice in this request/);
  t.match(message, /depends-on-task: there is no task "ghost" in this request/);
  t.match(message, /document-ref: there is no document "nothing" in this request/);
  await t.rejects(home.tasks.addTask(demo, requestId, task('b', bo, { dependsOnTasks: ['r'] })), {
    message: /depends-on-task: the task "r" is rejected and will never be completed/,
  });
  await t.rejects(home.tasks.addTask(other, requestId, task('b', bo)), { code: 'REQUEST_UNKNOWN' });
  t.equal((await home.orders.getRequest(demo, requestId)).tasks.length, 2);
  await home.orders.deleteRequests(demo, [requestId]);
  await t.rejects(home.tasks.addTask(demo, requestId, task('b', bo)), { code: 'REQUEST_DELETED' });
});

t.test('a task that shows the PDF of packaging is added as long as that may be made', async (t) => {
  const requestId = await create([task('a', anna)], {
    documents: [...order([]).documents, { kind: 'packaging-result', id: 'sealed', refPackagingTaskId: 'p' }],
    packagingTasks: [packaging('p', ['a'])],
  });
  await home.tasks.addTask(demo, requestId, view('early', 'sealed'));
  await home.portal.refuse(await open(requestId, 'a'));
  await t.rejects(home.tasks.addTask(demo, requestId, view('late', 'sealed')), {
    code: 'ORDER_INVALID',
    params: {
      problems: [
        orderProblems.of('value/at', {
          element: 'document[2]',
          problem: orderProblems.of('packaging-task/failed', { id: 'p' }),
        }),
      ],
    },
  });
});

t.test('tasks added at the same moment are all there', async (t) => {
  const requestId = await create([task('a', anna)]);
  const ids = ['b', 'c', 'd', 'e'];
  await Promise.all(
    ids.map((id) =>
      home.tasks.addTask(
        demo,
        requestId,
        task(id, bo, {
          documentActions: [
            {
              type: 'sign',
              document: { kind: 'provided', description: id, mimeType: 'text/plain', data: Buffer.from(id) },
            },
          ],
        }),
      ),
    ),
  );
  const spec = await home.orders.getRequest(demo, requestId);
  t.same(spec.tasks.map(({ id }) => id).sort(), ['a', ...ids]);
  const documents = await query<{ id: string; title: string }>(
    'select document_id as id, title from order_documents where request_id = $1 order by document_id',
    requestId,
  );
  const titles = spec.tasks.map((one) => one.documentActions[0]?.document).filter(Boolean);
  t.same(
    documents.filter(({ id }) => id !== 'doc').map(({ title }) => title),
    titles.map((document) => (document as { description: string }).description),
    'each under the name that its place gives it',
  );
});

t.test('a task that is disabled is taken out: nobody waits for it, the order goes on', async (t) => {
  const requestId = await create(
    [task('a', anna), task('b', bo, { dependsOnTasks: ['a'] }), task('c', carla, { dependsOnTasks: ['b'] })],
    { notifications: [callback('all done')] },
  );
  const reading = await open(requestId, 'a');
  await home.tasks.disableTask(demo, requestId, 'a');
  await home.tasks.disableTask(demo, requestId, 'a');
  await t.rejects(home.portal.view(reading), { code: 'TASK_CLOSED' });
  await t.rejects(open(requestId, 'a'), { code: 'TASK_CLOSED' });
  await complete(requestId, 'b', bo);
  await t.rejects(home.tasks.disableTask(demo, requestId, 'b'), {
    code: 'TASK_NOT_OPEN',
    message: /^The task "b" is completed\./,
  });
  t.same(await deliveries(requestId), []);
  await home.tasks.disableTask(demo, requestId, 'c');
  t.same(await states(requestId), ['deleted', 'completed', 'deleted']);
  t.same(await deliveries(requestId), ['all done'], 'what is left is complete');
  await t.rejects(home.tasks.disableTask(demo, requestId, 'x'), { code: 'REQUEST_TASK_UNKNOWN' });
  await t.rejects(home.tasks.disableTask(other, requestId, 'c'), { code: 'REQUEST_UNKNOWN' });
});

t.test('a document by its signer: uploaded, shown, and signed by the next', async (t) => {
  const requestId = await create(
    [
      give('give', 'own'),
      task('sign', bo, { documentActions: [{ type: 'sign', documentRef: 'own' }], dependsOnTasks: ['give'] }),
      view('look', 'given', { dependsOnTasks: ['give'] }),
    ],
    {
      documents: [
        { kind: 'upload', id: 'own', description: 'Your offer', sendToArchive: true },
        { kind: 'result', id: 'given', refTaskId: 'give', refDocumentId: 'own' },
      ],
    },
  );
  const key = await open(requestId, 'give');
  const upload = (contentType: string, bytes: Uint8Array) =>
    home.portal.upload(key, 'own', contentType, Readable.from([bytes]));
  t.match(await home.portal.view(key), {
    documents: [{ documentId: 'own', title: 'Your offer', mimeType: '', action: 'upload' }],
    step: { kind: 'upload', documentId: 'own' },
  });
  await t.rejects(home.portal.sendIn(key), { code: 'STEP_NOT_DUE' });
  await t.rejects(home.portal.document(key, 'own', client), { code: 'TASK_UNKNOWN' });
  await t.rejects(upload('image/png', Buffer.from('png')), {
    message:
      'The file cannot be used: its media type is "image/png"; allowed: application/pdf, text/plain. Choose another one: PDF or plain text.',
  });
  await t.rejects(upload('application/pdf', Buffer.from('%PDF-1.7 no')), { code: 'UPLOAD_REFUSED' });
  await t.rejects(upload('text/plain', Buffer.alloc(0)), { code: 'UPLOAD_REFUSED' });
  await upload('text/plain', Buffer.from('First thoughts'));
  (await home.portal.document(key, 'own', client)).open().resume();
  const pdf = await makePdf();
  await upload('application/pdf', pdf);
  await t.rejects(home.portal.markRead(key, 'own'), { code: 'DOCUMENT_NOT_SHOWN' }, 'the new one was not');
  t.match(await home.portal.view(key), {
    documents: [{ mimeType: 'application/pdf' }],
    step: { kind: 'read', documentId: 'own' },
  });
  await t.rejects(original(requestId, 'give', 'own'), { code: 'RESULT_UNKNOWN' }, 'not sent in yet');
  t.same(await buffer((await home.portal.document(key, 'own', client)).open()), Buffer.from(pdf));
  await home.portal.markRead(key, 'own');
  await t.rejects(upload('text/plain', Buffer.from('Too late')), { code: 'STEP_NOT_DUE' });
  await t.rejects(open(requestId, 'sign'), { code: 'TASK_WAITING' });
  await finish(key, requestId, 'give');
  t.same(await buffer((await original(requestId, 'give', 'own')).open()), Buffer.from(pdf));
  t.same(await events(requestId, 'give'), [
    ...['request-created', 'task-started', 'document-uploaded', 'document-uploaded', 'task-completed'],
  ]);
  const [status] = await home.orders.getStatus(demo, [requestId]);
  t.match(status, { status: 'completed', documents: [{ documentId: 'own', original: { kind: 'archive' } }] });
  t.notOk('result' in status!.documents[0]!, 'nothing was signed');
  const found = await home.tasks.findTasks(
    demo,
    { criteria: [{ field: 'request-id', value: requestId, operator: 'equals', caseSensitive: true }] },
    { from: 0, to: 10, sort: 'task-id', ascending: true },
  );
  t.match(found[0], { taskId: 'give', mimeType: 'application/pdf', archiveId: /^[0-9a-z]{58}$/ });

  await complete(requestId, 'sign', bo);
  const sdo = await home.storing.getOrderDocument(demo, {
    ...{ requestId, taskId: 'sign', documentId: 'own', which: 'sdo' as const },
  });
  t.equal(verifyLtvSdo(await buffer(sdo.open())).content.document.title, 'Your offer');
  const looking = await open(requestId, 'look');
  t.match(await home.portal.view(looking), {
    documents: [{ title: 'Your offer', mimeType: 'application/pdf' }],
  });
});

t.test('an optional upload may be left out, and what needs it is left out then', async (t) => {
  const requestId = await create(
    [
      give('give', 'own', {
        documentActions: [
          { type: 'upload', documentRef: 'own', optional: true },
          { type: 'view', documentRef: 'doc' },
        ],
      }),
      view('look', 'own', {
        dependsOnTasks: ['give'],
        documentActions: [
          { type: 'view', documentRef: 'own' },
          { type: 'view', documentRef: 'doc' },
        ],
      }),
    ],
    { documents: [...order([]).documents, { kind: 'upload', id: 'own', description: 'If you like' }] },
  );
  const key = await open(requestId, 'give');
  await home.portal.upload(key, 'own', 'text/plain', Readable.from([Buffer.from('Hello')]));
  await home.portal.skip(key, 'own');
  await home.readAndSign(key, anna);
  await finish(key, requestId, 'give');
  t.match((await home.orders.getStatus(demo, [requestId]))[0], { status: 'completed', documents: [] });
  t.same(
    (await home.portal.view(await open(requestId, 'look'))).documents.map(({ documentId }) => documentId),
    ['doc'],
  );
});

t.test('a package is looked at in the next task, and a PDF of all in the last', async (t) => {
  const requestId = await create(
    [task('a', anna), view('b', 'signed', { dependsOnTasks: ['a'] }), task('c', bo), view('last', 'sealed')],
    {
      documents: [
        ...order([]).documents,
        { kind: 'result', id: 'signed', refTaskId: 'a', refDocumentId: 'doc' },
        { kind: 'packaging-result', id: 'sealed', refPackagingTaskId: 'p' },
      ],
      packagingTasks: [packaging('p', ['a', 'c']), packaging('q', ['c'], { sendToArchive: true })],
      notifications: [callback('all done')],
    },
  );
  await t.rejects(open(requestId, 'b'), { code: 'TASK_WAITING' });
  await t.rejects(home.tasks.disableTask(demo, requestId, 'a'), {
    message: /^The task "a" cannot be disabled: the task "b" uses a document that comes from it\./,
  });
  await complete(requestId, 'a');
  const looking = await open(requestId, 'b');
  t.match(await home.portal.view(looking), {
    documents: [{ mimeType: 'application/x-ltv-sdo', title: 'A promise' }],
  });
  t.ok(verifyLtvSdo(await buffer((await home.portal.document(looking, 'signed', client)).open())));
  await home.portal.markRead(looking, 'signed');
  await finish(looking, requestId, 'b');
  t.same(await events(requestId, 'b'), [
    'request-created',
    'task-started',
    'document-viewed',
    'task-completed',
  ]);
  t.match(await home.orders.getStatus(demo, [requestId]), [{}, { documents: [] }]);
  await complete(requestId, 'c', bo);
  await t.rejects(open(requestId, 'last'), { code: 'TASK_WAITING' }, 'the PDF is not made yet');
  t.same((await events(requestId, 'c')).slice(-3), [
    ...['task-completed', 'packaging-task-created', 'packaging-task-created'],
  ]);
  await packageOrder(home.packaging, { requestId, packagingTaskId: 'p' });
  const last = await open(requestId, 'last');
  t.match(await home.portal.view(last), { documents: [{ mimeType: 'application/pdf', title: 'A promise' }] });
  const pdf = await buffer((await home.portal.document(last, 'sealed', client)).open());
  const [p, q] = await home.orders.getPackagingTaskStatus(demo, [requestId]);
  t.match(q, { packagingTaskId: 'q', status: 'created' });
  t.same(pdf, await buffer((await home.storing.getSds(demo, p!.results[0]!.id)).open()));
  await home.portal.markRead(last, 'sealed');
  await finish(last, requestId, 'last');
  t.same(await deliveries(requestId), [], 'one packaging task has not ended');
  await packageOrder(home.packaging, { requestId, packagingTaskId: 'q' });
  t.same(await deliveries(requestId), ['all done']);
  t.match(await home.orders.getPackagingTaskStatus(demo, [requestId]), [
    { results: [{ kind: 'sds' }] },
    { results: [{ kind: 'archive' }] },
  ]);
});

t.test('packaging is not lost with a task that only comes after it', async (t) => {
  const requestId = await create([task('a', anna), view('last', 'sealed', { daysToLive: 1 })], {
    documents: [...order([]).documents, { kind: 'packaging-result', id: 'sealed', refPackagingTaskId: 'p' }],
    packagingTasks: [packaging('p', ['a'])],
  });
  home.clock.advance(DAY);
  await expireTasks(home.application.context);
  t.same(await states(requestId), ['created', 'expired']);
  await complete(requestId, 'a');
  await packageOrder(home.packaging, { requestId, packagingTaskId: 'p' });
  t.match(await home.orders.getPackagingTaskStatus(demo, [requestId]), [{ status: 'completed' }]);
});

t.test('documents from and to the archive', async (t) => {
  const first = await create([task('a', anna)], {
    documents: [
      {
        ...order([]).documents[0]!,
        kind: 'provided',
        description: 'A promise',
        mimeType: 'text/plain',
        data: Buffer.from('Kept.'),
        sendToArchive: true,
      },
    ],
  });
  await complete(first, 'a');
  const [status] = await home.orders.getStatus(demo, [first]);
  const place = status?.documents[0]?.original;
  if (place?.kind !== 'archive') return t.fail('the original is in the archive');
  t.match(status?.documents, [{ result: { kind: 'order' } }], 'only the original was to go there');
  t.equal(await text((await home.storing.getArchived(demo, place.archiveId)).open()), 'Kept.');

  const archived = (refArchiveId: string): DocumentSpec => ({ kind: 'archive', id: 'doc', refArchiveId });
  const second = await create([task('a', bo)], { documents: [archived(place.archiveId)] });
  t.equal(await text((await original(second, 'a', 'doc')).open()), 'Kept.');
  await t.rejects(
    home.orders.createRequests(demo, [order([task('a', bo)], { documents: [archived('x')] })]),
    {
      message: /document\[1\]\/@ref-archive-id: there is no document "x" in the archive of this service/,
    },
  );
  await t.rejects(
    home.orders.createRequests(other, [order([task('a', bo)], { documents: [archived(place.archiveId)] })]),
    { code: 'ORDER_INVALID' },
    "another service's archive",
  );
  await home.orders.deleteRequests(demo, [first]);
  t.equal(
    await text((await home.storing.getArchived(demo, place.archiveId)).open()),
    'Kept.',
    'the archive keeps it',
  );
});

t.test("the caller's own status of a task", async (t) => {
  const requestId = await create([task('a', anna)]);
  await home.tasks.setClientStatus(demo, requestId, 'a', 'In arbeit');
  t.match(await home.orders.getStatus(demo, [requestId]), [{ clientStatus: 'In arbeit' }]);
  await t.rejects(home.tasks.setClientStatus(other, requestId, 'a', 'x'), { code: 'REQUEST_UNKNOWN' });
  await t.rejects(home.tasks.setClientStatus(demo, requestId, 'b', 'x'), { code: 'REQUEST_TASK_UNKNOWN' });
  await t.rejects(home.tasks.getTask(other, requestId, 'a'), { code: 'REQUEST_UNKNOWN' });
});

t.test('notifications come and go, and the order says so', async (t) => {
  const requestId = await create([task('a', anna, { notifications: [callback('at the end')] })]);
  await home.tasks.addNotification(demo, requestId, 'a', callback('now'));
  t.same(await deliveries(requestId), ['now']);
  await home.tasks.addNotification(
    demo,
    requestId,
    undefined,
    callback('refused', { schedules: [{ stateIs: 'rejected' }] }),
  );
  const spec = await home.orders.getRequest(demo, requestId);
  t.match(spec.tasks[0]?.notifications, [{ id: 'at the end' }, { id: 'now' }]);
  t.match(spec.notifications, [{ id: 'refused' }]);
  await home.tasks.addNotification(
    demo,
    requestId,
    'a',
    callback('now', { recipient: 'http://127.0.0.1:9/again' }),
  );
  t.same(await deliveries(requestId), ['now'], 'one with the same id takes its place');
  await home.tasks.disableNotification(demo, requestId, 'a', ['now', 'at the end']);
  t.same(await deliveries(requestId), []);
  await home.tasks.disableNotification(demo, requestId, undefined, ['refused']);
  await home.portal.refuse(await open(requestId, 'a'));
  t.same(await deliveries(requestId), []);
  await t.rejects(home.tasks.disableNotification(demo, requestId, 'a', ['refused', 'x']), {
    message: /^There is no such notification: "refused", "x"\./,
  });
  await t.rejects(
    home.tasks.addNotification(demo, requestId, 'a', callback('bad', { recipient: 'nowhere' })),
    {
      message: /task\[@id="a"\]\/notification\[@notification-id="bad"\]\/recipient: must be an absolute http/,
    },
  );
  await t.rejects(home.tasks.addNotification(other, requestId, 'a', callback('x')), {
    code: 'REQUEST_UNKNOWN',
  });
});

t.test('the history tells everything, in order', async (t) => {
  const requestId = await create(
    [
      give('give', 'own'),
      task('sign', bo, {
        dependsOnTasks: ['give'],
        authentication: { methods: [], artifact: true },
        bundle: true,
        documentActions: [
          { type: 'sign', documentRef: 'own', orderIndex: 2 },
          { type: 'view', documentRef: 'doc', orderIndex: 1 },
        ],
      }),
    ],
    {
      documents: [...order([]).documents, { kind: 'upload', id: 'own', description: 'Own' }],
      packagingTasks: [{ ...packaging('p', []), documents: [{ taskId: 'sign', documentId: 'own' }] }],
    },
  );
  const giving = await open(requestId, 'give');
  await home.portal.upload(giving, 'own', 'text/plain', Readable.from([Buffer.from('Mine.')]));
  await home.readAndSign(giving, anna);
  await finish(giving, requestId, 'give');
  const artifact = await home.orders.createArtifact(demo, requestId, 'sign');
  const key = await home.portal.open({ requestId, taskId: 'sign', artifact, client });
  t.match(await home.portal.view(key), { step: { kind: 'read', documentId: 'doc' } }, 'by order-index');
  for (const id of ['doc', 'own']) {
    (await home.portal.document(key, id, client)).open().resume();
    await home.portal.markRead(key, id);
  }
  await home.portal.startSigning(key, 'own', { origin: 'http://localhost:1', language: 'da', client });
  const cancelled = Buffer.from('CAN002').toString('base64');
  t.same(await home.portal.receiveSignature(key, 'own', { ...posted(cancelled), ...pageOf(client) }), {
    kind: 'cancelled',
    code: 'CAN002',
    module: 'nemid',
  });
  await home.readAndSign(key, bo);
  await finish(key, requestId, 'sign');
  await packageOrder(home.packaging, { requestId, packagingTaskId: 'p' });
  await home.orders.deleteRequests(demo, [requestId]);
  const end = ['packaging-task-created', 'packaging-task-completed', 'document-deleted'];
  t.same(await events(requestId, 'sign'), [
    ...['request-created', 'task-started', 'user-authenticated', 'document-viewed', 'document-viewed'],
    ...['document-sign-cancelled', 'document-signed', 'task-completed', ...end],
  ]);
  t.same(await events(requestId, 'give'), [
    ...['request-created', 'task-started', 'document-uploaded', 'task-completed', ...end],
  ]);
});

t.test('a deleted order keeps its states for its period, and nothing else', async (t) => {
  const requestId = await create([task('a', anna, { daysToLive: 10 }), task('b', bo, { daysToLive: 3 })]);
  await complete(requestId, 'a');
  await home.orders.deleteRequests(demo, [requestId]);
  for (const table of ['order_documents', 'results', 'sessions', 'artifacts']) {
    t.same(await query(`select from ${table} where request_id = $1`, requestId), [], `${table} went at once`);
  }
  t.same(await states(requestId), ['deleted', 'deleted']);
  home.clock.advance(39 * DAY);
  await purge(home.application.context);
  t.same(await states(requestId), ['deleted', 'deleted'], 'the last day');
  home.clock.advance(DAY);
  t.ok((await purge(home.application.context)) >= 1);
  await t.rejects(home.orders.getStatus(demo, [requestId]), { code: 'REQUEST_UNKNOWN' });
  t.same(await query('select from events where request_id = $1', requestId), []);
});

/** Signs and sends in, and goes on as soon as that is written: the package is not made yet. */
async function signOnly(
  requestId: string,
  taskId: string,
): Promise<{ key: SessionKey; sent: Promise<SentIn> }> {
  const key = await open(requestId, taskId);
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  const isSentIn = `select from tasks where request_id = $1 and task_id = $2 and state = 'sent-in'`;
  while ((await query(isSentIn, requestId, taskId)).length === 0);
  return { key, sent };
}

t.test('what was signed is not lost with its order: that waits for the evidence', async (t) => {
  const documentActions = [{ type: 'sign', documentRef: 'doc', sendResultToArchive: true }] as const;
  const requestId = await create([task('a', anna, { documentActions }), task('b', bo)]);
  const { sent } = await signOnly(requestId, 'a');
  // as a back end does that deletes in its "finally", right after the signer was sent back
  const deleting = home.orders.deleteRequests(demo, [requestId]);
  while (
    (await query('select from orders where request_id = $1 and deletion_asked_at is not null', requestId))
      .length === 0
  );
  t.same(await states(requestId), ['deleted', 'deleted'], 'its sender is told so');
  await t.rejects(open(requestId, 'b'), { code: 'TASK_CLOSED' }, 'nobody else can sign');
  await t.rejects(home.tasks.addTask(demo, requestId, task('c', bo)), { code: 'REQUEST_DELETED' });
  t.equal((await query('select from results where request_id = $1', requestId)).length, 0);
  const before = (await query('select from archive_documents')).length;

  await packageTask(home.packaging, { requestId, taskId: 'a' });
  t.equal(await deleting, 1, 'one request is deleted');
  await sent;
  t.same((await events(requestId, 'a')).slice(-2), ['task-completed', 'document-deleted']);
  const archived = await query<{ id: string }>('select id from archive_documents order by created_at desc');
  t.equal(archived.length, before + 1, 'what was to be archived is');
  t.ok(verifyLtvSdo(await buffer((await home.storing.getArchived(demo, archived[0]!.id)).open())));
  for (const table of ['order_documents', 'results', 'sessions']) {
    t.same(
      await query(`select from ${table} where request_id = $1`, requestId),
      [],
      `${table}: the rest went`,
    );
  }
  t.equal(await home.orders.deleteRequests(demo, [requestId]), 0, 'it was deleted before');
});

t.test(
  'while evidence takes its time, nothing that is signed expires or is taken out, and the signer waits',
  async (t) => {
    const requestId = await create([task('a', anna, { daysToLive: 1 })], {});
    const { key, sent } = await signOnly(requestId, 'a');
    await t.rejects(home.tasks.disableTask(demo, requestId, 'a'), { code: 'TASK_NOT_OPEN' });
    t.same(await sent, { isFinishing: true }, 'whoever is sent on now would find nothing');
    t.match(await home.portal.view(key), { step: { kind: 'finishing', isLate: false } });
    home.clock.advance(11 * 60_000);
    t.match(await home.portal.view(key), { step: { kind: 'finishing', isLate: true } });
    home.clock.advance(2 * DAY);
    await expireTasks(home.application.context);
    t.equal(
      await home.orders.deleteRequests(demo, [requestId]),
      1,
      'it goes by itself when the evidence is there',
    );
    t.same(await states(requestId), ['deleted']);
    t.equal(
      (
        await query(
          'select from native_signatures n join sessions s on s.ref = n.session_ref where request_id = $1',
          requestId,
        )
      ).length,
      1,
    );
    await packageTask(home.packaging, { requestId, taskId: 'a' });
    t.same((await events(requestId, 'a')).slice(-2), ['task-completed', 'document-deleted']);
    t.match(await query('select deleted_at from orders where request_id = $1', requestId), [
      { deleted_at: Date },
    ]);
  },
);

t.test('an order goes by itself, the days it asked for after its tasks could be done', async (t) => {
  const bytes = Buffer.from(`Only here: ${home.clock.now().toISOString()}`);
  const document = {
    kind: 'provided' as const,
    id: 'doc',
    description: 'x',
    mimeType: 'text/plain',
    data: bytes,
  };
  const spec = { daysUntilDeletion: 5, documents: [document] };
  const requestId = await create([task('a', anna, { daysToLive: 2 })], spec);
  const stays = await create([task('a', anna, { daysToLive: 2 })]);
  await home.tasks.addTask(demo, requestId, task('b', bo, { daysToLive: 4 }));
  const waiting = await create([task('a', anna, { daysToLive: 2 })], spec);
  const key = await open(waiting, 'a');
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  await query('select pg_sleep(0.2)');
  home.clock.advance(9 * DAY - 1);
  t.equal(await purge(home.application.context), 0);
  home.clock.advance(1);
  t.equal(await purge(home.application.context), 1);
  await t.rejects(home.orders.getStatus(demo, [requestId]), { code: 'REQUEST_UNKNOWN' });
  t.same(await states(waiting), ['created'], 'evidence that is still to be made is waited for');
  t.same(await states(stays), ['expired'], 'one that did not ask for it stays');
  await packageTask(home.packaging, { requestId: waiting, taskId: 'a' });
  await sent;
  t.equal(await purge(home.application.context), 1);
  home.clock.advance(2 * DAY);
  const [sha256] = (
    await query<{ sha256: string }>('select sha256 from order_documents where request_id = $1', stays)
  ).map((row) => row.sha256);
  t.ok((await deleteUnusedBlobs(home.application.context)) >= 1, 'its bytes went too');
  t.ok(await home.application.context.blobs.has(sha256!), 'but not those that something refers to');
});
