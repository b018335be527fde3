/** All SOAP services in front of the real parts: one order from creation to deletion, every reply judged by libxml2. */
import { text } from 'node:stream/consumers';
import fastify, { type FastifyInstance } from 'fastify';
import t from 'tap';
import { ArchiveFlow } from '../../src/flow/archive-desk.ts';
import { packageTask } from '../../src/flow/package-task.ts';
import { PackagingFlow } from '../../src/flow/packaging-desk.ts';
import { soapDoor } from '../../src/http/soap/plugin.ts';
import { silentLogger } from '../../src/log.ts';
import { anna, client, createHouse, demo, type TestHouse } from '../support/house.ts';
import { makePdf } from '../support/pdf.ts';
import { replyErrors, schemaOf } from '../support/reply-schema.ts';
import { namespaceOf, operation, texts } from '../support/soap-call.ts';

const versions: Record<string, string> = {
  'documentservice-v2': 'Document-v2',
  'documentservice-v3': 'Document-v3',
  'packagingservice-v1': 'Packaging-v1',
  'packagingservice-v2': 'Packaging-v2',
  'packagingservice-v3': 'Packaging-v3',
  'packagingservice-v4': 'Packaging-v4',
  'sealingservice-v1': 'Sealing-v1',
  'archiveservice-v3': 'Archive-v3',
};
const schemas = new Map(Object.keys(versions).map((name) => [name, schemaOf(`${name}.wsdl`)]));

let home: TestHouse;
let app: FastifyInstance;
t.before(async () => {
  home = await createHouse();
  const { context } = home.house;
  app = fastify();
  await app.register(soapDoor, {
    orders: home.orders,
    tasks: home.tasks,
    packaging: new PackagingFlow(home.packaging),
    archive: new ArchiveFlow(context),
    config: context.config,
    log: silentLogger,
  });
});
t.teardown(async () => {
  await app.close();
  await home.close();
  for (const schema of schemas.values()) schema.dispose();
});

const empty = '<soap:Body></soap:Body>';

/** Calls an operation by its element; `code`: the fault that is expected instead of a reply. */
async function call(service: string, element: string, content: string, code?: string): Promise<string> {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: `/ws/${service}`,
    headers: { host: 'sign.example.com', 'content-type': 'text/xml' },
    payload: operation(element, content, namespaceOf(versions[service]!)),
  });
  if (code !== undefined) {
    t.same([statusCode, texts(body, 'code')], [500, [code]], `${service} ${element}`);
    return body;
  }
  if (statusCode !== 200) throw new Error(`${service} ${element}: ${body}`);
  if (!body.includes(empty)) t.equal(replyErrors(schemas.get(service)!, body), '', `${service} ${element}`);
  return body;
}

const v3 = (element: string, content: string, code?: string): Promise<string> =>
  call('documentservice-v3', `${element}-request`, content, code);
const v2 = (element: string, content: string, code?: string): Promise<string> =>
  call('documentservice-v2', `${element}-request`, content, code);

const pdf = Buffer.from(await makePdf()).toString('base64');
const document = (id: string): string =>
  `<document xsi:type="provided-document" id="${id}" mime-type="application/pdf"><data>${pdf}</data><description>Contract</description></document>`;
const task = (id: string, more = ''): string =>
  `<task id="${id}"><subject><national-id>${anna.cpr}</national-id></subject><document-action type="sign" send-result-to-archive="${id === 'b'}">
   <document-ref>doc</document-ref></document-action><signature><method>nemid-sign</method></signature>${more}</task>`;

const packaging =
  '<packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="a" document-id="doc"/></packaging-task>';

/** The signer signs and sends in; the package is made at once. */
async function sign(requestId: string, taskId: string): Promise<void> {
  const key = await home.portal.open({ requestId, taskId, client });
  await home.readAndSign(key, anna);
  const sent = home.portal.sendIn(key);
  for (let tries = 0; tries < 50; tries++) await packageTask(home.packaging, { requestId, taskId });
  await sent;
}

t.test('an order of v3: made, changed, found, signed, packaged, sealed, archived, deleted', async (t) => {
  const created = await v3(
    'create-request',
    `<request>${document('doc')}${task('a')}${task('b')}<client-reference>my reference</client-reference>${packaging}</request>`,
  );
  const [requestId = ''] = texts(created, 'request-id');
  const id = `<request-id>${requestId}</request-id>`;
  const on = (taskId: string): string => `${id}<task-id>${taskId}</task-id>`;

  await v3('get-request', id);
  await v2('get-request', id);
  await v3('add-task', id + task('c', '<depends-on-task>a</depends-on-task>'));
  await v3('get-task', on('c'));
  await v2('get-task', on('c'));
  t.match(await v3('set-client-status', `${on('a')}<client-status>paid</client-status>`), empty);
  const notification =
    '<notification type="URL" notification-id="n"><recipient>https://back.example.com/</recipient><message>-</message><schedule><state-is>completed</state-is></schedule></notification>';
  t.match(await v3('add-notification', on('a') + notification), empty);
  t.match(await v3('disable-notification', `${on('a')}<notification-id>n</notification-id>`), empty);
  t.match(texts(await v3('create-artifact', on('a')), 'artifact'), [/^[0-9a-z]{25}$/]);
  const session = `<user-session><session-task request-id="${requestId}" task-id="a" order="1"/></user-session>`;
  t.equal(texts(await v3('create-usersession', session), 'user-session-id').length, 1);

  const filter =
    '<filter><criteria><field>client-reference</field><value>my reference</value></criteria></filter>';
  t.same(texts(await v3('get-task-count', filter), 'count'), ['3']);
  const found = await v3(
    'find-tasks',
    `${filter}<from-index/><to-index/><sort-field>task-id</sort-field><ascending>true</ascending>`,
  );
  t.same(
    [...found.matchAll(/ task-id="(\w)"/g)].map(([, taskId]) => taskId),
    ['a', 'b', 'c'],
  );
  await v2('find-tasks', filter);
  const nonsense =
    '<filter><criteria><field>created</field><value>soon</value></criteria></filter><from-index>-1</from-index>';
  t.equal(texts(await v3('find-tasks', nonsense, 'SEARCH_INVALID'), 'problem').length, 2);

  t.match(await v3('disable-task', on('c')), empty);
  t.same(texts(await v3('get-status', id), 'task-status'), ['created', 'created', 'deleted']);
  t.same(texts(await v2('get-status', id), 'task-status'), ['created', 'created', 'expired']);
  await sign(requestId, 'a');
  await sign(requestId, 'b');
  const status = await v3('get-status', id);
  t.same(texts(status, 'task-status'), ['completed', 'completed', 'deleted']);
  t.same(texts(status, 'client-status'), ['paid']);
  const results = texts(status, 'result-uri');
  t.match(results, [`/doc/demo/order/${requestId}/a/doc/sdo`, /\/doc\/demo\/archive\/[0-9a-z]{58}$/]);
  await v2('get-status', id);
  const events = texts(await v3('get-request-history', on('a')), 'event');
  t.match(events.at(0), 'request-created');
  t.ok(events.includes('document-signed'), events.join());
  await v2('get-request-history', on('a'));
  t.same(texts(await v3('get-packaging-task-status', id), 'packaging-task-id'), ['p']);

  const policy =
    '<validation-policy>ltvsdo-validator</validation-policy><packaging-method>pades</packaging-method>';
  const sdos = results.map((uri) => `<sdo><uri-document-id>${uri}</uri-document-id></sdo>`).join('');
  for (const version of [1, 2, 3, 4]) {
    const packaged = await call(`packagingservice-v${version}`, 'create-package-request', policy + sdos);
    const [packageId = packaged] = texts(packaged, 'id');
    const kept = await home.storing.getSds(demo, packageId);
    t.equal(kept.contentType, 'application/x-pades');
    t.match(await text(kept.open()), /^%PDF-/);
  }
  const unknown = '<sdo><sds-document-id><id>none</id></sds-document-id></sdo>';
  const refused = await call('packagingservice-v4', 'create-package-request', policy + unknown);
  t.same(texts(refused, 'id'), []);
  t.match(texts(refused, 'code'), [/^[A-Z_]+$/]);

  const reference = `<sdo><order-document-id>${on('a')}<document-id>doc</document-id><type>source</type></order-document-id></sdo>`;
  const seal = `<packaging-method>seal</packaging-method>${reference}<send-result-to-archive>true</send-result-to-archive>`;
  const sealed = await call('sealingservice-v1', 'create-seal-request', seal);
  const [archiveId = sealed] = texts(sealed, 'id');
  const fromArchive = `<archive-id>${archiveId}</archive-id>`;
  const got = await call('archiveservice-v3', 'archive-request', fromArchive);
  t.match(Buffer.from(texts(got, 'data')[0] ?? '', 'base64').toString('latin1'), /^%PDF-/);
  const removed = await call(
    'archiveservice-v3',
    'archive-remove-request',
    `${fromArchive}<archive-id>none</archive-id>`,
  );
  t.same(texts(removed, 'found'), [archiveId]);
  await call('archiveservice-v3', 'archive-request', fromArchive, 'ARCHIVE_UNKNOWN');

  t.same(texts(await v3('delete-request', id), 'deleted'), ['1']);
  t.same(texts(await v3('get-status', id), 'task-status'), ['deleted', 'deleted', 'deleted']);
  await v2('get-status', id, 'REQUEST_UNKNOWN');
});

t.test('an order of v2 is the same order in v3', async (t) => {
  const request = `<request>${document('doc')}${task('a')}</request>`;
  const [requestId = ''] = texts(await v2('create-request', request), 'request-id');
  const id = `<request-id>${requestId}</request-id>`;
  await v2('add-task', id + task('b'));
  await v3('get-request', id);
  t.same(texts(await v3('get-status', id), 'task-id'), ['a', 'b']);
  await v2('get-task-count', '<filter/>');
  t.match(await v2('disable-task', `${id}<task-id>b</task-id>`), empty);
  t.same(texts(await v2('delete-request', id), 'deleted'), ['1']);
});

t.test('everything that is wrong with an order is told in one answer, each problem by itself', async (t) => {
  const body = await v3(
    'create-request',
    '<request><task id="a"><document-action type="sign"><document-ref>none</document-ref></document-action><signature><method>telepathy</method></signature></task></request>' +
      '<request><task id="b"><days-to-live>0</days-to-live><document-action type="view"><document-ref>none</document-ref></document-action></task></request>',
    'ORDER_INVALID',
  );
  const problems = texts(body, 'problem');
  t.ok(problems.length >= 4, problems.join('\n'));
  t.ok(
    problems.every((problem) => /^[^:]*(task|document)[^:]*: .+/.test(problem)),
    problems.join('\n'),
  );
});
