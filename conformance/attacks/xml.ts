/**
 * Attacks on XML signatures: wrapping in the eight classic ways (Somorovsky et al., "On Breaking SAML", 2012), and what
 * came after it: xml-crypto CVE-2025-29774 and 29775, ruby-saml CVE-2025-25291 to 25293, samlify CVE-2025-47949, void
 * canonicalization, and the old ones of RFC 3275.
 */
import {
  ALGORITHMS,
  CONSTRAINTS,
  CRYPTO,
  edited,
  FORMAT,
  HASH,
  NO_DATA,
  NO_SIGNER,
  type Attack,
} from './attack.ts';
import type { XmlSource } from './xml-source.ts';

const EVIL = Buffer.from('<contract><amount>9999</amount></contract>').toString('base64');
const HMAC = 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256';
const XSLT = 'http://www.w3.org/TR/1999/REC-xslt-19991116';
const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
const BASE64 = 'http://www.w3.org/2000/09/xmldsig#base64';

type Case = readonly [text: string, ...expected: string[]];

function part(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[0];
  if (found === undefined) throw new Error(`nothing found: ${String(pattern)}`);
  return found;
}

export async function xmlAttacks(source: XmlSource): Promise<Attack[]> {
  const declared = await source.enveloping('T');
  const good = declared.slice(declared.indexOf('<ds:Signature'));
  const data = part(good, /<ds:Object [^>]*-data0"[^>]*>[^<]*<\/ds:Object>/);
  const id = /Id="([^"]*-data0)"/.exec(data)![1]!;
  const forged = (own: string): string => edited(data.replace(/ Id="[^"]*"/, own), />[^<]*</, `>${EVIL}<`);
  const objects = (...replacement: string[]): string => edited(good, data, replacement.join(''));
  const wrapping: Record<string, Case> = {
    'XSW 1: the signature within a forged document': [
      `<contract><amount>9999</amount>${good}</contract>`,
      CONSTRAINTS,
    ],
    'XSW 2: a forged object beside the signature': [`<x>${forged(' Id="forged"')}${good}</x>`, CONSTRAINTS],
    'XSW 3: a forged object before the original': [objects(forged(''), data), CONSTRAINTS],
    'XSW 4: the original within a forged object': [
      objects(`<ds:Object>${EVIL}${data}</ds:Object>`),
      CONSTRAINTS,
    ],
    'XSW 5: a forged object with the Id of the original': [
      objects(forged(` Id="${id}"`), edited(data, id, 'original')),
      HASH,
    ],
    'XSW 6: the original moved out, a forged one in its place': [
      `<x>${objects(forged(''))}${data}</x>`,
      CONSTRAINTS,
    ],
    'XSW 7: the original within an extension': [
      objects(forged(' Id="forged"'), `<ds:Object><x>${data}</x></ds:Object>`),
      CONSTRAINTS,
    ],
    'XSW 8: the original within properties of a forged object': [
      objects(
        `<ds:Object Id="forged"><ds:SignatureProperties><ds:SignatureProperty Target="#x">9999${data}</ds:SignatureProperty></ds:SignatureProperties></ds:Object>`,
      ),
      CONSTRAINTS,
    ],
    'a contract in attributes around the signature': [
      `<contract amount="9999">${good}</contract>`,
      CONSTRAINTS,
    ],
    'a contract as text around the signature': [`<contract>9999${good}</contract>`, CONSTRAINTS],
    'two elements with the Id, the forged one first': [objects(forged(` Id="${id}"`), data), FORMAT],
    'two elements with the Id, the forged one last': [objects(data, forged(` Id="${id}"`)), FORMAT],
    'two elements with the Id, spelt ID': [objects(forged(` ID="${id}"`), data), FORMAT],
    'two elements with the Id, spelt xml:id': [objects(forged(` xml:id="${id}"`), data), FORMAT],
  };

  const enveloped = await source.enveloped('T');
  const info = part(good, /<ds:SignedInfo[\s\S]*<\/ds:SignedInfo>/);
  const emptyInfo = info.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, '');
  const value = part(good, /(?<=<ds:SignatureValue[^>]*>)[^<]*/);
  const properties = part(good, /<xades:SignedProperties[\s\S]*<\/xades:SignedProperties>/);
  const qualifying = part(good, /<ds:Object><xades:QualifyingProperties[\s\S]*<\/ds:Object>/);
  const earlier = edited(properties, '2026-03-01', '2025-03-01');
  const [certificate] = /<ds:X509Certificate>[^<]*<\/ds:X509Certificate>/.exec(good)!;
  const dtd = (declarations: string): string => `<!DOCTYPE x [${declarations}]>`;
  const method = (algorithm: string, content = ''): string =>
    edited(
      good,
      /<ds:SignatureMethod [^>]*><\/ds:SignatureMethod>/,
      `<ds:SignatureMethod Algorithm="${algorithm}">${content}</ds:SignatureMethod>`,
    );
  const cases: Record<string, Case> = {
    'the content changed': [edited(enveloped, '>100<', '>900<'), HASH],
    'the content changed within base64': [objects(forged(` Id="${id}"`)), HASH],
    'an element added beside the content': [
      edited(enveloped, '<amount>', '<amount>9</amount><amount>'),
      HASH,
    ],
    'two SignedInfo, the forged one first': [edited(good, info, emptyInfo + info), FORMAT],
    'two SignedInfo, the forged one last': [edited(good, info, info + emptyInfo), FORMAT],
    'two SignedInfo, one within the other': [
      edited(good, '</ds:SignedInfo>', `${emptyInfo}</ds:SignedInfo>`),
      FORMAT,
    ],
    'no reference': [edited(good, info, emptyInfo), FORMAT],
    'a comment in DigestValue': [edited(good, /<ds:DigestValue>/, '<ds:DigestValue><!--AAAA-->'), FORMAT],
    'a digest in front of a comment': [
      edited(good, /<\/ds:DigestValue>/, '<!--x-->AAAA</ds:DigestValue>'),
      FORMAT,
    ],
    'an instruction in DigestValue': [edited(good, /<ds:DigestValue>/, '<ds:DigestValue><?x y?>'), FORMAT],
    'a comment in SignatureValue': [edited(good, value, `<!--x-->${value}`), FORMAT],
    'no SignatureValue': [edited(good, value, ''), CRYPTO],
    'a SignatureValue of zeros': [edited(good, value, Buffer.alloc(64).toString('base64')), CRYPTO],
    'signed with HMAC': [method(HMAC), ALGORITHMS],
    'a truncated HMAC': [method(HMAC, '<ds:HMACOutputLength>1</ds:HMACOutputLength>'), ALGORITHMS],
    'an XSLT transform': [edited(good, BASE64, XSLT), ALGORITHMS],
    'an XPath transform': [edited(good, BASE64, XPATH), ALGORITHMS],
    'an XPointer': [edited(good, `URI="#${id}"`, `URI="#xpointer(id('${id}'))"`), FORMAT, NO_DATA],
    'a reference to another server': [edited(good, `URI="#${id}"`, 'URI="http://test.invalid/x"'), NO_DATA],
    'a reference to a file': [edited(good, `URI="#${id}"`, 'URI="file:///etc/passwd"'), NO_DATA],
    'a reference without URI': [edited(good, ` URI="#${id}"`, ''), FORMAT],
    RetrievalMethod: [edited(good, '<ds:X509Data>', '<ds:RetrievalMethod URI="#x"/><ds:X509Data>'), FORMAT],
    'no certificate': [edited(good, /<ds:KeyInfo[\s\S]*<\/ds:KeyInfo>/, ''), NO_SIGNER, FORMAT],
    'a certificate of somebody else': [
      edited(
        good,
        certificate,
        part(
          await source.sign({ form: 'enveloped', bytes: Buffer.from('<x/>') }, 'B', source.other),
          /<ds:X509Certificate>[^<]*<\/ds:X509Certificate>/,
        ),
      ),
      CRYPTO,
      NO_SIGNER,
    ],
    'a DTD': [`<!DOCTYPE x>${good}`, FORMAT],
    'a DTD that gives objects their Id': [dtd(`<!ATTLIST ds:Object Id CDATA "${id}">`) + good, FORMAT],
    'an internal entity': [dtd('<!ENTITY e "x">') + edited(good, value, `&e;${value}`), FORMAT],
    'an external entity': [
      dtd('<!ENTITY e SYSTEM "file:///etc/passwd">') + edited(good, value, `&e;${value}`),
      FORMAT,
    ],
    'a billion laughs': [
      dtd(
        `<!ENTITY a "ha">${[...'bcdefghij'].map((name, at) => `<!ENTITY ${name} "${`&${'abcdefghi'[at]};`.repeat(10)}">`).join('')}`,
      ) + edited(good, value, '&j;'),
      FORMAT,
    ],
    'void canonicalization: a namespace that is a relative URI': [
      `<x xmlns:v="v">${good}</x>`,
      FORMAT,
      CRYPTO,
      CONSTRAINTS,
    ],
    'the namespace of XMLDSig redefined': [
      edited(good, 'http://www.w3.org/2000/09/xmldsig#', 'http://www.w3.org/2000/09/xmldsig2#'),
      FORMAT,
    ],
    'an earlier time in the signed properties': [edited(good, properties, earlier), HASH],
    'forged signed properties, the original in an object': [
      edited(
        edited(good, properties, earlier.replace(/ Id="[^"]*"/, ' Id="forged"')),
        '</ds:KeyInfo>',
        `</ds:KeyInfo><ds:Object>${properties}</ds:Object>`,
      ),
      CONSTRAINTS,
    ],
    'properties twice': [
      edited(good, qualifying, qualifying + qualifying.replaceAll(/ Id="[^"]*"/g, '')),
      FORMAT,
    ],
    'properties of another signature': [edited(good, / Target="#[^"]*"/, ' Target="#other"'), CONSTRAINTS],
    'a Manifest in place of the data': [
      objects(data, `<ds:Object><ds:Manifest><ds:Reference URI="#forged"/></ds:Manifest></ds:Object>`),
      CONSTRAINTS,
    ],
    'the time-stamp of another signature': [
      edited(
        good,
        /<xades:EncapsulatedTimeStamp>[^<]*/,
        part(enveloped, /<xades:EncapsulatedTimeStamp>[^<]*/),
      ),
      CONSTRAINTS,
    ],
    'elements nested ten thousand deep': [
      edited(good, data, `${data}<ds:Object>${'<x>'.repeat(10_000)}${'</x>'.repeat(10_000)}</ds:Object>`),
      FORMAT,
    ],
  };
  return [
    ...Object.entries(wrapping).map(([name, made]) => ['XML, wrapping', name, made] as const),
    ...Object.entries(cases).map(([name, made]) => ['XML, signature', name, made] as const),
  ].map(([family, name, [text, ...expected]]) => ({ family, name, bytes: Buffer.from(text), expected }));
}
