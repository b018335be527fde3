/** Draws on a page from the top down, in the fonts, sizes and colors of a template. */
import type { PDFDocument, PDFPage } from 'pdf-lib';
import { EmbeddedFont } from './embedded-font.ts';
import { typeface } from './fonts.ts';
import type { Typeface } from './fonts.ts';
import { round, setPageContent } from './page-content.ts';
import { cleanText } from './script.ts';
import { breakLines, isPlain, shapeLine, widthOf, type ShapedRun } from './shape.ts';
import type { ColorName, FontRole, PadesTemplate, SizeName } from './template.ts';

export interface Style {
  readonly font: FontRole;
  readonly size: SizeName;
  readonly color: ColorName;
}

/** Distance of base lines, as a factor of the size. */
const LEADING = 1.38;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ÆØÅÄÖÜÉæøåäöüéß';
const SIGNS = ' !"#$%&\'()*+,-./:;<=>?@[\\]_§«»–—’”…';

/**
 * What each font holds in any case. Texts that need no more share a subset that is compressed already; a name with
 * a letter from elsewhere costs a new one. More characters here would only make every PDF larger, for decades.
 */
const COMMON: Readonly<Record<FontRole, string>> = {
  regular: LETTERS + SIGNS,
  bold: LETTERS + SIGNS,
  mono: '0123456789abcdef',
};

/** A font of one document by the name that its pages use. */
interface NamedFont {
  readonly name: string;
  readonly embedded: EmbeddedFont;
}

/** Fonts and colors of one document. */
export class Ink {
  readonly template: PadesTemplate;
  readonly #document: PDFDocument;
  readonly #fonts = new Map<Typeface, NamedFont>();
  readonly #missing = new Set<string>();
  readonly #colors = new Map<ColorName, string>();

  constructor(document: PDFDocument, template: PadesTemplate) {
    this.#document = document;
    this.template = template;
  }

  /** `common`: characters that the font gets in any case, when it is first asked for. */
  font(face: Typeface, common = ''): NamedFont {
    let font = this.#fonts.get(face);
    if (!font) {
      font = {
        name: `F${this.#fonts.size + 1}`,
        embedded: new EmbeddedFont(this.#document.context, face, common),
      };
      this.#fonts.set(face, font);
    }
    return font;
  }

  /** Writes the fonts, when everything is drawn. */
  writeFonts(): void {
    for (const { embedded } of this.#fonts.values()) embedded.write();
  }

  /** Scripts of which something was drawn as boxes, because no font has it. */
  get missing(): readonly string[] {
    return [...this.#missing];
  }

  miss(scripts: readonly string[]): void {
    for (const script of scripts) this.#missing.add(script);
  }

  typeface(role: FontRole): Typeface {
    return typeface(this.template.fonts[role]);
  }

  /** Red, green and blue from 0 to 1, as operands. */
  color(name: ColorName): string {
    let color = this.#colors.get(name);
    if (color === undefined) {
      const value = parseInt(this.template.colors[name].slice(1), 16);
      color = [value >> 16, (value >> 8) & 255, value & 255].map((part) => (part / 255).toFixed(4)).join(' ');
      this.#colors.set(name, color);
    }
    return color;
  }

  wrap(text: string, style: Style, room: number): string[] {
    return breakLines(text, this.typeface(style.font), this.template.sizes[style.size], room);
  }

  width(text: string, style: Style): number {
    return widthOf(text, this.typeface(style.font), this.template.sizes[style.size]);
  }

  /** Height of a line in points. */
  leading(style: Style): number {
    return this.template.sizes[style.size] * LEADING;
  }
}

/** Gathers what is drawn on one page. `y` is the distance from the top of the page in every method. */
export class Pen {
  readonly ink: Ink;
  readonly #height: number;
  /** Used on this page. */
  readonly #fonts = new Map<string, EmbeddedFont>();
  #content = '';

  /** `height`: of the page. */
  constructor(ink: Ink, height: number) {
    this.ink = ink;
    this.#height = height;
  }

  /** One line; `y` is the top of the line. */
  text(text: string, x: number, y: number, style: Style): void {
    const { ink } = this;
    const size = ink.template.sizes[style.size];
    // base line: ascent of about three quarters of the size, and half of the extra leading above it
    const baseline = y + size * (0.76 + (LEADING - 1) / 2);
    const face = ink.typeface(style.font);
    const common = ink.font(face, COMMON[style.font]);
    const cleaned = cleanText(text);
    this.#write(`BT ${ink.color(style.color)} rg ${round(x)} ${round(this.#height - baseline)} Td`);
    if (isPlain(cleaned, face)) {
      this.#useFont(common, size);
      this.#write(`<${common.embedded.encode(cleaned)}> Tj ET`);
      return;
    }
    const line = shapeLine(cleaned, face);
    ink.miss(line.missing);
    for (const run of line.runs) this.#run(run, size);
    this.#write('ET');
  }

  #useFont({ name, embedded }: NamedFont, size: number): void {
    this.#fonts.set(name, embedded);
    this.#write(`/${name} ${size} Tf`);
  }

  /** The glyphs of a run, moved to where they belong (ISO 32000-1, 9.4.3: TJ counts to the left). */
  #run({ face, glyphs }: ShapedRun, size: number): void {
    const font = this.ink.font(face);
    this.#useFont(font, size);
    let pieces = '';
    let rise = 0;
    for (const { id, text, advance, x, y } of glyphs) {
      const wanted = round((y * size) / 1000);
      if (wanted !== rise) {
        pieces += `] TJ ${wanted} Ts [`;
        rise = wanted;
      }
      const before = round(-x);
      const after = round(face.advance(id) - advance + x);
      pieces += `${before === 0 ? '' : ` ${before} `}<${font.embedded.encodeGlyph(id, text)}>`;
      if (after !== 0) pieces += ` ${after} `;
    }
    this.#write(`[${pieces}] TJ${rise === 0 ? '' : ' 0 Ts'}`);
  }

  /** Lines below each other; gives the height used. */
  lines(lines: readonly string[], x: number, y: number, style: Style): number {
    const leading = this.ink.leading(style);
    for (const [index, line] of lines.entries()) this.text(line, x, y + index * leading, style);
    return lines.length * leading;
  }

  box(x: number, y: number, width: number, height: number, color: ColorName): void {
    this.#write(`${this.ink.color(color)} rg ${this.#rectangle(x, y, width, height)} f`);
  }

  /** Only the outline of a rectangle. */
  frame(x: number, y: number, width: number, height: number, color: ColorName, thickness: number): void {
    this.#write(`${this.ink.color(color)} RG ${thickness} w ${this.#rectangle(x, y, width, height)} S`);
  }

  /** Fills a path whose origin is put at (x, y): operators m, l, c and h, with y growing downwards. */
  shape(path: string, x: number, y: number, color: ColorName): void {
    this.#write(`q ${this.#origin(x, y)} ${this.ink.color(color)} rg ${path} f Q`);
  }

  /** Draws along such a path; white without a color. */
  stroke(path: string, x: number, y: number, color: ColorName | undefined, thickness: number): void {
    const rgb = color ? this.ink.color(color) : '1 1 1';
    this.#write(`q ${this.#origin(x, y)} ${rgb} RG ${thickness} w ${path} S Q`);
  }

  /** Puts all that was drawn on a page. */
  finish(page: PDFPage): void {
    setPageContent(page, this.#content, this.#fonts);
  }

  #rectangle(x: number, y: number, width: number, height: number): string {
    return `${round(x)} ${round(this.#height - y - height)} ${round(width)} ${round(height)} re`;
  }

  #origin(x: number, y: number): string {
    return `1 0 0 -1 ${round(x)} ${round(this.#height - y)} cm`;
  }

  #write(operators: string): void {
    this.#content += `${operators}\n`;
  }
}
