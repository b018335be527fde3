/** Packaging and sealing at the caller's wish, and the archive, on real parts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { PdfSource } from '../../../../conformance/attacks/pdf-source.ts';
import { createWorld } from '../../../../conformance/world.ts';
import { signPades } from '@segl/ades/pades/sign';
import { readAttachments } from '@segl/ades/pades/verify';
import { packagingServices } from '@segl/server/http/soap/packaging/packaging-service';
import { answer } from '@segl/server/http/soap/service';
import { ArchiveFlow } from '@segl/server/application/documents/archived';
import { verifyEvidencePdf, verifyEvidenceXades } from '@segl/identity/evidence/verify';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { PackagingFlow } from '@segl/server/application/packaging/packaging-service';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import type { PackageOrder } from '@segl/server/application/api';
import type { Account, DocumentReference } from '@segl/server/domain/order/account';
import type { DocumentAction, DocumentSpec, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import { listPackagingTasks } from '@segl/server/adapters/postgres/orders/orders';
import {
  removeServiceTemplate,
  setServiceTemplate,
} from '@segl/server/adapters/postgres/accounts/service-templates';
import { createEvidence } from '../../../support/signatures/evidence.ts';
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
import { makePdf, SMALL, writePdf } from '../../../support/pdf/pdf.ts';
import { base, namespaceOf, operation, texts } from '../../../support/server/soap-call.ts';
import { run, tool } from '../../../support/tools.ts';
import { pageOf, posted } from '../../../support/server/methods.ts';

const other: Account = { service: 'other' };
const pdfOne = Buffer.from(await makePdf(2));
const pdfTwo = Buffer.from(writePdf(SMALL));
const text = Buffer.from('Jeg lover det på ære.\n', 'latin1');

let home: TestApplication;
let packaging: PackagingFlow;
let archive: ArchiveFlow;
let folder: string;
/** Anna and Bo signed `doc` (PDF), Anna alone `second` (PDF) and `text`; all went their way. */
let requestId: string;

const provided = (id: string, title: string, mimeType: string, data: Uint8Array): DocumentSpec => ({
  kind: 'provided',
  id,
  description: title,
  mimeType,
  data,
});
const signs = (documentRef: string, more: Partial<DocumentAction> = {}): DocumentAction => ({
  type: 'sign',
  documentRef,
  ...more,
});
const result = (taskId: string, documentId: string): DocumentReference => ({
  kind: 'order',
  requestId,
  taskId,
  documentId,
  which: 'result',
});

t.before(async () => {
  home = await openTestApplication();
  packaging = new PackagingFlow(home.packaging);
  archive = new ArchiveFlow(home.application.context);
  folder = await mkdtemp(join(tmpdir(), 'segl-packaging-'));
  requestId = await complete(
    [
      task('a', anna, { documentActions: [signs('doc'), signs('second'), signs('text')] }),
      task('b', bo, { documentActions: [signs('doc', { sendResultToArchive: true })] }),
    ],
    {
      language: 'en',
      documents: [
        provided('doc', 'Lease', 'application/pdf', pdfOne),
        provided('second', 'Annex', 'application/pdf', pdfTwo),
        provided('text', 'Promise', 'text/plain; charset=ISO-8859-1', text),
      ],
    },
  );
});
t.teardown(async () => {
  await home.close();
  await rm(folder, { recursive: true, force: true });
});

/** An order that every signer has been through: person by task id, `b` is Bo. */
async function complete(tasks: readonly TaskSpec[], more: Partial<OrderSpec>): Promise<string> {
  const { requestIds } = await home.orders.createRequests(demo, [order(tasks, more)]);
  const [id = ''] = requestIds;
  for (const { id: taskId } of tasks) {
    const key = await home.portal.open({ requestId: id, taskId, client });
    await home.readAndSign(key, taskId === 'b' ? bo : anna);
    const sent = home.portal.sendIn(key);
    for (let tries = 0; tries < 100; tries++) {
      await packageTask(home.packaging, { requestId: id, taskId });
      const states = await home.orders.getStatus(demo, [id]);
      if (states.find((info) => info.taskId === taskId)?.status === 'completed') break;
    }
    await sent;
  }
  return id;
}

const upload = (bytes: Uint8Array, contentType = 'application/pdf', account = demo): Promise<string> =>
  home.storing.putSds(account, contentType, Readable.from([bytes]));

const resultBytes = async (taskId: string, documentId: string): Promise<Buffer> => {
  const path = { requestId, taskId, documentId, which: 'sdo' } as const;
  return buffer((await home.storing.getOrderDocument(demo, path)).open());
};

const make = (
  sdos: PackageOrder['sdos'],
  more: Partial<PackageOrder> = {},
  account = demo,
): Promise<string> =>
  packaging.createPackage(account, {
    validationPolicy: 'ltvsdo-validator',
    packagingMethod: 'pades',
    sendResultToArchive: false,
    sdos,
    ...more,
  });

async function fetchSds(t: Test, id: string): Promise<Buffer> {
  const stored = await home.storing.getSds(demo, id);
  t.equal(stored.contentType, 'application/x-pades');
  return buffer(stored.open());
}

/** Asks our own verifier, then tools that are not ours. Gives the text of the pages, white space made even. */
async function judge(t: Test, pdf: Uint8Array, signatures = 1): Promise<string> {
  const { seal, tsaAnchors } = home.packaging;
  verifyEvidencePdf(pdf, { sealAnchors: seal.anchors, tsaAnchors });
  const path = join(folder, 'judged.pdf');
  await writeFile(path, pdf);
  const [qpdf, pdfsig, pdftotext] = ['qpdf', 'pdfsig', 'pdftotext'].map((name) => tool(t, name));
  if (qpdf) t.match(run(qpdf, ['--check', path]), { code: 0 }, 'sound for qpdf');
  if (pdfsig) {
    const { output } = run(pdfsig, ['-nocert', path]);
    t.equal(output.match(/Signature is Valid/g)?.length, signatures, 'valid for pdfsig');
    t.match(output, /Total document signed/);
  }
  const { output } = pdftotext ? run(pdftotext, ['-layout', path, '-']) : { output: '' };
  return Buffer.from(output, 'latin1').toString('utf8').replace(/\s+/g, ' ');
}

t.test('results of several signers become one PAdES of the document, in their order', async (t) => {
  const pdf = await fetchSds(t, await make([{ sdo: result('b', 'doc') }, { sdo: result('a', 'doc') }]));
  const shown = await judge(t, pdf);
  t.ok(pdf.subarray(0, pdfOne.length).equals(pdfOne), 'the document is not rewritten');
  t.same(
    readAttachments(pdf).map(({ name, bytes }) => [name, Buffer.from(bytes).toString('utf8')]),
    [
      ['ltv-sdo-1.xml', (await resultBytes('b', 'doc')).toString('utf8')],
      ['ltv-sdo-2.xml', (await resultBytes('a', 'doc')).toString('utf8')],
    ],
  );
  t.match(shown, /Page 1[^]*Page 2[^]*Signed by/);
  t.ok(shown.indexOf(bo.name) < shown.indexOf(anna.name), 'Bo first, as he was asked for');
  t.match(shown, requestId, 'one order: the page names it');
});

t.test('a package is found by every kind of reference', async (t) => {
  const bytes = await resultBytes('b', 'doc');
  const [status] = (await home.orders.getStatus(demo, [requestId])).filter(({ taskId }) => taskId === 'b');
  const archived = status?.documents[0]?.result;
  if (archived?.kind !== 'archive') return t.fail('the result went to the archive');
  const sds = await upload(bytes, 'application/x-ltv-sdo');
  const base = 'https://sign.example.com:8443/doc/demo';
  const references: DocumentReference[] = [
    { kind: 'sds', id: sds },
    { kind: 'archive', id: archived.archiveId },
    result('b', 'doc'),
    { kind: 'order', requestId, documentId: 'text', which: 'result' },
    { kind: 'uri', uri: `${base}/order/${requestId}/b/doc/sdo` },
    { kind: 'uri', uri: `${base}/archive/${archived.archiveId}` },
    { kind: 'uri', uri: `${base}/sds/${sds}?x=1` },
  ];
  for (const sdo of references) {
    t.match(await make([{ sdo }]), /^[0-9a-z]{58}$/, JSON.stringify(sdo));
  }
  await t.rejects(make([{ sdo: { kind: 'order', requestId, documentId: 'doc', which: 'result' } }]), {
    code: 'TASK_ID_NEEDED',
  });
});

t.test('different documents become attachments, each as it was signed', async (t) => {
  const pdf = await fetchSds(
    t,
    await make([
      { sdo: result('a', 'second') },
      { sdo: result('a', 'doc') },
      { sdo: result('a', 'text') },
      { sdo: result('b', 'doc') },
    ]),
  );
  const shown = await judge(t, pdf);
  const files = new Map(readAttachments(pdf).map((file) => [file.name, file]));
  t.same(
    [...files.keys()],
    [
      'document-1.pdf',
      'document-2.pdf',
      'document-3.txt',
      ...[1, 2, 3, 4].map((number) => `ltv-sdo-${number}.xml`),
    ],
  );
  t.ok(pdfTwo.equals(files.get('document-1.pdf')!.bytes));
  t.ok(pdfOne.equals(files.get('document-2.pdf')!.bytes));
  t.ok(text.equals(files.get('document-3.txt')!.bytes));
  t.match(files.get('document-2.pdf'), { description: 'Lease', mimeType: 'application/pdf' });
  t.match(shown, /The documents themselves, unchanged, and the signatures are attached/);
  t.match(shown, /Annex · Lease · Promise/);
  t.match(shown, /Lease \(document-2\.pdf\)[^]*Lease \(document-2\.pdf\)/, 'who signed what');
  t.match(pdf.toString('latin1'), /\/PageMode \/UseAttachments/);
});

t.test('a text is rendered, and attached as it was signed', async (t) => {
  const pdf = await fetchSds(t, await make([{ sdo: result('a', 'text') }]));
  t.match(await judge(t, pdf), /Jeg lover det på ære\.[^]*Signed by/);
  const [file] = readAttachments(pdf);
  t.match(file, { name: 'document-1.txt', mimeType: 'text/plain' });
  t.ok(text.equals(file!.bytes));
});

t.test('the original may be given, must be the one, and is asked for when nobody has it', async (t) => {
  const lonely = await complete([task('a', anna)], {});
  const path = { requestId: lonely, taskId: 'a', documentId: 'doc', which: 'sdo' } as const;
  const bytes = await buffer((await home.storing.getOrderDocument(demo, path)).open());
  const sdo = { kind: 'sds', id: await upload(bytes) } as const;
  t.ok(await make([{ sdo }]), 'the order has it');
  await home.orders.deleteRequests(demo, [lonely]);
  await t.rejects(make([{ sdo }]), { code: 'ORIGINAL_NEEDED', params: { number: 1 } });
  const wrong = { kind: 'sds', id: await upload(text, 'text/plain') } as const;
  await t.rejects(make([{ sdo, original: wrong }]), { code: 'ORIGINAL_MISMATCH' });
  const mine = { kind: 'sds', id: await upload(Buffer.from('I promise.'), 'text/plain') } as const;
  t.ok(await make([{ sdo, original: mine }]));
  const foreign = {
    kind: 'sds',
    id: await upload(Buffer.from('I promise.'), 'text/plain', other),
  } as const;
  await t.rejects(make([{ sdo, original: foreign }]), { code: 'SDS_UNKNOWN' });
  await home.storing.deleteSds(demo, mine.id);
  await t.rejects(make([{ sdo }]), { code: 'ORIGINAL_NEEDED' }, 'that another service has it, helps nobody');
});

t.test('a PDF is in its LTV-SDO: nothing else is needed', async (t) => {
  const alone = await complete([task('a', anna)], {
    documents: [provided('doc', 'Alone', 'application/pdf', Buffer.from(await makePdf(1)))],
  });
  const path = { requestId: alone, taskId: 'a', documentId: 'doc', which: 'sdo' } as const;
  const bytes = await buffer((await home.storing.getOrderDocument(demo, path)).open());
  await home.orders.deleteRequests(demo, [alone]);
  const pdf = await fetchSds(t, await make([{ sdo: { kind: 'sds', id: await upload(bytes) } }]));
  const shown = await judge(t, pdf);
  t.ok(pdf.subarray(0, 5).toString() === '%PDF-' && readAttachments(pdf).length === 1);
  t.match(shown, 'Alone');
  t.notMatch(shown, alone, 'it comes from no order that is known');
});

t.test('what is no sound LTV-SDO of this service is refused, by its number', async (t) => {
  const good = { sdo: result('a', 'doc') };
  const bytes = await resultBytes('a', 'doc');
  const changed = Buffer.from(bytes.toString('utf8').replace(anna.name, anna.name.toUpperCase()));
  t.notOk(changed.equals(bytes));
  const stranger = await createEvidence();
  const bad = {
    'a changed byte': changed,
    'an LTV-SDO under other anchors': Buffer.from(await stranger.seal(stranger.content)),
    'no LTV-SDO': pdfOne,
    'no XML': Buffer.from('hello'),
    'XML with a document type': Buffer.from('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
  };
  for (const [what, uploaded] of Object.entries(bad)) {
    const sdo = { kind: 'sds', id: await upload(uploaded, 'application/x-ltv-sdo') } as const;
    await t.rejects(make([good, { sdo }]), { code: 'SDO_REFUSED', params: { number: 2 } }, what);
  }
  const source = { ...result('a', 'doc'), which: 'source' } as DocumentReference;
  await t.rejects(make([{ sdo: source }]), { code: 'SDO_REFUSED' }, 'an original');
  await t.rejects(make([good, good]), { code: 'SDO_REPEATED', params: { number: 2 } });
  await t.rejects(make([]), { code: 'SDO_COUNT_REFUSED' });
  await t.rejects(make([good], { validationPolicy: 'none' }), { code: 'VALIDATION_POLICY_UNKNOWN' });
  await t.rejects(make([good], { packagingMethod: 'zip' }), {
    code: 'PACKAGING_METHOD_UNKNOWN',
    message: /"zip".*pades/,
  });
});

t.test('what belongs to another service is as unknown as what does not exist', async (t) => {
  const id = await upload(await resultBytes('a', 'doc'));
  const [status] = (await home.orders.getStatus(demo, [requestId])).filter(({ taskId }) => taskId === 'b');
  const archived = status?.documents[0]?.result;
  if (archived?.kind !== 'archive') return t.fail('the result went to the archive');
  const uri = (path: string): DocumentReference => ({ kind: 'uri', uri: `http://localhost${path}` });
  const cases: [DocumentReference, DocumentReference, string][] = [
    [{ kind: 'sds', id }, { kind: 'sds', id: 'none' }, 'SDS_UNKNOWN'],
    [{ kind: 'archive', id: archived.archiveId }, { kind: 'archive', id: 'none' }, 'ARCHIVE_UNKNOWN'],
    [result('a', 'doc'), { ...result('a', 'doc'), requestId: 'none' } as DocumentReference, 'RESULT_UNKNOWN'],
    [uri(`/doc/other/sds/${id}`), uri('/doc/other/sds/none'), 'SDS_UNKNOWN'],
    [uri(`/doc/demo/sds/${id}`), uri('/doc/nobody/sds/none'), 'SERVICE_FOREIGN'],
    [
      uri(`/doc/other/order/${requestId}/a/doc/sdo`),
      uri('/doc/other/order/none/a/doc/sdo'),
      'RESULT_UNKNOWN',
    ],
  ];
  for (const [foreign, missing, code] of cases) {
    const seal = (document: DocumentReference) =>
      packaging.createSeal(other, { packagingMethod: 'seal', document, sendResultToArchive: false });
    for (const reference of [foreign, missing]) {
      await t.rejects(make([{ sdo: reference }], {}, other), { code });
      await t.rejects(seal(reference), { code });
    }
  }
});

t.test('addresses are read, never fetched', async (t) => {
  for (const uri of [
    'http://169.254.169.254/latest/meta-data',
    'file:///doc/demo/sds/1',
    'http://localhost/doc/demo/sds',
    'http://localhost/doc/demo/order/1/2/3/other',
    '/doc/demo/sds/1',
    'not a uri',
  ]) {
    await t.rejects(make([{ sdo: { kind: 'uri', uri } }]), { code: 'DOCUMENT_URI_REFUSED' }, uri);
  }
});

t.test('a task that is not completed has nothing to package', async (t) => {
  const { requestIds } = await home.orders.createRequests(demo, [order([task('a', anna)])]);
  const sdo = { ...result('a', 'doc'), requestId: requestIds[0]! } as DocumentReference;
  await t.rejects(make([{ sdo }]), { code: 'RESULT_NOT_READY' });
});

t.test('a PDF is sealed as it is, again and again', async (t) => {
  const seal = (document: DocumentReference, sendResultToArchive = false) =>
    packaging.createSeal(demo, { packagingMethod: 'seal', document, sendResultToArchive });
  const id = await seal({ kind: 'sds', id: await upload(pdfOne) });
  const once = await fetchSds(t, id);
  t.ok(once.subarray(0, pdfOne.length).equals(pdfOne));
  t.notMatch(await judge(t, once), /Segl|Underskrift/, 'no page, nothing to be seen');
  const archiveId = await seal({ kind: 'sds', id }, true);
  const twice = await archive.getDocument(demo, archiveId);
  t.equal(twice.contentType, 'application/x-pades');
  await judge(t, twice.bytes, 2);
  const original = { ...result('a', 'doc'), which: 'source' } as DocumentReference;
  t.ok(await seal(original));
  for (const [bytes, code] of [
    [text, 'PDF_INVALID'],
    [writePdf({ ...SMALL, 1: '<</Type /Catalog /Pages 2 0 R /Perms <</DocMDP <<>>>>>>' }), 'PDF_CERTIFIED'],
  ] as const) {
    await t.rejects(seal({ kind: 'sds', id: await upload(bytes) }), { code });
  }
  await t.rejects(
    packaging.createSeal(demo, {
      packagingMethod: 'pades',
      document: original,
      sendResultToArchive: false,
    }),
    { code: 'PACKAGING_METHOD_UNKNOWN', message: /seal/ },
  );
});

t.test('what an author certified stays as it was certified', async (t) => {
  const source = new PdfSource(createWorld());
  for (const level of [1, 2, 3] as const) {
    const certified = await source.certified(level, { pdf: pdfOne });
    const signed = await complete([task('a', anna)], {
      documents: [provided('doc', 'Certified', 'application/pdf', certified)],
    });
    const pdf = await fetchSds(
      t,
      await make([{ sdo: { ...result('a', 'doc'), requestId: signed } as never }]),
    );
    t.match(await judge(t, pdf), /Certified/, 'a signature page of its own');
    const attached = readAttachments(pdf).find(({ name }) => name === 'document-1.pdf');
    t.ok(certified.equals(attached!.bytes), 'the document itself is attached');
    const seal = packaging.createSeal(demo, {
      ...{ packagingMethod: 'seal', sendResultToArchive: false },
      document: { kind: 'sds', id: await upload(certified) },
    });
    if (level === 1) await t.rejects(seal, { code: 'PDF_CERTIFIED' });
    else await judge(t, await fetchSds(t, await seal), 2);
  }
});

t.test("somebody else's signature that does not hold is no reason against ours", async (t) => {
  const { key } = home.packaging.seal;
  const attachments: [] = [];
  const signingTime = home.clock.now();
  const signed = Buffer.from(
    await signPades({ pdf: pdfOne, attachments, key, signerName: 'Somebody', signingTime }),
  );
  // a byte of the comment in the second line: the file stays sound, its signature does not
  signed[10]! ^= 1;
  const broken = await complete([task('a', anna)], {
    documents: [provided('doc', 'Signed before', 'application/pdf', signed)],
  });
  const sdo = { ...result('a', 'doc'), requestId: broken } as DocumentReference;
  const pdf = await fetchSds(t, await make([{ sdo }]));
  await judge(t, pdf, 1);
  t.ok(pdf.subarray(0, signed.length).equals(signed));
  const { seal, tsaAnchors } = home.packaging;
  const [theirs, ours] = verifyEvidencePdf(pdf, { sealAnchors: seal.anchors, tsaAnchors }).signatures;
  t.match(theirs, { signerName: 'Somebody', coversFile: false, problem: { code: String } });
  t.match(ours, { changes: [], problem: undefined });
});

t.test('the packaging method says which format and level comes out', async (t) => {
  const { seal, tsaAnchors } = home.packaging;
  const trust = { sealAnchors: seal.anchors, tsaAnchors };
  for (const [packagingMethod, level] of [
    ['pades', 'LTA'],
    ['pades-b-lt', 'LT'],
    ['pades-b-t', 'T'],
  ] as const) {
    const id = await make([{ sdo: result('a', 'doc') }], { packagingMethod });
    const bytes = await fetchSds(t, id);
    t.equal(verifyEvidencePdf(bytes, trust).level, level, packagingMethod);
  }
  for (const level of ['LT', 'LTA'] as const) {
    const sdo = result('a', 'doc');
    const id = await make([{ sdo }], { packagingMethod: `xades-b-${level.toLowerCase()}` });
    const stored = await home.storing.getSds(demo, id);
    t.equal(stored.contentType, 'application/x-xades');
    const verified = verifyEvidenceXades(await buffer(stored.open()), level, trust);
    t.equal(verified.level, level);
    const [document, ltvSdo] = verified.objects;
    t.ok(pdfOne.equals(document!), 'the document as it was signed');
    t.ok((await resultBytes('a', 'doc')).equals(ltvSdo!), 'the LTV-SDO as it was sealed');
  }
});

t.test('the archive gives and removes, its own service only', async (t) => {
  const { db } = home.application.context;
  const id = await make([{ sdo: result('a', 'doc') }], { sendResultToArchive: true });
  await judge(t, (await archive.getDocument(demo, id)).bytes);
  await t.rejects(archive.getDocument(other, id), { code: 'ARCHIVE_UNKNOWN' });
  t.same(await archive.removeDocuments(other, [id]), []);
  t.same(await archive.removeDocuments(demo, ['unknown', id, id]), [id]);
  t.same(await archive.removeDocuments(demo, [id]), [], 'once');
  await t.rejects(archive.getDocument(demo, id), { code: 'ARCHIVE_UNKNOWN' });
  await t.rejects(home.storing.getArchived(demo, id), { code: 'ARCHIVE_UNKNOWN' });
  t.same(await db.query('select 1 from archive_documents where id = $1', [id]), []);
});

t.test('a result that was removed from the archive keeps its address, and nothing is there', async (t) => {
  const archived = async (): Promise<string> => {
    const statuses = await home.orders.getStatus(demo, [requestId]);
    const found = statuses.find(({ taskId }) => taskId === 'b')?.documents[0]?.result;
    return found?.kind === 'archive' ? found.archiveId : 'not there';
  };
  const id = await archived();
  t.same(await archive.removeDocuments(demo, [id]), [id]);
  t.equal(await archived(), id);
  await t.rejects(home.storing.getArchived(demo, id), { code: 'ARCHIVE_UNKNOWN' });
  t.ok(await make([{ sdo: result('b', 'doc') }]), 'what the order itself keeps is there until it is deleted');
});

t.test('over SOAP: an id, or error with code and message in an ordinary reply', async (t) => {
  const namespace = namespaceOf('Packaging-v4');
  const service = packagingServices(packaging).find(({ path }) => path.endsWith('-v4'))!;
  const call = (sdo: string) => {
    const policy = '<validation-policy>ltvsdo-validator</validation-policy>';
    const content = `<version>4</version>${policy}<packaging-method>pades</packaging-method>${sdo}`;
    const bytes = Buffer.from(operation('create-package-request', content, namespace));
    return answer(service, { bytes, contentType: 'text/xml', baseUrl: base }, silentLogger);
  };
  const uri = (documentId: string) =>
    `<sdo><uri-document-id>${base}/doc/demo/order/${requestId}/a/${documentId}/sdo</uri-document-id></sdo>`;
  const made = await call(uri('doc') + uri('second'));
  t.equal(made.status, 200, made.body);
  const [id = ''] = texts(made.body, 'id');
  await judge(t, await fetchSds(t, id));
  const refused = await call(uri('doc') + uri('nothing'));
  t.equal(refused.status, 200);
  t.same(texts(refused.body, 'id'), []);
  t.same(texts(refused.body, 'code'), ['RESULT_UNKNOWN']);
  t.match(texts(refused.body, 'message'), [/no such document/]);
});

t.test('a packaging task that names a result twice is refused', async (t) => {
  const documents = [1, 2].map(() => ({ taskId: 'a', documentId: 'doc' }));
  const twice = order([task('a', anna)], {
    packagingTasks: [{ id: 'p', method: 'pades', notifications: [], documents }],
  });
  await t.rejects(home.orders.createRequests(demo, [twice]), {
    code: 'ORDER_INVALID',
    message: /document "doc" of task "a" is named twice/,
  });
});

t.test('packaging tasks take several documents; one for which nobody signed is failed', async (t) => {
  const { requestIds } = await home.orders.createRequests(demo, [
    order([task('a', anna, { documentActions: [signs('doc'), signs('second', { optional: true })] })], {
      documents: [
        provided('doc', 'Lease', 'application/pdf', pdfOne),
        provided('second', 'Annex', 'application/pdf', pdfTwo),
      ],
      packagingTasks: [
        { id: 'one', documents: ['doc', 'second'] },
        { id: 'none', documents: ['second'] },
      ].map(({ id, documents }) => ({
        id,
        method: 'pades',
        notifications: [],
        documents: documents.map((documentId) => ({ taskId: 'a', documentId })),
      })),
    }),
  ]);
  const [id = ''] = requestIds;
  const key = await home.portal.open({ requestId: id, taskId: 'a', client });
  await (async () => {
    for (;;) {
      const { step } = await home.portal.view(key);
      if (step.kind === 'read' && step.documentId === 'second') return home.portal.skip(key, 'second');
      if (step.kind === 'read') {
        (await home.portal.document(key, step.documentId, client)).open().resume();
        await home.portal.markRead(key, step.documentId);
      } else if (step.kind === 'sign') {
        const response = await home.nativeSignature(key, step.documentId, anna);
        await home.portal.receiveSignature(key, step.documentId, { ...posted(response), ...pageOf(client) });
      } else return;
    }
  })();
  const sent = home.portal.sendIn(key);
  for (let tries = 0; tries < 100; tries++) {
    await packageTask(home.packaging, { requestId: id, taskId: 'a' });
    if ((await home.orders.getStatus(demo, [id]))[0]?.status === 'completed') break;
  }
  await sent;
  await packageOrder(home.packaging, { requestId: id, packagingTaskId: 'none' });
  await packageOrder(home.packaging, { requestId: id, packagingTaskId: 'one' });
  const [one, none] = await home.orders.getPackagingTaskStatus(demo, [id]);
  t.match(none, { packagingTaskId: 'none', status: 'failed', results: [] });
  t.match(one, { packagingTaskId: 'one', status: 'completed' });
  const pdf = await fetchSds(t, one!.results[0]!.id);
  await judge(t, pdf);
  t.ok(pdf.subarray(0, pdfOne.length).equals(pdfOne), 'the one that was signed');
});

t.test('a method that the settings lost is not made into another one', async (t) => {
  const documents = [{ taskId: 'a', documentId: 'doc' }];
  const packagingTasks = [{ id: 'p', method: 'pades', notifications: [], documents }];
  const ids = { requestId: await complete([task('a', anna)], { packagingTasks }), packagingTaskId: 'p' };
  const { config } = home.packaging;
  const changed = { ...home.packaging, config: { ...config, packagingMethods: ['sealed=PAdES-B-T'] } };
  await t.rejects(packageOrder(changed, ids), {
    code: 'PACKAGING_METHOD_UNKNOWN',
    params: { method: 'pades', allowed: 'sealed' },
  });
  t.match(await listPackagingTasks(home.application.context.db, ids.requestId), [{ state: 'created' }]);
  await packageOrder(home.packaging, ids);
  t.match(await listPackagingTasks(home.application.context.db, ids.requestId), [{ state: 'completed' }]);
});

t.test('an account has the template that it chose, for all methods or for one', async (t) => {
  const { db, config } = home.application.context;
  const shown = async (sdos: PackageOrder['sdos'], more: Partial<PackageOrder> = {}): Promise<string> =>
    judge(t, await fetchSds(t, await make(sdos, more)));
  const two = [{ sdo: result('a', 'doc') }, { sdo: result('a', 'second') }];
  t.notMatch(await shown(two), /Audit trail/, 'standard');
  const row = { service: demo.service, method: '', template: 'classic' };
  await setServiceTemplate(db, row, home.clock.now());
  await setServiceTemplate(db, { ...row, method: 'pades-b-t', template: 'compact' }, home.clock.now());
  await setServiceTemplate(db, { ...row, service: other.service, template: 'compact' }, home.clock.now());
  t.teardown(async () => {
    for (const method of ['', 'pades-b-t']) await removeServiceTemplate(db, demo.service, method);
  });

  const classic = await shown(two);
  t.match(classic, /Document 1 of 2 Lease[^]*Audit trail[^]*Opened the task[^]*Signed/);
  t.match(classic, /Document 2 of 2 Annex/);
  t.match(classic, `${config.publicUrl}/verify`);
  t.notMatch(classic, anna.cpr.slice(0, 6), 'no CPR number');
  t.notMatch(await shown(two, { packagingMethod: 'pades-b-t' }), /Document 1 of 2/, 'compact for this one');

  const documents = [{ taskId: 'a', documentId: 'doc' }];
  const packagingTasks = [{ id: 'p', method: 'pades', notifications: [], documents }];
  const id = await complete([task('a', anna)], { language: 'en', packagingTasks });
  await packageOrder(home.packaging, { requestId: id, packagingTaskId: 'p' });
  const [made] = await listPackagingTasks(db, id);
  t.match(made, { state: 'completed' });
  const pdf = await fetchSds(t, made?.resultId ?? '');
  t.match(await judge(t, pdf), /Audit trail/, 'a packaging task of an order has it, too');
  const pdfinfo = tool(t, 'pdfinfo');
  await writeFile(join(folder, 'tagged.pdf'), pdf);
  if (pdfinfo) t.match(run(pdfinfo, [join(folder, 'tagged.pdf')]).output, /Tagged: +yes/, 'made from a text');

  await setServiceTemplate(db, { ...row, template: 'gone' }, home.clock.now());
  await t.rejects(make(two), { code: 'PADES_TEMPLATE_INVALID', params: { template: 'gone' } });
});
