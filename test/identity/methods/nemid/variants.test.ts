/** What real clients write differently, and what the judgement makes of it. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { SHA256 } from '@segl/ades/xml/algorithms';
import { C14N_10, C14N_EXCLUSIVE } from '@segl/ades/xml/c14n';
import { bindingForms, readBindings } from '@segl/identity/methods/nemid/binding';
import { readDigestList, writeDigestList } from '@segl/identity/methods/nemid/client/digest-list';
import type { KnownExpectation } from '@segl/identity/methods/nemid/evidence/content-checks';
import { judgeNativeSignature, type NativeContext } from '@segl/identity/methods/nemid/evidence/judge';
import { propertyText, readNativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { readSignText } from '@segl/identity/methods/nemid/client/signed-text';
import {
  base64,
  certificatesOf,
  edit,
  environment,
  hidden,
  person,
  pki,
  shown,
  SIGN_TEXT,
  usual,
  writeMessage,
  type KitMessage,
  type KitProperty,
} from './native-kit.ts';
import { tell } from '../../../support/signatures/tell.ts';

const PDF = Buffer.from('%PDF-1.7\n%âãÏÓ\nnot much of a document', 'latin1');
const sha = (hash: string, bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest();

/** The failed checks; whether the certificate was revoked is never known here. */
function failedChecks(bytes: Uint8Array, expected: KnownExpectation = {}, more: Partial<NativeContext> = {}) {
  const { verdicts } = judgeNativeSignature(bytes, { at: pki.clock.now(), environment, expected, ...more });
  return verdicts
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ check, detail }) => `${check}: ${detail && tell(detail)}`);
}

const detailOf = (bytes: Uint8Array, check: string, expected: KnownExpectation = {}): string | undefined => {
  const { verdicts } = judgeNativeSignature(bytes, { at: pki.clock.now(), environment, expected });
  const detail = verdicts.find((verdict) => verdict.check === check)?.detail;
  return detail && tell(detail);
};

const withText = (text: string | Uint8Array, ...more: KitProperty[]): Buffer =>
  writeMessage({ properties: [shown('signtext', text), ...usual.slice(1), ...more] });

t.test('producers differ, and all of them are understood', async (t) => {
  const [issuer, leaf, root] = certificatesOf(person) as [Uint8Array, Uint8Array, Uint8Array];
  const ordered = (...certificates: Uint8Array[]): KitMessage => ({
    signer: { privateKey: person.privateKey, certificates },
  });
  const codeFile = usual.map((one) => ({
    ...one,
    target: ' Target="#OpensignSignature"',
    name: one.name.replace('signtext', 'SIGNTEXT'),
  }));
  const variants: Record<string, Uint8Array> = {
    'KeyInfo: issuing CA, leaf, root (JavaScript client)': writeMessage(ordered(issuer, leaf, root)),
    'KeyInfo: issuing CA, root, leaf': writeMessage(ordered(issuer, root, leaf)),
    'KeyInfo: leaf, issuing CA, root (CodeFile)': writeMessage(ordered(leaf, issuer, root)),
    'KeyInfo: leaf, root': writeMessage({ ...ordered(leaf, root, issuer) }),
    'KeyInfo: the leaf twice': writeMessage(ordered(leaf, issuer, root, leaf)),
    'KeyInfo with a KeyName before': edit(
      writeMessage(),
      '<ds:KeyInfo>',
      '<ds:KeyInfo><ds:KeyName>me</ds:KeyName>',
    ),
    'Id and Target of CodeFile, SIGNTEXT': writeMessage({
      properties: codeFile,
      change: { id: 'OpensignSignature' },
    }),
    'no Target': writeMessage({ properties: usual.map((one) => ({ ...one, target: '' })) }),
    'no Encoding, which is base64': writeMessage({
      properties: usual.map((one) =>
        one.name === 'signtext' ? { ...one, attributes: ' VisibleToSigner="yes"' } : one,
      ),
    }),
    'action in base64': writeMessage({
      properties: usual.map((one) => (one.name === 'action' ? { ...shown('action', 'sign') } : one)),
    }),
    'action in other letters': writeMessage({
      properties: usual.map((one) => (one.name === 'action' ? hidden('Action', 'SIGN') : one)),
    }),
    'more properties, and none of the optional ones': writeMessage({
      properties: [
        ...usual.filter(({ name }) => name !== 'challenge'),
        hidden('identityAssuranceLevel', '2'),
        { ...hidden('rememberUseridToken', 'not base64!'), attributes: ' Encoding="base64"' },
        hidden('openoces_opensign_layout_size', '300,200'),
      ],
    }),
    'properties in another order': writeMessage({ properties: [...usual].reverse() }),
    'a byte order mark': Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), writeMessage()]),
    'no XML declaration': writeMessage({ prolog: '' }),
    'Windows line ends': Buffer.from(
      writeMessage({ prolog: '<?xml version="1.0"?>\n\n' }).toString('utf8').replaceAll('\n', '\r\n'),
    ),
    'base64 in lines': Buffer.from(
      writeMessage()
        .toString('utf8')
        .replace(
          /(<ds:SignatureValue>|<ds:X509Certificate>)([^<]+)/g,
          (_, tag: string, text: string) => `${tag}\n${text.replace(/.{76}/g, '$&\r\n')}\n`,
        ),
    ),
    'the namespace of the first OpenSign': writeMessage({
      namespace: 'http://www.openoces.org/2003/10/signature#',
    }),
    'exclusive canonicalization of SignedInfo': writeMessage({ change: { c14n: C14N_EXCLUSIVE } }),
    'exclusive canonicalization of the object': writeMessage({
      references: [{ uri: '#ToBeSigned', transforms: [C14N_EXCLUSIVE] }],
    }),
    'canonicalization written down': writeMessage({
      references: [{ uri: '#ToBeSigned', transforms: [C14N_10] }],
    }),
    'comments between the properties': writeMessage({
      toBeSigned: withComment(writeMessage()),
    }),
  };
  for (const [what, bytes] of Object.entries(variants)) {
    const expected = { signText: SIGN_TEXT, friendlyName: 'Prøvebanken', documents: [] };
    t.strictSame(failedChecks(bytes, expected), [], what);
    t.equal(readNativeMessage(bytes).leaf.fingerprint, readNativeMessage(writeMessage()).leaf.fingerprint);
  }
});

/** The properties of a message with a comment between them: it is not digested and says nothing. */
function withComment(message: Buffer): string {
  const list = /<ds:SignatureProperties>.*<\/ds:SignatureProperties>/.exec(message.toString('utf8'))![0];
  return list.replace('</ds:SignatureProperty>', '</ds:SignatureProperty><!-- note -->');
}

t.test('what is shown in each format', async (t) => {
  const read = (bytes: Uint8Array, asked = {}) => readSignText(readNativeMessage(bytes), asked);
  t.match(read(writeMessage()), { format: 'TEXT', known: 'recognized', text: SIGN_TEXT, visible: true });
  const html =
    '<html><head><title>A</title></head><body><h1>Aftale</h1><p align="center">Æ</p></body></html>';
  t.match(read(withText(html)), { format: 'HTML', known: 'recognized', text: html });
  t.match(read(withText(html), { SIGNTEXT_FORMAT: 'TEXT', SIGNTEXT_MONOSPACEFONT: 'TRUE' }), {
    format: 'TEXT',
    known: 'asked',
    monospace: true,
  });
  t.match(read(withText(html), { signtext_format: base64('html') }), { format: 'HTML', known: 'asked' });
  t.match(read(withText('<html><script/></html>')), { format: 'TEXT' }, 'no client shows that as HTML');
  t.match(read(withText(PDF)), { format: 'PDF', known: 'recognized' });
  t.notOk('text' in (read(withText(PDF)) ?? {}));
  const digest = sha('sha256', Buffer.from('<xsl:stylesheet/>'));
  for (const content of [digest, digest.toString('base64')]) {
    const xml = withText('<a>1</a>', shown('stylesheetDigest', content), hidden('stylesheetIdentifier', 'x'));
    t.match(read(xml), {
      format: 'XML',
      known: 'stated',
      stylesheet: { identifier: 'x', sha256: digest },
    });
  }
  t.equal(read(writeMessage({ properties: usual.slice(1) })), undefined);
});

t.test('a text must be what its format allows', async (t) => {
  const stylesheet = Buffer.from('<xsl:stylesheet/>');
  const digest = shown('stylesheetDigest', sha('sha256', stylesheet).toString('base64'));
  const invisible = {
    ...shown('signtext', '<a>1</a>'),
    attributes: ' Encoding="base64" VisibleToSigner="no"',
  };
  const xml = writeMessage({ properties: [invisible, ...usual.slice(1), digest] });
  t.strictSame(
    failedChecks(xml, { format: 'XML', stylesheet, signText: '<a>1</a>' }),
    [],
    'shown by its stylesheet',
  );
  t.strictSame(failedChecks(xml), [], 'the stylesheet is not at hand');
  const cases: [expected: RegExp, bytes: Uint8Array, known: KnownExpectation][] = [
    [/sign-text-format: .*another stylesheet/, xml, { stylesheet: Buffer.from('<other/>') }],
    [/sign-text-format: .*nobody asked/, xml, { format: 'TEXT' }],
    [/sign-text-format: .*which stylesheet/, withText('<a>1</a>'), { format: 'XML' }],
    [/sign-text-format: .*acceptable XML/, withText('<!DOCTYPE a><a/>', digest), { format: 'XML' }],
    [/sign-text-format: .*acceptable XML/, withText('no XML', digest), { format: 'XML', stylesheet }],
    [/sign-text-format: .*element script/, withText('<html><script>x</script></html>'), { format: 'HTML' }],
    [/sign-text-format: .*not a PDF/, withText('x'), { format: 'PDF' }],
    [/sign-text-format: .*UTF-8/, withText(Buffer.of(0xe6, 0x20)), { format: 'TEXT' }],
    [/sign-text: .*not the one/, withText('Jeg køber to.'), { signText: SIGN_TEXT }],
    [/sign-text: .*not the one/, withText(`${SIGN_TEXT}\n`), { signText: SIGN_TEXT }],
    [/sign-text: .*no sign text/, writeMessage({ properties: usual.slice(1) }), {}],
  ];
  for (const [expected, bytes, known] of cases) {
    t.ok(
      failedChecks(bytes, known).some((failed) => expected.test(failed)),
      String(expected),
    );
  }
  t.match(
    failedChecks(writeMessage({ properties: [invisible, ...usual.slice(1)] })),
    [/sign-text-visible/],
    'not shown',
  );
});

t.test('a PDF is bound in three ways, and as the text itself', async (t) => {
  const bound = (message: KitMessage) => {
    const bytes = writeMessage(message);
    return { bytes, read: () => readBindings(readNativeMessage(bytes)) };
  };
  const attached = { ...hidden('attachedpdf', base64(PDF)), attributes: ' Encoding="base64"' };
  const asText = hidden('attachedpdf', base64(PDF));
  const twice = { ...hidden('attachedpdf', base64(base64(PDF))), attributes: ' Encoding="base64"' };
  const object = (id: string): string =>
    `<ds:Object Id="${id}" Encoding="base64" MimeType="application/pdf" OrigTitle="Skøde">${base64(PDF)}</ds:Object>`;
  const signicat = {
    attachments: [
      {
        serialNumber: 0,
        documentDescription: 'Skøde',
        mimeType: 'application/pdf',
        digestValue: sha('sha256', PDF).toString('base64'),
        digestMethod: { algorithm: SHA256 },
        secondaryDigestValue: sha('sha384', PDF).toString('base64'),
        secondaryDigestMethod: { algorithm: 'http://www.w3.org/2000/09/xmldsig#sha384' },
      },
    ],
  };
  const penneo = [{ key: 'A1', digest: sha('sha512', PDF).toString('hex'), algorithm: 'SHA-512' }];
  const json = (value: unknown): string => base64(JSON.stringify(value));
  const ways: Record<string, { form: string; message: KitMessage }> = {
    attachedpdf: { form: 'attachedpdf', message: { properties: [...usual, attached] } },
    'attachedpdf as text': { form: 'attachedpdf', message: { properties: [...usual, asText] } },
    'attachedpdf, encoded twice': { form: 'attachedpdf', message: { properties: [...usual, twice] } },
    'OpenSign: signText': {
      form: 'signed-object',
      message: {
        properties: usual.slice(1),
        references: [
          { uri: '#ToBeSigned' },
          { uri: '#signText', attributes: ' Type="http://www.w3.org/2000/09/xmldsig#Object"' },
        ],
        objects: object('signText'),
      },
    },
    'OpenSign: attachment-1': {
      form: 'signed-object',
      message: {
        references: [{ uri: '#ToBeSigned' }, { uri: '#attachment-1' }],
        objects: object('attachment-1'),
      },
    },
    'a list of digests, as Signicat writes it': {
      form: 'digest-list',
      message: { properties: [...usual, hidden('signicat', json(signicat))] },
    },
    'a list of digests, as Penneo writes it': {
      form: 'digest-list',
      message: {
        properties: [...usual, { ...hidden('document_digests', base64(json(penneo))), attributes: '' }],
      },
    },
    'the sign text itself': {
      form: 'sign-text',
      message: { properties: [shown('signtext', PDF), ...usual.slice(1)] },
    },
  };
  const other = Buffer.concat([PDF, Buffer.from('\n')]);
  for (const [what, { form, message }] of Object.entries(ways)) {
    const { bytes, read } = bound(message);
    t.strictSame(
      read().map((one) => one.form),
      [form],
      what,
    );
    t.strictSame(failedChecks(bytes, { documents: [PDF] }), [], `${what}: the right one`);
    t.equal(detailOf(bytes, 'attached-document', { documents: [PDF] }), form);
    for (const documents of [[other], [PDF, other], []]) {
      t.match(failedChecks(bytes, { documents }), [/^attached-document: /], `${what}: not what was shown`);
    }
    t.match(failedChecks(bytes, { documents: [PDF], bindings: [] }), [/^attached-document: .*not asked for/]);
    t.match(
      failedChecks(bytes, { documents: [PDF], bindings: bindingForms }),
      [/^attached-document: .*is not in it/],
      `${what}: in one way, and not in the others`,
    );
  }
  t.match(failedChecks(writeMessage(), { documents: [PDF] }), [/^attached-document: /], 'not bound at all');
  t.strictSame(failedChecks(withText('%PDF- is how they begin'), { format: 'TEXT', documents: [] }), []);
});

t.test('a list is made as a genuine message has it, and must list what the message carries', async (t) => {
  // of a signature over "Terms and conditions" of 2016
  const genuine =
    'eyJhdHRhY2htZW50cyI6W3siZGlnZXN0VmFsdWUiOiJqTGg2VktOUmh4RXZJOUZoOHpOZG41dnl2NEpCNVFjbXJrVGJ0eEg5L0xzPSIs' +
    'ImRvY3VtZW50RGVzY3JpcHRpb24iOiJUZXJtcyBhbmQgY29uZGl0aW9ucyIsIm1pbWVUeXBlIjoiYXBwbGljYXRpb24vcGRmIiwic2Vy' +
    'aWFsTnVtYmVyIjowLCJkaWdlc3RNZXRob2QiOnsiYWxnb3JpdGhtIjoiaHR0cDovL3d3dy53My5vcmcvMjAwMS8wNC94bWxlbmMjc2hh' +
    'MjU2In0sInNlY29uZGFyeURpZ2VzdFZhbHVlIjoiSjVvYmNkM0VsTGNxU0R2eUVPU2ZzUUdqWmVES0ZWYmhpeDFJYW5IbTZNb3pKRUNy' +
    'M05YN2k2OGdrZ2pvb2Y5eCIsInNlY29uZGFyeURpZ2VzdE1ldGhvZCI6eyJhbGdvcml0aG0iOiJodHRwOi8vd3d3LnczLm9yZy8yMDAw' +
    'LzA5L3htbGRzaWcjc2hhMzg0In19XX0=';
  const text = (list: string): string => Buffer.from(list, 'base64').toString('utf8');
  const own = writeDigestList([
    { title: 'Terms and conditions', mimeType: 'application/pdf', bytes: PDF },
    { title: 'Bilag æøå', mimeType: 'application/pdf', bytes: Buffer.from('%PDF-1.4') },
  ]);
  const [first, second] = (JSON.parse(text(own)) as { attachments: Record<string, string>[] }).attachments;
  t.equal(first?.['digestValue'], sha('sha256', PDF).toString('base64'));
  t.equal(first?.['secondaryDigestValue'], sha('sha384', PDF).toString('base64'));
  t.match(second, { serialNumber: 1, documentDescription: 'Bilag æøå' });
  const alone = writeDigestList([{ title: 'Terms and conditions', mimeType: 'application/pdf', bytes: PDF }]);
  const withGenuineDigests = text(alone)
    .replace(/(?<="digestValue":")[^"]+/, 'jLh6VKNRhxEvI9Fh8zNdn5vyv4JB5QcmrkTbtxH9/Ls=')
    .replace(
      /(?<="secondaryDigestValue":")[^"]+/,
      'J5obcd3ElLcqSDvyEOSfsQGjZeDKFVbhix1IanHm6MozJECr3NX7i68gkgjoof9x',
    );
  t.equal(Buffer.from(withGenuineDigests, 'utf8').toString('base64'), genuine, 'to the byte');
  t.match(readDigestList('signicat', Buffer.from(genuine)), [{ name: 'Terms and conditions' }]);

  const attached = { ...hidden('attachedpdf', base64(PDF)), attributes: ' Encoding="base64"' };
  const carrying = (list: string): Buffer =>
    writeMessage({ properties: [...usual, attached, hidden('signicat', list)] });
  t.strictSame(failedChecks(carrying(alone)), []);
  t.strictSame(failedChecks(carrying(alone), { documents: [PDF], digestList: alone }), []);
  t.match(failedChecks(carrying(alone), { documents: [PDF], digestList: own }), [
    /^attached-document: .*not the list/,
  ]);
  t.match(
    failedChecks(carrying(genuine)),
    [/^attached-document: .*list of digests does not name/],
    'also when nothing is known of the documents',
  );
});

t.test('lists of digests are as good as each of their digests', async (t) => {
  const digest = (algorithm: string, value: string, more = {}) => ({
    attachments: [{ digestMethod: { algorithm }, digestValue: value, ...more }],
  });
  const right = sha('sha256', PDF).toString('base64');
  const second = { secondaryDigestMethod: { algorithm: 'http://www.w3.org/2001/04/xmldsig-more#sha384' } };
  const lists: Record<string, unknown> = {
    MD5: digest('md5', sha('md5', PDF).toString('base64')),
    'SHA-1': digest('http://www.w3.org/2000/09/xmldsig#sha1', sha('sha1', PDF).toString('base64')),
    'SHA-1 beside SHA-256': digest(SHA256, right, {
      secondaryDigestMethod: { algorithm: 'sha1' },
      secondaryDigestValue: sha('sha1', PDF).toString('base64'),
    }),
    'a digest of another length': digest(SHA256, sha('sha384', PDF).toString('base64')),
    'a truncated digest': digest(SHA256, right.slice(0, 8)),
    'a second digest that is wrong': digest(SHA256, right, {
      ...second,
      secondaryDigestValue: sha('sha384', Buffer.from('x')).toString('base64'),
    }),
    'a second digest that is missing': digest(SHA256, right, second),
    'no digest': { attachments: [{}] },
    'no documents': { attachments: [] },
    'no list': {},
    'a second document': {
      attachments: [
        ...digest(SHA256, right).attachments,
        ...digest(SHA256, sha('sha256', Buffer.from('x')).toString('base64')).attachments,
      ],
    },
    'more documents than anybody signs': {
      attachments: Array.from({ length: 101 }, () => digest(SHA256, right).attachments[0]),
    },
    'base64 that is none': digest(SHA256, `${right.slice(0, -2)}!=`),
    text: 'x',
  };
  for (const [what, list] of Object.entries(lists)) {
    const bytes = writeMessage({ properties: [...usual, hidden('signicat', base64(JSON.stringify(list)))] });
    t.match(failedChecks(bytes, { documents: [PDF] }), [/^attached-document: /], what);
  }
  const junk = writeMessage({ properties: [...usual, hidden('signicat', '{"attachments":')] });
  t.match(failedChecks(junk, { documents: [PDF] }), [/^attached-document: /], 'broken JSON');
  t.match(failedChecks(junk), [/^attached-document: /], 'also when nothing is known of the documents');
});

t.test('the receiver and the action of a message', async (t) => {
  const replaced = (name: string, ...by: KitProperty[]): Buffer =>
    writeMessage({ properties: usual.flatMap((one) => (one.name === name ? by : [one])) });
  const known = { friendlyName: 'Prøvebanken', challenge: '1234567890' };
  t.strictSame(failedChecks(writeMessage(), known), []);
  t.match(failedChecks(replaced('RequestIssuer'), known), [/^request-issuer: /]);
  t.match(failedChecks(replaced('RequestIssuer', shown('RequestIssuer', 'Prøvebanken ')), known), [
    /^request-issuer/,
  ]);
  t.match(failedChecks(replaced('RequestIssuer', hidden('logonto', 'Prøvebanken')), known), [
    /^request-issuer: .*OCES I/,
  ]);
  t.match(failedChecks(writeMessage(), { ...known, challenge: '1' }), [/^challenge: /]);
  t.match(failedChecks(writeMessage(), { ...known, challenge: '' }), [/^challenge: /]);
  t.match(failedChecks(replaced('action', hidden('action', 'logon'))), [/^action: /]);
  t.match(failedChecks(replaced('action')), [/^action: /]);
  t.match(failedChecks(writeMessage(), {}, { purpose: 'logon' }), [/^action: /]);
  t.strictSame(failedChecks(replaced('action', hidden('action', 'logon')), {}, { purpose: 'logon' }), []);
  const late = replaced('challenge', hidden('TimeStamp', '2021-06-01 12:00:00+0000'));
  t.strictSame(failedChecks(late, { startedAt: new Date('2021-06-01T12:03:00Z') }), []);
  t.match(failedChecks(late, { startedAt: new Date('2021-06-01T12:03:01Z') }), [/^time-stamp-plausible/]);
  t.equal(propertyText(readNativeMessage(late), 'timestamp'), '2021-06-01 12:00:00+0000');
});
