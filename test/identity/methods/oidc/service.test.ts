/** Signing by OpenID Connect in the whole service: ordered over SOAP, signed at a provider, packaged, validated, not in any log. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readContainerFile } from '@segl/ades/validation/readers/read-asic';
import { handedOut } from '@segl/identity/evidence/identity/hand-out';
import { IDENTITY_PACKAGING_POLICY } from '@segl/identity/evidence/identity/policy';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import { identityEvidence } from '@segl/identity/evidence/identity/index';
import { readLtvSdo, type ReadLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import {
  WSD_IDENTITY_BUNDLE_PACKAGING_POLICY,
  WSD_IDENTITY_PACKAGING_POLICY,
} from '@segl/identity/evidence/ltvsdo/policy';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { identityProblems } from '@segl/identity/problems';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { bindingOf, statementDigest } from '@segl/identity/evidence/wsd/write';
import { systemClock } from '@segl/problem/clock';
import { actInApp, approveInApp } from '@segl/sandbox/methods/oidc/person';
import { Browser } from '@segl/sandbox/person/browser';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { makeEvidenceFile } from '@segl/server/application/packaging/evidence-file';
import { openValidator } from '@segl/server/composition/validator';
import { until } from '../../../support/server/running.ts';
import { orderOverSoap, startTestService, textDocument } from '../../../support/server/service.ts';
import { Signer } from '../../../support/signatures/signer.ts';
import { run, tool } from '../../../support/tools.ts';
import { createSealer } from '../../../support/signatures/witnessed.ts';

const NUMBER = '1405822042';
const NAME = 'Anna Prøve Æblegård';

let sandboxUrl = '';
let secret = '';
const logged: string[] = [];
const codes: string[] = [];
const service = await startTestService(
  t,
  async (offered, folder) => {
    const written = JSON.parse(await readFile(offered['METHODS_FILE']!, 'utf8')) as {
      readonly providers: Readonly<Record<string, Readonly<Record<string, string>>>>;
    };
    const { neb } = written.providers;
    sandboxUrl = new URL(neb!['issuer']!).origin;
    secret = (await readFile(neb!['clientSecretFile']!, 'utf8')).trim();
    const down = { ...neb, issuer: 'http://localhost:1/oidc/neb' };
    const methods = join(folder, 'own-methods.json');
    const own = {
      providers: { ...written.providers, down },
      methods: [
        { name: 'mitid-down', eid: 'mitid', provider: 'down', uses: ['sign'], assurance: 'substantial' },
        { name: 'mitid-idura', eid: 'mitid', provider: 'idura', uses: ['sign'], assurance: 'substantial' },
        {
          ...{ name: 'mitid-shown', eid: 'mitid', provider: 'neb', uses: ['sign'], assurance: 'substantial' },
          options: { transactionSigning: true },
        },
        {
          ...{ name: 'mitid-app', eid: 'mitid', provider: 'neb', uses: ['sign', 'authenticate'] },
          ...{ assurance: 'substantial', options: { backchannel: true } },
        },
        {
          ...{ name: 'nbid-app', eid: 'bankid-no', provider: 'idura', uses: ['sign'] },
          ...{ assurance: 'substantial', options: { backchannel: true } },
        },
        {
          ...{
            name: 'sbid-native',
            eid: 'bankid-se',
            provider: 'idura',
            uses: ['sign'],
            assurance: 'substantial',
          },
          options: { nativeSignature: true },
        },
      ],
    };
    await writeFile(methods, JSON.stringify(own));
    return { ...offered, METHODS_FILE: methods };
  },
  (line) => logged.push(line),
);
const { application, backEnd, packaging, url } = service;

const SIGN = '<document-action type="sign"><document-ref>doc</document-ref></document-action>';
const SUBJECT = `<subject id="s"><national-id>${NUMBER}</national-id></subject>`;

async function ordered(task: string, packagings = ''): Promise<{ requestId: string; taskUrl: string }> {
  const requestId = await orderOverSoap(
    service,
    `${textDocument('doc', 'I promise to feed the birds.')}<task id="a">${task}</task>${packagings}`,
  );
  return { requestId, taskUrl: backEnd.taskUrl(requestId, 'a') };
}

const resultOf = async (requestId: string): Promise<Uint8Array> => {
  const uri = await until('the package', async () => (await backEnd.getStatus(requestId)).resultUris[0]);
  return backEnd.download(uri);
};

const validator = await openValidator(application.context.config, { clock: systemClock });
t.teardown(() => validator.close());

t.test('ordered over SOAP, signed at the provider, packaged, validated, handed out', async (t) => {
  const { requestId, taskUrl } = await ordered(
    `${SUBJECT}<authentication><method>mitid</method></authentication>${SIGN}<signature><method>mitid</method></signature>`,
    `<packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="a" document-id="doc"/></packaging-task>`,
  );
  const { steps } = await signAsPerson({ taskUrl, user: 'anna', eid: 'oidc', sandboxUrl });
  t.ok(steps.includes(`signed document "doc" with OpenID Connect as ${NAME}`), steps.join('; '));
  const bytes = await resultOf(requestId);
  const content = readLtvSdo(bytes);
  t.match(content, {
    packagingPolicy: IDENTITY_PACKAGING_POLICY,
    signer: { displayName: NAME, nationalId: { id: NUMBER, nationality: 'DK', type: 'CPR' } },
    signature: { typeFriendlyName: 'MitID', formatFriendlyName: 'Identity evidence' },
    creation: { type: 'mitid' },
  });
  const evidence = readIdentityEvidence(content.native.bytes);
  t.match(evidence, {
    match: { rule: 'national-id', result: 'equal' },
    method: { eid: 'mitid', profile: 'neb' },
  });
  const { signers } = await application.context.eid.of('demo');
  t.same(verifyPackage(bytes, { sealAnchors: packaging.seal.anchors, signers }).signerPath, []);
  const { report } = await validator.validate({ bytes });
  t.match(report, { indication: 'TOTAL-PASSED', package: { signer: NAME } });
  t.match(report.signatures[1], { format: 'Identity evidence', indication: 'TOTAL-PASSED' });
  const file = await makeEvidenceFile(packaging, requestId);
  const native = readContainerFile(file).members.find(({ name }) => name.startsWith('natives/'));
  t.same(native && Buffer.from(native.bytes), Buffer.from(content.native.bytes));
  t.match((await validator.validate({ bytes: file })).report, { indication: 'TOTAL-PASSED' });
  const pades = await until('the PDF', async () => (await backEnd.getPackagingResult(requestId)).resultUri);
  const pdf = await validator.validate({ bytes: await backEnd.download(pades) });
  t.match(pdf.report, { indication: 'TOTAL-PASSED', format: 'PDF' });
  t.match(
    await (await fetch(`${url}/policy/packaging-policy-identity-evidence-1.0.txt`)).text(),
    IDENTITY_PACKAGING_POLICY,
  );
});

/** A task about three documents, of which the second may be left out. */
const bundleOf = (more: string, signature: string): Promise<string> =>
  orderOverSoap(
    service,
    ['one', 'two', 'three'].map((id) => textDocument(id, `This is ${id}.`)).join('') +
      `<task id="a"${more}>${['one', 'two', 'three'].map((id) => `<document-action type="sign"${id === 'two' ? ' optional="true"' : ''}><document-ref>${id}</document-ref></document-action>`).join('')}${signature}</task>`,
  );

t.test('several documents are signed in one act, and the package of each proves it', async (t) => {
  const requestId = await bundleOf('', '<signature><method>mitid</method></signature>');
  const { steps } = await signAsPerson({
    taskUrl: backEnd.taskUrl(requestId, 'a'),
    user: 'anna',
    eid: 'oidc',
    sandboxUrl,
  });
  t.equal(steps.filter((step) => step.startsWith('signed document')).length, 1, steps.join('; '));
  const { resultUris } = await until('the packages', async () => {
    const status = await backEnd.getStatus(requestId);
    return status.resultUris.length === 3 && status;
  });
  const contents: ReadLtvSdo[] = [];
  for (const uri of resultUris) {
    const bytes = await backEnd.download(uri);
    const { report } = await validator.validate({ bytes });
    t.match(report, { indication: 'TOTAL-PASSED', package: { signer: NAME } });
    contents.push(readLtvSdo(bytes));
  }
  t.same(
    contents.map(({ native }) => native.bundleIndex),
    [0, 1, 2],
  );
  t.equal(new Set(contents.map(({ native }) => Buffer.from(native.bytes).toString())).size, 1, 'one act');
  const { commitment } = readIdentityEvidence(contents[0]!.native.bytes);
  t.same(
    commitment.documents.map(({ sha256 }) => sha256),
    contents.map(({ document }) => Buffer.from(document.sha256).toString('hex')),
  );
  const [first, second] = contents as unknown as [ReadLtvSdo, ReadLtvSdo, ReadLtvSdo];
  const native = { ...first.native, bundleIndex: 1 };
  const judged = (content: ReadLtvSdo) =>
    identityEvidence.validation
      .readNative(content, { anchors: [] } as never, { at: content.native.signingTime, named: [] })
      .facts.findings.find(({ check }) => check === 'binding')?.outcome;
  t.equal(judged(first), 'passed');
  t.equal(judged({ ...first, native }), 'failed', 'the place is that of the document');
  t.equal(judged({ ...second, native }), 'passed');
});

const documentsOf = async (requestId: string, count: number): Promise<Uint8Array[]> => {
  const { resultUris } = await until('the packages', async () => {
    const status = await backEnd.getStatus(requestId);
    return status.resultUris.length === count && status;
  });
  return Promise.all(resultUris.map((uri) => backEnd.download(uri)));
};

const STATEMENT = '<signature responsive="true"><method>mitid</method></signature>';

t.test('a Signed Statement: one log-on confirms one statement about all documents', async (t) => {
  const requestId = await bundleOf('', STATEMENT);
  const { steps } = await signAsPerson({
    taskUrl: backEnd.taskUrl(requestId, 'a'),
    user: 'anna',
    eid: 'oidc',
    sandboxUrl,
  });
  const count = (of: string): number => steps.filter((step) => step.startsWith(of)).length;
  t.same([count('declared'), count('signed document')], [1, 1], steps.join('; '));
  const files = await documentsOf(requestId, 3);
  const sealAnchors = packaging.seal.anchors;
  const { signers } = await application.context.eid.of('demo');
  const wsds = [];
  for (const bytes of files) {
    const { report } = await validator.validate({ bytes });
    t.match(report, { indication: 'TOTAL-PASSED', package: { signer: NAME } });
    t.match(verifyPackage(bytes, { sealAnchors, signers }).witnessed, { login: true });
    wsds.push(verifyWsd(readLtvSdo(bytes).native.bytes).content);
  }
  const contents = files.map(readLtvSdo);
  t.same(
    contents.map(({ native, packagingPolicy }) => [native.bundleIndex, packagingPolicy]),
    [0, 1, 2].map((index) => [index, WSD_IDENTITY_BUNDLE_PACKAGING_POLICY]),
  );
  t.equal(new Set(wsds.map(({ login }) => Buffer.from(login!.message).toString())).size, 1, 'one log-on');
  t.equal(new Set(wsds.map(({ statement }) => statement.signText)).size, 1, 'one text, that names all');
  for (const { document } of contents)
    t.match(wsds[0]!.statement.signText, Buffer.from(document.sha256).toString('hex'));
  t.same(
    wsds.map(({ statement }) => statementDigest(statement)),
    wsds[0]!.bundle!.map((digest) => Buffer.from(digest)),
    'each statement at its place',
  );
  t.equal(readIdentityEvidence(wsds[1]!.login!.message).commitment.binding, bindingOf(wsds[1]!));

  const { withWsd, reseal } = await createSealer({ packaging, clock: systemClock });
  const refused = async (bytes: Uint8Array, why: RegExp | string) => {
    t.throws(() => verifyPackage(bytes, { sealAnchors, signers }), { code: 'EVIDENCE_INVALID' }, String(why));
    const { report } = await validator.validate({ bytes });
    t.not(report.indication, 'TOTAL-PASSED', String(why));
  };
  const [first] = files as [Uint8Array, ...Uint8Array[]];
  const content = contents[0]!;
  t.ok(verifyPackage(await withWsd(first, (wsd) => wsd), { sealAnchors, signers }), 'sealed again unchanged');
  const { bundleIndex: _, ...alone } = content.native;
  await refused(await reseal({ ...content, native: { ...content.native, bundleIndex: 1 } }), 'another place');
  await refused(await reseal({ ...content, native: { ...content.native, bundleIndex: 3 } }), 'no place');
  await refused(await reseal({ ...content, native: alone }), 'without a place');
  await refused(
    await reseal({ ...content, packagingPolicy: WSD_IDENTITY_PACKAGING_POLICY }),
    'under a policy for one document',
  );
  await refused(
    await withWsd(first, ({ bundle: _bundle, ...wsd }) => wsd),
    'without the others, it is not what the log-on confirmed',
  );
  await refused(
    await withWsd(first, ({ bundle, ...wsd }) => ({ ...wsd, bundle: bundle!.slice(0, 2) })),
    'another list',
  );
  await refused(
    await withWsd(first, ({ statement, ...wsd }) => ({
      ...wsd,
      statement: { ...statement, signText: 'I sign nothing.' },
    })),
    'another statement',
  );
});

t.test('without a bundle, every document has a log-on of its own', async (t) => {
  for (const [signature, act] of [
    [STATEMENT, 'signed document'],
    ['<authentication-based-signature><method>mitid</method></authentication-based-signature>', 'declared'],
  ] as const) {
    const requestId = await bundleOf(' bundle="false"', signature);
    const { steps } = await signAsPerson({
      taskUrl: backEnd.taskUrl(requestId, 'a'),
      user: 'anna',
      eid: 'oidc',
      sandboxUrl,
    });
    t.equal(steps.filter((step) => step.startsWith(act)).length, 3, steps.join('; '));
    for (const bytes of await documentsOf(requestId, 3))
      t.equal(readLtvSdo(bytes).native.bundleIndex, undefined);
  }
});

t.test('one by one, where the task wants no bundle', async (t) => {
  const requestId = await bundleOf(' bundle="false"', '<signature><method>mitid</method></signature>');
  const { steps } = await signAsPerson({
    taskUrl: backEnd.taskUrl(requestId, 'a'),
    user: 'anna',
    eid: 'oidc',
    sandboxUrl,
  });
  t.equal(steps.filter((step) => step.startsWith('signed document')).length, 3, steps.join('; '));
  const [uri] = await until('the packages', async () => {
    const { resultUris } = await backEnd.getStatus(requestId);
    return resultUris.length === 3 && resultUris;
  });
  t.equal(readLtvSdo(await backEnd.download(uri!)).native.bundleIndex, undefined);
});

t.test(
  'a document that the broker shows: its seal is in the package, and in everything made of it',
  async (t) => {
    const { requestId, taskUrl } = await ordered(
      `${SIGN}<signature><method>mitid-shown</method></signature>`,
      `<packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="a" document-id="doc"/></packaging-task>`,
    );
    await signAsPerson({ taskUrl, user: 'anna', eid: 'oidc', sandboxUrl });
    const bytes = await resultOf(requestId);
    const content = readLtvSdo(bytes);
    const { proofs } = readIdentityEvidence(content.native.bytes);
    t.ok(proofs.some(({ role }) => role === 'transaction-token'));
    t.ok(content.verificationAuditTrail.some(({ type }) => type === 'verified-transaction-status'));
    const { signers, signerAnchors } = await application.context.eid.of('demo');
    const sealAnchors = packaging.seal.anchors;
    t.same(verifyPackage(bytes, { sealAnchors, signers }).signerPath, []);
    t.throws(
      () => verifyPackage(bytes, { sealAnchors, signers: { ...signers, anchors: {} } }),
      { code: 'EVIDENCE_INVALID' },
      'no anchor, no certificate',
    );
    const { report } = await validator.validate({ bytes });
    t.match(report.signatures[1], { format: 'Identity evidence', indication: 'TOTAL-PASSED' });
    const check = report.signatures[1]!.checks.find((one) => one.check === 'transaction-signer');
    t.match(check?.problem, {
      code: 'transaction/signed-by',
      params: { organization: 'Segl Sandbox Broker' },
    });
    const stranger = await openValidator(
      { ...application.context.config, variables: {} },
      { clock: systemClock, trust: sealAnchors },
    );
    t.teardown(() => stranger.close());
    t.match((await stranger.validate({ bytes })).report.signatures[1], { indication: 'INDETERMINATE' });
    const file = await makeEvidenceFile(packaging, requestId);
    t.match((await validator.validate({ bytes: file })).report, { indication: 'TOTAL-PASSED' });
    const { members } = readContainerFile(file);
    const anchors = members.filter(({ name }) => name.startsWith('anchors/signer'));
    t.same(
      anchors.map((one) => Buffer.from(one.bytes)),
      [...new Set(signerAnchors.map((der) => Buffer.from(der).toString('base64')))].map((text) =>
        Buffer.from(text, 'base64'),
      ),
    );
    const pades = await until('the PDF', async () => (await backEnd.getPackagingResult(requestId)).resultUri);
    t.match((await validator.validate({ bytes: await backEnd.download(pades) })).report, {
      indication: 'TOTAL-PASSED',
    });
  },
);

t.test('an eID that signs itself: its signature is handed out where that is asked for', async (t) => {
  const { requestId, taskUrl } = await ordered(
    `${SIGN}<signature><method>sbid-native</method></signature>`,
    '<sdo-format>native</sdo-format>',
  );
  await signAsPerson({ taskUrl, user: 'anna', eid: 'oidc', sandboxUrl });
  const native = Buffer.from(await resultOf(requestId));
  t.match(native.toString(), /^<\?xml [^]*<bankIdSignedData [^]*<funcId>Signing<\/funcId>/);
  const { members } = readContainerFile(await makeEvidenceFile(packaging, requestId));
  const evidence = members.find(({ name }) => name.startsWith('natives/'))!;
  t.same(handedOut(evidence.bytes)?.bytes, native, 'the same as in the evidence');
  const kept = members.find(({ name }) => name.startsWith('packages/'))!;
  const { report } = await validator.validate({ bytes: kept.bytes });
  t.match(report.signatures[1], { format: 'Identity evidence', indication: 'TOTAL-PASSED' });
  const bare = await openValidator(
    { ...application.context.config, variables: {} },
    { clock: systemClock, trust: [] },
  );
  t.teardown(() => bare.close());
  const found = (await bare.validate({ bytes: kept.bytes })).report.signatures[1];
  t.match(
    found?.checks.find(({ check }) => check === 'native-certificate'),
    { outcome: 'warning' },
    'without an anchor nobody judged where its certificate leads',
  );
});

t.test('asked in the app: what the provider does not prove is told wherever the signature is', async (t) => {
  const { requestId, taskUrl } = await ordered(
    `${SUBJECT}<authentication><method>mitid-app</method></authentication>${SIGN}<signature><method>mitid-app</method></signature>`,
    `<packaging-task packaging-task-id="p" method="pades"><packaging-task-document task-id="a" document-id="doc"/></packaging-task>`,
  );
  const { steps } = await signAsPerson({ taskUrl, user: 'anna', sandboxUrl });
  t.ok(steps.includes(`signed document "doc" with OpenID Connect as ${NAME}`), steps.join('; '));
  const bytes = await resultOf(requestId);
  const content = readLtvSdo(bytes);
  const evidence = readIdentityEvidence(content.native.bytes);
  t.match(evidence, { method: { flow: 'backchannel' }, match: { result: 'equal' } });
  const asked = content.creationAuditTrail.filter(({ type }) => type === 'invoked-sign-call');
  t.same(
    asked.map(({ data }) => data.find(({ name }) => name === 'short-code')?.value),
    [undefined, evidence.intent.code],
    'the page was shown, and the person was asked once, however often the page asked',
  );
  const { signers } = await application.context.eid.of('demo');
  t.match(verifyPackage(bytes, { sealAnchors: packaging.seal.anchors, signers }), { ownWord: true });
  const { report } = await validator.validate({ bytes });
  t.match(report, { indication: 'TOTAL-PASSED', package: { signer: NAME } });
  const challenge = report.signatures[1]!.checks.find(({ check }) => check === 'challenge');
  t.match(challenge, { outcome: 'warning', problem: { code: 'backchannel/own-word' } });
  const text = identityProblems.catalogue.text(challenge!.problem!, 'en');
  t.match(
    text,
    /confirms who answered the request; that the request was about these documents is the service’s own word/,
  );
  const pades = await until('the PDF', async () => (await backEnd.getPackagingResult(requestId)).resultUri);
  const pdf = await backEnd.download(pades);
  t.match((await validator.validate({ bytes: pdf })).report, { indication: 'TOTAL-PASSED' });
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const file = join(t.testdir(), 'signed.pdf');
  await writeFile(file, pdf);
  const page = Buffer.from(run(pdftotext, ['-layout', file, '-']).output, 'latin1').toString('utf8');
  t.match(
    page.replace(/\s+/g, ' '),
    /approved in the app; that this was about the document is the service’s own word|godkendt i appen; at det handlede om dokumentet, er tjenestens eget ord/,
    'on the signature page as well',
  );
});

/** Asks as the page does, in so many tabs at once, until there is something else to see. */
const waited = (signer: Signer, tabs: number): Promise<boolean> =>
  until('an end of waiting', async () => {
    await Promise.all(Array.from({ length: tabs }, () => signer.send('signature')));
    await signer.open(signer.url);
    return !signer.html.includes('data-after');
  });

t.test(
  'the page waits: in the language of the signer, with what is signed, the code, and what to do',
  async (t) => {
    const { requestId, taskUrl } = await ordered(`${SIGN}<signature><method>nbid-app</method></signature>`);
    const signer = new Signer();
    await signer.open(taskUrl);
    await signer.read();
    t.match(signer.html, /name="number"/, 'the order does not tell whom to ask');
    const waiting = () => fetch(`${sandboxUrl}/oidc/app`).then((answer) => answer.text());
    t.notMatch(await waiting(), 'data-action="open"', 'nothing was sent by opening the page');
    await signer.send('signature', { kind: 'fields', number: 'nobody' });
    t.match(signer.html, /no number that the identity provider could know|ikke et nummer/);
    await signer.send('signature', { kind: 'fields', number: '140582 00000' });
    const [, code = ''] = /id="code">([A-Z2-7]{8})</.exec(signer.html) ?? [];
    t.match(await waiting(), new RegExp(`Sign: A promise ${code}|Underskriv: A promise ${code}`));
    t.match(signer.html, /A promise/);
    t.match(signer.html, /Open [^<]+ on your phone|Åbn [^<]+ på din telefon/);
    t.match(signer.html, /<noscript><button type="submit"/, 'without scripts there is a button');
    t.notMatch(signer.html, /oidc\.wait/, 'a text, and no key of one');
    // the page is opened again, or in another tab: the same request
    await signer.open(signer.url);
    t.match(signer.html, new RegExp(`id="code">${code}<`));
    await actInApp(new Browser('en'), sandboxUrl, code, { outcome: 'abort' });
    await waited(signer, 1);
    t.match(signer.html, /You cancelled|Du afbrød/);
    t.match(signer.html, /name="number"/, 'and nobody is asked again before the signer says so');
    t.same((await backEnd.getStatus(requestId)).resultUris, []);

    await signer.send('signature', { kind: 'fields', number: '14058200000' });
    const [, second = ''] = /id="code">([A-Z2-7]{8})</.exec(signer.html) ?? [];
    t.not(second, code);
    await actInApp(new Browser('en'), sandboxUrl, second);
    await waited(signer, 2);
    t.equal(signer.page.step, 'send-in');
    await signer.send('send-in', {});
    const content = readLtvSdo(await resultOf(requestId));
    t.equal(readIdentityEvidence(content.native.bytes).intent.code, second);
    t.equal(content.creationAuditTrail.filter(({ type }) => type === 'signature-created').length, 1);
  },
);

t.test('the page shows the code that the app shows', async (t) => {
  const { taskUrl } = await ordered(`${SIGN}<signature><method>mitid-idura</method></signature>`);
  const signer = new Signer();
  await signer.open(taskUrl);
  await signer.read();
  const [, code = ''] = /id="code">([A-Z2-7]{8})</.exec(signer.html) ?? [];
  t.ok(code);
  t.match(
    signer.html,
    /<meta http-equiv="refresh" content="48">/,
    'a new address before this one is forgotten',
  );
  const there = new Signer();
  await there.open(signer.page.continueUrl!);
  t.match(there.html, new RegExp(`<strong id="shown">Sign: A promise ${code}</strong>`));
});

t.test('what is refused is told, and can be tried again', async (t) => {
  const { requestId, taskUrl } = await ordered(
    `${SUBJECT}${SIGN}<signature><method>mitid-idura</method></signature>`,
  );
  const signer = new Signer();
  await signer.open(taskUrl);
  await signer.read();
  const browser = new Browser('en');
  const attempt = async (
    outcome: 'forged' | 'other-order' | 'abort' | 'approve',
    userId = 'anna',
  ): Promise<void> => {
    if (signer.page.continueUrl === undefined) await signer.open(taskUrl);
    const back = await approveInApp(browser, signer.page.continueUrl!, { userId }, { outcome });
    codes.push(new URL(back).searchParams.get('code') ?? 'none');
    await signer.open(back);
  };
  await attempt('abort');
  t.match(signer.html, /You cancelled|Nothing has been signed/);
  for (const lie of ['forged', 'other-order'] as const) {
    await attempt(lie);
    t.equal(signer.page.step, 'sign', lie);
  }
  t.same((await backEnd.getStatus(requestId)).resultUris, [], 'nothing is there');
  await attempt('approve');
  t.equal(signer.page.step, 'send-in');
});

t.test('who acted before is compared where the same eID answered, and nowhere else', async (t) => {
  const both = (login: string, signature: string) =>
    ordered(
      `<subject id="s"><mobile>+4512345699</mobile></subject><authentication><method>${login}</method></authentication>${SIGN}<signature><method>${signature}</method></signature>`,
    );
  for (const [login, signature] of [
    ['sbid', 'mitid'],
    ['mitid', 'sms-otp'],
  ] as const) {
    const { requestId, taskUrl } = await both(login, signature);
    await signAsPerson({ taskUrl, user: 'anna', sandboxUrl });
    t.ok(await resultOf(requestId), `ids of ${login} say nothing about those of ${signature}`);
  }
  const { taskUrl } = await both('mitid', 'mitid');
  const signer = new Signer();
  const act = async (userId: string): Promise<void> => {
    await signer.open(await approveInApp(new Browser('en'), signer.page.continueUrl!, { userId }));
  };
  await signer.open(taskUrl);
  await act('anna');
  await signer.read();
  await act('bo');
  t.equal(signer.page.step, 'sign');
  t.match(signer.html, /made by somebody else than the person/);
  await act('anna');
  t.equal(signer.page.step, 'send-in', 'the one who logged on may go on');
});

t.test('a log-on that confirms a statement is packaged as witnessed', async (t) => {
  const { requestId, taskUrl } = await ordered(
    `${SIGN}<authentication-based-signature><method>mitid</method></authentication-based-signature>`,
  );
  await signAsPerson({ taskUrl, user: 'anna', eid: 'oidc', sandboxUrl });
  const bytes = await resultOf(requestId);
  const content = readLtvSdo(bytes);
  t.equal(content.packagingPolicy, WSD_IDENTITY_PACKAGING_POLICY);
  const { statement, login } = verifyWsd(content.native.bytes).content;
  t.equal(statement.method, 'mitid');
  t.match(readIdentityEvidence(login!.message), { purpose: 'log-on', commitment: { binding: /^sha256:/ } });
  const { report } = await validator.validate({ bytes });
  t.match(report, { indication: 'TOTAL-PASSED' });
  t.same(
    report.signatures.map(({ format }) => format),
    ['LTV-SDO seal', 'WSD seal', 'Identity evidence'],
  );
});

t.test('a provider that is down is told, and nothing is lost', async (t) => {
  const { taskUrl } = await ordered(`${SIGN}<signature><method>mitid-down</method></signature>`);
  const signer = new Signer();
  await signer.open(taskUrl);
  await signer.read();
  t.equal(signer.page.step, 'error');
  t.equal(signer.page.errorCode, 'UNAVAILABLE');
});

t.test('no log has a number, a token or a secret', (t) => {
  t.ok(logged.length > 0, 'there is a log');
  const all = logged.join('\n');
  t.notMatch(all, new RegExp(NUMBER));
  t.notMatch(all, /eyJ[\w-]{10,}\./, 'no token');
  t.notOk(all.includes(secret), 'no secret');
  t.notMatch(all, /14058200000|140582 00000/, 'nor the number that somebody typed');
  t.notMatch(all, /code_verifier|client_assertion|access_token|auth_req_id|login_hint/);
  t.same(
    codes.filter((code) => code !== 'none' && all.includes(code)),
    [],
    'no code of an exchange',
  );
  t.end();
});
