/**
 * XML for evidence: read once, by libxml2, without DTDs, entities, processing instructions or network, and from there on
 * plain data (tree.ts).
 */
import { ParseOption, XmlDocument as LibxmlDocument } from 'libxml2-wasm';
import type { SeglError } from '@segl/problem/errors';
import { adesProblems } from '../problems.ts';
import { canonicalOctets } from './c14n.ts';
import { lengthOf, positionWith, withoutTexts, withTexts, type PlainText } from './plain-text.ts';
import { DEFAULT_LIMITS, invalid, malformed, scanXml, type XmlLimits } from './scan.ts';
import { XmlDocument, type XmlElement } from './tree.ts';

export { DEFAULT_LIMITS, type XmlLimits } from './scan.ts';
export { XmlDocument, XmlElement } from './tree.ts';

/** libxml2 refuses text nodes above 10 million bytes unless told that documents are large. */
const LARGE = 10_000_000;
const LINE_FEED = 0x0a;

/**
 * Reads XML 1.0 in UTF-8. Throws XML_INVALID for what is not well-formed, not UTF-8, has a DTD or processing instructions,
 * has no canonical form, or is beyond a limit.
 */
export function parseXml(bytes: Uint8Array, limits: Partial<XmlLimits> = {}): XmlDocument {
  const texts = scanXml(bytes, { ...DEFAULT_LIMITS, ...limits });
  const canonical = read(bytes, texts, (document) =>
    canonicalOctets(document, { withComments: true }, bytes.length - lengthOf(texts)),
  );
  return new XmlDocument(withTexts(canonical, bytes, texts));
}

/** Hands libxml2's own document to `use`, and disposes of it. Throws XML_INVALID. */
export function withLibxml<T>(bytes: Uint8Array, use: (document: LibxmlDocument) => T): T {
  scanXml(bytes, DEFAULT_LIMITS);
  return read(bytes, [], use);
}

/** The document without some of its texts. */
function read<T>(bytes: Uint8Array, texts: readonly PlainText[], use: (document: LibxmlDocument) => T): T {
  const document = parse(bytes, texts);
  try {
    if (document.version !== '1.0') throw invalid(adesProblems.of('xml/version'));
    return use(document);
  } finally {
    document.dispose();
  }
}

function parse(bytes: Uint8Array, texts: readonly PlainText[]): LibxmlDocument {
  const size = bytes.length > LARGE ? ParseOption.XML_PARSE_HUGE : ParseOption.XML_PARSE_DEFAULT;
  const read = withoutTexts(bytes, texts);
  try {
    return LibxmlDocument.fromBuffer(read, {
      encoding: 'UTF-8',
      option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | size,
    });
  } catch (error) {
    // its messages quote the document and stay out
    const [first] = (error as { details?: { line: number; col: number }[] }).details ?? [];
    if (!first) throw invalid(adesProblems.of('xml/malformed'));
    if (texts.length === 0)
      throw invalid(adesProblems.of('xml/malformed-at', { line: first.line, column: first.col }));
    throw malformed(bytes, positionWith(texts, positionOf(read, first.line, first.col)));
  }
}

/** Where a line and a column are, both counted from 1. */
function positionOf(bytes: Uint8Array, line: number, column: number): number {
  let start = 0;
  for (let number = 1; number < line; number++) start = bytes.indexOf(LINE_FEED, start) + 1;
  return start + column - 1;
}

/** True when `element` is `name` of `namespace` ('' for none). */
export function isElement(element: XmlElement, namespace: string, name: string): boolean;
export function isElement(
  element: XmlElement | undefined,
  namespace: string,
  name: string,
): element is XmlElement;
export function isElement(element: XmlElement | undefined, namespace: string, name: string): boolean {
  return element?.name === name && element.namespaceUri === namespace;
}

/** The children `name` of `namespace`, in document order. */
export const findChildren = (parent: XmlElement, namespace: string, name: string): XmlElement[] =>
  parent.elements.filter((child) => isElement(child, namespace, name));

/** The one child `name` of `namespace`, or undefined. Throws XML_INVALID when there are several. */
export function findChild(parent: XmlElement, namespace: string, name: string): XmlElement | undefined {
  const [first, second] = findChildren(parent, namespace, name);
  if (second) throw invalid(adesProblems.of('xml/element-repeated', { parent: parent.name, name }));
  return first;
}

/** The one child `name` of `namespace`. Throws XML_INVALID when there is none or several. */
export function getChild(parent: XmlElement, namespace: string, name: string): XmlElement {
  const child = findChild(parent, namespace, name);
  if (!child) throw invalid(adesProblems.of('xml/element-missing', { parent: parent.name, name }));
  return child;
}

/** All elements `name` of `namespace` ('' for none) at or below `root`, in document order. */
export const findAll = (root: XmlElement, namespace: string, name: string): XmlElement[] =>
  root.all().filter((element) => isElement(element, namespace, name));

/**
 * Text of an element that holds nothing but text. Comments are left out, as canonicalization leaves them out, so that
 * the text is the one that was digested. Throws XML_INVALID when the element has child elements.
 */
export function textOf(element: XmlElement): string {
  if (element.elements.length > 0) throw notText(element);
  return element.ownText;
}

/** As `textOf`, but comments are refused too: for values that are decoded before they are compared. */
export function pureTextOf(element: XmlElement): string {
  if (element.hasComments) throw notText(element);
  return textOf(element);
}

const notText = ({ name }: XmlElement): SeglError => invalid(adesProblems.of('xml/not-text', { name }));

/**
 * The value of an element with xs:base64Binary. White space may stand anywhere; everything else is strict, down to the
 * unused bits of the last character, so that one value has one spelling. Comments are left out. Throws XML_INVALID naming
 * `what`, or the element when it has child elements.
 */
export function base64Of(element: XmlElement, what: string): Uint8Array {
  if (element.elements.length > 0) throw notText(element);
  const { document, open, close, hasComments } = element;
  const { octets } = document;
  if (!hasComments && !octets.subarray(open, close).includes('&')) {
    const read = (from: number, to: number): string =>
      octets.toString('latin1', open + from, Math.min(open + to, close));
    return decodeBase64(close - open, read, what);
  }
  const text = element.ownText;
  return decodeBase64(text.length, (from, to) => text.slice(from, to), what);
}

/** As `base64Of`, but comments are refused too. */
export function pureBase64Of(element: XmlElement, what: string): Uint8Array {
  if (element.hasComments) throw notText(element);
  return base64Of(element, what);
}

const PIECE = 64 << 10;

/** In pieces, because it may be a whole document. */
function decodeBase64(length: number, read: (from: number, to: number) => string, what: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(Math.ceil((length * 3) / 4));
  let [end, rest, isPadded] = [0, '', false];
  for (let at = 0; at < length; at += PIECE) {
    const compact = rest + read(at, at + PIECE).replace(/[ \t\r\n]+/g, '');
    const isLast = at + PIECE >= length;
    const whole = isLast ? compact : compact.slice(0, compact.length - (compact.length % 4));
    rest = compact.slice(whole.length);
    const start = end;
    end += bytes.write(whole, start, 'base64');
    if ((isPadded && compact !== '') || bytes.toString('base64', start, end) !== whole) {
      throw invalid(adesProblems.of('xml/not-base64', { what }));
    }
    isPadded ||= whole.endsWith('=');
  }
  return bytes.subarray(0, end);
}

/**
 * Elements by their Id, in whichever spelling of the attribute (ID, id, xml:id). Throws XMLDSIG_INVALID when a value
 * occurs twice: otherwise two readers could take the same reference for different elements. `ignoreCase`: values that
 * differ in case only are the same value.
 */
export function indexIds(
  document: XmlDocument,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): ReadonlyMap<string, XmlElement> {
  const known = ignoreCase ? idsIgnoringCase : ids;
  let read = known.get(document);
  if (!read) known.set(document, (read = readIds(document, ignoreCase)));
  if (read.repeated === undefined) return read.index;
  throw adesProblems.error('XMLDSIG_INVALID', {
    why: adesProblems.of('xmldsig/id-repeated', { id: read.repeated }),
  });
}

interface Ids {
  readonly index: ReadonlyMap<string, XmlElement>;
  readonly repeated?: string;
}

/** Of each document once, however many signatures it has. */
const ids = new WeakMap<XmlDocument, Ids>();
const idsIgnoringCase = new WeakMap<XmlDocument, Ids>();

function readIds({ elements }: XmlDocument, ignoreCase: boolean): Ids {
  const index = new Map<string, XmlElement>();
  const seen = new Set<string>();
  for (const element of elements) {
    for (const { name, value: id } of element.attributes) {
      if (name.toLowerCase() !== 'id') continue;
      const key = ignoreCase ? id.toLowerCase() : id;
      if (seen.has(key)) return { index, repeated: id };
      seen.add(key);
      index.set(id, element);
    }
  }
  return { index };
}
