import t from 'tap';
import soap from 'soap';
import { replyErrors, schemaOf } from '../../../support/server/reply-schema.ts';
import { openPlugins, type Plugins } from '../../../support/server/plugins.ts';
import { RawConnection } from '../../../support/server/raw-http.ts';
import { createRequest, operation, texts } from '../../../support/server/soap-call.ts';

const schema = schemaOf('documentservice-v3.wsdl');
t.teardown(() => schema.dispose());

const PATH = '/ws/documentservice-v3';
const ORDER = createRequest('<task id="t"><document-action type="sign"/></task>');

async function post(
  { base }: Plugins,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
): Promise<{ status: number; type: string | null; body: string }> {
  const reply = await fetch(base + PATH, { method: 'POST', body, headers });
  return { status: reply.status, type: reply.headers.get('content-type'), body: await reply.text() };
}

t.test('a client made by node-soap from the served WSDL', async (t) => {
  const { base, api } = await openPlugins(t);
  const client = (await soap.createClientAsync(`${base}${PATH}?wsdl`)) as unknown as Record<
    string,
    (input: object) => Promise<[Record<string, unknown>, string]>
  >;
  const credentials = { service: 'demo', password: 'Bond007' };
  const call = async (name: string, input: object): Promise<Record<string, unknown>> => {
    const [result, raw] = (await client[`${name}Async`]?.call(client, { ...credentials, ...input })) ?? [
      {},
      '',
    ];
    t.equal(replyErrors(schema, raw), '', name);
    return result;
  };
  const created = await call('createRequest', {
    request: [
      {
        language: 'da',
        document: [
          {
            attributes: { 'xsi:type': 'tns:sds-document', id: 'doc_1', 'ref-sds-id': 'x' },
            description: 'Ærø & <Samsø>',
          },
        ],
        task: [
          {
            attributes: { id: 'task_1', bundle: 'true' },
            'document-action': [{ attributes: { type: 'sign' }, 'document-ref': 'doc_1' }],
            signature: [{ method: ['nemid-sign'] }],
          },
        ],
      },
    ],
  });
  const requestIds = created['request-id'] as string[];
  t.match(requestIds, [/^\d{8}[0-9a-z]{50}$/], 'a list, as the client library reads it from the WSDL');
  t.match([...api.orders.values()], [{ documents: [{ kind: 'sds', description: 'Ærø & <Samsø>' }] }]);

  api.results.set('task_1', [{ documentId: 'doc_1', result: { kind: 'order' } }]);
  const status = await call('getStatus', { 'request-id': requestIds });
  t.match(status, {
    'task-status-info': [
      {
        'task-status': 'completed',
        'document-status': [{ 'result-uri': `${base}/doc/demo/order/${requestIds[0]}/task_1/doc_1/sdo` }],
      },
    ],
  });
  await t.rejects(call('getStatus', { 'request-id': ['none'] }), /There is no request "none"/);
});

t.test('every service is mounted, its WSDL names its own address, and node-soap calls it', async (t) => {
  const { base, api } = await openPlugins(t);
  const credentials = { service: 'demo', password: 'Bond007' };
  const sdo = { 'sds-document-id': { id: 'x' } };
  const policy = { 'validation-policy': 'ltvsdo-validator', 'packaging-method': 'pades' };
  const create = ['create_package', { ...policy, sdo: [sdo] }] as const;
  const calls: Record<string, readonly [string, object]> = {
    'documentservice-v2': ['getTaskCount', { filter: {} }],
    'documentservice-v3': ['getTaskCount', { filter: {} }],
    'packagingservice-v1': create,
    'packagingservice-v2': create,
    'packagingservice-v3': create,
    'packagingservice-v4': create,
    'sealingservice-v1': ['create_seal', { 'packaging-method': 'seal', sdo }],
    'archiveservice-v3': ['removeDocument', { 'archive-id': ['none'] }],
  };
  for (const [name, [operationName, input]] of Object.entries(calls)) {
    const client = (await soap.createClientAsync(`${base}/ws/${name}?wsdl`, {
      normalizeNames: true,
    })) as unknown as Record<string, (input: object) => Promise<[unknown, string]>>;
    const [, raw] = (await client[`${operationName}Async`]?.({ ...credentials, ...input })) ?? [
      {},
      'no call',
    ];
    const validator = schemaOf(`${name}.wsdl`);
    t.equal(replyErrors(validator, raw), '', name);
    validator.dispose();
  }
  t.equal(api.asked.filter(([what]) => what === 'createPackage').length, 4);
});

t.test('the WSDL is served for any case of ?wsdl, with the address that the caller used', async (t) => {
  const { base, port } = await openPlugins(t);
  const address = async (
    target: string,
    headers: Record<string, string> = {},
  ): Promise<string | undefined> => {
    const connection = new RawConnection(port);
    const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([k, v]) => `${k}: ${v}\r\n`);
    await connection.send(`GET ${PATH}${target} HTTP/1.1\r\n${lines.join('')}connection: close\r\n\r\n`);
    const reply = await connection.receive(/<\/wsdl:definitions>/);
    t.match(reply, 'content-type: text/xml;charset=UTF-8\r\n');
    return /<soap:address location="([^"]*)"/.exec(reply)?.[1];
  };
  for (const query of ['?wsdl', '?WSDL', '?Wsdl', '?wsdl=1']) t.equal(await address(query), base + PATH);
  t.equal(await address('?wsdl', { host: 'other.example:81' }), `http://other.example:81${PATH}`);
  t.equal(
    await address('?wsdl', { host: 'SIGN.example.com' }),
    `https://sign.example.com${PATH}`,
    'behind TLS',
  );
  t.equal(await address('?wsdl', { host: 'a"><x' }), `https://sign.example.com${PATH}`, 'an odd host');

  const plain = await fetch(base + PATH);
  t.equal(plain.status, 405);
  t.match(await plain.text(), '?wsdl');
});

t.test('any media type, any SOAPAction, HTTP Basic beside it', async (t) => {
  const doors = await openPlugins(t);
  for (const headers of [
    { 'content-type': 'text/xml' },
    { 'content-type': 'text/xml;charset="UTF-8"', soapaction: '' },
    { 'content-type': 'application/xml', soapaction: '"urn:createRequest"' },
    { 'content-type': 'application/json' },
    { 'content-type': 'text/xml; charset=utf-8', authorization: 'Basic bm9ib2R5OndlaXJk' },
  ] as Record<string, string>[]) {
    const { status, type, body } = await post(doors, ORDER, headers);
    t.match({ status, type }, { status: 200, type: 'text/xml;charset=UTF-8' }, JSON.stringify(headers));
    t.equal(replyErrors(schema, body), '');
  }
  t.equal((await post(doors, Buffer.from(ORDER), {})).status, 200, 'without a media type');
  t.equal(
    (await post(doors, Buffer.from(`\ufeff${ORDER}`, 'utf16le'), { 'content-type': 'text/xml' })).status,
    200,
  );
});

t.test('hostile requests get a fault, store nothing, and the next request is served', async (t) => {
  const doors = await openPlugins(t, { maxSoapBytes: 4_000_000 });
  const hostile: Record<string, string> = {
    'nested elements': operation('create-request-request', '<a>'.repeat(200_000) + '</a>'.repeat(200_000)),
    'entity bomb': `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(1000)}">]>${ORDER.replace('<task id="t">', '<task id="&a;">')}`,
    'external entity': `<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>${ORDER}`,
    'a name that means something': ORDER.replace('id="t"', 'id="__proto__" __proto__="x"'),
    'an operation of the language': operation('constructor', ''),
    'an empty Body': ORDER.replace(/<soap:Body>.*<\/soap:Body>/, '<soap:Body/>'),
    'an unknown operation': operation('drop-all-tables-request', ''),
    'too large': ORDER.replace('<task', `<task ${' '.repeat(4_000_000)}`),
    'cut off': ORDER.slice(0, -40),
    empty: '',
  };
  for (const [name, xml] of Object.entries(hostile)) {
    const { status, body, type } = await post(doors, xml);
    t.match({ status, type }, { status: 500, type: 'text/xml;charset=UTF-8' }, name);
    t.match(body, /<faultcode>soap:Client<\/faultcode><faultstring>[A-Z].*\.<\/faultstring>/, name);
    t.equal(doors.api.orders.size, 0, `${name}: nothing stored`);
    const next = await post(doors, ORDER);
    t.equal(next.status, 200, `${name}: the next request is served`);
    doors.api.orders.clear();
  }
  t.same(texts((await post(doors, hostile['too large'] ?? '')).body, 'code'), ['PAYLOAD_TOO_LARGE']);
  // `__proto__` is an honest id if nothing else is wrong
  t.equal((await post(doors, ORDER.replace('id="t"', 'id="__proto__"'))).status, 200);
  t.equal([...doors.api.orders.values()][0]?.tasks[0]?.id, '__proto__');
});

t.test('Expect: 100-continue on SOAP is answered at once', async (t) => {
  const { port } = await openPlugins(t);
  const connection = new RawConnection(port);
  t.teardown(() => {
    connection.close();
  });
  await connection.send(
    `POST ${PATH} HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: ${Buffer.byteLength(ORDER)}\r\n\r\n`,
  );
  await connection.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  await connection.send(ORDER);
  t.match(await connection.receive(/<\/soap:Envelope>$/), /^HTTP\/1\.1 200 /);
});
