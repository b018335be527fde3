/** What is on offer decides what is asked for: without an eID the service starts, and signs by hand. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { readCatalogue, readModuleSettings } from '@segl/identity/catalogue';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import { referencedBlobs } from '@segl/server/adapters/postgres/sds';
import { orderOverSoap, startTestService, textDocument } from '../../support/server/service.ts';
import { Signer } from '../../support/signatures/signer.ts';
import { until } from '../../support/server/running.ts';

const NOTHING = [
  { name: 'nemid-sign', off: true },
  { name: 'nemid', off: true },
];

t.test('with handwriting alone the service starts without a setting of any eID, and signs', async (t) => {
  const service = await startTestService(t, async (offered, folder) => {
    const methods = join(folder, 'methods.json');
    await writeFile(methods, JSON.stringify(NOTHING));
    const needed = Object.entries(offered).filter(([name]) => /^(SEAL|TSA|INTERNAL)_/.test(name));
    return { ...Object.fromEntries(needed), METHODS_FILE: methods };
  });
  const { backEnd, account } = service;
  const signedByHand = async (format = ''): Promise<string> => {
    const requestId = await orderOverSoap(
      service,
      `${textDocument('doc', 'The bicycle is back by Sunday.')}<task id="a"><subject id="s"><first-name>Ulla</first-name><last-name>Åkær</last-name></subject><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method handwritten="true"/></signature></task>${format}`,
    );
    const signer = new Signer();
    await signer.open(backEnd.taskUrl(requestId, 'a'));
    await signer.read();
    t.equal(signer.page.step, 'declare');
    await signer.send('declare', { confirm: 'yes', hand: 'typed', typed: 'Ulla Åkær' });
    t.equal(signer.page.step, 'send-in');
    await signer.send('send-in');
    t.equal(signer.page.step, 'done');
    return until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  };
  const uri = await signedByHand();
  const { signer: told, verification } = readLtvSdo(await backEnd.download(uri));
  t.equal(told.displayName, 'Ulla Åkær');
  t.notMatch(JSON.stringify(verification.components), 'verifier', 'no eID took part');
  const credentials = Buffer.from(`${account.service}:${account.password}`).toString('base64');
  const address = await signedByHand('<sdo-format>native</sdo-format>');
  const native = await fetch(address, { headers: { authorization: `Basic ${credentials}` } });
  t.equal(native.headers.get('content-type'), 'application/x-signicat-wsd');
  const { content } = verifyWsd(Buffer.from(await native.arrayBuffer()));
  t.equal(content.signer.displayName, 'Ulla Åkær', 'what the service witnessed, sealed by itself');
  const { db } = service.application.context;
  const [requestId = ''] = address.split('/').slice(-4);
  const { sha256 } = (await findResult(db, { requestId, taskId: 'a', documentId: 'doc' }))!.native!;
  t.same([...(await referencedBlobs(db, [sha256]))], [sha256], 'its bytes stay as long as the result');
  await t.rejects(
    orderOverSoap(
      service,
      `${textDocument('doc', 'x')}<task id="a"><document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>nemid-sign</method></signature></task>`,
    ),
    /nemid-sign/,
    'what is off cannot be ordered',
  );
});

t.test('settings of a method are asked for where it is on, all at once', async (t) => {
  const catalogue = await readCatalogue(undefined);
  t.throws(() => readModuleSettings(catalogue, { NEMID_ENVIRONMENT: 'production' }), {
    code: 'CONFIG_INVALID',
    params: {
      problems: ['NEMID_CLIENT_URL', 'VOCES_KEY_FILE', 'PID_CPR_URL'].map((setting) => ({
        code: 'setting/missing',
        params: { setting },
      })),
    },
  });
  t.same(readModuleSettings(await readCatalogue(JSON.stringify(NOTHING)), {}), []);
});

t.test('METHODS_FILE that makes no sense is refused', async (t) => {
  const refused = async (lines: unknown, problem: string): Promise<void> => {
    const json = typeof lines === 'string' ? lines : JSON.stringify(lines);
    await t.rejects(
      readCatalogue(json),
      { code: 'CONFIG_INVALID', params: { problems: [{ code: `methods-file/${problem}` }] } },
      json,
    );
  };
  await refused('{', 'no-json');
  await refused({ lines: [] }, 'no-list');
  await refused({ methods: {} }, 'no-list');
  await refused({ providers: [] }, 'no-providers');
  await refused({ providers: { broker: { profile: 'x' } } }, 'no-providers');
  await refused({ providers: { broker: { module: 'nemid' } } }, 'no-kinds');
  await refused([{ use: 'sign' }], 'no-list');
  await refused([{ name: 'x', use: 'sign' }], 'no-module');
  await refused([{ name: 'x', use: 'sing', module: 'nemid' }], 'no-use');
  await refused([{ name: 'x', use: 'sign', module: 'nemid', assurance: 'some' }], 'assurance');
  await refused([{ name: 'x', use: 'sign', module: 'nobody' }], 'module-unknown');
  await refused([{ name: 'x', use: 'sign', module: '/nowhere/index.js' }], 'module-unloadable');
});

t.test('METHODS_FILE changes names that come along, and adds others', async (t) => {
  const { entries } = await readCatalogue(
    JSON.stringify([
      { name: 'nemid', title: 'MitID' },
      { name: 'nemid-again', use: 'sign', module: 'nemid' },
    ]),
  );
  t.match(
    entries.map(({ name, uses, title }) => [name, uses, title]),
    [
      ['nemid-sign', ['sign'], 'NemID'],
      ['nemid', ['authenticate'], 'MitID'],
      ['nemid-again', ['sign'], 'nemid-again'],
    ],
  );
});
