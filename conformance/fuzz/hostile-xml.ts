/** XML that is well-formed, or nearly so, and made to take memory or time without end. */
import { createFiles } from '../../test/support/signatures/validation.ts';
import { createTestPki, issue } from '../../test/support/signatures/test-pki.ts';
import { signXml, type TestReference } from '../../test/support/signatures/xml-signature.ts';
import { DS, ENVELOPED_SIGNATURE, XADES, XADES141 } from '@segl/ades/xml/algorithms';
import { C14N_10, C14N_11, C14N_EXCLUSIVE } from '@segl/ades/xml/c14n';
import { MAX_VALUES } from '@segl/ades/xades/read';
import { DEFAULT_LIMITS } from '@segl/ades/xml/document';
import { basicConstraints, keyUsage } from '@segl/sandbox/pki/extensions';

/** Who made what holds, and trusts it. */
export const files = createFiles();

const MB = 1 << 20;
const OPENOCES = 'http://www.openoces.org/2006/07/signature#';

const times = (count: number, write: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => write(index)).join('');

const namespaces = (count: number, uri = 'urn:'): string =>
  times(count, (index) => ` xmlns:p${index}="${uri}${index}"`);

/** In the clothes of a NemID message, which other readers take for any XML. */
const message = (attributes: string, content: string): Uint8Array =>
  Buffer.from(
    `<openoces:signature xmlns:openoces="${OPENOCES}"${attributes}>${content}</openoces:signature>`,
  );

const { attributes: ATTRIBUTES, namespaces: NAMESPACES, scopes: SCOPES } = DEFAULT_LIMITS;

/** Elements below so many namespaces, as many as are taken. */
function scoped(count: number, write: (index: number) => string, uri = 'urn:'): Uint8Array {
  const elements = Math.floor(SCOPES / (count + 1) / (namespaces(count, uri).length + 60)) - 2;
  return message(namespaces(count, uri), times(Math.min(elements, 99_000), write));
}

/** A signature that holds, over what `references` name in `body`. */
function signed(body: string, references: readonly TestReference[], copies = 1): Uint8Array {
  const { signer } = createTestPki('EC-P256');
  const write = (signature: string): string => `<r>${body}${signature}</r>`;
  const document = signXml({
    wrap: write,
    references,
    privateKey: signer.privateKey,
    certificates: [signer.certificate.der],
    method: 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
    id: '',
  });
  const start = document.lastIndexOf('<ds:Signature xmlns');
  const signature = document.slice(start, -'</r>'.length).replace(' Id=""', '');
  return Buffer.from(write(signature.repeat(copies)));
}

/** Elements within each other, with a text in the innermost. */
const nested = (count: number, text: string): string =>
  `${times(count, (index) => `<b Id="b${index}">`)}${text}${'</b>'.repeat(count)}`;

/** A signature with so much in place of its certificate. */
function certificateOf(base64: string): Uint8Array {
  const text = Buffer.from(signed('<b Id="b0"/>', ids(1))).toString('utf8');
  return Buffer.from(text.replace(/(<ds:X509Certificate>)[^<]*/, (_whole, start: string) => start + base64));
}

const ids = (count: number, transforms?: readonly string[]): TestReference[] =>
  Array.from({ length: count }, (_, index) => ({ uri: `#b${index}`, ...(transforms && { transforms }) }));

/** An XAdES signature with more among its unsigned properties. */
async function extended(more: (text: string) => string): Promise<Uint8Array> {
  const text = Buffer.from(await files.xades('LT')).toString('utf8');
  const end = '</xades:UnsignedSignatureProperties>';
  return Buffer.from(text.replace(end, () => `${more(text)}${end}`));
}

const archiveStamp = (token: string): string =>
  `<xades141:ArchiveTimeStamp xmlns:xades141="${XADES141}"><ds:CanonicalizationMethod xmlns:ds="${DS}" Algorithm="${C14N_EXCLUSIVE}"/>` +
  `<xades:EncapsulatedTimeStamp xmlns:xades="${XADES}">${token}</xades:EncapsulatedTimeStamp></xades141:ArchiveTimeStamp>`;

const found = (text: string, name: string): string =>
  new RegExp(`<xades:${name}[^]*?</xades:${name}>`).exec(text)?.[0].replace(/ Id="[^"]*"/, '') ?? '';

const tokenOf = (text: string): string =>
  /EncapsulatedTimeStamp[^>]*>([^<]*)</.exec(found(text, 'SignatureTimeStamp'))?.[1] ?? '';

const foreign = (size: number): string => `<x:Foo xmlns:x="urn:x">${'x'.repeat(size)}</x:Foo>`;

/** Base64 of authorities, each issued by the next. */
function chain(length: number): string[] {
  const authority = [basicConstraints({ ca: true }), keyUsage('keyCertSign', 'cRLSign')];
  const name = (index: number) => [{ C: 'DK' }, { CN: `Authority ${index}` }];
  let issuer = issue(name(0), authority);
  const all = [issuer];
  for (let index = 1; index < length; index++)
    all.unshift((issuer = issue(name(index), authority, { issuer })));
  return all.map(({ certificate }) => Buffer.from(certificate.der).toString('base64'));
}

const encapsulated = (name: string, base64: string): string =>
  `<xades:${name} xmlns:xades="${XADES}">${base64}</xades:${name}>`;

/** The first element `name` so many times. */
function multiplied(bytes: Uint8Array, name: string, count: number): Uint8Array {
  const text = Buffer.from(bytes).toString('utf8');
  const element = found(text, name);
  return Buffer.from(text.replace(element, () => element.repeat(count)));
}

type Make = () => Uint8Array | Promise<Uint8Array>;

export const hostileXml: Readonly<Record<string, Make>> = {
  'sixteen thousand namespaces': () => message(namespaces(16_000), ''),
  'a thousand namespaces and four thousand elements': () =>
    message(
      namespaces(1000),
      times(4000, (index) => `<p${index % 1000}:a/>`),
    ),
  'as many namespaces and elements as are taken': () =>
    scoped(NAMESPACES - 1, (index) => `<p${index % (NAMESPACES - 1)}:a/>`),
  'namespaces with long names that differ at their ends': () =>
    scoped(NAMESPACES - 1, (index) => `<p${index % (NAMESPACES - 1)}:a/>`, `urn:${'x'.repeat(240)}`),
  'prefixes that differ at their ends': () =>
    message(
      times(NAMESPACES - 1, (index) => ` xmlns:${'p'.repeat(1000)}${index}="urn:u"`),
      '<a/>'.repeat(110),
    ),
  'a namespace declared by each element': () => message('', '<a xmlns="urn:u"/>'.repeat(190_000)),
  'a hundred thousand attributes': () =>
    message(
      times(100_000, (index) => ` a${index}="x"`),
      '',
    ),
  'as many attributes as are taken': () =>
    message(
      namespaces(40, `urn:${'x'.repeat(240)}`),
      `<a${times(40, (index) => ` p${index}:a="" p${index}:b="" c${index}=""`)}/>`.repeat(1000),
    ),
  'attributes with long names': () =>
    message('', `<a${times(ATTRIBUTES, (index) => ` ${'n'.repeat(2000)}${index}=""`)}/>`.repeat(8)),
  'elements a million deep': () => message('', '<a>'.repeat(1_000_000) + '</a>'.repeat(1_000_000)),
  'two hundred thousand elements': () => message('', '<a/>'.repeat(199_990)),
  'a hundred thousand comments': () => message('', `<a>${'<!--x-->'.repeat(199_000)}</a>`),
  'sections that hide tags': () => message('', '<![CDATA[<a>]]>'.repeat(199_000)),
  'five million references to characters': () =>
    message(` a="${'&lt;'.repeat(2_500_000)}"`, '&gt;'.repeat(2_500_000)),
  'five million quotes': () => message(` a='${'"'.repeat(5_000_000)}'`, ''),
  'eight hundred signatures': () => signed(nested(20, 'x'.repeat(MB)), ids(20), 800),
  'fifty signatures, each over twenty elements within each other': () =>
    signed(nested(20, 'x'.repeat(2 * MB)), ids(20), 50),
  'fifty signatures, each over ten elements within each other, exclusively': () =>
    signed(nested(10, '<a/>'.repeat(20_000)), ids(10, [C14N_EXCLUSIVE]), 50),
  'fifty signatures, each over ten elements within each other, with xml:base': () =>
    signed(`<b xml:base="urn:x">${nested(10, '<a/>'.repeat(20_000))}</b>`, ids(10, [C14N_11]), 50),
  'fifty enveloped signatures': () =>
    signed('<a/>'.repeat(90_000), [{ uri: '', transforms: [ENVELOPED_SIGNATURE, C14N_EXCLUSIVE] }], 50),
  'a namespace that each of a hundred thousand elements repeats': () =>
    signed(`<b xmlns:p="urn:${'x'.repeat(240)}"><b Id="b0">${'<p:a/>'.repeat(99_000)}</b></b>`, [
      { uri: '#b0', transforms: [C14N_EXCLUSIVE] },
    ]),
  'ten thousand references': () => {
    const text = Buffer.from(signed('<b Id="b0"/>', ids(1, [C14N_10]))).toString('utf8');
    const [reference = ''] = /<ds:Reference[^]*<\/ds:Reference>/.exec(text) ?? [];
    return Buffer.from(text.replace(reference, () => reference.repeat(10_000)));
  },
  'a list of a million prefixes': () => {
    const text = Buffer.from(signed('<b Id="b0"/>', ids(1, [C14N_EXCLUSIVE]))).toString('utf8');
    const list = `<e:InclusiveNamespaces xmlns:e="${C14N_EXCLUSIVE}" PrefixList="${'a '.repeat(1_000_000)}"/>`;
    const transform = `<ds:Transform Algorithm="${C14N_EXCLUSIVE}"`;
    return Buffer.from(text.replace(`${transform}/>`, () => `${transform}>${list}</ds:Transform>`));
  },
  'ten thousand certificates of a signer': () => {
    const text = Buffer.from(signed('<b Id="b0"/>', ids(1))).toString('utf8');
    const [data = ''] = /<ds:X509Data>[^]*<\/ds:X509Data>/.exec(text) ?? [];
    return Buffer.from(text.replace(data, () => data.repeat(10_000)));
  },
  'base64 of thirty megabytes': () => certificateOf('QUJD'.repeat(7_500_000)),
  'base64 of thirty megabytes in lines': () => certificateOf(`${'QUJD'.repeat(19)}\r\n`.repeat(385_000)),
  'two hundred junk time-stamps behind a megabyte': () =>
    extended(() => foreign(MB) + archiveStamp('AAAA').repeat(200)),
  'ninety junk time-stamps behind four megabytes': () =>
    extended(() => foreign(4 * MB) + archiveStamp('AAAA').repeat(90)),
  'ninety time-stamps of something else, behind four megabytes': () =>
    extended((text) => foreign(4 * MB) + archiveStamp(tokenOf(text)).repeat(90)),
  'ninety-nine time-stamps that hold': () => extended((text) => found(text, 'SignatureTimeStamp').repeat(99)),
  'a thousand time-stamps that hold': () =>
    extended((text) => found(text, 'SignatureTimeStamp').repeat(1000)),
  'answers and certificates by the thousand, and ninety-nine time-stamps': () =>
    extended((text) => found(text, 'SignatureTimeStamp').repeat(98)).then((bytes) =>
      multiplied(multiplied(bytes, 'EncapsulatedOCSPValue', 3000), 'EncapsulatedX509Certificate', 3000),
    ),
  'as many answers as are taken, and ninety-nine time-stamps': () =>
    extended((text) => found(text, 'SignatureTimeStamp').repeat(98)).then((bytes) =>
      multiplied(bytes, 'EncapsulatedOCSPValue', MAX_VALUES - 20),
    ),
  'a chain of two hundred authorities': () =>
    extended(() => '').then((bytes) => {
      const text = Buffer.from(bytes).toString('utf8');
      const all = chain(200).map((one) => encapsulated('EncapsulatedX509Certificate', one));
      return Buffer.from(text.replace(/<xades:CertificateValues[^>]*>/, (start) => start + all.join('')));
    }),
};
