/**
 * The wall: a method that the service knows nothing of is put beside it, and named in METHODS_FILE. It is ordered, signed
 * with, packaged, validated, looked at and handed out, and no line of the service is about it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readContainerFile } from '@segl/ades/validation/readers/read-asic';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { certificatesToPem } from '@segl/pki/x509/pem';
import { systemClock } from '@segl/problem/clock';
import { makeEvidenceFile } from '@segl/server/application/packaging/evidence-file';
import { openValidator } from '@segl/server/composition/validator';
import { orderOverSoap, startTestService, textDocument } from '../../../support/server/service.ts';
import { Signer } from '../../../support/signatures/signer.ts';
import { until } from '../../../support/server/running.ts';
import { FORMAT, POLICY } from './evidence.ts';
import { startBluebird } from './provider.ts';
import { readToken, sha256 } from './token.ts';

const TEXT = 'I promise to feed the birds.';

const bird = await startBluebird();
t.teardown(() => bird.close());
const service = await startTestService(t, async (offered, folder) => {
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const module = fileURLToPath(new URL('./index.js', import.meta.url));
  const lines = [
    { name: 'bluebird-sign', use: 'sign', module, title: 'Bluebird', assurance: 'substantial' },
    { name: 'bluebird', use: 'authenticate', module, title: 'Bluebird', assurance: 'low' },
  ];
  return {
    ...offered,
    METHODS_FILE: await file('methods.json', JSON.stringify(lines)),
    BLUEBIRD_URL: bird.url,
    BLUEBIRD_TRUST_FILE: await file('bluebird.pem', certificatesToPem([bird.certificate])),
  };
});
const { application, backEnd, packaging, url } = service;

/** The link that leads away, to be followed by whoever signs. */
const awayFrom = (signer: Signer): string =>
  (/id="continue" href="([^"]+)"/.exec(signer.html)?.[1] ?? '').replaceAll('&amp;', '&');

async function ordered(login = ''): Promise<{ requestId: string; signer: Signer }> {
  const requestId = await orderOverSoap(
    service,
    `${textDocument('doc', TEXT)}<task id="a">${login}<document-action type="sign"><document-ref>doc</document-ref></document-action><signature><method>bluebird-sign</method></signature></task>`,
  );
  const signer = new Signer();
  await signer.open(backEnd.taskUrl(requestId, 'a'));
  return { requestId, signer };
}

t.test('ordered, signed, packaged, validated, looked at, handed out', async (t) => {
  const { requestId, signer } = await ordered('<authentication><method>bluebird</method></authentication>');
  t.equal(signer.page.step, 'authenticate');
  await signer.open(awayFrom(signer));
  t.equal(signer.page.step, 'read', 'logged on and back');
  await signer.read();
  t.equal(signer.page.step, 'sign');
  t.match(signer.html, /You are sent to Bluebird, which shows you what you sign/, 'its own texts');
  const away = awayFrom(signer);
  t.match(away, new RegExp(`^${bird.url}/authorize\\?.*about=${sha256(Buffer.from(TEXT))}`));
  await signer.open(away);
  t.equal(signer.page.step, 'send-in', 'signed and back');
  await signer.send('send-in');
  t.equal(signer.page.step, 'done');

  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  const bytes = await backEnd.download(uri);
  const content = readLtvSdo(bytes);
  t.match(content, {
    packagingPolicy: POLICY,
    signer: {
      displayName: 'Robin Redbreast',
      uniqueId: 'bird-1',
      attributes: [{ name: 'level', nameSpace: 'bluebird' }],
    },
    signature: { typeFriendlyName: 'Bluebird', formatFriendlyName: 'Bluebird token' },
    native: { format: FORMAT, mimeType: 'application/jwt' },
    creation: { type: 'bluebird' },
  });
  t.match(readToken(content.native.bytes)?.claims, { about: sha256(Buffer.from(TEXT)) });
  t.notMatch(
    content.verification.components.map(({ name }) => name),
    ['segl-nemid-verifier'],
    'only software that took part is named',
  );
  const { signers } = await application.context.eid.of('demo');
  const trust = { sealAnchors: application.packaging.seal.anchors, signers };
  t.match(verifyPackage(bytes, trust), { signerPath: [{ commonName: 'Bluebird' }] });
  const others = { ...signers, anchors: { ...signers.anchors, bluebird: signers.anchors['nemid']! } };
  t.throws(() => verifyPackage(bytes, { ...trust, signers: others }), { code: 'EVIDENCE_INVALID' });

  const validator = await openValidator(application.context.config, { clock: systemClock });
  t.teardown(() => validator.close());
  const { report } = await validator.validate({ bytes });
  t.match(report, { indication: 'TOTAL-PASSED', package: { signer: 'Robin Redbreast', signerId: 'bird-1' } });
  t.match(report.signatures[1], { format: 'Bluebird', checks: [{ check: 'core', outcome: 'passed' }] });

  const form = new FormData();
  form.set('file', new Blob([Uint8Array.from(bytes)]), 'package.xml');
  const viewed = await (await fetch(`${url}/verify`, { method: 'POST', body: form })).text();
  t.match(viewed, /Robin Redbreast/);
  t.match(viewed, /data-indication="TOTAL-PASSED"|TOTAL-PASSED|holds|gyldig|valid/i);

  const evidence = await makeEvidenceFile(packaging, requestId);
  const { members } = readContainerFile(evidence);
  const native = members.find(({ name }) => name.startsWith('natives/'));
  t.same(native && Buffer.from(native.bytes), Buffer.from(content.native.bytes));
  t.match((await validator.validate({ bytes: evidence })).report, { indication: 'TOTAL-PASSED' });
  t.equal(
    await (
      await fetch(`${url}/policy/packaging-policy-bluebird-1.0.txt`)
    )
      .text()
      .then((text) => text.includes(POLICY)),
    true,
    'its policy is published',
  );
});

t.test('what is not what was asked for is refused, and the signer told', async (t) => {
  const { signer } = await ordered();
  await signer.read();
  for (const lie of [{ about: sha256(Buffer.from('something else')) }, { nonce: 'another' }]) {
    bird.lie = lie;
    await signer.open(awayFrom(signer));
    t.equal(signer.page.step, 'sign', JSON.stringify(lie));
  }
  bird.lie = undefined;
  const { search } = new URL(awayFrom(signer));
  const { return: back = '', state = '' } = Object.fromEntries(new URLSearchParams(search));
  await signer.open(`${back}?state=${state}&error=CANCELLED`);
  t.equal(signer.page.step, 'sign');
  t.match(signer.html, /You left Bluebird\. Nothing has been signed\./);
  const stranger = new Signer();
  await stranger.open(`${back}?state=${state}&token=x`);
  t.equal(stranger.page.step, 'error', 'another browser brings nothing back');
  await signer.open(awayFrom(signer));
  t.equal(signer.page.step, 'send-in');
});
