/** One answer says everything that is wrong with a request: its form, its content, its documents; each thing once. */
import t from 'tap';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '@segl/server/problems';
import { createSoapServices, type SoapServices } from '../../../support/server/soap-services.ts';
import { texts } from '../../../support/server/soap-call.ts';

let application: SoapServices;
t.before(async () => {
  application = await createSoapServices();
});
t.teardown(() => application.close());

const unescape = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

async function problems(element: string, content: string, code = 'REQUEST_INVALID'): Promise<string[]> {
  const body = await application.call('documentservice-v3', element, content, code);
  return texts(body, 'problem').map(unescape);
}

const text = Buffer.from('I promise.').toString('base64');
const provided = (id: string, data = text, more = 'mime-type="text/plain"'): string =>
  `<document xsi:type="provided-document" id="${id}" ${more}><data>${data}</data><description>D</description></document>`;
const sign = (ref: string): string =>
  `<document-action type="sign"><document-ref>${ref}</document-ref></document-action>`;
const METHOD = '<signature><method>nemid-sign</method></signature>';

const stored = async (): Promise<number> => {
  const { db } = application.home.application.context;
  const [row] = await db.query<{ count: number }>(
    'select (select count(*) from orders)::int + (select count(*) from user_sessions)::int as count',
  );
  return row!.count;
};

t.test('what cannot be read and what cannot be accepted, in one answer', async (t) => {
  const at = 'create-request-request/request[1]';
  const found = await problems(
    'create-request-request',
    `<request><colour>red</colour>
      ${provided('broken', Buffer.from('%PDF-1.7 no').toString('base64'), 'mime-type="application/pdf"')}
      <document xsi:type="sds-document" id="gone" ref-sds-id="nothing"/>
      ${provided('fine')}
      <task id="a" bundle="perhaps"><days-to-live>0</days-to-live>${sign('fine')}${sign('ghost')}
        <notification type="URL" notification-id="n"><recipient>nowhere</recipient></notification>
        <signature><method>telepathy</method></signature></task>
      <days-until-deletion>soon</days-until-deletion></request>
     <request><document xsi:type="sds-document" ref-sds-id="none"><description>D</description></document>
      <task><document-action type="view"/></task></request>`,
  );
  const expected = [
    new RegExp(`^${escape(`${at}/colour: is not known here; known elements: profile, `)}`),
    `${at}/document[2]/description: is missing`,
    `${at}/task[@id="a"]/@bundle: must be true or false`,
    `${at}/task[@id="a"]/notification[@notification-id="n"]/message: is missing`,
    `${at}/days-until-deletion: must be a whole number`,
    /request\[2\]\/task\[1\]\/@id: is missing$/,
    new RegExp(`^${escape(`${at}/document[1]/data: `)}The PDF cannot be used`),
    `${at}/document[2]/@ref-sds-id: there is no document "nothing" in session data storage; it may have expired`,
    `${at}/task[@id="a"]/days-to-live: must be 1 to 3650`,
    `${at}/task[@id="a"]/document-action[2]/document-ref: there is no document "ghost" in this request`,
    `${at}/task[@id="a"]/notification[@notification-id="n"]/recipient: must be an absolute http or https URL`,
    new RegExp(
      `^${escape(`${at}/task[@id="a"]/signature/method: "telepathy" is not offered here; allowed: `)}`,
    ),
    /request\[2\]\/document\[1\]\/@ref-sds-id: there is no document "none"/,
    /request\[2\]\/task\[1\]\/document-action\[1\]: needs a document-ref or a document$/,
  ];
  for (const one of expected)
    t.equal(
      found.filter((line) => (one instanceof RegExp ? one.test(line) : one === line)).length,
      1,
      `${String(one)} in\n${found.join('\n')}`,
    );
  t.equal(found.length, expected.length, found.join('\n'));
  t.equal(await stored(), 0);
});

const escape = (text: string): string => text.replace(/[[\]/.*+?^$(){}|\\]/g, '\\$&');

/** A request with one mistake in its form, and what its content would be blamed for if nobody knew. */
const single: Record<string, [xml: string, path: string]> = {
  'a task without an id, that another depends on': [
    `${provided('d')}<task>${sign('d')}${METHOD}</task><task id="b">${sign('d')}${METHOD}<depends-on-task>a</depends-on-task></task>`,
    'task[1]/@id',
  ],
  'an action without a type, about an upload': [
    '<document xsi:type="upload-document" id="u"><description>D</description></document><task id="a"><document-action><document-ref>u</document-ref></document-action></task>',
    'task[@id="a"]/document-action[1]/@type',
  ],
  'a document-ref with elements in it': [
    `${provided('d')}<task id="a"><document-action type="view"><document-ref><id>d</id></document-ref></document-action></task>`,
    'task[@id="a"]/document-action[1]/document-ref',
  ],
  'a document of an unknown type': [
    `<document xsi:type="movie" id="d"><description>D</description></document><task id="a">${sign('d')}${METHOD}</task>`,
    'document[1]/@xsi:type',
  ],
  'a document without its media type': [
    `${provided('d', text, '')}<task id="a">${sign('d')}${METHOD}</task>`,
    'document[1]/@mime-type',
  ],
  'data that is not base64': [
    `${provided('d', '***')}<task id="a">${sign('d')}${METHOD}</task>`,
    'document[1]/data',
  ],
  'days that are no number': [
    `${provided('d')}<task id="a"><days-to-live>many</days-to-live>${sign('d')}${METHOD}</task>`,
    'task[@id="a"]/days-to-live',
  ],
  'a signature without a method': [
    `${provided('d')}<task id="a">${sign('d')}<signature/></task>`,
    'task[@id="a"]/signature[1]/method',
  ],
  'a task without actions': [`<task id="a">${METHOD}</task>`, 'task[@id="a"]/document-action'],
  'a notification without a type': [
    `${provided('d')}<task id="a">${sign('d')}${METHOD}<notification notification-id="n"><recipient>x</recipient><message>m</message></notification></task>`,
    'task[@id="a"]/notification[@notification-id="n"]/@type',
  ],
  'a notification without a recipient': [
    `${provided('d')}<task id="a">${sign('d')}${METHOD}</task><notification type="URL" notification-id="n"><message>m</message></notification>`,
    'notification[@notification-id="n"]/recipient',
  ],
  'a schedule that cannot be read': [
    `${provided('d')}<task id="a">${sign('d')}${METHOD}<notification type="URL" notification-id="n"><recipient>https://x/</recipient><message>m</message><schedule><state-is>created</state-is><wait-until>noon</wait-until></schedule></notification></task>`,
    'task[@id="a"]/notification[@notification-id="n"]/schedule[1]/wait-until',
  ],
  'a packaging task without an id, whose result is shown': [
    `${provided('d')}<document xsi:type="packaging-result-document" id="r" ref-packaging-task-id="p"/>
     <task id="a">${sign('d')}${METHOD}</task><task id="b"><document-action type="view"><document-ref>r</document-ref></document-action></task>
     <packaging-task method="pades"><packaging-task-document task-id="a" document-id="d"/></packaging-task>`,
    'packaging-task[1]/@packaging-task-id',
  ],
  'a packaging task with a document that is not named': [
    `${provided('d')}<task id="a">${sign('d')}${METHOD}</task><packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="a"/></packaging-task>`,
    'packaging-task[@packaging-task-id="p"]/packaging-task-document[1]/@document-id',
  ],
};

t.test('what could not be read is not blamed for its content too', async (t) => {
  for (const [name, [xml, path]] of Object.entries(single)) {
    const found = await problems('create-request-request', `<request>${xml}</request>`);
    t.equal(found.length, 1, `${name}\n${found.join('\n')}`);
    t.match(found[0], `create-request-request/request[1]/${path}: `, name);
  }
  t.equal(await stored(), 0);
});

t.test('many problems are cut off, and the rest is counted, of either kind', async (t) => {
  const task = '<task id="T"><days-to-live>0</days-to-live><document-action type="view"/></task>';
  const tasks = Array.from({ length: 60 }, (_, index) => task.replace('T', `t${index}`)).join('');
  for (const [content, code] of [
    [`<request>${tasks}</request>`, 'ORDER_INVALID'],
    [`<request><x/>${tasks}</request>`, 'REQUEST_INVALID'],
  ] as const) {
    const found = await problems('create-request-request', content, code);
    t.equal(found.length, 51);
    t.equal(found.at(-1), code === 'ORDER_INVALID' ? 'and 70 more' : 'and 71 more');
  }
});

t.test('the other operations too', async (t) => {
  const order = `<request>${provided('d')}<task id="a">${sign('d')}${METHOD}</task></request>`;
  const made = await application.call('documentservice-v3', 'create-request-request', order);
  const id = `<request-id>${texts(made, 'request-id')[0]}</request-id>`;
  const before = await stored();
  const cases: [element: string, content: string, lines: (string | RegExp)[]][] = [
    [
      'add-task-request',
      `${id}<task id="a" bundle="x">${sign('none')}${METHOD}</task>`,
      [
        'add-task-request/task[@id="a"]/@bundle: must be true or false',
        'add-task-request/task[@id="a"]: the id is used twice in this request',
        'add-task-request/task[@id="a"]/document-action[1]/document-ref: there is no document "none" in this request',
      ],
    ],
    [
      'add-task-request',
      `<request-id>none</request-id><task>${sign('d')}${METHOD}</task>`,
      [
        'add-task-request/task/@id: is missing',
        'add-task-request/request-id: There is no request "none" for this service.',
      ],
    ],
    [
      'add-task-request',
      `${id}<task>${METHOD}<days-to-live>0</days-to-live></task>`,
      [
        'add-task-request/task/@id: is missing',
        'add-task-request/task/document-action: is missing',
        'add-task-request/task/days-to-live: must be 1 to 3650',
      ],
    ],
    [
      'add-notification-request',
      `${id}<task-id>b</task-id><notification type="URL"><recipient>mail</recipient><message>m</message></notification>`,
      [
        'add-notification-request/notification/@notification-id: is missing',
        /^add-notification-request\/notification(\[1\])?\/recipient: must be an absolute http or https URL$/,
        /^add-notification-request\/task-id: The request ".*" has no task "b"\.$/,
      ],
    ],
    [
      'find-tasks-request',
      '<filter><criteria><field>created</field><value>soon</value></criteria><criteria><field>colour</field><value>1</value></criteria></filter><from-index>-1</from-index><to-index>many</to-index>',
      [
        /criteria\[2\]\/field: must be one of id, /,
        'find-tasks-request/to-index: must be a whole number',
        /criteria\[1\]\/value: "soon" is no time for created; allowed: /,
        'find-tasks-request/from-index: must be 0 or more',
      ],
    ],
    [
      'find-tasks-request',
      '<filter/><from-index>x</from-index><to-index>20000</to-index>',
      ['find-tasks-request/from-index: must be a whole number'],
    ],
    [
      'get-task-count-request',
      '<filter><criteria><field>id</field><value>x</value><operator>like</operator></criteria></filter>',
      [
        /criteria\[1\]\/operator: must be one of /,
        /criteria\[1\]\/value: "x" is no number for id; allowed: /,
      ],
    ],
    [
      'create-usersession-request',
      '<user-session><session-task request-id="none" task-id="a" order="first"/><session-task task-id="a" order="2"/></user-session>',
      [
        'create-usersession-request/user-session/session-task[1]/@order: must be a whole number',
        'create-usersession-request/user-session/session-task[2]/@request-id: is missing',
        'create-usersession-request/user-session/session-task[1]/@request-id: there is no request "none" for this service',
      ],
    ],
  ];
  for (const [element, content, lines] of cases) {
    const found = await problems(element, content);
    t.match(found, lines, `${element}\n${found.join('\n')}`);
    t.equal(found.length, lines.length, found.join('\n'));
  }
  t.equal(await stored(), before);
});

t.test('a document that is too large is a problem among others', async (t) => {
  const { maxDocumentBytes } = application.home.application.context.config;
  const data = Buffer.alloc(maxDocumentBytes + 1, 'a');
  const spec = {
    subjects: [],
    documents: [{ kind: 'provided' as const, id: 'd', description: 'D', mimeType: 'text/plain', data }],
    tasks: [],
    notifications: [],
    packagingTasks: [],
  };
  const error = await application.home.orders
    .createRequests({ service: 'demo' }, [spec])
    .catch((e: unknown) => e);
  t.ok(isSeglError(error, 'ORDER_INVALID'));
  const { problems } = (error as SeglError).params as { problems: readonly Problem[] };
  const lines = problems.map((problem) => serverProblems.catalogue.text(problem, 'en'));
  t.same(lines, [
    'task: at least one is needed',
    `document[1]/data: must be at most ${maxDocumentBytes} bytes (MAX_DOCUMENT_BYTES)`,
  ]);
});
