/** A TrueType font file (ISO/IEC 14496-22 with `glyf` outlines): its measures, and subsets of it for embedding. */

import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../../problems.ts';

/** What is wrong with a font, as the end of a sentence about its file. */
export class FontUnusable extends Error {
  readonly why: Problem;

  constructor(why: Problem) {
    super(why.code);
    this.why = why;
  }
}

/** Bits of a component of a composed glyph (ISO/IEC 14496-22, 5.3.3.3). */
const ARGUMENTS_ARE_WORDS = 0x0001;
const HAS_SCALE = 0x0008;
const MORE_COMPONENTS = 0x0020;
const HAS_X_AND_Y_SCALE = 0x0040;
const HAS_TWO_BY_TWO = 0x0080;
const HAS_INSTRUCTIONS = 0x0100;

/** Length of a glyph's header: number of contours and bounding box. */
const GLYPH_HEADER = 10;

/** In units of 1/1000 of the font size, as PDF counts. */
export interface FontMetrics {
  /** [left, bottom, right, top] around all glyphs. */
  readonly box: readonly [number, number, number, number];
  readonly ascent: number;
  readonly descent: number;
  readonly capHeight: number;
  /** Degrees; negative when the font leans to the right. */
  readonly italicAngle: number;
  readonly monospaced: boolean;
}

export class TrueTypeFont {
  readonly metrics: FontMetrics;
  readonly #tables: ReadonlyMap<string, Buffer>;
  /** Code point → glyph. */
  readonly #glyphs: ReadonlyMap<number, number>;
  /** Glyphs with an advance width of their own; the others share the last one. */
  readonly #longMetrics: number;
  readonly #longOffsets: boolean;
  /** From font units to 1/1000. */
  readonly #scale: number;

  /**
   * `file`: a font that ships with the project or that its operator added, hence trusted not to be hostile. Throws
   * FontUnusable.
   */
  constructor(file: Buffer) {
    this.#tables = readDirectory(file);
    this.#glyphs = readCharacterMap(this.#table('cmap'));
    const head = this.#table('head');
    const hhea = this.#table('hhea');
    const post = this.#table('post');
    this.#longMetrics = hhea.readUInt16BE(34);
    this.#longOffsets = head.readInt16BE(50) === 1;
    this.#scale = 1000 / head.readUInt16BE(18);
    const capital = this.#glyphs.get(0x48) ?? 0;
    this.metrics = {
      box: [36, 38, 40, 42].map((at) => this.#scaled(head.readInt16BE(at))) as [
        number,
        number,
        number,
        number,
      ],
      ascent: this.#scaled(hhea.readInt16BE(4)),
      descent: this.#scaled(hhea.readInt16BE(6)),
      capHeight: this.#scaled(this.#outline(capital).readInt16BE(8)),
      italicAngle: post.readInt32BE(4) / 65536,
      monospaced: post.readUInt32BE(12) !== 0,
    };
  }

  /** False when `OS/2` forbids it (5.2.7, fsType: restricted licence embedding, or bitmaps alone). */
  static mayBeEmbedded(file: Buffer): boolean {
    const type = readDirectory(file).get('OS/2')?.readUInt16BE(8) ?? 0;
    return (type & 0x000f) !== 2 && (type & 0x0200) === 0;
  }

  /** Number of the glyph of a character, 0 when there is none. */
  glyph(codePoint: number): number {
    return this.#glyphs.get(codePoint) ?? 0;
  }

  /** Width of a glyph in 1/1000 of the size. */
  advance(glyph: number): number {
    return this.#scaled(this.#table('hmtx').readUInt16BE(4 * Math.min(glyph, this.#longMetrics - 1)));
  }

  /**
   * A font file of these glyphs alone, numbered in the given order from 0; behind them those that they are composed
   * of. It holds what a PDF needs (ISO 32000-1, 9.9) and no hinting instructions: they take half of the bytes, and
   * the pages are read on fine screens and paper.
   */
  subset(glyphs: readonly number[]): Buffer {
    const chosen = [...glyphs];
    const numbers = new Map(glyphs.map((glyph, number) => [glyph, number] as const));
    const numberOf = (part: number): number => {
      const number = numbers.get(part) ?? chosen.push(part) - 1;
      numbers.set(part, number);
      return number;
    };
    const outlines: Buffer[] = [];
    // grows while it is read: parts may have parts
    for (const glyph of chosen) outlines.push(withoutInstructions(this.#outline(glyph), numberOf));
    return this.#assemble(chosen, outlines);
  }

  #assemble(glyphs: readonly number[], outlines: readonly Buffer[]): Buffer {
    const offsets = Buffer.alloc(4 * (outlines.length + 1));
    let end = 0;
    for (const [index, outline] of outlines.entries()) {
      end += outline.length;
      offsets.writeUInt32BE(end, 4 * (index + 1));
    }
    const head = Buffer.from(this.#table('head'));
    head.writeInt16BE(1, 50); // long offsets
    const hhea = Buffer.from(this.#table('hhea'));
    hhea.writeUInt16BE(glyphs.length, 34);
    const maxp = Buffer.from(this.#table('maxp'));
    maxp.writeUInt16BE(glyphs.length, 4);
    return writeFile([
      ['glyf', Buffer.concat(outlines)],
      ['head', head],
      ['hhea', hhea],
      ['hmtx', Buffer.concat(glyphs.map((glyph) => this.#horizontalMetrics(glyph)))],
      ['loca', offsets],
      ['maxp', maxp],
    ]);
  }

  /** Advance width and left side bearing. */
  #horizontalMetrics(glyph: number): Buffer {
    const hmtx = this.#table('hmtx');
    const own = this.#longMetrics;
    if (glyph < own) return hmtx.subarray(4 * glyph, 4 * glyph + 4);
    const bearing = 4 * own + 2 * (glyph - own);
    return Buffer.concat([hmtx.subarray(4 * own - 4, 4 * own - 2), hmtx.subarray(bearing, bearing + 2)]);
  }

  /** The description of a glyph; empty for one without ink. */
  #outline(glyph: number): Buffer {
    const loca = this.#table('loca');
    const offset = (index: number): number =>
      this.#longOffsets ? loca.readUInt32BE(4 * index) : 2 * loca.readUInt16BE(2 * index);
    return this.#table('glyf').subarray(offset(glyph), offset(glyph + 1));
  }

  #table(tag: string): Buffer {
    const table = this.#tables.get(tag);
    if (!table) throw new FontUnusable(serverProblems.of('font/no-table', { tag }));
    return table;
  }

  #scaled(units: number): number {
    return units * this.#scale;
  }
}

/** Copies a glyph without its instructions; parts of a composed glyph get their numbers in the new font. */
function withoutInstructions(outline: Buffer, numberOf: (glyph: number) => number): Buffer {
  if (outline.length === 0) return outline;
  const contours = outline.readInt16BE(0);
  if (contours >= 0) {
    const lengthAt = GLYPH_HEADER + 2 * contours;
    const points = outline.subarray(lengthAt + 2 + outline.readUInt16BE(lengthAt));
    return padded(Buffer.concat([outline.subarray(0, lengthAt), Buffer.alloc(2), points]), 2);
  }
  const copy = Buffer.from(outline);
  let at = GLYPH_HEADER;
  for (let flags = MORE_COMPONENTS; (flags & MORE_COMPONENTS) !== 0;) {
    flags = copy.readUInt16BE(at);
    copy.writeUInt16BE(flags & ~HAS_INSTRUCTIONS, at);
    copy.writeUInt16BE(numberOf(copy.readUInt16BE(at + 2)), at + 2);
    at += (flags & ARGUMENTS_ARE_WORDS) !== 0 ? 8 : 6;
    if ((flags & HAS_SCALE) !== 0) at += 2;
    else if ((flags & HAS_X_AND_Y_SCALE) !== 0) at += 4;
    else if ((flags & HAS_TWO_BY_TWO) !== 0) at += 8;
  }
  return padded(copy.subarray(0, at), 2);
}

/** Tables by tag (ISO/IEC 14496-22, 4.5). */
function readDirectory(file: Buffer): Map<string, Buffer> {
  const tables = new Map<string, Buffer>();
  for (let index = 0; index < file.readUInt16BE(4); index++) {
    const at = 12 + 16 * index;
    const offset = file.readUInt32BE(at + 8);
    tables.set(
      file.toString('latin1', at, at + 4),
      file.subarray(offset, offset + file.readUInt32BE(at + 12)),
    );
  }
  return tables;
}

/** The Unicode subtable of `cmap` (5.2.1): format 12 with all characters if there is one, else format 4. */
function readCharacterMap(cmap: Buffer): Map<number, number> {
  const formats = new Map<number, Buffer>();
  for (let index = 0; index < cmap.readUInt16BE(2); index++) {
    const at = 4 + 8 * index;
    const subtable = cmap.subarray(cmap.readUInt32BE(at + 4));
    // platform 3: Windows, whose encodings 1 and 10 are Unicode
    if (cmap.readUInt16BE(at) === 3) formats.set(subtable.readUInt16BE(0), subtable);
  }
  const all = formats.get(12);
  const basic = formats.get(4);
  if (all) return readSegmentedCoverage(all);
  if (basic) return readSegmentMapping(basic);
  throw new FontUnusable(serverProblems.of('font/no-character-map'));
}

/** Format 12. */
function readSegmentedCoverage(subtable: Buffer): Map<number, number> {
  const glyphs = new Map<number, number>();
  for (let group = 0; group < subtable.readUInt32BE(12); group++) {
    const at = 16 + 12 * group;
    const first = subtable.readUInt32BE(at);
    const last = subtable.readUInt32BE(at + 4);
    const glyph = subtable.readUInt32BE(at + 8);
    for (let code = first; code <= last; code++) glyphs.set(code, glyph + code - first);
  }
  return glyphs;
}

/** Format 4. */
function readSegmentMapping(subtable: Buffer): Map<number, number> {
  const glyphs = new Map<number, number>();
  const size = subtable.readUInt16BE(6);
  for (let segment = 0; segment < size; segment += 2) {
    const last = subtable.readUInt16BE(14 + segment);
    const first = subtable.readUInt16BE(16 + size + segment);
    const delta = subtable.readUInt16BE(16 + 2 * size + segment);
    const rangeAt = 16 + 3 * size + segment;
    const range = subtable.readUInt16BE(rangeAt);
    for (let code = first; code <= last && code < 0xffff; code++) {
      const raw = range === 0 ? code : subtable.readUInt16BE(rangeAt + range + 2 * (code - first));
      const glyph = range !== 0 && raw === 0 ? 0 : (raw + delta) & 0xffff;
      if (glyph !== 0) glyphs.set(code, glyph);
    }
  }
  return glyphs;
}

/** A font file of these tables, which must be sorted by tag. */
function writeFile(tables: readonly (readonly [string, Buffer])[]): Buffer {
  const header = Buffer.alloc(12 + 16 * tables.length);
  const power = Math.floor(Math.log2(tables.length));
  header.writeUInt32BE(0x00010000, 0);
  header.writeUInt16BE(tables.length, 4);
  header.writeUInt16BE(16 << power, 6);
  header.writeUInt16BE(power, 8);
  header.writeUInt16BE(16 * (tables.length - (1 << power)), 10);
  const parts: Buffer[] = [header];
  let offset = header.length;
  for (const [index, [tag, table]] of tables.entries()) {
    // the sum over the whole file is part of `head` and counts as 0 in it
    if (tag === 'head') table.writeUInt32BE(0, 8);
    const part = padded(table, 4);
    const at = 12 + 16 * index;
    header.write(tag, at, 'latin1');
    header.writeUInt32BE(checksum(part), at + 4);
    header.writeUInt32BE(offset, at + 8);
    header.writeUInt32BE(table.length, at + 12);
    parts.push(part);
    offset += part.length;
  }
  const file = Buffer.concat(parts);
  const headAt = 12 + 16 * tables.findIndex(([tag]) => tag === 'head');
  file.writeUInt32BE((0xb1b0afba - checksum(file)) >>> 0, file.readUInt32BE(headAt + 8) + 8);
  return file;
}

/** Sum of 32-bit words. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0;
  return sum;
}

const padded = (bytes: Buffer, unit: number): Buffer =>
  bytes.length % unit === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(unit - (bytes.length % unit))]);
