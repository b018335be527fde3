/** A user session over https: two orders, each with an upload and a signature, in the real program. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import t from 'tap';
import { Agent, fetch } from 'undici';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { createPlace, freePort, until } from '../support/server/running.ts';
import { createRequest, operation, texts } from '../support/server/soap-call.ts';

const [anna] = testPersons;

const order = createRequest(`
  <language>da</language>
  <document xsi:type="upload-document" id="slip"><description>Pay slip</description></document>
  <document xsi:type="provided-document" id="doc" mime-type="text/plain">
    <description>Agreement</description><data>${Buffer.from('I agree.').toString('base64')}</data>
  </document>
  <task id="task_1">
    <subject id="s"><national-id>${anna?.cpr}</national-id></subject>
    <document-action type="upload"><document-ref>slip</document-ref></document-action>
    <document-action type="sign"><document-ref>doc</document-ref></document-action>
    <on-task-complete>https://customer.test/one-done</on-task-complete>
    <signature><method>nemid-sign</method></signature>
  </task>`);

t.test('a test person goes through a list of tasks', async (t) => {
  const place = await createPlace(t);
  const program = place.run('start', { SANDBOX_TLS: 'on', SANDBOX_TLS_PORT: String(await freePort()) });
  await until('it is up', async () => program.output().includes('Segl is up'));
  const base = place.baseUrl.replace('http:', 'https:');
  const authority = await readFile(join(place.dataDir, 'sandbox', 'tls.ca.pem'), 'utf8');
  const dispatcher = new Agent({ connect: { ca: [...rootCertificates, authority] } });
  t.teardown(() => dispatcher.close());
  const soap = async (body: string): Promise<string> => {
    const headers = { 'content-type': 'text/xml; charset=utf-8' };
    const url = `${base}/ws/documentservice-v3`;
    return (await fetch(url, { method: 'POST', headers, body, dispatcher })).text();
  };

  const requestIds = [...texts(await soap(order), 'request-id'), ...texts(await soap(order), 'request-id')];
  t.equal(requestIds.length, 2);
  const tasks = requestIds.map(
    (id, index) => `<session-task request-id="${id}" task-id="task_1" order="${2 - index}"/>`,
  );
  const session = await soap(
    operation(
      'create-usersession-request',
      `<user-session><on-session-complete>https://customer.test/a/../all-done</on-session-complete>${tasks.join('')}</user-session>`,
    ),
  );
  const [userSessionId = ''] = texts(session, 'user-session-id');

  const { steps, redirectedTo } = await signAsPerson({
    taskUrl: `${base}/std/docaction/demo?user_session_id=${userSessionId}`,
    user: 'anna',
    sandboxUrl: place.sandboxUrl,
    upload: { name: 'løn.txt', type: 'text/plain', bytes: Buffer.from('30.000 kr.') },
  });
  t.equal(redirectedTo, 'https://customer.test/a/../all-done');
  t.equal(steps.filter((step) => step === 'opened the next task of the list').length, 2);
  for (const requestId of requestIds) {
    const status = await soap(operation('get-status-request', `<request-id>${requestId}</request-id>`));
    t.same(texts(status, 'task-status'), ['completed']);
    const originals = texts(status, 'original-uri');
    t.match(
      originals[0],
      `${base}/doc/demo/order/${requestId}/task_1/slip/original`,
      'on the address that was used',
    );
    const headers = { authorization: `Basic ${Buffer.from('demo:Bond007').toString('base64')}` };
    t.equal(await (await fetch(originals[0]!, { headers, dispatcher })).text(), '30.000 kr.');
  }
});
