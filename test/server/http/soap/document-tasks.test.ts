/** The later life of an order, in the words of DocumentService v3: nine operations on tasks and notifications. */
import t from 'tap';
import { serverProblems } from '@segl/server/problems';
import type { TaskFilter } from '@segl/server/domain/order/task-search';
import { replyErrors, schemaOf } from '../../../support/server/reply-schema.ts';
import { createRequest, documentService, operation, texts } from '../../../support/server/soap-call.ts';

const schema = schemaOf('documentservice-v3.wsdl');
t.teardown(() => schema.dispose());

const IDS = '<request-id>r1</request-id><task-id>t1</task-id>';
const EMPTY_BODY = /<soap:Body><\/soap:Body>/;

/** Sends one operation; its reply must fit the schema. */
async function valid(
  service: ReturnType<typeof documentService>,
  name: string,
  content: string,
): Promise<string> {
  const { status, body } = await service.call(operation(name, content));
  const wrong = status === 200 ? replyErrors(schema, body) : body;
  if (wrong) throw new Error(`${name}: ${wrong}`);
  return body;
}

/** The problems with which an operation is refused. */
async function problems(name: string, content: string): Promise<string[]> {
  const { body } = await documentService().call(operation(name, content));
  if (!body.includes('<code>REQUEST_INVALID</code>')) throw new Error(body);
  return texts(body, 'problem');
}

t.test('operations without a result answer an empty Body', async (t) => {
  const { call, api } = documentService();
  const silent = async (name: string, content: string): Promise<void> => {
    const { status, body } = await call(operation(name, content));
    t.equal(status, 200, name);
    t.match(body, EMPTY_BODY, name);
  };
  const notification =
    '<notification type="SMS" notification-id="n1"><recipient>+4512345678</recipient><message>${taskUrl}</message></notification>';
  await silent('disable-task-request', IDS);
  await silent('set-client-status-request', `${IDS}<client-status>paid &amp; done</client-status>`);
  await silent('add-notification-request', IDS + notification);
  await silent('add-notification-request', `<request-id>r1</request-id><task-id/>${notification}`);
  await silent(
    'disable-notification-request',
    `${IDS}<notification-id>a</notification-id><notification-id>b</notification-id>`,
  );
  await silent(
    'disable-notification-request',
    '<request-id>r1</request-id><notification-id>a</notification-id>',
  );
  const sms = { id: 'n1', type: 'SMS', recipient: '+4512345678', message: '${taskUrl}', schedules: [] };
  t.strictSame(api.asked, [
    ['disableTask', 'r1', 't1'],
    ['setClientStatus', 'r1', 't1', 'paid & done'],
    ['addNotification', 'r1', 't1', sms],
    ['addNotification', 'r1', undefined, sms],
    ['disableNotification', 'r1', 't1', ['a', 'b']],
    ['disableNotification', 'r1', undefined, ['a']],
  ]);
});

t.test('a task is added with all that a task may have, and read back as it was sent', async (t) => {
  const service = documentService();
  const { body: created } = await service.call(
    createRequest('<task id="t0"><document-action type="sign"/></task>'),
  );
  const [requestId = ''] = texts(created, 'request-id');
  const task =
    '<task bundle="true" id="t1"><subject-ref>s</subject-ref><subject id="s"><national-id>1</national-id><username>u</username>' +
    '<attribute name="a" value="b"/></subject><days-to-live>3</days-to-live><dialog><title>T</title><message>M</message></dialog>' +
    '<document-action order-index="1" type="sign" optional="true" send-result-to-archive="true"><dialog><title>D</title></dialog>' +
    '<document xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:tns="https://id.signicat.com/definitions/wsdl/Document-v3" xsi:type="tns:sds-document" id="d" ref-sds-id="x" send-to-archive="true">' +
    '<external-reference>e</external-reference><form id="interactive"><input-param name="n" value="v"/></form>' +
    '<sign-text-entry>S</sign-text-entry><description>A</description></document></document-action>' +
    '<notification type="URL" notification-id="n"><recipient>https://x/</recipient><message>-</message>' +
    '<schedule><state-is>created</state-is><wait-until>2026-12-01T09:00:00+01:00</wait-until><wait days="1" hours="2" minutes="3"/>' +
    '<days-of-week>MON</days-of-week><time-of-day>10:00</time-of-day><timezone>Europe/Copenhagen</timezone></schedule></notification>' +
    '<authentication artifact="true"><dialog><title>L</title></dialog><method>nemid</method></authentication>' +
    '<on-task-postpone>https://p/</on-task-postpone><on-task-complete>https://c/</on-task-complete><on-task-cancel>https://x/</on-task-cancel>' +
    '<depends-on-task>t0</depends-on-task><profile>p</profile><language>da</language><configuration>default</configuration>' +
    '<sign-text>ST</sign-text><signature if-authentication="nemid" responsive="true"><dialog><title>G</title></dialog>' +
    '<method handwritten="false">nemid-sign</method></signature>' +
    '<authentication-based-signature if-authentication="a"><method>ftn-sign</method></authentication-based-signature></task>';
  const added = await valid(service, 'add-task-request', `<request-id>${requestId}</request-id>${task}`);
  t.match(texts(added, 'artifact'), [/^[0-9a-z]{25}$/]);
  const read = await valid(
    service,
    'get-task-request',
    `<request-id>${requestId}</request-id><task-id>t1</task-id>`,
  );
  const sorted = (xml: string): string[] => [...xml].sort();
  t.same(
    sorted(/<task .*<\/task>/.exec(read)?.[0] ?? ''),
    sorted(task),
    'nothing is lost, attributes in any order',
  );

  const plain = '<task id="t2"><document-action type="view"/></task>';
  const quiet = await valid(service, 'add-task-request', `<request-id>${requestId}</request-id>${plain}`);
  t.notMatch(quiet, 'artifact');
  const unknown = await service.call(
    operation('get-task-request', `<request-id>${requestId}</request-id><task-id>T1</task-id>`),
  );
  t.same(texts(unknown.body, 'code'), ['REQUEST_TASK_UNKNOWN']);
});

t.test('a search takes its value with or without a type, and its defaults', async (t) => {
  const service = documentService();
  const typed = '<value xsi:type="xs:string" xmlns:xs="http://www.w3.org/2001/XMLSchema">t/1 </value>';
  const criteria = [
    `<criteria><field>task-id</field>${typed}</criteria>`,
    '<criteria><field>client-reference</field><value/><operator/><case-sensitive/></criteria>',
    '<criteria xsi:nil="true"/>',
    '<criteria><case-sensitive>false</case-sensitive><operator>contains</operator><value>Ærø</value><field>document-description</field></criteria>',
    '<criteria><field>created</field><value>2026-05-31T12:00:00+02:00</value><operator>greater-than</operator></criteria>',
    '<criteria><field>last-updated</field><value>2026-06</value><operator>contains</operator></criteria>',
    '<criteria><field>days-to-live</field><value> +030 </value><operator>not-equals</operator></criteria>',
  ].join('');
  const dates = '<from-date>2026-05-01T00:00:00+02:00</from-date><to-date>2026-06-01T00:00:00</to-date>';
  await valid(service, 'find-tasks-request', `<filter>${criteria}${dates}</filter><from-index/><to-index/>`);
  const equals = { operator: 'equals', caseSensitive: true };
  const filter: TaskFilter = {
    criteria: [
      { field: 'task-id', value: 't/1', ...equals },
      { field: 'client-reference', value: '', ...equals },
      { field: 'document-description', value: 'Ærø', operator: 'contains', caseSensitive: false },
      { field: 'created', value: '2026-05-31T12:00:00+02:00', operator: 'greater-than', caseSensitive: true },
      { field: 'last-updated', value: '2026-06', operator: 'contains', caseSensitive: true },
      { field: 'days-to-live', value: '+030', operator: 'not-equals', caseSensitive: true },
    ] as TaskFilter['criteria'],
    from: new Date('2026-04-30T22:00:00Z'),
    to: new Date('2026-06-01T00:00:00Z'),
  };
  t.strictSame(service.api.asked, [['findTasks', filter, { from: 0, to: 100 }]]);

  service.api.asked.length = 0;
  const paging = '<from-index>10</from-index><to-index>20</to-index>';
  await valid(
    service,
    'find-tasks-request',
    `<filter/>${paging}<sort-field>signer</sort-field><ascending>1</ascending>`,
  );
  await valid(service, 'find-tasks-request', '<filter/>');
  await valid(service, 'get-task-count-request', `<filter>${criteria}${dates}</filter>`);
  t.strictSame(service.api.asked, [
    ['findTasks', { criteria: [] }, { from: 10, to: 20, sort: 'signer', ascending: true }],
    ['findTasks', { criteria: [] }, { from: 0, to: 100 }],
    ['countTasks', filter],
  ]);
});

t.test('found tasks carry all their attributes, or only those that there are', async (t) => {
  const service = documentService();
  const at = new Date('2026-05-31T10:00:00.5Z');
  const least = {
    id: '1',
    requestId: 'r',
    taskId: 't',
    status: 'created' as const,
    created: at,
    lastUpdated: at,
    daysToLive: 30,
  };
  service.api.found = [
    least,
    {
      ...least,
      id: '2',
      status: 'completed',
      documentId: 'd',
      archiveId: 'a',
      account: 'acc',
      language: 'da',
      documentDescription: 'A & "B"',
      mimeType: 'application/pdf',
      subjectFirstName: 'Anna',
      subjectLastName: 'Ø',
      subjectEmail: 'a@example.com',
      subjectNationalId: '1',
      subjectMobile: '+45',
      signer: 'S',
      senderUniqueId: 'u',
      clientReference: 'c',
      clientStatus: 'cs',
    },
  ];
  const body = await valid(service, 'find-tasks-request', '<filter/>');
  t.match(
    body,
    '<task id="1" request-id="r" task-id="t" task-status="created" created="2026-05-31T10:00:00.500Z"',
  );
  t.match(body, 'document-description="A &amp; &quot;B&quot;"');
  t.equal(body.match(/<task /g)?.length, 2);
  t.equal(/<task id="2".*?\/>/.exec(body)?.[0].match(/="/g)?.length, 22, 'all 22 attributes');
  t.same(texts(await valid(service, 'get-task-count-request', '<filter/>'), 'count'), ['2']);
});

t.test('what is wrong with a search is told at once, with what is allowed', async (t) => {
  const at = 'find-tasks-request';
  t.match(
    await problems(
      at,
      '<filter><criteria><field>colour</field><operator>like</operator></criteria><criteria><field>id</field><value><a/></value></criteria></filter><sort-field>x</sort-field>',
    ),
    [
      /criteria\[1\]\/field: must be one of id, request-id, task-id, /,
      /criteria\[1\]\/operator: must be one of equals, not-equals, contains, less-than, greater-than$/,
      /criteria\[1\]\/value: is missing$/,
      /criteria\[2\]\/value: must be text, without elements in it$/,
      /sort-field: must be one of id, /,
    ],
  );
  t.strictSame(await problems('get-task-count-request', ''), ['get-task-count-request/filter: is missing']);
});

t.test('what is wrong with the other operations names the element', async (t) => {
  t.strictSame(await problems('add-task-request', '<request-id>r</request-id>'), [
    'add-task-request/task: is missing',
  ]);
  t.strictSame(await problems('set-client-status-request', IDS), [
    'set-client-status-request/client-status: is missing',
  ]);
  t.strictSame(await problems('disable-notification-request', IDS), [
    'disable-notification-request/notification-id: is missing',
  ]);
  t.match(await problems('add-notification-request', `${IDS}<notification type="FAX"/>`), [
    /@type: must be one of SMS, EMAIL, URL$/,
    /@notification-id: is missing$/,
    /recipient: is missing$/,
    /message: is missing$/,
  ]);
  t.strictSame(await problems('create-usersession-request', '<user-session/>'), [
    'create-usersession-request/user-session/session-task: is missing',
  ]);
  t.match(
    await problems('create-usersession-request', '<user-session><session-task order="1st"/></user-session>'),
    [
      /session-task\[1\]\/@order: must be a whole number$/,
      /session-task\[1\]\/@request-id: is missing$/,
      /session-task\[1\]\/@task-id: is missing$/,
    ],
  );
});

t.test('a user session over tasks of several requests', async (t) => {
  const service = documentService();
  const body = await valid(
    service,
    'create-usersession-request',
    `<user-session><language>da</language><on-session-postpone/><on-session-complete>https://c/</on-session-complete><on-session-cancel>https://x/</on-session-cancel>
      <session-task request-id="r1" task-id="t/1" order="2" description="Second"/><session-task request-id="r2" task-id="t" order="1"/></user-session>`,
  );
  t.match(texts(body, 'user-session-id'), [/^\d{8}[0-9a-z]{50}$/]);
  t.match(texts(body, 'artifact'), [/^[0-9a-z]{25}$/]);
  t.strictSame(service.api.asked, [
    [
      'createUserSession',
      {
        language: 'da',
        onSessionComplete: 'https://c/',
        onSessionCancel: 'https://x/',
        tasks: [
          { requestId: 'r1', taskId: 't/1', order: 2, description: 'Second' },
          { requestId: 'r2', taskId: 't', order: 1 },
        ],
      },
    ],
  ]);
});

t.test("the desk's refusals are faults here too", async (t) => {
  const { call, api } = documentService();
  api.disableTask = async () => {
    throw serverProblems.error('REQUEST_UNKNOWN', { requestId: 'r1' });
  };
  const { status, body } = await call(operation('disable-task-request', IDS));
  t.equal(status, 500);
  t.same(texts(body, 'code'), ['REQUEST_UNKNOWN']);
  const wrong = await call(operation('disable-task-request', IDS).replace('Bond007', 'x'));
  t.same(texts(wrong.body, 'code'), ['CREDENTIALS_WRONG']);
});
