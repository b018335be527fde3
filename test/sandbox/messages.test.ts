/** The mail trap and the SMS gateway, as senders, people and scripts see them. */
import { createTransport } from 'nodemailer';
import t from 'tap';
import type { TrappedMail } from '@segl/sandbox/mail/trap';
import type { TrappedSms } from '@segl/sandbox/sms/gateway';
import type { Sandbox } from '@segl/sandbox/main';
import { linkedText } from '@segl/sandbox/linked-text';
import { openSandbox, setting } from './support.ts';

const transportTo = (sandbox: Sandbox) => {
  const transport = createTransport({ url: setting(sandbox, 'SMTP_URL') });
  t.teardown(() => transport.close());
  return transport;
};
const page = async (sandbox: Sandbox, path: string): Promise<string> => {
  const response = await fetch(sandbox.url + path);
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return response.text();
};
const mails = async (sandbox: Sandbox): Promise<TrappedMail[]> =>
  JSON.parse(await page(sandbox, '/mail/api/messages')) as TrappedMail[];

t.test('mail of any make is shown: encodings, character sets, parts', async (t) => {
  const sandbox = await openSandbox(t);
  t.match(await page(sandbox, '/mail/'), 'No mail has come yet');
  const transport = transportTo(sandbox);
  const text = 'Blåbærgrød = 100 %\nLinje to – €\n';
  const common = { from: 'Æble <a@b.example>', to: 'c@d.example' };
  await transport.sendMail({ ...common, subject: 'Blåbær og grød '.repeat(9), text, encoding: 'base64' });
  await transport.sendMail({ ...common, subject: 'qp', text, textEncoding: 'quoted-printable' });
  await transport.sendMail({
    ...{ ...common, subject: 'parts', text, html: '<p>not this</p>' },
    attachments: [{ filename: 'a.txt', content: 'nor this' }],
  });
  await transport.sendMail({
    envelope: { from: 'a@b.example', to: ['c@d.example', 'e@f.example'] },
    raw: Buffer.from('Subject: =?iso-8859-1?Q?bl=E5b=E6r?=\r\nFrom: x\r\n\r\nbare', 'latin1'),
  });
  const [bare, ...others] = await mails(sandbox);
  t.match(bare, {
    subject: 'blåbær',
    text: 'bare',
    to: '',
    envelope: { to: ['c@d.example', 'e@f.example'] },
  });
  for (const mail of others)
    t.equal(mail.text.replaceAll('\r\n', '\n').trimEnd(), text.trimEnd(), mail.subject.slice(0, 12));
  t.equal(others.at(-1)?.subject.trim(), 'Blåbær og grød '.repeat(9).trim());
  t.equal(others[0]?.from, 'Æble <a@b.example>');

  const list = await page(sandbox, '/mail/');
  t.match(list, 'c@d.example, e@f.example');
  t.match(await page(sandbox, `/mail/message/${bare!.id}`), 'bare');
  t.equal((await fetch(`${sandbox.url}/mail/message/none`)).status, 404);
});

t.test('a mail is shown, never run; its links can be followed', async (t) => {
  const sandbox = await openSandbox(t);
  await transportTo(sandbox).sendMail({
    from: 'a@b.example',
    to: 'c@d.example',
    subject: '<script>alert(1)</script>',
    text: 'Go to http://h.example/?a=1&b=2. <img src=x onerror=alert(1)> javascript:alert(1)',
  });
  const html = await page(sandbox, `/mail/message/${(await mails(sandbox))[0]!.id}`);
  t.match(html, '<a href="http://h.example/?a=1&amp;b=2">http://h.example/?a=1&amp;b=2</a>. &lt;img');
  t.notMatch(html, /<script|<img|href="javascript/);
  t.same(linkedText('(https://x.example/a)'), [
    { text: '(' },
    { text: 'https://x.example/a', href: 'https://x.example/a' },
    { text: ')' },
  ]);
  t.end();
});

t.test('what is too large, refused or postponed is answered as a mail server would', async (t) => {
  const sandbox = await openSandbox(t);
  const transport = transportTo(sandbox);
  const send = (to: string, text = 'x') =>
    transport.sendMail({ from: 'a@b.example', to, text }).catch((error: unknown) => error);
  t.match(await send('x@refused.example'), { responseCode: 550 });
  t.match(await send('x@later.example'), { responseCode: 451 });
  t.match(await send('x@y.example', 'x'.repeat(1_100_000)), { code: /EMESSAGE|EENVELOPE/ });
  t.same(await mails(sandbox), []);
});

t.test('the SMS gateway takes a message once, and shows it', async (t) => {
  const sandbox = await openSandbox(t);
  const send = async (body: unknown): Promise<number> => {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(setting(sandbox, 'SMS_GATEWAY_URL'), init)).status;
  };
  const message = { to: '+4512345678', from: 'Segl', text: 'Sign: http://h.example/ <b>', id: 'msg_1' };
  t.equal(await send(message), 202);
  t.equal(await send(message), 202);
  const list = JSON.parse(await page(sandbox, '/sms/api/messages')) as TrappedSms[];
  t.match(list, [{ to: '+4512345678', from: 'Segl', text: message.text }]);
  t.equal(list.length, 1, 'the same id is the same message');
  t.match(await page(sandbox, '/sms/'), '<a href="http://h.example/">http://h.example/</a> &lt;b&gt;');
  for (const bad of [
    null,
    {},
    { ...message, to: '12345678' },
    { ...message, text: '' },
    { ...message, id: 1 },
    { ...message, text: 'x'.repeat(2_000) },
  ])
    t.equal(await send(bad), 400, JSON.stringify(bad)?.slice(0, 80));
});
