/** The fonts that we embed. Each is parsed once per process; every document embeds only the glyphs that it uses. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fontkit from '@pdf-lib/fontkit';
import type { PDFDocument, PDFFont } from 'pdf-lib';

const folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');

type ParsedFont = ReturnType<typeof fontkit.create>;
type GlyphRun = ReturnType<ParsedFont['layout']>;

/** Stands for a character that the font does not have: seen, and never silently lost. */
const MISSING = '\u25a1';
/** Stands for what has no business in a printed text: control characters, and those that turn the reading direction. */
const UNPRINTABLE = '\ufffd';

/** A parsed font. Widths are sums of the widths of characters: ligatures and kerning are off. */
export class Typeface {
  readonly #bytes: Uint8Array;
  readonly #parsed: ParsedFont;
  readonly #scale: number;
  /** Width of each known character in 1/1000 of the size. */
  readonly #widths = new Map<string, number>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#parsed = fontkit.create(bytes);
    this.#scale = 1000 / this.#parsed.unitsPerEm;
    // Glyphs remember the first character they were asked for. Asked in fixed order, documents do not depend on
    // which texts came before.
    for (const codePoint of this.#parsed.characterSet) this.#parsed.glyphForCodePoint(codePoint);
    parsedByBytes.set(bytes, withShortLayout(this.#parsed));
  }

  /** Embeds a subset of the font. */
  async embed(document: PDFDocument): Promise<PDFFont> {
    document.registerFontkit(cachedFontkit);
    return document.embedFont(this.#bytes, { subset: true, features: { liga: false, kern: false } });
  }

  /** One line of text as it can be printed: composed, missing glyphs as boxes, no control characters. */
  printable(text: string): string {
    return text
      .normalize('NFC')
      .replace(/[\t\n\r\u00a0\u2028\u2029]+/g, ' ')
      .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, UNPRINTABLE)
      .replace(/./gsu, (character) =>
        this.#parsed.hasGlyphForCodePoint(character.codePointAt(0) ?? 0) ? character : MISSING,
      );
  }

  /** Width in points of a printable text. */
  width(text: string, size: number): number {
    let width = 0;
    for (const character of text) width += this.#advance(character);
    return (width * size) / 1000;
  }

  #advance(character: string): number {
    let width = this.#widths.get(character);
    if (width === undefined) {
      width = this.#parsed.glyphForCodePoint(character.codePointAt(0) ?? 0).advanceWidth * this.#scale;
      this.#widths.set(character, width);
    }
    return width;
  }

  /**
   * Breaks a text into lines of at most `room` points, at spaces, or inside a word that is longer than a line.
   * At least one line; the text is made printable.
   */
  wrap(text: string, size: number, room: number): string[] {
    const lines: string[] = [];
    const space = this.width(' ', size);
    let line = '';
    let used = 0;
    const end = (): void => {
      if (line !== '') lines.push(line);
      line = '';
      used = 0;
    };
    for (const word of this.printable(text).trim().split(/ +/)) {
      const width = this.width(word, size);
      if (line !== '' && used + space + width <= room) {
        line += ` ${word}`;
        used += space + width;
        continue;
      }
      end();
      if (width <= room) {
        line = word;
        used = width;
        continue;
      }
      for (const character of word) {
        const advance = this.width(character, size);
        if (used + advance > room) end();
        line += character;
        used += advance;
      }
    }
    return line === '' && lines.length > 0 ? lines : [...lines, line];
  }
}

const typefaces = new Map<string, Typeface>();
const parsedByBytes = new WeakMap<Uint8Array, ParsedFont>();

/** Hands out the parsed fonts to pdf-lib, which would parse the bytes anew for every document. */
const cachedFontkit = {
  create: (bytes: Uint8Array): ParsedFont => parsedByBytes.get(bytes) ?? fontkit.create(bytes),
};

/** Scripts whose characters stand one after the other, a glyph each; the others need the font's own rules. */
const SIMPLE = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{P}\p{N}\p{S}\p{Zs}]*$/u;

/** Takes the short way for simple scripts: with ligatures and kerning off, shaping gives the same glyphs slowly. */
function withShortLayout(font: ParsedFont): ParsedFont {
  const short = Object.create(font) as ParsedFont;
  short.layout = (text, features) =>
    SIMPLE.test(text) ? ({ glyphs: font.glyphsForString(text) } as GlyphRun) : font.layout(text, features);
  return short;
}

/** True for the name (without .ttf) of a font that is installed with the project. */
export const isFontName = (name: string): boolean =>
  /^DejaVu[A-Za-z-]+$/.test(name) && existsSync(join(folder, `${name}.ttf`));

/** The font of that name, e.g. `DejaVuSans-Bold`. */
export function typeface(name: string): Typeface {
  let found = typefaces.get(name);
  if (!found) {
    found = new Typeface(new Uint8Array(readFileSync(join(folder, `${name}.ttf`))));
    typefaces.set(name, found);
  }
  return found;
}
