/** Signatures that the service witnesses, and handwriting beside an eID's: from the order to the PDF, and what is refused. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { WSD_BUNDLE_PACKAGING_POLICY, WSD_PACKAGING_POLICY } from '@segl/identity/evidence/ltvsdo/policy';
import { NEMID_HANDWRITTEN_PACKAGING_POLICY } from '@segl/identity/methods/nemid/evidence/policy';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import type { WsdContent } from '@segl/identity/evidence/wsd/content';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { isSeglError } from '@segl/problem/errors';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { findResult } from '@segl/server/adapters/postgres/orders/results';
import { makePdf } from '@segl/server/application/packaging/make-pdf';
import { findPolicyGaps } from '@segl/identity/evidence/policies';
import { verifyWitnessed } from '@segl/identity/evidence/witness-evidence';
import { validateWithEvidence } from '@segl/pki/revocation/evidence';
import { projectFile } from '@segl/server/paths';
import type { TaskSpec } from '@segl/server/domain/order/model';
import type { Declaration } from '@segl/server/application/signing-api';
import type { SessionKey } from '@segl/server/domain/signing-session/client-info';
import {
  anna,
  bo,
  client,
  openTestApplication,
  demo,
  order,
  task,
  type TestApplication,
} from '../../../support/server/services.ts';
import { run, tool } from '../../../support/tools.ts';
import { createSealer, drawn, sendInAndPackage } from '../../../support/signatures/witnessed.ts';
import { giveCpr, pageOf, posted, trusting, knownEvidence } from '../../../support/server/methods.ts';
import { every } from '../../../support/sweep.ts';

let home: TestApplication;
t.before(async () => {
  home = await openTestApplication();
});
t.teardown(() => home.close());

const byHand = { signatures: [{ methods: [{ name: '', handwritten: true }] }] };
const byLogin = { signatures: [], authenticationBasedSignatures: [{ methods: [{ name: 'nemid' }] }] };
const drawnLogin = {
  signatures: [],
  authenticationBasedSignatures: [{ methods: [{ name: 'nemid', handwritten: true }] }],
};
const drawnEid = { signatures: [{ methods: [{ name: 'nemid-sign', handwritten: true }] }] };

interface Opened {
  readonly requestId: string;
  readonly key: SessionKey;
}

async function open(
  more: Partial<TaskSpec>,
  person: typeof anna | null = anna,
  text = 'I promise.',
): Promise<Opened> {
  const spec = order([task('a', person ?? undefined, more)]);
  const documents = spec.documents.map((document) => ({ ...document, data: Buffer.from(text) }));
  const { requestIds } = await home.orders.createRequests(demo, [{ ...spec, documents }]);
  const requestId = requestIds[0]!;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  await read(key);
  return { requestId, key };
}

async function read(key: SessionKey): Promise<void> {
  (await home.portal.document(key, 'doc', client)).open().resume();
  await home.portal.markRead(key, 'doc');
}

const step = async (key: SessionKey): Promise<string> => (await home.portal.view(key)).step.kind;

async function declare(key: SessionKey, more: Partial<Declaration> = {}): Promise<void> {
  const { signTextDigest } = await home.portal.startDeclaring(key, 'doc', 'da');
  await home.portal.declare(key, 'doc', { signTextDigest, name: '', client, ...more });
}

async function sign(key: SessionKey, person = anna): Promise<void> {
  const response = await home.nativeSignature(key, 'doc', person);
  const outcome = await home.portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) });
  if (outcome.kind !== 'accepted') throw new Error(outcome.code);
}

const finish = ({ key, requestId }: Opened): Promise<Uint8Array> => sendInAndPackage(home, key, requestId);

async function trust() {
  const { signers } = await home.application.context.eid.of('demo');
  return { sealAnchors: home.packaging.seal.anchors, signers };
}

/** Of a sweep over bytes; all of them take minutes. */

const packages: Record<string, Uint8Array> = {};

t.test('by hand alone: a name, a drawing, and no identity', async (t) => {
  const opened = await open({ ...byHand, subject: { firstName: 'Ulla', lastName: 'Ås', attributes: [] } });
  t.equal(await step(opened.key), 'declare');
  const started = await home.portal.startDeclaring(opened.key, 'doc', 'en');
  t.match(started, {
    handwritten: true,
    asksName: false,
    signText: /^I have read .*SHA-256: [0-9a-f]{64}$/s,
  });
  for (const text of [
    '',
    '[]',
    '[[5,5]]',
    '[[0,0,30,0,0,0,30,0,0,0,30,0]]',
    '[[0,0,1201,0]]',
    '{"a":1}',
    '[[1]]',
  ]) {
    const refused = declare(opened.key, { handwriting: { kind: 'drawn', text } });
    await t.rejects(refused, { code: 'HANDWRITING_REFUSED' }, text);
  }
  const large = JSON.stringify([Array.from({ length: 8002 }, (_, index) => (index * 37) % 400)]);
  await t.rejects(declare(opened.key, { handwriting: { kind: 'drawn', text: large } }), {
    code: 'HANDWRITING_REFUSED',
    params: { why: { code: 'handwriting/too-much' } },
  });
  await t.rejects(declare(opened.key, { ...drawn, signTextDigest: 'of another text' }), {
    code: 'STEP_NOT_DUE',
  });
  await declare(opened.key, drawn);
  t.equal(await step(opened.key), 'send-in');
  const bytes = (packages['hand'] = await finish(opened));
  const verified = verifyPackage(bytes, await trust());
  t.match(verified.content, {
    packagingPolicy: WSD_PACKAGING_POLICY,
    signer: { displayName: 'Ulla Ås', nationalId: undefined },
    native: { format: 'urn:signicat:format:wsd', mimeType: 'application/x-signicat-wsd' },
  });
  t.match(verified.handwriting, { kind: 'drawn', text: /^M100 300L200 80/ });
  t.same([verified.signerPath, verified.witnessed], [[], { login: false }]);
  t.equal(Buffer.from(verified.document!).toString(), 'I promise.');
});

t.test('by hand for whoever holds the link: the signer gives the name, and may type', async (t) => {
  const opened = await open(byHand, null);
  t.equal((await home.portal.startDeclaring(opened.key, 'doc', 'da')).asksName, true);
  await t.rejects(declare(opened.key, { ...drawn, name: ' \n ' }), { code: 'NAME_MISSING' });
  await declare(opened.key, { handwriting: { kind: 'typed', text: 'Bo  Bager ' }, name: 'Bo B. Bager' });
  const verified = verifyPackage(await finish(opened), await trust());
  t.same(verified.handwriting, { kind: 'typed', text: 'Bo Bager' });
  t.equal(verified.content.signer.displayName, 'Bo B. Bager');
});

t.test('by login: the statement is confirmed by a login that is bound to it', async (t) => {
  const opened = await open(byLogin);
  t.equal(await step(opened.key), 'declare');
  await declare(opened.key);
  t.equal(await step(opened.key), 'sign');
  await sign(opened.key);
  const bytes = (packages['login'] = await finish(opened));
  const verified = verifyPackage(bytes, await trust());
  t.match(verified.content, {
    packagingPolicy: WSD_PACKAGING_POLICY,
    signer: { displayName: anna.name, nationalId: { id: anna.cpr.replace('-', ''), type: 'CPR' } },
    signature: { typeFriendlyName: 'NemID' },
  });
  t.match(verified.witnessed, { login: true });
  t.equal(verified.signerPath.length, 3);
  const { content } = verified;
  t.same(findPolicyGaps(content, knownEvidence), []);
  const without = (name: string): LtvSdoContent => ({
    ...content,
    creationAuditTrail: content.creationAuditTrail.filter(({ type }) => type !== name),
    verificationAuditTrail: content.verificationAuditTrail.filter(({ type }) => type !== name),
  });
  for (const [name, requirement] of [
    ['presented-document-to-signer', 'G3'],
    ['signer-sent-in', 'G2'],
    ['verified-binding', 'L2'],
    ['cpr-verified', 'P5'],
    ['created-and-signed-wsd', 'P7'],
  ] as const)
    t.match(findPolicyGaps(without(name), knownEvidence), [{ requirement }], name);
});

t.test('by login, with the CPR number asked for, and with a drawing', async (t) => {
  const opened = await open(drawnLogin, null);
  await t.rejects(declare(opened.key), { code: 'HANDWRITING_REFUSED' });
  await declare(opened.key, drawn);
  await sign(opened.key, bo);
  t.equal(await step(opened.key), 'identify');
  await giveCpr(home.portal, opened.key, 'doc', bo.cpr);
  const verified = verifyPackage((packages['drawn login'] = await finish(opened)), await trust());
  t.match(verified.handwriting, { kind: 'drawn' });
  t.equal(verified.content.signer.nationalId?.id, bo.cpr.replace('-', ''));
});

t.test('one log-on about two documents: who it was is asked once, and told in both packages', async (t) => {
  const document = (id: string) =>
    ({ kind: 'provided', id, description: id, mimeType: 'text/plain' }) as const;
  const ids = ['doc', 'second'];
  const spec = order(
    [
      task('a', undefined, {
        signatures: [{ methods: [{ name: 'nemid', handwritten: true }], responsive: true }],
        documentActions: ids.map((documentRef) => ({ type: 'sign', documentRef })),
      }),
    ],
    { documents: ids.map((id) => ({ ...document(id), data: Buffer.from(`I promise the ${id}.`) })) },
  );
  const { requestIds } = await home.orders.createRequests(demo, [spec]);
  const requestId = requestIds[0]!;
  const key = await home.portal.open({ requestId, taskId: 'a', client });
  for (const id of ids) {
    (await home.portal.document(key, id, client)).open().resume();
    await home.portal.markRead(key, id);
  }
  t.match((await home.portal.view(key)).step, { kind: 'declare', documentId: 'doc', together: ids });
  await declare(key, drawn);
  await sign(key, bo);
  t.match((await home.portal.view(key)).step, { kind: 'identify', documentId: 'doc' });
  await giveCpr(home.portal, key, 'doc', bo.cpr);
  t.equal(await step(key), 'send-in');
  await finish({ key, requestId });
  for (const [index, documentId] of ids.entries()) {
    const { db, blobs } = home.application.context;
    const result = await findResult(db, { requestId, taskId: 'a', documentId });
    const { content, ...verified } = verifyPackage(await blobs.read(result!.sha256), await trust());
    t.match(content, { native: { bundleIndex: index }, packagingPolicy: WSD_BUNDLE_PACKAGING_POLICY });
    t.equal(content.signer.nationalId?.id, bo.cpr.replace('-', ''));
    t.match(verified, { handwriting: { kind: 'drawn' }, witnessed: { login: true } });
    t.same(findPolicyGaps(content, knownEvidence), []);
  }
});

t.test('with the eID, and with a drawing beside it', async (t) => {
  const opened = await open(drawnEid);
  const started = await home.portal.startDeclaring(opened.key, 'doc', 'da');
  t.match(started, { handwritten: true, signTextDigest: '', signText: undefined });
  await declare(opened.key, drawn);
  await sign(opened.key);
  const verified = verifyPackage((packages['drawn eID'] = await finish(opened)), await trust());
  t.equal(verified.content.packagingPolicy, NEMID_HANDWRITTEN_PACKAGING_POLICY);
  t.match(verified.handwriting, { kind: 'drawn', text: /^M100 300/ });
  const another = await open(drawnEid, anna, 'I promise another thing.');
  await declare(another.key, drawn);
  await sign(another.key);
  packages['other drawn eID'] = await finish(another);
});

t.test('a choice: what was begun in one way counts for nothing in another', async (t) => {
  const opened = await open({
    ...drawnEid,
    ...{ authenticationBasedSignatures: byLogin.authenticationBasedSignatures },
  });
  const { key } = opened;
  const { step: choose } = await home.portal.view(key);
  if (choose.kind !== 'choose-method') throw new Error(choose.kind);
  t.match(choose.ways, [
    { kind: 'eid', typeName: 'NemID', handwritten: true },
    { kind: 'login', typeName: 'NemID', handwritten: false },
  ]);
  const [eid, login] = choose.ways.map(({ id }) => id) as [string, string];
  await t.rejects(home.portal.chooseWay(key, 'doc', 'signature-9.9'), { code: 'STEP_NOT_DUE' });
  await t.rejects(home.portal.startDeclaring(key, 'doc', 'da'), { code: 'STEP_NOT_DUE' });
  await home.portal.chooseWay(key, 'doc', login);
  await declare(key);
  const response = await home.nativeSignature(key, 'doc', anna);
  await home.portal.chooseWay(key, 'doc', '');
  t.equal(await step(key), 'choose-method');
  await home.portal.chooseWay(key, 'doc', eid);
  await declare(key, drawn);
  await home.portal.startSigning(key, 'doc', { origin: 'http://localhost', language: 'da', client });
  await t.rejects(
    home.portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) }),
    { code: 'NATIVE_SIGNATURE_REFUSED' },
    'a login is no signature',
  );
  await home.portal.chooseWay(key, 'doc', login);
  t.equal(await step(key), 'declare', 'to be declared anew');
  home.clock.advance(1000);
  await declare(key);
  await home.portal.startSigning(key, 'doc', { origin: 'http://localhost', language: 'da', client });
  await t.rejects(
    home.portal.receiveSignature(key, 'doc', { ...posted(response), ...pageOf(client) }),
    { code: 'NATIVE_SIGNATURE_REFUSED' },
    'a login that is bound to what was declared before',
  );
  await t.rejects(sign(key, bo), { code: 'SIGNER_MISMATCH' });
  await sign(key);
  t.equal(await step(key), 'send-in');
});

t.test('a login for another document, or for nothing, confirms nothing', async (t) => {
  const first = await open(byLogin);
  await declare(first.key);
  const other = await home.nativeSignature(first.key, 'doc', anna);
  const opened = await open(byLogin);
  await t.rejects(
    home.portal.receiveSignature(opened.key, 'doc', { ...posted(other), ...pageOf(client) }),
    { code: 'STEP_NOT_DUE' },
    'before anything was declared',
  );
  await declare(opened.key);
  await t.rejects(home.portal.receiveSignature(opened.key, 'doc', { ...posted(other), ...pageOf(client) }), {
    code: 'STEP_NOT_DUE',
  });
  await home.portal.startSigning(opened.key, 'doc', { origin: 'http://localhost', language: 'da', client });
  await t.rejects(home.portal.receiveSignature(opened.key, 'doc', { ...posted(other), ...pageOf(client) }), {
    code: 'NATIVE_SIGNATURE_REFUSED',
  });
});

/** As the packager would seal it, whatever it says. */
const reseal = async (content: LtvSdoContent): Promise<Uint8Array> =>
  (await createSealer(home)).reseal(content);

/** The package with a WSD that says something else, sealed again inside and outside. */
const withWsd = async (name: string, change: (wsd: WsdContent) => WsdContent): Promise<Uint8Array> =>
  (await createSealer(home)).withWsd(packages[name]!, change);

t.test('what was sealed again tells of the same signer, document, login and handwriting', async (t) => {
  const anchors = await trust();
  const refused = (bytes: Uint8Array, why: RegExp): void => {
    t.throws(() => verifyPackage(bytes, anchors), { code: 'EVIDENCE_INVALID', message: why }, String(why));
  };
  const login = readLtvSdo(packages['login']!);
  const hand = readLtvSdo(packages['hand']!);
  const eid = readLtvSdo(packages['drawn eID']!);
  t.ok(verifyPackage(await reseal(login), anchors), 'unchanged');
  const { signer, document, native } = login;
  refused(await reseal({ ...login, signer: { ...signer, displayName: 'Bo' } }), /its signer is not/);
  refused(await reseal({ ...login, signer: { ...signer, uniqueId: 'PID:1' } }), /its signer is not/);
  refused(await reseal({ ...login, document: { ...document, title: 'B' } }), /its document is not/);
  refused(
    await reseal({ ...login, document: { ...document, sha256: randomBytes(32) } }),
    /its document is not/,
  );
  const other = { ...native, originalDocument: Buffer.from('I promise!') };
  refused(await reseal({ ...login, native: other }), /does not carry the document/);
  const { originalDocument: _, ...bare } = native;
  refused(await reseal({ ...login, native: bare }), /does not carry the document/);
  refused(await reseal({ ...login, native: { ...native, format: 'urn:x:y' } }), /not a witnessed signature/);
  const extra = { ...native, validation: { ...native.validation, crls: [randomBytes(9)] } };
  refused(await reseal({ ...login, native: extra }), /which nobody judges/);
  const later = new Date(native.signingTime.getTime() + 1000);
  refused(await reseal({ ...login, native: { ...native, signingTime: later } }), /its signing time/);
  const nationalId = { id: anna.cpr, nationality: 'DK', type: 'CPR' };
  refused(
    await reseal({ ...hand, signer: { ...hand.signer, nationalId } }),
    /an identity that nobody verified/,
  );
  refused(await reseal({ ...hand, signer: { ...hand.signer, uniqueId: 'PID:1' } }), /identity that nobody/);

  const [own, foreign] = [eid, readLtvSdo(packages['other drawn eID']!)].map(({ creationAuditTrail }) =>
    creationAuditTrail.filter(({ type }) => type === 'signer-wrote-by-hand'),
  );
  const trail = eid.creationAuditTrail.filter(({ type }) => type !== 'signer-wrote-by-hand');
  const withEvents = (events: LtvSdoContent['creationAuditTrail']) =>
    reseal({ ...eid, creationAuditTrail: [...trail, ...events] });
  t.ok(verifyPackage(await withEvents(own!), anchors), 'unchanged');
  refused(await withEvents([]), /missing or told twice/);
  refused(await withEvents([...own!, ...own!]), /missing or told twice/);
  refused(await withEvents(foreign!), /belongs to another document/);
  const edited = (name: string, value: string) => [
    { ...own![0]!, data: own![0]!.data.map((entry) => (entry.name === name ? { name, value } : entry)) },
  ];
  refused(await withEvents(edited('handwriting', 'M0 0L1200 400')), /not what the signer wrote/);
  refused(await withEvents(edited('handwriting-kind', 'typed')), /not what the signer wrote/);

  const say = { signText: 'I promise more.' };
  refused(
    await withWsd('login', (wsd) => ({ ...wsd, statement: { ...wsd.statement, ...say } })),
    /of its login: it is not bound/,
  );
  const stranger = verifyWsd(readLtvSdo(packages['drawn login']!).native.bytes).content;
  refused(await withWsd('login', (wsd) => ({ ...wsd, login: stranger.login! })), /signing time|not bound/);
  refused(
    await withWsd('hand', ({ statement, signer: { displayName } }) => {
      const { handwriting: _hand, ...rest } = statement;
      return { statement: rest, signer: { displayName } };
    }),
    /no name or no handwriting/,
  );
  refused(
    await withWsd('hand', ({ statement, ...wsd }) => ({
      ...wsd,
      statement: { ...statement, handwriting: { ...statement.handwriting!, text: 'M0 0L1200 400' } },
    })),
    /not what the signer wrote/,
  );
  refused(await withWsd('login', ({ login: _login, ...wsd }) => wsd), /signing time|identity/);

  t.throws(() => verifyPackage(packages['login']!, { ...anchors, signers: trusting(anchors.sealAnchors) }), {
    code: 'CERT_PATH_INVALID',
  });
  const swapped = await reseal({ ...login, packagingPolicy: NEMID_HANDWRITTEN_PACKAGING_POLICY });
  t.throws(() => verifyPackage(swapped, anchors), { code: 'NATIVE_SIGNATURE_REFUSED' });
});

t.test('a changed byte is noticed: in the package, and in the witnessed signature inside', async (t) => {
  const anchors = await trust();
  const sweep = (bytes: Uint8Array, step: number, verify: (changed: Uint8Array) => unknown): number[] => {
    const changed = Buffer.from(bytes);
    const missed: number[] = [];
    for (let at = 0; at < changed.length; at += step) {
      const byte = changed[at]!;
      changed[at] = byte ^ (1 << (at % 8));
      try {
        verify(changed);
        missed.push(at);
      } catch (error) {
        if (!isSeglError(error)) throw error;
      }
      changed[at] = byte;
    }
    verify(changed);
    return missed;
  };
  for (const name of ['hand', 'login', 'drawn login', 'drawn eID']) {
    t.same(
      sweep(packages[name]!, every(101), (changed) => verifyPackage(changed, anchors)),
      [],
      `package: ${name}`,
    );
  }
  for (const name of ['hand', 'drawn login']) {
    const content = readLtvSdo(packages[name]!);
    // the seal's revocation answers and certificates carry signatures of their own, which the path's validation judges
    const judge = (bytes: Uint8Array): void => {
      const { seal } = verifyWitnessed({ ...content, native: { ...content.native, bytes } }, anchors.signers);
      const at = seal.signingTime;
      validateWithEvidence({ leaf: seal.certificate, anchors: anchors.sealAnchors, at, evidence: seal });
    };
    t.same(
      sweep(content.native.bytes, every(name === 'hand' ? 13 : 41), judge),
      [],
      `witnessed signature: ${name}`,
    );
  }
});

t.test('two signers, one by hand: the PDF shows how each signed', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const opened = await Promise.all(
    ['hand', 'login', 'drawn login', 'drawn eID'].map(async (name) => ({
      bytes: packages[name]!,
      verified: verifyPackage(packages[name]!, await trust()),
    })),
  );
  const bytes = opened[0]!.verified.document!;
  const sha256 = Buffer.from(opened[0]!.verified.content.document.sha256).toString('hex');
  const pdf = await makePdf(
    { ...home.packaging },
    { format: 'PAdES', level: 'LTA', template: 'standard' },
    {
      language: 'da',
      originals: [{ title: 'A promise', contentType: 'text/plain', sha256, file: IncrementalFile.of(bytes) }],
      packages: opened,
    },
  );
  const folder = t.testdir();
  const file = join(folder, 'signed.pdf');
  writeFileSync(process.env['SEGL_PDF'] ?? file, pdf);
  writeFileSync(file, pdf);
  const text = Buffer.from(run(pdftotext, ['-layout', file, '-']).output, 'latin1').toString('utf8');
  for (const expected of [
    'Ulla Ås',
    'Håndskrevet',
    'Navnet er ikke bekræftet',
    'NemID (login)',
    'NemID + håndskrevet',
  ]) {
    t.ok(text.includes(expected), expected);
  }
});

t.test('the seal of a WSD is one that xmlsec1 accepts, and its form is that of the schema', async (t) => {
  const [xmlsec, xmllint] = [tool(t, 'xmlsec1'), tool(t, 'xmllint')];
  if (!xmlsec || !xmllint) return;
  const folder = t.testdir();
  for (const name of ['hand', 'login', 'drawn login']) {
    const file = join(folder, 'wsd.xml');
    writeFileSync(file, readLtvSdo(packages[name]!).native.bytes);
    const anchor = join(folder, 'anchor.der');
    writeFileSync(anchor, home.packaging.seal.anchors[0]!);
    const ids = ['urn:segl:wsd:1.0:Wsd', 'http://uri.etsi.org/01903/v1.3.2#:SignedProperties'];
    const options = ids.flatMap((id) => ['--id-attr:Id', id]);
    for (const [index, der] of home.packaging.seal.key.chain.entries()) {
      writeFileSync(join(folder, `chain-${index}.pem`), new X509Certificate(der).toString());
      options.push('--untrusted-pem', join(folder, `chain-${index}.pem`));
    }
    writeFileSync(
      join(folder, 'anchor.pem'),
      new X509Certificate(home.packaging.seal.anchors[0]!).toString(),
    );
    options.push('--trusted-pem', join(folder, 'anchor.pem'));
    const verified = run(xmlsec, ['--verify', ...options, file]);
    t.equal(verified.code, 0, `${name}: ${verified.output}`);
    const schema = projectFile('src', 'identity', 'schemas', 'wsd-1.0.xsd');
    const checked = run(xmllint, ['--noout', '--nonet', '--schema', schema, file]);
    t.equal(checked.code, 0, `${name}: ${checked.output}`);
  }
});
