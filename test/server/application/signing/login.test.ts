/** Logging in before anything is shown, on real parts: who gets in, who does not, and what is kept of it. */
import { builtIn } from '@segl/identity/methods/index';
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import fastify from 'fastify';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { Browser } from '@segl/sandbox/person/browser';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { testPersons, type TestPerson } from '@segl/sandbox/methods/nemid/persons';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { deleteUnusedBlobs } from '@segl/server/application/upkeep/expiry';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { portalPlugin } from '@segl/server/http/portal/plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import type { Authentication, OrderEvent, TaskSpec } from '@segl/server/domain/order/model';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { findLogin } from '@segl/server/adapters/postgres/sessions/logins';
import { listAudit } from '@segl/server/adapters/postgres/sessions/sessions';
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
import { pageOf, posted } from '../../../support/server/methods.ts';

const MINUTE = 60_000;

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication();
});
t.teardown(() => home.close());

const nemid: Authentication = { methods: ['nemid'] };
const both: Authentication = { methods: ['nemid'], artifact: true };

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;
const withLogin = (person: TestPerson | undefined, more: Partial<TaskSpec> = {}): Promise<string> =>
  create([task('a', person, { authentication: nemid, ...more })]);
const open = (requestId: string, artifact?: string): Promise<SessionKey> =>
  home.portal.open({ requestId, taskId: 'a', client, ...(artifact !== undefined && { artifact }) });
const logIn = async (key: SessionKey, person: TestPerson) =>
  home.portal.receiveLogin(key, { ...posted(await home.nativeLogin(key, person)), ...pageOf(client) });
const stepOf = async (key: SessionKey): Promise<string> => (await home.portal.view(key)).step.kind;
const history = async (requestId: string): Promise<string[]> =>
  (await home.orders.getRequestHistory(demo, requestId, 'a')).map(({ type, data }: OrderEvent) =>
    data === undefined ? type : `${type} ${data}`,
  );
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** "Send in" waits for the workers, which this test plays itself. */
async function sendIn(key: SessionKey, requestId: string): Promise<void> {
  const sent = home.portal.sendIn(key);
  for (;;) {
    await packageTask(home.packaging, { requestId, taskId: 'a' });
    const [status] = await home.orders.getStatus(demo, [requestId]);
    if (status?.status === 'completed') break;
  }
  await sent;
}

t.test('the way of a task: log in, read, sign; the history and the evidence tell it', async (t) => {
  const authentication = { ...nemid, dialog: { title: 'Who are you?', message: 'Tell us.' } };
  const requestId = await withLogin(anna, { authentication });
  t.same((await home.orders.getRequest(demo, requestId)).tasks[0]?.authentication, authentication, 'echoed');
  const key = await open(requestId);
  t.match(await home.portal.view(key), {
    step: { kind: 'authenticate' },
    login: { done: false, dialog: authentication.dialog },
    documents: [{ documentId: 'doc', title: 'A promise' }],
  });
  t.same(await logIn(key, anna), { kind: 'accepted' });
  t.match(await home.portal.view(key), { step: { kind: 'read' }, login: { done: true } });
  await t.rejects(home.nativeLogin(key, anna), { code: 'STEP_NOT_DUE' }, 'once is enough');
  await home.readAndSign(key, anna);
  await sendIn(key, requestId);
  t.strictSame((await history(requestId)).slice(1), [
    ...['task-started', 'user-authenticated nemid', 'document-viewed doc', 'document-signed doc'],
    'task-completed',
  ]);

  const login = await findLogin(home.application.context.db, key.ref);
  if (!login) return t.fail('the login is kept');
  t.equal(login.method, 'nemid');
  const native = await home.application.context.blobs.read(login.sha256);
  t.equal(createHash('sha256').update(native).digest('hex'), login.sha256);
  const message = readNativeMessage(native);
  t.match(message.leaf.subjectDn, login.evidence.signer.displayName);
  t.equal(
    Buffer.from(message.properties.get('challenge')?.value ?? []).toString(),
    (login.evidence.expected as { challenge: string }).challenge,
  );
  t.ok(login.evidence.validation.ocsps.length > 0, 'with the answers about the certificate');
  t.ok(login.evidence.verdicts.every(({ ok }) => ok));

  const result = await home.storing.getOrderDocument(demo, {
    requestId,
    taskId: 'a',
    documentId: 'doc',
    which: 'sdo',
  });
  const { content } = verifyLtvSdo(await buffer(result.open()));
  const entry = content.creationAuditTrail.find(({ type }) => type === 'user-authenticated');
  const told = new Map(entry?.data.map(({ name, value }) => [name, value]));
  t.equal(told.get('confirmed-user-id'), content.signer.uniqueId, 'the package tells who logged in');
  t.equal(told.get('native-sha256'), login.sha256, 'and which message proves it');

  home.clock.advance(2 * 86_400_000);
  await deleteUnusedBlobs(home.application.context);
  t.equal(
    (await home.application.context.blobs.read(login.sha256)).length,
    native.length,
    'it is not cleared up',
  );
  await home.orders.deleteRequests(demo, [requestId]);
});

t.test('over HTTP, not a byte of a document before the login', async (t) => {
  const secret = 'THE PRICE IS 4711';
  const document = { kind: 'provided', id: 'doc', description: 'Offer', mimeType: 'text/plain' } as const;
  const requestId = await create([task('a', anna, { authentication: nemid })], {
    documents: [{ ...document, data: Buffer.from(secret) }],
  });
  const app = fastify({ forceCloseConnections: true });
  const { context } = home.application;
  await portalPlugin(app, {
    methods: builtIn,
    flow: home.portal,
    sessions: home.sessions,
    config: context.config,
    log: silentLogger,
  });
  const trace: string[] = [];
  app.addHook('onSend', async (request, reply, payload) => {
    const bytes =
      typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : await buffer(payload as never);
    trace.push(`${request.method} ${request.url} ${reply.statusCode}\n${bytes.toString()}`);
    return bytes;
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const browser = new Browser('en');
  const opened = await browser.get(`${base}/std/docaction/demo?request_id=${requestId}&task_id=a`);
  const page = new URL(opened.location ?? '', base).href;
  const shown = await browser.get(page);
  t.match(shown.body, /data-step="authenticate"/);
  t.match(shown.body, /Offer/, 'the title is told');
  t.notMatch(shown.body, /href="[^"]*\/document\//, 'and leads nowhere');
  const token = /name="_csrf" value="([^"]*)"/.exec(shown.body)?.[1] ?? '';
  for (const path of ['', '/document/doc', '/document/doc?download', '/document/%64oc', '/left'])
    await browser.get(page + path);
  const fields = { _csrf: token, document: 'doc', read: 'yes', response: base64('<a/>'), consent: 'yes' };
  for (const action of ['read', 'skip', 'signature', 'identify', 'send-in', 'login']) {
    const answer = await browser.post(`${page}/${action}`, fields);
    await browser.get(new URL(answer.location ?? '/std/nowhere', base).href);
  }
  t.equal((await browser.get(`${page}/document/doc`)).status, 403);
  t.ok(trace.length > 18);
  t.notOk(
    trace.some((text) => text.includes(secret)),
    'what was asked for was not given',
  );
  t.equal((await history(requestId)).join(), 'request-created,task-started', 'and nothing happened');

  const url = `${base}/std/docaction/demo?request_id=${requestId}&task_id=a`;
  const sandboxUrl = new URL(context.config.variables['NEMID_CLIENT_URL'] ?? '').origin;
  let isSigning = true;
  const signing = signAsPerson({ taskUrl: url, user: 'anna', sandboxUrl }).finally(() => (isSigning = false));
  // one after the other, as a claim has it in the service
  while (isSigning) {
    await packageTask(home.packaging, { requestId, taskId: 'a' });
    await setTimeout(50);
  }
  const { steps } = await signing;
  t.match(steps[1], /^logged in with NemID as /, 'a person logs in');
  t.ok(
    trace.some((text) => text.includes(secret)),
    'and then it is shown',
  );
});

t.test('only the person of the order gets in; anybody where it names none', async (t) => {
  const requestId = await withLogin(anna);
  const key = await open(requestId);
  await t.rejects(logIn(key, bo), { code: 'LOGIN_MISMATCH' });
  t.equal(await stepOf(key), 'authenticate');
  await t.rejects(home.portal.document(key, 'doc', client), { code: 'LOGIN_NEEDED' });
  t.equal((await history(requestId)).at(-1), 'error nemid LOGIN_MISMATCH');
  const trail = JSON.stringify(await listAudit(home.application.context.db, key.ref));
  t.match(trail, /login-mismatch/);
  t.notMatch(trail, /PID:|confirmed-user-id/, 'who tried is not told');
  t.same(await logIn(key, anna), { kind: 'accepted' });
  t.equal(await stepOf(key), 'read');

  const anybody = await open(await withLogin(undefined));
  await logIn(anybody, bo);
  t.equal(await stepOf(anybody), 'read');
});

t.test('who logged in also signs', async (t) => {
  const key = await open(await withLogin(undefined));
  await logIn(key, bo);
  await t.rejects(home.readAndSign(key, anna), { code: 'SIGNER_MISMATCH' });
  await home.readAndSign(key, bo);
  t.equal(await stepOf(key), 'identify', 'a login does not tell the CPR number');
});

t.test('cancelled and failed logins: the code goes to the history, the signer may try again', async (t) => {
  const requestId = await withLogin(anna);
  const key = await open(requestId);
  for (const code of ['CAN002', 'LOCK001']) {
    await home.nativeLogin(key, anna);
    t.same(await home.portal.receiveLogin(key, { ...posted(base64(code)), ...pageOf(client) }), {
      kind: 'cancelled',
      code,
      module: 'nemid',
    });
    t.equal((await history(requestId)).at(-1), `user-authentication-cancelled nemid ${code}`);
  }
  t.same(await logIn(key, anna), { kind: 'accepted' });
});

t.test('answers that are not those of this login', async (t) => {
  const requestId = await withLogin(anna);
  const first = await open(requestId);
  await t.rejects(
    home.portal.receiveLogin(first, { ...posted(base64('CAN002')), ...pageOf(client) }),
    { code: 'STEP_NOT_DUE' },
    'none was started',
  );
  const kept = await home.nativeLogin(first, anna);
  t.same(await home.portal.receiveLogin(first, { ...posted(kept), ...pageOf(client) }), { kind: 'accepted' });
  await t.rejects(home.portal.receiveLogin(first, { ...posted(kept), ...pageOf(client) }), {
    code: 'STEP_NOT_DUE',
  });

  const second = await open(requestId);
  await home.nativeLogin(second, anna);
  await t.rejects(
    home.portal.receiveLogin(second, { ...posted(kept), ...pageOf(client) }),
    { code: 'LOGIN_REFUSED', params: { check: 'challenge' } },
    'replayed into another session',
  );
  const late = await home.nativeLogin(second, anna);
  home.clock.advance(15 * MINUTE);
  await home.portal.view(second);
  home.clock.advance(6 * MINUTE);
  await t.rejects(
    home.portal.receiveLogin(second, { ...posted(late), ...pageOf(client) }),
    { code: 'LOGIN_REFUSED', params: { check: 'answered-in-time' } },
    'kept for too long',
  );
  const outdated = await home.nativeLogin(second, anna);
  await home.nativeLogin(second, anna);
  await t.rejects(
    home.portal.receiveLogin(second, { ...posted(outdated), ...pageOf(client) }),
    { code: 'LOGIN_REFUSED', params: { check: 'challenge' } },
    'another page of the session started over',
  );
  t.equal(await stepOf(second), 'authenticate');
});

t.test('a login does not pass for a signature, nor a signature for a login', async (t) => {
  const requestId = await withLogin(anna);
  const key = await open(requestId);
  const login = await home.nativeLogin(key, anna);
  await home.portal.receiveLogin(key, { ...posted(login), ...pageOf(client) });
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.portal.markRead(key, 'doc');
  const signature = await home.nativeSignature(key, 'doc', anna);
  await t.rejects(home.portal.receiveSignature(key, 'doc', { ...posted(login), ...pageOf(client) }), {
    code: 'NATIVE_SIGNATURE_REFUSED',
    params: { check: 'action' },
  });
  const another = await open(requestId);
  await home.nativeLogin(another, anna);
  await t.rejects(home.portal.receiveLogin(another, { ...posted(signature), ...pageOf(client) }), {
    code: 'LOGIN_REFUSED',
    params: { check: 'action' },
  });
});

t.test('an artifact stands for the login where the order says so, and only there', async (t) => {
  const requestId = await withLogin(anna, { authentication: both });
  const artifact = await home.orders.createArtifact(demo, requestId, 'a');
  const signedOn = await open(requestId, artifact);
  t.match(await home.portal.view(signedOn), { step: { kind: 'read' }, login: undefined });
  t.equal((await history(requestId)).at(-1), 'user-authenticated artifact');
  await t.rejects(open(requestId, artifact), { code: 'ARTIFACT_INVALID' }, 'used');
  await t.rejects(open(requestId, 'x'.repeat(25)), { code: 'ARTIFACT_INVALID' }, 'wrong');
  const without = await open(requestId);
  t.equal(await stepOf(without), 'authenticate', 'without one, the login');
  t.same(await logIn(without, anna), { kind: 'accepted' });

  const strict = await withLogin(anna);
  const opened = await open(strict, await home.orders.createArtifact(demo, strict, 'a'));
  t.equal(await stepOf(opened), 'authenticate', 'the order asks for the eID');

  const alone = await withLogin(anna, { authentication: { methods: [], artifact: true } });
  await t.rejects(open(alone), { code: 'ARTIFACT_NEEDED' }, 'nothing else is allowed');
});

t.test('the login decides which signature applies', async (t) => {
  const signature = (ifAuthentication: string) => ({ methods: [{ name: 'nemid-sign' }], ifAuthentication });
  const requestId = await withLogin(anna, { authentication: both, signatures: [signature('nemid')] }).catch(
    (error: unknown) => error,
  );
  t.match(requestId, { code: 'ORDER_INVALID', message: /begins with "artifact"/ });
  const key = await open(await withLogin(anna, { signatures: [signature('nemid')] }));
  await logIn(key, anna);
  await home.readAndSign(key, anna);
  t.equal(await stepOf(key), 'send-in');
});

t.test('two answers at once are one login', async (t) => {
  const requestId = await withLogin(anna);
  const key = await open(requestId);
  const response = await home.nativeLogin(key, anna);
  const both = await Promise.allSettled(
    [1, 2].map(() => home.portal.receiveLogin(key, { ...posted(response), ...pageOf(client) })),
  );
  t.same(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  t.equal((await history(requestId)).filter((event) => event === 'user-authenticated nemid').length, 1);
});

t.test('in a user session: its artifact signs on, else each task asks', async (t) => {
  const requestId = await withLogin(anna, { authentication: both });
  const { userSessionId, artifact } = await home.tasks.createUserSession(demo, {
    tasks: [{ requestId, taskId: 'a', order: 1 }],
  });
  const openList = async (given?: string): Promise<SessionKey> => {
    const list = await home.sessions.open({
      userSessionId,
      client,
      ...(given !== undefined && { artifact: given }),
    });
    return home.sessions.openTask(list, { requestId, taskId: 'a' }, client);
  };
  t.equal(await stepOf(await openList(artifact)), 'read');
  t.equal(await stepOf(await openList()), 'authenticate', 'a visit without it is not signed on by another');
  await t.rejects(openList(artifact), { code: 'ARTIFACT_INVALID' });
});

t.test('secure delivery: log in, read, done; no signature', async (t) => {
  const requestId = await create([
    task('a', anna, {
      authentication: nemid,
      documentActions: [{ type: 'view', documentRef: 'doc' }],
      signatures: [],
    }),
  ]);
  const key = await open(requestId);
  await t.rejects(home.portal.sendIn(key), { code: 'STEP_NOT_DUE' });
  await logIn(key, anna);
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.portal.markRead(key, 'doc');
  await sendIn(key, requestId);
  t.match(await home.orders.getStatus(demo, [requestId]), [{ status: 'completed', documents: [] }]);
  t.strictSame((await history(requestId)).slice(1), [
    ...['task-started', 'user-authenticated nemid', 'document-viewed doc', 'task-completed'],
  ]);
  t.ok(await findLogin(home.application.context.db, key.ref), 'who read it can be shown');
});

t.test('who may not log in, and what cannot be asked for', async (t) => {
  const esben = testPersons.find(({ userId }) => userId === 'esben')!;
  const key = await open(await withLogin(undefined));
  await t.rejects(logIn(key, esben), { code: 'LOGIN_REFUSED', params: { check: 'revocation' } });
  const bad = (authentication: Authentication) =>
    t.rejects(create([task('a', anna, { authentication })]), {
      code: 'ORDER_INVALID',
      message: /authentication/,
    });
  await bad({ methods: ['mitid'] });
  await bad({ methods: [] });
  await bad({ methods: [], artifact: false });
});
