/** A PDF opened for reading: objects by reference, the page tree, the form fields, the name trees. */
import { readIndirect } from './indirect.ts';
import { decodeStream } from './filters.ts';
import { Lexer, latin1 } from './lexer.ts';
import { PdfRef, PdfStream, invalidPdf, isDict, nameOf, wholeNumber } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import { readXref } from './xref.ts';
import type { Xref } from './xref.ts';
import { adesProblems } from '../problems.ts';

/** Bytes that all object streams of a file may unfold to. */
export const MAX_OBJECT_STREAMS = 128 << 20;
export const MAX_TREE_DEPTH = 64;

/** An indirect dictionary and where it lives. */
export interface DictObject {
  readonly ref: PdfRef;
  readonly dict: PdfDict;
}

interface ObjectStream {
  readonly lexer: Lexer;
  /** Object number and offset of each member. */
  readonly members: readonly { readonly number: number; readonly offset: number }[];
}

export class PdfDocument {
  readonly bytes: Uint8Array;
  readonly xref: Xref;
  /** Version of the header, `1.7`. */
  readonly headerVersion: string;
  readonly #objects = new Map<number, PdfValue>();
  readonly #objectStreams = new Map<number, ObjectStream>();
  readonly #loading = new Set<number>();
  #budget = MAX_OBJECT_STREAMS;

  private constructor(bytes: Uint8Array, xref: Xref, headerVersion: string) {
    this.bytes = bytes;
    this.xref = xref;
    this.headerVersion = headerVersion;
  }

  /** Reads header, cross-reference and trailer; objects follow when they are asked for. Throws PDF_INVALID, PDF_ENCRYPTED. */
  static open(bytes: Uint8Array): PdfDocument {
    const header = /^%PDF-([12]\.\d)[\r\n\t ]/.exec(latin1(bytes, 0, Math.min(16, bytes.length)));
    if (!header?.[1]) throw invalidPdf(adesProblems.of('pdf/header'));
    return new PdfDocument(bytes, readXref(bytes), header[1]);
  }

  /** The object behind a reference; null when there is none, as the standard has it. */
  get(ref: PdfRef): PdfValue {
    const entry = this.xref.entries.get(ref.number);
    if (entry === undefined || entry.kind === 'free') return null;
    if ((entry.kind === 'at' ? entry.generation : 0) !== ref.generation) return null;
    const known = this.#objects.get(ref.number);
    if (known !== undefined) return known;
    if (this.#loading.has(ref.number))
      throw invalidPdf(adesProblems.of('pdf/object-loop', { number: ref.number }));
    this.#loading.add(ref.number);
    try {
      const value =
        entry.kind === 'at'
          ? this.#readAt(entry.offset, ref.number, ref.generation)
          : this.#readMember(entry.stream, entry.index, ref.number);
      if (value instanceof PdfRef)
        throw invalidPdf(adesProblems.of('pdf/object-is-reference', { number: ref.number }));
      this.#objects.set(ref.number, value);
      return value;
    } finally {
      this.#loading.delete(ref.number);
    }
  }

  /** The value itself, or what it refers to; absent is null. */
  readonly resolve = (value: PdfValue | undefined): PdfValue =>
    value instanceof PdfRef ? this.get(value) : (value ?? null);

  /** A dictionary behind a value, undefined when absent; PDF_INVALID when it is something else. */
  dict(value: PdfValue | undefined, what: string): PdfDict | undefined {
    const resolved = this.resolve(value);
    if (resolved === null) return undefined;
    if (!isDict(resolved)) throw invalidPdf(adesProblems.of('pdf/not-a-dictionary', { what }));
    return resolved;
  }

  /** An array behind a value, empty when absent. */
  array(value: PdfValue | undefined, what: string): readonly PdfValue[] {
    const resolved = this.resolve(value);
    if (resolved === null) return [];
    if (!Array.isArray(resolved)) throw invalidPdf(adesProblems.of('pdf/not-an-array', { what }));
    return resolved;
  }

  /** Decoded bytes of a stream, at most `limit`. */
  decode(stream: PdfStream, limit: number): Uint8Array {
    return decodeStream(stream, limit, this.resolve);
  }

  get catalog(): DictObject {
    return this.#dictObject(this.xref.trailer.get('Root'), '/Root');
  }

  /** Root of the page tree. */
  get pageTree(): DictObject {
    return this.#dictObject(this.catalog.dict.get('Pages'), '/Pages');
  }

  /** The pages in order. Throws PDF_INVALID on loops and on nodes that are neither page nor tree. */
  *pages(): Generator<DictObject> {
    yield* this.#pagesBelow(this.pageTree, new Set(), 0);
  }

  *#pagesBelow(node: DictObject, seen: Set<number>, depth: number): Generator<DictObject> {
    if (seen.has(node.ref.number)) throw invalidPdf(adesProblems.of('pdf/page-tree-loop'));
    if (depth > MAX_TREE_DEPTH)
      throw invalidPdf(adesProblems.of('pdf/page-tree-too-deep', { limit: MAX_TREE_DEPTH }));
    seen.add(node.ref.number);
    const type = nameOf(this.resolve(node.dict.get('Type')));
    if (type === 'Page') {
      yield node;
      return;
    }
    if (type !== 'Pages') throw invalidPdf(adesProblems.of('pdf/page-tree-node'));
    for (const kid of this.array(node.dict.get('Kids'), '/Kids')) {
      yield* this.#pagesBelow(this.#dictObject(kid, '/Page'), seen, depth + 1);
    }
  }

  /** Entries of a name tree (ISO 32000-1, 7.9.6) in file order: key as Latin-1 text of its bytes, and value. */
  *nameTree(
    root: PdfValue | undefined,
    what: string,
    depth = 0,
    seen = new Set<number>(),
  ): Generator<[string, PdfValue]> {
    if (depth > MAX_TREE_DEPTH)
      throw invalidPdf(adesProblems.of('pdf/name-tree-too-deep', { what, limit: MAX_TREE_DEPTH }));
    if (root instanceof PdfRef) {
      if (seen.has(root.number)) throw invalidPdf(adesProblems.of('pdf/name-tree-loop', { what }));
      seen.add(root.number);
    }
    const node = this.dict(root, what);
    if (!node) return;
    const names = this.array(node.get('Names'), what);
    for (let at = 0; at + 1 < names.length; at += 2) {
      const key = this.resolve(names[at]);
      if (key === null || typeof key !== 'object' || !('bytes' in key))
        throw invalidPdf(adesProblems.of('pdf/name-tree-key', { what }));
      yield [latin1(key.bytes, 0, key.bytes.length), names[at + 1] ?? null];
    }
    for (const kid of this.array(node.get('Kids'), what)) yield* this.nameTree(kid, what, depth + 1, seen);
  }

  #dictObject(value: PdfValue | undefined, what: string): DictObject {
    if (!(value instanceof PdfRef)) throw invalidPdf(adesProblems.of('pdf/not-indirect', { what }));
    const dict = this.get(value);
    if (!isDict(dict)) throw invalidPdf(adesProblems.of('pdf/dictionary-missing', { what }));
    return { ref: value, dict };
  }

  #readAt(offset: number, number: number, generation: number): PdfValue {
    if (offset >= this.bytes.length) throw invalidPdf(adesProblems.of('pdf/object-outside', { number }));
    return readIndirect(new Lexer(this.bytes, offset), number, generation, (length) =>
      wholeNumber(this.resolve(length), '/Length'),
    );
  }

  #readMember(streamNumber: number, index: number, number: number): PdfValue {
    let container = this.#objectStreams.get(streamNumber);
    if (!container) {
      container = this.#openObjectStream(streamNumber);
      this.#objectStreams.set(streamNumber, container);
    }
    const member = container.members[index];
    if (member?.number !== number) throw invalidPdf(adesProblems.of('pdf/object-not-in-stream', { number }));
    container.lexer.pos = member.offset;
    return container.lexer.value();
  }

  #openObjectStream(number: number): ObjectStream {
    if (this.xref.entries.get(number)?.kind !== 'at')
      throw invalidPdf(adesProblems.of('pdf/object-stream-missing', { number }));
    const stream = this.get(new PdfRef(number, 0));
    if (!(stream instanceof PdfStream) || nameOf(stream.dict.get('Type')) !== 'ObjStm') {
      throw invalidPdf(adesProblems.of('pdf/not-an-object-stream', { number }));
    }
    const data = this.decode(stream, this.#budget);
    this.#budget -= data.length;
    const count = wholeNumber(this.resolve(stream.dict.get('N')), '/N');
    const first = wholeNumber(this.resolve(stream.dict.get('First')), '/First');
    if (count > data.length || first > data.length)
      throw invalidPdf(adesProblems.of('pdf/object-stream-too-short', { number }));
    const lexer = new Lexer(data);
    const members = Array.from({ length: count }, () => ({
      number: lexer.integer('object-number'),
      offset: first + lexer.integer('object-offset'),
    }));
    return { lexer, members };
  }
}
