/** Uploads by signers: a plain form with a file, streamed to the flow. */
import { once } from 'node:events';
import t from 'tap';
import type { FormFile } from '@segl/sandbox/person/browser';
import { TextLibrary } from '@segl/server/http/portal/texts';
import { openPortal, type PortalGuest } from '../../../support/server/portal-guest.ts';
import { RawConnection } from '../../../support/server/raw-http.ts';
import type { ScriptedDocument } from '../../../support/server/scripted-flow.ts';

const own = (more: Partial<ScriptedDocument> = {}): ScriptedDocument => ({
  documentId: 'slip/1 & æ',
  title: 'Pay slip',
  mimeType: '',
  bytes: Buffer.alloc(0),
  action: 'upload',
  ...more,
});

const file = (name: string, type: string, content: string | Uint8Array): FormFile => ({
  field: 'file',
  name,
  type,
  bytes: Buffer.from(content),
});

const link = '/std/docaction/demo?request_id=request-1&task_id=task_1';
const text = new TextLibrary().translator('en');

/** The size that the page names follows from `maxDocumentBytes`. */
const says = (guest: PortalGuest, key: string): boolean =>
  guest.page.text.includes(text(key, { limit: '1 MB' }));

t.test('a file is uploaded, shown, and sent in', async (t) => {
  const guest = await openPortal(t, { documents: [own()] });
  await guest.open(link);
  t.equal(guest.page.step, 'upload');
  t.match(guest.answer.body, 'at most 1 MB', 'the limit is said before');
  t.notMatch(guest.answer.body, '/document/', 'nothing to look at yet');
  t.match(guest.answer.body, /max="3"/, 'upload, look, send in');
  await guest.send('upload', {}, file('løn.pdf', 'application/pdf', '%PDF-1.7 mine'));
  t.same(guest.flow.lastCall('upload')?.slice(1), ['slip/1 & æ', 'application/pdf']);
  t.equal(guest.page.step, 'read');
  t.ok(says(guest, 'upload.check.title'));
  const shown = await guest.browser.get(`${guest.answer.url}/document/${encodeURIComponent('slip/1 & æ')}`);
  t.equal(shown.body, '%PDF-1.7 mine');

  await guest.send('upload', {}, file('note.txt', 'text/plain', 'another one'));
  t.match(guest.answer.body, 'another one', 'it may be replaced, and text is on the page itself');
  await guest.send('read', { read: 'yes' });
  t.equal(guest.page.step, 'send-in');
  t.match(guest.answer.body, text('state.uploaded'));
  await guest.send('send-in');
  t.equal(guest.page.step, 'done');
});

t.test('what kind of file it is, its name says better than many devices do', async (t) => {
  for (const [name, type, taken] of [
    ['a.PDF', 'application/octet-stream', 'application/pdf'],
    ['a.txt', '', 'text/plain'],
    ['a', 'application/pdf', 'application/pdf'],
    ['a.txt', 'text/plain;charset=windows-1252', 'text/plain'],
  ] as const) {
    const guest = await openPortal(t, { documents: [own()] });
    await guest.open(link);
    await guest.send('upload', {}, file(name, type, 'x'));
    t.equal(guest.flow.lastCall('upload')?.[2], taken, `${name} ${type}`);
  }
});

t.test('what is wrong is said on the page, and the signer tries again', async (t) => {
  const guest = await openPortal(t, { documents: [own()], largest: 1 << 20 });
  await guest.open(link);
  await guest.send('upload', {}, file('a.exe', 'application/x-msdownload', 'MZ'));
  t.equal(guest.page.step, 'upload');
  t.ok(says(guest, 'problem.UPLOAD_REFUSED'));
  await guest.send('upload', {}, file('a.pdf', 'application/pdf', Buffer.alloc((1 << 20) + 1)));
  t.ok(says(guest, 'problem.PAYLOAD_TOO_LARGE'));
  await guest.send('upload', {}, file('', 'application/octet-stream', ''));
  t.ok(says(guest, 'problem.UPLOAD_MISSING'), 'no file chosen');
  await guest.send('upload', {}, file('a.pdf', 'application/pdf', Buffer.alloc(1 << 20)));
  t.equal(guest.page.step, 'read');
});

t.test('an upload of an earlier page changes nothing', async (t) => {
  const guest = await openPortal(t, { documents: [own()] });
  await guest.open(link);
  const before = guest.answer;
  await guest.send('upload', {}, file('a.txt', 'text/plain', 'x'));
  await guest.send('read', { read: 'yes' });
  guest.answer = before;
  await guest.send('upload', {}, file('b.txt', 'text/plain', 'y'));
  t.equal(guest.page.step, 'send-in');
  t.equal(Buffer.from(guest.flow.uploaded.get('slip/1 & æ')!.bytes).toString(), 'x');
});

t.test('only a form of this session is taken', async (t) => {
  const guest = await openPortal(t, { documents: [own()] });
  await guest.open(link);
  const page = guest.answer;
  const { action, fields } = guest.page.forms.get('upload')!;
  const pdf = file('a.pdf', 'application/pdf', '%PDF-');
  for (const [what, attempt] of [
    ['no token', guest.browser.post(action, { document: fields['document']! }, pdf)],
    ['a wrong token', guest.browser.post(action, { ...fields, _csrf: 'x' }, pdf)],
    ['no file and no multipart', guest.browser.post(action, fields)],
  ] as const) {
    const answer = await attempt;
    t.equal(answer.status, 403, what);
    t.match(answer.body, 'data-code="FORM_REFUSED"');
  }
  t.equal(guest.flow.lastCall('upload'), undefined);
  guest.flow.timeOut();
  guest.answer = page;
  await guest.send('upload', {}, pdf);
  t.equal(guest.page.errorCode, 'SESSION_GONE');
});

t.test('a file that stops in the middle is no file', async (t) => {
  const guest = await openPortal(t, { documents: [own()] });
  await guest.open(link);
  const { action, fields } = guest.page.forms.get('upload')!;
  const { pathname, port } = new URL(action);
  const ref = pathname.split('/')[3] ?? '';
  const connection = new RawConnection(Number(port));
  const part = (head: string, body: string): string =>
    `--b\r\ncontent-disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
  const body =
    part('name="_csrf"', fields['_csrf']!) +
    part('name="document"', 'slip/1 & æ') +
    '--b\r\ncontent-disposition: form-data; name="file"; filename="a.pdf"\r\ncontent-type: application/pdf\r\n\r\n%PDF';
  const [began, ended] = [once(guest.flow.uploads, 'began'), once(guest.flow.uploads, 'ended')];
  await connection.send(
    `POST ${pathname} HTTP/1.1\r\nhost: localhost\r\ncookie: segl.${ref}=secret-1\r\n` +
      `content-type: multipart/form-data; boundary=b\r\ncontent-length: 100000\r\n\r\n${body}`,
  );
  await began;
  connection.close();
  await ended;
  t.equal(guest.flow.uploaded.size, 0);
  await guest.open(link);
  t.equal(guest.page.step, 'upload');
});

t.test('an optional upload may be left out', async (t) => {
  const guest = await openPortal(t, { documents: [own({ optional: true })] });
  await guest.open(link);
  await guest.send('skip');
  t.equal(guest.page.step, 'send-in');
});
