import t from 'tap';
import { documentUri, parseDocumentTarget } from '@segl/server/domain/order/document-address';
import { serverProblems } from '@segl/server/problems';
import { replyErrors, schemaOf } from '../../../support/server/reply-schema.ts';
import { orderProblems } from '@segl/server/domain/order/problems';
import {
  base,
  createRequest,
  documentService,
  envelope,
  operation,
  texts,
} from '../../../support/server/soap-call.ts';

const schema = schemaOf('documentservice-v3.wsdl');
t.teardown(() => schema.dispose());

const ORDER = createRequest(
  '<task id="t/1 å"><document-action type="sign"/></task><client-reference>c</client-reference>',
);

t.test('all problems of a request come back at once, with their paths', async (t) => {
  const { call, api } = documentService();
  const { status, body } = await call(
    createRequest(`<profil>x</profil><language>da</language><language>en</language>
      <document xsi:type="sds-document" id="d"/><document xsi:type="movie" id="m"/>
      <task bundle="yes" colour="red"><days-to-live>30abc</days-to-live><dialog>loose text</dialog>
        <document-action type="SIGN"/><document-action type="view"><document mime-type="a/b"><data>***</data><description><b/></description></document></document-action>
        <notification type="URL" notification-id="n"><recipient>r</recipient><message/><schedule><state-is>done</state-is><wait-until>tomorrow</wait-until></schedule></notification>
      </task>`),
  );
  t.equal(status, 500);
  const at = 'create-request-request/request[1]';
  const problems = texts(body, 'problem');
  t.match(
    problems.filter((line) => !line.includes('known elements') && !line.includes('known attributes')),
    [
      `${at}/language: is given more than once`,
      `${at}/document[1]/@ref-sds-id: is missing`,
      `${at}/document[1]/description: is missing`,
      /^.*document\[2\]\/@xsi:type: does not say which type of document it is; known types: sds-document, provided-document, /,
      `${at}/task[1]/@bundle: must be true or false`,
      `${at}/task[1]/days-to-live: must be a whole number`,
      `${at}/task[1]/dialog: has text where only elements are allowed`,
      `${at}/task[1]/document-action[1]/@type: must be one of sign, view, upload`,
      `${at}/task[1]/document-action[2]/document/data: must be base64`,
      `${at}/task[1]/document-action[2]/document/description: must be text, without elements in it`,
      /notification\[@notification-id=.n.\]\/schedule\[1\]\/state-is: must be one of created, completed, /,
      /notification\[@notification-id=.n.\]\/schedule\[1\]\/wait-until: must be a date and time like /,
      `${at}/task[1]/@id: is missing`,
    ],
  );
  t.match(problems[0], `${at}/profil: is not known here; known elements: profile, language, subject, `);
  t.match(
    problems.find((line) => line.includes('@colour')),
    'known attributes: id, bundle',
  );
  t.notMatch(body, /30abc|tomorrow|loose text/, 'values are not repeated');
  t.equal(api.orders.size, 0);
});

t.test('a flood of problems is cut off', async (t) => {
  const strangers = Array.from({ length: 20_000 }, (_, index) => `<x${index}/>`).join('');
  const { body } = await documentService().call(createRequest(strangers));
  t.equal(texts(body, 'problem').length, 51);
  t.match(texts(body, 'problem').at(-1), /^and \d+ more$/);
});

t.test('a wrong password is told before anything about the content', async (t) => {
  const { call } = documentService();
  for (const xml of [
    createRequest('<x/>').replace('Bond007', 'Bond008'),
    createRequest('<x/>').replace('<password>Bond007</password>', ''),
    operation('create-request-request', '').replace('demo', 'nobody'),
  ]) {
    const { status, body } = await call(xml);
    t.equal(status, 500);
    t.same(texts(body, 'code'), ['CREDENTIALS_WRONG']);
    t.same(texts(body, 'faultcode'), ['soap:Client']);
  }
});

t.test('unknown operations and odd names', async (t) => {
  const { call } = documentService();
  const code = async (xml: string): Promise<string[]> => texts((await call(xml)).body, 'code');
  for (const name of [
    'constructor',
    'hasOwnProperty',
    '__proto__',
    'createRequest',
    'Fault',
    'create-request-response',
  ]) {
    t.same(await code(operation(name, '')), ['OPERATION_UNKNOWN'], name);
  }
});

t.test(
  'getStatus: one entry a task, documents as the desk lists them, addresses on the base URL of the caller',
  async (t) => {
    const { call, api } = documentService();
    const [requestId = ''] = texts((await call(ORDER)).body, 'request-id');
    const ask = async (): Promise<string> => {
      const { body } = await call(operation('get-status-request', `<request-id>${requestId}</request-id>`));
      t.equal(replyErrors(schema, body), '');
      return body;
    };
    const open = await ask();
    t.same(texts(open, 'task-status'), ['created']);
    t.same(texts(open, 'client-reference'), ['c']);
    t.notMatch(open, 'document-status');

    api.results.set('t/1 å', [
      { documentId: 'doc_1', result: { kind: 'order' } },
      { documentId: 'uploaded', original: { kind: 'archive', archiveId: 'arch0' } },
      { documentId: 'd&2', result: { kind: 'archive', archiveId: 'arch1' } },
    ]);
    const done = await ask();
    const order = `${base}/doc/demo/order/${requestId}/t%2F1%20%C3%A5`;
    t.same(texts(done, 'original-uri'), [
      `${order}/doc_1/original`,
      `${base}/doc/demo/archive/arch0`,
      `${order}/d%262/original`,
    ]);
    t.same(texts(done, 'result-uri'), [`${order}/doc_1/sdo`, `${base}/doc/demo/archive/arch1`]);
    t.match(done, '<document-status id="d&amp;2">');

    api.results.set('t/1 å', [
      {
        documentId: 'form',
        result: { kind: 'order' },
        formOutputParams: [
          { name: 'a.name', value: 'Søren & Σία\n2' },
          { name: 'a.none', value: '' },
          { name: 'extras', value: 'one' },
          { name: 'extras', value: 'two' },
        ],
      },
    ]);
    const form = await ask();
    t.same(
      [...form.matchAll(/<form-output-param name="([^"]*)" value="([^"]*)"\/>/g)].map((each) =>
        each.slice(1),
      ),
      [
        ['a.name', 'Søren &amp; Σία&#10;2'],
        ['a.none', ''],
        ['extras', 'one'],
        ['extras', 'two'],
      ],
      'line ends survive in an attribute',
    );
    t.match(form, /<\/result-uri>\s*<form-output-param/, 'after the addresses');
  },
);

t.test('the other replies fit the schema', async (t) => {
  const { call, api } = documentService();
  const [requestId = ''] = texts((await call(ORDER)).body, 'request-id');
  const ids = `<request-id>${requestId}</request-id><task-id>t</task-id>`;
  const valid = async (name: string, content: string): Promise<string> => {
    const { status, body } = await call(operation(name, content));
    t.equal(status, 200);
    t.equal(replyErrors(schema, body), '', name);
    return body;
  };

  api.events = [
    { type: 'request-created', at: new Date('2026-05-31T10:00:00Z') },
    { type: 'packaging-task-completed', at: new Date('2026-05-31T10:00:00.5Z'), data: 'a < b\r\n' },
  ];
  const history = await valid('get-request-history-request', ids);
  t.same(texts(history, 'event-time'), ['2026-05-31T10:00:00.000Z', '2026-05-31T10:00:00.500Z']);
  t.same(texts(history, 'data'), ['a &lt; b&#13;\n']);

  api.packaging = [
    { requestId, packagingTaskId: 'p', status: 'created', results: [] },
    { requestId, packagingTaskId: 'q', status: 'completed', results: [{ kind: 'sds', id: 'abc' }] },
  ];
  const packaging = await valid('get-packaging-task-status-request', `<request-id>${requestId}</request-id>`);
  t.same(texts(packaging, 'result-uri'), [`${base}/doc/demo/sds/abc`]);

  t.match(texts(await valid('create-artifact-request', ids), 'artifact'), [/^[0-9a-z]{25}$/]);
  const deletion = await valid(
    'delete-request-request',
    `<request-id>${requestId}</request-id><request-id>x</request-id>`,
  );
  t.same(texts(deletion, 'deleted'), ['1']);
});

t.test('an unexpected failure tells a reference and nothing else', async (t) => {
  const { call, api } = documentService();
  api.failure = new TypeError("Cannot read properties of undefined (reading 'secret')");
  const { body } = await call(ORDER);
  t.same(texts(body, 'faultcode'), ['soap:Server']);
  t.same(texts(body, 'code'), ['INTERNAL']);
  const [reference = ''] = texts(body, 'reference');
  t.match(reference, /^[0-9a-z]{12}$/);
  t.match(texts(body, 'faultstring')[0], reference);
  t.notMatch(body, 'secret');
  t.equal((await call(ORDER)).status, 200, 'and the next call succeeds');
});

t.test("the desk's own refusals keep their code and lines", async (t) => {
  const { call, api } = documentService();
  api.failure = serverProblems.error('ORDER_INVALID', {
    problems: [
      orderProblems.of('task/unknown', { id: 'a < b' }),
      orderProblems.of('task/condition-never-met'),
    ],
  });
  const { body } = await call(ORDER);
  t.same(texts(body, 'problem'), [
    'there is no task "a &lt; b" in this request',
    'none can ever apply: the task has no such method in authentication',
  ]);
  t.match(texts(body, 'faultstring')[0], 'nothing was stored');
});

t.test('faults of the envelope have the codes of their SOAP version', async (t) => {
  const { call } = documentService();
  const unknown = await call('<e:Envelope xmlns:e="urn:none"><e:Body><a/></e:Body></e:Envelope>');
  t.same(texts(unknown.body, 'faultcode'), ['soap:VersionMismatch']);
  const header = '<soap:Header><w:S xmlns:w="urn:w" soap:mustUnderstand="1"/></soap:Header><soap:Body>';
  const must = await call(ORDER.replace('<soap:Body>', header));
  t.same(texts(must.body, 'faultcode'), ['soap:MustUnderstand']);
  const s12 = await call('<a/>', 'application/soap+xml');
  t.match(s12, { status: 500, contentType: 'application/soap+xml;charset=UTF-8' });
  t.equal(replyErrors(schema, envelope('<x/>')) === '', false, 'the check of replies does find mistakes');
});

t.test('document addresses', async (t) => {
  const order = {
    kind: 'order' as const,
    service: 'my service',
    requestId: 'r',
    taskId: 'a/b?c#d',
    documentId: '100% ø',
    which: 'sdo' as const,
  };
  const uri = documentUri('https://h:1', order);
  t.equal(uri, 'https://h:1/doc/my%20service/order/r/a%2Fb%3Fc%23d/100%25%20%C3%B8/sdo');
  t.strictSame(parseDocumentTarget(uri.slice('https://h:1'.length)), order);
  t.strictSame(parseDocumentTarget('/doc/demo/sds/abc?x=1'), { kind: 'sds', service: 'demo', id: 'abc' });
  t.strictSame(parseDocumentTarget('/doc/demo/archive/abc'), { kind: 'archive', service: 'demo', id: 'abc' });
  for (const target of ['/doc/demo/sds', '/doc/demo/sds/', "/doc/demo/sds/'", '/doc/demo/sds/%27']) {
    t.strictSame(parseDocumentTarget(target), { kind: 'upload', service: 'demo' }, target);
  }
  for (const target of [
    '/doc',
    '/doc/demo',
    '/doc//sds',
    '/doc/demo/other/1',
    '/doc/demo/archive/',
    '/doc/demo/sds/a/b',
    '/doc/demo/order/r/t/d',
    '/doc/demo/order/r/t/d/native',
    '/doc/demo/order/r/t/d/sdo/x',
    '/doc/%zz/sds/1',
    '/docs/demo/sds/1',
  ]) {
    t.equal(parseDocumentTarget(target), undefined, target);
  }
});
