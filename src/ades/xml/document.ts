/**
 * XML for evidence: read once, by libxml2, without DTDs, entities, processing instructions or network, and from there on
 * plain data (tree.ts).
 */
import { ParseOption, XmlDocument as LibxmlDocument, XmlXPath } from 'libxml2-wasm';
import { SeglError } from '../../errors.ts';
import { canonicalOctets } from './c14n.ts';
import { XmlDocument, type XmlElement } from './tree.ts';

export { XmlDocument, XmlElement } from './tree.ts';

export interface XmlLimits {
  /** Largest document, in bytes. */
  readonly bytes: number;
  /** Deepest nesting of elements. */
  readonly depth: number;
  /** Most tags (start and end tags each count). */
  readonly tags: number;
}

/** Room for a 60 MB document inside a package; far beyond what signatures and packages need in structure. */
export const DEFAULT_LIMITS: XmlLimits = { bytes: 160 << 20, depth: 100, tags: 200_000 };

/** libxml2 refuses text nodes above 10 million bytes unless told that documents are large. */
const LARGE = 10_000_000;

const instructions = XmlXPath.compile('//processing-instruction()');

/** Compiled once a limit: is there an element one level below it? */
const depthChecks = new Map<number, XmlXPath>();

function invalid(why: string): SeglError {
  return new SeglError('XML_INVALID', { why });
}

/**
 * Reads XML 1.0 in UTF-8. Throws XML_INVALID for what is not well-formed, not UTF-8, has a DTD or processing instructions,
 * has no canonical form, or is too large.
 */
export const parseXml = (bytes: Uint8Array, limits: Partial<XmlLimits> = {}): XmlDocument =>
  withLibxml(bytes, (document) => new XmlDocument(canonicalOctets(document, { withComments: true })), limits);

/** Hands libxml2's own document to `use`, and disposes of it. Throws XML_INVALID. */
export function withLibxml<T>(
  bytes: Uint8Array,
  use: (document: LibxmlDocument) => T,
  limits: Partial<XmlLimits> = {},
): T {
  const { bytes: maxBytes, depth, tags } = { ...DEFAULT_LIMITS, ...limits };
  if (bytes.length === 0) throw invalid('there is nothing in it');
  if (bytes.length > maxBytes) throw invalid(`it is larger than ${maxBytes} bytes`);
  checkProlog(bytes);
  checkTags(bytes, tags);
  const document = parse(bytes);
  try {
    if (document.version !== '1.0') throw invalid('it is not XML 1.0');
    checkTree(document, bytes, depth);
    checkNamespaces(document, bytes);
    return use(document);
  } finally {
    document.dispose();
  }
}

function parse(bytes: Uint8Array): LibxmlDocument {
  const size = bytes.length > LARGE ? ParseOption.XML_PARSE_HUGE : ParseOption.XML_PARSE_DEFAULT;
  try {
    return LibxmlDocument.fromBuffer(bytes, {
      encoding: 'UTF-8',
      option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | size,
    });
  } catch (error) {
    throw invalid(`it is not well-formed${position(error)}`);
  }
}

/** Where libxml2 stumbled; its messages quote the document and stay out. */
function position(error: unknown): string {
  const [first] = (error as { details?: { line: number; col: number }[] }).details ?? [];
  return first ? ` (line ${first.line}, column ${first.col})` : '';
}

/**
 * Looks at what stands before the root element. A DTD is refused before libxml2 reads it, and so is every encoding but
 * UTF-8, because a reader that believes the declaration and one that does not would see two documents.
 */
function checkProlog(bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.includes(0)) throw invalid('it is not UTF-8');
  let at = buffer.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)) ? 3 : 0;
  for (;;) {
    while (at < buffer.length && isSpace(buffer[at])) at++;
    const [open, close] = startsWith(buffer, at, '<?')
      ? ['<?', '?>']
      : startsWith(buffer, at, '<!--')
        ? ['<!--', '-->']
        : ['', ''];
    if (!open) break;
    const end = buffer.indexOf(close, at + open.length);
    if (end < 0) throw invalid('it is not well-formed');
    checkDeclaration(buffer.toString('latin1', at, end));
    at = end + close.length;
  }
  if (startsWith(buffer, at, '<!')) throw invalid('it has a DTD');
}

function checkDeclaration(text: string): void {
  const encoding = /^<\?xml\s[^]*\sencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding)) throw invalid('it is not UTF-8');
}

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

const startsWith = (buffer: Buffer, at: number, text: string): boolean =>
  buffer.toString('latin1', at, at + text.length) === text;

function checkTags(bytes: Uint8Array, limit: number): void {
  let count = 0;
  for (let at = bytes.indexOf(0x3c); at >= 0; at = bytes.indexOf(0x3c, at + 1)) {
    if (++count > limit) throw invalid(`it has more than ${limit} tags`);
  }
}

/** Looks for instructions and for depth, unless the bytes show that there can be none: most documents are plain. */
function checkTree(document: LibxmlDocument, bytes: Uint8Array, depth: number): void {
  const plain = depthOfPlain(bytes);
  if (plain !== undefined && plain <= depth) return;
  if (document.find(instructions).length > 0) throw invalid('it has a processing instruction');
  checkDepth(document, depth);
}

/**
 * The most that elements can be nested in well-formed XML that has, behind its declaration, neither instructions nor
 * comments nor CDATA; undefined for all other. Empty-element tags count as if they stayed open.
 */
function depthOfPlain(bytes: Uint8Array): number | undefined {
  let open = 0;
  let deepest = 0;
  const head = Buffer.from(bytes.subarray(0, 9)).toString('latin1');
  const start = /^(\xef\xbb\xbf)?<\?xml\s/.test(head) ? bytes.indexOf(GREATER) : 0;
  for (let at = bytes.indexOf(LESS, start); at >= 0; at = bytes.indexOf(LESS, at + 1)) {
    const next = bytes[at + 1];
    if (next === QUESTION || next === EXCLAMATION) return undefined;
    if (next === SLASH) open--;
    else deepest = Math.max(deepest, ++open);
  }
  return deepest;
}

const [LESS, GREATER, QUESTION, EXCLAMATION, SLASH] = [0x3c, 0x3e, 0x3f, 0x21, 0x2f] as const;

function checkDepth(document: LibxmlDocument, limit: number): void {
  let tooDeep = depthChecks.get(limit);
  if (!tooDeep) depthChecks.set(limit, (tooDeep = XmlXPath.compile(`boolean(${'/*'.repeat(limit + 1)})`)));
  if (document.eval(tooDeep) === true) throw invalid(`its elements are nested more than ${limit} deep`);
}

const oddNamespaces = XmlXPath.compile(
  `boolean(//namespace::*[${['"&"', '"<"', `'"'`, '"\t"', '"\n"', '"\r"'].map((one) => `contains(., ${one})`).join(' or ')}])`,
);

/**
 * libxml2 canonicalizes the URI of a namespace as it is, where Canonical XML 1.0 section 2.3 has it escaped: whoever may put
 * markup there could make one document look like another.
 */
function checkNamespaces(document: LibxmlDocument, bytes: Uint8Array): void {
  if (mayHaveOddNamespace(bytes) && document.eval(oddNamespaces) === true) {
    throw invalid('the name of a namespace has one of the characters & < " or a line end');
  }
}

/** Some `xmlns…=` is followed by a value with a reference or a double quote in it. */
function mayHaveOddNamespace(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = buffer.indexOf('xmlns'); at >= 0; at = buffer.indexOf('xmlns', at + 1)) {
    let start = buffer.indexOf('=', at) + 1;
    while (isSpace(buffer[start])) start++;
    const end = buffer.indexOf(buffer[start] ?? 0, start + 1);
    const value = buffer.subarray(start + 1, Math.max(start, end));
    if (value.includes('&') || value.includes('"')) return true;
  }
  return false;
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
  if (second) throw invalid(`${parent.name} has more than one ${name}`);
  return first;
}

/** The one child `name` of `namespace`. Throws XML_INVALID when there is none or several. */
export function getChild(parent: XmlElement, namespace: string, name: string): XmlElement {
  const child = findChild(parent, namespace, name);
  if (!child) throw invalid(`${parent.name} has no ${name}`);
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

const notText = ({ name }: XmlElement): SeglError => invalid(`${name} must hold nothing but text`);

/**
 * Decodes xs:base64Binary. White space may stand anywhere; everything else is strict, down to the unused bits of the
 * last character, so that one value has one spelling. Throws XML_INVALID naming `what`.
 */
export function decodeBase64(text: string, what: string): Uint8Array {
  const compact = text.replace(/[ \t\r\n]+/g, '');
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.toString('base64') !== compact) throw invalid(`${what} is not base64`);
  return bytes;
}

/**
 * Elements by their Id, in whichever spelling of the attribute (ID, id, xml:id). Throws XMLDSIG_INVALID when a value
 * occurs twice: otherwise two readers could take the same reference for different elements. `ignoreCase`: values that
 * differ in case only are the same value.
 */
export function indexIds(
  { elements }: XmlDocument,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
): Map<string, XmlElement> {
  const index = new Map<string, XmlElement>();
  const seen = new Set<string>();
  for (const element of elements) {
    for (const { name, value: id } of element.attributes) {
      if (name.toLowerCase() !== 'id') continue;
      const key = ignoreCase ? id.toLowerCase() : id;
      if (seen.has(key)) {
        throw new SeglError('XMLDSIG_INVALID', { why: `the Id ${id} occurs more than once`, part: 'ids' });
      }
      seen.add(key);
      index.set(id, element);
    }
  }
  return index;
}
