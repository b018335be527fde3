import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { buildPath } from '@segl/pki/x509/path';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { readNativeMessage, type NativeMessage } from '@segl/identity/methods/nemid/evidence/message';
import { readOces } from '@segl/identity/oces/certificate';
import { writeNativeSignature } from '@segl/sandbox/methods/nemid/client/native-signature';
import { run, tool } from '../../../../support/tools.ts';
import { createPki } from '../local-pki.ts';

const VECTORS = '../shared/vectors/nemid';
const SYSTEMTEST_POLICY = '1.3.6.1.4.1.31313.2.4.6';

const vector = (name: string): Buffer => readFileSync(join(VECTORS, 'signatures', name));

const texts = ({ properties }: NativeMessage): Record<string, string> =>
  Object.fromEntries([...properties].map(([name, { value }]) => [name, Buffer.from(value).toString('utf8')]));

/** The check that refuses a message; undefined: it is accepted. */
function refusedBy(bytes: Uint8Array): string | undefined {
  try {
    readNativeMessage(bytes);
    return undefined;
  } catch (error) {
    if (isSeglError(error, 'NATIVE_SIGNATURE_REFUSED')) return error.params['check'] as string;
    throw error;
  }
}

/** Changes one place of a message that is known to be there. */
function edit(message: Uint8Array, find: string, replace: string): Buffer {
  const text = Buffer.from(message).toString('utf8');
  const at = text.indexOf(find);
  if (at < 0) throw new Error(`"${find}" is not in the message`);
  return Buffer.from(text.slice(0, at) + replace + text.slice(at + find.length));
}

function between(message: Uint8Array, from: string, to: string): string {
  const text = Buffer.from(message).toString('utf8');
  return text.slice(text.indexOf(from), text.indexOf(to) + to.length);
}

const x509Data = (message: Uint8Array, index: number): string =>
  Buffer.from(message)
    .toString('utf8')
    .match(/<ds:X509Data>[^]*?<\/ds:X509Data>\n/g)?.[index] ?? '';

const pem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;

const real = [
  {
    file: 'XMLDSigMessage-POCES.xml',
    signedAt: '2021-04-20T13:26:05Z',
    type: 'POCES',
    name: 'Tilde Nilsson',
    properties: {
      requestissuer: 'Nets Customer Demo',
      timestamp: '2021-04-20 15:26:05+0200',
      action: 'logon',
      identityassurancelevel: '1',
    },
  },
  {
    file: 'XMLDSigMessage-MOCES.xml',
    signedAt: '2021-05-11T19:30:00Z',
    type: 'MOCES',
    name: 'TU GENEREL MOCES gyldig',
    properties: { requestissuer: 'Rently API', signtext: 'OpenLogon 5/11/21 9:30 PM', action: 'logon' },
  },
  {
    file: 'openlogon_pocesII.xml',
    signedAt: '2010-09-23T09:23:00Z',
    type: 'POCES',
    name: 'Martin 1100 Lassen',
    properties: { requestissuer: 'www.nemid.nu', action: 'logon', challenge: '1891710781545552145' },
  },
  {
    file: 'nemid_opensign_pocesII.xml',
    signedAt: '2013-03-12T12:00:00Z',
    type: 'POCES',
    name: 'Taus Christensen',
    properties: { requestissuer: 'www.nemid.nu', action: 'sign', challenge: '7425493082394994967' },
  },
];

t.test('real messages', { skip: !existsSync(VECTORS) && `${VECTORS} is not here` }, async (t) => {
  for (const { file, signedAt, type, name, properties } of real) {
    t.test(`${file} is valid at its time and says what it says`, async (t) => {
      const message = readNativeMessage(vector(file));
      t.match(texts(message), properties);
      t.match(readOces(message.leaf, SYSTEMTEST_POLICY), { type, commonName: name });
      const root = parseCertificate(
        readFileSync(join(VECTORS, 'certs/ca/TRUST2408-Systemtest-VII-Primary-CA.4bea6e94.der')),
      );
      const path = buildPath({
        leaf: message.leaf,
        intermediates: message.certificates.map(parseCertificate),
        anchors: [root],
        at: new Date(signedAt),
      });
      t.equal(path.length, 3);
    });
  }

  t.test('visibility and the form that is posted', async (t) => {
    const message = readNativeMessage(vector('nemid_opensign_pocesII.xml'));
    t.equal(message.properties.get('signtext')?.visible, true);
    t.equal(message.properties.get('challenge')?.visible, false);
    const posted = Buffer.from(vector('XMLDSigMessage-POCES.base64').toString('latin1'), 'base64');
    t.match(texts(readNativeMessage(posted)), real[0]?.properties ?? {});
  });

  t.test('a message that can be read in two ways is refused', async (t) => {
    const message = vector('XMLDSigMessage-POCES.xml');
    const object = between(message, '<ds:Object', '</ds:Object>');
    const signature = between(message, '<ds:Signature ', '</ds:Signature>');
    const forged = object.replace('>logon<', '>sign<');
    const unnamed = forged.replace(' Id="ToBeSigned"', '');
    const hostile: Record<string, Buffer> = {
      'two signatures side by side': edit(message, signature, signature + signature),
      'a signature within the signature': edit(
        message,
        object,
        `<ds:Object>${signature}</ds:Object>${object}`,
      ),
      'two ToBeSigned, forged first': edit(message, object, forged + object),
      'two ToBeSigned, forged last': edit(message, object, object + forged),
      'a forged object without Id': edit(message, object, unnamed + object),
      'an Id in other letters': edit(message, object, forged.replace('Id=', 'ID=') + object),
      'the signed object moved into a forged one': edit(
        message,
        object,
        `<ds:Object Id="Forged">${forged.replace('ToBeSigned', 'x')}${object}</ds:Object>`,
      ),
      'the signed object moved out of the signature': edit(
        edit(message, object, unnamed),
        '</openoces:signature>',
        `${object}</openoces:signature>`,
      ),
      'more than a signature in the root': edit(
        message,
        '</openoces:signature>',
        '<a/></openoces:signature>',
      ),
      'a DTD': edit(message, '<openoces:signature', '<!DOCTYPE a [<!ENTITY b "c">]><openoces:signature'),
      'a processing instruction': edit(message, '<openoces:signature', '<?php a?><openoces:signature'),
      'a comment in the digest': edit(message, '<ds:DigestValue>', '<ds:DigestValue><!-- -->'),
      'a comment in a name': edit(message, '>action<', '>ac<!-- -->tion<'),
      'a comment in a value': edit(message, '>logon<', '>lo<!-- -->gon<'),
      'another root': Buffer.from(
        message.toString('utf8').replaceAll('openoces:signature', 'openoces:signatur'),
      ),
      'another namespace': Buffer.from(message.toString('utf8').replaceAll('2006/07', '2006/08')),
      'no signature': edit(message, signature, ''),
      'no certificate': edit(message, between(message, '<ds:KeyInfo', '</ds:KeyInfo>'), ''),
      nothing: Buffer.alloc(0),
      'no XML': Buffer.from('CAN002'),
      'the end cut off': message.subarray(0, -30),
    };
    for (const [what, bytes] of Object.entries(hostile)) {
      t.match(
        refusedBy(bytes),
        /^(message|core|unique-ids|signer-certificate|signed-objects|properties)$/,
        what,
      );
    }
  });
});

t.test('what the sandbox writes is canonical, and verifies with xmlsec1', async (t) => {
  const pki = createPki();
  const person = pki.holder();
  const message = writeNativeSignature({
    properties: [
      { name: 'action', value: 'sign', encoding: 'xml', visible: false },
      { name: 'useragent', value: 'a < b & "c" > \r\n\u0001\ud800 æ 😀', encoding: 'xml', visible: false },
      { name: 'signtext', value: 'Blåbærgrød\r\n', encoding: 'base64', visible: true },
    ],
    key: person.privateKey,
    certificates: [person.certificate, pki.issuer, pki.root],
  });
  t.match(texts(readNativeMessage(message)), {
    useragent: 'a < b & "c" > \r\n\ufffd\ufffd æ 😀',
    signtext: 'Blåbærgrød\r\n',
  });
  t.strictSame([...readNativeMessage(message).properties.keys()], ['signtext', 'action', 'useragent']);

  const xmlsec1 = tool(t, 'xmlsec1');
  if (!xmlsec1) return;
  const folder = t.testdir({});
  const save = (name: string, content: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  // it takes the first certificate for the key, and messages list the issuing CA first
  const leafOnly = edit(edit(message, x509Data(message, 2), ''), x509Data(message, 0), '');
  const args = [
    '--verify',
    ...['--trusted-pem', save('root.pem', pem(pki.root))],
    ...['--untrusted-pem', save('issuer.pem', pem(pki.issuer))],
    ...['--id-attr:Id', 'http://www.w3.org/2000/09/xmldsig#:Object'],
    ...['--verification-time', '2021-06-01 12:00:00'],
  ];
  const good = run(xmlsec1, [...args, save('good.xml', leafOnly)]);
  t.equal(good.code, 0, good.output);
  t.not(run(xmlsec1, [...args, save('bad.xml', edit(leafOnly, '>sign<', '>sigm<'))]).code, 0);
});

t.test('messages that a dishonest signer could make', async (t) => {
  const pki = createPki();
  const person = pki.holder();
  const visible = { encoding: 'base64', visible: true } as const;
  const write = (...names: string[]): Uint8Array =>
    writeNativeSignature({
      properties: names.map((name) => ({ name, value: name, ...visible })),
      key: person.privateKey,
      certificates: [person.certificate, pki.issuer, pki.root],
    });
  t.strictSame(texts(readNativeMessage(write('signtext', 'action'))), {
    signtext: 'signtext',
    action: 'action',
  });
  t.equal(refusedBy(write('signtext', 'signtext')), 'properties', 'a name twice');
  t.equal(refusedBy(write('signtext', 'SIGNTEXT')), 'properties', 'in any case');
  const other = pki.holder({ ownKey: true });
  const swapped = writeNativeSignature({
    properties: [],
    key: person.privateKey,
    certificates: [other.certificate, pki.issuer, pki.root],
  });
  t.equal(refusedBy(swapped), 'core', "another person's certificate");
  const two = writeNativeSignature({
    properties: [],
    key: person.privateKey,
    certificates: [person.certificate, other.certificate, pki.root],
  });
  t.equal(refusedBy(two), 'signer-certificate', 'two signers');
});
