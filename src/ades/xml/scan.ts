/**
 * Looks through the bytes of a document once before libxml2 reads them, and counts what costs more than its length: libxml2
 * canonicalizes in the square of the namespaces that are in scope, and of the attributes of an element. The scan tells
 * markup from text, comments, CDATA and values as XML 1.0 does, so that it neither misses a tag nor counts what is none.
 */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { findByte } from './find-byte.ts';
import { isLongAndPlain, type PlainText } from './plain-text.ts';

export interface XmlLimits {
  /** Largest document, in bytes. */
  readonly bytes: number;
  /** Deepest nesting of elements. */
  readonly depth: number;
  /** Most tags (start and end tags each count, and so do comments and CDATA sections). */
  readonly tags: number;
  /** Most attributes of one element, namespace declarations among them. */
  readonly attributes: number;
  /** Most attributes of all elements together. */
  readonly allAttributes: number;
  /** Most namespace declarations of an element and those around it. */
  readonly namespaces: number;
  /** Longest name of a namespace, in bytes. */
  readonly namespaceBytes: number;
  /** Namespace declarations in scope times their bytes, added up over all elements. */
  readonly scopes: number;
}

/**
 * Room for a document of 100 MiB in base64 inside a signature in base64 inside a package; far beyond what signatures and packages need in structure. At `scopes`
 * libxml2 canonicalizes for half a second; ten namespaces in scope of each of 100 000 elements come to it.
 */
export const DEFAULT_LIMITS: XmlLimits = {
  bytes: 192 << 20,
  depth: 100,
  tags: 200_000,
  attributes: 128,
  allAttributes: 200_000,
  namespaces: 64,
  namespaceBytes: 256,
  scopes: 500_000_000,
};

/** XML_INVALID {why}. */
export const invalid = (why: Problem): SeglError => adesProblems.error('XML_INVALID', { why });

/**
 * Gives the long texts that nothing is to be read in. Throws XML_INVALID for what is beyond a limit, not UTF-8 by its
 * declaration, has a DTD, processing instructions or markup in the name of a namespace, and for tags, comments and sections
 * that do not end.
 */
export function scanXml(bytes: Uint8Array, limits: XmlLimits): readonly PlainText[] {
  if (bytes.length === 0) throw invalid(adesProblems.of('xml/empty'));
  if (bytes.length > limits.bytes) throw invalid(adesProblems.of('xml/too-large', { limit: limits.bytes }));
  return new Scan(bytes, limits).run();
}

/** XML_INVALID for what is not well-formed, with the place of a position. */
export function malformed(bytes: Uint8Array, position: number): SeglError {
  let [line, start] = [1, 0];
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && at < position; at = bytes.indexOf(LINE_FEED, start)) {
    [line, start] = [line + 1, at + 1];
  }
  return invalid(adesProblems.of('xml/malformed-at', { line, column: position - start + 1 }));
}

const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20] as const;
const [LESS, GREATER, QUESTION, EXCLAMATION, SLASH] = [0x3c, 0x3e, 0x3f, 0x21, 0x2f] as const;
const [QUOTE, AMPERSAND, APOSTROPHE, EQUALS, COLON] = [0x22, 0x26, 0x27, 0x3d, 0x3a] as const;
const XMLNS = Buffer.from('xmlns');

/** Namespace declarations of an element and those around it. */
interface Scope {
  readonly count: number;
  readonly bytes: number;
}

const NO_SCOPE: Scope = { count: 0, bytes: 0 };

class Scan {
  readonly #buffer: Buffer;
  readonly #limits: XmlLimits;
  /** Of the elements that are open. */
  readonly #open: Scope[] = [];
  #tags = 0;
  #attributes = 0;
  #scopes = 0;
  #elements = 0;
  readonly #texts: PlainText[] = [];

  constructor(bytes: Uint8Array, limits: XmlLimits) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = limits;
  }

  run(): readonly PlainText[] {
    const buffer = this.#buffer;
    if (buffer.includes(0)) throw invalid(adesProblems.of('xml/not-utf8'));
    const start = buffer.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf)) ? 3 : 0;
    for (
      let at = findByte(buffer, LESS, this.#declaration(start));
      at >= 0;
      at = findByte(buffer, LESS, at)
    ) {
      at = this.#markup(at);
    }
    return this.#texts;
  }

  /**
   * Gives where the XML declaration ends. Every encoding but UTF-8 is refused, because a reader that believes the
   * declaration and one that does not would see two documents.
   */
  #declaration(start: number): number {
    if (!this.#stands('<?xml', start) || !isSpace(this.#buffer[start + 5])) return start;
    const end = this.#end('?>', start);
    const text = this.#buffer.toString('latin1', start, end);
    const encoding = /^<\?xml\s[^]*\sencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
    if (encoding !== undefined && !/^(utf-?8|us-ascii)$/i.test(encoding))
      throw invalid(adesProblems.of('xml/not-utf8'));
    return end;
  }

  /** Gives a position behind the `<` at `at`, from where the next one is markup too. */
  #markup(at: number): number {
    const next = this.#buffer[at + 1];
    if (next === QUESTION) throw invalid(adesProblems.of('xml/processing-instruction'));
    if (++this.#tags > this.#limits.tags)
      throw invalid(adesProblems.of('xml/too-many-tags', { limit: this.#limits.tags }));
    if (next === EXCLAMATION) {
      if (this.#stands('<!--', at)) return this.#comment(at);
      if (this.#stands('<![CDATA[', at)) return this.#end(']]>', at + 9);
      throw invalid(adesProblems.of('xml/dtd'));
    }
    if (next !== SLASH) return this.#startTag(at);
    this.#open.pop();
    return at + 2;
  }

  /** `--` must not stand within a comment: where it ends would be a matter of opinion. */
  #comment(at: number): number {
    const end = this.#end('--', at + 4);
    if (this.#buffer[end] !== GREATER) throw this.#malformed(end);
    return end + 1;
  }

  #startTag(start: number): number {
    const buffer = this.#buffer;
    const next = findByte(buffer, LESS, start + 1);
    const end = next < 0 ? buffer.length : next;
    const outer = this.#open.at(-1) ?? NO_SCOPE;
    let [at, attributes, count, bytes] = [start + 1, 0, 0, 0];
    while (at < end && !isSpace(buffer[at]) && buffer[at] !== GREATER) at++;
    for (;;) {
      let mark = at;
      while (mark < end && !endsName(buffer[mark]!)) mark++;
      // a value has no `<`, so that a tag ends before the next one
      if (mark >= end) throw this.#malformed(mark);
      if (buffer[mark] === GREATER) {
        at = mark;
        break;
      }
      const close = findByte(buffer, buffer[mark]!, mark + 1);
      if (close < 0 || close > end) throw this.#malformed(mark);
      attributes++;
      if (this.#isDeclaration(at)) {
        count++;
        bytes += close - at;
        this.#namespaceName(mark + 1, close);
      }
      at = close + 1;
    }
    const isEmpty = buffer[at - 1] === SLASH;
    this.#count(attributes, { count: outer.count + count, bytes: outer.bytes + bytes }, isEmpty);
    const index = this.#elements++;
    if (!isEmpty && isLongAndPlain(buffer, at + 1, end)) this.#texts.push({ index, start: at + 1, end });
    return at + 1;
  }

  #count(attributes: number, scope: Scope, isEmpty: boolean): void {
    const { depth, attributes: most, allAttributes, namespaces, scopes } = this.#limits;
    if (this.#open.length >= depth) throw invalid(adesProblems.of('xml/too-deep', { limit: depth }));
    if (attributes > most) throw invalid(adesProblems.of('xml/too-many-attributes-of-one', { limit: most }));
    this.#attributes += attributes;
    if (this.#attributes > allAttributes)
      throw invalid(adesProblems.of('xml/too-many-attributes', { limit: allAttributes }));
    if (scope.count > namespaces) {
      throw invalid(adesProblems.of('xml/too-many-namespaces-of-one', { limit: namespaces }));
    }
    this.#scopes += scope.count * scope.bytes;
    if (this.#scopes > scopes) throw invalid(adesProblems.of('xml/too-many-namespaces'));
    if (!isEmpty) this.#open.push(scope);
  }

  /** The attribute whose name follows `at` is `xmlns` or begins with `xmlns:`. */
  #isDeclaration(at: number): boolean {
    const buffer = this.#buffer;
    while (isSpace(buffer[at])) at++;
    for (let index = 0; index < XMLNS.length; index++) if (buffer[at + index] !== XMLNS[index]) return false;
    const behind = buffer[at + XMLNS.length];
    return behind === COLON || behind === EQUALS || isSpace(behind);
  }

  /**
   * libxml2 canonicalizes the URI of a namespace as it is, where Canonical XML 1.0 section 2.3 has it escaped: whoever may put
   * markup there could make one document look like another.
   */
  #namespaceName(start: number, end: number): void {
    const { namespaceBytes } = this.#limits;
    if (end - start > namespaceBytes) {
      throw invalid(adesProblems.of('xml/namespace-too-long', { limit: namespaceBytes }));
    }
    let at = start;
    while (at < end && this.#buffer[at] !== AMPERSAND && this.#buffer[at] !== QUOTE) at++;
    if (at === end) return;
    const text = this.#buffer.toString('latin1', start, end);
    if (/[&<"\t\n\r]/.test(unescaped(text.replace(/\s/g, ' ')))) {
      throw invalid(adesProblems.of('xml/namespace-character'));
    }
  }

  #stands(text: string, at: number): boolean {
    return this.#buffer.toString('latin1', at, at + text.length) === text;
  }

  /** Behind the first `mark` from `at` on. */
  #end(mark: string, at: number): number {
    const end = this.#buffer.indexOf(mark, at, 'latin1');
    if (end < 0) throw this.#malformed(at);
    return end + mark.length;
  }

  #malformed(at: number): SeglError {
    return malformed(this.#buffer, at);
  }
}

const isSpace = (byte: number | undefined): boolean =>
  byte === SPACE || byte === TAB || byte === LINE_FEED || byte === RETURN;

const endsName = (byte: number): boolean => byte === QUOTE || byte === APOSTROPHE || byte === GREATER;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Character references and the entities that XML has by itself; others are left as they are. */
const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name = '') => {
    const code = decimal !== undefined ? Number(decimal) : parseInt(hex ?? '', 16);
    return Number.isNaN(code)
      ? (ENTITIES[String(name)] ?? whole)
      : String.fromCharCode(Math.min(code, 0xffff));
  });
