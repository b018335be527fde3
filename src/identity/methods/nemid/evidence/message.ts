/**
 * The signature message of NemID and OpenSign: `openoces:signature` around one XMLDSig signature over the object
 * ToBeSigned, which holds named properties. Everything is read from the very nodes whose digests were verified.
 */
import { nemidProblems } from '../problems.ts';
import { RSA_SHA1, RSA_SHA256, SHA1, SHA256 } from '@segl/ades/xml/algorithms';
import { C14N_10, C14N_EXCLUSIVE } from '@segl/ades/xml/c14n';
import {
  findAll,
  isElement,
  parseXml,
  pureBase64Of,
  pureTextOf,
  type XmlDocument,
  type XmlElement,
} from '@segl/ades/xml/document';
import {
  verifyXmlSignature,
  type VerifiedReference,
  type VerifiedXmlSignature,
} from '@segl/ades/xml/xmldsig';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import type { Certificate } from '@segl/pki/x509/certificate';
import type { ReadingCheck } from './checks.ts';
import { readProperties, type NativeProperty } from '../client/properties.ts';
import { refused } from '../refusal.ts';
import { pickLeaf, readCertificates } from './signer-certificate.ts';
import { indicationOf } from '@segl/ades/validation/fault-findings';
import type { SubIndication } from '@segl/ades/validation/reports/report';

export type { NativeProperty };

const DS = 'http://www.w3.org/2000/09/xmldsig#';
/** The second is that of the first OpenSign release. */
const OPENOCES = ['http://www.openoces.org/2006/07/signature#', 'http://www.openoces.org/2003/10/signature#'];
const TO_BE_SIGNED = 'ToBeSigned';

/** What clients name, and nothing else. */
const ALGORITHMS: ReadonlySet<string> = new Set([RSA_SHA256, SHA256, C14N_10, C14N_EXCLUSIVE]);
const LEGACY_ALGORITHMS: ReadonlySet<string> = new Set([...ALGORITHMS, RSA_SHA1, SHA1]);

/**
 * Messages are flat and have few elements and namespaces, however large the documents in them. How large that may be, those
 * know who know the documents (verify.ts).
 */
export const LIMITS = { depth: 20, tags: 10_000, namespaces: 20 };

/** Which check a fault of the XML signature belongs to, by what it amounts to; all others: `message`. */
const CHECK_OF: Readonly<Partial<Record<SubIndication, ReadingCheck>>> = {
  CRYPTO_CONSTRAINTS_FAILURE_NO_POE: 'algorithms',
  SIG_CRYPTO_FAILURE: 'core',
  HASH_FAILURE: 'core',
};

function checkOf(why: Problem): ReadingCheck {
  const [, check, subIndication] = indicationOf(why);
  return check === 'unique-ids' ? check : (CHECK_OF[subIndication] ?? 'message');
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
  readonly signatureValue: Uint8Array;
  /** The octets that it is over. */
  readonly signedInfo: Uint8Array;
  /** Algorithm URIs of the references, each once. */
  readonly digestAlgorithms: readonly string[];
}

export interface ReadOptions {
  /** Also read what OCES I signed, with SHA-1: only to judge old messages at their time. */
  readonly allowSha1?: boolean;
}

/** A property as text (UTF-8); `name` in lower case. */
export function propertyText(message: Pick<NativeMessage, 'properties'>, name: string): string | undefined {
  const value = message.properties.get(name)?.value;
  return value && Buffer.from(value).toString('utf8');
}

/** Whether it looks like a message, by its first bytes; reading it tells. */
export const isNativeMessage = (bytes: Uint8Array): boolean =>
  OPENOCES.some((uri) => Buffer.from(bytes.subarray(0, 4_096)).includes(`"${uri}"`));

/**
 * Reads a message of any client (JavaScript, CodeFile, OpenSign) and verifies its XMLDSig core. Throws
 * NATIVE_SIGNATURE_REFUSED {check, why} with the first of the reading checks that fails, for what is no such message,
 * could be read in two ways, or was changed. Trust in the certificate is not looked at here.
 */
export function readNativeMessage(bytes: Uint8Array, options: ReadOptions = {}): NativeMessage {
  try {
    return readDocument(parseXml(bytes, LIMITS), options);
  } catch (error) {
    if (isSeglError(error, 'XML_INVALID')) throw refused('message', reasonOf(error), error);
    if (isSeglError(error, 'XMLDSIG_INVALID')) {
      const why = reasonOf(error);
      throw refused(checkOf(why), why, error);
    }
    throw error;
  }
}

function readDocument(document: XmlDocument, { allowSha1 = false }: ReadOptions): NativeMessage {
  const { root } = document;
  const namespace = OPENOCES.find((uri) => isElement(root, uri, 'signature'));
  if (!namespace) throw refused('message', nemidProblems.of('nemid/root'));
  const [signature, ...others] = root.elements;
  if (!isElement(signature, DS, 'Signature') || others.length > 0) {
    throw refused('message', nemidProblems.of('nemid/not-one-signature'));
  }
  if (findAll(root, DS, 'Signature').length > 1)
    throw refused('message', nemidProblems.of('nemid/nested-signature'));
  let leaf: Certificate | undefined;
  const verified = verifyXmlSignature(signature, {
    pickCertificate: (ders) => (leaf = pickLeaf(readCertificates(ders))),
    algorithms: allowSha1 ? LEGACY_ALGORITHMS : ALGORITHMS,
    allowSha1,
    idsIgnoreCase: true,
  });
  const { toBeSigned, others: objects } = sortObjects(signature, verified);
  return {
    leaf: leaf!,
    certificates: verified.certificates,
    properties: readProperties(toBeSigned.element, namespace),
    objects: objects.map(({ element }) => readObject(element)),
    signatureAlgorithm: verified.signatureAlgorithm,
    signatureValue: verified.signatureValue,
    signedInfo: verified.signedInfo,
    digestAlgorithms: [...new Set(verified.references.map(({ digestAlgorithm }) => digestAlgorithm))],
  };
}

/** Every ds:Object must be covered by a reference of its own, and every reference must cover one. */
function sortObjects(
  signature: XmlElement,
  { references }: VerifiedXmlSignature,
): { readonly toBeSigned: VerifiedReference; readonly others: readonly VerifiedReference[] } {
  const unfit = (why: Problem) => refused('signed-objects', why);
  const children = signature.elements.filter((child) => isElement(child, DS, 'Object'));
  const known = (element: XmlElement): boolean => children.includes(element);
  const covered = (child: XmlElement): boolean => references.some(({ element }) => element === child);
  if (!references.every(({ element }) => known(element))) {
    throw unfit(nemidProblems.of('nemid/signs-others'));
  }
  if (!children.every(covered)) throw unfit(nemidProblems.of('nemid/unsigned-object'));
  const toBeSigned = references.find(({ element }) => element.attribute('Id') === TO_BE_SIGNED);
  if (!toBeSigned) throw unfit(nemidProblems.of('nemid/no-to-be-signed'));
  return { toBeSigned, others: references.filter((reference) => reference !== toBeSigned) };
}

function readObject(element: XmlElement): SignedObject {
  const id = element.attribute('Id') ?? '';
  const mimeType = element.attribute('MimeType');
  const title = element.attribute('OrigTitle');
  return {
    id,
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(title === undefined ? {} : { title }),
    bytes: readContent(element, id),
  };
}

function readContent(element: XmlElement, id: string): Uint8Array {
  try {
    const isBase64 = element.attribute('Encoding') === 'base64';
    return isBase64 ? pureBase64Of(element, `Object ${id}`) : Buffer.from(pureTextOf(element), 'utf8');
  } catch (error) {
    if (!isSeglError(error, 'XML_INVALID')) throw error;
    throw refused('signed-objects', reasonOf(error), error);
  }
}
