/**
 * The cross-reference of a file (ISO 32000-1, 7.5.4–7.5.8): tables, streams, hybrids of both, and the chain of
 * earlier sections behind /Prev.
 */
import { adesProblems } from '../problems.ts';
import { decodeStream } from './filters.ts';
import { readStream } from './indirect.ts';
import { Lexer, latin1 } from './lexer.ts';
import { invalidPdf, isDict, nameOf, wholeNumber } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';

/** `at`: byte offset in the file. `in`: inside an object stream. */
export type XrefEntry =
  | { readonly kind: 'free' }
  | { readonly kind: 'at'; readonly offset: number; readonly generation: number }
  | { readonly kind: 'in'; readonly stream: number; readonly index: number };

export interface Xref {
  readonly entries: ReadonlyMap<number, XrefEntry>;
  /** Trailer dictionary of the newest section. */
  readonly trailer: PdfDict;
  /** Offset of the newest section, what an update writes as /Prev. */
  readonly offset: number;
  /** Form of the newest section; an update uses the same. */
  readonly form: 'table' | 'stream';
  /** One above the highest object number in use or reserved. */
  readonly size: number;
}

/** The limit of ISO 32000-1, annex C.2. */
export const MAX_OBJECT_NUMBER = 8_388_607;
/** Over all sections; what fits our memory with room to spare. */
export const MAX_ENTRIES = 1_000_000;
export const MAX_SECTIONS = 10_000;
export const MAX_STREAM = 64 << 20;
const TAIL = 1024;

const FREE: XrefEntry = { kind: 'free' };

interface Section {
  readonly trailer: PdfDict;
  readonly form: 'table' | 'stream';
  readonly inUse: Map<number, XrefEntry>;
  /** Free entries are looked up last, after those of /XRefStm. */
  readonly free: number[];
}

/** Offset of the newest section: the number behind the last `startxref`. */
export function findStartXref(bytes: Uint8Array): number {
  const tail = latin1(bytes, Math.max(0, bytes.length - TAIL), bytes.length);
  const match = /startxref\s+(\d{1,15})\s+%%EOF(?![\s\S]*startxref)/.exec(tail);
  if (!match) throw invalidPdf(adesProblems.of('pdf/no-end'));
  return Number(match[1]);
}

/** Reads the whole cross-reference. Throws PDF_INVALID, and PDF_ENCRYPTED when any section names an encryption. */
export function readXref(bytes: Uint8Array): Xref {
  const start = findStartXref(bytes);
  const entries = new Map<number, XrefEntry>();
  const budget = { entries: MAX_ENTRIES, bytes: MAX_STREAM };
  const seen = new Set<number>();
  let newest: Section | undefined;
  let size = 0;

  const add = (number: number, entry: XrefEntry): void => {
    if (!entries.has(number)) entries.set(number, entry);
  };
  const visit = (offset: number): Section => {
    if (seen.has(offset)) throw invalidPdf(adesProblems.of('pdf/xref-loop'));
    if (seen.size >= MAX_SECTIONS)
      throw invalidPdf(adesProblems.of('pdf/xref-too-many-sections', { limit: MAX_SECTIONS }));
    seen.add(offset);
    const section = readSection(bytes, offset, budget);
    if (section.trailer.has('Encrypt')) throw adesProblems.error('PDF_ENCRYPTED');
    size = Math.max(size, wholeNumber(section.trailer.get('Size'), '/Size'));
    for (const [number, entry] of section.inUse) add(number, entry);
    return section;
  };

  for (let offset: number | undefined = start; offset !== undefined;) {
    const section = visit(offset);
    newest ??= section;
    const hybrid = section.form === 'table' ? section.trailer.get('XRefStm') : undefined;
    if (hybrid !== undefined) {
      const extra = visit(wholeNumber(hybrid, '/XRefStm'));
      for (const number of extra.free) add(number, FREE);
    }
    for (const number of section.free) add(number, FREE);
    const previous = section.trailer.get('Prev');
    offset = previous === undefined ? undefined : wholeNumber(previous, '/Prev');
  }
  if (!newest) throw invalidPdf(adesProblems.of('pdf/xref-missing'));
  for (const number of entries.keys()) if (number >= size) size = number + 1;
  if (size > MAX_OBJECT_NUMBER)
    throw invalidPdf(adesProblems.of('pdf/too-many-objects', { limit: MAX_OBJECT_NUMBER }));
  return { entries, trailer: newest.trailer, offset: start, form: newest.form, size };
}

function readSection(bytes: Uint8Array, offset: number, budget: { entries: number; bytes: number }): Section {
  if (offset >= bytes.length) throw invalidPdf(adesProblems.of('pdf/xref-outside'));
  const lexer = new Lexer(bytes, offset);
  lexer.skipSpace();
  if (lexer.peek() === 0x78) return readTable(lexer, budget);
  return readXrefStream(lexer, budget);
}

function readTable(lexer: Lexer, budget: { entries: number }): Section {
  lexer.expect('xref');
  const inUse = new Map<number, XrefEntry>();
  const free: number[] = [];
  for (let first = lexer.tryInteger(); first !== undefined; first = lexer.tryInteger()) {
    const count = lexer.integer('xref-count');
    budget.entries -= count;
    if (budget.entries < 0)
      throw invalidPdf(adesProblems.of('pdf/xref-too-many-entries', { limit: MAX_ENTRIES }));
    for (let number = first; number < first + count; number++) {
      const offset = lexer.integer('xref-offset');
      const generation = lexer.integer('xref-generation');
      lexer.skipSpace();
      const kind = lexer.token();
      if (kind === 'n') {
        if (number > 0) inUse.set(number, { kind: 'at', offset, generation });
      } else if (kind === 'f') free.push(number);
      else throw invalidPdf(adesProblems.of('pdf/xref-entry-type', { type: kind.slice(0, 8) }));
    }
  }
  lexer.expect('trailer');
  const trailer = lexer.value();
  if (!isDict(trailer)) throw invalidPdf(adesProblems.of('pdf/trailer'));
  return { trailer, form: 'table', inUse, free };
}

/** Inside a cross-reference stream every value must be direct: there is nothing yet to resolve a reference with. */
const direct = (value: PdfValue | undefined): PdfValue => value ?? null;

function readXrefStream(lexer: Lexer, budget: { entries: number; bytes: number }): Section {
  lexer.integer('object-number');
  lexer.integer('generation');
  lexer.expect('obj');
  const dict = lexer.value();
  if (!isDict(dict) || nameOf(dict.get('Type')) !== 'XRef') {
    throw invalidPdf(adesProblems.of('pdf/no-xref-there'));
  }
  const stream = readStream(lexer, dict, wholeNumber(dict.get('Length'), '/Length'));
  const data = decodeStream(stream, budget.bytes, direct);
  budget.bytes -= data.length;

  const widths = dict.get('W');
  if (!Array.isArray(widths) || widths.length < 3)
    throw invalidPdf(adesProblems.of('pdf/xref-stream-widths'));
  const [typeWidth, w2, w3] = widths.slice(0, 3).map((w) => wholeNumber(w, '/W')) as [number, number, number];
  const rowLength = widths.reduce<number>((sum, w) => sum + wholeNumber(w, '/W'), 0);
  if (Math.max(typeWidth, w2, w3) > 8 || rowLength > 32 || w2 === 0) {
    throw invalidPdf(adesProblems.of('pdf/xref-stream-widths'));
  }
  const index = dict.get('Index') ?? [0, dict.get('Size') ?? null];
  if (!Array.isArray(index) || index.length % 2 !== 0)
    throw invalidPdf(adesProblems.of('pdf/xref-stream-index'));

  const inUse = new Map<number, XrefEntry>();
  const free: number[] = [];
  let at = 0;
  const field = (width: number): number => {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (data[at++] as number);
    return value;
  };
  for (let pair = 0; pair < index.length; pair += 2) {
    const first = wholeNumber(index[pair], '/Index');
    const count = wholeNumber(index[pair + 1], '/Index');
    budget.entries -= count;
    if (budget.entries < 0)
      throw invalidPdf(adesProblems.of('pdf/xref-too-many-entries', { limit: MAX_ENTRIES }));
    if (at + count * rowLength > data.length) throw invalidPdf(adesProblems.of('pdf/xref-stream-too-short'));
    for (let number = first; number < first + count; number++) {
      const end = at + rowLength;
      const type = typeWidth === 0 ? 1 : field(typeWidth);
      const second = field(w2);
      const third = field(w3);
      at = end;
      if (type === 0) free.push(number);
      else if (number === 0) continue;
      else if (type === 1) inUse.set(number, { kind: 'at', offset: second, generation: third });
      else if (type === 2) inUse.set(number, { kind: 'in', stream: second, index: third });
    }
  }
  return { trailer: dict, form: 'stream', inUse, free };
}
