/** The use cases on real parts, with a clock that is moved by hand. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import {
  allowRedirects,
  describeAccount,
  MAX_LOGO_BYTES,
  type DetailChange,
} from '@segl/server/application/access/account-details';
import { deleteOldUploads, deleteUnusedBlobs, expireTasks } from '@segl/server/application/upkeep/expiry';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { Notification } from '@segl/server/domain/order/model';
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
} from '../../support/server/services.ts';
import { PIXEL } from '../../support/server/scripted-flow.ts';
import { giveCpr, pageOf, posted } from '../../support/server/methods.ts';

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication();
});
t.teardown(() => home.close());

const callback = (id: string, more: Partial<Notification> = {}): Notification => ({
  id,
  type: 'URL',
  recipient: 'http://127.0.0.1:9/cb',
  message: '-',
  schedules: [],
  ...more,
});

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;
const open = (requestId: string, taskId: string, artifact?: string): Promise<SessionKey> =>
  home.portal.open({ requestId, taskId, client, ...(artifact !== undefined && { artifact }) });
const states = async (requestId: string): Promise<string[]> =>
  (await home.orders.getStatus(demo, [requestId])).map(({ status }) => status);
const count = async (sql: string, ...params: unknown[]): Promise<number> =>
  Number(
    (await home.application.context.db.query<{ count: string }>(`select count(*) from ${sql}`, params))[0]
      ?.count,
  );

/** "Send in" waits for workers that these tests play themselves. */
async function sendIn(
  key: SessionKey,
  ids: { requestId: string; taskId: string },
): Promise<{ redirectTo?: string }> {
  const sent = home.portal.sendIn(key);
  for (let tries = 0; tries < 200; tries++) {
    await packageTask(home.packaging, ids);
    const [row] = await home.application.context.db.query<{ state: string }>(
      'select state from tasks where request_id = $1 and task_id = $2',
      [ids.requestId, ids.taskId],
    );
    if (row?.state === 'completed') break;
  }
  return sent;
}

t.test('what is wrong with an order is said at once, and nothing is stored', async (t) => {
  const before = await count('orders');
  const bad = order([task('a', anna)], {
    documents: [
      {
        kind: 'provided',
        id: 'doc',
        description: 'broken',
        mimeType: 'application/pdf',
        data: Buffer.from('%PDF-1.7 no'),
      },
      { kind: 'sds', id: 'gone', description: 'gone', refSdsId: 'x'.repeat(58) },
      { kind: 'provided', id: 'image', description: 'image', mimeType: 'image/png', data: Buffer.from('x') },
    ],
  });
  const failure = await home.orders
    .createRequests(demo, [order([task('ok', bo)]), bad])
    .catch((error: unknown) => error);
  t.match(failure, { code: 'ORDER_INVALID' });
  const { message } = failure as Error;
  t.match(message, /request\[2\]\/document\[1\]\/data: .*PDF/);
  t.match(message, /request\[2\]\/document\[2\]\/@ref-sds-id: there is no document/);
  t.match(
    message,
    /request\[2\]\/document\[3\]\/@(mime-type|ref-sds-id): its media type is "image\/png"; allowed/,
  );
  t.equal(await count('orders'), before, 'the sound one of the two was not stored either');
});

t.test('signers learn who asks: what the account says of itself, or else its name', async (t) => {
  const { db } = home.application.context;
  const describe = (service: string, change: DetailChange): Promise<void> =>
    describeAccount({ db, clock: home.clock }, service, change);
  const requestId = await create([task('a', anna, { language: 'en' }), task('b', bo)], { language: 'da' });
  const key = await open(requestId, 'a');
  const deadline = (await home.portal.view(key)).deadline!;
  t.ok(deadline > home.clock.now());
  const plain = { language: 'en', sender: { name: 'demo' }, deadline };
  t.same(await home.portal.asker({ requestId, taskId: 'a' }), plain);
  t.same(await home.portal.asker({ ref: key.ref }), plain);
  t.same(await home.portal.asker({ requestId }), { language: 'da', sender: { name: 'demo' } });
  t.equal(await home.portal.asker({ requestId, taskId: 'c' }), undefined, 'half a link tells nothing');
  t.equal(await home.portal.asker({ ref: 'none' }), undefined);
  t.same((await home.portal.view(key)).afterwards, { others: true, returns: false });

  const folder = t.testdir({
    'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'large.png': Buffer.concat([PIXEL, Buffer.alloc(MAX_LOGO_BYTES)]),
    'logo.png': PIXEL,
  });
  await t.rejects(describe('nobody', { displayName: 'x' }), { code: 'ACCOUNT_UNKNOWN' });
  const wrong: [DetailChange, string, string][] = [
    [{ displayName: 'x'.repeat(61) }, 'displayName', 'value/too-long'],
    [{ displayName: 'Bank \u202eknaB' }, 'displayName', 'notification/not-one-line'],
    [{ contact: 'one\ntwo' }, 'contact', 'notification/not-one-line'],
    [{ privacyUrl: 'http://example.com/' }, 'privacyUrl', 'account/link-not-https'],
    [{ privacyUrl: 'javascript:alert(1)' }, 'privacyUrl', 'account/link-not-https'],
    [{ termsUrl: 'https://user:secret@example.com/' }, 'termsUrl', 'account/link-not-https'],
    [{ termsUrl: '/terms' }, 'termsUrl', 'account/link-not-https'],
    [{ logo: join(folder, 'logo.svg') }, 'logo', 'picture/neither'],
    [{ logo: join(folder, 'large.png') }, 'logo', 'account/logo-too-large'],
    [{ logo: join(folder, 'none.png') }, 'logo', 'picture/unreadable'],
  ];
  for (const [change, element, code] of wrong)
    await t.rejects(
      describe('demo', { ...change, ...(element !== 'contact' && { contact: 'never kept' }) }),
      { code: 'DETAILS_INVALID', params: { problems: [{ params: { element, problem: { code } } }] } },
      code,
    );
  t.same((await home.portal.view(key)).sender, { name: 'demo' }, 'what is wrong changes nothing');

  const contact = 'hej@example.com';
  const privacyUrl = 'https://example.com/privacy';
  await describe('demo', { displayName: ' Prøve A/S ', contact, privacyUrl, logo: join(folder, 'logo.png') });
  const logo = createHash('sha256').update(PIXEL).digest('hex');
  const sender = { name: 'Prøve A/S', contact, privacyUrl, logo };
  t.same((await home.portal.view(key)).sender, sender);
  t.same(await home.portal.logo(logo), { sha256: logo, mediaType: 'image/png', bytes: PIXEL });
  await describe('demo', { displayName: '', contact: '', logo: '' });
  t.same((await home.portal.view(key)).sender, { name: 'demo', privacyUrl });
  t.equal(await home.portal.logo(logo), undefined);
  await describe('demo', { privacyUrl: '' });
});

t.test('orders send signers to the web, and to the apps that the account allows', async (t) => {
  const { db } = home.application.context;
  const to = (url: string) =>
    create([task('a', anna, { onTaskComplete: url, onTaskCancel: 'http://h/../x' })]);
  const refused = (scheme: string, ...more: string[]) => {
    const problem = { code: 'redirect/scheme', params: { scheme, allowed: ['https', 'http', ...more] } };
    const element = 'task[@id="a"]/on-task-complete';
    return { code: 'ORDER_INVALID', params: { problems: [{ params: { element, problem } }] } };
  };
  await t.rejects(to('myapp:done'), refused('myapp'));
  for (const scheme of ['javascript', 'data', 'https', 'My App', 'myapp:', ''])
    await t.rejects(
      allowRedirects(db, 'demo', ['myapp', scheme]),
      {
        code: 'DETAILS_INVALID',
        params: { problems: [{ code: 'account/scheme-refused', params: { scheme } }] },
      },
      scheme,
    );
  await t.rejects(to('myapp:done'), refused('myapp'), 'one that is refused allows none');
  await t.rejects(allowRedirects(db, 'nobody', ['myapp']), { code: 'ACCOUNT_UNKNOWN' });
  await allowRedirects(db, 'demo', ['myapp']);
  t.ok(await to('MyApp:done?r=${requestId}'));
  await t.rejects(to(' java\nscript:alert(1)'), refused('javascript', 'myapp'));
  await t.rejects(to('data:text/html,x'), refused('data', 'myapp'));
  const requestId = await to('https://example.com/');
  const session = { tasks: [{ requestId, taskId: 'a', order: 1 }] };
  const opening = (onSessionComplete: string) =>
    home.tasks.createUserSession(demo, { ...session, onSessionComplete });
  t.ok(await opening('myapp:all'));
  await t.rejects(opening('other:all'), {
    code: 'USER_SESSION_INVALID',
    params: {
      problems: [{ params: { element: 'on-session-complete', problem: { code: 'redirect/scheme' } } }],
    },
  });
  await allowRedirects(db, 'demo', []);
  await t.rejects(to('myapp:done'), refused('myapp'));
});

t.test('getRequest returns what was sent, without the bytes; other services see nothing', async (t) => {
  const requestId = await create([task('a', anna)], { clientReference: 'ref 1' });
  const sent = await home.orders.getRequest(demo, requestId);
  t.equal(sent.clientReference, 'ref 1');
  t.notOk('data' in sent.documents[0]!, 'the bytes are a blob');
  const other = { service: 'other' };
  await t.rejects(home.orders.getRequest(other, requestId), { code: 'REQUEST_UNKNOWN' });
  await t.rejects(home.orders.getStatus(other, [requestId]), { code: 'REQUEST_UNKNOWN' });
  await t.rejects(home.orders.createArtifact(other, requestId, 'a'), { code: 'REQUEST_UNKNOWN' });
  await t.rejects(
    home.storing.getOrderDocument(other, { requestId, taskId: 'a', documentId: 'doc', which: 'original' }),
    { code: 'RESULT_UNKNOWN' },
  );
  t.equal(await home.orders.deleteRequests(other, [requestId]), 0);
  t.same(await states(requestId), ['created']);
});

t.test('several requests in one call are all stored, in order', async (t) => {
  const { requestIds } = await home.orders.createRequests(demo, [
    order([task('first', anna)]),
    order([task('second', bo, { authentication: { methods: [], artifact: true } })]),
    order([task('third', carla)]),
  ]);
  const tasks = await home.orders.getStatus(demo, requestIds);
  t.same(
    tasks.map(({ taskId }) => taskId),
    ['first', 'second', 'third'],
  );
});

t.test('an artifact opens its own task once, for thirty seconds', async (t) => {
  const locked = { authentication: { methods: [], artifact: true } };
  const { requestIds, artifact } = await home.orders.createRequests(demo, [
    order([task('a', anna, locked), task('b', bo, locked)]),
  ]);
  const requestId = requestIds[0]!;
  t.match(artifact, /^[0-9a-z]{25}$/);
  await t.rejects(open(requestId, 'a'), { code: 'ARTIFACT_NEEDED' }, 'none given');
  await t.rejects(open(requestId, 'b', artifact), { code: 'ARTIFACT_INVALID' }, "another task's");
  home.clock.advance(29_000);
  t.ok(await open(requestId, 'a', artifact));
  await t.rejects(open(requestId, 'a', artifact), { code: 'ARTIFACT_INVALID' }, 'used');
  const second = await home.orders.createArtifact(demo, requestId, 'a');
  home.clock.advance(31_000);
  await t.rejects(open(requestId, 'a', second), { code: 'ARTIFACT_INVALID' }, 'too late');
});

t.test('two signers who finish in the same moment unlock the third once', async (t) => {
  const requestId = await create(
    [
      task('a', anna, { notifications: [callback('a done')] }),
      task('b', bo),
      task('c', carla, { dependsOnTasks: ['a', 'b'] }),
    ],
    {
      notifications: [callback('all done')],
      packagingTasks: [
        { id: 'p', method: 'pades', notifications: [], documents: [{ taskId: 'a', documentId: 'doc' }] },
      ],
    },
  );
  await t.rejects(open(requestId, 'c'), { code: 'TASK_WAITING' });
  const [first, second] = [await open(requestId, 'a'), await open(requestId, 'b')];
  await home.readAndSign(first, anna);
  await home.readAndSign(second, bo);
  t.same(await states(requestId), ['created', 'created', 'created'], 'signed is not sent in');
  await Promise.all([
    sendIn(first, { requestId, taskId: 'a' }),
    sendIn(first, { requestId, taskId: 'a' }).catch(() => undefined),
    sendIn(second, { requestId, taskId: 'b' }),
  ]);
  t.same(await states(requestId), ['completed', 'completed', 'created']);
  t.equal(
    await count('deliveries where request_id = $1', requestId),
    1,
    'one callback for the task that asked',
  );
  const third = await open(requestId, 'c');
  await home.readAndSign(third, carla);
  await sendIn(third, { requestId, taskId: 'c' });
  t.equal(await count("jobs where payload->>'requestId' = $1 and queue = 'package-order'", requestId), 1);
  const packaging = { requestId, packagingTaskId: 'p' };
  await Promise.all([packageOrder(home.packaging, packaging), packageOrder(home.packaging, packaging)]);
  t.match(await home.orders.getPackagingTaskStatus(demo, [requestId]), [
    { status: 'completed', results: [{ kind: 'sds' }] },
  ]);
  t.equal(await count('deliveries where request_id = $1', requestId), 2, 'and one for the order');
  const events = (await home.orders.getRequestHistory(demo, requestId, 'c')).map(({ type }) => type);
  t.same(events, [
    ...['request-created', 'task-started', 'document-viewed', 'document-signed', 'task-completed'],
    ...['packaging-task-created', 'packaging-task-completed'],
  ]);
  await t.rejects(open(requestId, 'c'), { code: 'TASK_CLOSED' });
});

t.test('a signer without a number in the order gives it; five wrong ones are enough', async (t) => {
  const requestId = await create([task('a', undefined), task('b', undefined)]);
  const key = await open(requestId, 'a');
  await home.readAndSign(key, anna);
  t.match((await home.portal.view(key)).step, { kind: 'identify' });
  await t.rejects(home.portal.sendIn(key), { code: 'STEP_NOT_DUE' });
  await t.rejects(giveCpr(home.portal, key, 'doc', '3113991234'), { code: 'CPR_INVALID' });
  await t.rejects(giveCpr(home.portal, key, 'doc', bo.cpr), { code: 'CPR_MISMATCH' });
  await giveCpr(home.portal, key, 'doc', `${anna.cpr.slice(0, 6)}-${anna.cpr.slice(6)}`);
  await sendIn(key, { requestId, taskId: 'a' });
  const result = await home.storing.getOrderDocument(demo, {
    requestId,
    taskId: 'a',
    documentId: 'doc',
    which: 'sdo',
  });
  t.equal(result.contentType, 'application/x-ltv-sdo');
  t.equal(verifyLtvSdo(await buffer(result.open())).content.signer.nationalId?.id, anna.cpr);
  t.equal(
    await count('native_signatures where national_id is not null and session_ref = $1', key.ref),
    0,
    'no copy stays behind',
  );

  const guessing = await open(requestId, 'b');
  await home.readAndSign(guessing, anna);
  for (let tries = 1; tries < 5; tries++) {
    await t.rejects(giveCpr(home.portal, guessing, 'doc', bo.cpr), { code: 'CPR_MISMATCH' });
  }
  await t.rejects(giveCpr(home.portal, guessing, 'doc', bo.cpr), { code: 'CPR_TOO_MANY_ATTEMPTS' });
  await t.rejects(giveCpr(home.portal, guessing, 'doc', anna.cpr), { code: 'CPR_TOO_MANY_ATTEMPTS' });
});

t.test('somebody else than the person of the order cannot sign', async (t) => {
  const requestId = await create([task('a', anna)]);
  const key = await open(requestId, 'a');
  await t.rejects(home.readAndSign(key, bo), { code: 'SIGNER_MISMATCH' });
  t.match((await home.portal.view(key)).step, { kind: 'sign' });
});

t.test(
  'a document that was not shown cannot be declared read, and nothing can be taken out of turn',
  async (t) => {
    const requestId = await create([task('a', anna)]);
    const key = await open(requestId, 'a');
    await t.rejects(home.portal.markRead(key, 'doc'), { code: 'DOCUMENT_NOT_SHOWN' });
    await t.rejects(home.nativeSignature(key, 'doc', anna), { code: 'STEP_NOT_DUE' });
    await t.rejects(home.portal.skip(key, 'doc'), { code: 'STEP_NOT_DUE' });
    await t.rejects(home.portal.receiveSignature(key, 'doc', { ...posted(''), ...pageOf(client) }), {
      code: 'STEP_NOT_DUE',
    });
    await t.rejects(home.portal.document(key, 'other', client), { code: 'TASK_UNKNOWN' });
    await t.rejects(home.portal.view({ ref: key.ref, secret: 'guess' }), { code: 'SESSION_GONE' });
  },
);

t.test('a signature made for one document does not do for another', async (t) => {
  const requestId = await create([task('a', anna)]);
  const first = await open(requestId, 'a');
  const step = async (key: SessionKey) => {
    (await home.portal.document(key, 'doc', client)).open().resume();
    await home.portal.markRead(key, 'doc');
  };
  await step(first);
  const response = await home.nativeSignature(first, 'doc', anna);
  const second = await open(requestId, 'a');
  await step(second);
  await home.portal.startSigning(second, 'doc', { origin: 'http://localhost:1', language: 'da', client });
  await t.rejects(
    home.portal.receiveSignature(second, 'doc', { ...posted(response), ...pageOf(client) }),
    { code: 'NATIVE_SIGNATURE_REFUSED' },
    'replayed into another session',
  );
});

t.test('refusing closes the task, says why, and goes to the cancel address', async (t) => {
  const requestId = await create([
    task('a', anna, {
      onTaskCancel: 'https://example.com/no?r=${requestId}',
      notifications: [callback('refused', { schedules: [{ stateIs: 'rejected' }] })],
    }),
  ]);
  const key = await open(requestId, 'a');
  t.same(await home.portal.refuse(key, ' too expensive '), {
    redirectTo: `https://example.com/no?r=${requestId}`,
  });
  t.same(await states(requestId), ['rejected']);
  t.match((await home.orders.getRequestHistory(demo, requestId, 'a')).at(-1), {
    type: 'task-rejected',
    data: 'too expensive',
  });
  t.equal(await count('deliveries where request_id = $1', requestId), 1);
  t.match((await home.portal.view(key)).step, { kind: 'rejected' });
  await t.rejects(home.portal.sendIn(key), { code: 'TASK_CLOSED' });
});

t.test('cancelling and postponing leave the task open and end the session', async (t) => {
  const requestId = await create([
    task('a', anna, {
      onTaskCancel: 'https://example.com/cancel',
      onTaskPostpone: 'https://example.com/later',
    }),
  ]);
  const first = await open(requestId, 'a');
  t.same(await home.portal.cancel(first), { redirectTo: 'https://example.com/cancel' });
  await t.rejects(home.portal.view(first), { code: 'SESSION_GONE' });
  const second = await open(requestId, 'a');
  t.same(await home.portal.postpone(second), { redirectTo: 'https://example.com/later' });
  t.same(await states(requestId), ['created']);
});

t.test('a session ends after half an hour without a request; the link starts over', async (t) => {
  const requestId = await create([task('a', anna)]);
  const key = await open(requestId, 'a');
  home.clock.advance(29 * 60_000);
  t.ok(await home.portal.view(key), 'looking keeps it alive');
  home.clock.advance(29 * 60_000);
  t.ok(await home.portal.view(key));
  home.clock.advance(30 * 60_000);
  await t.rejects(home.portal.view(key), { code: 'SESSION_GONE' });
  t.ok(await open(requestId, 'a'));
});

t.test('optional documents may be left out, and have no result then', async (t) => {
  const requestId = await create([
    task('a', anna, {
      documentActions: [
        { type: 'sign', documentRef: 'doc', optional: true },
        {
          type: 'sign',
          document: {
            kind: 'provided',
            id: 'extra',
            description: 'Extra',
            mimeType: 'text/plain',
            data: Buffer.from('Extra.'),
          },
          sendResultToArchive: true,
        },
      ],
    }),
  ]);
  const key = await open(requestId, 'a');
  await home.portal.skip(key, 'doc');
  await home.readAndSign(key, anna);
  await sendIn(key, { requestId, taskId: 'a' });
  const [status] = await home.orders.getStatus(demo, [requestId]);
  t.match(status?.documents, [{ documentId: 'extra', result: { kind: 'archive' } }]);
  const result = status?.documents[0]?.result;
  if (result?.kind !== 'archive') return t.fail('the result went to the archive');
  const archived = await home.storing.getArchived(demo, result.archiveId);
  t.equal(verifyLtvSdo(await buffer(archived.open())).content.document.title, 'Extra');
  await t.rejects(home.storing.getArchived({ service: 'other' }, result.archiveId), {
    code: 'ARCHIVE_UNKNOWN',
  });
  await t.rejects(
    home.storing.getOrderDocument(demo, { requestId, taskId: 'a', documentId: 'doc', which: 'sdo' }),
    { code: 'RESULT_UNKNOWN' },
  );
});

t.test('a deleted order says so, counts once, and lets nobody in', async (t) => {
  const requestId = await create([task('a', anna)]);
  const key = await open(requestId, 'a');
  t.equal(await home.orders.deleteRequests(demo, [requestId, requestId, 'unknown']), 1);
  t.same(await states(requestId), ['deleted']);
  await t.rejects(home.portal.view(key), { code: 'SESSION_GONE' }, 'what was seen and signed went at once');
  await t.rejects(open(requestId, 'a'), { code: 'TASK_CLOSED' });
});

t.test('a revoked certificate is refused', async (t) => {
  const requestId = await create([task('a', undefined)]);
  const { testPersons } = await import('@segl/sandbox/methods/nemid/persons');
  const esben = testPersons.find(({ certificate }) => certificate === 'revoked')!;
  await t.rejects(home.readAndSign(await open(requestId, 'a'), esben), { code: 'NATIVE_SIGNATURE_REFUSED' });
});

t.test('time passes: tasks expire, uploads go, blobs that nothing refers to go a day later', async (t) => {
  const requestId = await create([
    task('a', anna, {
      daysToLive: 2,
      notifications: [callback('late', { schedules: [{ stateIs: 'expired' }] })],
    }),
  ]);
  const sdsId = await home.storing.putSds(demo, 'text/plain', Readable.from([Buffer.from('only uploaded')]));
  home.clock.advance(2 * 86_400_000);
  t.same(await states(requestId), ['expired'], 'also before anybody wrote it down');
  await t.rejects(open(requestId, 'a'), { code: 'TASK_CLOSED' });
  t.ok((await expireTasks(home.application.context)) >= 1);
  t.equal(await expireTasks(home.application.context), 0, 'twice changes nothing');
  t.equal(await count('deliveries where request_id = $1', requestId), 1);
  t.equal((await buffer((await home.storing.getSds(demo, sdsId)).open())).toString(), 'only uploaded');
  await t.rejects(home.storing.getSds({ service: 'other' }, sdsId), { code: 'SDS_UNKNOWN' });
  home.clock.advance(29 * 86_400_000);
  await t.rejects(home.storing.getSds(demo, sdsId), { code: 'SDS_UNKNOWN' });
  t.ok((await deleteOldUploads(home.application.context)) >= 1);
  t.ok((await deleteUnusedBlobs(home.application.context)) >= 1);
  const original = await home.storing.getOrderDocument(demo, {
    requestId,
    taskId: 'a',
    documentId: 'doc',
    which: 'original',
  });
  t.equal((await buffer(original.open())).toString(), 'I promise.', 'what orders refer to stays');
});

t.test('names and passwords: wrong is wrong, whichever of the two', async (t) => {
  t.same(await home.orders.authenticate('demo', 'Bond007'), demo);
  t.same(await home.orders.authenticate('demo', 'Bond007'), demo, 'and again, from memory');
  await t.rejects(home.orders.authenticate('demo', 'bond007'), { code: 'CREDENTIALS_WRONG' });
  await t.rejects(home.orders.authenticate('demo2', 'Bond007'), { code: 'CREDENTIALS_WRONG' });
  await t.rejects(home.orders.authenticate('__proto__', 'Bond007'), { code: 'CREDENTIALS_WRONG' });
});
