/**
 * curl as the client: envelopes written by hand, with the layouts, omissions and HTTP habits that real clients of
 * this contract have.
 */
import { spawn } from 'node:child_process';
import { CREDENTIALS, envelope, METHOD, person, sdsDocument, shapes, SIGN, XSI } from './curl-shapes.mjs';
import * as my from './steps.mjs';
import { check, checkEqual, signer, step, url } from './steps.mjs';

const USER = ['-u', `${my.service}:${my.password}`];
const doc = `${url}/doc/${my.service}`;

const apis = {
  'documentservice-v3': 'Document-v3',
  'documentservice-v2': 'Document-v2',
  'packagingservice-v1': 'Packaging-v1',
  'packagingservice-v2': 'Packaging-v2',
  'packagingservice-v3': 'Packaging-v3',
  'packagingservice-v4': 'Packaging-v4',
  'archiveservice-v3': 'Archive-v3',
  'sealingservice-v1': 'Sealing-v1',
};
const namespaceOf = (api) => `https://id.signicat.com/definitions/wsdl/${apis[api]}`;

/** Runs curl; gives status, media type and body. */
async function curl(args, input) {
  const child = spawn('curl', ['-sS', '-w', '\n%{http_code} %{content_type}', ...args]);
  const parts = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr']) child[name].on('data', (part) => parts[name].push(part));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.on('close', resolve));
  check(code === 0, `curl ended with ${code}: ${Buffer.concat(parts.stderr)}`);
  const all = Buffer.concat(parts.stdout);
  const end = all.lastIndexOf('\n');
  const [, status, type] = /^(\d+) (.*)$/.exec(all.subarray(end + 1).toString());
  return { status: Number(status), type, body: all.subarray(0, end) };
}

const unescape = (text) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** Texts of all elements of that local name. */
const texts = (xml, name) =>
  [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</`, 'g'))].map(([, text]) =>
    unescape(text),
  );

const HEADERS = ['-H', 'Content-Type: text/xml; charset=utf-8', '-H', 'SOAPAction: ""'];

/** Sends an envelope; gives the reply's text. Throws what a fault says. */
async function post(api, xml, headers = HEADERS) {
  const { status, type, body } = await curl([...headers, '--data-binary', '@-', `${url}/ws/${api}`], xml);
  const reply = body.toString();
  if (status !== 200) throw new Error(`${status}: ${texts(reply, 'faultstring').join(' ') || reply}`);
  check(/^(text|application)\/(soap\+)?xml/.test(type), `the reply is ${type}`);
  return reply;
}

/** A call in the default namespace, credentials first. */
const call = (api, element, content) =>
  post(api, envelope(`<${element} xmlns="${namespaceOf(api)}">${CREDENTIALS}${content}</${element}>`));

const download = async (address, type) => {
  const answer = await curl([...USER, address]);
  checkEqual(answer.status, 200, address);
  if (type !== undefined) checkEqual(answer.type, type, 'Content-Type');
  return answer.body;
};

async function upload(args, body = my.pdf, type = 'application/pdf') {
  const answer = await curl(
    [...args, '-H', `Content-Type: ${type}`, '--data-binary', '@-', `${doc}/sds`],
    body,
  );
  checkEqual(answer.status, 201, 'status');
  const id = answer.body.toString();
  check(/^\d{8}[0-9a-z]{50}$/.test(id), `the id is ${JSON.stringify(id)}`);
  return id;
}

async function documents() {
  const sdsId = await step('doc', 'upload', async () => {
    const id = await upload(USER);
    await upload([...USER, '-H', 'Transfer-Encoding: chunked', '-H', 'Expect: 100-continue']);
    await upload(USER, 'Blåbærgrød', 'text/plain;charset=utf8');
    return { text: `with Content-Length, chunked, after 100-continue; ${id}`, value: id };
  });
  await step('doc', 'upload after 401', async () => {
    const refused = await curl(['--data-binary', '@-', `${doc}/sds`], my.pdf);
    checkEqual(refused.status, 401, 'status without credentials');
    const id = await upload(['--anyauth', ...USER], Buffer.from('%PDF-1.4 twice'), 'application/x-test');
    checkEqual(
      (await download(`${doc}/sds/${id}`, 'application/x-test')).toString(),
      '%PDF-1.4 twice',
      'bytes',
    );
    return { text: '--anyauth: first without credentials, then the whole body again' };
  });
  await step('doc', 'download', async () => {
    check((await download(`${doc}/sds/${sdsId}`, 'application/pdf')).equals(my.pdf), 'the bytes differ');
    return { text: 'the same bytes and media type' };
  });
  await step('doc', 'delete', async () => {
    const id = await upload(USER, 'gone', 'text/plain');
    const { status } = await curl([...USER, '-X', 'DELETE', `${doc}/sds/${id}`]);
    check(status >= 200 && status < 300, `DELETE answered ${status}`);
    checkEqual((await curl([...USER, `${doc}/sds/${id}`])).status, 404, 'status afterwards');
    return { text: 'then 404' };
  });
  return sdsId;
}

/** Texts and attribute values of an order that its echo lacks; documents inside the call and XML's own apart. */
function lost(order, echo) {
  const request = /<(?:tns:)?request>([\s\S]*)<\/(?:tns:)?request>/
    .exec(order)[1]
    .replace(/<data>[^<]*/, '<data>');
  const attributes = [...request.matchAll(/\s([\w:-]+)="([^"]*)"/g)];
  const values = attributes.filter(([, name]) => !/^(xmlns|xsi:)/.test(name)).map(([, , value]) => value);
  values.push(...[...request.matchAll(/>([^<]*[^<\s][^<]*)</g)].map(([, text]) => text));
  return values.filter((value) => !echo.includes(value));
}

/** Each is stored, read back and deleted. */
async function shapedOrders(api, sdsId) {
  for (const [name, shape] of Object.entries(shapes[api])) {
    await step(api, 'createRequest', async () => {
      const headers =
        name === 'SOAP 1.2' ? ['-H', 'Content-Type: application/soap+xml; charset=utf-8'] : HEADERS;
      const order = shape(sdsId, namespaceOf(api));
      const [requestId] = texts(await post(api, order, headers), 'request-id');
      const echo = await call(api, 'get-request-request', `<request-id>${requestId}</request-id>`);
      checkEqual(lost(order, echo).join(', '), '', 'what getRequest does not give back');
      await call(api, 'delete-request-request', `<request-id>${requestId}</request-id>`);
      return { text: `${name}; ${requestId}` };
    });
  }
}

/** Everything that can be done with an order, in either version; gives the request id and the result's address. */
async function lifeOfAnOrder(api, order, headers = HEADERS) {
  const v3 = api === 'documentservice-v3';
  const one = (operation, element, content, read) =>
    step(api, operation, async () => read(await call(api, element, content)));

  const requestId = await step(api, 'createRequest', async () => {
    const reply = await post(api, order, headers);
    const [id] = texts(reply, 'request-id');
    check(/^\d{8}[0-9a-z]{50}$/.test(id), `request-id is ${id}`);
    check(/^[0-9a-z]{25}$/.test(texts(reply, 'artifact')[0]), 'no artifact');
    return { text: `with an artifact; ${id}`, value: id };
  });
  const request = `<request-id>${requestId}</request-id>`;
  const task = `${request}<task-id>task_1</task-id>`;

  await step(api, 'fault', async () => {
    const message = await call(api, 'get-status-request', '<request-id>none</request-id>').then(
      () => 'no fault',
      (error) => error.message,
    );
    check(message.startsWith('500: There is no request "none"'), message);
    return { text: message };
  });
  await one('getRequest', 'get-request-request', request, (reply) => {
    checkEqual(texts(reply, 'client-reference')[0], 'interop curl', 'client-reference');
    check(!reply.includes(my.password), 'the reply shows the password');
    return { text: 'what was sent' };
  });
  await one('getStatus', 'get-status-request', request, (reply) => {
    checkEqual(texts(reply, 'task-status').join(), 'created', 'task-status');
    check(!reply.includes('document-status'), 'there is a document-status before the signature');
    return { text: 'created' };
  });
  await step(api, 'setClientStatus', async () => {
    const status = '<client-status>sent &amp; waiting</client-status>';
    const reply = await call(api, 'set-client-status-request', `${task}${status}`);
    check(/<(\w+):Body\s*(\/>|><\/\1:Body>)/.test(reply), `the Body is not empty: ${reply}`);
    const [told] = texts(await call(api, 'get-status-request', request), 'client-status');
    checkEqual(told, 'sent & waiting', 'client-status');
    return { text: 'an empty Body; getStatus gives it back' };
  });
  await one('getTask', 'get-task-request', task, (reply) => {
    check(reply.includes('id="task_1"'), reply);
    return { text: 'task_1' };
  });
  const filter = `<filter><criteria><field>client-reference</field><value>interop curl</value></criteria><criteria><field>request-id</field><value ${XSI} xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">${requestId}</value><operator>equals</operator></criteria></filter>`;
  await one('findTasks', 'find-tasks-request', `${filter}<from-index/><to-index/>`, (reply) => {
    check(reply.includes('client-status="sent &amp; waiting"'), `no client-status: ${reply}`);
    return { text: 'by client-reference and request-id, empty indexes' };
  });
  await one('getTaskCount', 'get-task-count-request', filter, (reply) => {
    check(Number(texts(reply, 'count')[0]) >= 1, reply);
    return { text: texts(reply, 'count')[0] };
  });
  const notification = (id, schedule = '') =>
    `<notification type="URL" notification-id="${id}"><recipient>${my.callback}?at=task</recipient><message>-</message>${schedule}</notification>`;
  await one(
    'addNotification',
    'add-notification-request',
    `${task}${notification('late', '<schedule><state-is>completed</state-is></schedule>')}`,
    () => ({
      text: 'to a task',
    }),
  );
  await one(
    'disableNotification',
    'disable-notification-request',
    `${task}<notification-id>late</notification-id>`,
    () => ({
      text: 'of a task',
    }),
  );
  await one(
    'addTask',
    'add-task-request',
    `${request}<task id="task_2">${person('s2')}<document-action type="view"><document-ref>doc_1</document-ref></document-action></task>`,
    () => ({
      text: 'task_2, to view',
    }),
  );
  await one('disableTask', 'disable-task-request', `${request}<task-id>task_2</task-id>`, () => ({
    text: 'task_2',
  }));
  const artifact = await one('createArtifact', 'create-artifact-request', task, (reply) => {
    const [value] = texts(reply, 'artifact');
    check(/^[0-9a-z]{25}$/.test(value), `artifact is ${value}`);
    return { text: 'a new one', value };
  });
  if (v3) {
    const session = await one(
      'createUserSession',
      'create-usersession-request',
      `<user-session><language>da</language><session-task request-id="${requestId}" task-id="task_1" order="1" description="Aftale"/></user-session>`,
      (reply) => {
        const [id] = texts(reply, 'user-session-id');
        return { text: `an id of ${id.length} characters`, value: [id, texts(reply, 'artifact')[0]] };
      },
    );
    await step('portal', 'user session page', async () => {
      check((await my.openUserSession(...session)).includes('Aftale'), 'the task is not listed');
      return { text: 'the list of its tasks' };
    });
  }

  await step('portal', v3 ? 'sign (v3 order)' : 'sign (v2 order)', async () => ({
    text: `sent on to ${(await my.signAsPerson(requestId, 'task_1', artifact)) || 'nowhere'}`,
  }));
  const resultUri = await one('getStatus', 'get-status-request', request, (reply) => {
    check(texts(reply, 'task-status').includes('completed'), `task-status is ${texts(reply, 'task-status')}`);
    const [uri] = texts(reply, 'result-uri');
    const wanted = v3 ? `${doc}/order/${requestId}/task_1/doc_1/sdo` : `${doc}/archive/`;
    check(uri.startsWith(wanted), `result-uri is ${uri}`);
    return { text: `completed, ${v3 ? 'result in the order' : 'result in the archive'}`, value: uri };
  });
  await one('getRequestHistory', 'get-request-history-request', task, (reply) => {
    for (const event of ['request-created', 'document-signed', 'task-completed'])
      check(reply.includes(`>${event}<`), `no ${event}`);
    return { text: 'from request-created to task-completed' };
  });
  return { requestId, resultUri };
}

async function remove(api, requestId) {
  await step(api, 'deleteRequest', async () => {
    const reply = await call(api, 'delete-request-request', `<request-id>${requestId}</request-id>`);
    checkEqual(texts(reply, 'deleted')[0], '1', 'deleted');
    return { text: 'deleted 1' };
  });
}

/** Calls a packaging or sealing service with what `content` gives; downloads what came out. */
const pack = (api, operation, what, content, where = 'sds') =>
  step(api, operation, async () => {
    const element = `${operation}-request`;
    const body = `<${element} xmlns="${namespaceOf(api)}">${await content()}</${element}>`;
    const reply = await post(api, envelope(body));
    checkEqual([...texts(reply, 'code'), ...texts(reply, 'message')].join(': '), '', 'error');
    const bytes = await download(`${doc}/${where}/${texts(reply, 'id')[0]}`, 'application/x-pades');
    checkEqual(bytes.subarray(0, 5).toString(), '%PDF-', 'what was made');
    return { text: `${what}: ${bytes.length} bytes of PDF in ${where}` };
  });

async function packages(requestId, resultUri, sdsId) {
  const inOrder = (type) =>
    `<order-document-id><request-id>${requestId}</request-id><task-id>task_1</task-id><document-id>doc_1</document-id><type>${type}</type></order-document-id>`;
  const inSds = (id) => `<sds-document-id><id>${id}</id></sds-document-id>`;
  const byUri = `<sdo><uri-document-id>${resultUri}</uri-document-id></sdo>`;
  const policy = '<validation-policy>ltvsdo-validator</validation-policy>';
  const method = '<packaging-method>pades</packaging-method>';
  const start = (version) => `<version>${version}</version>${CREDENTIALS}${policy}${method}`;
  const toArchive = (flag) => `<send-result-to-archive>${flag}</send-result-to-archive>`;

  const [v1, v2, v3, v4] = [1, 2, 3, 4].map((version) => `packagingservice-v${version}`);
  await pack(v1, 'create-package', 'by order', () => `${start(1)}<sdo>${inOrder('result')}</sdo>`);
  await pack(v2, 'create-package', 'by URI', () => start(2) + byUri);
  await pack(v3, 'create-package', 'with the original beside it', () => {
    const original = `<supplementary-data><original-document>${inOrder('source')}</original-document></supplementary-data>`;
    return `${start(3)}<sdo-extended><sdo>${inOrder('result')}</sdo>${original}</sdo-extended>`;
  });
  await pack(v4, 'create-package', 'from SDS, no archive flag, children out of order', async () => {
    const sdo = await download(resultUri, 'application/x-ltv-sdo');
    const id = await upload(USER, sdo, 'application/x-ltv-sdo');
    return `${CREDENTIALS}<version>4</version>${method}${policy}<sdo>${inSds(id)}</sdo>`;
  });
  const archived = () => start(4).replace('<version>4</version>', '') + toArchive(true) + byUri;
  await pack(v4, 'create-package', 'no version', archived, 'archive');
  await step(v4, 'create-package', async () => {
    const unknown = `${policy}${method}${toArchive(false)}<sdo>${inSds('none')}</sdo>`;
    const reply = await call(v4, 'create-package-request', unknown);
    const [[code], [message], ids] = ['code', 'message', 'id'].map((name) => texts(reply, name));
    check(code && message && ids.length === 0, reply);
    return { text: `an unknown document is an error with HTTP 200: ${code}: ${message}` };
  });
  await pack('sealingservice-v1', 'create-seal', 'sealed', () => {
    const sealing = '<packaging-method>seal</packaging-method>';
    return `<version>1</version>${CREDENTIALS}${sealing}<inputdocument>${inSds(sdsId)}</inputdocument>${toArchive(false)}`;
  });
}

/** One order with a task for each name; signs as each page leads, and makes a PDF of each signature. */
async function namesOfClients(sdsId) {
  const [api, operation] = ['documentservice-v3', 'sign (names of clients)'];
  const subject = `<subject id="anna"><first-name>Anna</first-name><mobile>${signer.mobile}</mobile></subject>`;
  const tasks = my.methods.map(
    (name) =>
      `<task id="${name}"><subject-ref>anna</subject-ref>${SIGN}<signature><method>${name}</method></signature></task>`,
  );
  const packaging = my.methods.map(
    (name) =>
      `<packaging-task packaging-task-id="${name}" method="pades"><packaging-task-document task-id="${name}" document-id="doc_1"/></packaging-task>`,
  );
  const results = await step('portal', operation, async () => {
    const content = `<language>da</language>${subject}${sdsDocument(sdsId)}${tasks.join('')}${packaging.join('')}`;
    const created = await call(api, 'create-request-request', `<request>${content}</request>`);
    const [requestId] = texts(created, 'request-id');
    for (const name of my.methods) await my.signAsPerson(requestId, name);
    const request = `<request-id>${requestId}</request-id>`;
    const value = await my.until('all packaging tasks are completed', async () => {
      const reply = await call(api, 'get-packaging-task-status-request', request);
      const states = texts(reply, 'packaging-task-status');
      check(!states.includes('failed'), reply);
      checkEqual(texts(reply, 'packaging-task-id').join(), my.methods.join(), 'packaging-task-id');
      return states.every((state) => state === 'completed') && texts(reply, 'result-uri');
    });
    for (const uri of value) {
      const bytes = await download(uri, 'application/x-pades');
      checkEqual(bytes.subarray(0, 5).toString(), '%PDF-', uri);
    }
    return { text: `a PDF with ${my.methods.join(', ')}`, value };
  });
  for (const uri of results ?? []) my.report('expects-valid', 'portal', operation, uri);
}

async function archive(resultUri) {
  const id = resultUri?.split('/').at(-1);
  const api = 'archiveservice-v3';
  await step('doc', 'archived result', async () => {
    const bytes = await download(resultUri, 'application/x-ltv-sdo');
    return { text: `${bytes.length} bytes` };
  });
  await step(api, 'getDocument', async () => {
    const reply = await post(
      api,
      envelope(
        `<archive-request xmlns="${namespaceOf(api)}"><version>3.0</version>${CREDENTIALS}<archive-id>${id}</archive-id></archive-request>`,
      ),
    );
    const bytes = Buffer.from(texts(reply, 'data')[0], 'base64');
    check(bytes.equals(await download(resultUri)), 'the bytes are not those of GET');
    checkEqual(texts(reply, 'archive-id')[0], id, 'archive-id');
    return { text: `${texts(reply, 'mime-type')[0]}, the bytes of GET` };
  });
  await step(api, 'removeDocument', async () => {
    const removal = `<archive-remove-request xmlns="${namespaceOf(api)}"><version>3.0</version>${CREDENTIALS}<archive-id>${id}</archive-id><archive-id>unknown</archive-id></archive-remove-request>`;
    checkEqual(texts(await post(api, envelope(removal)), 'found').join(), id, 'found');
    checkEqual(texts(await post(api, envelope(removal)), 'found').join(), '', 'found the second time');
    checkEqual((await curl([...USER, resultUri])).status, 404, 'status of GET afterwards');
    return { text: 'found once, then gone' };
  });
}

const sdsId = await documents();

const v3 = 'documentservice-v3';
await shapedOrders(v3, sdsId);
const order3 = await lifeOfAnOrder(
  v3,
  envelope(`<create-request-request xmlns="${namespaceOf(v3)}">${CREDENTIALS}<request><profile>default</profile><language>da</language>
    ${sdsDocument(sdsId)}
    <document ${XSI} xsi:type="provided-document" id="terms" mime-type="text/plain"><data>${Buffer.from('Betingelser: æøå').toString('base64')}</data><description>Betingelser</description></document>
    <task id="task_1" bundle="false"><subject-ref>subj_1</subject-ref>${person('subj_1')}${SIGN}
    <document-action type="view" optional="false"><document-ref>terms</document-ref></document-action>
    <authentication artifact="true"/><on-task-complete>http://localhost:3004/sign/../complete?request=\${requestId}&amp;task=\${taskId}</on-task-complete>${METHOD}</task>
    <client-reference>interop curl</client-reference>
    <notification type="URL" notification-id="done"><recipient>${my.callback}?from=curl</recipient><message>-</message></notification>
    <packaging-task packaging-task-id="evidence" method="pades"><packaging-task-document task-id="task_1" document-id="doc_1"/></packaging-task>
    </request></create-request-request>`),
);
my.report('expects-callback', 'callback', 'order completed', order3.requestId);
await step('doc', 'result', async () => {
  const bytes = await download(order3.resultUri, 'application/x-ltv-sdo');
  check(bytes.includes('LtvSdo'), 'not an LTV-SDO');
  return { text: `${bytes.length} bytes of LTV-SDO` };
});
await step('doc', 'original', async () => {
  const bytes = await download(order3.resultUri.replace(/sdo$/, 'original'), 'application/pdf');
  check(bytes.equals(my.pdf), 'the bytes differ');
  return { text: 'the bytes that were uploaded' };
});
await step(v3, 'getPackagingTaskStatus', async () => {
  const result = await my.until('the packaging task is completed', async () => {
    const reply = await call(
      v3,
      'get-packaging-task-status-request',
      `<request-id>${order3.requestId}</request-id>`,
    );
    return texts(reply, 'packaging-task-status')[0] === 'completed' && texts(reply, 'result-uri')[0];
  });
  const bytes = await download(result, 'application/x-pades');
  return { text: `completed, ${bytes.length} bytes of PDF` };
});
await packages(order3.requestId, order3.resultUri, sdsId);
await remove(v3, order3.requestId);
await namesOfClients(sdsId);

const v2 = 'documentservice-v2';
await shapedOrders(v2, sdsId);
// no Content-Type and no SOAPAction, notification after signature, result to the archive
const order2 = await lifeOfAnOrder(
  v2,
  envelope(`<tns:create-request-request xmlns:tns="${namespaceOf(v2)}" xmlns="${namespaceOf(v2)}">${CREDENTIALS}<request>
    <document ${XSI} xsi:type="tns:sds-document" ref-sds-id="${sdsId}" id="doc_1"><external-reference>ref</external-reference><description>Aftale</description></document>
    <task id="task_1">${person('s')}<document-action send-result-to-archive="true" optional="false" type="sign"><document-ref>doc_1</document-ref></document-action>
    <authentication artifact="true"></authentication><signature><method>nemid-sign</method></signature>
    <notification type="URL" notification-id="n"><recipient>${my.callback}?from=curl</recipient><message>-</message></notification></task>
    <client-reference>interop curl</client-reference></request></tns:create-request-request>`),
  ['-H', 'Content-Type:', '-H', 'SOAPAction:'],
);
await archive(order2.resultUri);
await remove(v2, order2.requestId);
