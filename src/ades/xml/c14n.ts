/**
 * Canonical XML 1.0 and 1.1, inclusive and exclusive, without comments, of a document that libxml2 canonicalized once as a
 * whole: what differs for a part of it is only which namespaces and xml: attributes its start tags name.
 */
import { XmlC14NMode, XmlDocument as LibxmlDocument, type XmlElement as LibxmlElement } from 'libxml2-wasm';
import { SeglError } from '../../errors.ts';
import {
  XML_NAMESPACE,
  withoutComments,
  type XmlAttribute,
  type XmlDocument,
  type XmlElement,
} from './tree.ts';

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
  if (algorithm === C14N_EXCLUSIVE) return Buffer.from(exclusive(element, prefixes));
  const { document, parent } = element;
  if (algorithm === C14N_11 && hasBase(parent)) return canonicalizeByLibxml(element);
  document.effort.spend(element.end - element.start);
  const inherited = parent ? startTag(element, algorithm) : undefined;
  if (inherited === undefined && !element.hasComments) return document.slice(element.start, element.end);
  const start = inherited ?? document.text.slice(element.start, element.open);
  return Buffer.from(start + withoutComments(document.text.slice(element.open, element.end)));
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
  if (algorithm === C14N_EXCLUSIVE) return Buffer.from(exclusive(root, prefixes, left));
  document.effort.spend(document.octets.length);
  const pieces: [start: number, end: number][] = [];
  let at = root.start;
  for (const element of elements) {
    if (element.start < at || !left(element)) continue;
    pieces.push([at, element.start]);
    at = element.end;
  }
  pieces.push([at, root.end]);
  if (!root.hasComments) return Buffer.concat(pieces.map(([start, end]) => document.slice(start, end)));
  return Buffer.from(withoutComments(pieces.map(([start, end]) => document.text.slice(start, end)).join('')));
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
  for (let one: XmlElement | undefined = element; one; one = one.parent) {
    for (const [prefix, uri] of one.declarations) if (!scope.has(prefix)) scope.set(prefix, uri);
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
): string {
  const { effort } = element.document;
  const named = prefixes.map((prefix) => (prefix === '#default' ? '' : prefix));
  const write = (one: XmlElement, above: ReadonlyMap<string, string>): string => {
    const used = new Set([one.prefix, ...named]);
    for (const { prefix } of one.attributes) if (prefix !== '') used.add(prefix);
    const fresh: [string, string][] = [];
    for (const prefix of used) {
      const uri = one.namespaceOf(prefix);
      const isWritten = prefix === 'xml' || (above.get(prefix) ?? '') === uri;
      if (!isWritten) fresh.push([prefix, uri]);
    }
    const rendered = fresh.length > 0 ? new Map([...above, ...fresh]) : above;
    const { text } = one.document;
    let content = tagText(one, fresh, one.attributes);
    effort.spend(content.length, 1 + named.length / 8);
    let at = one.open;
    for (const child of one.elements) {
      content += withoutComments(text.slice(at, child.start));
      if (left?.(child) !== true) content += write(child, rendered);
      at = child.end;
    }
    return content + withoutComments(text.slice(at, one.end));
  };
  effort.spend(element.end - element.start);
  return write(element, new Map());
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
  const { effort, octets, elements } = element.document;
  effort.spend(octets.length, elements.length);
  const document = LibxmlDocument.fromBuffer(octets);
  try {
    const node = document.get(`(//*)[${element.index + 1}]`) as LibxmlElement;
    return canonicalOctets(document, { mode: XmlC14NMode.XML_C14N_1_1, nodeSet: new Set([node]) });
  } finally {
    document.dispose();
  }
}

/** What libxml2 writes. Throws XML_INVALID for what has no canonical form. */
export function canonicalOctets(
  document: LibxmlDocument,
  options: NonNullable<Parameters<LibxmlDocument['canonicalize']>[1]>,
): Uint8Array {
  const chunks: Buffer[] = [];
  const handler = {
    write(chunk: Uint8Array): number {
      chunks.push(Buffer.from(chunk)); // copied: the memory belongs to libxml2
      return chunk.length;
    },
    close: (): boolean => true,
  };
  try {
    document.canonicalize(handler, options);
  } catch (cause) {
    // a namespace that is a relative URI, for one: Canonical XML 1.0 section 1.3
    throw new SeglError('XML_INVALID', { why: 'it has no canonical form' }, { cause });
  }
  return Buffer.concat(chunks);
}
