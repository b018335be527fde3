/**
 * What is in a package, a PDF and an evidence file, in every word but those of signatures and certificates. `GOLDEN=write`
 * writes it down anew.
 */
import t from 'tap';
import { readZip } from '@segl/ades/asic/unzip';
import { PdfDocument } from '@segl/ades/pdf/document';
import { readAttachments } from '@segl/ades/pdf/attachments';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { setServiceTemplate } from '@segl/server/adapters/postgres/accounts/service-templates';
import { listPackagingTasks } from '@segl/server/adapters/postgres/orders/orders';
import { findArchived, findSds, type StoredBytes } from '@segl/server/adapters/postgres/sds';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import { preserveDue } from '@segl/server/application/archive/preserving';
import { makeEvidenceFile } from '@segl/server/application/packaging/evidence-file';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { pageLanguage } from '@segl/server/application/packaging/make-pdf';
import {
  checkServiceTemplates,
  checkTemplates,
  methodOfService,
  requirePdfMethod,
} from '@segl/server/application/packaging/service-templates';
import {
  clientComponents,
  SEGL_VERSION,
  serverComponents,
} from '@segl/server/application/packaging/software';
import type { TaskSpec } from '@segl/server/domain/order/model';
import { serverProblems } from '@segl/server/problems';
import { asJson, golden } from '../../../golden/files.ts';
import { makePdf } from '../../../support/pdf/pdf.ts';
import { anna, client, demo, openTestApplication, order, task } from '../../../support/server/services.ts';
import { drawn } from '../../../support/signatures/witnessed.ts';
import { pageOf, posted } from '../../../support/server/methods.ts';

const home = await openTestApplication(new Date('2026-05-04T08:00:00Z'));
t.teardown(() => home.close());
const { packaging: context } = home;
const { db, blobs } = context;

const text = Buffer.from('I promise.');
const pdf = await makePdf(1);
const byHand = { signatures: [{ methods: [{ name: '', handwritten: true }] }] };
const byLogin = { signatures: [], authenticationBasedSignatures: [{ methods: [{ name: 'nemid' }] }] };
const drawnEid = { signatures: [{ methods: [{ name: 'nemid-sign', handwritten: true }] }] };
const sign = (documentRef: string, more = {}) => ({ type: 'sign' as const, documentRef, ...more });

/** Signs the documents one by one, in the way that is due. */
async function visit(requestId: string, taskId: string, documentIds: readonly string[]): Promise<void> {
  const { portal } = home;
  const key = await portal.open({ requestId, taskId, client });
  for (const documentId of documentIds) {
    (await portal.document(key, documentId, client)).open().resume();
    await portal.markRead(key, documentId);
    if ((await portal.view(key)).step.kind === 'declare') {
      const { signTextDigest } = await portal.startDeclaring(key, documentId, 'en');
      await portal.declare(key, documentId, { signTextDigest, name: '', client, ...drawn });
    }
    const { step } = await portal.view(key);
    if (step.kind !== 'sign' || step.documentId !== documentId) continue;
    const response = await home.nativeSignature(key, documentId, anna);
    await portal.receiveSignature(key, documentId, { ...posted(response), ...pageOf(client) });
  }
  const sent = portal.sendIn(key);
  for (;;) {
    await packageTask(context, { requestId, taskId });
    const all = await home.orders.getStatus(demo, [requestId]);
    if (all.find((one) => one.taskId === taskId)?.status === 'completed') break;
  }
  await sent;
}

const OTHER_EACH_TIME =
  /^(?:transaction-?id|parameters-digest|native-sha256|certificate-.*|ocsp-url|crl-url|handwriting-digest)$/i;
const DIGEST_OR_URL = /^[0-9a-f]{64}$|^http:\/\/localhost/;

/** Without what is another one each time. Bytes: whether there are any. */
const settled = (what: unknown): unknown =>
  JSON.parse(
    JSON.stringify(what, (name, value: unknown) => {
      if (value instanceof Uint8Array || (value as { type?: unknown } | null)?.type === 'Buffer')
        return '<bytes>';
      if (OTHER_EACH_TIME.test(name)) return '…';
      const { name: of, value: told } = (value ?? {}) as { name?: unknown; value?: unknown };
      if (typeof of !== 'string' || typeof told !== 'string') return value;
      return OTHER_EACH_TIME.test(of) || (of === 'detail' && DIGEST_OR_URL.test(told)) ? { name: of } : value;
    }),
  );

async function contentOf(requestId: string, taskId: string, documentId: string): Promise<unknown> {
  const result = await findResult(db, { requestId, taskId, documentId });
  const { creation, verification, native, ...content } = readLtvSdo(await blobs.read(result!.sha256));
  t.same(
    creation.components.slice(0, -3),
    serverComponents(content.signature.typeFriendlyName === 'Handwritten' ? [] : ['segl-nemid-verifier']),
  );
  const { validation, ...kept } = native;
  const counts = Object.entries(validation).map(([name, list]) => [name, (list as unknown[]).length > 0]);
  const clients = [creation, verification].map((one) => ({ ...one, components: one.components.slice(-3) }));
  const { uniqueId } = content.signer;
  const signer = {
    ...content.signer,
    uniqueId: uniqueId === creation.transactionId ? 'the transaction' : uniqueId,
  };
  return settled({
    ...content,
    signer,
    clients,
    native: { ...kept, validation: Object.fromEntries(counts) as unknown },
  });
}

let requestId = '';

t.test('a package, for each way to sign', async (t) => {
  const actions = { documentActions: [sign('doc'), sign('pdf', { sendResultToArchive: true })] };
  const subject = { firstName: 'Ulla', lastName: 'Ås', attributes: [] };
  const tasks: TaskSpec[] = [
    task('eid', anna, actions),
    task('drawn', anna, { ...drawnEid, documentActions: [sign('doc')] }),
    task('login', anna, { ...byLogin, documentActions: [sign('doc')] }),
    task('hand', undefined, { ...byHand, documentActions: [sign('doc')], subject }),
  ];
  const ended = { notifications: [], documents: [{ taskId: 'eid', documentId: 'doc' }] };
  const { requestIds } = await home.orders.createRequests(demo, [
    order(tasks, {
      documents: [
        { kind: 'provided', id: 'doc', description: 'A promise', mimeType: 'text/plain', data: text },
        {
          ...{ kind: 'provided', id: 'pdf', description: 'A lease', mimeType: 'application/pdf', data: pdf },
          externalReference: 'case 7',
        },
      ],
      packagingTasks: [
        {
          id: 'all',
          method: 'pades',
          notifications: [],
          sendToArchive: true,
          documents: [
            ...[
              { taskId: 'hand', documentId: 'doc' },
              { taskId: 'eid', documentId: 'pdf' },
            ],
          ],
        },
        { id: 'text', method: 'pades', ...ended },
      ],
    }),
  ]);
  requestId = requestIds[0]!;
  await visit(requestId, 'eid', ['doc', 'pdf']);
  for (const { id } of tasks.slice(1)) await visit(requestId, id, ['doc']);
  const found: Record<string, unknown> = { pdf: await contentOf(requestId, 'eid', 'pdf') };
  for (const { id } of tasks) found[id] = await contentOf(requestId, id, 'doc');
  t.same(
    asJson(found),
    golden('visits/packages.json', () => found),
  );
});

t.test('a PDF: its attachments, and where it is kept', async (t) => {
  for (const packagingTaskId of ['all', 'text']) await packageOrder(context, { requestId, packagingTaskId });
  const rows: (StoredBytes & { readonly task: string; readonly kind: string | null })[] = [];
  for (const { packagingTaskId, resultKind, resultId } of await listPackagingTasks(db, requestId)) {
    const find = resultKind === 'archive' ? findArchived : findSds;
    const found = await find(db, 'demo', resultId!, home.clock.now());
    rows.push({ task: packagingTaskId, kind: resultKind, ...found! });
  }
  t.same(
    rows.map(({ task: id, kind, contentType }) => [id, kind, contentType]),
    [
      ['all', 'archive', 'application/x-pades'],
      ['text', 'sds', 'application/x-pades'],
    ],
  );
  const attached = async (index: number): Promise<unknown> => {
    const file = PdfDocument.open(await blobs.read(rows[index]!.sha256));
    return readAttachments(file).map(({ name, mimeType, description }) => [name, mimeType, description]);
  };
  const package_ = 'application/x-ltv-sdo';
  t.same(await attached(0), [
    ['document-1.txt', 'text/plain', 'A promise'],
    ['document-2.pdf', 'application/pdf', 'A lease'],
    ['ltv-sdo-1.xml', package_, 'LTV-SDO: Ulla Ås'],
    ['ltv-sdo-2.xml', package_, `LTV-SDO: ${anna.name}`],
  ]);
  t.same(await attached(1), [
    ['document-1.txt', 'text/plain', 'A promise'],
    ['ltv-sdo-1.xml', package_, `LTV-SDO: ${anna.name}`],
  ]);
});

t.test('an evidence file: what it has of an order, and under which names', async (t) => {
  await preserveDue(context);
  home.clock.set('2028-10-10T12:00:00Z');
  await preserveDue(context);
  const file = await makeEvidenceFile(context, requestId, 'demo');
  const entries = new Map(readZip(file).map(({ name, bytes }) => [name, Buffer.from(bytes)]));
  const names = [...entries.keys()].filter((name) => !/^(?:validation|META-INF)\//.test(name));
  t.same(
    names.sort(),
    golden('visits/evidence-file.json', () => names.sort()),
  );
  const validation = [...entries.keys()].filter((name) => name.startsWith('validation/'));
  for (const kind of ['certificate-01.cer', 'ocsp-01.der', 'revocation-list-01.crl'])
    t.ok(validation.includes(`validation/${kind}`), kind);
  const distinct = new Set(validation.map((name) => entries.get(name)!.toString('base64')));
  t.equal(distinct.size, validation.length, 'each once');
  t.same(entries.get('documents/document-01.txt'), text);
  t.same(entries.get('documents/document-02.pdf'), Buffer.from(pdf));
  const manifest = entries.get('META-INF/manifest.xml')?.toString();
  if (manifest !== undefined) t.match(manifest, 'media-type="application/x-ltv-sdo"');
  const history = JSON.parse(entries.get('history.json')!.toString()) as Record<string, unknown>;
  t.match(history, {
    ...{
      requestId,
      service: 'demo',
      createdAt: '2026-05-04T08:00:00.000Z',
      writtenBy: `Segl ${SEGL_VERSION}`,
    },
    tasks: ['eid', 'drawn', 'login', 'hand'].map((taskId) => ({ taskId, state: 'completed', events: Array })),
  });
  t.match(history['completedAt'], /^2026-05-04T08:/);
  t.match(entries.get('verify.html')!.toString(), '<script');
  t.notMatch(entries.get('verify.html')!.toString(), '/* SCRIPT */');

  await t.rejects(makeEvidenceFile(context, requestId, 'other'), {
    code: 'REQUEST_UNKNOWN',
    params: { requestId },
  });
  const unsigned = (await home.orders.createRequests(demo, [order([task('a', anna)])])).requestIds[0]!;
  await t.rejects(makeEvidenceFile(context, unsigned), {
    ...{ code: 'EVIDENCE_MISSING', params: { requestId: unsigned } },
  });
});

t.test('templates: of the method, or that of the account', async (t) => {
  const { config } = context;
  const xades = { format: 'XAdES', level: 'LTA' } as const;
  const pades = { format: 'PAdES', level: 'LTA', template: 'standard' } as const;
  t.equal(await methodOfService(db, 'demo', 'pades', pades), pades);
  await setServiceTemplate(db, { service: 'demo', method: '', template: 'own' }, home.clock.now());
  t.same(await methodOfService(db, 'demo', 'pades', pades), { ...pades, template: 'own' });
  t.equal(await methodOfService(db, 'demo', 'xades', xades), xades);
  t.equal(await methodOfService(db, 'other', 'pades', pades), pades);
  const told: unknown[] = [];
  const log = new Proxy(silentLogger, {
    get: (target, name) =>
      name === 'error' ? (what: unknown) => told.push(what) : (Reflect.get(target, name) as unknown),
  });
  await checkServiceTemplates(db, config, log);
  t.match(told, [{ service: 'demo', template: 'own', err: { code: /TEMPLATE|CONFIG/ } }]);
  await checkTemplates(config);
  await t.rejects(
    checkTemplates({
      ...config,
      packagingMethods: [{ name: 'x', format: 'PAdES', level: 'T', template: 'none' }] as never,
    }),
  );
  requirePdfMethod(config, 'pades');
  t.throws(() => requirePdfMethod(config, 'nothing'), { code: 'BAD_REQUEST' });
  t.throws(() => requirePdfMethod(config, 'xades'), {
    code: 'BAD_REQUEST',
    params: { why: serverProblems.of('packaging/no-pdfs', { method: 'xades', pdf: ['pades'] }) },
  });
});

t.test('languages and clients', async (t) => {
  for (const [asked, language] of [
    [undefined, 'da'],
    ['en', 'en'],
    ['en-GB', 'en'],
    ['da', 'da'],
    ['sv', 'da'],
    ['de-en', 'da'],
  ] as const)
    t.equal(pageLanguage(asked), language, asked ?? 'none');
  t.same(clientComponents({ userAgent: '', ip: '192.0.2.7' }), [
    { name: 'user-agent', version: 'unknown' },
    { name: 'ip-address', version: '192.0.2.7' },
    { name: 'client-java', version: 'not used' },
  ]);
  t.same(clientComponents({ userAgent: 'Test/1.0', ip: '' })[0], { name: 'user-agent', version: 'Test/1.0' });
  const names = serverComponents(['verifier']).map(({ name }) => name);
  t.same(names.slice(0, 5), ['segl', 'verifier', 'os', 'node', 'openssl']);
  t.equal(names.at(-1), 'package-lock.json');
  t.equal(serverComponents()[1]!.name, 'os');
});
