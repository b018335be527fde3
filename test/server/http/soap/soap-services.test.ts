/** All SOAP services in front of the real parts: one order from creation to deletion, every reply judged by libxml2. */
import { text } from 'node:stream/consumers';
import t from 'tap';
import { loadWsdl } from '@segl/server/http/soap/wsdl';
import { packageOrder } from '@segl/server/application/packaging/package-order';
import { packageTask } from '@segl/server/application/packaging/package-task';
import { projectFile } from '@segl/server/paths';
import { anna, client, demo, type TestApplication } from '../../../support/server/services.ts';
import { makePdf } from '../../../support/pdf/pdf.ts';
import {
  createSoapServices,
  emptyBody as empty,
  possibleMembers,
  services,
  type SoapServices,
} from '../../../support/server/soap-services.ts';
import { texts } from '../../../support/server/soap-call.ts';
import { parametersOf } from '../../../support/server/methods.ts';

let application: SoapServices;
let home: TestApplication;
t.before(async () => {
  application = await createSoapServices();
  home = application.home;
});
t.teardown(() => application.close());

const call = (service: string, element: string, content: string, code?: string): Promise<string> =>
  application.call(service, element, content, code);

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
async function sign(requestId: string, taskId: string, artifact?: string): Promise<void> {
  const key = await home.portal.open({ requestId, taskId, client, ...(artifact && { artifact }) });
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
  for (const version of [1, 2, 3, 4]) {
    const refused = await call(`packagingservice-v${version}`, 'create-package-request', policy + unknown);
    t.same(texts(refused, 'id'), []);
    t.match(texts(refused, 'code'), [/^[A-Z_]+$/]);
  }

  const reference = `<sdo><order-document-id>${on('a')}<document-id>doc</document-id><type>source</type></order-document-id></sdo>`;
  const seal = `<packaging-method>seal</packaging-method>${reference}<send-result-to-archive>true</send-result-to-archive>`;
  const sealed = await call('sealingservice-v1', 'create-seal-request', seal);
  const unsealed = await call('sealingservice-v1', 'create-seal-request', seal.replace('seal<', 'none<'));
  t.match(texts(unsealed, 'code'), [/^[A-Z_]+$/]);
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

t.test('replies with all their optional parts, in either version', async (t) => {
  const artifact = '<authentication artifact="true"/>';
  const full = task('a', artifact)
    .replace(
      /<subject>.*<\/subject>/,
      `<subject id="s"><national-id>${anna.cpr}</national-id><first-name>Anna</first-name><last-name>Ancher</last-name>
       <mobile>+4512345678</mobile><email>anna@example.com</email></subject>`,
    )
    .replace('send-result-to-archive="false"', 'send-result-to-archive="true"');
  const more = `<client-reference>full</client-reference><sender><unique-id>u</unique-id></sender><account>acc</account>`;
  for (const version of [2, 3] as const) {
    const ask = version === 2 ? v2 : v3;
    const archived = document('doc').replace('mime-type', 'send-to-archive="true" mime-type');
    const made = await ask(
      'create-request',
      `<request><language>da</language>${archived}${full}${more}${version === 3 ? packaging : ''}</request>`,
    );
    t.equal(texts(made, 'artifact').length, 1);
    const [requestId = ''] = texts(made, 'request-id');
    const id = `<request-id>${requestId}</request-id>`;
    t.equal(texts(await ask('add-task', id + task('z', artifact)), 'artifact').length, 1);
    const [given = ''] = texts(await ask('create-artifact', `${id}<task-id>a</task-id>`), 'artifact');
    const url =
      '<notification type="URL" notification-id="n"><recipient>https://x/</recipient><message>-</message></notification>';
    await ask('add-notification', id + url);
    await ask('disable-notification', `${id}<notification-id>n</notification-id>`);
    await ask('set-client-status', `${id}<task-id>a</task-id><client-status>paid</client-status>`);
    if (version === 3) {
      const session = `<user-session><session-task request-id="${requestId}" task-id="a" order="1"/></user-session>`;
      t.equal(texts(await v3('create-usersession', session), 'artifact').length, 1);
    }
    await ask('disable-task', `${id}<task-id>z</task-id>`);
    await sign(requestId, 'a', given);
    if (version === 3) await packageOrder(home.packaging, { requestId, packagingTaskId: 'p' });
    const filter =
      '<filter><criteria><field>account</field><value>acc</value></criteria></filter><from-index/><to-index/>';
    t.match(await ask('find-tasks', filter), /signer="[^"]+"/);
    const status = await ask('get-status', id);
    t.match(texts(status, 'original-uri')[0], /\/doc\/demo\/archive\//);
    t.match(texts(status, 'result-uri')[0], /\/doc\/demo\/archive\//);
    if (version === 3) t.equal(texts(await v3('get-packaging-task-status', id), 'result-uri').length, 1);
  }
});

t.test('what the order adds to the text is shown and signed', async (t) => {
  const entry = '<sign-text-entry>Annex 2 applies.</sign-text-entry>';
  const listed = document('doc').replace('<data>', `${entry}<data>`);
  const made = await v3(
    'create-request',
    `<request>${listed}${task('a', '<sign-text>I sign for\nmy company.</sign-text>')}</request>`,
  );
  const [requestId = ''] = texts(made, 'request-id');
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.portal.markRead(key, 'doc');
  const parameters = parametersOf(
    await home.portal.startSigning(key, 'doc', {
      origin: 'http://localhost',
      language: 'en',
      client,
    }),
  );
  const shown = Buffer.from(parameters['SIGNTEXT'] ?? '', 'base64').toString('utf8');
  t.match(shown, /SHA-256: [0-9a-f]{64}\n\nAnnex 2 applies\.\n\nI sign for\nmy company\.$/);
  await sign(requestId, 'a');
  t.same(texts(await v3('get-status', `<request-id>${requestId}</request-id>`), 'task-status'), [
    'completed',
  ]);
});

t.test('requests without packaging tasks', async (t) => {
  const plain = `<request>${document('doc')}${task('a')}</request>`;
  const [bare = ''] = texts(await v3('create-request', plain), 'request-id');
  const [packed = ''] = texts(
    await v3('create-request', `<request>${document('doc')}${task('a')}${packaging}</request>`),
    'request-id',
  );
  const ids = (...all: string[]): string => all.map((id) => `<request-id>${id}</request-id>`).join('');
  await v3('get-packaging-task-status', ids(bare), 'NO_PACKAGING_TASK');
  await v3('get-packaging-task-status', ids(bare, 'none'), 'REQUEST_UNKNOWN');
  const some = await v3('get-packaging-task-status', ids(bare, packed, bare));
  t.same(texts(some, 'request-id'), [packed]);
});

/** What only orders with forms say. */
const ofForms = ['document-status/form-output-param', 'form-param/@name', 'form-param/@value'];

t.test(
  'every operation of every version was answered, and everything a reply can say was said',
  async (t) => {
    for (const service of Object.keys(services)) {
      const { schema, operations } = loadWsdl(projectFile('wsdl', `${service}.wsdl`));
      for (const { name, input } of operations.values())
        t.ok(application.answered.has(`${service} ${input}`), `${service} ${name}`);
      // what was ordered is echoed by getRequest and getTask: every-field.test.ts
      const possible = possibleMembers(schema, ['request', 'task']);
      const unsaid = [...possible].filter(
        (member) => !application.said.has(`${service} ${member}`) && !ofForms.includes(member),
      );
      t.same(unsaid, [], `${service} never said ${unsaid.join(', ')}`);
    }
  },
);
