/**
 * The signature message of NemID and OpenSign: `openoces:signature` around one XMLDSig signature over the object
 * ToBeSigned, which holds named properties. Everything is read from the very nodes whose digests were verified.
 */
import { XmlXPath, type XmlDocument, type XmlElement } from 'libxml2-wasm';
import {
  attribute,
  childElements,
  decodeBase64,
  getChild,
  isElement,
  pureTextOf,
  withXml,
} from '../../ades/xml/document.ts';
import { verifyXmlSignature, type VerifiedXmlSignature } from '../../ades/xml/xmldsig.ts';
import { isSeglError, SeglError } from '../../errors.ts';
import { parseCertificate, type Certificate } from '../../pki/certificate.ts';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
/** The second is that of the first OpenSign release. */
const OPENOCES = ['http://www.openoces.org/2006/07/signature#', 'http://www.openoces.org/2003/10/signature#'];
const TO_BE_SIGNED = 'ToBeSigned';

const signatures = XmlXPath.compile('//ds:Signature', { ds: DS });

export interface NativeProperty {
  /** As written; clients differ in case. */
  readonly name: string;
  /** Decoded by its encoding. */
  readonly value: Uint8Array;
  /** The signer was shown it. */
  readonly visible: boolean;
}

/** A document that is signed beside the properties, as OpenSign does for PDFs (`signText`) and `attachment-N`. */
export interface SignedObject {
  readonly id: string;
  readonly mimeType?: string;
  readonly title?: string;
  readonly bytes: Uint8Array;
}

export interface NativeMessage {
  readonly leaf: Certificate;
  /** DER of all certificates in the message, in its order, the leaf among them. */
  readonly certificates: readonly Uint8Array[];
  /** By name in lower case. */
  readonly properties: ReadonlyMap<string, NativeProperty>;
  readonly objects: readonly SignedObject[];
  /** Algorithm URI of SignatureMethod. */
  readonly signatureAlgorithm: string;
}

/** A property as text (UTF-8); `name` in lower case. */
export function propertyText(message: NativeMessage, name: string): string | undefined {
  const value = message.properties.get(name)?.value;
  return value && Buffer.from(value).toString('utf8');
}

const refused = (check: 'message' | 'core', why: string, cause?: unknown): SeglError =>
  new SeglError('NATIVE_SIGNATURE_REFUSED', { check, why }, { cause });

/**
 * Reads a message of any client (JavaScript, CodeFile, OpenSign) and verifies its XMLDSig core. Throws
 * NATIVE_SIGNATURE_REFUSED with check `message` for what is not such a message, or one that could be read in two ways,
 * and `core` when digest or signature are wrong. Trust in the certificate is not looked at here.
 */
export function readNativeMessage(bytes: Uint8Array): NativeMessage {
  try {
    return withXml(bytes, readDocument);
  } catch (error) {
    if (isSeglError(error, 'XML_INVALID')) throw refused('message', String(error.params['why']), error);
    if (isSeglError(error, 'XMLDSIG_INVALID')) throw refused('core', String(error.params['why']), error);
    throw error;
  }
}

function readDocument(document: XmlDocument): NativeMessage {
  const { root } = document;
  const namespace = OPENOCES.find((uri) => isElement(root, uri, 'signature'));
  if (!namespace) throw refused('message', 'its root is not openoces:signature');
  const [signature, ...others] = childElements(root);
  if (!isElement(signature, DS, 'Signature') || others.length > 0) {
    throw refused('message', 'it must hold one ds:Signature and nothing else');
  }
  if (document.find(signatures).length > 1) throw refused('message', 'it has a signature within another');
  let certificates: Certificate[] = [];
  const verified = verifyXmlSignature(signature, {
    pickCertificate(ders) {
      certificates = ders.map(readCertificate);
      return pickLeaf(certificates).der;
    },
  });
  return {
    leaf: pickLeaf(certificates),
    certificates: verified.certificates,
    ...readObjects(signature, verified, namespace),
    signatureAlgorithm: verified.signatureAlgorithm,
  };
}

/** The leaf by what it is, since clients list certificates in any order: the one for signatures that is no CA. */
function pickLeaf(certificates: readonly Certificate[]): Certificate {
  const [leaf, another] = certificates.filter(
    ({ isCa, keyUsage }) => !isCa && keyUsage?.has('digitalSignature'),
  );
  if (!leaf) throw refused('message', "it has no signer's certificate");
  if (another) throw refused('message', "it has more than one signer's certificate");
  return leaf;
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return parseCertificate(der);
  } catch (error) {
    throw refused('message', 'one of its certificates cannot be read', error);
  }
}

/** Every ds:Object must be covered by a reference of its own, and every reference must cover one. */
function readObjects(signature: XmlElement, { references }: VerifiedXmlSignature, namespace: string) {
  const children = childElements(signature).filter((child) => isElement(child, DS, 'Object'));
  const signed = references.map(({ element }) => element);
  const known = (element: XmlElement): boolean => children.some((child) => child.isSameNode(element));
  const covered = (child: XmlElement): boolean => signed.some((element) => element.isSameNode(child));
  if (!signed.every(known)) throw refused('message', 'it signs something other than its objects');
  if (!children.every(covered)) throw refused('message', 'it has an object that is not signed');
  const named = signed.filter((element) => attribute(element, 'Id') === TO_BE_SIGNED);
  const [toBeSigned] = named;
  if (!toBeSigned || named.length > 1) throw refused('message', 'it must sign one object ToBeSigned');
  return {
    properties: readProperties(toBeSigned, namespace),
    objects: signed.filter((element) => !element.isSameNode(toBeSigned)).map(readObject),
  };
}

function readProperties(toBeSigned: XmlElement, namespace: string): Map<string, NativeProperty> {
  const [list, ...others] = childElements(toBeSigned);
  if (!isElement(list, DS, 'SignatureProperties') || others.length > 0) {
    throw refused('message', 'ToBeSigned must hold signature properties and nothing else');
  }
  const properties = new Map<string, NativeProperty>();
  for (const child of childElements(list)) {
    if (!isElement(child, DS, 'SignatureProperty'))
      throw refused('message', `it has a property ${child.name}`);
    const property = readProperty(child, namespace);
    const key = property.name.toLowerCase();
    if (properties.has(key)) throw refused('message', `its property ${property.name} occurs more than once`);
    properties.set(key, property);
  }
  return properties;
}

function readProperty(element: XmlElement, namespace: string): NativeProperty {
  if (childElements(element).length !== 2)
    throw refused('message', 'a property must be one name and one value');
  const name = pureTextOf(getChild(element, namespace, 'Name'));
  const value = getChild(element, namespace, 'Value');
  return {
    name,
    value: decode(name, pureTextOf(value), attribute(value, 'Encoding')),
    visible: attribute(value, 'VisibleToSigner') === 'yes',
  };
}

/** The schema's default encoding is base64. The token of "remember user id" says base64 but is meant as it stands. */
function decode(name: string, content: string, encoding = 'base64'): Uint8Array {
  if (encoding === 'xml' || name === 'rememberUseridToken') return Buffer.from(content, 'utf8');
  if (encoding === 'base64') return decodeBase64(content, `the property ${name}`);
  throw refused('message', `the encoding of its property ${name} is unknown`);
}

function readObject(element: XmlElement): SignedObject {
  const id = attribute(element, 'Id') ?? '';
  const mimeType = attribute(element, 'MimeType');
  const title = attribute(element, 'OrigTitle');
  const content = pureTextOf(element);
  const base64 = attribute(element, 'Encoding') === 'base64';
  return {
    id,
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(title === undefined ? {} : { title }),
    bytes: base64 ? decodeBase64(content, `the object ${id}`) : Buffer.from(content, 'utf8'),
  };
}
