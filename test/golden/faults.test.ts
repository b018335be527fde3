/** SOAP faults as callers get them, byte for byte but for ids and times: every operation's usual refusals, and what is no fault. */
import t from 'tap';
import { golden } from './files.ts';
import { anna } from '../support/server/services.ts';
import { envelope, namespaceOf, operation, texts } from '../support/server/soap-call.ts';
import {
  createSoapServices,
  services,
  type Answer,
  type SoapServices,
} from '../support/server/soap-services.ts';

let application: SoapServices;
t.before(async () => {
  application = await createSoapServices();
});
t.teardown(() => application.close());

const masked = (body: string): string =>
  body
    .replace(/\b\d{8}[0-9a-z]{50}\b/g, '<request-id>')
    .replace(/\b[0-9a-z]{25}\b/g, '<artifact>')
    .replace(/(<reference>|reference )[0-9a-z]{12}/g, '$1<reference>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>');

const document =
  '<document xsi:type="provided-document" id="doc" mime-type="text/plain"><data>SSBwcm9taXNlLg==</data><description>A promise</description></document>';
const task = (id: string, more = ''): string =>
  `<task id="${id}"><subject><national-id>${anna.cpr}</national-id></subject><document-action type="sign"><document-ref>doc</document-ref></document-action>` +
  `<signature><method>nemid-sign</method></signature>${more}</task>`;
const packaging =
  '<packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="a" document-id="doc"/></packaging-task>';
const request = (content: string): string => `<request>${content}</request>`;
const requestId = (id: string): string => `<request-id>${id}</request-id>`;
const taskOf = (id: string, taskId: string): string => `${requestId(id)}<task-id>${taskId}</task-id>`;
const filter = (field: string, value: string): string =>
  `<filter><criteria><field>${field}</field><value>${value}</value></criteria></filter>`;

/** Services that share operations. */
const DOCUMENT = ['documentservice-v2', 'documentservice-v3'];
const PACKAGING = [1, 2, 3, 4].map((version) => `packagingservice-v${version}`);

/** Calls by name: the element without `-request`, and what is in it. */
function documentCalls(
  open: string,
  done: string,
  deleted: string,
): Record<string, readonly [string, string]> {
  const notification = (id: string, type = 'URL'): string =>
    `<notification type="${type}" notification-id="${id}"><recipient>https://back.example.com/</recipient><message>-</message></notification>`;
  return {
    'an order of nothing': ['create-request', ''],
    'an order without tasks': ['create-request', request(document)],
    'an order of a document that is not there': ['create-request', request(task('a'))],
    'an order with a method that is not known': [
      'create-request',
      request(document + task('a').replace('nemid-sign', 'telepathy')),
    ],
    'an order with a task twice': ['create-request', request(document + task('a') + task('a'))],
    'an order with a circle': [
      'create-request',
      request(
        document +
          task('a', '<depends-on-task>b</depends-on-task>') +
          task('b', '<depends-on-task>a</depends-on-task>'),
      ),
    ],
    'an order with everything wrong': [
      'create-request',
      request(
        '<task id="a b"><days-to-live>0</days-to-live><document-action type="sign"><document-ref>none</document-ref></document-action></task>',
      ) + request(`${document}${document}${task('a', '<on-task-complete>ftp://x</on-task-complete>')}`),
    ],
    'an order with a wrong CPR number': [
      'create-request',
      request(document + task('a').replace(anna.cpr, 'ten digits')),
    ],
    'an order with an unknown language': [
      'create-request',
      request(`<language>xx</language>${document}${task('a')}`),
    ],
    'an order of a document in session data storage that is not there': [
      'create-request',
      request(
        '<document xsi:type="sds-document" id="doc" ref-sds-id="none"><description>A promise</description></document>' +
          task('a'),
      ),
    ],
    'an order with an element that is not known': [
      'create-request',
      request(`<colour>red</colour>${task('a')}`),
    ],
    'an order with data that is not base64': [
      'create-request',
      request(document.replace('SSBwcm9taXNlLg==', '*') + task('a')),
    ],
    'the status of nothing': ['get-status', ''],
    'the status of an order that is not there': ['get-status', requestId('none')],
    'an order that is not there': ['get-request', requestId('none')],
    'the history of an order that is not there': ['get-request-history', taskOf('none', 'a')],
    'the history of a task that is not there': ['get-request-history', taskOf(open, 'none')],
    'a task that is not there': ['get-task', taskOf(open, 'none')],
    'a task of an order that is not there': ['get-task', taskOf('none', 'a')],
    'a task for an order that is not there': ['add-task', requestId('none') + task('b')],
    'a task with an id that is there': ['add-task', requestId(open) + task('a')],
    'a task for an order that is deleted': ['add-task', requestId(deleted) + task('b')],
    'a notification for a task that is not there': [
      'add-notification',
      taskOf(open, 'none') + notification('n'),
    ],
    'a notification of a kind that is not known': [
      'add-notification',
      taskOf(open, 'a') + notification('n', 'PIGEON'),
    ],
    'no such notification to disable': [
      'disable-notification',
      `${taskOf(open, 'a')}<notification-id>none</notification-id>`,
    ],
    'a task to disable that is not there': ['disable-task', taskOf(open, 'none')],
    'a task to disable that is over': ['disable-task', taskOf(done, 'a')],
    'a task to disable that another waits for': ['disable-task', taskOf(open, 'a')],
    'a status for a task that is not there': [
      'set-client-status',
      `${taskOf(open, 'none')}<client-status>paid</client-status>`,
    ],
    'an artifact for a task that is not there': ['create-artifact', taskOf(open, 'none')],
    'an artifact for a task that is over': ['create-artifact', taskOf(done, 'a')],
    'an order to delete that is not there': ['delete-request', requestId('none')],
    'a search by what is not known': ['find-tasks', filter('colour', 'red')],
    'a search that is nonsense': [
      'find-tasks',
      `${filter('created', 'soon')}<from-index>-1</from-index><sort-field>colour</sort-field>`,
    ],
    'a count by what is not known': ['get-task-count', filter('colour', 'red')],
  };
}

const onlyV3 = (open: string): Record<string, readonly [string, string]> => ({
  'packaging of an order without any': ['get-packaging-task-status', requestId(open)],
  'packaging of an order that is not there': ['get-packaging-task-status', requestId('none')],
  'packaging by a method that is not known': [
    'create-request',
    request(document + task('a') + packaging.replace('pades', 'origami')),
  ],
  'packaging of a task that is not there': [
    'create-request',
    request(document + task('a') + packaging.replace('task-id="a"', 'task-id="z"')),
  ],
  'a user session of nothing': ['create-usersession', '<user-session/>'],
  'a user session of a task that is not there': [
    'create-usersession',
    `<user-session><session-task request-id="${open}" task-id="none" order="1"/></user-session>`,
  ],
});

const packagingCalls = (open: string): Record<string, string> => {
  const policy = (method = 'pades'): string =>
    `<validation-policy>ltvsdo-validator</validation-policy><packaging-method>${method}</packaging-method>`;
  const inOrder = `<sdo><order-document-id>${taskOf(open, 'a')}<document-id>doc</document-id><type>result</type></order-document-id></sdo>`;
  return {
    'of nothing': policy(),
    'of what is not there': `${policy()}<sdo><sds-document-id><id>none</id></sds-document-id></sdo>`,
    'of what is not signed yet': policy() + inOrder,
    'by a method that is not known': policy('origami') + inOrder,
    'by a policy that is not known': (policy() + inOrder).replace('ltvsdo-validator', 'nobody'),
    'of an address that is none': `${policy()}<sdo><uri-document-id>https://elsewhere.example/</uri-document-id></sdo>`,
  };
};

/** What is no call, or not one of this caller. */
function envelopes(): Record<string, readonly [string, Record<string, string>?]> {
  const status = operation('get-status-request', requestId('none'));
  const S12 = 'http://www.w3.org/2003/05/soap-envelope';
  const in12 = status.replace('http://schemas.xmlsoap.org/soap/envelope/', S12);
  return {
    'an empty body': [''],
    'no XML': ['hello'],
    'XML that is cut off': [status.slice(0, -9)],
    'a DTD': [`<!DOCTYPE x>${status}`],
    'no envelope': ['<a/>'],
    'an envelope of nothing': [envelope('')],
    'an envelope of an unknown version': [
      status.replace('http://schemas.xmlsoap.org/soap/envelope/', 'urn:soap'),
    ],
    'a header that must be understood': [
      status.replace(
        '<soap:Body>',
        '<soap:Header><w:Security xmlns:w="urn:w" soap:mustUnderstand="1"/></soap:Header><soap:Body>',
      ),
    ],
    'an operation that is not known': [operation('make-coffee-request', '')],
    'an operation of another namespace': [operation('get-status-request', requestId('none'), 'urn:x')],
    'a wrong password': [status.replace('Bond007', 'Bond008')],
    'a service that is not known': [status.replace('>demo<', '>nobody<')],
    'no password': [status.replace(/<password>.*?<\/password>/, '')],
    'a refusal in SOAP 1.2': [in12, { 'content-type': 'application/soap+xml' }],
    'an order with everything wrong in SOAP 1.2': [
      operation('create-request-request', request('<task id="a"/>')).replace(
        'http://schemas.xmlsoap.org/soap/envelope/',
        S12,
      ),
      { 'content-type': 'application/soap+xml' },
    ],
  };
}

async function created(content: string): Promise<string> {
  const body = await application.call('documentservice-v3', 'create-request-request', request(content));
  return texts(body, 'request-id')[0]!;
}

/** An order of which the task `a` is disabled, another that is deleted, and one of which `b` needs `a`. */
async function prepare(): Promise<{ open: string; done: string; deleted: string }> {
  const call = (element: string, content: string): Promise<string> =>
    application.call('documentservice-v3', element, content);
  const open = await created(document + task('a') + task('b', '<depends-on-task>a</depends-on-task>'));
  const done = await created(document + task('a') + task('b'));
  await call('disable-task-request', taskOf(done, 'a'));
  const deleted = await created(document + task('a'));
  await call('delete-request-request', requestId(deleted));
  return { open, done, deleted };
}

t.test('every refusal reads as it did', async (t) => {
  const { open, done, deleted } = await prepare();
  const found: Record<string, Answer> = {};
  const note = (name: string, { body, ...rest }: Answer): void => {
    found[name] = { ...rest, body: masked(body) };
  };
  const call = async (service: string, name: string, element: string, content: string): Promise<void> => {
    const xml = operation(`${element}-request`, content, namespaceOf(services[service]!));
    note(`${service}: ${name}`, await application.post(service, xml));
  };
  for (const [name, [xml, headers]] of Object.entries(envelopes())) {
    note(name, await application.post('documentservice-v3', xml, headers));
  }
  for (const service of DOCUMENT) {
    const calls = { ...documentCalls(open, done, deleted), ...(service.endsWith('3') && onlyV3(open)) };
    for (const [name, [element, content]] of Object.entries(calls))
      await call(service, name, element, content);
  }
  for (const service of PACKAGING) {
    for (const [name, content] of Object.entries(packagingCalls(open))) {
      await call(service, name, 'create-package', content);
    }
  }
  const source = `<sdo><order-document-id>${taskOf(open, 'none')}<document-id>doc</document-id><type>source</type></order-document-id></sdo>`;
  const seal = (method: string): string => `<packaging-method>${method}</packaging-method>${source}`;
  await call('sealingservice-v1', 'of what is not there', 'create-seal', seal('seal'));
  await call('sealingservice-v1', 'by a method that is not known', 'create-seal', seal('origami'));
  await call('archiveservice-v3', 'what is not there', 'archive', '<archive-id>none</archive-id>');
  await call('archiveservice-v3', 'nothing', 'archive-remove', '');
  const wanted = golden('faults.json', () => found);
  t.same(Object.keys(found), Object.keys(wanted));
  for (const [name, answer] of Object.entries(wanted)) t.same(found[name], answer, name);
  const codes = new Set(Object.values(wanted).flatMap(({ body }) => texts(body, 'code')));
  t.ok(codes.size > 20, `${codes.size} codes`);
});
