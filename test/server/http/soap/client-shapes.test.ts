/** Orders as real clients write them: layouts, quirks and omissions that have been seen on the wire. */
import t from 'tap';
import type { OrderSpec } from '@segl/server/domain/order/model';
import { replyErrors, schemaOf } from '../../../support/server/reply-schema.ts';
import {
  createRequest,
  documentService,
  envelope,
  operation,
  texts,
  V2,
  V3,
} from '../../../support/server/soap-call.ts';

const schema = schemaOf('documentservice-v3.wsdl');
const schemaV2 = schemaOf('documentservice-v2.wsdl');
t.teardown(() => {
  schema.dispose();
  schemaV2.dispose();
});

const DOCUMENT =
  '<document xsi:type="sds-document" id="doc_1" ref-sds-id="x"><description>A</description></document>';
const SIGN = '<document-action type="sign"><document-ref>doc_1</document-ref></document-action>';
const METHOD = '<signature><method>nemid-sign</method></signature>';

/** Sends an order and gives it as the desk got it; the reply is checked against the schema. */
async function order(
  xml: string,
  options: { echoIsValid?: boolean; version?: 2 | 3 } = {},
): Promise<OrderSpec> {
  const { version = 3 } = options;
  const namespace = version === 3 ? V3 : V2;
  const validator = version === 3 ? schema : schemaV2;
  const { api, call } = documentService(version);
  const { status, body } = await call(xml);
  if (status !== 200) throw new Error(body);
  const wrong = replyErrors(validator, body);
  if (wrong) throw new Error(wrong);
  const [first] = api.orders.values();
  if (!first) throw new Error('nothing was stored');

  // getRequest gives back what was sent, and in the schema's order whatever the order was
  const [requestId = ''] = texts(body, 'request-id');
  const asked = operation('get-request-request', `<request-id>${requestId}</request-id>`, namespace);
  const echo = (await call(asked)).body;
  const echoWrong = options.echoIsValid === false ? '' : replyErrors(validator, echo);
  if (echoWrong) throw new Error(echoWrong);
  const again = documentService(version);
  const request = /<request>.*<\/request>/s.exec(echo)?.[0] ?? '';
  const repeated = await again.call(operation('create-request-request', request, namespace));
  if (repeated.status !== 200) throw new Error(repeated.body);
  const withoutData = (spec: OrderSpec): string =>
    JSON.stringify(spec, (key, value: unknown) => (key === 'data' ? undefined : value));
  const [second] = again.api.orders.values();
  if (!second || withoutData(second) !== withoutData(first)) throw new Error(`echo differs: ${request}`);
  return first;
}

t.test('node-soap of old: prefixed, children in the order they were written', async (t) => {
  const spec = await order(
    envelope(`<tns:create-request-request><tns:service>demo</tns:service><tns:password>Bond007</tns:password>
      <tns:request><tns:language>nb</tns:language>
      <tns:document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ref-sds-id="x" id="doc_1" xsi:type="tns:sds-document">
        <tns:description>Kontrakt</tns:description><tns:external-reference>ref-1</tns:external-reference></tns:document>
      <tns:task id="task_1" bundle="true"><tns:on-task-complete>http://localhost:3004/sign/../complete?a=1</tns:on-task-complete>
        <tns:subject id="s1"><tns:first-name>Ann</tns:first-name><tns:national-id>1909740939</tns:national-id><tns:last-name>B</tns:last-name>
          <tns:mobile>+4712345678</tns:mobile><tns:email>a@example.com</tns:email></tns:subject>
        <tns:document-action send-result-to-archive="false" optional="false" type="sign"><tns:document-ref>doc_1</tns:document-ref></tns:document-action>
        <tns:signature responsive="true"><tns:method>nbid-sign</tns:method></tns:signature></tns:task>
      <tns:task id="task_2" bundle="true"><tns:subject id="s1"><tns:first-name>Ann</tns:first-name></tns:subject>
        <tns:document-action type="view" optional="false"><tns:document-ref>doc_1</tns:document-ref></tns:document-action>
        <tns:signature responsive="true"><tns:method>nbid-sign</tns:method></tns:signature></tns:task>
      </tns:request></tns:create-request-request>`),
  );
  t.match(spec, {
    language: 'nb',
    documents: [
      { kind: 'sds', id: 'doc_1', refSdsId: 'x', description: 'Kontrakt', externalReference: 'ref-1' },
    ],
    tasks: [
      {
        id: 'task_1',
        bundle: true,
        onTaskComplete: 'http://localhost:3004/sign/../complete?a=1',
        subject: { id: 's1', nationalId: '1909740939', firstName: 'Ann' },
        documentActions: [
          { type: 'sign', optional: false, sendResultToArchive: false, documentRef: 'doc_1' },
        ],
        signatures: [{ responsive: true, methods: [{ name: 'nbid-sign' }] }],
      },
      { id: 'task_2', subject: { id: 's1' }, documentActions: [{ type: 'view' }] },
    ],
  });
});

t.test(
  'JAX-WS: default namespace, unprefixed xsi:type, dangling subject-ref, client reference',
  async (t) => {
    const spec = await order(
      createRequest(`<profile>demo</profile><language>nb</language>${DOCUMENT}
      <task id="task_1" bundle="false"><subject-ref>subj_1</subject-ref>${SIGN}${METHOD}</task>
      <client-reference>cr</client-reference>`),
    );
    t.match(spec, { profile: 'demo', documents: [{ kind: 'sds' }], clientReference: 'cr' });
    t.match(spec.tasks, [{ subjectRef: 'subj_1', bundle: false }]);
    t.notOk(spec.tasks[0]?.subject);
  },
);

t.test('JAX-WS samples: archive, login before signing, notifications, redirects', async (t) => {
  const spec = await order(
    createRequest(`<profile>demo</profile><language>nb</language>
      <document xsi:type="sds-document" id="doc_1" ref-sds-id="x" send-to-archive="true"><description>A</description></document>
      <task id="task_1" bundle="false"><subject-ref>subj_1</subject-ref>
        <document-action type="sign" send-result-to-archive="true"><document-ref>doc_1</document-ref></document-action>
        <notification type="EMAIL" notification-id="n1"><recipient>a@example.com</recipient><sender>noreply@example.com</sender><header>H</header>
          <message>Sign at \${taskUrl}</message><schedule><state-is>created</state-is></schedule></notification>
        <authentication><method>nemid</method></authentication>
        <on-task-complete>http://localhost:4567/done?requestId=\${requestId}&amp;taskId=\${taskId}</on-task-complete>
        <on-task-cancel>http://localhost:4567/cancel?requestId=\${requestId}&amp;taskId=\${taskId}</on-task-cancel>
        <signature responsive="true"><method>nemid-sign</method></signature></task>
      <client-reference>cr</client-reference>
      <notification type="URL" notification-id="n2"><recipient>https://x/</recipient><message>dummy</message></notification>`),
  );
  t.match(spec, {
    documents: [{ sendToArchive: true }],
    notifications: [{ id: 'n2', type: 'URL', schedules: [] }],
    tasks: [
      {
        documentActions: [{ sendResultToArchive: true }],
        notifications: [
          { type: 'EMAIL', sender: 'noreply@example.com', schedules: [{ stateIs: 'created' }] },
        ],
        authentication: { methods: ['nemid'] },
        onTaskCancel: 'http://localhost:4567/cancel?requestId=${requestId}&taskId=${taskId}',
      },
    ],
  });
});

t.test('node-soap with several signers: subject last, ids made of the signer', async (t) => {
  const task = (nin: string): string => `<tns:task id="task-${nin}" bundle="false">
    <tns:document-action type="sign"><tns:document-ref>doc_1</tns:document-ref></tns:document-action>
    <tns:signature><tns:method>nbid-sign</tns:method></tns:signature>
    <tns:subject id="${nin}"><tns:national-id>${nin}</tns:national-id></tns:subject></tns:task>`;
  const spec = await order(
    envelope(`<tns:create-request-request><tns:service>demo</tns:service><tns:password>Bond007</tns:password><tns:request>
      <tns:profile>default</tns:profile><tns:language>en</tns:language>
      <tns:document id="doc_1" xsi:type="tns:sds-document" ref-sds-id="x" send-to-archive="false"><tns:description>D</tns:description></tns:document>
      ${task('070')}${task('071')}</tns:request></tns:create-request-request>`),
  );
  t.match(spec.tasks, [
    { id: 'task-070', bundle: false, subject: { id: '070', nationalId: '070' } },
    { id: 'task-071', subject: { nationalId: '071' } },
  ]);
  t.match(spec.documents, [{ sendToArchive: false }]);
});

t.test(
  'WCF: several documents, methods and notifications, local times, nothing but handwritten',
  async (t) => {
    const spec = await order(
      createRequest(`<profile>p</profile>${DOCUMENT}${DOCUMENT.replace('doc_1', 'doc_2')}
      <task id="task_0_1234" bundle="true"><subject-ref>s</subject-ref><subject id="s"><mobile>+4712345678</mobile><email>a@example.com</email></subject>
        <document-action type="sign" send-result-to-archive="false"><document-ref>doc_1</document-ref></document-action>
        <document-action type="view" optional="true"><document-ref>doc_2</document-ref></document-action>
        <notification type="URL" notification-id="1"><recipient>https://x/api/Callback/GetSigning?orgname=X</recipient><message>m</message><schedule><state-is>completed</state-is></schedule></notification>
        <notification type="URL" notification-id="2"><recipient>https://x/</recipient><message>m</message><schedule><state-is>expired</state-is></schedule></notification>
        <notification type="EMAIL" notification-id="3"><recipient>a@example.com</recipient><sender>b@example.com</sender><header>H</header><message>m</message>
          <schedule><state-is>created</state-is><wait-until>2026-12-01T09:00:00.0000000+01:00</wait-until></schedule></notification>
        <notification type="EMAIL" notification-id="4"><recipient>b@example.com</recipient><message>m</message><schedule><state-is>rejected</state-is></schedule></notification>
        <authentication><method>nbid</method><method>nbid-mobil</method></authentication><on-task-complete>https://host:443/done</on-task-complete>
        <signature responsive="true"><method>nbid-sign</method><method>nbid-mobil-sign</method></signature></task>
      <task id="2"><subject-ref>s</subject-ref><document-action type="sign"><document-ref>doc_1</document-ref></document-action>
        <on-task-postpone>https://x/?status=postpone</on-task-postpone><on-task-complete>https://x/?s=1&amp;r=\${requestId}</on-task-complete><on-task-cancel>https://x/</on-task-cancel>
        <configuration>default</configuration><authentication-based-signature><method/></authentication-based-signature></task>`),
    );
    t.match(spec.tasks, [
      {
        notifications: [
          { recipient: 'https://x/api/Callback/GetSigning?orgname=X' },
          { schedules: [{ stateIs: 'expired' }] },
          { schedules: [{ waitUntil: '2026-12-01T09:00:00.0000000+01:00' }] },
          { schedules: [{ stateIs: 'rejected' }] },
        ],
        authentication: { methods: ['nbid', 'nbid-mobil'] },
        signatures: [{ methods: [{ name: 'nbid-sign' }, { name: 'nbid-mobil-sign' }] }],
      },
      {
        configuration: 'default',
        onTaskPostpone: 'https://x/?status=postpone',
        authenticationBasedSignatures: [{ methods: [{ name: '' }] }],
      },
    ]);
    t.notOk('daysToLive' in (spec.tasks[0] ?? {}), 'a value that WCF did not send is not made up');
  },
);

t.test('single sign-on: authentication without method, subject-ref and subject together', async (t) => {
  const xml = createRequest(`${DOCUMENT}<task id="task_1"><subject-ref>subj_1</subject-ref>
      <subject id="subj_1"><national-id>1909740939</national-id></subject>${SIGN}
      <authentication artifact="true"/>${METHOD}</task>`);
  // the schema wants a method there, so what was sent is not valid when it comes back
  const spec = await order(xml, { echoIsValid: false });
  t.match(spec.tasks[0], {
    authentication: { artifact: true, methods: [] },
    subjectRef: 'subj_1',
    subject: { id: 'subj_1' },
  });
  const { body } = await documentService().call(xml);
  t.match(texts(body, 'artifact'), [/^[0-9a-z]{25}$/]);
});

t.test('WCF on the older layout: signature before the URLs, empty URLs', async (t) => {
  for (const version of [2, 3] as const) {
    const spec = await order(
      createRequest(
        `<profile>p</profile><language>nb</language><subject id="s"><national-id>1</national-id></subject>${DOCUMENT}
        <task id="t" bundle="false"><subject-ref>s</subject-ref>${SIGN}${METHOD}
        <on-task-postpone></on-task-postpone><on-task-complete>https://x/\${requestId}</on-task-complete><on-task-cancel/></task>
        <client-reference>cr</client-reference>`,
        version === 2 ? V2 : V3,
      ),
      { version },
    );
    const [task] = spec.tasks;
    t.equal(task?.onTaskComplete, 'https://x/${requestId}');
    t.notOk(task && ('onTaskCancel' in task || 'onTaskPostpone' in task));
    t.match(task?.signatures, [{ methods: [{ name: 'nemid-sign' }] }]);
  }
});

t.test('WCF on v2 with the document inside, artifact, three URLs, nobody named', async (t) => {
  const data = Buffer.from('%PDF-1.4').toString('base64');
  const xml = createRequest(
    `<profile>slim</profile><language>en</language><document xsi:type="provided-document" id="d" mime-type="application/pdf">
      <external-reference>e</external-reference><sign-text-entry>S</sign-text-entry><data>${data}</data><description>D</description></document>
    <task id="t" bundle="false"><document-action type="sign" send-result-to-archive="true"><document-ref>d</document-ref></document-action>
      <authentication artifact="true"/>${METHOD}
      <on-task-postpone>https://x/p.aspx?r=\${requestId}&amp;f=C:\\Docs\\A b.pdf</on-task-postpone>
      <on-task-complete>https://x/c.aspx?r=\${requestId}</on-task-complete><on-task-cancel>https://x/n.aspx?r=\${requestId}</on-task-cancel></task>`,
    V2,
  );
  const spec = await order(xml, { version: 2, echoIsValid: false });
  const [task] = spec.tasks;
  t.equal(task?.onTaskPostpone, 'https://x/p.aspx?r=${requestId}&f=C:\\Docs\\A b.pdf');
  t.match(spec.documents, [{ kind: 'provided', mimeType: 'application/pdf', signTextEntry: 'S' }]);
  t.match(texts((await documentService(2).call(xml)).body, 'artifact'), [/^[0-9a-z]{25}$/]);
});

t.test('written by hand for v2: notification after signature, authentication without method', async (t) => {
  const spec = await order(
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:tns="${V2}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Header/><soapenv:Body>
      <tns:create-request-request><tns:service>demo</tns:service><tns:password>Bond007</tns:password><tns:request>
      <tns:document xsi:type="tns:sds-document" ref-sds-id="x" id="doc_1"><tns:external-reference>e</tns:external-reference><tns:description>D</tns:description></tns:document>
      <tns:task id="t"><tns:document-action send-result-to-archive="false" optional="false" type="sign"><tns:document-ref>doc_1</tns:document-ref></tns:document-action>
      <tns:authentication artifact="true"></tns:authentication><tns:signature><tns:method>nbid-sign</tns:method></tns:signature>
      <tns:notification type="EMAIL" notification-id="n"><tns:recipient>a@example.com</tns:recipient><tns:sender>b@example.com</tns:sender><tns:header>H</tns:header><tns:message>M</tns:message></tns:notification>
      </tns:task></tns:request></tns:create-request-request></soapenv:Body></soapenv:Envelope>`,
    { version: 2, echoIsValid: false },
  );
  t.match(spec.tasks, [
    {
      authentication: { artifact: true },
      notifications: [{ type: 'EMAIL' }],
      signatures: [{ methods: [{ name: 'nbid-sign' }] }],
    },
  ]);
});

t.test('WCF on v2 with ids of 22 mixed characters and notifications on both levels', async (t) => {
  const id = 'qL0z-Xy_9AbCdEfGhIjKlM';
  const notification = (n: string, schedule = ''): string =>
    `<notification type="URL" notification-id="${n}"><recipient>https://x/?task_id=${id}</recipient><message>m</message>${schedule}</notification>`;
  const spec = await order(
    createRequest(
      `<profile>p</profile><language>da</language>${DOCUMENT}<task id="${id}">${SIGN}
      ${notification(id, '<schedule><state-is>created</state-is></schedule>')}${METHOD}
      <on-task-complete>https://x/?task_id=${id}</on-task-complete><on-task-cancel>https://x/</on-task-cancel></task>
      <client-reference>c</client-reference>${notification('r')}`,
      V2,
    ),
    { version: 2 },
  );
  t.match(spec.tasks, [{ id, notifications: [{ id, schedules: [{ stateIs: 'created' }] }] }]);
  t.notOk('bundle' in (spec.tasks[0] ?? {}), 'the default of bundle is not made up in what is read back');
});

t.test('a document inside the call, inline in the action, for a subject without id', async (t) => {
  const data = Buffer.from('Hello, Ærø').toString('base64');
  const spec = await order(
    createRequest(`<task id="task_1"><subject><national-id>1</national-id></subject>
      <document-action type="sign"><document xsi:type="provided-document" id="d" mime-type="text/plain">
        <data>\n${data.slice(0, 8)}\n${data.slice(8)}</data><description>D</description></document></document-action>
      <on-task-complete>https://c/</on-task-complete><on-task-cancel>https://x/</on-task-cancel>
      <authentication-based-signature><method handwritten="true"/></authentication-based-signature></task><client-reference>c</client-reference>`),
  );
  const document = spec.tasks[0]?.documentActions[0]?.document;
  t.match(document, { kind: 'provided', mimeType: 'text/plain', description: 'D' });
  t.equal(document?.kind === 'provided' && Buffer.from(document.data ?? []).toString(), 'Hello, Ærø');
  t.strictSame(spec.tasks[0]?.authenticationBasedSignatures, [
    { methods: [{ name: '', handwritten: true }] },
  ]);
});

t.test('notifications, reminders, dependencies, senders, packaging tasks', async (t) => {
  const spec = await order(
    createRequest(`${DOCUMENT}<task id="task_0_1"><days-to-live>14</days-to-live><dialog><title>T</title><message>M</message></dialog>${SIGN}
      <notification type="URL" notification-id="n1"><recipient>https://x/?a=1&amp;b</recipient><message>-</message><schedule><state-is>completed</state-is></schedule></notification>
      <notification type="EMAIL" notification-id="n2"><recipient>a@example.com</recipient><sender>b@example.com</sender><header>H</header><message>\${taskUrl}</message>
        <schedule><state-is>created</state-is><wait-until>2026-12-01T09:00:00.1234567+01:00</wait-until><wait days="3" hours="0"/></schedule></notification>
      ${METHOD}</task>
      <task id="t2"><document-action type="view" order-index="2"><document xsi:type="result-document" ref-task-id="task_0_1" ref-document-id="doc_1"/></document-action>
        <depends-on-task>task_0_1</depends-on-task><configuration>default</configuration><sign-text>S</sign-text></task>
      <sender><unique-id>u</unique-id></sender>
      <notification type="URL" notification-id="r"><recipient>https://x/</recipient><message>m</message></notification>
      <days-until-deletion>30</days-until-deletion><sdo-format>native</sdo-format><account>acc</account>
      <packaging-task packaging-task-id="p" method="pades" send-to-archive="1"><packaging-task-document task-id="task_0_1" document-id="doc_1"/></packaging-task>`),
  );
  t.match(spec, {
    tasks: [
      {
        daysToLive: 14,
        dialog: { title: 'T', message: 'M' },
        notifications: [
          { id: 'n1', type: 'URL', recipient: 'https://x/?a=1&b', schedules: [{ stateIs: 'completed' }] },
          {
            id: 'n2',
            header: 'H',
            message: '${taskUrl}',
            schedules: [{ waitUntil: '2026-12-01T09:00:00.1234567+01:00', wait: { days: 3, hours: 0 } }],
          },
        ],
      },
      {
        dependsOnTasks: ['task_0_1'],
        configuration: 'default',
        signText: 'S',
        documentActions: [{ orderIndex: 2, document: { kind: 'result', refTaskId: 'task_0_1' } }],
      },
    ],
    sender: { uniqueId: 'u' },
    notifications: [{ id: 'r', schedules: [] }],
    daysUntilDeletion: 30,
    sdoFormat: 'native',
    account: 'acc',
    packagingTasks: [
      {
        id: 'p',
        method: 'pades',
        sendToArchive: true,
        documents: [{ taskId: 'task_0_1', documentId: 'doc_1' }],
      },
    ],
  });
});

t.test('PHP and hand-made envelopes: a lost xsi:type is inferred where it can be', async (t) => {
  const kinds = async (document: string): Promise<string[]> => {
    const spec = await order(createRequest(`${document}<task id="t">${SIGN}${METHOD}</task>`));
    return spec.documents.map(({ kind }) => kind);
  };
  t.same(await kinds('<document id="d" ref-sds-id="x"><description>A</description></document>'), ['sds']);
  t.same(await kinds('<document id="d" mime-type="text/plain"><description>A</description></document>'), [
    'provided',
  ]);
  t.same(await kinds('<document id="d" ref-archive-id="x"/>'), ['archive']);
  t.same(await kinds('<document ref-task-id="t" ref-document-id="d"/>'), ['result']);
  t.same(await kinds('<document ref-packaging-task-id="p"/>'), ['packaging-result']);
  t.same(await kinds('<document id="d"><external-reference>r</external-reference></document>'), ['bare']);
  t.same(
    await kinds('<document xsi:type="unbound:sds-document" id="d" ref-sds-id="x"><description/></document>'),
    ['sds'],
  );
  t.same(
    await kinds('<document xsi:type="tns:upload-document" id="d"><description>Up</description></document>'),
    ['upload'],
  );
});

t.test('PHP classes: every schedule with a wait, a format that is always sent', async (t) => {
  const spec = await order(
    envelope(`<ns1:create-request-request xmlns:ns1="${V3}"><ns1:service>demo</ns1:service><ns1:password>Bond007</ns1:password><ns1:request>
      <ns1:profile>p</ns1:profile><ns1:language>nb</ns1:language>
      <ns1:document id="doc_1"><ns1:external-reference>e</ns1:external-reference></ns1:document>
      <ns1:task id="t" bundle="false"><ns1:subject id="s"><ns1:first-name>A</ns1:first-name></ns1:subject>
        <ns1:document-action type="sign"><ns1:document-ref>doc_1</ns1:document-ref></ns1:document-action>
        <ns1:notification type="SMS" notification-id="n"><ns1:recipient>+45</ns1:recipient><ns1:message>m</ns1:message>
          <ns1:schedule><ns1:state-is>created</ns1:state-is><ns1:wait days="0" hours="1" minutes="30"/></ns1:schedule></ns1:notification>
        <ns1:on-task-complete>https://c/</ns1:on-task-complete>
        <ns1:authentication-based-signature><ns1:method handwritten="false">ftn-sign</ns1:method></ns1:authentication-based-signature></ns1:task>
      <ns1:client-reference>c</ns1:client-reference><ns1:sdo-format>native</ns1:sdo-format></ns1:request></ns1:create-request-request>`),
  );
  t.match(spec, {
    sdoFormat: 'native',
    documents: [{ kind: 'bare', externalReference: 'e' }],
    tasks: [
      {
        notifications: [{ schedules: [{ wait: { days: 0, hours: 1, minutes: 30 } }] }],
        authenticationBasedSignatures: [{ methods: [{ name: 'ftn-sign', handwritten: false }] }],
      },
    ],
  });
});

t.test('SOAP::Lite and mono: no namespace at all, or none on the outermost element', async (t) => {
  const content = (prefix: string): string =>
    `<${prefix}service>demo</${prefix}service><${prefix}password>Bond007</${prefix}password><${prefix}request>` +
    `<${prefix}task id="t"><${prefix}document-action type="sign"/></${prefix}task></${prefix}request>`;
  const lite = content('').replace('<service>', '<service xsi:type="xsd:string" xmlns:xsd="urn:xsd">');
  t.equal(
    (await order(envelope(`<create-request-request>${lite}</create-request-request>`))).tasks.length,
    1,
  );
  t.equal(
    (await order(envelope(`<create-request-request>${content('tns:')}</create-request-request>`))).tasks
      .length,
    1,
  );
});

t.test('empty elements: absent where they cannot be empty, the default where there is one', async (t) => {
  const spec = await order(
    createRequest(`<document xsi:nil="true"/>${DOCUMENT}<task id="t" bundle=""><days-to-live/>${SIGN}
      <notification xsi:nil="1"/>${METHOD}</task><client-reference/><days-until-deletion> </days-until-deletion><sdo-format/>`),
  );
  t.notOk(spec.tasks[0] && ('daysToLive' in spec.tasks[0] || 'bundle' in spec.tasks[0]));
  t.match(spec, { clientReference: '', sdoFormat: 'native', documents: [{ id: 'doc_1' }] });
  t.notOk('daysUntilDeletion' in spec);
  t.equal(spec.tasks[0]?.notifications.length, 0);
});

t.test('several requests in one call keep their order', async (t) => {
  const { api, call } = documentService();
  const one = (id: string): string => `<request><task id="${id}">${SIGN}</task></request>`;
  const { body } = await call(operation('create-request-request', one('a') + one('b') + one('c')));
  t.same(texts(body, 'request-id'), [...api.orders.keys()]);
  t.same(
    [...api.orders.values()].map(({ tasks }) => tasks[0]?.id),
    ['a', 'b', 'c'],
  );
});

t.test('SOAP 1.2 is answered in SOAP 1.2', async (t) => {
  const { call } = documentService();
  const s12 = 'http://www.w3.org/2003/05/soap-envelope';
  const xml = createRequest(`<task id="t">${SIGN}</task>`).replace(
    'http://schemas.xmlsoap.org/soap/envelope/',
    s12,
  );
  const reply = await call(xml, 'application/soap+xml; charset=utf-8');
  t.match(reply, { status: 200, contentType: 'application/soap+xml;charset=UTF-8' });
  t.equal(replyErrors(schema, reply.body), '');
  t.match(reply.body, `xmlns:soap="${s12}"`);
  const fault = await call(xml.replace('Bond007', 'wrong'), 'application/soap+xml');
  t.match(fault.body, '<soap:Value>soap:Sender</soap:Value>');
});

t.test('payloads of another contract version are not taken for ours', async (t) => {
  const { call, api } = documentService();
  const reply = await call(
    createRequest(`<task id="t">${SIGN}</task>`).replaceAll(V3, V3.replace('v3', 'v2')),
  );
  t.match(reply.body, '<code>OPERATION_UNKNOWN</code>');
  t.equal(api.orders.size, 0);
});
