import { builtIn } from '@segl/identity/methods/index';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import t from 'tap';
import { systemClock } from '@segl/problem/clock';
import { readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { signParameters, writeTimestamp } from '@segl/identity/methods/nemid/client/parameters';
import { serverProblems } from '@segl/server/problems';
import { portalPlugin } from '@segl/server/http/portal/plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import type { Sandbox } from '@segl/sandbox/main';
import { readPage } from '@segl/sandbox/person/page';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { ScriptedFlow, type Script, type ScriptedDocument } from '../support/server/scripted-flow.ts';
import { scriptedSessions } from '../support/server/scripted-sessions.ts';
import { keyOf, openSandbox } from './support.ts';

const document = (documentId: string, more: Partial<ScriptedDocument> = {}): ScriptedDocument => ({
  documentId,
  title: `Aftale ${documentId}`,
  mimeType: 'text/plain; charset=utf-8',
  bytes: Buffer.from('teksten'),
  ...more,
});

interface TestHandle {
  teardown(fn: () => Promise<void>): void;
}

/** The portal over a scripted flow, on a free port; its signing step has parameters that the sandbox accepts. */
async function openPortal(t: TestHandle, sandbox: Sandbox, script: Script) {
  const app = fastify();
  t.teardown(() => app.close());
  const parameters = await signParameters(
    {
      CLIENTFLOW: 'OCESSIGN2',
      SIGNTEXT: Buffer.from('teksten').toString('base64'),
      TIMESTAMP: writeTimestamp(systemClock.now()),
    },
    await keyOf(sandbox, 'VOCES'),
  );
  const flow = new ScriptedFlow({
    signing: { clientUrl: `${sandbox.url}/launcher/lmt/1`, parameters },
    ...script,
  });
  await portalPlugin(app, {
    methods: builtIn,
    flow,
    sessions: scriptedSessions(flow),
    config: { publicUrl: 'http://localhost', maxDocumentBytes: 1 << 20 },
    log: silentLogger,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const taskUrl = `http://localhost:${String(port)}/std/docaction/demo?request_id=request-1&task_id=task_1`;
  return { flow, taskUrl };
}

t.test('a test person goes through the portal', async (t) => {
  const sandbox = await openSandbox(t);
  const play = (taskUrl: string, user: string, more: { nationalId?: string } = {}) =>
    signAsPerson({ taskUrl, user, sandboxUrl: sandbox.url, ...more });

  t.test('reads, signs, gives the CPR number, sends in', async (t) => {
    const { flow, taskUrl } = await openPortal(t, sandbox, {
      documents: [document('bilag/1 & æ+%'), document('to', { action: 'view' }), document('tre')],
      cpr: '2309761371',
      onComplete: 'https://customer.test/a/../færdig?x=1&task=a%2Fb',
    });
    const told: string[] = [];
    const { redirectedTo, steps } = await signAsPerson({
      taskUrl,
      user: 'bo',
      sandboxUrl: sandbox.url,
      log: (step) => told.push(step),
    });
    t.equal(redirectedTo, 'https://customer.test/a/../færdig?x=1&task=a%2Fb', 'as the order gave it');
    t.same(steps, told);
    t.same(steps, [
      'opened the task',
      'read document "bilag/1 & æ+%"',
      'signed document "bilag/1 & æ+%" with NemID as Bo Prøve Østerbølge',
      'gave the CPR number',
      'read document "to"',
      'read document "tre"',
      'signed document "tre" with NemID as Bo Prøve Østerbølge',
      'gave the CPR number',
      `sent in, and sent on to ${redirectedTo ?? ''}`,
    ]);
    const [, documentId, result] = flow.lastCall('receiveSignature') ?? [];
    t.equal(documentId, 'tre');
    const message = readNativeMessage(
      Buffer.from((result as { input: { data: string } }).input.data, 'base64'),
    );
    t.equal(Buffer.from(message.properties.get('signtext')?.value ?? []).toString(), 'teksten');
  });

  t.test('ends on the portal where the order names no address', async (t) => {
    const { taskUrl } = await openPortal(t, sandbox, { documents: [document('a')] });
    const { redirectedTo, steps } = await play(taskUrl, 'anna');
    t.equal(redirectedTo, undefined);
    t.equal(steps.at(-1), 'sent in');
  });

  t.test('says what the page says when it cannot go on', async (t) => {
    const mismatch = await openPortal(t, sandbox, { documents: [document('a')], cpr: '2309761371' });
    await t.rejects(play(mismatch.taskUrl, 'bo', { nationalId: '2309761372' }), {
      code: 'PERSON_STUCK',
      params: { step: 'step identify', text: /CPR/ },
    });
    const locked = await openPortal(t, sandbox, { documents: [document('a')] });
    await t.rejects(play(locked.taskUrl, 'frida'), { code: 'PERSON_STUCK', params: { step: 'step sign' } });
    const waiting = await openPortal(t, sandbox, {
      documents: [document('a')],
      closed: { task_1: serverProblems.error('TASK_WAITING') },
    });
    await t.rejects(play(waiting.taskUrl, 'anna'), {
      code: 'PERSON_STUCK',
      params: { step: 'step error, TASK_WAITING', text: /\w/ },
    });
    await t.rejects(play(waiting.taskUrl, 'nobody'), { code: 'PERSON_UNKNOWN' });
    await t.rejects(play(`${sandbox.url}/`, 'anna'), {
      code: 'PERSON_STUCK',
      params: { step: 'step none', text: /The world around the service/ },
    });
  });
});

t.test('pages are read by their handles', async (t) => {
  const page = readPage(
    `<!doctype html><head><title>no</title><style>p > a {}</style></head><body>
    <!-- <form data-action="comment"> --><main class=x data-step='sign' data-document="a &amp; &quot;b&quot; &#230;&#xf8;">
    <p>Hello &lt;you&gt;<br>there</p>
    <script type="application/json" id="signing">{"parameters":{"A":"<form data-action=\\"no\\">"}}</script>
    <form data-action="signature" action="/std/x?a=1&amp;b=2" method="post">
      <input type="hidden" name="_csrf" value="t&#39;k>n"><input type=hidden name=document value="a &amp; b">
      <input type="checkbox" name="read" value="yes" required><input name="free"><button name="go">go</button>
    </form><input name="outside" value="x"></main></body>`,
    'http://portal.test/std/task/ref',
  );
  t.equal(page.step, 'sign');
  t.equal(page.documentId, 'a & "b" æø');
  t.same(page.signing, { parameters: { A: '<form data-action="no">' } });
  t.same(page.forms.get('signature'), {
    action: 'http://portal.test/std/x?a=1&b=2',
    fields: { _csrf: "t'k>n", document: 'a & b', free: '' },
  });
  t.same([...page.forms.keys()], ['signature']);
  t.equal(page.text, 'Hello <you> there go');
  t.equal(readPage('not a page', 'http://portal.test/').step, undefined);
});
