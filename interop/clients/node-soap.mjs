/**
 * node-soap as the client; the same source runs on 0.18, which sends children as they are written here, and on the
 * current version, which puts them into the order of the WSDL. SEGL_SOAP names the package's folder.
 */
import { createReadStream } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createRequire } from 'node:module';
import * as my from './steps.mjs';
import { check, checkEqual, signer, step, url } from './steps.mjs';

const require = createRequire(import.meta.url);
const soap = require(process.env.SEGL_SOAP);
const { version } = require(`${process.env.SEGL_SOAP}/package.json`);
const NAME = `interop node-soap ${version}`;
const doc = `${url}/doc/${my.service}`;
const basic = `Basic ${Buffer.from(`${my.service}:${my.password}`).toString('base64')}`;
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const TYPES = { 'xmlns:xsi': XSI };

/** A function that calls an operation by name, on a client that is made from the served WSDL. */
async function open(api) {
  try {
    return await openClient(api);
  } catch (error) {
    return () => Promise.reject(error);
  }
}

async function openClient(api) {
  const client = await new Promise((resolve, reject) => {
    soap.createClient(`${url}/ws/${api}?wsdl`, (error, made) => (error ? reject(error) : resolve(made)));
  });
  // some programs send HTTP Basic here too; it means nothing
  client.setSecurity(new soap.BasicAuthSecurity('somebody', 'else'));
  return (operation, input) =>
    new Promise((resolve, reject) => {
      if (!client[operation]) reject(new Error(`node-soap found no ${operation} in the WSDL`));
      else {
        client[operation]({ service: my.service, password: my.password, ...input }, (error, result) => {
          if (error) reject(new Error(error.root?.Envelope?.Body?.Fault?.faultstring ?? error.message));
          else resolve(result);
        });
      }
    });
}

/** POST of a piped file: chunked, because nobody knows its length. */
const uploadPiped = () =>
  new Promise((resolve, reject) => {
    const headers = { authorization: basic, 'content-type': 'application/pdf' };
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    const upload = request(`${doc}/sds`, { method: 'POST', headers }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part) => (text += part));
      reply.on('end', () =>
        reply.statusCode === 201 ? resolve(text) : reject(new Error(`${reply.statusCode} ${text}`)),
      );
    });
    upload.on('error', reject);
    createReadStream(my.pdfFile).pipe(upload);
  });

async function download(address, type) {
  const reply = await fetch(address, { headers: { authorization: basic } });
  checkEqual(reply.status, 200, address);
  checkEqual(reply.headers.get('content-type'), type, 'Content-Type');
  return Buffer.from(await reply.arrayBuffer());
}

async function documents() {
  const id = await step('doc', 'upload', async () => {
    const value = await uploadPiped();
    check(/^\d{8}[0-9a-z]{50}$/.test(value), `the id is ${value}`);
    return { text: `a piped stream, chunked; ${value}`, value };
  });
  await step('doc', 'download', async () => {
    check((await download(`${doc}/sds/${id}`, 'application/pdf')).equals(my.pdf), 'the bytes differ');
    return { text: 'the same bytes' };
  });
  await step('doc', 'delete', async () => {
    const headers = { authorization: basic };
    const gone = await (await fetch(`${doc}/sds`, { method: 'POST', headers, body: 'gone' })).text();
    check((await fetch(`${doc}/sds/${gone}`, { method: 'DELETE', headers })).ok, 'DELETE is refused');
    checkEqual((await fetch(`${doc}/sds/${gone}`, { headers })).status, 404, 'status afterwards');
    return { text: 'then 404' };
  });
  return id;
}

const sdsDocument = (id) => ({
  attributes: { 'xsi:type': 'tns:sds-document', ...TYPES, 'ref-sds-id': id, id: 'doc_1' },
  // in the wrong order
  description: 'Låneaftale & vilkår',
  'external-reference': 'case 42',
});

const providedDocument = {
  attributes: { 'xsi:type': 'tns:provided-document', ...TYPES, id: 'terms', 'mime-type': 'text/plain' },
  data: Buffer.from('Betingelser: æøå').toString('base64'),
  description: 'Betingelser',
};

const sign = (archive) => ({
  attributes: { 'send-result-to-archive': String(archive), optional: 'false', type: 'sign' },
  'document-ref': 'doc_1',
});
const view = (id) => ({ attributes: { type: 'view', optional: 'false' }, 'document-ref': id });
const subject = {
  attributes: { id: 's1' },
  'first-name': 'Anna',
  'national-id': signer.nationalId,
  'last-name': 'P',
};
const url3004 = 'http://localhost:3004/sign/../complete?id=${requestId}&task=${taskId}';

const order3 = (sdsId) => ({
  request: [
    {
      language: 'da',
      document: [sdsDocument(sdsId), providedDocument],
      task: [
        {
          attributes: { id: 'task_1', bundle: 'true' },
          'on-task-complete': url3004,
          subject,
          'document-action': [sign(false), view('terms')],
          authentication: { attributes: { artifact: 'true' } },
          signature: [{ attributes: { responsive: 'true' }, method: ['nemid-sign'] }],
        },
      ],
      'client-reference': NAME,
      notification: [
        {
          attributes: { type: 'URL', 'notification-id': 'done' },
          recipient: `${my.callback}?from=node-soap`,
          message: '-',
        },
      ],
      'packaging-task': [
        {
          attributes: { 'packaging-task-id': 'evidence', method: 'pades' },
          'packaging-task-document': [{ attributes: { 'task-id': 'task_1', 'document-id': 'doc_1' } }],
        },
      ],
    },
  ],
});

const order2 = (sdsId) => ({
  request: [
    {
      profile: 'default',
      language: 'da',
      document: [sdsDocument(sdsId)],
      task: [
        {
          attributes: { id: 'task_1', bundle: 'false' },
          'document-action': [sign(true)],
          authentication: { attributes: { artifact: 'true' } },
          signature: [{ method: ['nemid-sign'] }],
          subject,
        },
      ],
      'client-reference': NAME,
    },
  ],
});

/** A task and a packaging task for each name that clients order methods with. */
const orderOfNames = (sdsId) => ({
  request: [
    {
      language: 'da',
      document: [sdsDocument(sdsId)],
      task: my.methods.map((name) => ({
        attributes: { id: name },
        subject: { attributes: { id: 'anna' }, 'first-name': 'Anna', mobile: signer.mobile },
        'document-action': [sign(false)],
        signature: [{ method: [name] }],
      })),
      'packaging-task': my.methods.map((name) => ({
        attributes: { 'packaging-task-id': name, method: 'pades' },
        'packaging-task-document': [{ attributes: { 'task-id': name, 'document-id': 'doc_1' } }],
      })),
    },
  ],
});

async function lifeOfAnOrder(api, order) {
  const v3 = api === 'documentservice-v3';
  const call = await open(api);
  const one = (operation, input, read) =>
    step(api, operation, async () => read(await call(operation, input)));

  const requestId = await one('createRequest', order, (result) => {
    const [id] = result['request-id'];
    check(/^\d{8}[0-9a-z]{50}$/.test(id), `request-id is ${JSON.stringify(result['request-id'])}`);
    check(/^[0-9a-z]{25}$/.test(result.artifact), `artifact is ${result.artifact}`);
    return { text: `an array with ${id}`, value: id };
  });
  const request = { 'request-id': requestId };
  const task = { ...request, 'task-id': 'task_1' };
  await step(api, 'fault', async () => {
    const told = await call('getStatus', { 'request-id': ['none'] }).then(
      () => 'no fault',
      (error) => error.message,
    );
    check(told.includes('There is no request "none"'), told);
    return { text: told };
  });
  await one('getRequest', request, (result) => {
    checkEqual(result.request['client-reference'], NAME, 'client-reference');
    checkEqual(result.request.document[0].description, 'Låneaftale & vilkår', 'description');
    checkEqual(
      result.request.document[0].attributes['ref-sds-id'],
      order.request[0].document[0].attributes['ref-sds-id'],
      'ref-sds-id',
    );
    return { text: 'what was sent' };
  });
  await one('getStatus', { 'request-id': [requestId] }, (result) => {
    const [info] = result['task-status-info'];
    checkEqual(info['task-status'], 'created', 'task-status');
    check(!info['document-status'], 'there is a document-status before the signature');
    return { text: 'created' };
  });
  await one('setClientStatus', { ...task, 'client-status': 'sendt & venter' }, () => ({
    text: 'empty reply',
  }));
  await one('getTask', task, (result) => {
    checkEqual(result.task.attributes.id, 'task_1', 'id');
    return { text: 'task_1' };
  });
  const filter = {
    filter: {
      criteria: [{ field: 'request-id', value: requestId, operator: 'equals', 'case-sensitive': true }],
    },
  };
  await one(
    'findTasks',
    { ...filter, 'from-index': 0, 'to-index': 10, 'sort-field': 'created', ascending: true },
    (result) => {
      const found = result.task[0].attributes;
      checkEqual(found['client-reference'], NAME, 'client-reference');
      return { text: `${result.task.length} found` };
    },
  );
  await one('getTaskCount', filter, (result) => {
    check(Number(result.count) >= 1, `count is ${result.count}`);
    return { text: String(result.count) };
  });
  await one(
    'addNotification',
    {
      ...task,
      notification: {
        attributes: { type: 'URL', 'notification-id': 'late' },
        recipient: `${my.callback}?at=task`,
        message: '-',
        schedule: [{ 'state-is': 'completed' }],
      },
    },
    () => ({ text: 'to a task' }),
  );
  await one('disableNotification', { ...task, 'notification-id': ['late'] }, () => ({ text: 'of a task' }));
  await one(
    'addTask',
    { ...request, task: { attributes: { id: 'task_2' }, subject, 'document-action': [view('doc_1')] } },
    () => ({
      text: 'task_2, to view',
    }),
  );
  await one('disableTask', { ...request, 'task-id': 'task_2' }, () => ({ text: 'task_2' }));
  const artifact = await one('createArtifact', task, (result) => {
    check(/^[0-9a-z]{25}$/.test(result.artifact), `artifact is ${result.artifact}`);
    return { text: 'a new one', value: result.artifact };
  });
  if (v3) {
    const session = {
      attributes: { 'request-id': requestId, 'task-id': 'task_1', order: '1', description: 'Aftale' },
    };
    const opened = await one(
      'createUserSession',
      { 'user-session': { language: 'da', 'session-task': [session] } },
      (result) => {
        check(result['user-session-id'], 'no user-session-id');
        const id = result['user-session-id'];
        return { text: `an id of ${id.length} characters`, value: [id, result.artifact] };
      },
    );
    await step('portal', 'user session page', async () => {
      check((await my.openUserSession(...opened)).includes('Aftale'), 'the task is not listed');
      return { text: 'the list of its tasks' };
    });
  }

  await step('portal', v3 ? 'sign (v3 order)' : 'sign (v2 order)', async () => ({
    text: `sent on to ${(await my.signAsPerson(requestId, 'task_1', artifact)) || 'nowhere'}`,
  }));
  const resultUri = await one('getStatus', { 'request-id': [requestId] }, (result) => {
    const info = result['task-status-info'].find((each) => each['task-id'] === 'task_1');
    checkEqual(info['task-status'], 'completed', 'task-status');
    const uri = info['document-status'][0]['result-uri'];
    check(
      uri.startsWith(v3 ? `${doc}/order/${requestId}/task_1/doc_1/sdo` : `${doc}/archive/`),
      `result-uri is ${uri}`,
    );
    return { text: 'completed', value: uri };
  });
  await one('getRequestHistory', task, (result) => {
    const events = result.event.map(({ event }) => event);
    for (const event of ['request-created', 'document-signed', 'task-completed'])
      check(events.includes(event), `no ${event} in ${events}`);
    return { text: events.join(', ') };
  });
  if (v3) {
    await step(api, 'getPackagingTaskStatus', async () => {
      const result = await my.until('the packaging task is completed', async () => {
        const [info] = (await call('getPackagingTaskStatus', { 'request-id': [requestId] }))[
          'packaging-task-status-info'
        ];
        return (
          info['packaging-task-status'] === 'completed' && info['packaging-document-status'][0]['result-uri']
        );
      });
      return { text: `completed, ${(await download(result, 'application/x-pades')).length} bytes of PDF` };
    });
  }
  const remove = () =>
    one('deleteRequest', { 'request-id': [requestId] }, (result) => {
      checkEqual(Number(result.deleted), 1, 'deleted');
      return { text: 'deleted 1' };
    });
  return { requestId, resultUri, remove };
}

/** Makes a PDF through a packaging or sealing service and downloads it. */
async function pack(api, operation, input, what) {
  await step(api, operation, async () => {
    const call = await open(api);
    const result = await call(operation, await input());
    check(!result.error, JSON.stringify(result.error));
    const bytes = await download(`${doc}/sds/${result.id}`, 'application/x-pades');
    checkEqual(bytes.subarray(0, 5).toString(), '%PDF-', 'what was made');
    return { text: `${what}, ${bytes.length} bytes of PDF` };
  });
}

async function packages({ requestId, resultUri }, sdsId) {
  // in the order that the programs of the time wrote
  const how = (number) => ({
    version: number,
    'packaging-method': 'pades',
    'validation-policy': 'ltvsdo-validator',
  });
  const inOrder = (type) => ({
    'order-document-id': { 'request-id': requestId, 'task-id': 'task_1', 'document-id': 'doc_1', type },
  });
  const uri = { 'uri-document-id': resultUri };
  const operation = 'create-package';
  await pack('packagingservice-v1', operation, () => ({ ...how('1'), sdo: [uri] }), 'by URI');
  await pack(
    'packagingservice-v2',
    operation,
    () => ({ ...how('2'), sdo: [inOrder('result')] }),
    'by order document',
  );
  const extended = {
    'sdo-extended': [{ sdo: uri, 'supplementary-data': { 'original-document': inOrder('source') } }],
  };
  await pack(
    'packagingservice-v3',
    operation,
    () => ({ ...how('3'), ...extended }),
    'with the original beside it',
  );
  const uploaded = async () => {
    const headers = { authorization: basic, 'content-type': 'application/x-ltv-sdo' };
    const body = await download(resultUri, 'application/x-ltv-sdo');
    return (await fetch(`${doc}/sds`, { method: 'POST', headers, body })).text();
  };
  const fromSds = async () => ({ ...how('4'), sdo: { 'sds-document-id': { id: await uploaded() } } });
  await pack('packagingservice-v4', operation, fromSds, 'from SDS, children out of order, no archive flag');
  const original = { 'sds-document-id': { id: sdsId } };
  const seal = () => ({
    version: '1',
    'packaging-method': 'seal',
    inputdocument: original,
    'send-result-to-archive': false,
  });
  await pack('sealingservice-v1', 'create-seal', seal, 'sealed');
}

/** Signs as the page of each name leads, and fetches the PDF of each signature. */
async function namesOfClients(sdsId) {
  const operation = 'sign (names of clients)';
  const results = await step('portal', operation, async () => {
    const call = await open('documentservice-v3');
    const request = { 'request-id': (await call('createRequest', orderOfNames(sdsId)))['request-id'] };
    for (const name of my.methods) await my.signAsPerson(request['request-id'][0], name);
    const value = await my.until('all packaging tasks are completed', async () => {
      const infos = (await call('getPackagingTaskStatus', request))['packaging-task-status-info'];
      check(!infos.some((info) => info['packaging-task-status'] === 'failed'), JSON.stringify(infos));
      const ids = infos.map((info) => info['packaging-task-id']);
      checkEqual(ids.join(), my.methods.join(), 'packaging-task-id');
      return (
        infos.every((info) => info['packaging-task-status'] === 'completed') &&
        infos.map((info) => info['packaging-document-status'][0]['result-uri'])
      );
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
  const api = 'archiveservice-v3';
  const id = resultUri?.split('/').at(-1);
  await step('doc', 'archived result', async () => {
    return { text: `${(await download(resultUri, 'application/x-ltv-sdo')).length} bytes` };
  });
  await step(api, 'getDocument', async () => {
    const call = await open(api);
    const result = await call('getDocument', { version: '3.0', 'archive-id': id });
    const bytes = Buffer.from(result.data, 'base64');
    check(bytes.equals(await download(resultUri, 'application/x-ltv-sdo')), 'the bytes are not those of GET');
    return { text: `${result['mime-type']}, the bytes of GET` };
  });
  await step(api, 'removeDocument', async () => {
    const call = await open(api);
    const result = await call('removeDocument', { version: '3.0', 'archive-id': [id, 'unknown'] });
    checkEqual(String(result.found), id, 'found');
    return { text: 'found' };
  });
}

const sdsId = await documents();
const third = await lifeOfAnOrder('documentservice-v3', order3(sdsId));
my.report('expects-callback', 'callback', 'order completed', third.requestId);
await step('doc', 'result', async () => {
  const bytes = await download(third.resultUri, 'application/x-ltv-sdo');
  check(bytes.includes('LtvSdo'), 'not an LTV-SDO');
  return { text: `${bytes.length} bytes of LTV-SDO` };
});
await step('doc', 'original', async () => {
  const bytes = await download(third.resultUri.replace(/sdo$/, 'original'), 'application/pdf');
  check(bytes.equals(my.pdf), 'the bytes differ');
  return { text: 'the bytes that were uploaded' };
});
await packages(third, sdsId);
await third.remove();
await namesOfClients(sdsId);
const second = await lifeOfAnOrder('documentservice-v2', order2(sdsId));
await archive(second.resultUri);
await second.remove();
