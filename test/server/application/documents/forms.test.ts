/** A form on the store: ordered, filled in, changed, signed, packaged, told, deleted; judged by tools of others. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { isSeglError } from '@segl/problem/errors';
import { PackagingFlow } from '@segl/server/application/packaging/packaging-service';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import type { FormParam, OrderSpec } from '@segl/server/domain/order/model';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import { answers, makeForm } from '../../../support/pdf/form-pdf.ts';
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
import { tool } from '../../../support/tools.ts';
import { pageOf, posted } from '../../../support/server/methods.ts';

const application: TestApplication = await openTestApplication();
t.teardown(() => application.close());
const { orders, portal, storing, tasks: api } = application;
const pdf = await makeForm();

const formOrder = (inputParams: readonly FormParam[] = [], more: Partial<OrderSpec> = {}): OrderSpec =>
  order([task('fill', anna)], {
    documents: [
      {
        kind: 'provided',
        id: 'doc',
        description: 'Application',
        mimeType: 'application/pdf',
        data: pdf,
        form: { id: 'interactive', inputParams },
      },
    ],
    ...more,
  });

async function create(spec: OrderSpec): Promise<string> {
  const { requestIds } = await orders.createRequests(demo, [spec]);
  return requestIds[0]!;
}

const open = (requestId: string, taskId = 'fill'): Promise<SessionKey> =>
  portal.open({ requestId, taskId, client });

const stepOf = async (key: SessionKey): Promise<string> => (await portal.view(key)).step.kind;

const given = new Map(Object.entries(answers));

async function bytesOf(
  requestId: string,
  which: 'original' | 'generated' | 'sdo',
  taskId = 'fill',
): Promise<Buffer> {
  const found = await storing.getOrderDocument(demo, { requestId, taskId, documentId: 'doc', which });
  return buffer(found.open());
}

const problemsOf = async (spec: OrderSpec): Promise<string> => {
  try {
    await create(spec);
    return '';
  } catch (error) {
    if (isSeglError(error, 'ORDER_INVALID')) return error.text;
    throw error;
  }
};

t.test('filled in, changed, signed and told', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  const qpdf = tool(t, 'qpdf');
  if (!pdftotext || !qpdf) return;
  const folder = await mkdtemp(join(tmpdir(), 'segl-form-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));

  const requestId = await create(
    formOrder(
      [
        { name: 'applicant.name', value: 'Someone else' },
        { name: 'reference', value: 'Nr. 7' },
      ],
      {
        packagingTasks: [
          {
            id: 'pack',
            method: 'pades',
            notifications: [],
            documents: [{ taskId: 'fill', documentId: 'doc' }],
          },
        ],
      },
    ),
  );
  const key = await open(requestId);
  t.equal(await stepOf(key), 'form');
  const { fields, values } = await portal.form(key, 'doc');
  t.equal(fields.length, 9);
  t.same(values.get('applicant.name'), ['Someone else'], 'the order fills in');
  t.same(values.get('reference'), ['Nr. 7'], 'also what the signer cannot change');

  const wrong = await portal.fillForm(key, 'doc', new Map([['applicant.postcode', ['12345']]]));
  t.same(
    wrong.map(({ name, kind }) => [name, kind]),
    [
      ['applicant.name', 'missing'],
      ['applicant.postcode', 'too-long'],
      ['season', 'missing'],
    ],
  );
  t.equal(await stepOf(key), 'form', 'nothing is kept');
  await t.rejects(portal.markRead(key, 'doc'), { code: 'STEP_NOT_DUE' });

  t.same(await portal.fillForm(key, 'doc', new Map([...given, ['applicant.name', ['First try']]])), []);
  t.equal(await stepOf(key), 'read');
  const first = await buffer((await portal.document(key, 'doc', client)).open());
  await portal.markRead(key, 'doc');
  t.equal(await stepOf(key), 'sign');
  const early = await application.nativeSignature(key, 'doc', anna);

  await portal.reopenForm(key, 'doc');
  t.equal(await stepOf(key), 'form');
  t.same((await portal.form(key, 'doc')).values.get('applicant.name'), ['First try'], 'it remembers');
  t.same(
    await buffer((await portal.document(key, 'doc', client)).open()),
    Buffer.from(pdf),
    'the document is as it came while the form is open',
  );
  await t.rejects(portal.receiveSignature(key, 'doc', { ...posted(early), ...pageOf(client) }), {
    code: 'STEP_NOT_DUE',
  });
  t.same(await portal.fillForm(key, 'doc', given), []);
  await t.rejects(portal.markRead(key, 'doc'), { code: 'DOCUMENT_NOT_SHOWN' }, 'read again');
  const shown = await buffer((await portal.document(key, 'doc', client)).open());
  t.notSame(shown, first);
  await portal.markRead(key, 'doc');
  await t.rejects(
    portal.receiveSignature(key, 'doc', { ...posted(early), ...pageOf(client) }),
    { code: 'STEP_NOT_DUE' },
    'a signature of what it said before is refused',
  );
  await t.rejects(
    storing.getOrderDocument(demo, { requestId, taskId: 'fill', documentId: 'doc', which: 'generated' }),
    { code: 'RESULT_NOT_READY' },
  );
  await application.readAndSign(key, anna);
  await t.rejects(portal.reopenForm(key, 'doc'), { code: 'STEP_NOT_DUE' }, 'what is signed stays');
  const sent = portal.sendIn(key);
  while (
    (await orders.getRequestHistory(demo, requestId, 'fill')).every(({ type }) => type !== 'task-completed')
  ) {
    await packageTask(application.packaging, { requestId, taskId: 'fill' });
  }
  await sent;

  const [status] = await orders.getStatus(demo, [requestId]);
  const expected = fields.flatMap(({ name }) =>
    (name === 'reference' ? ['Nr. 7'] : (answers[name] ?? [])).map((value) => ({ name, value })),
  );
  t.same(status?.documents[0]?.formOutputParams, expected, 'what was typed is what is told');
  t.same(await bytesOf(requestId, 'original'), Buffer.from(pdf));
  const generated = await bytesOf(requestId, 'generated');
  t.same(generated, shown, 'what was shown is what is kept');

  const file = join(folder, 'generated.pdf');
  await writeFile(file, generated);
  execFileSync(qpdf, ['--check', file]);
  const read = execFileSync(pdftotext, ['-layout', file, '-'], { encoding: 'utf8' });
  for (const { name, value } of expected) {
    if (name === 'member' || name === 'season') continue;
    const wanted = name === 'applicant.postcode' ? /8\s+0\s+0\s+0/ : undefined;
    for (const line of value.split('\n')) t.match(read, wanted ?? line, `${name} can be read`);
  }
  const json = JSON.parse(
    execFileSync(qpdf, ['--json', '--json-key=acroform', file], { encoding: 'utf8' }),
  ) as {
    acroform: { fields: unknown[] };
  };
  t.same(json.acroform.fields, [], 'there is nothing left to fill in');

  const sdo = await bytesOf(requestId, 'sdo');
  const { content } = verifyLtvSdo(sdo);
  t.equal(
    Buffer.from(content.document.sha256).toString('hex'),
    execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64),
    'the signature is about the document made from the form',
  );
  const filled = content.creationAuditTrail.filter(({ type }) => type === 'signer-filled-form').at(-1);
  const said = Object.fromEntries((filled?.data ?? []).map(({ name, value }) => [name, value]));
  t.match(said, { 'values-digest': /^.{44}$/, 'fields-by-order': '["reference"]' });
  t.match(said['fields-by-signer'], '"applicant.name"');
  t.notMatch(JSON.stringify(content.creationAuditTrail), 'Søren', 'no value stands in the trail');

  await packageOrder(application.packaging, { requestId, packagingTaskId: 'pack' });
  const [packed] = await orders.getPackagingTaskStatus(demo, [requestId]);
  t.equal(packed?.status, 'completed', 'the PAdES holds the document that was signed');
  const made = await new PackagingFlow(application.packaging).createPackage(demo, {
    validationPolicy: 'ltvsdo-validator',
    packagingMethod: 'pades',
    sendResultToArchive: false,
    sdos: [
      {
        sdo: { kind: 'order', requestId, taskId: 'fill', documentId: 'doc', which: 'result' },
        original: { kind: 'uri', uri: `http://x/doc/demo/order/${requestId}/fill/doc/generated` },
      },
    ],
  });
  t.ok(made, 'a package at the caller’s wish takes the generated document by its address');

  const { db } = application.application.context;
  t.equal((await db.query('select 1 from filled_forms')).length, 1);
  await orders.deleteRequests(demo, [requestId]);
  t.equal((await db.query('select 1 from filled_forms')).length, 0, 'what was filled in goes with the order');
  t.notMatch(JSON.stringify(await orders.getRequest(demo, requestId)), 'Someone else');
});

t.test('an optional form may be left out, at any point', async (t) => {
  const requestId = await create(
    formOrder([], {
      tasks: [
        task('fill', anna, { documentActions: [{ type: 'sign', documentRef: 'doc', optional: true }] }),
        task('look', bo, { documentActions: [{ type: 'view', documentRef: 'doc' }] }),
      ],
    }),
  );
  const key = await open(requestId);
  await portal.fillForm(key, 'doc', given);
  await portal.skip(key, 'doc');
  const { db } = application.application.context;
  t.equal((await db.query('select 1 from filled_forms where session_ref = $1', [key.ref])).length, 0);
  t.equal(await stepOf(key), 'send-in');
  const sent = portal.sendIn(key);
  for (let state = ''; state !== 'completed';) {
    await packageTask(application.packaging, { requestId, taskId: 'fill' });
    state = (await orders.getStatus(demo, [requestId]))[0]!.status;
  }
  await sent;
  const [status] = await orders.getStatus(demo, [requestId]);
  t.same(status?.documents, []);
  await t.rejects(bytesOf(requestId, 'generated'), { code: 'RESULT_UNKNOWN' });
  const viewer = await open(requestId, 'look');
  t.same(await buffer((await portal.document(viewer, 'doc', client)).open()), Buffer.from(pdf));
});

t.test('whoever only looks sees what was signed, once it is', async (t) => {
  const requestId = await create(
    formOrder([], {
      tasks: [
        task('fill', anna),
        task('look', bo, {
          dependsOnTasks: ['fill'],
          documentActions: [{ type: 'view', documentRef: 'doc' }],
        }),
      ],
    }),
  );
  const key = await open(requestId);
  await portal.fillForm(key, 'doc', given);
  await application.readAndSign(key, anna);
  const sent = portal.sendIn(key);
  for (let state = ''; state !== 'completed';) {
    await packageTask(application.packaging, { requestId, taskId: 'fill' });
    state = (await orders.getStatus(demo, [requestId]))[0]!.status;
  }
  await sent;
  const viewer = await open(requestId, 'look');
  t.equal(await stepOf(viewer), 'read', 'there is nothing to fill in');
  const shown = await buffer((await portal.document(viewer, 'doc', client)).open());
  t.same(shown, await bytesOf(requestId, 'generated'));
  await t.rejects(portal.fillForm(viewer, 'doc', given), { code: 'STEP_NOT_DUE' });
});

t.test('orders that cannot be carried out are refused by name', async (t) => {
  t.match(
    await problemsOf(formOrder([{ name: 'nome', value: 'x' }])),
    /form\/input-param\[@name="nome"\]: the PDF has no field "nome"; its fields: "applicant\.name"/,
  );
  t.match(
    await problemsOf(formOrder([{ name: 'season', value: 'Winter' }])),
    /allowed: "Summer", "All year", "Off"/,
  );
  t.match(
    await problemsOf(formOrder([{ name: 'applicant.postcode', value: '12345' }])),
    /allowed: 4 characters/,
  );
  t.match(
    await problemsOf(formOrder([{ name: 'reference', value: '漢字' }])),
    /characters that cannot be printed: 漢字/,
  );
  t.match(
    await problemsOf(formOrder([{ name: 'reference', value: 'far too long '.repeat(20) }])),
    /does not fit into its place/,
  );
  const [document] = formOrder().documents;
  const withDocument = (more: object): OrderSpec => formOrder([], { documents: [{ ...document!, ...more }] });
  t.match(
    await problemsOf(withDocument({ form: { id: 'Loan', inputParams: [] } })),
    /form\/@id: "Loan" is not offered here; allowed: interactive/,
  );
  t.match(
    await problemsOf(withDocument({ mimeType: 'text/plain', data: Buffer.from('no form') })),
    /only a PDF can be filled in/,
  );
  t.match(await problemsOf(withDocument({ kind: 'upload' })), /only a PDF that comes with the request/);
  t.match(
    await problemsOf(formOrder([], { tasks: [task('fill', anna), task('again', bo)] })),
    /task\[@id="again"\]\/document-action\[1\]: the form is filled in and signed in the task "fill" already/,
  );
  const viewed = task('fill', anna, { documentActions: [{ type: 'view', documentRef: 'doc' }] });
  t.match(await problemsOf(formOrder([], { tasks: [viewed] })), /needs a sign action/);
  const requestId = await create(formOrder());
  await t.rejects(api.addTask(demo, requestId, task('later', bo)), { code: 'ORDER_INVALID' });
});
