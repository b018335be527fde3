/**
 * Hostile messages, each with the check that must refuse it. The first table is made from a good message, by anybody
 * who got hold of it; the second by a signer who has a key and a certificate of his own.
 */
import { createHmac } from 'node:crypto';
import { BASE64, DS, ECDSA_SHA256, RSA_SHA1, SHA1, SHA256 } from '@segl/ades/xml/algorithms';
import { C14N_11 } from '@segl/ades/xml/c14n';
import { canonicalize, C14N_10 } from '@segl/ades/xml/c14n';
import { findAll, parseXml } from '@segl/ades/xml/document';
import type { NativeCheckId } from '@segl/identity/methods/nemid/evidence/checks';
import { certificatesOf, edit, hidden, part, person, pki, shown, usual, writeMessage } from './native-kit.ts';

export interface Attack {
  readonly check: NativeCheckId;
  readonly name: string;
  readonly make: () => Uint8Array;
}

const good = writeMessage();
const object = part(good, 'ds:Object');
const signature = part(good, 'ds:Signature');
const signedInfo = part(good, 'ds:SignedInfo');
const reference = part(good, 'ds:Reference');
const certificate = (index: number): string =>
  good.toString('utf8').match(/<ds:X509Data>.*?<\/ds:X509Data>/g)![index]!;
const forged = object.replace('>sign<', '>logon<');
const another = (id: string): string => forged.replace('Id="ToBeSigned"', id);
const inRoot = (...content: string[]): Buffer =>
  Buffer.from(good.toString('utf8').replace(signature, () => content.join('')));
const without = (text: string, removed: string): string => text.replace(removed, '');
const withObjects = (objects: string): string => signature.replace(object, () => objects);

const attack = (check: NativeCheckId, name: string, make: () => Uint8Array | string): Attack => ({
  check,
  name,
  make: () => Buffer.from(make()),
});

/** Signature wrapping in the eight classic ways: where the original, a forgery and the signature may stand. */
const wrapping: readonly Attack[] = [
  attack('message', 'XSW 1: the message within a forged signature', () =>
    inRoot(
      signature.replace(object, () => `<ds:Object>${signature}</ds:Object>${another('Id="ToBeSigned"')}`),
    ),
  ),
  attack('message', 'XSW 2: a forged object beside the signature, the original behind it', () =>
    inRoot(another('Id="Forged"'), signature),
  ),
  attack('signed-objects', 'XSW 3: a forged object before the original, without Id', () =>
    inRoot(withObjects(another('') + object)),
  ),
  attack('signed-objects', 'XSW 4: the original within a forged object', () =>
    inRoot(withObjects(`<ds:Object>${forged.replace(' Id="ToBeSigned"', '')}${object}</ds:Object>`)),
  ),
  attack('core', 'XSW 5: the signed object changed, the original moved to another Id', () =>
    inRoot(withObjects(another('Id="ToBeSigned"') + object.replace('ToBeSigned', 'Original'))),
  ),
  attack('message', 'XSW 6: the original moved out of the signature', () =>
    inRoot(without(signature, object).replace('</ds:Signature>', `${another('')}</ds:Signature>`), object),
  ),
  attack('signed-objects', 'XSW 7: the original within an unsigned extension', () =>
    inRoot(withObjects(`${another('Id="Forged"')}<ds:Object><x>${object}</x></ds:Object>`)),
  ),
  attack('signed-objects', 'XSW 8: the original inside the properties of a forged object', () =>
    inRoot(
      withObjects(
        `<ds:Object Id="Forged"><ds:SignatureProperties><ds:SignatureProperty>${object}</ds:SignatureProperty></ds:SignatureProperties></ds:Object>`,
      ),
    ),
  ),
];

const ids: readonly Attack[] = [
  ['two ToBeSigned, the forged one first', another('Id="ToBeSigned"') + object],
  ['two ToBeSigned, the forged one last', object + another('Id="ToBeSigned"')],
  ['ID', another('ID="ToBeSigned"') + object],
  ['id', another('id="ToBeSigned"') + object],
  ['iD', another('iD="ToBeSigned"') + object],
  ['xml:id', another('xml:id="ToBeSigned"') + object],
  ['an Id that differs in case', another('Id="tobesigned"') + object],
].map(([name, objects]) =>
  attack('unique-ids', `duplicate Id: ${name}`, () => inRoot(withObjects(objects!))),
);

const forms: readonly Attack[] = [
  attack('message', 'two signatures side by side', () => inRoot(signature, signature)),
  attack('message', 'a signature within KeyInfo', () =>
    inRoot(
      signature.replace(
        '<ds:KeyInfo>',
        () => `<ds:KeyInfo><ds:KeyValue>${without(signature, object)}</ds:KeyValue>`,
      ),
    ),
  ),
  attack('message', 'two SignedInfo', () =>
    edit(good, '<ds:SignatureValue>', `${signedInfo}<ds:SignatureValue>`),
  ),
  attack('message', 'two SignedInfo, the forged one behind', () =>
    edit(good, '<ds:KeyInfo>', `${signedInfo}<ds:KeyInfo>`),
  ),
  attack('message', 'an empty SignedInfo', () => edit(good, signedInfo, '<ds:SignedInfo></ds:SignedInfo>')),
  attack('message', 'no reference', () => edit(good, reference, '')),
  attack('message', 'two references to one element', () => edit(good, reference, reference + reference)),
  attack('message', 'a reference without URI', () => edit(good, ' URI="#ToBeSigned"', '')),
  attack('message', 'a comment in DigestValue', () =>
    edit(good, '<ds:DigestValue>', '<ds:DigestValue><!--x-->'),
  ),
  attack('message', 'an instruction in DigestValue', () =>
    edit(good, '<ds:DigestValue>', '<ds:DigestValue><?x y?>'),
  ),
  attack('message', 'an element in DigestValue', () =>
    edit(good, '<ds:DigestValue>', '<ds:DigestValue><x/>'),
  ),
  attack('message', 'a comment in SignatureValue', () =>
    edit(good, '<ds:SignatureValue>', '<ds:SignatureValue><!--x-->'),
  ),
  attack('message', 'a comment in a certificate', () =>
    edit(good, '<ds:X509Certificate>', '<ds:X509Certificate><!--x-->'),
  ),
  attack('properties', 'a comment in a name', () => edit(good, '>action<', '>ac<!--x-->tion<')),
  attack('properties', 'a comment in a value', () => edit(good, '>sign<', '>si<!--x-->gn<')),
  attack('message', 'a DTD', () => edit(good, '<openoces:signature', '<!DOCTYPE x><openoces:signature')),
  attack('message', 'an internal entity', () =>
    edit(
      edit(good, '<openoces:signature', '<!DOCTYPE x [<!ENTITY e "sign">]><openoces:signature'),
      '>sign<',
      '>&e;<',
    ),
  ),
  attack('message', 'an external entity', () =>
    edit(
      good,
      '<openoces:signature',
      '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><openoces:signature',
    ),
  ),
  attack('message', 'a DTD that gives every object an Id', () =>
    edit(
      good,
      '<openoces:signature',
      '<!DOCTYPE x [<!ATTLIST ds:Object Id CDATA "ToBeSigned">]><openoces:signature',
    ),
  ),
  attack('message', 'an entity that was never declared', () => edit(good, '>sign<', '>&sign;<')),
  attack('message', 'a processing instruction', () =>
    edit(good, '<openoces:signature', '<?xml-stylesheet href="x"?><openoces:signature'),
  ),
  attack('message', 'UTF-16', () =>
    Buffer.from(`\ufeff${good.toString('utf8').replace('UTF-8', 'UTF-16')}`, 'utf16le'),
  ),
  attack('message', 'an encoding that is not the one declared', () => edit(good, 'UTF-8', 'ISO-8859-1')),
  attack('message', 'UTF-7 by declaration', () => edit(good, 'UTF-8', 'UTF-7')),
  attack('message', 'bytes that are not UTF-8', () =>
    Buffer.concat([good.subarray(0, -30), Buffer.of(0xff), good.subarray(-30)]),
  ),
  attack('message', 'XML 1.1', () => edit(good, 'version="1.0"', 'version="1.1"')),
  attack('message', 'another root', () =>
    Buffer.from(good.toString('utf8').replaceAll('openoces:signature', 'openoces:sign')),
  ),
  attack('message', 'another namespace', () => edit(good, '2006/07', '2006/08')),
  attack('message', 'a bare ds:Signature', () => signature),
  attack('message', 'something beside the signature', () =>
    edit(good, '</openoces:signature>', '<x/></openoces:signature>'),
  ),
  attack('message', 'a stranger within the signature', () =>
    edit(good, '</ds:Signature>', '<ds:Manifest/></ds:Signature>'),
  ),
  attack('message', 'RetrievalMethod', () =>
    edit(good, '<ds:KeyInfo>', '<ds:KeyInfo><ds:RetrievalMethod URI="#ToBeSigned"/>'),
  ),
  attack('message', 'elements nested a thousand deep', () =>
    edit(good, '<ds:KeyInfo>', `<ds:KeyInfo>${'<ds:KeyName>'.repeat(1000)}${'</ds:KeyName>'.repeat(1000)}`),
  ),
  attack('message', 'twenty thousand elements', () =>
    edit(good, '<ds:KeyInfo>', `<ds:KeyInfo>${'<ds:KeyName/>'.repeat(20_000)}`),
  ),
  attack('message', 'an error code in its place', () => 'CAN002'),
  attack('message', 'nothing', () => ''),
  attack('message', 'the end cut off', () => good.subarray(0, -20)),
  attack('message', 'something behind the end', () => Buffer.concat([good, Buffer.from('<x/>')])),
];

const keys: readonly Attack[] = [
  attack('signer-certificate', 'no KeyInfo', () => edit(good, part(good, 'ds:KeyInfo'), '')),
  attack('signer-certificate', 'a bare key and no certificate', () =>
    edit(
      good,
      part(good, 'ds:KeyInfo'),
      `<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue></ds:KeyInfo>`,
    ),
  ),
  attack('signer-certificate', 'authorities and no signer', () => edit(good, certificate(1), '')),
  attack('signer-certificate', 'two signers, one for the signature and one for the name', () =>
    writeMessage({
      signer: {
        privateKey: person.privateKey,
        certificates: [...certificatesOf(person), pki.holder({ ownKey: true }).certificate],
      },
    }),
  ),
  attack('signer-certificate', 'eleven certificates', () =>
    edit(good, certificate(0), certificate(0).repeat(9)),
  ),
  attack('signer-certificate', 'a certificate that is none', () =>
    edit(good, certificate(0), '<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data>'),
  ),
  attack('core', "another person's certificate", () =>
    writeMessage({
      signer: {
        privateKey: person.privateKey,
        certificates: certificatesOf(pki.holder({ ownKey: true })),
      },
    }),
  ),
];

/** SignedInfo as it would be if the value were an HMAC, keyed with the public key that everybody has. */
function hmac(method: string, parameter = ''): Uint8Array {
  const changed = edit(
    good,
    /<ds:SignatureMethod .*?<\/ds:SignatureMethod>/,
    `<ds:SignatureMethod Algorithm="${method}">${parameter}</ds:SignatureMethod>`,
  );
  const octets = canonicalize(findAll(parseXml(changed).root, DS, 'SignedInfo')[0]!, C14N_10);
  const mac = createHmac('sha256', person.certificate).update(octets).digest();
  return edit(
    changed,
    part(changed, 'ds:SignatureValue'),
    `<ds:SignatureValue>${mac.toString('base64')}</ds:SignatureValue>`,
  );
}

const HMAC_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256';
const XSLT = 'http://www.w3.org/TR/1999/REC-xslt-19991116';
const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';

const byTransform = (check: NativeCheckId, name: string, ...transforms: string[]): Attack =>
  attack(check, name, () => writeMessage({ references: [{ uri: '#ToBeSigned', transforms }] }));

const byUri = (check: NativeCheckId, uri: string): Attack =>
  attack(check, `a reference to ${uri === '' ? 'the whole document' : uri}`, () =>
    writeMessage({ references: [{ uri: '#ToBeSigned' }, { uri }] }),
  );

const algorithms: readonly Attack[] = [
  attack('algorithms', 'HMAC with the certificate as its key', () => hmac(HMAC_SHA256)),
  attack('algorithms', 'a truncated HMAC', () =>
    hmac(`${DS}hmac-sha1`, '<ds:HMACOutputLength>8</ds:HMACOutputLength>'),
  ),
  attack('algorithms', 'HMACOutputLength beside RSA', () =>
    writeMessage({ change: { methodContent: '<ds:HMACOutputLength>0</ds:HMACOutputLength>' } }),
  ),
  attack('algorithms', 'RSA with SHA-1', () => writeMessage({ change: { method: RSA_SHA1, hash: 'sha1' } })),
  attack('algorithms', 'a SHA-1 digest', () =>
    writeMessage({ references: [{ uri: '#ToBeSigned', digestMethod: SHA1, hash: 'sha1' }] }),
  ),
  attack('algorithms', 'RSA with SHA-512, which no client writes', () =>
    writeMessage({ change: { method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', hash: 'sha512' } }),
  ),
  attack('algorithms', 'ECDSA', () => writeMessage({ change: { method: ECDSA_SHA256 } })),
  attack('algorithms', 'an unknown digest', () =>
    writeMessage({ references: [{ uri: '#ToBeSigned', digestMethod: 'urn:md5' }] }),
  ),
  attack('algorithms', 'canonicalization with comments', () =>
    writeMessage({ change: { c14n: `${C14N_10}#WithComments` } }),
  ),
  attack('algorithms', 'Canonical XML 1.1, which no client writes', () =>
    writeMessage({ change: { c14n: C14N_11 } }),
  ),
  attack('algorithms', 'parameters of a digest', () =>
    edit(
      good,
      `<ds:DigestMethod Algorithm="${SHA256}"/>`,
      `<ds:DigestMethod Algorithm="${SHA256}"><x/></ds:DigestMethod>`,
    ),
  ),
  byTransform('algorithms', 'an XSLT transform', XSLT),
  byTransform('algorithms', 'an XPath transform', XPATH),
  byTransform('algorithms', 'an XPath filter', 'http://www.w3.org/2002/06/xmldsig-filter2'),
  attack('algorithms', 'the base64 transform', () =>
    writeMessage({ toBeSigned: 'AAAA', references: [{ uri: '#ToBeSigned', transforms: [BASE64] }] }),
  ),
  byTransform('algorithms', 'the enveloped-signature transform', `${DS}enveloped-signature`),
  byTransform('algorithms', 'two canonicalizations', C14N_10, C14N_10),
];

const references: readonly Attack[] = [
  byUri('message', 'http://127.0.0.1:9/x'),
  byUri('message', 'file:///etc/passwd'),
  byUri('message', '#xpointer(/)'),
  byUri('message', '#nothing'),
  byUri('core', ''),
  attack('signed-objects', 'a reference to something that is no object', () =>
    writeMessage({
      references: [{ uri: '#ToBeSigned' }, { uri: '#key' }],
      change: { keyInfo: `${[0, 1, 2].map(certificate).join('')}<ds:KeyName Id="key">x</ds:KeyName>` },
    }),
  ),
  attack('signed-objects', 'no ToBeSigned', () =>
    writeMessage({
      references: [{ uri: '#other' }],
      change: { objects: '<ds:Object Id="other">x</ds:Object>' },
    }),
  ),
  attack('signed-objects', 'an object beside ToBeSigned that nothing refers to', () =>
    writeMessage({ objects: '<ds:Object Id="attachment-1">x</ds:Object>' }),
  ),
  attack('signed-objects', 'a signed object that holds more than text', () =>
    writeMessage({
      references: [{ uri: '#ToBeSigned' }, { uri: '#attachment-1' }],
      objects: '<ds:Object Id="attachment-1"><x/></ds:Object>',
    }),
  ),
  attack('signed-objects', 'a Manifest', () =>
    writeMessage({
      references: [{ uri: '#ToBeSigned' }, { uri: '#m', attributes: ` Type="${DS}Manifest"` }],
      objects: `<ds:Object><ds:Manifest Id="m">${reference}</ds:Manifest></ds:Object>`,
    }),
  ),
];

const list = (content: string): Uint8Array => writeMessage({ toBeSigned: content });
const one = (content: string, attributes = ''): string =>
  `<ds:SignatureProperties><ds:SignatureProperty>${content.replace('<openoces:Value', `<openoces:Value${attributes}`)}</ds:SignatureProperty></ds:SignatureProperties>`;

const properties: readonly Attack[] = [
  attack('properties', 'a name twice', () =>
    writeMessage({ properties: [...usual, hidden('action', 'logon')] }),
  ),
  attack('properties', 'a name twice in other letters', () =>
    writeMessage({ properties: [...usual, shown('SIGNTEXT', 'x')] }),
  ),
  attack('properties', 'two lists of properties', () =>
    list('<ds:SignatureProperties/><ds:SignatureProperties/>'),
  ),
  attack('properties', 'no list of properties', () => list('')),
  attack('properties', 'something beside the properties', () =>
    list('<ds:SignatureProperties><x/></ds:SignatureProperties>'),
  ),
  attack('properties', 'a property with two values', () =>
    list(
      one(
        '<openoces:Name>a</openoces:Name><openoces:Value>YQ==</openoces:Value><openoces:Value>Yg==</openoces:Value>',
      ),
    ),
  ),
  attack('properties', 'a property with two names', () =>
    list(one('<openoces:Name>a</openoces:Name><openoces:Name>b</openoces:Name>')),
  ),
  attack('properties', 'a property of another namespace', () =>
    list(one('<Name>a</Name><openoces:Value>YQ==</openoces:Value>')),
  ),
  attack('properties', 'an element in a value', () =>
    list(one('<openoces:Name>a</openoces:Name><openoces:Value><x/></openoces:Value>')),
  ),
  attack('properties', 'an unknown encoding', () =>
    list(one('<openoces:Name>a</openoces:Name><openoces:Value>00</openoces:Value>', ' Encoding="hex"')),
  ),
  attack('properties', 'base64 that is none', () =>
    list(one('<openoces:Name>a</openoces:Name><openoces:Value>***</openoces:Value>')),
  ),
  attack('properties', 'base64 with a second spelling', () =>
    list(one('<openoces:Name>a</openoces:Name><openoces:Value>YR==</openoces:Value>')),
  ),
];

export const attacks: readonly Attack[] = [
  ...wrapping,
  ...ids,
  ...forms,
  ...keys,
  ...algorithms,
  ...references,
  ...properties,
];
