/**
 * Canonical XML 1.0 and 1.1, inclusive and exclusive, without comments, of a document that libxml2 canonicalized once as a
 * whole: what differs for a part of it is only which namespaces and xml: attributes its start tags name.
 */
import { XmlC14NMode, XmlDocument as LibxmlDocument, type XmlElement as LibxmlElement } from 'libxml2-wasm';
import { adesProblems } from '../problems.ts';
import { XML_NAMESPACE, type XmlAttribute, type XmlDocument, type XmlElement } from './tree.ts';

export const C14N_10 = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
export const C14N_11 = 'http://www.w3.org/2006/12/xml-c14n11';
export const C14N_EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';

/** Algorithm identifiers as CanonicalizationMethod and Transform write them. */
const algorithms = [C14N_10, C14N_11, C14N_EXCLUSIVE] as const;
export type C14nAlgorithm = (typeof algorithms)[number];

export const isC14nAlgorithm = (uri: string): uri is C14nAlgorithm =>
  (algorithms as readonly string[]).includes(uri);

/**
 * Canonical octets of an element in its context (namespaces and xml: attributes of its ancestors). `prefixes` are the
 * InclusiveNamespaces of exclusive canonicalization, `#default` among them if wanted. Throws XML_INVALID when the document
 * has been canonicalized too often.
 */
export function canonicalize(
  element: XmlElement,
  algorithm: C14nAlgorithm,
  prefixes: readonly string[] = [],
): Uint8Array {
  if (algorithm === C14N_EXCLUSIVE) return exclusive(element, prefixes);
  const { document, parent } = element;
  if (algorithm === C14N_11 && hasBase(parent)) return canonicalizeByLibxml(element);
  document.parseLimits.spend(element.end - element.start);
  const output = new Output(document);
  if (parent) {
    output.write(startTag(element, algorithm));
    output.copy(element.open, element.end);
  } else output.copy(element.start, element.end);
  return output.octets();
}

/** Canonical octets of the whole document but for the elements that are `left` out, and what is in them. */
export function canonicalizeWithout(
  document: XmlDocument,
  left: (element: XmlElement) => boolean,
  algorithm: C14nAlgorithm,
  prefixes: readonly string[] = [],
): Uint8Array {
  const { root, elements } = document;
  if (left(root)) return new Uint8Array();
  if (algorithm === C14N_EXCLUSIVE) return exclusive(root, prefixes, left);
  document.parseLimits.spend(document.octets.length);
  const output = new Output(document);
  let at = root.start;
  for (const element of elements) {
    if (element.start < at || !left(element)) continue;
    output.copy(at, element.start);
    at = element.end;
  }
  output.copy(at, root.end);
  return output.octets();
}

/** From here on a piece of a document is kept as a view, and not made text together with what is around it. */
const LARGE_PIECE = 4096;

/** Canonical octets, put together from texts and pieces of a document without comments. */
class Output {
  readonly #document: XmlDocument;
  readonly #pieces: Uint8Array[] = [];
  #text = '';
  /** What of the document comes next, and is not put to the rest yet. */
  #start = 0;
  #end = 0;

  constructor(document: XmlDocument) {
    this.#document = document;
  }

  write(text: string): void {
    this.#finishCopy();
    this.#text += text;
  }

  copy(start: number, end: number): void {
    if (start !== this.#end) {
      this.#finishCopy();
      this.#start = start;
    }
    this.#end = end;
  }

  /** All of it; a view where it is one piece of the document. */
  octets(): Uint8Array {
    this.#finishCopy();
    this.#finishText();
    const [only, ...more] = this.#pieces;
    return only && more.length === 0 ? only : Buffer.concat(this.#pieces);
  }

  #finishCopy(): void {
    const document = this.#document;
    for (const [from, to] of document.pieces(this.#start, this.#end)) {
      if (to - from < LARGE_PIECE) this.#text += document.text(from, to);
      else {
        this.#finishText();
        this.#pieces.push(document.octets.subarray(from, to));
      }
    }
    this.#start = this.#end;
  }

  #finishText(): void {
    if (this.#text !== '') this.#pieces.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

const codePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const declaration = (prefix: string, uri: string): string =>
  ` xmlns${prefix === '' ? '' : `:${prefix}`}="${uri}"`;

const qualifiedName = ({ prefix, name }: { readonly prefix: string; readonly name: string }): string =>
  prefix === '' ? name : `${prefix}:${name}`;

const tagText = (
  element: XmlElement,
  namespaces: Iterable<readonly [string, string]>,
  attributes: readonly XmlAttribute[],
): string =>
  [
    `<${qualifiedName(element)}`,
    ...[...namespaces].sort(([a], [b]) => codePoints(a, b)).map(([prefix, uri]) => declaration(prefix, uri)),
    ...attributes.map(({ text }) => text),
    '>',
  ].join('');

/**
 * The start tag of an element whose ancestors are left out: with all namespaces that are in scope and, of the xml: attributes
 * of its ancestors, the nearest of each (Canonical XML 1.0 section 2.4; 1.1 has the simple inheritable ones only).
 */
function startTag(element: XmlElement, algorithm: typeof C14N_10 | typeof C14N_11): string {
  const scope = new Map<string, string>();
  const inherited = new Map<string, XmlAttribute>();
  for (let one = element.scope; one; one = one.outer)
    if (!scope.has(one.prefix)) scope.set(one.prefix, one.uri);
  for (let one: XmlElement | undefined = element; one; one = one.parent) {
    for (const attribute of one.attributes) {
      const { namespaceUri, name } = attribute;
      const passed = algorithm === C14N_10 || name === 'lang' || name === 'space' || one === element;
      if (namespaceUri === XML_NAMESPACE && passed && !inherited.has(name)) inherited.set(name, attribute);
    }
  }
  const own = element.attributes.filter(({ namespaceUri }) => namespaceUri !== XML_NAMESPACE);
  const attributes = [...own, ...inherited.values()].sort(
    (a, b) => codePoints(a.namespaceUri, b.namespaceUri) || codePoints(a.name, b.name),
  );
  const namespaces = [...scope].filter(([, uri]) => uri !== '');
  return tagText(element, namespaces, attributes);
}

/**
 * Exclusive XML Canonicalization 1.0: each start tag names the namespaces that it uses itself, and those of `prefixes`,
 * unless an ancestor in the output has. What is `left` out is not written.
 */
function exclusive(
  element: XmlElement,
  prefixes: readonly string[],
  left?: (element: XmlElement) => boolean,
): Uint8Array {
  const { parseLimits } = element.document;
  const named = prefixes.map((prefix) => (prefix === '#default' ? '' : prefix));
  const output = new Output(element.document);
  const write = (one: XmlElement, above: ReadonlyMap<string, string>): void => {
    const used = new Set([one.prefix, ...named]);
    for (const { prefix } of one.attributes) if (prefix !== '') used.add(prefix);
    const fresh: [string, string][] = [];
    for (const prefix of used) {
      const uri = one.namespaceOf(prefix);
      const isWritten = prefix === 'xml' || (above.get(prefix) ?? '') === uri;
      if (!isWritten) fresh.push([prefix, uri]);
    }
    const rendered = fresh.length > 0 ? new Map([...above, ...fresh]) : above;
    const { declarations } = one;
    const isUnchanged =
      fresh.length === declarations.length &&
      fresh.every(([prefix]) => declarations.some((own) => own.prefix === prefix));
    const tag = isUnchanged ? undefined : tagText(one, fresh, one.attributes);
    parseLimits.spend(tag ? tag.length : one.open - one.start, 1 + named.length / 8);
    if (tag) output.write(tag);
    else output.copy(one.start, one.open);
    let at = one.open;
    for (const child of one.elements) {
      output.copy(at, child.start);
      if (left?.(child) !== true) write(child, rendered);
      at = child.end;
    }
    output.copy(at, one.end);
  };
  parseLimits.spend(element.end - element.start);
  write(element, new Map());
  return output.octets();
}

/** xml:base, which Canonical XML 1.1 joins from all ancestors. */
function hasBase(element: XmlElement | undefined): boolean {
  for (let one = element; one; one = one.parent) {
    if (one.attributes.some(({ namespaceUri, name }) => namespaceUri === XML_NAMESPACE && name === 'base')) {
      return true;
    }
  }
  return false;
}

/** Canonical XML 1.1 by libxml2 itself. Throws XML_INVALID for what has no canonical form. */
function canonicalizeByLibxml(element: XmlElement): Uint8Array {
  const { parseLimits, octets, elements } = element.document;
  parseLimits.spend(octets.length, elements.length);
  const document = LibxmlDocument.fromBuffer(octets);
  try {
    const node = document.get(`(//*)[${element.index + 1}]`) as LibxmlElement;
    return canonicalOctets(document, { mode: XmlC14NMode.XML_C14N_1_1, nodeSet: new Set([node]) });
  } finally {
    document.dispose();
  }
}

/**
 * What libxml2 writes, of which about `expected` octets are expected. Throws XML_INVALID for what has no canonical form.
 */
export function canonicalOctets(
  document: LibxmlDocument,
  options: NonNullable<Parameters<LibxmlDocument['canonicalize']>[1]>,
  expected = 0,
): Buffer {
  // memory that is not written to is not taken
  let octets = Buffer.allocUnsafeSlow(Math.ceil(expected * 1.25) + 4096);
  let length = 0;
  const handler = {
    /** Copies: the memory belongs to libxml2. */
    write(chunk: Uint8Array): number {
      if (length + chunk.length > octets.length) {
        const larger = Buffer.allocUnsafeSlow(Math.ceil((length + chunk.length) * 1.5));
        octets.copy(larger, 0, 0, length);
        octets = larger;
      }
      octets.set(chunk, length);
      length += chunk.length;
      return chunk.length;
    },
    close: (): boolean => true,
  };
  try {
    document.canonicalize(handler, options);
  } catch (cause) {
    // a namespace that is a relative URI, for one: Canonical XML 1.0 section 1.3
    throw adesProblems.error('XML_INVALID', { why: adesProblems.of('xml/no-canonical-form') }, { cause });
  }
  return octets.subarray(0, length);
}
