/** Orders as real clients of this contract lay them out. */
import { callback, password, service, signer } from './steps.mjs';

const SOAP11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP12 = 'http://www.w3.org/2003/05/soap-envelope';
export const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
export const CREDENTIALS = `<service>${service}</service><password>${password}</password>`;

export const envelope = (body) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="${SOAP11}"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;

export const sdsDocument = (sdsId) =>
  `<document ${XSI} xsi:type="sds-document" ref-sds-id="${sdsId}" id="doc_1"><description>Aftale</description></document>`;
export const SIGN = '<document-action type="sign"><document-ref>doc_1</document-ref></document-action>';
export const METHOD = '<signature responsive="true"><method>nemid-sign</method></signature>';
const METHOD_V2 = '<signature><method>nemid-sign</method></signature>';
export const person = (id) => `<subject id="${id}"><national-id>${signer.nationalId}</national-id></subject>`;

/** A call in the default namespace. */
const call = (namespace, request) =>
  envelope(
    `<create-request-request xmlns="${namespace}">${CREDENTIALS}<request>${request}</request></create-request-request>`,
  );

const reminder = (type, id, state, more = '') =>
  `<notification type="${type}" notification-id="${id}"><recipient>${type === 'URL' ? callback : 'sender@example.com'}</recipient>
    <header>Aftale</header><message>Aftalen er ${state}: \${taskUrl}</message><schedule><state-is>${state}</state-is>${more}</schedule></notification>`;

/** How other clients lay orders out, for each version: functions of an SDS id and the namespace. */
export const shapes = {
  'documentservice-v3': {
    'prefixed, children out of order, the same subject twice': (sdsId, namespace) =>
      envelope(`<tns:create-request-request xmlns:tns="${namespace}">
      <tns:service>${service}</tns:service><tns:password>${password}</tns:password>
      <tns:request><tns:language>da</tns:language>
      <tns:document ${XSI} xsi:type="tns:sds-document" ref-sds-id="${sdsId}" id="doc_1">
        <tns:description>Aftale</tns:description><tns:external-reference>ref-1</tns:external-reference></tns:document>
      <tns:task id="task_1" bundle="true">
        <tns:on-task-complete>http://localhost:3004/sign/../complete?a=\${requestId}&amp;b=Æ ø</tns:on-task-complete>
        <tns:subject id="s1"><tns:first-name>Anna</tns:first-name><tns:national-id>${signer.nationalId}</tns:national-id><tns:last-name>P</tns:last-name></tns:subject>
        <tns:document-action send-result-to-archive="false" optional="false" type="sign"><tns:document-ref>doc_1</tns:document-ref></tns:document-action>
        <tns:signature responsive="true"><tns:method>nemid-sign</tns:method></tns:signature></tns:task>
      <tns:task id="task_2" bundle="true"><tns:subject id="s1"><tns:first-name>Anna</tns:first-name></tns:subject>
        <tns:document-action type="view" optional="false"><tns:document-ref>doc_1</tns:document-ref></tns:document-action>
        <tns:signature responsive="true"><tns:method>nemid-sign</tns:method></tns:signature></tns:task>
      </tns:request></tns:create-request-request>`),
    'a subject-ref to nobody, xsi:type through the default namespace': (sdsId, namespace) =>
      call(
        namespace,
        `<profile>demo</profile><language>da</language>${sdsDocument(sdsId)}
        <task id="task_1" bundle="false"><subject-ref>subj_1</subject-ref>${SIGN}${METHOD}</task>
        <client-reference>cr</client-reference>`,
      ),
    'no xsi:type, subject after signature, empty Header': (sdsId, namespace) =>
      call(
        namespace,
        `<document id="doc_1" ref-sds-id="${sdsId}" send-to-archive="false"><description>Aftale</description></document>
        <task id="task-${signer.nationalId}" bundle="false">${SIGN}${METHOD}${person(signer.nationalId)}</task>`,
      ).replace('<soapenv:Body>', '<soapenv:Header/><soapenv:Body>'),
    'an inline document in the action, a subject without id': (_, namespace) =>
      call(
        namespace,
        `<task id="task_1"><subject><national-id>${signer.nationalId}</national-id></subject><document-action type="sign">
        <document ${XSI} xsi:type="provided-document" id="doc_1" mime-type="text/plain"><data>SGVsbG8=</data><description>Hello</description></document>
        </document-action><on-task-complete>https://localhost/done</on-task-complete>${METHOD}</task>`,
      ),
    'reminders at a time with an offset, at rejection and at expiry': (sdsId, namespace) =>
      call(
        namespace,
        `${sdsDocument(sdsId)}<task id="task_0_1234" bundle="true"><subject-ref>s</subject-ref>
        <subject id="s"><mobile>+4512345678</mobile><email>signer@example.com</email></subject>${SIGN}
        ${reminder('URL', 'n1', 'completed')}${reminder('URL', 'n2', 'expired')}
        ${reminder('EMAIL', 'n3', 'created', '<wait-until>2037-01-01T08:00:00+01:00</wait-until>')}
        ${reminder('EMAIL', 'n4', 'rejected')}${reminder('EMAIL', 'n5', 'expired')}
        <on-task-complete>https://localhost:443/done</on-task-complete>${METHOD}</task>`,
      ),
    'subjects of the request, one task for each, configuration, explicit false': (sdsId, namespace) => {
      const tasks = ['1', '2'].map(
        (id) =>
          `<task id="${id}" bundle="false"><subject-ref>${id}</subject-ref>${SIGN}
          <on-task-postpone>https://localhost/\${requestId}/\${taskId}?status=later</on-task-postpone>
          <on-task-complete>https://localhost/%24%7BrequestId%7D?status=taskcomplete</on-task-complete>
          <on-task-cancel>https://localhost/\${requestId}</on-task-cancel><configuration>default</configuration>${METHOD}</task>`,
      );
      const document = sdsDocument(sdsId).replace(' id=', ' send-to-archive="false" id=');
      return call(
        namespace,
        `<language>da</language>${person('1')}${person('2')}${document}${tasks.join('')}`,
      );
    },
    'SOAP 1.2': (sdsId, namespace) =>
      call(namespace, `${sdsDocument(sdsId)}<task id="t">${SIGN}${METHOD}</task>`).replace(SOAP11, SOAP12),
  },
  'documentservice-v2': {
    'signature before the URLs, empty URLs': (sdsId, namespace) =>
      call(
        namespace,
        `<profile>default</profile><language>da</language>${person('s')}${sdsDocument(sdsId)}
        <task id="task-070" bundle="false"><subject-ref>s</subject-ref>${SIGN}${METHOD_V2}<on-task-postpone></on-task-postpone>
        <on-task-complete>https://localhost/\${requestId}</on-task-complete><on-task-cancel></on-task-cancel></task>
        <client-reference>cr</client-reference>`,
      ),
    'an inline document, nobody in particular, three odd URLs': (_, namespace) => {
      const back = 'http://localhost/Pages/Sign.aspx?file=C:\\Docs\\Aftale 1.docx&amp;id=${requestId}';
      return call(
        namespace,
        `<profile>slim</profile><language>en</language>
        <document ${XSI} xsi:type="provided-document" id="doc_1" mime-type="text/plain"><external-reference>item 7</external-reference>
        <sign-text-entry>Jeg har læst aftalen.</sign-text-entry><data>${Buffer.from('Aftale: æøå').toString('base64')}</data><description>Aftale</description></document>
        <task id="1" bundle="false"><document-action send-result-to-archive="true" type="sign"><document-ref>doc_1</document-ref></document-action>
        <authentication artifact="true"/>${METHOD_V2}<on-task-postpone>${back}</on-task-postpone><on-task-complete>${back}</on-task-complete><on-task-cancel>${back}</on-task-cancel></task>`,
      );
    },
    'ids of 22 letters and digits, notifications of task and request': (sdsId, namespace) =>
      call(
        namespace,
        `<profile>default</profile><language>da</language>${sdsDocument(sdsId)}
        <task id="aB3dE6gH9jK2mN5pQ8sT1w">${SIGN}${reminder('URL', 'created', 'created')}${METHOD_V2}
        <on-task-complete>https://localhost/done?task_id=7</on-task-complete><on-task-cancel>https://localhost/no</on-task-cancel></task>
        <client-reference>Zx9</client-reference>
        <notification type="URL" notification-id="all"><recipient>${callback}</recipient><message>-</message></notification>`,
      ),
  },
};
