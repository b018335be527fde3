/** Mail and text messages, sent to the sandbox's mail trap and SMS gateway and to servers that misbehave. */
import { createServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import t, { type Test } from 'tap';
import { MailTrap } from '@segl/sandbox/mail/trap';
import { ManualClock } from '@segl/problem/clock';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { createMailer, type Mail, type Mailer } from '@segl/server/adapters/outbound/mail';
import { fillMessage } from '@segl/server/adapters/outbound/message-text';
import { createOutbound } from '@segl/server/adapters/outbound/outbound';
import { createSmsGateway, type SmsGateway } from '@segl/server/adapters/outbound/sms';

const now = new Date('2026-05-04T10:00:00Z');

t.test('placeholders in messages', (t) => {
  const taskUrl = 'https://sign.example/std/docaction/demo?request_id=R&task_id=a%20b';
  const values = { taskUrl, requestId: 'R', taskId: 'a b' };
  for (const [text, expected] of [
    ['Sign here: ${taskUrl}', `Sign here: ${taskUrl}`],
    ['(${taskUrl})\n${taskUrl}.', `(${taskUrl})\n${taskUrl}.`],
    ['Task ${taskId} of ${requestId}', 'Task a b of R'],
    ['https://x.example/?r=${requestId}&t=${taskId} or ${taskId}', 'https://x.example/?r=R&t=a%20b or a b'],
    ['see (https://x.example/${taskId})', 'see (https://x.example/a%20b)'],
    ['https://go.example/?to=${taskUrl}', `https://go.example/?to=${encodeURIComponent(taskUrl)}`],
    ['https://x.example/%24%7BrequestId%7D/%24%7btaskId%7d', 'https://x.example/R/a%20b'],
    [
      '${subjectName} ${taskurl} ${} $requestId {taskId}',
      '${subjectName} ${taskurl} ${} $requestId {taskId}',
    ],
    ['100 % and 5 $ stay', '100 % and 5 $ stay'],
  ] as const)
    t.equal(fillMessage(text, values), expected);
  t.equal(
    fillMessage('${title}: ${signerName}, https://x.example/?t=${title}', { ...values, title: 'a b' }),
    'a b: ${signerName}, https://x.example/?t=a%20b',
  );
  t.equal(
    fillMessage('${taskId} ${requestId}', { taskUrl, requestId: 'R' }),
    '${taskId} R',
    'no task, no id',
  );
  t.end();
});

async function trap(t: Test): Promise<{ trap: MailTrap; mailer: Mailer }> {
  const clock = new ManualClock(now);
  const open = await MailTrap.open({ host: '127.0.0.1', port: 0, clock, log: silentLogger });
  const mailer = createMailer({ url: `smtp://127.0.0.1:${open.port}`, from: 'Segl <segl@sign.example>' });
  t.teardown(async () => {
    mailer.close();
    await open.close();
  });
  return { trap: open, mailer };
}

const mail = (more: Partial<Mail> = {}): Mail => ({
  deliveryId: 'msg_1',
  recipient: 'anna@example.com',
  subject: 'Please sign',
  text: 'Hello',
  at: now,
  ...more,
});

t.test('a mail arrives as it was meant', async (t) => {
  const { trap: mailTrap, mailer } = await trap(t);
  const text = `Kære Anna Ærø,\n\nunderskriv her: https://sign.example/std/docaction/demo?request_id=${'r'.repeat(58)}&task_id=a\n.\nLinje med prik foran\n€ 100 – “tak”\n`;
  t.same(await mailer.send(mail({ subject: `Underskriv: ${'købsaftale '.repeat(12)}`, text })), {
    kind: 'delivered',
    status: 250,
  });
  const [got] = mailTrap.mails;
  t.match(got, {
    from: 'Segl <segl@sign.example>',
    to: 'anna@example.com',
    subject: `Underskriv: ${'købsaftale '.repeat(12)}`.trim(),
    messageId: '<msg_1@sign.example>',
    envelope: { from: 'segl@sign.example', to: ['anna@example.com'] },
  });
  t.equal(got?.text.replaceAll('\r\n', '\n').trimEnd(), text.trimEnd());
  t.match(got?.raw, /^Auto-Submitted: auto-generated\r$/m);
  t.match(got?.raw, /^Date: Mon, 04 May 2026 10:00:00 \+0000\r$/m);
  t.notMatch(got?.raw, /^Sender:/m);
});

t.test("a notification's own sender", async (t) => {
  const { trap: mailTrap, mailer } = await trap(t);
  for (const [sender, from, own] of [
    ['sales@acme.example', 'sales@acme.example', true],
    ['Acme A/S <sales@acme.example>', '"Acme A/S" <sales@acme.example>', true],
    ['Acme', 'Acme <segl@sign.example>', false],
    ['  ', 'Segl <segl@sign.example>', false],
    ['Acme\r\nBcc: eve@example.com', '"Acme Bcc: eve@example.com" <segl@sign.example>', false],
  ] as const) {
    await mailer.send(mail({ sender }));
    const [got] = mailTrap.mails;
    t.equal(got?.from.replaceAll('"', ''), from.replaceAll('"', ''), sender);
    t.equal(/^Sender: Segl <segl@sign.example>\r$/m.test(got?.raw ?? ''), own);
    t.same(
      got?.envelope,
      { from: 'segl@sign.example', to: ['anna@example.com'] },
      'bounces come to the service',
    );
  }
});

t.test('nothing in a message makes a header, a recipient or a file of it', async (t) => {
  const { trap: mailTrap, mailer } = await trap(t);
  await mailer.send(
    mail({ subject: 'a\r\nBcc: eve@example.com\r\n\r\nx', text: '{"path":"/etc/passwd"}\r\n.\r\nQUIT\r\n' }),
  );
  const [got] = mailTrap.mails;
  t.equal(got?.subject, 'a Bcc: eve@example.com x');
  t.match(got?.text, '{"path":"/etc/passwd"}');
  t.match(got?.text, 'QUIT');
  t.same(got?.envelope.to, ['anna@example.com']);
  t.equal(mailTrap.mails.length, 1);
});

t.test('what a mail server refuses for good is over; all else may pass', async (t) => {
  const { mailer } = await trap(t);
  t.same(await mailer.send(mail({ recipient: 'anna@refused.example' })), {
    kind: 'stop',
    why: { code: 'delivery/mail-answered', params: { status: 550 } },
  });
  t.match(await mailer.send(mail({ recipient: 'anna@later.example' })), {
    kind: 'retry',
    why: { code: 'delivery/mail-answered', params: { status: 451 } },
  });
  const gone = createMailer({ url: 'smtp://127.0.0.1:9', from: 'segl@sign.example' });
  t.match(await gone.send(mail()), {
    kind: 'retry',
    why: { code: 'delivery/mail-unreached', params: { code: /ECONNREFUSED|ESOCKET/ } },
  });
  const silent = await silentServer(t);
  const waiting = createMailer({ url: `smtp://127.0.0.1:${silent}`, from: 'a@b.example', timeoutMs: 200 });
  t.match(await waiting.send(mail()), {
    kind: 'retry',
    why: { code: 'delivery/mail-unreached', params: { code: 'ETIMEDOUT' } },
  });
  t.throws(() => createMailer({ url: 'smtp://h', from: 'nobody' }), { code: 'CONFIG_INVALID' });
});

/** Takes connections and says nothing. */
async function silentServer(t: Test): Promise<number> {
  const server: Server = createTcpServer((socket) => t.teardown(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

interface Gateway {
  readonly gateway: SmsGateway;
  readonly requests: { authorization: string | undefined; type: string | undefined; body: unknown }[];
  answer: { status: number; headers?: Record<string, string> };
}

async function gatewayOf(t: Test): Promise<Gateway> {
  const requests: Gateway['requests'] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const { authorization, 'content-type': type } = request.headers;
      requests.push({ authorization, type, body: JSON.parse(text) as unknown });
      response.writeHead(state.answer.status, state.answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const outbound = createOutbound({ allow: ['127.0.0.0/8'], timeoutMs: 1_000 });
  t.teardown(async () => {
    await outbound.close();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send?key=k`;
  const state: Gateway = {
    gateway: createSmsGateway({ url, token: 'secret', from: 'Segl', outbound }),
    requests,
    answer: { status: 202 },
  };
  return state;
}

t.test('a text message goes to the gateway as JSON', async (t) => {
  const state = await gatewayOf(t);
  const message = { deliveryId: 'msg_1', recipient: '0045 12 34 56 78', text: 'Kære Anna ✍' };
  t.same(await state.gateway.send(message, now), { kind: 'delivered', status: 202 });
  await state.gateway.send({ ...message, sender: 'Acme' }, now);
  t.same(
    state.requests.map(({ body }) => body),
    [
      { to: '+4512345678', from: 'Segl', text: 'Kære Anna ✍', id: 'msg_1' },
      { to: '+4512345678', from: 'Acme', text: 'Kære Anna ✍', id: 'msg_1' },
    ],
  );
  t.match(state.requests[0], { authorization: 'Bearer secret', type: 'application/json' });
});

t.test('what a gateway answers', async (t) => {
  const state = await gatewayOf(t);
  const message = { deliveryId: 'msg_1', recipient: '+4512345678', text: 'x' };
  for (const status of [400, 410, 422]) {
    state.answer = { status };
    t.same(await state.gateway.send(message, now), {
      kind: 'stop',
      why: { code: 'delivery/sms-answered', params: { status } },
    });
  }
  for (const status of [302, 401, 404, 500, 503]) {
    state.answer = { status };
    t.match(await state.gateway.send(message, now), { kind: 'retry', waitMs: 0 }, String(status));
  }
  state.answer = { status: 429, headers: { 'retry-after': '90' } };
  t.match(await state.gateway.send(message, now), { kind: 'retry', waitMs: 90_000 });
  t.match(await state.gateway.send({ ...message, recipient: '12345678' }, now), { kind: 'stop' });
  const outbound = createOutbound({ allow: [], timeoutMs: 500 });
  t.teardown(() => outbound.close());
  const refused = createSmsGateway({ url: 'http://127.0.0.1:9/?key=k', outbound });
  const outcome = await refused.send(message, now);
  t.match(outcome, { kind: 'retry' });
  t.notMatch(JSON.stringify(outcome), /key=k/, 'its address may hold a secret');
});
