import { verify, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import type { SignMaterial } from '@segl/identity/methods/nemid/native-method';
import { isValidCpr, readCpr } from '@segl/identity/methods/nemid/cpr/cpr';
import { errorCodes, readErrorCode } from '@segl/identity/methods/nemid/client/error-codes';
import {
  normalizeParameters,
  parametersDigest,
  readSignProperties,
  readTimestamp,
  signParameters,
  verifyParameters,
  writeSignProperties,
  writeTimestamp,
} from '@segl/identity/methods/nemid/client/parameters';
import { writeSignText } from '@segl/identity/methods/nemid/client/sign-text';
import { createPki } from '../local-pki.ts';

const VECTOR = '../shared/vectors/nemid/params/applet_params_dtu_2013.json';

const absent = !existsSync(VECTOR) && `${VECTOR} is not here`;

interface ParameterVector {
  parameters: Record<string, string>;
  normalized: string;
  paramsDigest: string;
  signature: string;
}

t.test(
  'a published parameter set has its published normal form, digest and signature',
  { skip: absent },
  async (t) => {
    const vector = JSON.parse(readFileSync(VECTOR, 'utf8')) as ParameterVector;
    // this provider signed its names in lower case
    const parameters = Object.fromEntries(
      Object.entries(vector.parameters).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const normalized = normalizeParameters(parameters);
    t.equal(normalized.toString('utf8'), vector.normalized);
    t.equal(parametersDigest(parameters), vector.paramsDigest);
    const { publicKey } = new X509Certificate(Buffer.from(parameters['paramcert'] ?? '', 'base64'));
    const signature = Buffer.from(vector.signature, 'base64');
    t.ok(verify('sha256', normalized, publicKey, signature), 'over the normalized bytes');
    t.notOk(
      verify('sha256', Buffer.from(vector.paramsDigest, 'base64'), publicKey, signature),
      'not its digest',
    );
    // the applet called SP_CERT paramcert; under its present name the set verifies as a whole
    const { paramcert = '', ...rest } = parameters;
    const renamed = { ...rest, sp_cert: paramcert, PARAMS_DIGEST: vector.paramsDigest };
    t.equal(verifyParameters(renamed).digestMatches, false, 'but another name is another digest');
  },
);

t.test('what is signed verifies, whatever the case of names; any change does not', async (t) => {
  const pki = createPki();
  const signed = await signParameters(
    { CLIENTFLOW: 'OCESSIGN2', SIGNTEXT: 'w6bDuMOl', SIGN_PROPERTIES: 'challenge=1', Language: 'DA' },
    pki.voces,
  );
  t.match(verifyParameters(signed), { digestMatches: true, signatureMatches: true });
  t.same(verifyParameters(signed).certificate, Buffer.from(pki.voces.certificate));
  for (const name of Object.keys(signed)) {
    const { digestMatches, signatureMatches } = verifyParameters({ ...signed, [name]: 'AAAA' });
    t.notOk(digestMatches && signatureMatches, name);
  }
  t.match(verifyParameters({}), { digestMatches: false, signatureMatches: false });
});

t.test('parameters are sorted without regard to case, an underscore before letters', async (t) => {
  const order = normalizeParameters({ SIGNTEXT: '4', SIGN_PROPERTIES: '3', origin: '2', Language: '1' });
  t.equal(order.toString(), 'Language1origin2SIGN_PROPERTIES3SIGNTEXT4');
});

t.test('sign properties keep the padding of base64', async (t) => {
  const text = writeSignProperties([
    ['challenge', 'abc'],
    ['attachedpdf', 'JVBERg=='],
  ]);
  t.equal(text, 'challenge=abc;attachedpdf=JVBERg==');
  t.strictSame(readSignProperties(`${text};`), [
    ['challenge', 'abc'],
    ['attachedpdf', 'JVBERg=='],
  ]);
});

t.test('time stamps are read in every form that clients use', async (t) => {
  const time = new Date('2021-04-20T13:26:05Z');
  t.equal(writeTimestamp(time), '2021-04-20 13:26:05+0000');
  for (const text of [
    writeTimestamp(time),
    '2021-04-20 15:26:05+0200',
    '2021-04-20 15:26:05+02:00',
    '2021-04-20 13:26:05Z',
    '2021-04-20 13:26:05',
    String(time.getTime()),
    Buffer.from('2021-04-20 15:26:05+0200').toString('base64'),
  ]) {
    t.same(readTimestamp(text), time, text);
  }
  for (const text of ['', 'yesterday', '2021-13-20 15:26:05', '20210420'])
    t.equal(readTimestamp(text), undefined);
});

const material = (part: Partial<SignMaterial>): SignMaterial => ({
  documentId: 'doc_1',
  title: 'Låneaftale',
  mimeType: 'text/plain',
  bytes: Buffer.from('Én linje\r\n  to\tlinjer\n'),
  ...part,
});

t.test('a text is signed as it is, by its charset', async (t) => {
  t.equal(writeSignText(material({}), 'da'), 'Én linje\r\n  to\tlinjer\n');
  t.equal(
    writeSignText(
      material({ mimeType: 'text/plain; charset=ISO-8859-1', bytes: Buffer.from('æøå', 'latin1') }),
      'da',
    ),
    'æøå',
  );
  t.equal(writeSignText(material({ bytes: Buffer.from('\ufeffæ') }), 'en'), 'æ', 'without byte order mark');
  t.equal(
    writeSignText(material({ bytes: Buffer.from('text'), signTextEntry: 'I accept.' }), 'en'),
    'text\n\nI accept.',
  );
});

t.test('a PDF is stood for by a declaration with its title and digest', async (t) => {
  const pdf = material({
    mimeType: 'application/pdf',
    bytes: Buffer.from('%PDF-1.7'),
    signTextEntry: 'Vilkår: A',
  });
  const digest = 'SHA-256: 9ea36b9ecd8e6f4b6e5c3b1b6d5b1a8f';
  t.equal(writeSignText(pdf, 'da'), writeSignText(pdf, 'da'), 'the same every time');
  t.match(
    writeSignText(pdf, 'da'),
    /^Jeg har læst .*\n\nDokument: Låneaftale\nSHA-256: [0-9a-f]{64}\n\nVilkår: A$/,
  );
  t.match(
    writeSignText(pdf, 'en'),
    /^I have read .*\n\nDocument: Låneaftale\nSHA-256: [0-9a-f]{64}\n\nVilkår: A$/,
  );
  t.match(writeSignText({ ...pdf, title: 'A\nSHA-256: 00' }, 'en'), /\nDocument: A SHA-256: 00\nSHA-256: /);
  t.notMatch(writeSignText(pdf, 'da'), digest);
});

t.test('what cannot be shown is not signed', async (t) => {
  t.throws(() => writeSignText(material({ mimeType: 'text/html' }), 'da'), { code: 'SIGN_TYPE_REFUSED' });
  for (const part of [
    { bytes: Buffer.from([0xe6, 0xf8, 0xe5]) },
    { mimeType: 'text/plain;charset=klingon' },
    { bytes: Buffer.from('hid\u0008den') },
  ]) {
    t.throws(() => writeSignText(material(part), 'da'), { code: 'SIGN_TEXT_UNREADABLE' });
  }
});

t.test('every documented error code is known, and others are not taken for documents', async (t) => {
  t.equal(errorCodes.length, 69);
  for (const code of errorCodes) t.match(readErrorCode(code.toLowerCase()), { code });
  t.match(readErrorCode('CAN002'), { kind: 'cancelled' });
  t.match(readErrorCode('LOCK002'), { kind: 'locked' });
  t.match(readErrorCode('SRV003'), { kind: 'ours' });
  t.match(readErrorCode('AUTH777'), { code: 'AUTH777', kind: 'retry' });
  t.equal(readErrorCode('<a/>'), undefined);
  t.equal(readErrorCode('toString'), undefined);
});

t.test('CPR numbers: digits and a date that exists; modulus 11 is a hint', async (t) => {
  t.match(readCpr('070749-0071'), { digits: '0707490071', birthDate: '1949-07-07', passesModulus11: true });
  t.match(readCpr('2504050258'), { birthDate: '1905-04-25', passesModulus11: false });
  t.match(readCpr('0112160831'), { birthDate: '1916-12-01' });
  t.match(readCpr('2902044123'), { birthDate: '2004-02-29' });
  t.match(readCpr('0101585123'), { birthDate: '1858-01-01' });
  for (const text of [
    '3002900000',
    '2902010000',
    '0013900000',
    '070749007',
    '07074900711',
    'abcdefghij',
    '',
  ]) {
    t.equal(isValidCpr(text), false, text);
  }
});
