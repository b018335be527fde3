/** Documents that come later, and those that are asked for: what there is by then, of which order, and whose it is. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { findOrderDocument } from '@segl/server/adapters/postgres/orders/order-documents';
import { findArchived } from '@segl/server/adapters/postgres/sds';
import { ArchiveFlow } from '@segl/server/application/documents/archived';
import { findReferenced } from '@segl/server/application/documents/referenced-document';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { pageOf, posted } from '../../../support/server/methods.ts';
import type { DocumentReference } from '@segl/server/domain/order/account';
import type { DocumentAction, DocumentSpec, TaskSpec } from '@segl/server/domain/order/model';
import {
  anna,
  bo,
  client,
  demo,
  openTestApplication,
  order,
  task,
} from '../../../support/server/services.ts';

const other = { service: 'other' };
const home = await openTestApplication();
t.teardown(() => home.close());
const { context } = home.application;
const { db, config } = context;

const create = async (...args: Parameters<typeof order>): Promise<string> =>
  (await home.orders.createRequests(demo, [order(...args)])).requestIds[0]!;
const acts = (id: string, ...documentActions: DocumentAction[]): TaskSpec =>
  task(id, undefined, { documentActions, signatures: [] });
const signs = (id: string, person: typeof anna, ...ids: string[]): TaskSpec =>
  task(id, person, { documentActions: ids.map((documentRef) => ({ type: 'sign', documentRef })) });
const provided = (id: string, description: string): DocumentSpec => ({
  ...{ kind: 'provided', id, description, mimeType: 'text/plain', data: Buffer.from(description) },
});
const fromTask = (refTaskId: string, refDocumentId: string, id: string, more = {}): DocumentSpec => ({
  ...{ kind: 'result', id, refTaskId, refDocumentId, ...more },
});

/** Goes through a task, and leaves out what is named. */
async function finish(requestId: string, taskId: string, person = anna, leaveOut: readonly string[] = []) {
  const { portal } = home;
  const key = await portal.open({ requestId, taskId, client });
  for (;;) {
    const { step } = await portal.view(key);
    if (!('documentId' in step)) break;
    const { kind, documentId } = step;
    if (leaveOut.includes(documentId)) await portal.skip(key, documentId);
    else if (kind === 'upload') {
      await portal.upload(key, documentId, 'text/plain', Readable.from([Buffer.from('Mine.')]));
    } else if (kind === 'read') {
      (await portal.document(key, documentId, client)).open().resume();
      await portal.markRead(key, documentId);
    } else {
      const response = await home.nativeSignature(key, documentId, person);
      await portal.receiveSignature(key, documentId, { ...posted(response), ...pageOf(client) });
    }
  }
  const sent = home.portal.sendIn(key);
  for (;;) {
    await packageTask(home.packaging, { requestId, taskId });
    const all = await home.orders.getStatus(demo, [requestId]);
    if (all.find((one) => one.taskId === taskId)?.status === 'completed') break;
  }
  await sent;
}
const rowOf = (requestId: string, id: string) => findOrderDocument(db, requestId, id);
const found = async (
  field: 'document-description' | 'archive-id' | 'mime-type',
  value: string,
  requestId: string,
) =>
  (
    await home.tasks.findTasks(
      demo,
      { criteria: [{ field, value, operator: 'equals', caseSensitive: true }] },
      { from: 0, to: 100 },
    )
  )
    .filter((one) => one.requestId === requestId)
    .map(({ taskId }) => taskId);

t.test('the result of a task is its package, or what was uploaded in it', async (t) => {
  const sign = (documentRef: string) => ({ type: 'sign', documentRef, optional: true }) as const;
  const view = (documentRef: string) => ({ type: 'view', documentRef }) as const;
  const requestId = await create(
    [
      task('a', anna, { documentActions: [sign('doc'), sign('more')] }),
      acts('up', { type: 'upload', documentRef: 'passport' }),
      { ...acts('last', view('signed'), view('given'), view('from nobody')), dependsOnTasks: ['a', 'up'] },
    ],
    {
      documents: [
        provided('doc', 'A promise'),
        provided('more', 'More'),
        { kind: 'upload', id: 'passport', description: 'Passport' },
        fromTask('a', 'doc', 'signed', { externalReference: 'case 7', signTextEntry: 'see above' }),
        fromTask('up', 'passport', 'given'),
        fromTask('a', 'more', 'from nobody'),
      ],
    },
  );
  t.equal(await rowOf(requestId, 'signed'), undefined);
  await finish(requestId, 'a', anna, ['more']);
  const signed = await rowOf(requestId, 'signed');
  t.match(signed, { title: 'A promise', contentType: 'application/x-ltv-sdo', archiveId: null });
  t.match(signed, { externalReference: 'case 7', signTextEntry: 'see above' });
  t.equal(await rowOf(requestId, 'from nobody'), undefined, 'it was left out');
  t.equal(await rowOf(requestId, 'given'), undefined, 'its task is open');
  await finish(requestId, 'up');
  const given = await rowOf(requestId, 'given');
  t.match(given, { title: 'Passport', contentType: 'text/plain', size: 5, externalReference: null });
  t.same(await found('mime-type', 'application/x-ltv-sdo', requestId), ['last']);
});

t.test('a PDF of several documents has all of their titles', async (t) => {
  const documents = ['doc', 'annex'].map((documentId) => ({ taskId: 'a', documentId }));
  const requestId = await create(
    [
      signs('a', anna, 'doc', 'annex', 'other'),
      acts('b', { type: 'view', documentRef: 'kept' }, { type: 'view', documentRef: 'sealed' }),
    ],
    {
      documents: [
        ...[provided('doc', 'A promise'), provided('annex', 'An annex'), provided('other', 'Another')],
        { kind: 'packaging-result', id: 'sealed', refPackagingTaskId: 'p' },
        { kind: 'packaging-result', id: 'kept', refPackagingTaskId: 'q' },
      ],
      packagingTasks: [
        { id: 'p', method: 'pades', notifications: [], documents },
        { id: 'q', method: 'pades', notifications: [], documents: documents.slice(1), sendToArchive: true },
      ],
    },
  );
  await finish(requestId, 'a');
  t.equal(await rowOf(requestId, 'sealed'), undefined, 'not made yet');
  for (const packagingTaskId of ['p', 'q'])
    await packageOrder(home.packaging, { requestId, packagingTaskId });
  const common = { contentType: 'application/pdf', externalReference: null };
  t.match(await rowOf(requestId, 'sealed'), { ...common, title: 'A promise · An annex', archiveId: null });
  const kept = await rowOf(requestId, 'kept');
  t.match(kept, { ...common, title: 'An annex', archiveId: String });
  t.equal((await findArchived(db, 'demo', kept!.archiveId!))?.sha256, kept!.sha256);
  t.same(await found('document-description', 'A promise · An annex', requestId), ['b']);
  t.same(await found('archive-id', kept!.archiveId!, requestId), ['b']);
});

t.test('what is uploaded is in the archive where the document or the task has it so', async (t) => {
  const give = (documentRef: string, more: Partial<DocumentAction> = {}) =>
    ({ type: 'upload', documentRef, optional: true, ...more }) as DocumentAction;
  const upload = (id: string, more = {}): DocumentSpec => ({
    kind: 'upload',
    id,
    description: `An ${id}`,
    ...more,
  });
  const requestId = await create(
    [
      acts('one', give('order')),
      acts('two', give('action', { sendResultToArchive: true })),
      acts('three', give('neither')),
      acts('four', give('none'), { type: 'view', documentRef: 'doc' }),
    ],
    {
      documents: [
        ...[provided('doc', 'A promise'), upload('order', { sendToArchive: true }), upload('action')],
        ...[upload('neither', { externalReference: 'case 7' }), upload('none')],
      ],
    },
  );
  for (const taskId of ['one', 'two', 'three']) await finish(requestId, taskId);
  await finish(requestId, 'four', anna, ['none']);
  for (const id of ['order', 'action']) {
    const { archiveId, sha256 } = (await rowOf(requestId, id))!;
    t.match(await findArchived(db, 'demo', archiveId!), { sha256, contentType: 'text/plain', size: 5 }, id);
  }
  t.match(await rowOf(requestId, 'neither'), {
    ...{ archiveId: null, uploadedIn: 'three', title: 'An neither', externalReference: 'case 7' },
  });
  t.equal(await rowOf(requestId, 'none'), undefined, 'it was left out');
});

t.test('documents of an order: what there is, and when', async (t) => {
  const requestId = await create(
    [signs('a', anna, 'doc'), acts('b', { type: 'view', documentRef: 'doc' }), signs('c', bo, 'doc')],
    {
      documents: [provided('doc', 'A promise'), provided('unused', 'Unused')],
    },
  );
  const get = (taskId: string, documentId: string, which: 'original' | 'generated' | 'sdo', account = demo) =>
    home.storing.getOrderDocument(account, { requestId, taskId, documentId, which });
  const unknown = { code: 'RESULT_UNKNOWN' };
  const original = await get('a', 'doc', 'original');
  t.match(original, { contentType: 'text/plain', size: 9 });
  t.equal((await buffer(original.open())).toString(), 'A promise');
  await t.rejects(get('a', 'doc', 'sdo'), { code: 'RESULT_NOT_READY' });
  await finish(requestId, 'a');
  t.equal((await get('a', 'doc', 'sdo')).contentType, 'application/x-ltv-sdo');
  await finish(requestId, 'b');
  await t.rejects(get('b', 'doc', 'sdo'), unknown, 'nothing was signed in it');
  await t.rejects(get('a', 'doc', 'generated'), unknown, 'it is no form');
  await t.rejects(get('a', 'unused', 'original'), unknown, 'the task has it not');
  await t.rejects(get('x', 'doc', 'original'), unknown);
  await t.rejects(get('a', 'doc', 'original', other), unknown);

  const reference = { kind: 'order', requestId, documentId: 'doc' } as const;
  const find = (
    more: { which: 'source' | 'generated' | 'result'; taskId?: string; documentId?: string },
    account = demo,
  ) => findReferenced(context, account, { ...reference, ...more });
  const { sha256 } = (await rowOf(requestId, 'doc'))!;
  t.match(await find({ which: 'source' }), { sha256, order: { requestId } }, 'any task shows the original');
  const signed = await find({ which: 'result' });
  t.equal(signed.contentType, 'application/x-ltv-sdo', 'one task has a result');
  t.equal((await find({ which: 'result', taskId: 'a' })).sha256, signed.sha256);
  await t.rejects(find({ which: 'result', taskId: 'c' }), { code: 'RESULT_NOT_READY' });
  await t.rejects(find({ which: 'source', documentId: 'unused' }), unknown);
  await t.rejects(find({ which: 'source' }, other), unknown);
  await finish(requestId, 'c', bo);
  await t.rejects(find({ which: 'result' }), { code: 'TASK_ID_NEEDED', params: { documentId: 'doc' } });
  const open = await create([signs('a', anna, 'doc'), signs('b', bo, 'doc')]);
  await t.rejects(findReferenced(context, demo, { ...reference, requestId: open, which: 'result' }), {
    code: 'RESULT_NOT_READY',
  });

  await home.orders.deleteRequests(demo, [requestId]);
  await t.rejects(get('a', 'doc', 'original'), unknown);
});

t.test('references by address: only the path counts, and only of the own account', async (t) => {
  const id = await home.storing.putSds(demo, 'text/plain', Readable.from([Buffer.from('x')]));
  const { sha256 } = await findReferenced(context, demo, { kind: 'sds', id });
  const at = (uri: string, account = demo) => findReferenced(context, account, { kind: 'uri', uri });
  for (const origin of ['http://any.example', 'https://other.example:8443', config.publicUrl])
    t.equal((await at(`${origin}/doc/demo/sds/${id}`)).sha256, sha256);
  const requestId = await create([task('a', anna)]);
  const path = `http://x.example/doc/demo/order/${requestId}/a/doc`;
  t.match(await at(`${path}/original`), { order: { requestId }, contentType: 'text/plain' });
  await t.rejects(at(`${path}/sdo`), { code: 'RESULT_NOT_READY' });
  await t.rejects(at(`${path}/generated`), { code: 'RESULT_UNKNOWN' });
  const long = `file:///${'x'.repeat(300)}`;
  for (const uri of [
    'nonsense',
    'ftp://x.example/doc/demo/sds/1',
    'http://x.example/else',
    'http://x.example/doc/demo/sds',
    long,
  ])
    await t.rejects(
      at(uri),
      { code: 'DOCUMENT_URI_REFUSED', params: { uri: uri.slice(0, 200) } },
      uri.slice(0, 40),
    );
  await t.rejects(at(`http://x.example/doc/other/sds/${id}`), { code: 'SERVICE_FOREIGN' });
  for (const [kind, code] of [
    ['sds', 'SDS_UNKNOWN'],
    ['archive', 'ARCHIVE_UNKNOWN'],
  ] as const)
    for (const account of [demo, other])
      await t.rejects(findReferenced(context, account, { kind, id: 'x' } satisfies DocumentReference), {
        code,
        params: { id: 'x' },
      });
  await t.rejects(findReferenced(context, other, { kind: 'sds', id }), { code: 'SDS_UNKNOWN' });
  await t.rejects(home.storing.deleteSds(other, id), { code: 'SDS_UNKNOWN', params: { id } });
  await home.storing.deleteSds(demo, id);
  await t.rejects(home.storing.getSds(demo, id), { code: 'SDS_UNKNOWN', params: { id } });
});

t.test('the archive gives and removes what is its own account’s', async (t) => {
  const requestId = await create([task('a', anna)], {
    documents: [{ ...provided('doc', 'A promise'), sendToArchive: true } as DocumentSpec],
  });
  const id = (await rowOf(requestId, 'doc'))!.archiveId!;
  const archive = new ArchiveFlow(context);
  t.same(await archive.authenticate('demo', 'Bond007'), demo);
  const kept = await archive.getDocument(demo, id);
  t.same([kept.contentType, Buffer.from(kept.bytes).toString()], ['text/plain', 'A promise']);
  t.equal((await home.storing.getArchived(demo, id)).size, 9);
  const unknown = { code: 'ARCHIVE_UNKNOWN', params: { id } };
  await t.rejects(archive.getDocument(other, id), unknown);
  await t.rejects(home.storing.getArchived(other, id), unknown);
  t.same(await archive.removeDocuments(other, [id]), []);
  t.same(await archive.removeDocuments(demo, ['x', id, id]), [id], 'each once');
  await t.rejects(archive.getDocument(demo, id), unknown);
});
