/** A TrueType font file (ISO/IEC 14496-22 with `glyf` outlines): its measures, and subsets of it for embedding. */

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

  /** `file`: a font that ships with the project, hence trusted to be well-formed. */
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
      box: [36, 38, 40, 42].map((at) => this.#scaled(head.readInt16BE(at))) as [number, number, number, number],
      ascent: this.#scaled(hhea.readInt16BE(4)),
      descent: this.#scaled(hhea.readInt16BE(6)),
      capHeight: this.#scaled(this.#outline(capital).readInt16BE(8)),
      italicAngle: post.readInt32BE(4) / 65536,
      monospaced: post.readUInt32BE(12) !== 0,
    };
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
    let offset = 0;
    for (const [index, outline] of outlines.entries()) offset = offsets.writeUInt32BE((offset += outline.length), 4 * (index + 1)) && offset;
    const metrics = Buffer.concat(glyphs.map((glyph) => this.#horizontalMetrics(glyph)));
    const head = Buffer.from(this.#table('head'));
    head.writeUInt32BE(0, 8);
    head.writeInt16BE(1, 50);
    const hhea = Buffer.from(this.#table('hhea'));
    hhea.writeUInt16BE(glyphs.length, 34);
    const maxp = Buffer.from(this.#table('maxp'));
    maxp.writeUInt16BE(glyphs.length, 4);
    return writeDirectory(
      new Map([
        ['glyf', Buffer.concat(outlines)],
        ['head', head],
        ['hhea', hhea],
        ['hmtx', metrics],
        ['loca', offsets],
        ['maxp', maxp],
      ]),
    );
  }
