/** DocumentService v2: the same orders with the older layout, and replies that hold nothing v2 clients do not know. */
import t from 'tap';
import { replyErrors, schemaOf } from '../../../support/server/reply-schema.ts';
import { createRequest, documentService, operation, texts, V2 } from '../../../support/server/soap-call.ts';
import { documentServiceV2 } from '@segl/server/http/soap/document-v2/service';
import { loadWsdl } from '@segl/server/http/soap/wsdl';
import { projectFile } from '@segl/server/paths';
import type { OrderSpec } from '@segl/server/domain/order/model';
import type { TaskInfo } from '@segl/server/domain/order/task-search';
import { MemoryServices } from '../../../support/server/memory-services.ts';

const schema = schemaOf('documentservice-v2.wsdl');
t.teardown(() => schema.dispose());

type Service = ReturnType<typeof documentService>;

async function valid({ call }: Service, name: string, content: string): Promise<string> {
  const { status, body } = await call(operation(name, content, V2));
  const wrong = status === 200 ? replyErrors(schema, body) : body;
  if (wrong) throw new Error(`${name}: ${wrong}`);
  return body;
}

const ask = (requestId: string): string => `<request-id>${requestId}</request-id>`;

/** Puts an order into the desk as if it had come through v3. */
function keep({ api }: Service, order: Partial<OrderSpec>): string {
  const none = { subjects: [], documents: [], tasks: [], notifications: [], packagingTasks: [] };
  api.orders.set('r1', { ...none, ...order });
  return 'r1';
}

const task = {
  id: 't1',
  documentActions: [{ type: 'sign' as const }],
  notifications: [],
  dependsOnTasks: [],
  signatures: [],
  authenticationBasedSignatures: [],
};

t.test('14 operations, every one on the machinery of v3', async (t) => {
  const api = new MemoryServices();
  const { operations, wsdl, path } = documentServiceV2(api, api);
  t.equal(path, '/ws/documentservice-v2');
  t.same([...operations.keys()].sort(), [...wsdl.operations.values()].map(({ name }) => name).sort());
  t.equal(operations.size, 14);
  const v3 = loadWsdl(projectFile('wsdl', 'documentservice-v3.wsdl'));
  const missing = [...v3.operations.values()].filter(({ name }) => !operations.has(name));
  t.same(missing.map(({ name }) => name).sort(), ['createUserSession', 'getPackagingTaskStatus']);
});

t.test('an order of v2 is read back equal, in the order of its schema', async (t) => {
  const service = documentService(2);
  const request =
    '<request><profile>p</profile><subject id="s"><national-id>1</national-id></subject>' +
    '<document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tns="https://id.signicat.com/definitions/wsdl/Document-v2" id="d" xsi:type="tns:archive-document" ref-archive-id="a"/>' +
    '<task id="t" bundle="false"><subject-ref>s</subject-ref><document-action type="sign"><document-ref>d</document-ref></document-action>' +
    '<notification type="URL" notification-id="n"><recipient>https://x/</recipient><message>m</message><schedule><state-is>expired</state-is></schedule></notification>' +
    '<authentication><method>nemid</method></authentication>' +
    '<signature if-authentication="nemid"><dialog><title>T</title></dialog><method>nemid-sign</method><method>nbid-sign</method></signature>' +
    '<on-task-complete>https://c/</on-task-complete><depends-on-task>u</depends-on-task></task>' +
    '<client-reference>c</client-reference><days-until-deletion>30</days-until-deletion><sdo-format>native</sdo-format><account>a</account></request>';
  const { status, body } = await service.call(operation('create-request-request', request, V2));
  t.equal(status, 200);
  t.equal(replyErrors(schema, body), '');
  const [requestId = ''] = texts(body, 'request-id');
  t.match(service.api.orders.get(requestId)?.tasks[0], {
    bundle: false,
    signatures: [{ methods: [{ name: 'nemid-sign' }, { name: 'nbid-sign' }], ifAuthentication: 'nemid' }],
  });
  const echo = await valid(service, 'get-request-request', ask(requestId));
  const sorted = (xml: string): string[] => [...xml].sort();
  t.same(sorted(/<request>.*<\/request>/.exec(echo)?.[0] ?? ''), sorted(request));
  const one = await valid(service, 'get-task-request', `${ask(requestId)}<task-id>t</task-id>`);
  t.match(one, '</signature><on-task-complete>', 'the signature stands before the addresses');
});

t.test('what only v3 has is not known here', async (t) => {
  const { call } = documentService(2);
  const { body } = await call(
    createRequest(
      `<task id="t"><document-action type="sign"/><configuration>default</configuration><signature responsive="true"><method handwritten="true">a</method></signature>
       <authentication-based-signature/></task><packaging-task packaging-task-id="p" method="pades"/>`,
      V2,
    ),
  );
  t.match(texts(body, 'problem').sort(), [
    /packaging-task: is not known here; known elements: profile, /,
    /authentication-based-signature: is not known here; /,
    /configuration: is not known here; /,
    /signature\[1\]\/@responsive: is not known here; known attributes: if-authentication$/,
  ]);
  const v3 = await call(createRequest('<task id="t"><document-action type="sign"/></task>'));
  t.same(texts(v3.body, 'code'), ['OPERATION_UNKNOWN'], 'a payload of v3');
});

t.test('an order of v3 read through v2 loses what v2 cannot say', async (t) => {
  const service = documentService(2);
  const url = { type: 'URL' as const, recipient: 'https://x/', message: 'm' };
  const requestId = keep(service, {
    documents: [{ kind: 'packaging-result', id: 'd', refPackagingTaskId: 'p', externalReference: 'e' }],
    tasks: [
      {
        ...task,
        profile: 'p',
        language: 'da',
        configuration: 'c',
        signText: 's',
        documentActions: [{ type: 'view', document: { kind: 'packaging-result', refPackagingTaskId: 'p' } }],
        notifications: [
          { ...url, id: 'both', schedules: [{ stateIs: 'deleted' }, { stateIs: 'completed' }] },
          { ...url, id: 'deleted', schedules: [{ stateIs: 'deleted' }] },
          { ...url, id: 'none', schedules: [] },
        ],
        signatures: [{ methods: [{ name: 'nemid-sign', handwritten: true }], responsive: true }],
        authenticationBasedSignatures: [{ methods: [{ name: 'ftn-sign' }] }],
      },
    ],
    packagingTasks: [{ id: 'p', method: 'pades', notifications: [], documents: [] }],
  });
  const echo = await valid(service, 'get-request-request', ask(requestId));
  t.match(echo, '<document id="d"><external-reference>e</external-reference></document>');
  t.match(echo, '<signature><method>nemid-sign</method></signature>');
  t.same(
    [...echo.matchAll(/notification-id="(\w+)"/g)].map(([, id]) => id),
    ['both', 'none'],
  );
  await valid(service, 'get-task-request', `${ask(requestId)}<task-id>t1</task-id>`);
});

t.test('a deleted request is a fault; a task closed alone is told as expired', async (t) => {
  const service = documentService(2);
  keep(service, { tasks: [task, { ...task, id: 't2' }, { ...task, id: 't3' }] });
  service.api.statuses.set('t1', 'deleted').set('t2', 'failed');
  const closed = await valid(service, 'get-status-request', ask('r1'));
  t.same(texts(closed, 'task-status'), ['expired', 'expired', 'created']);

  service.api.orders.set('r0', { ...service.api.orders.get('r1')!, tasks: [{ ...task, id: 't1' }] });
  const { status, body } = await service.call(operation('get-status-request', ask('r1') + ask('r0'), V2));
  t.equal(status, 500);
  t.same(texts(body, 'code'), ['REQUEST_UNKNOWN']);
  t.match(texts(body, 'faultstring')[0], 'no request "r0"');
});

t.test('history and search hold no words of v3', async (t) => {
  const service = documentService(2);
  const at = new Date('2026-05-31T10:00:00Z');
  service.api.events = [
    { type: 'request-created', at },
    { type: 'packaging-task-created', at },
    { type: 'document-signed', at },
  ];
  const ids = `${ask('r')}<task-id>t</task-id>`;
  const history = await valid(service, 'get-request-history-request', ids);
  t.same(texts(history, 'event'), ['request-created', 'document-signed']);

  const info: TaskInfo = {
    id: '1',
    requestId: 'r',
    taskId: 't',
    status: 'deleted',
    created: at,
    lastUpdated: at,
    daysToLive: 30,
  };
  service.api.found = [info, { ...info, id: '2', status: 'completed' }];
  const found = await valid(service, 'find-tasks-request', '<filter/>');
  t.same(
    [...found.matchAll(/task-status="(\w+)"/g)].map(([, status]) => status),
    ['expired', 'completed'],
  );
});

t.test('the other operations answer as in v3, and fit the schema', async (t) => {
  const service = documentService(2);
  const requestId = keep(service, { tasks: [task], clientReference: 'c' });
  const ids = `${ask(requestId)}<task-id>t1</task-id>`;
  service.api.results.set('t1', [
    { documentId: 'd', result: { kind: 'order' }, formOutputParams: [{ name: 'n', value: 'v' }] },
  ]);
  t.match(
    await valid(service, 'get-status-request', ask(requestId)),
    '/doc/demo/order/r1/t1/d/sdo</result-uri>',
  );
  await valid(service, 'create-artifact-request', ids);
  await valid(service, 'get-task-count-request', '<filter/>');
  await valid(
    service,
    'add-task-request',
    `${ask(requestId)}<task id="t2"><document-action type="view"/><signature><method>a</method></signature></task>`,
  );
  const silent: [string, string][] = [
    ['disable-task-request', ids],
    ['set-client-status-request', `${ids}<client-status>s</client-status>`],
    [
      'add-notification-request',
      `${ids}<notification type="URL" notification-id="n"><recipient>https://x/</recipient><message/></notification>`,
    ],
    ['disable-notification-request', `${ids}<notification-id>n</notification-id>`],
  ];
  for (const [name, content] of silent) {
    const { status, body } = await service.call(operation(name, content, V2));
    t.equal(status, 200);
    t.match(body, '<soap:Body></soap:Body>', name);
  }
  t.equal(service.api.asked.length, 5);
  t.same(texts(await valid(service, 'delete-request-request', ask(requestId) + ask('x')), 'deleted'), ['1']);
});
