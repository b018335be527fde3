import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import type { NativeResult, SignatureMethod, SignMaterial } from '@segl/identity/methods/nemid/native-method';
import type { ExpectedSignature } from '@segl/identity/methods/nemid/expected';
import { createNemIdMethod } from '@segl/identity/methods/nemid/method';
import { writeDigestList } from '@segl/identity/methods/nemid/client/digest-list';
import { readSignProperties, verifyParameters } from '@segl/identity/methods/nemid/client/parameters';
import { RevocationService } from '@segl/pki/revocation/revocation';
import {
  writeNativeSignature,
  type SignatureProperty,
} from '@segl/sandbox/methods/nemid/client/native-signature';
import { createPidCprClient } from '@segl/identity/methods/nemid/cpr/pid-cpr';
import { createPki, POLICY_PREFIX, type Holder } from '../local-pki.ts';

const FRIENDLY_NAME = 'Prøvebanken';
const pki = createPki();
const person = pki.holder();

const newMethod = (): SignatureMethod =>
  createNemIdMethod({
    holders: 'persons',
    client: 'launcher',
    clientUrl: 'https://client.invalid',
    friendlyName: FRIENDLY_NAME,
    policyPrefix: POLICY_PREFIX,
    trustAnchors: [pki.root],
    vocesKey: pki.voces,
    pidCpr: createPidCprClient({ url: 'http://pid.invalid/', serviceId: '1', post: pki.post, mode: 'match' }),
    revocation: new RevocationService({ post: pki.post, clock: pki.clock }),
    clock: pki.clock,
    random: (bytes) => Buffer.alloc(bytes, 7),
  });

const page = { origin: 'https://sign.invalid', language: 'da' };
const text: SignMaterial = {
  documentId: 'd1',
  title: 'Aftale',
  mimeType: 'text/plain; charset=utf-8',
  bytes: Buffer.from('Jeg køber én båd.\r\nFor 1 kr.'),
};
const pdf: SignMaterial = {
  documentId: 'd2',
  title: 'Skøde',
  mimeType: 'application/pdf',
  bytes: Buffer.from('%PDF-1.7\n%âãÏÓ\nnot much of a document', 'latin1'),
};

type Change = (properties: SignatureProperty[]) => SignatureProperty[];

/** The client's part: takes the parameters, lets somebody sign, and gives what it posts. */
function sign(
  parameters: Readonly<Record<string, string>>,
  { signer = person, change = (same) => same }: { signer?: Holder; change?: Change } = {},
): string {
  const hidden = (name: string, value: string | Uint8Array): SignatureProperty => ({
    name,
    value,
    encoding: typeof value === 'string' ? 'xml' : 'base64',
    visible: false,
  });
  const properties = change([
    {
      name: 'signtext',
      value: Buffer.from(parameters['SIGNTEXT'] ?? '', 'base64'),
      encoding: 'base64',
      visible: true,
    },
    { name: 'RequestIssuer', value: FRIENDLY_NAME, encoding: 'base64', visible: true },
    hidden('action', 'sign'),
    hidden('TimeStamp', parameters['TIMESTAMP'] ?? ''),
    ...readSignProperties(parameters['SIGN_PROPERTIES'] ?? '').map(([name, value]) =>
      hidden(name, name === 'attachedpdf' ? Buffer.from(value, 'base64') : value),
    ),
  ]);
  const certificates = [signer.certificate, pki.issuer, pki.root] as const;
  return Buffer.from(writeNativeSignature({ properties, key: signer.privateKey, certificates })).toString(
    'base64',
  );
}

const without =
  (name: string): Change =>
  (properties) =>
    properties.filter((property) => property.name !== name);

const withValue =
  (name: string, value: string | Uint8Array): Change =>
  (properties) =>
    properties.map((property) => (property.name === name ? { ...property, value } : property));

const adding =
  (name: string, value: string): Change =>
  (properties) => [...properties, { name, value, encoding: 'base64', visible: false }];

const listing = (...documents: SignMaterial[]): Change => withValue('signicat', writeDigestList(documents));

const invisible: Change = (properties) => properties.map((property) => ({ ...property, visible: false }));

/** The whole way from start to judgement. */
async function run(
  material: SignMaterial,
  options: {
    signer?: Holder;
    change?: Change;
    shown?: SignMaterial;
    expect?: (expected: ExpectedSignature) => ExpectedSignature;
  } = {},
): Promise<NativeResult> {
  const method = newMethod();
  const { parameters, expected } = await method.start(options.shown ?? material, page);
  const kept = JSON.parse(JSON.stringify(expected)) as ExpectedSignature;
  return method.receive(sign(parameters, options), material, options.expect?.(kept) ?? kept);
}

/** The check that refuses, or what else happened. */
async function refusedBy(...input: Parameters<typeof run>): Promise<unknown> {
  try {
    return await run(...input);
  } catch (error) {
    if (isSeglError(error, 'NATIVE_SIGNATURE_REFUSED')) return error.params['check'];
    if (isSeglError(error)) return error.code;
    throw error;
  }
}

t.test('the client is started with signed parameters for exactly this document', async (t) => {
  const method = newMethod();
  const { clientUrl, clientOrigin, parameters, expected } = await method.start(pdf, page);
  t.match(clientUrl, /^https:\/\/client\.invalid\/launcher\/lmt\/\d+$/);
  t.equal(clientOrigin, 'https://client.invalid');
  t.match(verifyParameters(parameters), { digestMatches: true, signatureMatches: true });
  t.match(parameters, {
    CLIENTFLOW: 'OCESSIGN2',
    LANGUAGE: 'DA',
    ORIGIN: page.origin,
    SIGNTEXT_FORMAT: 'TEXT',
    TIMESTAMP: '2021-06-01 12:00:00+0000',
  });
  const properties = new Map(readSignProperties(parameters['SIGN_PROPERTIES'] ?? ''));
  t.same(Buffer.from(properties.get('attachedpdf') ?? '', 'base64'), pdf.bytes);
  t.equal(Buffer.from(parameters['SIGNTEXT'] ?? '', 'base64').toString(), expected.signText);
  t.match(expected.signText, expected.documentSha256, 'the declaration names the digest');
  t.equal(
    expected.parameters['SIGN_PROPERTIES'],
    `signicat=${properties.get('signicat')};challenge=${properties.get('challenge')};` +
      `attachedpdf=sha256:${expected.documentSha256}`,
    'evidence does not hold the document twice',
  );
  t.equal(properties.get('signicat'), writeDigestList([pdf]));
  t.equal(properties.get('signicat'), expected.digestList);
  const ofText = await method.start(text, page);
  t.notMatch(ofText.parameters['SIGN_PROPERTIES'], /signicat/, 'a text is signed itself');
  t.notOk(ofText.expected.digestList);
  t.equal((await method.start(text, { ...page, language: 'en-GB' })).parameters['LANGUAGE'], 'EN');
});

t.test('a good signature over a text, and over a PDF', async (t) => {
  for (const material of [text, pdf]) {
    const result = await run(material);
    if (result.kind !== 'signature') return t.fail('no signature');
    const { signature } = result;
    t.match(signature.signer, {
      displayName: 'Åse Prøve',
      uniqueId: '9208-2002-2-123456789012',
      subjectDn: /serialNumber=PID:9208-2002-2-123456789012/,
      issuerDn: /Segl Test OCES CA I/,
    });
    t.same(signature.signingTime, pki.clock.now());
    t.strictSame(
      signature.verdicts.map(({ check }) => check),
      [
        ...[
          'message',
          'unique-ids',
          'algorithms',
          'signer-certificate',
          'core',
          'signed-objects',
          'properties',
        ],
        'action',
        'challenge',
        'request-issuer',
        'sign-text',
        'sign-text-visible',
        'sign-text-format',
        'attached-document',
        'time-stamp-plausible',
        'certificate-type',
        'validity',
        'path',
        'revocation',
      ],
    );
    t.ok(signature.verdicts.every(({ ok }) => ok));
    t.equal(signature.validation.certificates.length, 4, 'path and OCSP responder');
    t.equal(signature.validation.ocsps.length, 1);
    t.match(signature.facts, { 'ocsp-url': 'http://ocsp.invalid/', 'certificate-type': 'POCES' });
  }
});

t.test('a session that began before lists were sent is finished without one', async (t) => {
  const expect = ({ digestList: _, ...before }: ExpectedSignature): ExpectedSignature => before;
  t.match(await run(pdf, { expect, change: without('signicat') }), { kind: 'signature' });
  t.equal(await refusedBy(pdf, { expect }), 'attached-document', 'a list that nobody asked for');
});

t.test('clients may leave the PDF in base64, and the time stamp out', async (t) => {
  const double = withValue('attachedpdf', Buffer.from(pdf.bytes).toString('base64'));
  t.match(await run(pdf, { change: double }), { kind: 'signature' });
  t.match(await run(pdf, { change: without('TimeStamp') }), { kind: 'signature' });
});

t.test('a message far larger than what was to be signed is not read', async (t) => {
  for (const material of [text, pdf]) {
    t.match(await run(material, { change: adding('more', 'x'.repeat(600_000)) }), { kind: 'signature' });
    t.equal(await refusedBy(material, { change: adding('more', 'x'.repeat(800_000)) }), 'message');
  }
});

t.test('what is not what was shown is refused by the check that finds it', async (t) => {
  const cases: [what: string, check: string, material: SignMaterial, change: Change][] = [
    ['another text', 'sign-text', text, withValue('signtext', 'Jeg køber to både.')],
    ['no text', 'sign-text', text, without('signtext')],
    [
      'text with other line ends',
      'sign-text',
      text,
      withValue('signtext', text.bytes.toString().replace('\r', '')),
    ],
    ['a text that was not shown', 'sign-text-visible', text, invisible],
    ['a log-on', 'action', text, withValue('action', 'logon')],
    ['neither log-on nor signature', 'action', text, without('action')],
    ['another session', 'challenge', text, withValue('challenge', '00')],
    ['no session', 'challenge', text, without('challenge')],
    ['another receiver', 'request-issuer', text, withValue('RequestIssuer', 'Andenbanken')],
    ['no receiver', 'request-issuer', text, without('RequestIssuer')],
    ['two receivers', 'request-issuer', text, adding('logonto', FRIENDLY_NAME)],
    ['another PDF', 'attached-document', pdf, withValue('attachedpdf', Buffer.from('%PDF-1.7'))],
    ['no PDF', 'attached-document', pdf, without('attachedpdf')],
    ['a PDF that nobody asked for', 'attached-document', text, adding('attachedpdf', '%PDF-1.7')],
    ['no list', 'attached-document', pdf, without('signicat')],
    ['a list of another document', 'attached-document', pdf, listing({ ...pdf, bytes: text.bytes })],
    ['a list of more documents', 'attached-document', pdf, listing(pdf, { ...pdf, bytes: text.bytes })],
    ['the document under another title', 'attached-document', pdf, listing({ ...pdf, title: 'Aftale' })],
    ['a list that nobody asked for', 'attached-document', text, adding('signicat', writeDigestList([text]))],
    ['an old time stamp', 'time-stamp-plausible', text, withValue('TimeStamp', '2021-06-01 11:56:00+0000')],
    ['an unreadable time stamp', 'time-stamp-plausible', text, withValue('TimeStamp', 'noon')],
  ];
  for (const [what, check, material, change] of cases) {
    t.equal(await refusedBy(material, { change }), check, what);
  }
  t.equal(
    await refusedBy(text, { shown: { ...text, bytes: Buffer.from('Jeg køber.') } }),
    'document-unchanged',
    'the document was exchanged behind the client',
  );
});

t.test('certificates that may not sign here', async (t) => {
  const now = pki.clock.now().getTime();
  const cases: [what: string, check: string, signer: Holder][] = [
    [
      'an employee (MOCES)',
      'certificate-type',
      pki.holder({ serialNumber: 'CVR:12345678-RID:1', policy: `${POLICY_PREFIX}.2.6` }),
    ],
    [
      'a company (VOCES)',
      'certificate-type',
      pki.holder({ serialNumber: 'CVR:12345678-UID:1', policy: `${POLICY_PREFIX}.3.5` }),
    ],
    [
      'a person under the policy of another type',
      'certificate-type',
      pki.holder({ policy: `${POLICY_PREFIX}.2.6` }),
    ],
    ['a person under a longer number', 'certificate-type', pki.holder({ policy: `${POLICY_PREFIX}.11.5` })],
    ['somebody else', 'certificate-type', pki.holder({ serialNumber: 'UI:DK-P:G:1' })],
    ['expired', 'validity', pki.holder({ notAfter: new Date(now - 1000) })],
    ['not valid yet', 'validity', pki.holder({ notBefore: new Date(now + 60_000) })],
    [
      'no answer about revocation',
      'REVOCATION_UNAVAILABLE',
      pki.holder({ ocspUrl: 'http://nobody.invalid/' }),
    ],
  ];
  for (const [what, check, signer] of cases) t.equal(await refusedBy(text, { signer }), check, what);

  const revoked = pki.holder();
  pki.setStatus(revoked.certificate, { status: 'revoked', revokedAt: new Date(now - 1000) });
  t.equal(await refusedBy(text, { signer: revoked }), 'revocation', 'revoked');
  const unknown = pki.holder();
  pki.setStatus(unknown.certificate, undefined);
  t.equal(await refusedBy(text, { signer: unknown }), 'revocation', 'unknown to the responder');
  const stranger = createPki();
  t.equal(await refusedBy(text, { signer: stranger.holder() }), 'path', 'of another hierarchy');
});

t.test('the client may end with an error, or with nonsense', async (t) => {
  const method = newMethod();
  const { expected } = await method.start(text, page);
  const receive = (posted: string) => method.receive(posted, text, expected);
  const base64 = (code: string) => Buffer.from(code).toString('base64');
  t.strictSame(await receive(''), { kind: 'error', code: 'CAN002' });
  t.strictSame(await receive(base64('CAN002')), { kind: 'error', code: 'CAN002' });
  t.strictSame(await receive(base64('auth004')), { kind: 'error', code: 'AUTH004' });
  t.strictSame(await receive(base64('SRV777\n')), { kind: 'error', code: 'SRV777' });
  for (const posted of ['<xml/>', base64('<xml/>'), base64('hello, this is no code at all'), '%%%']) {
    await t.rejects(receive(posted), { code: 'NATIVE_SIGNATURE_REFUSED' }, posted);
  }
});
