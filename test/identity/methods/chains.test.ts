/** Chains of methods in the whole service: ordered over SOAP, signed link by link, packaged, validated, and what is refused. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readIdentityEvidence } from '@segl/identity/evidence/identity/read';
import type { IdentityEvidence } from '@segl/identity/evidence/identity/content';
import { bytesOf } from '@segl/identity/evidence/identity/read';
import { canonicalJson } from '@segl/identity/evidence/identity/canonical-json';
import { commitmentHash } from '@segl/identity/evidence/identity/commitment';
import { carried, withId } from '@segl/identity/evidence/identity/write';
import { readLtvSdo, type ReadLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { systemClock } from '@segl/problem/clock';
import { approveInApp } from '@segl/sandbox/methods/oidc/person';
import { Browser } from '@segl/sandbox/person/browser';
import { signAsPerson } from '@segl/sandbox/person/sign';
import { openValidator } from '@segl/server/composition/validator';
import { until } from '../../support/server/running.ts';
import {
  historyOverSoap,
  orderOverSoap,
  startTestService,
  textDocument,
} from '../../support/server/service.ts';
import { Signer } from '../../support/signatures/signer.ts';
import { createSealer } from '../../support/signatures/witnessed.ts';
import { run, tool } from '../../support/tools.ts';

const NUMBER = '1405822042';
const NAME = 'Anna Prøve Æblegård';

let sandboxUrl = '';
const service = await startTestService(t, async (offered, folder) => {
  sandboxUrl = new URL(offered['SMS_GATEWAY_URL']!).origin;
  const written = JSON.parse(await readFile(offered['METHODS_FILE']!, 'utf8')) as {
    readonly methods: readonly object[];
  };
  const inApp = { name: 'app-mitid', chain: ['mitid-app', 'mitid'], uses: ['sign'] };
  const three = { name: 'all-three', chain: ['sms-otp', 'mitid', 'ink'], uses: ['sign'] };
  const file = join(folder, 'own-methods.json');
  await writeFile(file, JSON.stringify({ ...written, methods: [...written.methods, inApp, three] }));
  return { ...offered, METHODS_FILE: file };
});
const { application, backEnd, packaging } = service;
const validator = await openValidator(application.context.config, { clock: systemClock });
t.teardown(() => validator.close());

const sealAnchors = packaging.seal.anchors;
const trust = async () => ({ sealAnchors, signers: (await application.context.eid.of('demo')).signers });

let orders = 0;
const subject = (more = ''): string =>
  `<subject id="s">${more}<first-name>Anna</first-name><mobile>+45123457${String(10 + orders++)}</mobile></subject>`;
const action = (id: string): string =>
  `<document-action type="sign"><document-ref>${id}</document-ref></document-action>`;

const order = (method: string, ids: readonly string[], who = subject(), attributes = ''): Promise<string> =>
  orderOverSoap(
    service,
    `${ids.map((id) => textDocument(id, `I promise the ${id}.`)).join('')}<task id="a"${attributes}>${who}${ids.map(action).join('')}<signature><method>${method}</method></signature></task>` +
      `<packaging-task packaging-task-id="p" method="pades">${ids.map((id) => `<packaging-task-document task-id="a" document-id="${id}"/>`).join('')}</packaging-task>`,
  );

const sign = (requestId: string, user = 'anna') =>
  signAsPerson({ taskUrl: backEnd.taskUrl(requestId, 'a'), user, sandboxUrl, language: 'en' });

async function packagesOf(requestId: string, count: number): Promise<Uint8Array[]> {
  const uris = await until('the packages', async () => {
    const { resultUris } = await backEnd.getStatus(requestId);
    return resultUris.length === count && resultUris;
  });
  return Promise.all(uris.map((uri) => backEnd.download(uri)));
}

const evidenceIn = ({ native }: Pick<LtvSdoContent, 'native'>): IdentityEvidence =>
  readIdentityEvidence(native.bytes);

const linkOf = ({ proofs }: IdentityEvidence) => proofs.find(({ role }) => role === 'link');

async function textOfPdf(folder: string, requestId: string, pdftotext: string): Promise<string> {
  const uri = await until('the PDF', async () => (await backEnd.getPackagingResult(requestId)).resultUri);
  const bytes = await backEnd.download(uri);
  const { report } = await validator.validate({ bytes });
  if (report.indication !== 'TOTAL-PASSED') throw new Error(report.indication);
  const file = join(folder, 'signed.pdf');
  await writeFile(file, bytes);
  return Buffer.from(run(pdftotext, ['-layout', file, '-']).output, 'latin1').toString('utf8');
}

const files: Record<string, readonly Uint8Array[]> = {};

t.test('a code before the eID, both about two documents: each package proves both', async (t) => {
  const requestId = await order('code-mitid', ['one', 'two']);
  const { steps } = await sign(requestId);
  t.same(
    steps.filter((step) => step.startsWith('signed')),
    [
      'signed document "one" with a code as Anna Prøve Æblegård',
      'signed document "one" with OpenID Connect as Anna Prøve Æblegård',
    ],
    'one act for each link',
  );
  const packages = (files['code'] = await packagesOf(requestId, 2));
  for (const [index, bytes] of packages.entries()) {
    const { content } = verifyPackage(bytes, await trust());
    t.match(content, {
      signer: { displayName: NAME },
      signature: { typeFriendlyName: 'Code by SMS + MitID' },
      creation: { type: 'mitid' },
      native: { bundleIndex: index },
    });
    const evidence = evidenceIn(content);
    t.match(evidence, {
      method: { name: 'mitid' },
      assurance: { level: 'substantial' },
      commitment: { chain: { name: 'code-mitid', links: ['sms-otp', 'mitid'], link: 2 } },
    });
    const inner = readIdentityEvidence(bytesOf(linkOf(evidence)!));
    t.match(inner, {
      method: { name: 'sms-otp' },
      assurance: { level: 'low' },
      commitment: { chain: { name: 'code-mitid', link: 1 } },
    });
    t.same(inner.commitment.documents, evidence.commitment.documents);
    const { report } = await validator.validate({ bytes });
    t.match(report, { indication: 'TOTAL-PASSED', package: { signatureType: 'Code by SMS + MitID' } });
    const told = report.signatures[1]!.checks.flatMap(({ problem }) =>
      problem?.code === 'chain/link' ? problem : [],
    );
    t.match(
      told.map(({ params }) => params),
      [
        { link: 2, of: 2, method: 'mitid', signer: NAME, level: 'substantial' },
        { link: 1, of: 2, method: 'sms-otp', level: 'low' },
      ],
      'the report names every link',
    );
    t.match(
      content.creationAuditTrail.filter(({ type }) => type === 'signing-link-made').map(({ data }) => data),
      ['1', '2'].map((link) => [{ name: 'document-id' }, { name: 'chain' }, { name: 'link', value: link }]),
    );
  }
  const history = await historyOverSoap(service, requestId, 'a');
  t.same(
    history.filter(({ event }) => event === 'user-authenticated').map(({ data }) => data),
    ['one sms-otp 1/2', 'two sms-otp 1/2', 'one mitid 2/2', 'two mitid 2/2'],
  );
  const pdftotext = tool(t, 'pdftotext');
  if (pdftotext) t.match(await textOfPdf(t.testdir(), requestId, pdftotext), /Code by SMS \+ MitID/);
});

t.test('without a bundle, every document goes through the whole chain', async (t) => {
  const requestId = await order('code-mitid', ['one', 'two'], subject(), ' bundle="false"');
  const { steps } = await sign(requestId);
  t.equal(steps.filter((step) => step.startsWith('signed')).length, 4, steps.join('; '));
  for (const bytes of await packagesOf(requestId, 2))
    t.equal(readLtvSdo(bytes).native.bundleIndex, undefined);
});

t.test('a drawing after the eID: in the package, and to be seen in the PDF', async (t) => {
  const requestId = await order('mitid-ink', ['one']);
  const { steps } = await sign(requestId);
  t.same(
    steps.filter((step) => /^(signed|declared)/.test(step)).map((step) => step.split(' ')[0]),
    ['signed', 'declared'],
  );
  const [bytes] = (files['ink'] = await packagesOf(requestId, 1)) as [Uint8Array];
  const { content, handwriting } = verifyPackage(bytes, await trust());
  t.match(handwriting, { kind: 'typed', text: NAME });
  t.match(content, { signature: { typeFriendlyName: 'MitID' }, signer: { displayName: NAME } });
  t.match(evidenceIn(content).commitment.chain, { links: ['mitid', 'ink'], link: 1, previous: undefined });
  t.match((await validator.validate({ bytes })).report, { indication: 'TOTAL-PASSED' });
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const text = await textOfPdf(t.testdir(), requestId, pdftotext);
  t.match(text, /MitID \+ handwritten/);
  t.equal(text.split(NAME).length - 1 >= 2, true, 'the name of the signer, and what was written by hand');
});

t.test(
  'asked in the app before the other eID: the page says what is the own word of the service',
  async (t) => {
    const number = `<national-id>${NUMBER}</national-id>`;
    const requestId = await order('app-mitid', ['one'], subject(number));
    await sign(requestId);
    const [bytes] = (await packagesOf(requestId, 1)) as [Uint8Array];
    const evidence = evidenceIn(readLtvSdo(bytes));
    t.equal(evidence.method.flow, undefined, 'the last link was in the browser');
    t.equal(readIdentityEvidence(bytesOf(linkOf(evidence)!)).method.flow, 'backchannel');
    t.match(verifyPackage(bytes, await trust()), { ownWord: true });
    t.notOk(verifyPackage(files['code']![0]!, await trust()).ownWord, 'not where none was asked in an app');
    const pdftotext = tool(t, 'pdftotext');
    if (!pdftotext) return;
    const text = (await textOfPdf(t.testdir(), requestId, pdftotext)).replace(/\s+/g, ' ');
    t.match(
      text,
      /approved in the app; that this was about the document is the service’s own word|godkendt i appen; at det handlede om dokumentet, er tjenestens eget ord/,
    );
  },
);

t.test('a code, the eID, and a drawing: what is kept is the evidence of the last method', async (t) => {
  const requestId = await order('all-three', ['one']);
  await sign(requestId);
  const [bytes] = (await packagesOf(requestId, 1)) as [Uint8Array];
  const { content, handwriting } = verifyPackage(bytes, await trust());
  t.match(handwriting, { kind: 'typed' });
  t.match(evidenceIn(content), { method: { name: 'mitid' }, commitment: { chain: { link: 2 } } });
  t.ok(linkOf(evidenceIn(content)));
});

/** Somebody at the sign step of the last link of `code-mitid`. */
async function atSecondLink(requestId: string): Promise<Signer> {
  const signer = new Signer();
  await signer.open(backEnd.taskUrl(requestId, 'a'));
  await signer.read();
  const { origin } = new URL(sandboxUrl);
  const messages = (await (await fetch(`${origin}/sms/api/messages`)).json()) as {
    text: string;
    at: string;
  }[];
  const [newest] = messages.sort((a, b) => b.at.localeCompare(a.at));
  await signer.send('signature', { code: /Code: (\d{6})/.exec(newest!.text)![1]! });
  return signer;
}

const approve = async (
  signer: Signer,
  userId: string,
  outcome: 'approve' | 'abort' | 'other-order' = 'approve',
) => signer.open(await approveInApp(new Browser('en'), signer.page.continueUrl!, { userId }, { outcome }));

t.test('a later link that is aborted, or made by somebody else, leaves nothing signed', async (t) => {
  const requestId = await order('code-mitid', ['one'], subject(`<national-id>${NUMBER}</national-id>`));
  const { db } = application.context;
  const signed = () =>
    db.query(
      'select document_id from native_signatures n join sessions s on s.ref = n.session_ref where s.request_id = $1 and link = 0',
      [requestId],
    );
  const signer = await atSecondLink(requestId);
  t.match([signer.page.step, signer.page.link], ['sign', '2']);
  t.match(signer.html, /Code by SMS – done.*MitID – now/s);
  for (const [userId, outcome] of [
    ['anna', 'abort'],
    ['anna', 'other-order'],
    ['bo', 'approve'],
  ] as const) {
    await approve(signer, userId, outcome);
    if (signer.page.step !== 'sign') await signer.open(backEnd.taskUrl(requestId, 'a'));
    t.equal(signer.page.step, 'sign', `${userId}: ${outcome}`);
    t.equal(signer.page.link, '2', 'what was done before is kept');
    t.same((await backEnd.getStatus(requestId)).resultUris, []);
    t.same(await signed(), [], 'and nothing is a signature');
  }
  const another = new Signer();
  await another.open(backEnd.taskUrl(requestId, 'a'));
  await another.read();
  t.equal(another.page.link, '1', 'another visit begins with the first link');
  await approve(signer, 'anna');
  t.equal(signer.page.step, 'send-in');
  t.equal((await signed()).length, 1);
});

t.test('a package without one of the links is refused', async (t) => {
  const { reseal } = await createSealer({ packaging, clock: systemClock });
  const refused = async (content: ReadLtvSdo, code: string, why: string) => {
    const bytes = await reseal(content);
    t.throws(
      () => verifyPackage(bytes, trusted),
      { code: 'EVIDENCE_INVALID', params: { why: { code } } },
      why,
    );
    t.not((await validator.validate({ bytes })).report.indication, 'TOTAL-PASSED', why);
  };
  const trusted = await trust();
  const content = readLtvSdo(files['code']![0]!);
  t.ok(verifyPackage(await reseal(content), trusted), 'sealed again unchanged');
  const holding = (evidence: Omit<IdentityEvidence, 'id'>, of = content): ReadLtvSdo => ({
    ...of,
    native: { ...of.native, bytes: Buffer.from(canonicalJson(withId(evidence)), 'utf8') },
  });
  const whole = evidenceIn(content);
  const inner = readIdentityEvidence(bytesOf(linkOf(whole)!));
  const withoutLink = whole.proofs.filter(({ role }) => role !== 'link');
  await refused(holding({ ...whole, proofs: withoutLink }), 'chain/link-missing', 'without the first link');
  const { nationalId: _number, ...signer } = content.signer;
  const asFirst = {
    ...holding(inner),
    signer: { ...signer, displayName: inner.subject.displayName, uniqueId: inner.subject.id.value },
  };
  const at = new Date(inner.times.received);
  await refused(
    {
      ...asFirst,
      native: { ...asFirst.native, signingTime: at },
      signature: { ...content.signature, signingTime: at },
    },
    'chain/link-missing',
    'the first link alone',
  );

  const requestId = await order('code-mitid', ['one', 'two']);
  await sign(requestId);
  const [other] = await packagesOf(requestId, 2);
  const foreign = linkOf(evidenceIn(readLtvSdo(other!)))!;
  const swapped = whole.proofs.map((proof) => (proof.role === 'link' ? foreign : proof));
  await refused(holding({ ...whole, proofs: swapped }), 'chain/link-missing', 'a link of another order');
  const commitment = { ...whole.commitment, chain: { ...whole.commitment.chain!, previous: foreign.sha256 } };
  const recommitted = { ...whole, commitment, commitmentSha256: commitmentHash(commitment).toString('hex') };
  const report = async (evidence: Omit<IdentityEvidence, 'id'>) => {
    const bytes = await reseal(holding(evidence));
    t.throws(() => verifyPackage(bytes, trusted), { code: /EVIDENCE_INVALID/ });
    return (await validator.validate({ bytes })).report.signatures[1];
  };
  t.match(await report({ ...recommitted, proofs: swapped }), { indication: /FAILED|INDETERMINATE/ });
  const lower = { ...inner, assurance: { ...inner.assurance, level: 'high' } } as const;
  const raised = carried(Buffer.from(canonicalJson(withId(lower)), 'utf8'));
  t.match(
    await report({ ...whole, proofs: [...withoutLink, { ...linkOf(whole)!, ...raised }] }),
    { indication: /FAILED|INDETERMINATE/ },
    'a link that was changed',
  );

  const ink = readLtvSdo(files['ink']![0]!);
  const creationAuditTrail = ink.creationAuditTrail.filter(({ type }) => type !== 'signer-wrote-by-hand');
  await refused({ ...ink, creationAuditTrail }, 'chain/link-missing', 'without the drawing');
  const early = ink.creationAuditTrail.map((event) =>
    event.type === 'signer-wrote-by-hand'
      ? { ...event, at: new Date(ink.native.signingTime.getTime() - 1000) }
      : event,
  );
  await refused({ ...ink, creationAuditTrail: early }, 'chain/link-missing', 'a drawing before the eID');
});
