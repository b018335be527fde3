/** Forms on the portal: fields as a page, errors beside them, back again. */
import t from 'tap';
import { TextLibrary } from '@segl/server/http/portal/texts';
import type { FormField } from '@segl/server/domain/order/form-fields';
import { openPortal } from '../../../support/server/portal-guest.ts';
import type { ScriptedDocument } from '../../../support/server/scripted-flow.ts';

const field = (more: Partial<FormField> & { name: string }): FormField => ({
  label: more.name,
  page: 1,
  kind: 'text',
  required: false,
  readOnly: false,
  open: false,
  options: [],
  values: [],
  ...more,
});

const options = ['red', 'blue'].map((value) => ({ value, label: value.toUpperCase() }));

const document: ScriptedDocument = {
  documentId: 'form/1 æ',
  title: 'Application',
  mimeType: 'application/pdf',
  bytes: Buffer.from('%PDF-1.7 form'),
  form: [
    field({ name: '__proto__', label: 'Name <b>', required: true, maxLength: 20 }),
    field({ name: 'f0', kind: 'lines' }),
    field({ name: 'color', kind: 'choice', options }),
    field({ name: 'extras', kind: 'choices', options, page: 2 }),
    field({ name: 'agree', kind: 'check', options: [{ value: 'Yes', label: 'Yes' }] }),
    field({ name: 'fixed', readOnly: true, values: ['set by the sender'] }),
  ],
};

const link = '/std/docaction/demo?request_id=request-1&task_id=task_1';
const text = new TextLibrary().translator('en');

t.test('filled in, read, changed, and read again', async (t) => {
  const guest = await openPortal(t, { documents: [document] });
  await guest.open(link);
  t.equal(guest.page.step, 'form');
  t.match(guest.answer.body, /max="4"/, 'fill in, read, sign, send in');
  t.match(guest.answer.body, 'Name &lt;b&gt;', 'labels are text');
  t.match(guest.answer.body, 'set by the sender');
  t.match(guest.answer.body, text('form.page', { page: 2 }));
  await guest.send('form', { f0: ' Anna ', f1: 'one\r\ntwo', f2: 'blue', f3: 'red', f4: 'Yes', f5: 'other' });
  t.equal(guest.page.step, 'read');
  const kept = guest.flow.filled.get('form/1 æ')!;
  t.same(kept.get('__proto__'), ['Anna']);
  t.same(kept.get('f0'), ['one\ntwo']);
  t.same(kept.get('extras'), ['red']);
  t.same(kept.get('fixed'), ['set by the sender'], 'nobody changes what is fixed');

  await guest.send('change-form');
  t.equal(guest.page.step, 'form');
  t.match(guest.answer.body, 'value="Anna"');
  t.match(guest.answer.body, /<option value="blue" selected>/);
  t.match(guest.answer.body, /value="red" checked/);
  t.match(guest.answer.body, '\none\ntwo</textarea>');
  await guest.send('form', { f0: 'Bo' });
  t.same(guest.flow.filled.get('form/1 æ')!.get('agree'), [], 'a box that is not ticked is not sent');
  const { origin, pathname } = new URL(guest.answer.url);
  await guest.browser.get(`${origin}${pathname}/document/${encodeURIComponent('form/1 æ')}`);
  await guest.send('read', { read: 'yes' });
  t.equal(guest.page.step, 'sign');
  t.ok(guest.page.forms.has('change-form'), 'until it is signed');
});

t.test('what is wrong is said beside the field, and nothing typed is lost', async (t) => {
  const guest = await openPortal(t, { documents: [document] });
  await guest.open(link);
  await guest.send('form', { f0: 'x'.repeat(21), f1: 'a <note>', f2: 'green' });
  t.equal(guest.answer.status, 422);
  t.equal(guest.page.step, 'form');
  t.match(guest.answer.body, text('form.problem.too-long', { detail: '20' }));
  t.match(guest.answer.body, text('form.problem.not-an-option'));
  t.match(guest.answer.body, /id="f0"[^>]* aria-invalid="true" aria-describedby="f0-problem"/);
  t.match(guest.answer.body, '<a href="#f0">Name &lt;b&gt;</a>', 'the list of what is wrong leads there');
  t.match(guest.answer.body, 'a &lt;note&gt;');
  t.match(guest.answer.body, '<title>Notice: Fill in');
  t.match(guest.answer.body, 'set by the sender', 'what is fixed is still told');
  t.equal(guest.flow.filled.size, 0);
  await guest.send('form', { f0: '' });
  t.match(guest.answer.body, text('form.problem.missing'));
});

t.test('only a form of this session is taken, and an old one changes nothing', async (t) => {
  const guest = await openPortal(t, { documents: [document] });
  await guest.open(link);
  const { action, fields } = guest.page.forms.get('form')!;
  const forged = await guest.browser.post(action, { ...fields, _csrf: 'x', f0: 'Eve' });
  t.equal(forged.status, 403);
  t.equal(guest.flow.filled.size, 0);
  const page = guest.answer;
  await guest.send('form', { f0: 'Anna' });
  guest.answer = page;
  await guest.send('form', { f0: 'Bo' });
  t.equal(guest.page.step, 'read');
  t.same(guest.flow.filled.get('form/1 æ')!.get('__proto__'), ['Anna']);
  guest.flow.timeOut();
  const late = await guest.browser.post(action, { ...fields, f0: 'x'.repeat(1 << 20) });
  t.match(late.body, 'data-code="SESSION_GONE"', 'told before the body is read');
});
