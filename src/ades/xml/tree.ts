/**
 * A document as plain data, read from its own canonical form (Canonical XML 1.0 with comments), which libxml2 wrote. So what is
 * read is what is digested, and the canonical octets of an element are a piece of those of the document. In that form
 * every `<` begins a tag or a comment, every element has an end tag, and attributes stand in order, in double quotes.
 */
import { adesProblems } from '../problems.ts';
import { findByte } from './find-byte.ts';
import { ParseLimits } from './parse-limits.ts';

/** Namespace of xml:lang and its like, which no document declares. */
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

export interface XmlAttribute {
  /** '' for none. */
  readonly prefix: string;
  /** Without the prefix. */
  readonly name: string;
  readonly namespaceUri: string;
  readonly value: string;
  /** As it stands in a start tag, with the space before it. */
  readonly text: string;
}

/** A namespace declaration, and those that it stands within: of a prefix the first one counts. */
export interface NamespaceScope {
  /** '' for the default namespace. */
  readonly prefix: string;
  /** '' where the default namespace is taken back. */
  readonly uri: string;
  readonly outer: NamespaceScope | undefined;
}

export class XmlDocument {
  /** Canonical XML 1.0 with comments, in UTF-8. There is no second copy of them as text: they may hold whole documents. */
  readonly octets: Buffer;
  readonly root: XmlElement;
  /** All elements, in document order. */
  readonly elements: readonly XmlElement[];
  /** Where its comments begin, in order. */
  readonly comments: readonly number[];
  readonly parseLimits: ParseLimits;

  /** `octets` must be what libxml2's canonicalization wrote; nothing is checked again. Throws XML_INVALID for instructions. */
  constructor(octets: Buffer) {
    this.octets = octets;
    const comments: number[] = [];
    this.elements = readElements(this, comments);
    this.comments = comments;
    this.root = this.elements[0]!;
    this.parseLimits = new ParseLimits(octets.length, this.elements.length);
  }

  /** What stands between two positions, as text. */
  text(start: number, end: number): string {
    return this.octets.toString('utf8', start, end);
  }

  /** There is a comment that begins between two positions. */
  hasComments(start: number, end: number): boolean {
    const first = this.comments[this.#firstComment(start)];
    return first !== undefined && first < end;
  }

  /** Where the pieces between two positions are that comments leave. */
  pieces(start: number, end: number): (readonly [start: number, end: number])[] {
    const { comments, octets } = this;
    const pieces: (readonly [number, number])[] = [];
    let at = start;
    for (let index = this.#firstComment(start); index < comments.length && comments[index]! < end; index++) {
      pieces.push([at, comments[index]!]);
      at = octets.indexOf(COMMENT_END, comments[index]) + COMMENT_END.length;
    }
    pieces.push([at, end]);
    return pieces.filter(([from, to]) => from < to);
  }

  /** The number of the first comment from a position on. */
  #firstComment(at: number): number {
    const { comments } = this;
    let [from, to] = [0, comments.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (comments[middle]! < at) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

export class XmlElement {
  readonly document: XmlDocument;
  readonly parent: XmlElement | undefined;
  /** '' for none. */
  readonly prefix: string;
  /** Without the prefix. */
  readonly name: string;
  readonly namespaceUri: string;
  readonly attributes: readonly XmlAttribute[];
  /** What this element declares and its parent does not, and then what is declared around it. */
  readonly scope: NamespaceScope | undefined;
  /** Positions in the octets of the document: of the start tag, behind it, of the end tag, behind that. */
  readonly start: number;
  readonly open: number;
  close = 0;
  end = 0;
  /** Its number among the elements of the document, and that of the first one behind it. */
  readonly index: number;
  behind = 0;
  #elements: XmlElement[] | undefined;

  constructor(document: XmlDocument, parent: XmlElement | undefined, index: number, tag: StartTag) {
    this.document = document;
    this.index = index;
    this.parent = parent;
    [this.prefix, this.name] = splitName(tag.name);
    this.scope = tag.scope;
    this.start = tag.start;
    this.open = tag.end;
    this.namespaceUri = this.namespaceOf(this.prefix);
    this.attributes = tag.attributes === NONE ? NONE : tag.attributes.map((one) => this.#attribute(one));
    if (parent) (parent.#elements ??= []).push(this);
  }

  /** The children that are elements. */
  get elements(): readonly XmlElement[] {
    return this.#elements ?? NONE;
  }

  /** What this element declares, and its parent does not. */
  get declarations(): readonly NamespaceScope[] {
    const outer = this.parent?.scope;
    if (this.scope === outer) return NONE;
    const own: NamespaceScope[] = [];
    for (let one = this.scope; one && one !== outer; one = one.outer) own.push(one);
    return own;
  }

  /** The URI that a prefix ('' for the default namespace) stands for here; '' where it stands for none. */
  namespaceOf(prefix: string): string {
    if (prefix === 'xml') return XML_NAMESPACE;
    for (let one = this.scope; one; one = one.outer) if (one.prefix === prefix) return one.uri;
    return '';
  }

  #attribute({ name: qualified, value, text }: WrittenAttribute): XmlAttribute {
    const [prefix, name] = splitName(qualified);
    const namespaceUri = prefix === '' ? '' : this.namespaceOf(prefix);
    return { prefix, name, namespaceUri, value: unescape(value), text };
  }

  /** Value of an attribute without namespace. */
  attribute(name: string): string | undefined {
    return this.attributes.find((one) => one.name === name && one.prefix === '')?.value;
  }

  /** This element and all below it, in document order. */
  all(): readonly XmlElement[] {
    return this.document.elements.slice(this.index, this.behind);
  }

  /** The text directly inside, without comments. */
  get ownText(): string {
    const { document } = this;
    let text = '';
    const add = (start: number, end: number): void => {
      for (const piece of document.pieces(start, end)) text += document.text(...piece);
    };
    let at = this.open;
    for (const child of this.elements) {
      add(at, child.start);
      at = child.end;
    }
    add(at, this.close);
    return unescape(text);
  }

  /** There is a comment directly inside it, or deeper. */
  get hasComments(): boolean {
    return this.document.hasComments(this.open, this.close);
  }
}

const COMMENT_END = '-->';

const AMPERSAND = 0x26;

/** What canonicalization writes in place of characters, by the second character: how long it is, and the character. */
const ENTITIES: ReadonlyMap<number, readonly [length: number, character: number]> = new Map(
  (['&lt; <', '&gt; >', '&amp; &', '&quot; "'] as const).map((pair) => {
    const [escape = '', character = ''] = pair.split(' ');
    return [escape.charCodeAt(1), [escape.length, character.charCodeAt(0)]];
  }),
);

/** `&#xD;` and its like have one digit. */
const escapeAt = (bytes: Buffer, at: number): readonly [length: number, character: number] =>
  ENTITIES.get(bytes[at + 1]!) ?? ['&#xD;'.length, parseInt(String.fromCharCode(bytes[at + 3]!), 16)];

/** In bytes, because a text may consist of nothing else, and strings are slow to put together. */
function unescape(text: string): string {
  if (!text.includes('&')) return text;
  const bytes = Buffer.from(text);
  let to = bytes.indexOf(AMPERSAND);
  for (let at = to; at < bytes.length;) {
    if (bytes[at] !== AMPERSAND) bytes[to++] = bytes[at++]!;
    else {
      const [length, character] = escapeAt(bytes, at);
      bytes[to++] = character;
      at += length;
    }
  }
  return bytes.toString('utf8', 0, to);
}
function splitName(qualified: string): [string, string] {
  const colon = qualified.indexOf(':');
  return colon < 0 ? ['', qualified] : [qualified.slice(0, colon), qualified.slice(colon + 1)];
}

interface WrittenAttribute {
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

interface StartTag {
  readonly name: string;
  readonly scope: NamespaceScope | undefined;
  readonly attributes: readonly WrittenAttribute[];
  readonly start: number;
  readonly end: number;
}

/** Of all that have none, so that what an element has not takes no memory of its own. */
const NONE: readonly never[] = [];
const [SPACE, EXCLAMATION, QUOTE, SLASH] = [0x20, 0x21, 0x22, 0x2f] as const;
const [LESS, GREATER, QUESTION] = [0x3c, 0x3e, 0x3f] as const;

const WINDOW = 16 << 10;

/** Tags as text: many are decoded at once, because each by itself takes longer than to read it. */
class Tags {
  readonly #octets: Buffer;
  #window = '';
  #start = 0;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  /** In the order of the document. */
  text(start: number, end: number): string {
    if (end > this.#start + this.#window.length) {
      this.#start = start;
      this.#window = this.#octets.toString('latin1', start, Math.max(end, start + WINDOW));
    }
    const text = this.#window.slice(start - this.#start, end - this.#start);
    return isAscii(text) ? text : this.#octets.toString('utf8', start, end);
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Notes in `comments` where they begin. */
function readElements(document: XmlDocument, comments: number[]): XmlElement[] {
  const { octets } = document;
  const tags = new Tags(octets);
  const all: XmlElement[] = [];
  let current: XmlElement | undefined;
  let at = 0;
  for (let start = findByte(octets, LESS, 0); start >= 0; start = findByte(octets, LESS, at)) {
    const next = octets[start + 1];
    if (next === QUESTION)
      throw adesProblems.error('XML_INVALID', { why: adesProblems.of('xml/processing-instruction') });
    if (next === EXCLAMATION) {
      comments.push(start);
      at = octets.indexOf(COMMENT_END, start) + COMMENT_END.length;
    } else if (next === SLASH) {
      at = findByte(octets, GREATER, start) + 1;
      current!.close = start;
      current!.end = at;
      current!.behind = all.length;
      current = current!.parent;
    } else {
      at = startTagEnd(octets, start);
      const tag = readTag(tags.text(start, at), current?.scope, start, at);
      current = new XmlElement(document, current, all.length, tag);
      all.push(current);
    }
  }
  return all;
}

/** Behind a start tag of a canonical form, in whose values `>` may stand. */
export function startTagEnd(octets: Uint8Array, start: number): number {
  let at = start;
  while (octets[at] !== GREATER) at = octets[at] === QUOTE ? findByte(octets, QUOTE, at + 1) + 1 : at + 1;
  return at + 1;
}

/** `outer` are the namespaces around it. */
function readTag(text: string, outer: NamespaceScope | undefined, start: number, end: number): StartTag {
  let at = 1;
  while (!isNameEnd(text.charCodeAt(at))) at++;
  const name = text.slice(1, at);
  let scope = outer;
  let attributes: WrittenAttribute[] | undefined;
  while (text.charCodeAt(at) === SPACE) {
    const equals = text.indexOf('=', at);
    const quote = text.indexOf('"', equals + 2);
    const key = text.slice(at + 1, equals);
    const value = text.slice(equals + 2, quote);
    if (key === 'xmlns') scope = { prefix: '', uri: unescape(value), outer: scope };
    else if (key.startsWith('xmlns:')) scope = { prefix: key.slice(6), uri: unescape(value), outer: scope };
    else (attributes ??= []).push({ name: key, value, text: text.slice(at, quote + 1) });
    at = quote + 1;
  }
  return { name, scope, attributes: attributes ?? NONE, start, end };
}

const isNameEnd = (code: number): boolean => code === SPACE || code === GREATER;
