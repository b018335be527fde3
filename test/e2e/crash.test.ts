import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import t from 'tap';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyLtvSdo } from '@segl/identity/evidence/ltvsdo/verify';
import { verifyPades } from '@segl/ades/pades/verify';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { testPersons } from '@segl/sandbox/methods/nemid/persons';
import { startReceiver } from '@segl/cli/demo/receiver';
import { Browser } from '@segl/sandbox/person/browser';
import { actInApp } from '@segl/sandbox/methods/oidc/person';
import { Signer } from '../support/signatures/signer.ts';
import { createPlace, until } from '../support/server/running.ts';

const [anna, bo] = testPersons as [(typeof testPersons)[number], (typeof testPersons)[number]];
const signer = ({ cpr }: typeof anna) => ({ nationalId: cpr, firstName: 'Test', lastName: 'Person' });

const readEnvironment = async (dataDir: string): Promise<NodeJS.ProcessEnv> =>
  parseEnv(await readFile(join(dataDir, 'sandbox', 'service.env'), 'utf8'));

/** Somebody whose page waits for what they answer in their app; gives the code that is shown there. */
async function waitingForApp(taskUrl: string): Promise<{ readonly person: Signer; readonly code: string }> {
  const person = new Signer();
  await person.open(taskUrl);
  await person.read();
  await person.send('signature', { kind: 'fields' });
  await person.send('signature');
  return { person, code: codeOf(person) };
}

const codeOf = ({ html }: Signer): string => /id="code">([A-Z2-7]{8})</.exec(html)?.[1] ?? 'none';

t.test(
  'kill -9 between "send in" and packaging: after the next start the order completes and the callback arrives',
  async (t) => {
    const place = await createPlace(t);
    const { backEnd, sandboxUrl } = place;
    const receiver = await startReceiver(() => new Date());
    t.teardown(() => receiver.close());

    // the service without workers: what is sent in stays unpackaged
    const sandbox = place.run('sandbox');
    const environment = await until(
      'the sandbox',
      async () => (await fetch(sandboxUrl)).ok && readEnvironment(place.dataDir),
    );
    const service = await place.start('serve', environment);
    const requestId = await backEnd.createRequest({
      sdsId: await backEnd.upload(Buffer.from('I owe you one bicycle.'), 'text/plain; charset=utf-8'),
      title: 'A promise',
      signers: [signer(anna), signer(bo)],
      method: 'nemid-sign',
      callbackUrl: receiver.url,
      language: 'en',
    });
    const signing = signAsPerson({
      taskUrl: backEnd.taskUrl(requestId, 'task_1'),
      user: 'anna',
      sandboxUrl,
    }).catch(() => undefined);
    await until('the signature', async () => {
      const history = await backEnd.getHistory(requestId, 'task_1');
      return history.some(({ event }) => event === 'document-signed');
    });
    // the person presses "send in" next, and the portal then waits for packages that nobody makes
    await Promise.race([signing, new Promise((resolve) => setTimeout(resolve, 3_000))]);
    t.equal(
      (await backEnd.getStatus(requestId)).statuses.get('task_1'),
      'created',
      'nothing is completed before its package is there',
    );
    const inApp = await backEnd.createRequest({
      sdsId: await backEnd.upload(Buffer.from('And a bell.'), 'text/plain; charset=utf-8'),
      title: 'A promise in an app',
      signers: [{ nationalId: '1405822042', firstName: 'Anna', lastName: 'Person' }],
      method: 'mitid-app',
      callbackUrl: receiver.url,
      language: 'en',
    });
    const { person, code } = await waitingForApp(backEnd.taskUrl(inApp, 'task_1'));
    t.match(code, /^[A-Z2-7]{8}$/);
    await service.end('SIGKILL');

    const restarted = await place.start('serve', environment);
    await person.open(person.url);
    t.equal(codeOf(person), code, 'the page goes on waiting for the same answer');
    await actInApp(new Browser('en'), sandboxUrl, code);
    await until('the answer', async () => {
      if (person.page.step === 'sign') await person.send('signature');
      return person.page.step === 'send-in';
    });
    await restarted.end('SIGKILL');
    await signing;
    await sandbox.end('SIGTERM');

    await place.start();
    await until(
      'the package',
      async () => (await backEnd.getStatus(requestId)).statuses.get('task_1') === 'completed',
    );
    await signAsPerson({ taskUrl: backEnd.taskUrl(requestId, 'task_2'), user: 'bo', sandboxUrl });
    const callback = await receiver.received;
    t.equal(callback.requestId, requestId);
    await person.send('send-in');
    const [signedInApp = ''] = await until('its package', async () => {
      const { resultUris } = await backEnd.getStatus(inApp);
      return resultUris.length === 1 && resultUris;
    });
    const { native } = readLtvSdo(await backEnd.download(signedInApp));
    t.match(readIdentityEvidence(native.bytes), { method: { flow: 'backchannel' }, intent: { code } });
    const { statuses, resultUris } = await backEnd.getStatus(requestId);
    t.same([...statuses.values()], ['completed', 'completed']);
    const signers = [];
    for (const uri of resultUris)
      signers.push(verifyLtvSdo(await backEnd.download(uri)).content.signer.displayName);
    t.same(signers, [anna.name, bo.name]);
    const { resultUri } = await backEnd.getPackagingResult(requestId);
    const { signatures } = verifyPades(await backEnd.download(resultUri ?? ''));
    t.equal(signatures.filter(({ kind }) => kind === 'signature').length, 1, 'a text becomes a signed PDF');
  },
);

t.test('kill -9 of everything at once while an order is under way loses nothing', async (t) => {
  const place = await createPlace(t);
  const { backEnd, sandboxUrl } = place;
  const receiver = await startReceiver(() => new Date());
  t.teardown(() => receiver.close());
  const first = await place.start();
  const sdsId = await backEnd.upload(Buffer.from('Everything at once.'), 'text/plain');
  const requestId = await backEnd.createRequest({
    sdsId,
    title: 'Under way',
    signers: [signer(anna), signer(bo)],
    method: 'nemid-sign',
    callbackUrl: receiver.url,
    language: 'en',
  });
  await signAsPerson({ taskUrl: backEnd.taskUrl(requestId, 'task_1'), user: 'anna', sandboxUrl });
  await first.end('SIGKILL');

  const second = await place.start();
  t.same(
    Buffer.from(await backEnd.download(`${place.baseUrl}/doc/demo/sds/${sdsId}`)).toString(),
    'Everything at once.',
  );
  await signAsPerson({ taskUrl: backEnd.taskUrl(requestId, 'task_2'), user: 'bo', sandboxUrl });
  t.equal((await receiver.received).requestId, requestId);
  t.equal(await second.end('SIGTERM'), 0, 'SIGTERM ends it cleanly');
});
