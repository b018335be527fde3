/**
 * A font as one PDF holds it: a subset, with a number (CID) for each glyph and text that it stands for, in the order of
 * their first use (ISO 32000-1, 9.7). Subsets are compressed once and remembered: most documents need no other characters than
 * the common ones that their fonts start with.
 */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { PdfStream, PdfVerbatim } from '@segl/ades/pdf/objects';
import type { PdfRef } from '@segl/ades/pdf/objects';
import { pdfDict, type PdfLiteral, type PdfTarget } from '@segl/ades/pdf/parts';
import { textString } from '@segl/ades/pdf/text-string';
import type { Typeface } from './fonts.ts';

/** Entries that one section of a character map may have. */
const MAX_SECTION = 100;
/** Subsets that are remembered, of all fonts together; 5 to 20 kB each. */
const MAX_SUBSETS = 64;

/** Flags of a font descriptor (ISO 32000-1, table 123). */
const FIXED_PITCH = 1;
const SYMBOLIC = 4;
const ITALIC = 64;

interface Entry {
  readonly glyph: number;
  readonly text: string;
}

/** What can be shared by all documents that use the same characters. */
interface Subset {
  /** Six letters, different for different subsets (ISO 32000-1, 9.6.4). */
  readonly tag: string;
  /** Deflated. */
  readonly fontFile: Uint8Array;
  /** Before deflation. */
  readonly fontFileLength: number;
  /** Deflated. */
  readonly toUnicode: Uint8Array;
  /** /W: of CID 1 and on, in 1/1000 of the size. */
  readonly widths: PdfVerbatim;
}

export class EmbeddedFont {
  readonly ref: PdfRef;
  readonly #target: PdfTarget;
  readonly #face: Typeface;
  /** The characters that it holds in any case. */
  readonly #common: Glyphs;
  /** Others, numbered behind them. */
  readonly #more: Glyphs;

  /** `common`: characters that are embedded in any case. */
  constructor(target: PdfTarget, face: Typeface, common: string) {
    this.ref = target.reserve();
    this.#target = target;
    this.#face = face;
    this.#common = commonGlyphs(face, common);
    this.#more = new Glyphs(this.#common.entries.length);
  }

  /** The hex string that shows a printable text, without its angle brackets. */
  encode(text: string): string {
    let codes = '';
    for (const character of text) {
      codes +=
        this.#common.characters.get(character) ??
        this.#more.characters.get(character) ??
        this.#encodeNew(character);
    }
    return codes;
  }

  #encodeNew(character: string): string {
    const code = this.encodeGlyph(this.#face.glyph(character), character);
    this.#more.characters.set(character, code);
    return code;
  }

  /** The four hex digits that show a glyph. `text`: what readers copy; may be empty. */
  encodeGlyph(glyph: number, text: string): string {
    return this.#common.codes.get(`${glyph} ${text}`) ?? this.#more.code(glyph, text);
  }

  /** Writes the objects of the font, when all texts are encoded. */
  write(): void {
    const target = this.#target;
    const { name, metrics } = this.#face;
    const subset = subsetOf(this.#face, [...this.#common.entries, ...this.#more.entries]);
    const baseFont = `${subset.tag}+${name}`;
    const stream = (bytes: Uint8Array, entries: { readonly Length1?: number } = {}): PdfRef =>
      target.add(new PdfStream(pdfDict({ Filter: 'FlateDecode', ...entries }), bytes));
    const add = (entries: { readonly [key: string]: PdfLiteral }): PdfRef => target.add(pdfDict(entries));
    const descriptor = add({
      Type: 'FontDescriptor',
      FontName: baseFont,
      Flags: SYMBOLIC | (metrics.monospaced ? FIXED_PITCH : 0) | (metrics.italicAngle === 0 ? 0 : ITALIC),
      FontBBox: metrics.box.map(Math.round),
      ItalicAngle: metrics.italicAngle,
      Ascent: Math.round(metrics.ascent),
      Descent: Math.round(metrics.descent),
      CapHeight: Math.round(metrics.capHeight),
      StemV: 0,
      FontFile2: stream(subset.fontFile, { Length1: subset.fontFileLength }),
    });
    const descendant = add({
      Type: 'Font',
      Subtype: 'CIDFontType2',
      BaseFont: baseFont,
      CIDSystemInfo: { Registry: textString('Adobe'), Ordering: textString('Identity'), Supplement: 0 },
      FontDescriptor: descriptor,
      W: subset.widths,
      CIDToGIDMap: 'Identity',
    });
    target.put(
      this.ref,
      pdfDict({
        Type: 'Font',
        Subtype: 'Type0',
        BaseFont: baseFont,
        Encoding: 'Identity-H',
        DescendantFonts: [descendant],
        ToUnicode: stream(subset.toUnicode),
      }),
    );
  }
}

/** Glyphs by the CIDs that they have been given. */
class Glyphs {
  /** Character → CID as four hex digits. */
  readonly characters = new Map<string, string>();
  /** Glyph and text → CID: the same glyph may stand for different texts, e.g. a space for what cannot be broken. */
  readonly codes = new Map<string, string>();
  readonly entries: Entry[] = [];
  readonly #before: number;

  /** `before`: the last CID that is taken. CID 0 stands for what a font does not have. */
  constructor(before: number) {
    this.#before = before;
  }

  code(glyph: number, text: string): string {
    const key = `${glyph} ${text}`;
    let code = this.codes.get(key);
    if (code === undefined) {
      code = hex(this.#before + this.entries.push({ glyph, text }));
      this.codes.set(key, code);
    }
    return code;
  }
}

const common = new Map<string, Glyphs>();

/** Numbered once for all documents: the same characters of the same font. */
function commonGlyphs(face: Typeface, characters: string): Glyphs {
  const key = `${face.key} ${characters}`;
  let glyphs = common.get(key);
  if (!glyphs) {
    glyphs = new Glyphs(0);
    for (const character of characters) {
      glyphs.characters.set(character, glyphs.code(face.glyph(character), character));
    }
    common.set(key, glyphs);
  }
  return glyphs;
}

const subsets = new Map<string, Subset>();

/** The subset of these glyphs, CID 1 and on. */
function subsetOf(face: Typeface, entries: readonly Entry[]): Subset {
  const key = `${face.key} ${entries.map(({ glyph, text }) => `${glyph}${text}`).join(' ')}`;
  const known = subsets.get(key);
  if (known) return known;
  const fontFile = face.subset(entries.map(({ glyph }) => glyph));
  const subset: Subset = {
    tag: tagOf(key),
    fontFile: deflateSync(fontFile),
    fontFileLength: fontFile.length,
    toUnicode: deflateSync(toUnicode(entries)),
    widths: new PdfVerbatim(
      `[1 [${entries.map(({ glyph }) => Math.round(face.advance(glyph) * 10) / 10).join(' ')}]]`,
    ),
  };
  const [oldest] = subsets.keys();
  if (oldest !== undefined && subsets.size >= MAX_SUBSETS) subsets.delete(oldest);
  subsets.set(key, subset);
  return subset;
}

const tagOf = (key: string): string =>
  Array.from(createHash('sha256').update(key).digest().subarray(0, 6), (byte) =>
    String.fromCharCode(0x41 + (byte % 26)),
  ).join('');

/** The CMap that gives readers the text back (ISO 32000-1, 9.10.3). */
function toUnicode(glyphs: readonly Entry[]): string {
  const entries = glyphs.flatMap(({ text }, index) => {
    const utf16 = Buffer.from(text, 'utf16le').swap16().toString('hex');
    // marks have none: their letter carries them
    return text === '' ? [] : [`<${hex(index + 1)}> <${utf16}>\n`];
  });
  let sections = '';
  for (let at = 0; at < entries.length; at += MAX_SECTION) {
    const section = entries.slice(at, at + MAX_SECTION);
    sections += `${section.length} beginbfchar\n${section.join('')}endbfchar\n`;
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
${sections}endcmap
CMapName currentdict /CMap defineresource pop
end
end
`;
}

const hex = (code: number): string => code.toString(16).padStart(4, '0');
