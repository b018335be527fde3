import { readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { ManualClock } from '@segl/problem/clock';
import { createOutbound } from '@segl/server/adapters/outbound/outbound';
import type { Sandbox } from '@segl/sandbox/main';
import { run, tool } from '../support/tools.ts';
import { cprPost, openSandbox, setting } from './support.ts';

const ANNA = { PID: '9208-2002-2-000000001011', CPR: '1405822042' };

const NIL = ' xsi:nil="true"';

/** An envelope as clients of the published WSDL send it; fields that are not given are nil. */
function pidRequest(...requests: Record<string, string>[]): string {
  const items = requests.map((request) => {
    const fields = ['CPR', 'PID', 'b64Cert', 'id', 'serviceId'].map((name) => {
      const value = request[name];
      return `<w:${name}${value === undefined ? NIL : ''}>${value ?? ''}</w:${name}>`;
    });
    return `<w:PIDRequest>${fields.join('')}</w:PIDRequest>`;
  });
  return (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ' +
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Header/><s:Body><l:pid xmlns:l="http://localhost/">' +
    `<l:pIDRequests xmlns:w="java:dk.certifikat.pid.webservices">${items.join('')}</l:pIDRequests></l:pid></s:Body></s:Envelope>`
  );
}

type Send = (xml: string) => Promise<{ status: number; body: string }>;

/** Over TLS with the VOCES of the sandbox, or without a certificate. */
async function sender(t: Test, sandbox: Sandbox, withCertificate = true): Promise<Send> {
  const post = await cprPost(t, sandbox, withCertificate);
  return async (xml) => {
    const { status, body } = await post(setting(sandbox, 'PID_CPR_URL'), Buffer.from(xml), 'text/xml');
    return { status, body: Buffer.from(body).toString('utf8') };
  };
}

/** Fields of each reply, in document order; nil ones are null. */
const replies = (body: string): Record<string, string | null>[] =>
  [...body.matchAll(/<p:PIDReply>(.*?)<\/p:PIDReply>/gs)].map(([, reply = '']) =>
    Object.fromEntries<string | null>(
      [...reply.matchAll(/<p:(\w+)( xsi:nil="true")?>(.*?)<\/p:\1>/gs)].map(
        ([, name = '', nil, value = '']) => [name, nil ? null : value],
      ),
    ),
  );

t.test('PID-CPR over SOAP', async (t) => {
  const clock = new ManualClock('2026-05-04T10:00:00Z');
  const sandbox = await openSandbox(t, { clock });
  const send = await sender(t, sandbox);
  const ask = async (request: Record<string, string>) => {
    const { status, body } = await send(pidRequest({ serviceId: '1', ...request }));
    t.equal(status, 200);
    return replies(body)[0];
  };
  const certificate = async (user: string): Promise<string> => {
    const response = await fetch(`${sandbox.url}/testtools/person/${user}/certificate.cer`);
    return Buffer.from(await response.arrayBuffer()).toString('base64');
  };

  t.test('a match is told with every field of the schema', async (t) => {
    const { body } = await send(pidRequest({ ...ANNA, serviceId: '1', id: 'my-id' }));
    t.same(replies(body), [
      {
        CPR: ANNA.CPR,
        PID: ANNA.PID,
        id: 'my-id',
        redirURL: 'Not implemented',
        statusCode: '0',
        statusTextDK: 'OK',
        statusTextUK: 'OK',
      },
    ]);
    const xmllint = tool(t, 'xmllint');
    if (!xmllint) return;
    const query =
      "count(//*[local-name()='PIDReply' and namespace-uri()='java:dk.certifikat.pid.webservices'])";
    t.match(run(xmllint, ['--xpath', query, '-'], Buffer.from(body)).output, /^1/);
  });

  t.test('what else it answers', async (t) => {
    t.match(await ask({ ...ANNA, CPR: '1405822043' }), {
      statusCode: '1',
      statusTextDK: 'CPR svarer ikke til PID',
    });
    t.match(await ask({ ...ANNA, PID: '9208-2002-2-999999999999' }), { statusCode: '2' });
    t.match(
      await ask({ PID: ANNA.PID }),
      { statusCode: '8', CPR: null },
      'a private provider may not look up',
    );
    t.match(
      await ask({ PID: ANNA.PID, serviceId: '2' }),
      { statusCode: '0', CPR: ANNA.CPR },
      'a public body may',
    );
    t.match(await ask({ ...ANNA, serviceId: '99' }), { statusCode: '17' });
    const anna = await certificate('anna');
    t.match(
      await ask({ CPR: ANNA.CPR, b64Cert: anna }),
      { statusCode: '0', PID: ANNA.PID },
      'by certificate',
    );
    t.match(await ask({ ...ANNA, b64Cert: await certificate('bo') }), { statusCode: '8194' });
    t.match(await ask({ ...ANNA, b64Cert: 'AAAA' }), { statusCode: '4' });
  });

  t.test('nobody without the certificate of a service provider', async (t) => {
    const missing = { statusCode: '8195', CPR: ANNA.CPR };
    const request = pidRequest({ ...ANNA, serviceId: '1' });
    const without = await sender(t, sandbox, false);
    t.match(replies((await without(request)).body)[0], missing, 'none');
    const plain = await fetch(`${sandbox.url}/pidws/`, {
      method: 'POST',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: request,
    });
    t.match(replies(await plain.text())[0], missing, 'no TLS');
    const foreign = await openSandbox(t, { foreign: true });
    const read = (name: string) => readFile(setting(foreign, name), 'utf8');
    const outbound = createOutbound({
      ...{ allow: ['127.0.0.0/8', '::1/128'], timeoutMs: 5_000 },
      tls: {
        ca: await readFile(setting(sandbox, 'CPR_TRUST_FILE'), 'utf8'),
        cert: await read('VOCES_CHAIN_FILE'),
        key: await read('VOCES_KEY_FILE'),
      },
    });
    t.teardown(() => outbound.close());
    const answer = await outbound.post(setting(sandbox, 'PID_CPR_URL'), request, 'text/xml');
    t.match(replies(Buffer.from(answer.body).toString())[0], missing, 'one of other authorities');
    const stranger = createOutbound({ allow: ['127.0.0.0/8', '::1/128'], timeoutMs: 5_000 });
    t.teardown(() => stranger.close());
    await t.rejects(
      stranger.post(setting(sandbox, 'PID_CPR_URL'), request, 'text/xml'),
      { code: 'OUTBOUND_FAILED' },
      'and we send nothing to a server that we do not trust',
    );
  });

  t.test('several at once, in order', async (t) => {
    const { body } = await send(
      pidRequest(
        { ...ANNA, serviceId: '1', id: 'a' },
        { ...ANNA, CPR: '0101010101', serviceId: '1', id: 'b' },
      ),
    );
    t.match(replies(body), [
      { id: 'a', statusCode: '0' },
      { id: 'b', statusCode: '1' },
    ]);
  });

  t.test('a search is noticed and forgotten after an hour', async (t) => {
    const carla = { PID: '9208-2002-2-000000001035', CPR: '0811900846' };
    for (let guess = 0; guess < 20; guess++) await ask({ ...carla, CPR: `08119000${String(guess + 10)}` });
    t.match(await ask(carla), { statusCode: '16' });
    clock.advance(3_600_001);
    t.match(await ask(carla), { statusCode: '0' });
  });

  t.test('testConnection and test', async (t) => {
    const envelope = (body: string) =>
      `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>${body}</e:Body></e:Envelope>`;
    const connection = await send(
      envelope('<testConnection xmlns="http://localhost/"><intVal>41</intVal></testConnection>'),
    );
    t.match(connection, { status: 200, body: /<testConnectionResponse[^>]*><result>41<\/result>/ });
    t.match(await send(envelope('<test xmlns="http://localhost/"/>')), { body: /<testResponse/ });
    for (const hostile of [
      '',
      'no xml',
      '<a/>',
      envelope('<getPid xmlns="http://localhost/"/>'),
      envelope('<testConnection xmlns="http://localhost/"><intVal>x</intVal></testConnection>'),
      `<!DOCTYPE a [<!ENTITY b "c">]>${envelope('<test/>')}`,
      envelope('<a>'.repeat(50) + '</a>'.repeat(50)),
      envelope('<test>&undefined;</test>'),
      pidRequest(...Array.from({ length: 101 }, () => ({ ...ANNA }))),
    ]) {
      t.match(await send(hostile), { status: 500, body: /<faultcode>soap:Client/ }, hostile.slice(0, 40));
    }
  });
});
