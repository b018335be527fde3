/** Packages of witnessed signatures: what is told of them, and that nothing but a whole one passes. */
import { builtIn } from '@segl/identity/methods/index';
import fastify from 'fastify';
import t from 'tap';
import { OCES_POLICY_PREFIX } from '@segl/sandbox/methods/nemid/arc';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import type { LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { readLtvSdo } from '@segl/identity/evidence/ltvsdo/read';
import type { WsdContent, WsdStatement } from '@segl/identity/evidence/wsd/content';
import { verifyWsd } from '@segl/identity/evidence/wsd/read';
import { parseXml } from '@segl/ades/xml/document';
import { ocesEnvironment } from '@segl/identity/oces/environments';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { makePdf } from '@segl/server/application/packaging/make-pdf';
import { TextLibrary } from '@segl/server/http/portal/texts';
import { checkNameKeys } from '@segl/server/http/verify/view';
import { verifyPlugin } from '@segl/server/http/verify/plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { writeEtsiReport } from '@segl/ades/validation/reports/etsi-report';
import type { SignatureReport, ValidationReport } from '@segl/ades/validation/reports/report';
import { opinionsOn } from '@segl/ades/validation/second-opinion';
import type { AskStatus } from '@segl/ades/validation/status';
import { textReport } from '@segl/ades/validation/reports/text-report';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import { validateEvidence } from '@segl/identity/evidence/validate';
import { anna, openTestApplication, type TestApplication } from '../../support/server/services.ts';
import { concluded } from '../../support/signatures/validation.ts';
import { createSealer, drawn, witness } from '../../support/signatures/witnessed.ts';
import { problemTexts, tell } from '../../support/signatures/tell.ts';
import { every } from '../../support/sweep.ts';

let home: TestApplication;
let trust: EvidenceTrust;
let sealer: Awaited<ReturnType<typeof createSealer>>;
let hand: Uint8Array;
let typed: Uint8Array;
let login: Uint8Array;
let drawnLogin: Uint8Array;

t.before(async () => {
  home = await openTestApplication();
  const { signerAnchors } = await home.application.context.eid.of('demo');
  trust = {
    methods: {
      nemid: ocesEnvironment('sandbox', { anchors: signerAnchors, policyPrefix: OCES_POLICY_PREFIX }),
    },
    seal: home.packaging.seal.anchors,
    tsa: home.packaging.tsaAnchors,
  };
  const ulla = { firstName: 'Ulla', lastName: 'Ås', attributes: [] };
  hand = await witness(home, { way: 'hand', subject: ulla, declaration: drawn });
  const words = { handwriting: { kind: 'typed', text: 'Bo Bager' }, name: 'Bo B. Bager' } as const;
  typed = await witness(home, { way: 'hand', declaration: words });
  login = await witness(home, { way: 'login' });
  drawnLogin = await witness(home, { way: 'drawn login', declaration: drawn, text: 'I promise more.' });
  sealer = await createSealer(home);
});
t.teardown(() => home.close());

const ask: AskStatus = (certificate, issuer) =>
  home.packaging.revocation.status(parseCertificate(certificate), parseCertificate(issuer));

interface How {
  readonly own?: EvidenceTrust;
  readonly at?: Date;
  readonly online?: boolean;
}

/** A day after they were made: until then nothing needs a proof. */
const later = (): Date => new Date(home.clock.now().getTime() + 86_400_000);

const validate = ({ bytes, own = trust, at = later(), online = false }: How & { bytes: Uint8Array }) =>
  validateEvidence({ modules: builtIn, bytes, trust: own, at, ...(online && { ask }) });

const judge = async (bytes: Uint8Array, how: How = {}): Promise<ValidationReport> =>
  (await validate({ bytes, ...how })).report;

const formats = ({ signatures }: ValidationReport): string[] => signatures.map(({ format }) => format);
const failures = ({ signatures }: ValidationReport): string[] =>
  signatures.flatMap(({ checks }) =>
    checks
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ check, problem }) => `${check}: ${problem && tell(problem)}`),
  );

t.test('by hand: a name that is claimed, and no signer besides', async (t) => {
  const report = await judge(hand);
  t.equal(concluded(report), 'TOTAL-PASSED', textReport(report, tell));
  t.same(formats(report), ['LTV-SDO seal', 'WSD seal']);
  const content = readLtvSdo(hand);
  const sha256 = Buffer.from(content.document.sha256).toString('hex');
  const [, seal] = report.signatures as [SignatureReport, SignatureReport];
  t.match(seal.witnessed, {
    by: 'handwriting',
    method: 'handwritten',
    signer: 'Ulla Ås',
    nameFrom: 'order',
    signedAt: content.native.signingTime,
    documentSha256: sha256,
    handwriting: { kind: 'drawn', text: /^M100 300L200 80/ },
  });
  t.notOk('signerId' in seal.witnessed!, 'nobody was identified');
  t.notOk('signerId' in report.package!, 'nor by the package');
  t.equal(seal.signer, parseCertificate(home.packaging.seal.key.certificate).commonName, 'the service seals');
  t.match(
    seal.checks.find(({ check }) => check === 'identity'),
    {
      outcome: 'warning',
      problem: { code: 'wsd/name-of-order', params: { name: 'Ulla Ås' } },
    },
  );
  t.ok(report.package!.trail.some(({ type }) => type === 'created-and-signed-wsd'));
  t.match(report.documents, [{ role: 'signed', name: 'A promise', sha256 }]);
  t.match(
    textReport(report, tell),
    /Ulla Ås signed at \S+, by hand; the name is the word of the order, and nobody/,
  );

  const other = await judge(typed);
  t.equal(concluded(other), 'TOTAL-PASSED');
  t.match(other.signatures[1]?.witnessed, {
    signer: 'Bo B. Bager',
    nameFrom: 'signer',
    handwriting: { kind: 'typed', text: 'Bo Bager' },
  });
});

t.test('by login: the signer as the eID knows them, at the time that the seals vouch for', async (t) => {
  for (const [bytes, kind] of [
    [login, undefined],
    [drawnLogin, 'drawn'],
  ] as const) {
    const report = await judge(bytes);
    t.equal(concluded(report), 'TOTAL-PASSED', textReport(report, tell));
    t.same(formats(report), ['LTV-SDO seal', 'WSD seal', 'NemID login']);
    const { signer, native } = readLtvSdo(bytes);
    const [, seal, own] = report.signatures as [SignatureReport, SignatureReport, SignatureReport];
    t.match(seal.witnessed, {
      by: 'login',
      method: 'nemid',
      signer: anna.name,
      signerId: signer.uniqueId,
      nameFrom: 'eid',
    });
    t.equal(seal.witnessed?.handwriting?.kind, kind);
    t.equal(report.package?.signerId, signer.uniqueId);
    t.match(own, {
      signer: anna.name,
      proof: { code: 'proof/witness-seal' },
      bestSignatureTime: native.signingTime,
    });
    for (const name of ['login', 'made-for-login', 'kept-evidence']) {
      t.ok(
        own.checks.some(({ check, outcome }) => check === name && outcome === 'passed'),
        name,
      );
    }
    t.match(textReport(report, tell), `(${signer.uniqueId}) signed at`);
  }
});

t.test('the second opinion is asked about the seal of the witness, and about the login', async (t) => {
  const opinions = await opinionsOn((await validate({ bytes: login })).xml);
  t.same([...opinions.keys()], ['signature-1', 'signature-2', 'signature-3']);
  t.equal(opinions.get('signature-2')?.outcome, 'valid');
  for (const { outcome } of opinions.values()) t.not(outcome, 'invalid');
});

t.test('the report of ETSI names the document and what the signature rests on', async (t) => {
  const digest = Buffer.from(readLtvSdo(hand).document.sha256).toString('base64');
  const byHand = writeEtsiReport(await judge(hand), tell);
  parseXml(Buffer.from(byHand));
  t.match(
    byHand,
    new RegExp(`<vr:SignersDocument>.*${digest.replace(/[+/]/g, '\\$&')}.*</vr:SignersDocument>`),
  );
  t.match(byHand, 'urn:segl:validation:witnessed:handwriting');
  t.match(byHand, 'urn:segl:validation:name-from:order');
  t.match(byHand, 'the name is the word of the order, and nobody verified it');
  const byLogin = writeEtsiReport(await judge(login), tell);
  t.match(byLogin, 'urn:segl:validation:witnessed:login');
  t.match(byLogin, `<vr:DAIdentifier>NemID login POCES</vr:DAIdentifier>`);
});

t.test('whoever does not trust the witness, or the eID, is told so', async (t) => {
  const { signerAnchors } = await home.application.context.eid.of('demo');
  const nobody = await judge(hand, { own: { ...trust, seal: signerAnchors } });
  t.equal(concluded(nobody), 'INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND');
  t.same(
    nobody.signatures.map(({ indication }) => indication),
    ['INDETERMINATE', 'INDETERMINATE'],
  );
  const stranger = await judge(login, {
    own: { ...trust, methods: { nemid: ocesEnvironment('production') } },
  });
  t.same(
    stranger.signatures.map(({ indication }) => indication),
    ['TOTAL-PASSED', 'TOTAL-PASSED', 'INDETERMINATE'],
  );
  t.equal(stranger.indication, 'INDETERMINATE');
  const named = { ...trust, methods: { nemid: ocesEnvironment('production') }, more: signerAnchors };
  t.equal(concluded(await judge(login, { own: named })), 'TOTAL-PASSED', 'trusted by the caller');
});

t.test('what was sealed again passes only if it tells the same', async (t) => {
  const refused = async (bytes: Uint8Array, conclusion: string, why: RegExp): Promise<void> => {
    for (const online of [false, true]) {
      const report = await judge(bytes, { online });
      t.equal(report.signatures[0]?.indication, 'TOTAL-PASSED', 'the seal of the package holds');
      t.equal(concluded(report), conclusion, String(why));
      t.ok(
        failures(report).some((one) => why.test(one)),
        `${String(why)} in ${failures(report).join('; ')}`,
      );
    }
  };
  const constraints = 'INDETERMINATE/SIG_CONSTRAINTS_FAILURE';
  const { reseal, around, withWsd } = sealer;
  const own = readLtvSdo(login);
  const byHand = readLtvSdo(hand);
  t.equal(concluded(await judge(await reseal(own))), 'TOTAL-PASSED', 'unchanged');
  t.equal(concluded(await judge(await withWsd(login, (wsd) => wsd))), 'TOTAL-PASSED', 'unchanged');

  const { signer, document, native } = own;
  const other = (more: Partial<LtvSdoContent>) => reseal({ ...own, ...more });
  await refused(
    await other({ signer: { ...signer, displayName: 'Bo' } }),
    constraints,
    /^package: its signer/,
  );
  await refused(
    await other({ signer: { ...signer, uniqueId: 'PID:1' } }),
    constraints,
    /^package: its signer/,
  );
  await refused(
    await other({ document: { ...document, title: 'B' } }),
    constraints,
    /^package: its document/,
  );
  const changed = { ...native, originalDocument: Buffer.from('I promise!') };
  await refused(
    await other({ native: changed }),
    'TOTAL-FAILED/HASH_FAILURE',
    /^document: its document is not/,
  );
  const { originalDocument: _, ...bare } = native;
  await refused(
    await other({ native: bare }),
    'INDETERMINATE/SIGNED_DATA_NOT_FOUND',
    /^document: .*not carry/,
  );
  const earlier = new Date(native.signingTime.getTime() - 1000);
  await refused(
    await other({ native: { ...native, signingTime: earlier } }),
    constraints,
    /^package: its signing/,
  );
  const nationalId = { id: anna.cpr, nationality: 'DK', type: 'CPR' };
  await refused(
    await reseal({ ...byHand, signer: { ...byHand.signer, nationalId } }),
    constraints,
    /^package: it claims an identity/,
  );
  await refused(await around(own, Buffer.from('<a/>')), 'TOTAL-FAILED/FORMAT_FAILURE', /not sealed/);
  await refused(await around(own, Buffer.from('<a')), 'TOTAL-FAILED/FORMAT_FAILURE', /seal: /);
  await refused(await around(byHand, native.bytes), constraints, /^package: /);

  const say = (file: Uint8Array, more: Partial<WsdStatement>) =>
    withWsd(file, (wsd) => ({ ...wsd, statement: { ...wsd.statement, ...more } }));
  await refused(
    await say(login, { signText: 'I promise more.' }),
    constraints,
    /^login: of its login: it is not/,
  );
  await refused(await say(hand, { method: 'nemid' }), constraints, /^method: /);
  const stranger = verifyWsd(readLtvSdo(drawnLogin).native.bytes).content.login!;
  const receivedAt = own.native.signingTime;
  const exchange = (wsd: WsdContent): WsdContent => ({ ...wsd, login: { ...stranger, receivedAt } });
  await refused(await withWsd(login, exchange), constraints, /^login: of its login: it is not bound/);
  const empty = { certificates: [], ocsps: [], crls: [] };
  await refused(
    await withWsd(login, (wsd) => ({ ...wsd, login: { ...wsd.login!, validation: empty } })),
    constraints,
    /^kept-evidence: /,
  );
  await refused(
    await withWsd(hand, ({ statement, ...wsd }) => ({
      ...wsd,
      statement: { ...statement, handwriting: { ...statement.handwriting!, text: 'M0 0L1200 400' } },
    })),
    constraints,
    /^handwriting: /,
  );
  await refused(
    await withWsd(hand, ({ statement, signer: { displayName } }) => {
      const { handwriting: _hand, ...rest } = statement;
      return { statement: rest, signer: { displayName } };
    }),
    constraints,
    /^method: its signature by hand has no name or no handwriting/,
  );
  await refused(await withWsd(login, ({ login: _login, ...wsd }) => wsd), constraints, /^method: /);
  const { message } = stranger;
  const broken = Buffer.from(message);
  broken[broken.indexOf('SignatureValue') + 40]! ^= 1;
  const report = await judge(
    await withWsd(login, (wsd) => ({ ...wsd, login: { ...wsd.login!, message: broken } })),
  );
  t.equal(report.indication, 'TOTAL-FAILED', 'the signature of the login');
});

/** Of a sweep over bytes; all of them take hours. */

t.test('a changed byte is noticed: in the package, and in a WSD that was packaged again', async (t) => {
  const missed = async (
    bytes: Uint8Array,
    step: number,
    passes: (changed: Uint8Array) => Promise<boolean>,
  ) => {
    const all: number[] = [];
    for (let at = 0; at < bytes.length; at += every(step)) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      if (await passes(changed)) all.push(at);
    }
    return all;
  };
  const isPassed = async (bytes: Uint8Array, how?: How): Promise<boolean> =>
    (await judge(bytes, how)).indication === 'TOTAL-PASSED';
  for (const [name, file] of Object.entries({ hand, 'drawn login': drawnLogin })) {
    const content = readLtvSdo(file);
    // the issuer says that all is well; what the WSD carries must be sound all the same
    const again = async (changed: Uint8Array) =>
      isPassed(await sealer.around(content, changed), { online: true });
    t.equal(await again(content.native.bytes), true, 'unchanged');
    t.same(await missed(content.native.bytes, 149, again), [], `witnessed signature: ${name}`);
    t.same(await missed(file, 499, (changed) => isPassed(changed)), [], `package: ${name}`);
  }
});

t.test('a PDF with such packages: each signer, and how each signed', async (t) => {
  const { signers } = await home.application.context.eid.of('demo');
  const opened = [hand, login].map((bytes) => ({
    bytes,
    verified: verifyPackage(bytes, { sealAnchors: trust.seal, signers }),
  }));
  const { content, document } = opened[0]!.verified;
  const sha256 = Buffer.from(content.document.sha256).toString('hex');
  const file = IncrementalFile.of(document!);
  const originals = [{ title: 'A promise', contentType: 'text/plain', sha256, file }];
  const pdf = await makePdf(
    { ...home.packaging },
    { format: 'PAdES', level: 'LTA', template: 'standard' },
    { language: 'da', originals, packages: opened },
  );
  const report = await judge(pdf);
  t.equal(concluded(report), 'TOTAL-PASSED', textReport(report, tell));
  t.same(
    report.parts.map(({ report: part }) => formats(part)),
    [
      ['LTV-SDO seal', 'WSD seal'],
      ['LTV-SDO seal', 'WSD seal', 'NemID login'],
    ],
  );
  const html = await view(pdf, 'da');
  t.match(
    html,
    /<strong>Ulla Ås<\/strong> <span class="hint">Underskrevet i hånden, bevidnet af en tjeneste/,
  );
  t.match(
    html,
    new RegExp(`<strong>${anna.name}</strong> <span class="hint">Underskrevet med login, bevidnet`),
  );
  t.match(html, 'Men nogen har underskrevet i hånden, og ingen har bekræftet navnet.');
});

/** The page of the Viewer about a file. */
async function view(bytes: Uint8Array, language: string): Promise<string> {
  const app = fastify();
  const api = { validate: (request: { bytes: Uint8Array }) => validate({ bytes: request.bytes }) };
  await verifyPlugin(app, {
    api,
    problems: problemTexts,
    config: { maxDocumentBytes: 1 << 24 },
    log: silentLogger,
  });
  const form = new FormData();
  form.set('file', new Blob([bytes as BlobPart]), 'file');
  const sent = new Response(form);
  const answer = await app.inject({
    method: 'POST',
    url: '/verify',
    headers: { 'content-type': sent.headers.get('content-type')!, 'accept-language': language },
    payload: Buffer.from(await sent.arrayBuffer()),
  });
  await app.close();
  return answer.body;
}

t.test('the Viewer says who signed, how, and what proves it', async (t) => {
  const sha256 = Buffer.from(readLtvSdo(hand).document.sha256).toString('hex');
  const byHand = await view(hand, 'en');
  t.match(byHand, 'verdict is-good');
  t.match(byHand, 'the seal of that service is what proves it');
  t.match(byHand, 'the name is that of the order; nobody verified it');
  t.match(byHand, 'somebody signed by hand, and nobody verified that name');
  t.match(byHand, /<path d="M100 300L200 80/);
  t.match(byHand, sha256);
  t.notMatch(byHand, 'everybody who signed is known');
  const byLogin = await view(login, 'en');
  t.match(byLogin, `${anna.name} (${readLtvSdo(login).signer.uniqueId})`);
  t.match(byLogin, 'everybody who signed is known');
  const changed = await view(
    await sealer.withWsd(login, ({ statement, ...wsd }) => ({
      ...wsd,
      statement: { ...statement, signText: 'I promise more.' },
    })),
    'en',
  );
  t.match(changed, 'verdict is-doubtful');
  t.match(
    changed,
    /<li class="is-doubtful"><span[^>]*><\/span><strong>Anna/,
    'the signer, not only the login',
  );
  for (const html of [byHand, byLogin, changed]) t.notMatch(html, /verify\.(?!js)\w+/, 'no text is missing');
});

t.test('checks have names', async (t) => {
  const texts = new TextLibrary();
  const bound = await sealer.withWsd(login, ({ statement, ...wsd }) => ({
    ...wsd,
    statement: { ...statement, signText: 'I promise more.' },
  }));
  for (const bytes of [hand, typed, drawnLogin, bound]) {
    for (const { checks } of (await judge(bytes)).signatures) {
      for (const check of checks) {
        t.ok(
          checkNameKeys(check).some((key) => texts.has(key)),
          `${check.block}/${check.check} has a name`,
        );
      }
    }
  }
});
