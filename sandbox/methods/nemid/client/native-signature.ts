/**
 * Writes the native message as the JavaScript client does: every element is emitted in its C14N 1.0 form, so what is
 * digested are the very bytes of the file.
 */
import { createHash, sign, type KeyObject } from 'node:crypto';

export interface SignatureProperty {
  readonly name: string;
  /** With encoding `base64` the bytes (or text, as UTF-8) to encode; with `xml` the text itself. */
  readonly value: Uint8Array | string;
  readonly encoding: 'base64' | 'xml';
  readonly visible: boolean;
}

/** The JavaScript client and CodeFile write the same message with other ids, and certificates in another order. */
export type NativeVariant = 'js' | 'codefile';

const VARIANTS = {
  js: { id: 'signature', target: 'signature' },
  codefile: { id: 'OpensignSignature', target: '#OpensignSignature' },
} as const;

/** DER: leaf, issuing CA, root. */
export type SignerCertificates = readonly [leaf: Uint8Array, issuer: Uint8Array, root: Uint8Array];

export interface NativeSignatureInput {
  readonly properties: readonly SignatureProperty[];
  readonly key: KeyObject;
  readonly certificates: SignerCertificates;
}

/** A message that only lacks its signature. */
export interface PreparedSignature {
  /** What is to be signed with RSA PKCS#1 v1.5 and SHA-256. */
  readonly signedInfo: Uint8Array;
  /** The complete message in UTF-8. */
  readonly complete: (signature: Uint8Array) => Uint8Array;
}

// C14N writes the namespaces in scope on the top element of a subtree, sorted by prefix
const IN_SCOPE =
  'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:openoces="http://www.openoces.org/2006/07/signature#"';

/** The complete message in UTF-8: `openoces:signature` with one RSA-SHA256 signature over `ToBeSigned`. */
export function writeNativeSignature({ properties, key, certificates }: NativeSignatureInput): Uint8Array {
  const { signedInfo, complete } = prepareNativeSignature({ properties, certificates, variant: 'js' });
  return complete(sign('sha256', signedInfo, key));
}

/** The message of either client, for a key that is elsewhere. */
export function prepareNativeSignature(input: {
  readonly properties: readonly SignatureProperty[];
  readonly certificates: SignerCertificates;
  readonly variant: NativeVariant;
}): PreparedSignature {
  const { id, target } = VARIANTS[input.variant];
  const toBeSigned = writeToBeSigned(input.properties, target);
  const digest = createHash('sha256').update(toBeSigned, 'utf8').digest('base64');
  const signedInfo = writeSignedInfo(digest);
  const [leaf, issuer, root] = input.certificates;
  const order = input.variant === 'js' ? [issuer, leaf, root] : [leaf, issuer, root];
  return {
    signedInfo: Buffer.from(signedInfo, 'utf8'),
    complete: (signature) =>
      Buffer.from(
        '<?xml version="1.0" encoding="UTF-8" ?>\n' +
          '<openoces:signature xmlns:openoces="http://www.openoces.org/2006/07/signature#" version="0.1">' +
          `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="${id}">\n` +
          `${signedInfo}\n` +
          `<ds:SignatureValue>\n${base64Lines(signature)}\n</ds:SignatureValue>\n` +
          `<ds:KeyInfo>\n${order.map(writeCertificate).join('')}</ds:KeyInfo>\n` +
          `${toBeSigned}\n</ds:Signature></openoces:signature>\n`,
        'utf8',
      ),
  };
}

function writeSignedInfo(digest: string): string {
  return (
    `<ds:SignedInfo ${IN_SCOPE}>\n` +
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></ds:CanonicalizationMethod>\n' +
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>\n' +
    '<ds:Reference URI="#ToBeSigned">\n' +
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>\n' +
    `<ds:DigestValue>${digest}</ds:DigestValue>\n` +
    '</ds:Reference>\n' +
    '</ds:SignedInfo>'
  );
}

function writeToBeSigned(properties: readonly SignatureProperty[], target: string): string {
  // what the signer sees comes first, as in real messages
  const ordered = [...properties].sort((a, b) => Number(b.visible) - Number(a.visible));
  return (
    `<ds:Object ${IN_SCOPE} Id="ToBeSigned"><ds:SignatureProperties>\n` +
    `${ordered.map((property) => writeProperty(property, target)).join('')}</ds:SignatureProperties></ds:Object>`
  );
}

function writeProperty({ name, value, encoding, visible }: SignatureProperty, target: string): string {
  const content =
    encoding === 'base64'
      ? Buffer.from(value).toString('base64')
      : escapeText(typeof value === 'string' ? value : Buffer.from(value).toString('utf8'));
  return (
    `<ds:SignatureProperty Target="${target}"><openoces:Name>${escapeText(name)}</openoces:Name>` +
    `<openoces:Value Encoding="${encoding}" VisibleToSigner="${visible ? 'yes' : 'no'}">${content}</openoces:Value>` +
    '</ds:SignatureProperty>\n'
  );
}

function writeCertificate(der: Uint8Array): string {
  return (
    '<ds:X509Data>\n<ds:X509Certificate>\n' +
    `${base64Lines(der)}\n` +
    '</ds:X509Certificate>\n</ds:X509Data>\n'
  );
}

function base64Lines(bytes: Uint8Array): string {
  return (
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,76}/g)
      ?.join('\n') ?? ''
  );
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;' };

// everything that XML 1.0 has no character for, lone surrogates included
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu;

/** Text as C14N writes it. What XML cannot carry becomes U+FFFD; such values need the base64 encoding. */
function escapeText(text: string): string {
  return text.replace(NOT_XML, '\ufffd').replace(/[&<>\r]/g, (character) => ESCAPES[character] ?? character);
}
