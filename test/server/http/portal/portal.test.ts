import { builtIn } from '@segl/identity/methods/index';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import jsQR from 'jsqr';
import t from 'tap';
import type { SeglError } from '@segl/problem/errors';
import { adesProblems } from '@segl/ades/problems';
import { identityProblems } from '@segl/identity/problems';
import { pkiProblems } from '@segl/pki/problems';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '@segl/server/problems';
import { signatureFormBytes } from '@segl/server/http/portal/actions';
import { closedStates, explainedErrors } from '@segl/server/http/portal/failure-page';
import { contentSecurityPolicy } from '@segl/server/http/portal/headers';
import { portalPlugin } from '@segl/server/http/portal/plugin';
import { pageLanguage, TextLibrary } from '@segl/server/http/portal/texts';
import { readTaskLink } from '@segl/server/http/portal/task-link';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { projectFile } from '@segl/server/paths';
import { ScriptedFlow, type Script, type ScriptedDocument } from '../../../support/server/scripted-flow.ts';
import { scriptedSessions } from '../../../support/server/scripted-sessions.ts';

const pdf = (documentId: string, more: Partial<ScriptedDocument> = {}): ScriptedDocument => ({
  documentId,
  title: `Aftale ${documentId}`,
  mimeType: 'application/pdf',
  bytes: Buffer.from('%PDF-1.7'),
  ...more,
});

const text = (documentId: string, content: string, charset = 'utf-8'): ScriptedDocument => ({
  documentId,
  title: `Tekst ${documentId}`,
  mimeType: `text/plain; charset=${charset}`,
  bytes: Buffer.from(content, charset === 'utf-8' ? 'utf8' : 'latin1'),
});

/** A browser as far as these pages need one: keeps the cookie, reads forms, sends them. */
class Visitor {
  readonly app: FastifyInstance;
  readonly flow: ScriptedFlow;
  readonly headers: Record<string, string>;
  cookie = '';
  path = '';
  page!: LightMyRequestResponse;

  constructor(app: FastifyInstance, flow: ScriptedFlow, headers: Record<string, string> = {}) {
    this.app = app;
    this.flow = flow;
    this.headers = { host: 'localhost:8080', 'user-agent': 'test browser', ...headers };
  }

  async get(url: string): Promise<LightMyRequestResponse> {
    this.page = await this.app.inject({ url, headers: { ...this.headers, cookie: this.cookie } });
    return this.page;
  }

  async open(query = 'request_id=request-1&task_id=task_1'): Promise<LightMyRequestResponse> {
    const answer = await this.get(`/std/docaction/demo?${query}`);
    const [cookie] = answer.cookies;
    if (cookie) this.cookie = `${cookie.name}=${cookie.value}`;
    this.path = String(answer.headers['location'] ?? '');
    return this.path ? this.get(this.path) : answer;
  }

  get step(): string | undefined {
    return /<main[^>]* data-step="([^"]*)"/.exec(this.page.payload)?.[1];
  }

  /** Hidden fields of the form that carries the action. */
  fields(action: string): Record<string, string> {
    const form = new RegExp(`<form[^>]*data-action="${action}"[^>]*>(.*?)</form>`, 's').exec(
      this.page.payload,
    );
    if (!form) throw new Error(`no form ${action} on the page`);
    const inputs = form[1]!.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g);
    return Object.fromEntries([...inputs].map((match) => [match[1]!, unescape(match[2]!)]));
  }

  /** Sends the form and follows a redirect back to the task; gives the answer to the form itself. */
  async send(action: string, more: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    const answer = await this.post(action, { ...this.fields(action), ...more });
    const location = String(answer.headers['location'] ?? '');
    if (location.startsWith('/std/task/')) await this.get(location);
    return answer;
  }

  async post(action: string, fields: Record<string, string>): Promise<LightMyRequestResponse> {
    return this.app.inject({
      method: 'POST',
      url: `${this.path}/${action}`,
      headers: {
        ...this.headers,
        cookie: this.cookie,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: new URLSearchParams(fields).toString(),
    });
  }
}

const unescape = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

async function portal(
  test: { teardown(end: () => Promise<unknown>): void },
  script: Script,
  headers?: Record<string, string>,
  publicUrl = 'http://localhost:8080',
): Promise<Visitor> {
  const flow = new ScriptedFlow(script);
  const app = fastify();
  await portalPlugin(app, {
    methods: builtIn,
    flow,
    sessions: scriptedSessions(flow),
    config: { publicUrl, maxDocumentBytes: 1 << 20 },
    log: silentLogger,
  });
  test.teardown(() => app.close());
  return new Visitor(app, flow, headers);
}

const signature = Buffer.from('<openoces:signature/>').toString('base64');

t.test('logging in before anything is shown', async (t) => {
  const dialog = { title: 'Who <are> you?', message: 'We have to know.' };
  const visitor = await portal(t, { documents: [pdf('a', { action: 'view' })], login: { dialog } });
  const say = new TextLibrary(builtIn).translator('en');
  await visitor.open('request_id=request-1&task_id=task_1');
  t.equal(visitor.step, 'authenticate');
  t.match(visitor.page.payload, 'Who &lt;are&gt; you?');
  t.match(visitor.page.payload, dialog.message);
  t.match(visitor.page.headers['content-security-policy'], 'frame-src https://nemid.test');
  t.notMatch(visitor.page.payload, '/document/a', 'the document is named only');
  t.match(visitor.page.payload, '<progress value="1" max="3"');
  t.strictSame(Object.keys(visitor.fields('login')), ['_csrf', 'response'], 'about no document');
  for (const action of ['cancel', 'refuse']) t.ok(visitor.fields(action));
  const { path } = visitor;
  const answer = await visitor.app.inject({
    url: `${path}/document/a`,
    headers: { ...visitor.headers, cookie: visitor.cookie, 'accept-language': 'en' },
  });
  t.equal(answer.statusCode, 403);
  t.match(answer.payload, say('error.LOGIN_NEEDED.title'));
  t.notMatch(answer.payload, '%PDF');

  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  for (const [code, notice] of [
    ['CAN002', 'nemid.CAN002'],
    ['ABC123', 'nemid.UNKNOWN'],
  ] as const) {
    const { headers } = await visitor.send('login', { response: base64(code) });
    t.equal(headers['location'], `${path}?notice=${notice}`);
    t.equal(visitor.step, 'authenticate');
  }
  for (const code of ['LOGIN_REFUSED', 'LOGIN_MISMATCH'] as const) {
    const refused =
      code === 'LOGIN_MISMATCH'
        ? identityProblems.error(code)
        : identityProblems.error(code, { check: 'path', why: pkiProblems.of('path/not-found') });
    visitor.flow.failures.set('receiveLogin', refused);
    const { headers } = await visitor.send('login', { response: signature });
    t.equal(headers['location'], `${path}?notice=problem.${code}`);
  }
  t.equal((await visitor.post('login', { response: signature })).statusCode, 403, 'not without the token');
  const large = 'x'.repeat(150_000);
  await visitor.send('login', { response: base64(`<signature>${large}</signature>`) });
  t.equal(visitor.step, 'read');
  t.match(visitor.page.payload, '<progress value="2" max="3"');
});

t.test('a task from its link to "send in"', async (t) => {
  const visitor = await portal(t, {
    documents: [pdf('a'), pdf('b', { action: 'view' })],
    cpr: '0101901234',
    onComplete: 'https://customer.test/done',
  });
  await visitor.open();
  t.equal(visitor.step, 'read');
  await visitor.get(`${visitor.path}/document/a`);
  t.equal(visitor.page.payload, '%PDF-1.7');
  await visitor.get(visitor.path);
  await visitor.send('read', { read: 'yes' });
  t.equal(visitor.step, 'sign');
  await visitor.send('signature', { response: signature });
  t.equal(visitor.step, 'identify');
  await visitor.send('identify', { kind: 'fields', cpr: ' 010190-1234 ', consent: 'yes' });
  t.equal(visitor.step, 'read');
  await visitor.get(`${visitor.path}/document/b`);
  await visitor.get(visitor.path);
  await visitor.send('read', { read: 'yes' });
  t.equal(visitor.step, 'send-in');
  t.equal(visitor.flow.lastCall('sendIn'), undefined, 'nothing is delivered before');
  const answer = await visitor.send('send-in');
  t.equal(answer.statusCode, 303);
  t.equal(answer.headers['location'], 'https://customer.test/done');
});

t.test('an eID that is waited for: a QR code that readers read, a link, and a code to compare', async (t) => {
  const show = { as: 'poll', afterMs: 2000, qr: 'https://app.test/?id=a"b&c', code: '42' } as const;
  const visitor = await portal(t, { documents: [text('a', 'Hej')], show });
  await visitor.open();
  await visitor.send('read', { read: 'yes' });
  const { payload } = visitor.page;
  const [, size = '', path = ''] = /viewBox="0 0 (\d+) \1"[^>]*><path d="([^"]+)"/.exec(payload) ?? [];
  const side = Number(size) * 4;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let row = Number(y) * 4; row < Number(y) * 4 + 4; row++)
      for (let at = Number(x) * 4; at < (Number(x) + Number(width)) * 4; at++)
        pixels.fill(0, (row * side + at) * 4, (row * side + at) * 4 + 3);
  // the package is CommonJS: its function is the default export of its default export
  const decode = jsQR as unknown as { readonly default: typeof jsQR.default };
  t.equal(decode.default(pixels, side, side)?.data, show.qr);
  const named = /<svg class="qr" role="img" aria-labelledby="([^"]+)"/.exec(payload)?.[1] ?? '';
  t.match(
    payload,
    new RegExp(`<p id="${named}">[^<]*QR[^<]*NemID`),
    'whoever cannot see it is told what it is for',
  );
  t.match(payload, /<strong id="code">42<\/strong>/);
  t.match(payload, /data-after="2000"/);
  await visitor.send('signature', { kind: 'poll' });
  t.match(visitor.flow.lastCall('receiveSignature')?.[2], { input: { kind: 'poll' } });

  const plain = await portal(t, { documents: [text('a', 'Hej')], show: { as: 'poll', afterMs: 2000 } });
  await plain.open();
  await plain.send('read', { read: 'yes' });
  t.equal(plain.step, 'sign');
  t.notMatch(plain.page.payload, /<svg class="qr"/);
});

t.test('the session cookie', async (t) => {
  t.test('is for the pages of its session only', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    await visitor.open();
    const answer = await visitor.get('/std/docaction/demo?request_id=request-1&task_id=task_1');
    t.equal(answer.statusCode, 303);
    t.equal(answer.headers['location'], '/std/task/session2');
    t.match(
      answer.headers['set-cookie'],
      /^segl\.session2=secret-2\W.*; Path=\/std\/task\/session2; HttpOnly; SameSite=Lax$/,
    );
  });

  t.test('is secure where the service is', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] }, {}, 'https://sign.test');
    const answer = await visitor.get('/std/docaction/demo?request_id=request-1&task_id=task_1');
    t.match(answer.headers['set-cookie'], /; Secure/);
  });

  t.test('without it nothing of the session is reachable', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    await visitor.open();
    visitor.cookie = '';
    for (const url of [visitor.path, `${visitor.path}/document/a`]) {
      t.equal((await visitor.get(url)).statusCode, 403);
      t.match(visitor.page.payload, 'data-code="COOKIE_MISSING"');
    }
    t.equal((await visitor.post('send-in', {})).statusCode, 403);
  });

  t.test('one session does not open another', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    await visitor.open();
    visitor.cookie = visitor.cookie.replace('secret-1', 'secret-2');
    t.equal((await visitor.get(visitor.path)).statusCode, 403);
  });
});

t.test('a timed-out session offers the link that it began with', async (t) => {
  const visitor = await portal(t, { taskId: 'kø & spær', documents: [pdf('a')] });
  await visitor.open(`request_id=request-1&task_id=${encodeURIComponent('kø & spær')}&artifact=once`);
  t.same(visitor.step, 'read');
  visitor.flow.timeOut();
  await visitor.get(visitor.path);
  t.equal(visitor.step, 'error');
  t.match(visitor.page.payload, 'data-code="SESSION_GONE"');
  const link = /href="(\/std\/docaction[^"]*)"/.exec(visitor.page.payload)?.[1];
  t.equal(unescape(link ?? ''), '/std/docaction/demo?request_id=request-1&task_id=k%C3%B8%20%26%20sp%C3%A6r');
});

t.test('task links', async (t) => {
  t.test('task ids of any characters arrive as they are', async (t) => {
    for (const taskId of ['task_1', 'æøå ÆØÅ', 'a&b=c', '100%', 'a+b', '漢字', '__proto__', '<b>"\'']) {
      const visitor = await portal(t, { taskId, documents: [pdf('a')] });
      await visitor.open(`request_id=request-1&task_id=${encodeURIComponent(taskId)}`);
      t.equal(visitor.step, 'read', taskId);
    }
  });

  t.test('a plus is a plus, or else a space', async (t) => {
    for (const taskId of ['a+b', 'a b']) {
      const visitor = await portal(t, { taskId, documents: [pdf('a')] });
      await visitor.open('request_id=request-1&task_id=a+b');
      t.equal(visitor.step, 'read', taskId);
    }
  });

  t.test('without a task id, and without a service', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    t.equal((await visitor.get('/std/docaction/demo?request_id=request-1')).statusCode, 303);
    t.equal((await visitor.get('/std/docaction?request_id=request-1&task_id=')).statusCode, 303);
  });

  t.test('an empty artifact is none, a full one is passed on', async (t) => {
    t.same(readTaskLink('/x?request_id=r&task_id=t&artifact='), { requestId: 'r', taskIds: ['t'] });
    t.same(readTaskLink('/x?request_id=r&task_id=t&artifact=abc').artifact, 'abc');
  });

  t.test('broken percent-encoding, no request, unknown ids: one and the same page', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    const pages = new Set<string>();
    for (const query of [
      '',
      'request_id=%zz',
      'request_id=%00',
      'request_id=request-1&task_id=%E6',
      'request_id=nope&task_id=task_1',
    ]) {
      t.equal((await visitor.open(query)).statusCode, 404, query);
      pages.add(visitor.page.payload);
    }
    t.equal(pages.size, 1);
  });
});

t.test('the ids of a link name the task: the account in its path may be another, or missing', async (t) => {
  for (const path of ['/std/docaction', '/std/docaction/', '/std/docaction/other', '/std/docaction/demo/']) {
    const visitor = await portal(t, { documents: [pdf('a')] });
    const answer = await visitor.get(`${path}?request_id=request-1&task_id=task_1`);
    t.match(answer, { statusCode: 303, headers: { location: '/std/task/session1' } }, path);
  }
});

t.test('every page names who asks, until when, and what follows', async (t) => {
  const sender = {
    name: 'Nørreå <Ejendomme> A/S',
    contact: 'hej@example.com',
    privacyUrl: 'https://example.com/privacy?a=1&b=2',
    termsUrl: 'https://example.com/terms',
    logo: 'ab'.repeat(32),
  };
  const deadline = new Date('2026-12-15T13:00:00Z');
  const closed = { waiting: serverProblems.error('TASK_WAITING') };
  const onComplete = 'https://example.com/done';
  const task = { language: 'en', deadline };
  const visitor = await portal(t, { documents: [text('a', 'x')], closed, onComplete, task, sender });
  const named = async (what: string): Promise<void> => {
    const page = unescape(visitor.page.payload);
    t.match(page, '<strong>Nørreå <Ejendomme> A/S</strong>', what);
    t.match(page, 'hej@example.com', what);
    for (const url of [sender.privacyUrl, sender.termsUrl])
      t.match(page, `<a href="${url}" target="_blank" rel="noopener noreferrer">`, what);
    t.match(page, `<img src="/std/logos/${sender.logo}"`, what);
  };
  await visitor.open();
  await named('reading');
  t.match(visitor.page.payload, 'To be done by Tuesday 15 December 2026 at 14:00 CET');
  t.match(unescape(visitor.page.payload), 'You are then taken on to Nørreå <Ejendomme> A/S.');
  await visitor.send('read', { read: 'yes' });
  await named('signing');
  await visitor.get(`${visitor.path}/left`);
  await named('after leaving');
  await visitor.open('request_id=request-1&task_id=waiting');
  await named('what went wrong');
  const logo = await visitor.get(`/std/logos/${sender.logo}`);
  t.match(logo, { statusCode: 200, headers: { 'content-type': 'image/png' } });
  t.match(logo.headers, {
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
  });
  t.equal((await visitor.get(`/std/logos/${'cd'.repeat(32)}`)).statusCode, 404);
});

t.test('who is sent to an app keeps a page with the link, whatever the browser makes of it', async (t) => {
  const script = {
    ...{ documents: [text('a', 'x')], sender: { name: 'Bank' }, task: { language: 'en', canPostpone: true } },
    ...{ onComplete: 'myapp:done?a=1', onPostpone: 'MyApp://later', onCancel: 'myapp:cancelled' },
  };
  const linkTo = (url: string): void =>
    void t.match(visitor.page.payload, `<a class="button primary" href="${url}">Continue to the sender</a>`);
  const visitor = await portal(t, script);
  for (const [action, url] of [
    ['postpone', script.onPostpone],
    ['cancel', script.onCancel],
  ] as const) {
    await visitor.open();
    const answer = await visitor.send(action);
    t.equal(answer.statusCode, 200, 'no redirect that could come to nothing');
    visitor.page = answer;
    t.equal(visitor.step, 'left');
    linkTo(url);
  }
  await visitor.open();
  t.match(await visitor.send('refuse'), { statusCode: 303, headers: { location: visitor.path } });
  t.equal(visitor.step, 'rejected');
  linkTo(script.onCancel);
  const signed = await portal(t, { ...script, documents: [{ ...text('a', 'x'), action: 'view' }] });
  await signed.open();
  await signed.send('read', { read: 'yes' });
  t.match(await signed.send('send-in'), { statusCode: 303, headers: { location: signed.path } });
  visitor.page = signed.page;
  t.equal(signed.step, 'done');
  linkTo(script.onComplete);
  t.match(signed.page.payload, 'Sent in on Tuesday 1 December 2026 at 10:30 CET.', 'a receipt of when');
  t.match(signed.page.payload, 'The sender’s reference: K-1077');
});

t.test('whatever goes wrong is told in the language of the order', async (t) => {
  const waiting = serverProblems.error('TASK_WAITING');
  const script = { documents: [pdf('a')], closed: { waiting }, task: { language: 'da' } };
  const visitor = await portal(t, script, { 'accept-language': 'en' });
  const isDanish = (what: string): void => void t.match(visitor.page.payload, '<html lang="da">', what);
  await visitor.open('request_id=request-1&task_id=waiting');
  isDanish('a link that does not open its task');
  await visitor.open();
  visitor.flow.timeOut();
  await visitor.get(visitor.path);
  isDanish('a visit that is over');
  await visitor.get(`${visitor.path}/left`);
  isDanish('after leaving');
  visitor.cookie = '';
  await visitor.get(visitor.path);
  isDanish('a visit without its cookie');
  visitor.flow.failures.set('asker', new Error('the database is away'));
  await visitor.get(visitor.path);
  t.equal(visitor.page.statusCode, 403, 'that the language cannot be looked up is no failure of its own');
  t.match(visitor.page.payload, '<html lang="en">');
  await visitor.get('/std/nowhere');
  t.match(visitor.page.payload, '<html lang="en">', 'where there is no order, the browser says');
});

t.test('why a task cannot be opened is said with a fitting status', async (t) => {
  const closed: Record<string, SeglError> = {
    waiting: serverProblems.error('TASK_WAITING'),
    artifact: serverProblems.error('ARTIFACT_INVALID'),
  };
  for (const state of closedStates) closed[state] = serverProblems.error('TASK_CLOSED', { state });
  const visitor = await portal(t, { documents: [pdf('a')], closed }, { 'accept-language': 'en' });
  const texts = new TextLibrary(builtIn).translator('en');
  for (const state of closedStates) {
    t.equal((await visitor.open(`request_id=request-1&task_id=${state}`)).statusCode, 410);
    t.match(visitor.page.payload, 'data-code="TASK_CLOSED"');
    t.match(unescape(visitor.page.payload), texts(`closed.${state}.title`));
  }
  t.equal((await visitor.open('request_id=request-1&task_id=waiting')).statusCode, 409);
  t.match(visitor.page.payload, 'href="/std/docaction/demo?request_id=request-1&amp;task_id=waiting"');
  t.equal((await visitor.open('request_id=request-1&task_id=artifact')).statusCode, 403);
});

t.test('documents', async (t) => {
  t.test('ids of any characters are found', async (t) => {
    for (const documentId of [
      'a/b',
      '100%',
      '%2F',
      'a+b c',
      'æøå',
      '?x=1',
      '#',
      'x'.repeat(300),
      '__proto__',
    ]) {
      const visitor = await portal(t, { documents: [pdf(documentId)] });
      await visitor.open();
      await visitor.get(`${visitor.path}/document/${encodeURIComponent(documentId)}`);
      t.equal(visitor.page.statusCode, 200, documentId);
      await visitor.get(visitor.path);
      await visitor.send('read', { read: 'yes' });
      t.equal(visitor.step, 'sign', documentId);
    }
  });

  t.test('carry their type and a name, and are not kept by caches', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a', { title: 'Køb: "hus"/have' })] });
    await visitor.open();
    const { headers } = await visitor.get(`${visitor.path}/document/a`);
    t.match(headers, {
      'content-type': 'application/pdf',
      'content-length': '8',
      'content-disposition': `inline; filename="K_b hus have.pdf"; filename*=UTF-8''K%C3%B8b%20hus%20have.pdf`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const download = await visitor.get(`${visitor.path}/document/a?download`);
    t.match(download.headers['content-disposition'], /^attachment;/);
  });

  t.test('are given in parts, so that a viewer need not wait for all of them', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    await visitor.open();
    const get = async (headers: Record<string, string>) => {
      const {
        statusCode,
        headers: got,
        payload,
      } = await visitor.app.inject({
        url: `${visitor.path}/document/a`,
        headers: { ...visitor.headers, cookie: visitor.cookie, ...headers },
      });
      return [statusCode, got['content-range'], got['content-length'], payload];
    };
    const { etag = '' } = (await visitor.get(`${visitor.path}/document/a`)).headers;
    t.match(etag, /^"[0-9a-f]{64}"$/);
    const whole = [200, undefined, '8', '%PDF-1.7'];
    t.same(await get({ range: 'bytes=1-3' }), [206, 'bytes 1-3/8', '3', 'PDF']);
    t.same(await get({ range: 'bytes=5-' }), [206, 'bytes 5-7/8', '3', '1.7']);
    t.same(await get({ range: 'bytes=5-99' }), [206, 'bytes 5-7/8', '3', '1.7']);
    t.same(await get({ range: 'bytes=-2' }), [206, 'bytes 6-7/8', '2', '.7']);
    t.same(await get({ range: 'bytes=-99' }), [206, 'bytes 0-7/8', '8', '%PDF-1.7']);
    t.same(await get({ range: 'bytes=1-3', 'if-range': String(etag) }), [206, 'bytes 1-3/8', '3', 'PDF']);
    t.same(await get({ range: 'bytes=1-3', 'if-range': '"other"' }), whole);
    t.same(await get({ range: 'bytes=1-3', 'if-range': 'Tue, 01 Dec 2026 00:00:00 GMT' }), whole);
    for (const range of ['bytes=3-1', 'bytes=0-1,3-4', 'bytes=-', 'pages=1-2', 'bytes=a-b'])
      t.same(await get({ range }), whole, range);
    for (const range of ['bytes=8-', 'bytes=8-9', 'bytes=-0'])
      t.same((await get({ range })).slice(0, 2), [416, 'bytes */8'], range);
  });

  t.test('a type that a browser would run is only downloaded', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a', { mimeType: 'text/html' })] });
    await visitor.open();
    const { headers } = await visitor.get(`${visitor.path}/document/a`);
    t.equal(headers['content-type'], 'application/octet-stream');
    t.match(headers['content-disposition'], /^attachment;/);
  });

  t.test('an unknown one is not there', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    await visitor.open();
    t.equal((await visitor.get(`${visitor.path}/document/b`)).statusCode, 404);
  });

  t.test('text stands in the page as it is, in its charset', async (t) => {
    const content = '\n  Kære Søren,\n\tbeløb:   1 000 & <b>intet</b>\n';
    for (const charset of ['utf-8', 'iso-8859-1']) {
      const visitor = await portal(t, { documents: [text('a', content, charset)] });
      await visitor.open();
      const shown = /<pre class="text-document" dir="auto">\n(.*?)<\/pre>/s.exec(visitor.page.payload)?.[1];
      t.equal(unescape(shown ?? ''), content, charset);
      await visitor.send('read', { read: 'yes' });
      t.equal(visitor.step, 'sign', 'what the page shows counts as presented');
    }
  });

  t.test('what cannot be seen in a text is written out', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'pay\u200b 1\u202e00')] });
    await visitor.open();
    t.match(visitor.page.payload, 'pay⟦U+200B⟧ 1⟦U+202E⟧00</pre>');
    t.notMatch(visitor.page.payload, /[\u200b\u202e]/);
    t.match(visitor.page.payload, /⟦U\+…⟧/);
  });

  t.test('bytes that are no text in their charset are offered as a file', async (t) => {
    const visitor = await portal(t, {
      documents: [{ ...text('a', ''), bytes: Buffer.from([0xff, 0xfe, 0xc3]) }],
    });
    await visitor.open();
    t.equal(visitor.step, 'read');
    t.notMatch(visitor.page.payload, '<pre');
  });
});

t.test('what the signer can put right is said on the page', async (t) => {
  const english = { 'accept-language': 'en-GB,en;q=0.9' };
  const say = new TextLibrary(builtIn).translator('en');
  const alert = (visitor: Visitor): string =>
    unescape(/role="alert">\s*<p>(.*?)<\/p>/s.exec(visitor.page.payload)?.[1] ?? '');

  t.test('a missing tick, a document that was never shown', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] }, english);
    await visitor.open();
    t.equal((await visitor.send('read')).statusCode, 303);
    t.equal(alert(visitor), say('problem.READ_MISSING'));
    t.equal(visitor.flow.lastCall('markRead'), undefined);
    await visitor.send('read', { read: 'yes' });
    t.equal(alert(visitor), say('problem.DOCUMENT_NOT_SHOWN'));
    t.equal(visitor.step, 'read');
  });

  t.test('CPR numbers: consent, shape, mismatch, attempts', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')], cpr: '0101901234' }, english);
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    await visitor.send('signature', { response: signature });
    await visitor.send('identify', { kind: 'fields', cpr: '0101901234' });
    t.equal(alert(visitor), say('problem.CONSENT_MISSING'));
    t.equal(visitor.flow.lastCall('forgetSigner'), undefined);
    await visitor.send('identify', { kind: 'fields', cpr: '12', consent: 'yes' });
    t.equal(alert(visitor), say('problem.CPR_INVALID'));
    await visitor.send('identify', { kind: 'fields', cpr: '0202901234', consent: 'yes' });
    t.equal(alert(visitor), say('problem.CPR_MISMATCH'));
    t.match(visitor.page.payload, say('method.attempts', { count: 2 }));
    t.notMatch(visitor.page.payload, '0202901234', 'the number is not shown again');
    await visitor.send('identify', { kind: 'fields', cpr: '0202901234', consent: 'yes' });
    t.match(visitor.page.payload, say('method.attempts.one'));
    const answer = await visitor.send('identify', { kind: 'fields', cpr: '0202901234', consent: 'yes' });
    t.equal(answer.statusCode, 429);
    t.match(answer.payload, 'data-code="CPR_TOO_MANY_ATTEMPTS"');
    t.match(answer.payload, '/std/docaction/demo?request_id=request-1&amp;task_id=task_1');
  });

  t.test('an eID error, known or not, and another try', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] }, english);
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    for (const [code, key] of [
      ['LOCK001', 'nemid.LOCK001'],
      ['XYZ999', 'nemid.UNKNOWN'],
      ['', 'nemid.CAN002'],
    ] as const) {
      await visitor.send('signature', { response: Buffer.from(code).toString('base64') });
      t.equal(alert(visitor), say(key));
      t.equal(visitor.step, 'sign');
    }
    await visitor.send('signature', { response: signature });
    t.equal(visitor.step, 'send-in');
  });

  t.test('a signature by somebody else', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] }, english);
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    visitor.flow.failures.set('receiveSignature', identityProblems.error('SIGNER_MISMATCH'));
    await visitor.send('signature', { response: signature });
    t.equal(alert(visitor), say('problem.SIGNER_MISMATCH'));
    t.equal(visitor.step, 'sign');
  });

  t.test('a signature that is not accepted', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] }, english);
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    visitor.flow.failures.set(
      'receiveSignature',
      identityProblems.error('NATIVE_SIGNATURE_REFUSED', {
        check: 'core',
        why: adesProblems.of('xmldsig/digest-mismatch', { uri: '#tampered' }),
      }),
    );
    await visitor.send('signature', { response: signature });
    t.equal(alert(visitor), say('problem.NATIVE_SIGNATURE_REFUSED'));
    t.notMatch(visitor.page.payload, '#tampered');
  });

  t.test('a notice that no action gives is not shown', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] }, english);
    await visitor.open();
    for (const notice of ['<script>', 'done.title', 'nemid.NOPE', 'problem.']) {
      await visitor.get(`${visitor.path}?notice=${encodeURIComponent(notice)}`);
      t.notMatch(visitor.page.payload, 'role="alert"', notice);
    }
  });
});

t.test('forms', async (t) => {
  t.test('without this session’s token nothing happens', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] });
    await visitor.open();
    const token = visitor.fields('read')['_csrf']!;
    const other = await portal(t, { documents: [text('a', 'x')] });
    await other.open();
    await other.open();
    for (const wrong of ['', 'x', token.slice(1), `${token}x`, other.fields('read')['_csrf']!]) {
      for (const action of [
        'read',
        'skip',
        'signature',
        'identify',
        'send-in',
        'cancel',
        'postpone',
        'refuse',
      ]) {
        const answer = await visitor.post(action, {
          document: 'a',
          read: 'yes',
          consent: 'yes',
          _csrf: wrong,
        });
        t.equal(answer.statusCode, 403);
        t.match(answer.payload, 'data-code="FORM_REFUSED"');
      }
    }
    const changes = visitor.flow.calls.filter(({ method }) => !['open', 'view', 'document'].includes(method));
    t.same(changes, []);
  });

  t.test('sent twice, or from an earlier page: back to where the signer stands', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] });
    await visitor.open();
    const fields = { ...visitor.fields('read'), read: 'yes' };
    await visitor.post('read', fields);
    const again = await visitor.post('read', fields);
    t.equal(again.statusCode, 303);
    t.equal(again.headers['location'], visitor.path);
    t.equal((await visitor.post('send-in', fields)).headers['location'], visitor.path);
  });

  t.test('a body that is no form is refused', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] });
    await visitor.open();
    const headers = { ...visitor.headers, cookie: visitor.cookie, 'content-type': 'application/xml' };
    const answer = await visitor.app.inject({
      method: 'POST',
      url: `${visitor.path}/read`,
      headers,
      payload: '<a/>',
    });
    t.equal(answer.statusCode, 403);
  });

  t.test('only a signature may be large', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] });
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    const response = Buffer.alloc(1 << 20, 'x').toString('base64');
    const refused = await visitor.post('refuse', { ...visitor.fields('refuse'), reason: response });
    t.equal(refused.statusCode, 413);
    await visitor.send('signature', { response });
    t.equal(visitor.step, 'send-in');
    const tooLarge = 'x'.repeat(signatureFormBytes(1 << 20) + 1);
    const send = (cookie: string): Promise<LightMyRequestResponse> =>
      visitor.app.inject({
        method: 'POST',
        url: `${visitor.path}/signature`,
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        payload: tooLarge,
      });
    t.equal((await send(visitor.cookie)).statusCode, 413);
    t.equal((await send('')).statusCode, 403, 'without a session, no body is read at all');
    t.equal((await send(`${visitor.cookie.split('=')[0]}=guess~`)).statusCode, 403);
  });
});

t.test('ways out', async (t) => {
  t.test('cancel, postpone and refuse go to the order’s URLs', async (t) => {
    const script: Script = {
      documents: [pdf('a', { optional: true })],
      task: { canPostpone: true },
      onCancel: 'https://customer.test/cancel',
      onPostpone: 'https://customer.test/later',
    };
    for (const [action, url] of [
      ['cancel', script.onCancel],
      ['postpone', script.onPostpone],
      ['refuse', script.onCancel],
    ] as const) {
      const visitor = await portal(t, script);
      await visitor.open();
      t.equal((await visitor.send(action, { reason: ' for dyrt ' })).headers['location'], url, action);
      if (action === 'refuse') t.equal(visitor.flow.lastCall('refuse')?.[1], 'for dyrt');
    }
  });

  t.test('without such URLs a page says how things stand', async (t) => {
    for (const [action, step] of [
      ['cancel', 'left'],
      ['refuse', 'rejected'],
    ] as const) {
      const visitor = await portal(t, { documents: [pdf('a')], task: { language: 'en' } });
      await visitor.open();
      await visitor.send(action);
      t.equal(visitor.step, step);
      t.match(visitor.page.payload, '<html lang="en">');
    }
  });

  t.test('postpone is offered where the order allows it only', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] });
    await visitor.open();
    t.notMatch(visitor.page.payload, 'data-action="postpone"');
  });

  t.test('an optional document can be skipped, another not', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a'), pdf('b', { optional: true })] });
    await visitor.open();
    t.notMatch(visitor.page.payload, 'data-action="skip"');
    await visitor.get(`${visitor.path}/document/a`);
    await visitor.get(visitor.path);
    await visitor.send('read', { read: 'yes' });
    await visitor.send('signature', { response: signature });
    await visitor.send('skip');
    t.equal(visitor.step, 'send-in');
  });

  t.test('redirect URLs travel byte for byte', async (t) => {
    const urls = [
      'http://host.test/sign/../complete?name=a b&x=${y}',
      'https://host.test:443/./done#part',
      'http://localhost:3004/?æøå=漢',
    ];
    for (const onComplete of urls) {
      const visitor = await portal(t, { documents: [text('a', 'x')], onComplete });
      await visitor.open();
      await visitor.send('read', { read: 'yes' });
      await visitor.send('signature', { response: signature });
      const { headers } = await visitor.send('send-in');
      t.equal(Buffer.from(String(headers['location']), 'latin1').toString('utf8'), onComplete);
      t.match(unescape((await visitor.get(visitor.path)).payload), `href="${onComplete}"`);
    }
  });

  t.test('line breaks in a redirect URL make no header, other schemes no link', async (t) => {
    const visitor = await portal(t, {
      documents: [text('a', 'x')],
      onComplete: 'javascript:alert(1)\r\nx: y',
    });
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    await visitor.send('signature', { response: signature });
    const { headers } = await visitor.send('send-in');
    t.equal(headers['x'], undefined);
    t.notMatch((await visitor.get(visitor.path)).payload, 'javascript:');
    t.equal(visitor.step, 'done');
  });
});

t.test('who sends in is sent on when the packages are there, by a page that goes on by itself', async (t) => {
  const onComplete = 'https://host.test/done';
  const visitor = await portal(t, { documents: [text('a', 'x')], onComplete, finishing: 2 });
  await visitor.open();
  await visitor.send('read', { read: 'yes' });
  await visitor.send('signature', { response: signature });
  await visitor.send('send-in');
  t.equal(visitor.step, 'finishing');
  t.match(visitor.page.payload, /<form [^>]*data-action="send-in"[^>]* data-at-once>/);
  t.notMatch(visitor.page.payload, onComplete, 'nobody is tempted to go on before');
  await visitor.get(visitor.path);
  t.equal(visitor.step, 'finishing', 'whoever comes back finds it again');
  await visitor.send('send-in');
  t.equal(visitor.step, 'finishing');
  const { headers } = await visitor.send('send-in');
  t.equal(headers['location'], onComplete);
});

t.test('hostile text stays text', async (t) => {
  const hostile = `</script><script>alert(1)</script><img src=x onerror='alert(2)'>"&{name}`;
  const visitor = await portal(t, {
    documents: [
      {
        ...text('a', hostile),
        documentId: hostile,
        title: hostile,
        dialog: { title: hostile, message: hostile },
      },
    ],
    task: {
      dialog: { title: hostile, message: hostile },
      signatureDialog: { title: hostile, message: hostile },
      signerName: hostile,
    },
    cpr: '0101901234',
    signing: {
      clientUrl: `https://nemid.test/"${hostile}`,
      parameters: { hostile },
    },
  });
  const check = (): void => {
    const html = visitor.page.payload.replace(/<script type="application\/json".*?<\/script>/s, '');
    t.notMatch(html, '<script>alert');
    t.notMatch(html, '<img src=x');
    t.notMatch(html, `"&{name}`);
  };
  await visitor.open();
  check();
  await visitor.send('read', { read: 'yes' });
  check();
  t.equal(visitor.step, 'sign');
  const json = /<script type="application\/json" id="signing">(.*?)<\/script>/s.exec(
    visitor.page.payload,
  )?.[1];
  t.same((JSON.parse(json ?? '') as { parameters: unknown }).parameters, { hostile });
  await visitor.send('signature', { response: signature });
  check();
  await visitor.send('identify', { kind: 'fields', cpr: '0101901234', consent: 'yes' });
  t.equal(visitor.step, 'send-in');
  check();
  await visitor.send('send-in');
  t.equal(visitor.step, 'done');
  check();
});

t.test('failures inside', async (t) => {
  t.test('are told without their cause, with a reference', async (t) => {
    const visitor = await portal(t, { documents: [pdf('a')] }, { 'accept-language': 'en' });
    await visitor.open();
    visitor.flow.failures.set('view', new Error('password of the database'));
    t.equal((await visitor.get(visitor.path)).statusCode, 500);
    t.match(visitor.page.payload, /Reference: [a-z0-9]{10}/);
    t.notMatch(visitor.page.payload, 'database');
    t.match(visitor.page.payload, `href="${visitor.path}"`);
    t.equal((await visitor.get(visitor.path)).statusCode, 200);
  });

  t.test('a service that does not answer leaves the session as it is', async (t) => {
    const visitor = await portal(t, { documents: [text('a', 'x')] });
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    for (const failure of [
      generalProblems.error('UNAVAILABLE', { what: generalProblems.of('part/database') }),
      pkiProblems.error('REVOCATION_UNAVAILABLE', { url: 'http://ocsp.test' }),
    ]) {
      visitor.flow.failures.set('receiveSignature', failure);
      const answer = await visitor.send('signature', { response: signature });
      t.equal(answer.statusCode, 503);
      t.match(answer.payload, 'Noget svarer ikke lige nu');
      t.match(answer.payload, `href="${visitor.path}"`);
      await visitor.get(visitor.path);
      t.equal(visitor.step, 'sign');
    }
  });

  t.test('an address that does not exist has a page too', async (t) => {
    const visitor = await portal(t, { documents: [] });
    t.equal((await visitor.get('/std/nothing')).statusCode, 404);
    t.equal(visitor.step, 'error');
  });
});

t.test('headers', async (t) => {
  t.test('every page is guarded, and only the signing page frames the client', async (t) => {
    const visitor = await portal(t, {
      documents: [text('a', 'x')],
      signing: {
        clientUrl: 'https://nemid.test/launcher/lmt/1',
        parameters: {},
      },
    });
    await visitor.open();
    t.match(visitor.page.headers, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    await visitor.send('read', { read: 'yes' });
    t.match(visitor.page.headers['content-security-policy'], /; frame-src https:\/\/nemid\.test$/);
    await visitor.get('/std/nothing');
    t.equal(visitor.page.headers['content-security-policy'], contentSecurityPolicy());
  });

  t.test('no page has inline scripts, styles or handlers', async (t) => {
    const folder = projectFile('templates', 'portal');
    for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.eta')) continue;
      const template = readFileSync(join(folder, file), 'utf8');
      t.notMatch(template, /<script(?![^>]*(src=|type="application\/json"))|<style|\sstyle=|\son\w+="/, file);
    }
  });

  t.test('assets: ours and the needed parts of pdf.js, nothing else', async (t) => {
    const visitor = await portal(t, { documents: [] });
    for (const path of [
      'portal.css',
      'viewer.js',
      'pdfjs/legacy/build/pdf.min.mjs',
      'pdfjs/wasm/openjpeg.wasm',
    ]) {
      const { statusCode, headers } = await visitor.get(`/std/assets/${path}`);
      t.equal(statusCode, 200, path);
      t.equal(headers['x-content-type-options'], 'nosniff');
    }
    for (const path of [
      '../layout.eta',
      '..%2flayout.eta',
      'pdfjs/package.json',
      'pdfjs/cmaps/..%2fpackage.json',
    ]) {
      t.equal((await visitor.get(`/std/assets/${path}`)).statusCode, 404, path);
    }
  });
});

t.test('the page’s origin', async (t) => {
  const origin = async (publicUrl: string, host: string): Promise<unknown> => {
    const visitor = await portal(
      t,
      { documents: [text('a', 'x')] },
      { host, 'accept-language': 'en' },
      publicUrl,
    );
    await visitor.open();
    await visitor.send('read', { read: 'yes' });
    return visitor.flow.lastCall('startSigning')?.[2];
  };
  t.match(await origin('https://sign.test', 'evil.test'), { origin: 'https://sign.test', language: 'en' });
  t.match(await origin('http://localhost:8080', '127.0.0.1:9999'), { origin: 'http://127.0.0.1:9999' });
  t.match(await origin('http://localhost:8080', 'evil.test'), {
    origin: 'http://localhost:8080',
    client: { ip: '127.0.0.1', userAgent: 'test browser', acceptLanguage: 'en' },
  });
});

t.test('languages', async (t) => {
  for (const [ordered, header, expected] of [
    ['da', 'en', 'da'],
    ['nb', 'en', 'da'],
    ['sv', undefined, 'da'],
    ['en', 'da', 'en'],
    ['et', 'da', 'en'],
    [undefined, 'en;q=0.5, da-DK', 'da'],
    [undefined, 'de-DE,de;q=0.9,da;q=0.1', 'en'],
    [undefined, '*', 'da'],
    [undefined, undefined, 'da'],
  ] as const) {
    t.equal(pageLanguage(ordered, header), expected, `${ordered ?? '-'} / ${header ?? '-'}`);
  }
});

t.test('the text library', async (t) => {
  const library = new TextLibrary(builtIn);
  const portalSources = [
    'src/server/http/portal',
    'src/server/http/verify',
    'src/identity/methods',
    'templates/portal',
  ]
    .flatMap((folder) =>
      readdirSync(projectFile(folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    )
    // profiles name claims of providers, which look like keys
    .filter((file) => /\.(eta|ts)$/.test(file) && !/\/profiles\//.test(file))
    .map((file) => readFileSync(projectFile(file), 'utf8'))
    .join('\n');

  t.test('has the same keys and placeholders in every language', async (t) => {
    t.same(library.keys('en'), library.keys('da'));
    const [da, en] = [library.translator('da'), library.translator('en')];
    for (const key of library.keys('da')) {
      t.same(en(key).match(/\{\w+\}/g), da(key).match(/\{\w+\}/g), key);
      t.not(da(key).trim(), '', key);
      t.not(en(key).trim(), '', key);
    }
  });

  t.test('has every key that is used', async (t) => {
    const used = [...portalSources.matchAll(/\b[tm]\('([^']+)'|[?:] '([a-z-]+\.[a-z.-]+)'/g)].map(
      (m) => m[1] ?? m[2]!,
    );
    t.ok(used.length > 50);
    for (const key of used) t.ok(library.has(key), key);
    for (const code of explainedErrors)
      t.ok(library.has(`error.${code}.title`) && library.has(`error.${code}.text`), code);
    for (const state of closedStates)
      t.ok(library.has(`closed.${state}.title`) && library.has(`closed.${state}.text`));
  });

  t.test('has no key that nothing uses', async (t) => {
    // families whose last part is chosen at run time
    const families =
      /^(nemid|oidc|otp|passkey|state|way|declare\.button|form\.problem|tasks\.state|todo|error\.[A-Z_]+|closed|verify\.(verdict|why|problem|proof|status|second|check|kind|name|detail|role|state|witnessed\.(by|how|name)))\./;
    for (const key of library.keys('da')) {
      t.ok(families.test(key) || key.startsWith('problem.') || portalSources.includes(`'${key}'`), key);
    }
    for (const key of library.keys('da').filter((name) => name.startsWith('problem.'))) {
      t.ok(portalSources.includes(key.slice('problem.'.length)), key);
    }
  });

  t.test('has a message for every NemID error code', async (t) => {
    const codes = [
      ...range('APP', 1, 5),
      ...range('APP', 7, 10),
      'AUTH001',
      ...range('AUTH', 3, 20),
      ...range('CAN', 1, 8),
      ...range('CAPP', 1, 4),
      ...range('CAPP', 6, 13),
      'LIB002',
      ...range('LOCK', 1, 3),
      ...range('SRV', 1, 11),
      ...range('OCES', 1, 6),
    ];
    for (const code of codes) t.ok(library.has(`nemid.${code}`), code);
  });

  t.test('shows the codes of OAuth 2.0 and OpenID Connect as notices, and no text of a page', async (t) => {
    const codes = ['access_denied', 'server_error', 'temporarily_unavailable', 'login_required'];
    for (const code of codes) t.ok(library.isNotice(`oidc.${code}`), code);
    for (const key of ['oidc.sign.how', 'oidc.unknown_code', 'sign.what', 'nemid.cpr.title'])
      t.notOk(library.isNotice(key), key);
  });
});

function range(prefix: string, first: number, last: number): string[] {
  return Array.from(
    { length: last - first + 1 },
    (_, index) => prefix + String(first + index).padStart(3, '0'),
  );
}
