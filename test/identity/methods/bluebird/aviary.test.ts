/** Names that brokers of METHODS_FILE answer for: which can be ordered, what an order is taken without, and what evidence tells. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import type { Line } from '@segl/identity/methods-file';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import {
  removeAccountMethods,
  setAccountMethods,
} from '@segl/server/adapters/postgres/accounts/account-methods';
import {
  historyOverSoap,
  orderOverSoap,
  startTestService,
  textDocument,
} from '../../../support/server/service.ts';
import { Signer } from '../../../support/signatures/signer.ts';
import { until } from '../../../support/server/running.ts';
import { startBluebird } from './provider.ts';
import { readToken, sha256 } from './token.ts';

const bird = await startBluebird();
t.teardown(() => bird.close());
const service = await startTestService(t, async (offered, folder) => {
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const module = fileURLToPath(new URL('./aviary.js', import.meta.url));
  const trustFile = await file('bluebird.pem', certificatesToPem([bird.certificate]));
  const methods = {
    providers: {
      broker: { module, profile: 'nest', url: bird.url, trustFile, secret: 'hush' },
      unready: { module, profile: 'nest', url: bird.url },
    },
    methods: [
      { name: 'nemid', provider: 'broker', eid: 'mitid', uses: ['authenticate'] },
      { name: 'telia-sign', provider: 'unready', eid: 'mitid' },
      { name: 'mitid-low', off: true },
    ],
  };
  return { ...offered, METHODS_FILE: await file('methods.json', JSON.stringify(methods)) };
});
const { application, backEnd } = service;
const { db } = application.context;

/** `methods`: of its signature. */
const taskOf = (methods: readonly string[], login = ''): string =>
  `${textDocument('doc', 'I promise.')}<task id="a">${login}<document-action type="sign"><document-ref>doc</document-ref></document-action><signature>${methods.map((name) => `<method>${name}</method>`).join('')}</signature></task>`;

const ordered = (methods: readonly string[], login = ''): Promise<string> =>
  orderOverSoap(service, taskOf(methods, login));

/** What the history tells of methods that the order was taken without. */
async function told(requestId: string): Promise<string[]> {
  const events = await historyOverSoap(service, requestId, 'a');
  t.equal(events[0]?.event, 'request-created');
  return events.flatMap(({ event, data }) => (event === 'error' ? [data] : []));
}

const say = (lines: readonly Line[], strict = false): Promise<void> =>
  setAccountMethods(db, { service: 'demo', strict, lines, changedAt: new Date() });

t.test('an order whose methods are all off is refused, and told which setting is missing', async (t) => {
  await t.rejects(ordered(['nbid-sign', 'telia-sign', 'passkey', 'nobody']), {
    message: new RegExp(
      [
        '"nbid-sign" is off here: nobody answers for bankid-no: providers.NAME in METHODS_FILE must be set',
        '"telia-sign" is off here: providers.unready.trustFile in METHODS_FILE must be set: PEM certificate',
        'providers.unready.secret in METHODS_FILE must be set',
        '"passkey" is off here: nobody answers for passkey: providers.NAME in METHODS_FILE must be set',
        '"nobody" is not offered here; allowed: .*sbid-sign',
      ]
        .map((text) => text.replaceAll('&', '&amp;').replaceAll('"', '(?:"|&quot;)'))
        .join('[^]*'),
    ),
  });
});

t.test('one that is on is enough; the history tells the others', async (t) => {
  const requestId = await ordered(['telia-sign', 'nbid-sign', 'sbid-sign', 'nobody']);
  t.same(await told(requestId), [
    'telia-sign METHOD_OFF: providers.unready.trustFile in METHODS_FILE, providers.unready.secret in METHODS_FILE',
    'nbid-sign METHOD_OFF: providers.NAME in METHODS_FILE',
    'nobody METHOD_UNKNOWN',
  ]);
  const signer = new Signer();
  await signer.open(backEnd.taskUrl(requestId, 'a'));
  await signer.read();
  t.equal(signer.page.step, 'sign', 'nothing is left to choose');
});

t.test('a strict account has all of them or none', async (t) => {
  await say([], true);
  await t.rejects(ordered(['sbid-sign', 'nbid-sign']), { message: /nbid-sign/ });
  t.same(await told(await ordered(['sbid-sign'])), []);
  await removeAccountMethods(db, 'demo');
  t.equal((await told(await ordered(['sbid-sign', 'nbid-sign']))).length, 1, 'at once');
});

t.test('an account puts names off and on for itself', async (t) => {
  await t.rejects(ordered(['mitid-low']), { message: /mitid-low.* is off here: it is switched off/ });
  await say([
    { name: 'mitid-low', off: false },
    { name: 'sbid-sign', off: true },
  ]);
  t.ok(await ordered(['mitid-low']));
  await t.rejects(ordered(['sbid-sign']), { message: /sbid-sign.* is off here: it is switched off/ });
  await removeAccountMethods(db, 'demo');
  t.ok(await ordered(['sbid-sign']));
});

t.test('an account says more of a name: who answers, how sure it must be, what it is called', async (t) => {
  await say([{ name: 'mitid', provider: 'unready' }]);
  await t.rejects(
    ordered(['mitid']),
    { message: /mitid.* is off here: providers\.unready\.trustFile/ },
    'its provider is another one',
  );
  await say([{ name: 'mitid', assurance: 'high' }]);
  await t.rejects(ordered(['mitid']), { message: /mitid.* is off here/ }, 'more than the provider gives');
  await say([
    { name: 'member', provider: 'broker', eid: 'mitid', uses: ['sign'], title: 'Membership card' },
    { name: 'mitid', title: 'MitID of the bank' },
  ]);
  for (const [name, title] of [
    ['member', 'Membership card'],
    ['mitid', 'MitID of the bank'],
  ] as const) {
    const signer = new Signer();
    await signer.open(backEnd.taskUrl(await ordered([name]), 'a'));
    await signer.read();
    t.match(signer.html, title);
  }
  await removeAccountMethods(db, 'demo');
  await t.rejects(ordered(['member']), { message: /member.* is not offered here/ }, 'of this account alone');
});

/** The link that leads away, to be followed by whoever signs. */
const awayFrom = (signer: Signer): string =>
  (/id="continue" href="([^"]+)"/.exec(signer.html)?.[1] ?? '').replaceAll('&amp;', '&');

t.test('evidence tells which eID answered, and through whom, whatever the order called it', async (t) => {
  const requestId = await ordered(['sbid-sign'], '<authentication><method>nemid</method></authentication>');
  const signer = new Signer();
  await signer.open(backEnd.taskUrl(requestId, 'a'));
  t.equal(signer.page.step, 'authenticate');
  t.match(signer.html, /MitID/);
  t.notMatch(signer.html, /NemID/);
  await signer.open(awayFrom(signer));
  await signer.read();
  await signer.open(awayFrom(signer));
  await signer.send('send-in');
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  const content = readLtvSdo(await backEnd.download(uri));
  t.match(content, {
    signature: { typeFriendlyName: 'BankID (Sverige)' },
    creation: { type: 'bankid-se' },
    signer: { attributes: [{ nameSpace: 'bankid-se' }] },
  });
  const data = (type: string): Record<string, string> =>
    Object.fromEntries(
      content.creationAuditTrail
        .find((event) => event.type === type)!
        .data.map(({ name, value }) => [name, value]),
    );
  t.match(data('user-authenticated'), { method: 'nemid', eid: 'mitid', provider: 'broker' });
  t.match(data('invoked-sign-call'), { eid: 'bankid-se', provider: 'broker', 'provider-kind': 'nest' });
});

/** An order in this format, with all that it holds. */
const inFormat = (format: string, content: string): Promise<string> =>
  orderOverSoap(service, `${content}<sdo-format>${format}</sdo-format>`);

t.test(
  'a result is the native signature, where the order asks for it; the package is made all the same',
  async (t) => {
    const requestId = await inFormat('native', taskOf(['sbid-sign']));
    const signer = new Signer();
    await signer.open(backEnd.taskUrl(requestId, 'a'));
    await signer.read();
    await signer.open(awayFrom(signer));
    await signer.send('send-in');
    const uri = await until('the result', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
    const bytes = await backEnd.download(uri);
    t.match(readToken(bytes)?.claims, { about: sha256(Buffer.from('I promise.')) });
    const credentials = Buffer.from(`demo:${service.account.password}`).toString('base64');
    const response = await fetch(uri, { headers: { authorization: `Basic ${credentials}` } });
    t.equal(response.headers.get('content-type'), 'application/jwt');
    const { sha256: stored } = (await findResult(db, { requestId, taskId: 'a', documentId: 'doc' }))!;
    const content = readLtvSdo(await application.context.blobs.read(stored));
    t.same(Buffer.from(content.native.bytes), Buffer.from(bytes));
  },
);

t.test('formats that there are not are refused', async (t) => {
  await t.rejects(inFormat('pdf', taskOf(['sbid-sign'])), {
    message: /sdo-format: there is no format .*pdf.*; allowed: ltv-sdo, native/,
  });
  t.ok(await inFormat('ltv-sdo', taskOf(['sbid-sign'])));
});
