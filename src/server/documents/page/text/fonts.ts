/** The fonts that texts are set in, and plain texts: a glyph for each character. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../../problems.ts';
import { projectFile } from '../../../paths.ts';
import { FontUnusable, TrueTypeFont } from './truetype.ts';
import type { FontMetrics } from './truetype.ts';

const folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');

/** Stands for a character that cannot be set: seen, and never silently lost. */
export const MISSING = '\u25a1';
/** Stands for what has no business in a printed text: control characters, and those that turn the reading direction. */
export const UNPRINTABLE = '\ufffd';

/**
 * Scripts whose characters stand side by side from left to right, a glyph each. The others need joining, reordering
 * or the other direction, which `shape.ts` does; a text of plain characters shows that they are missing.
 */
const OTHER_SCRIPT =
  /[^\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Armenian}\p{Script=Georgian}\p{Script=Common}\p{Script=Inherited}]/gu;

/** A font for texts. Widths are sums of the widths of characters: there are no ligatures and no kerning. */
export class Typeface {
  /** E.g. `DejaVuSans-Bold`. */
  readonly name: string;
  /** Name and digest: an added font may have the name of another. */
  readonly key: string;
  /** The file itself, for shaping. */
  readonly file: Buffer;
  readonly #font: TrueTypeFont;
  readonly #fallbacks: (face: Typeface) => readonly Typeface[];
  #known: readonly Typeface[] | undefined;
  /** Width of each character met so far in 1/1000 of the size. */
  readonly #widths = new Map<string, number>();

  /** `fallbacks`: what is asked for what it lacks. */
  constructor(name: string, file: Buffer, fallbacks: (face: Typeface) => readonly Typeface[] = () => []) {
    this.name = name;
    this.key = `${name} ${createHash('sha256').update(file).digest('hex')}`;
    this.file = file;
    this.#font = new TrueTypeFont(file);
    this.#fallbacks = fallbacks;
  }

  /** What is asked, in this order, for what it lacks. */
  get fallbacks(): readonly Typeface[] {
    return (this.#known ??= this.#fallbacks(this));
  }

  get metrics(): FontMetrics {
    return this.#font.metrics;
  }

  /** A font file whose glyph n is the n-th of these, counted from 1. */
  subset(glyphs: readonly number[]): Uint8Array {
    return this.#font.subset([0, ...glyphs]);
  }

  /** Number of the glyph of a character, 0 when there is none. */
  glyph(character: string): number {
    return this.#font.glyph(character.codePointAt(0) ?? 0);
  }

  /** Width of a glyph in 1/1000 of the size. */
  advance(glyph: number): number {
    return this.#font.advance(glyph);
  }

  /** One line of text as it can be printed: composed, what cannot be set as boxes, no control characters. */
  printable(text: string): string {
    if (/^[ -~]*$/.test(text)) return text;
    return text
      .normalize('NFC')
      .replace(/[\t\n\r\u00a0\u2028\u2029]+/g, ' ')
      .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, UNPRINTABLE)
      .replace(OTHER_SCRIPT, MISSING)
      .replace(/[^ -~]/gu, (character) => (this.glyph(character) === 0 ? MISSING : character));
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
      width = this.#font.advance(this.glyph(character));
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

const isBold = ({ name }: Pick<Typeface, 'name'>): boolean => /bold/i.test(name);

/** True for the name (without .ttf) of a font that is installed with the project. */
export const isFontName = (name: string): boolean =>
  /^DejaVu[A-Za-z-]+$/.test(name) && existsSync(join(folder, `${name}.ttf`));

/** The fonts that are installed with the project, each read when it is first asked for, and those that an operator added. */
export class FontSet {
  readonly #shipped = new Map<string, Typeface>();
  readonly #added: readonly Typeface[];

  /** `added`: serve what the shipped ones lack, in this order. */
  constructor(added: readonly Typeface[] = []) {
    this.#added = added;
  }

  /** The shipped font of that name, e.g. `DejaVuSans-Bold`. */
  typeface(name: string): Typeface {
    let found = this.#shipped.get(name);
    if (!found) {
      const file = readFileSync(join(folder, `${name}.ttf`));
      found = new Typeface(name, file, (face) => this.#fallbacks(face));
      this.#shipped.set(name, found);
    }
    return found;
  }

  /** The full face of its weight, then the added fonts, first those of its weight. */
  #fallbacks(face: Typeface): readonly Typeface[] {
    const full = isBold(face) ? ['DejaVuSans-Bold', 'DejaVuSans'] : ['DejaVuSans'];
    const fits = (other: Typeface): number => (isBold(other) === isBold(face) ? 0 : 1);
    return [
      ...full.map((name) => this.typeface(name)),
      ...[...this.#added].sort((one, other) => fits(one) - fits(other)),
    ];
  }
}

/** Without added ones. */
export const SHIPPED_FONTS = new FontSet();

/** Where added fonts lie when nothing else is said. */
const ADDED_FOLDER = projectFile('templates', 'fonts');

/** Fonts with those of a folder (.ttf) added, in the order of their names. Throws FONT_UNUSABLE. */
export function readFonts(path: string = ADDED_FOLDER): FontSet {
  const names = existsSync(path) ? readdirSync(path).filter((name) => /\.(ttf|ttc|otf)$/i.test(name)) : [];
  return new FontSet(names.sort().map((name) => readAdded(path, name)));
}

function readAdded(path: string, name: string): Typeface {
  const file = join(path, name);
  const unusable = (why: Problem): SeglError => serverProblems.error('FONT_UNUSABLE', { file, why });
  try {
    const bytes = readFileSync(file);
    const kind = bytes.toString('latin1', 0, 4);
    if (kind === 'ttcf') throw unusable(serverProblems.of('font/collection'));
    if (kind === 'OTTO') throw unusable(serverProblems.of('font/postscript-outlines'));
    const face = new Typeface(name.replace(/\.\w+$/, '').replace(/[^A-Za-z0-9-]/g, '') || 'Font', bytes);
    if (!TrueTypeFont.mayBeEmbedded(bytes)) throw unusable(serverProblems.of('font/not-embeddable'));
    return face;
  } catch (error) {
    if (error instanceof SeglError) throw error;
    if (error instanceof FontUnusable) throw unusable(error.why);
    throw unusable(serverProblems.of('font/unreadable', { said: (error as Error).message }));
  }
}
