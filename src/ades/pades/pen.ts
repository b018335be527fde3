/** Draws on a page from the top down, in the fonts, sizes and colors of a template. */
import { beginText, endText, moveText, rgb, setFillingColor, setFontAndSize, showText } from 'pdf-lib';
import type { PDFDocument, PDFFont, PDFName, PDFPage, RGB } from 'pdf-lib';
import { typeface } from './fonts.ts';
import type { Typeface } from './fonts.ts';
import type { ColorName, FontRole, PadesTemplate, SizeName } from './template.ts';

export interface Style {
  readonly font: FontRole;
  readonly size: SizeName;
  readonly color: ColorName;
}

/** Distance of base lines, as a factor of the size. */
const LEADING = 1.38;

/** Fonts and colors of one document. */
export class Ink {
  readonly template: PadesTemplate;
  readonly #fonts: Readonly<Record<FontRole, PDFFont>>;
  readonly #colors = new Map<ColorName, RGB>();

  private constructor(template: PadesTemplate, fonts: Readonly<Record<FontRole, PDFFont>>) {
    this.template = template;
    this.#fonts = fonts;
  }

  static async mix(document: PDFDocument, template: PadesTemplate): Promise<Ink> {
    const { regular, bold, mono } = template.fonts;
    return new Ink(template, {
      regular: await typeface(regular).embed(document),
      bold: await typeface(bold).embed(document),
      mono: await typeface(mono).embed(document),
    });
  }

  font(role: FontRole): PDFFont {
    return this.#fonts[role];
  }

  typeface(role: FontRole): Typeface {
    return typeface(this.template.fonts[role]);
  }

  color(name: ColorName): RGB {
    let color = this.#colors.get(name);
    if (!color) {
      const value = parseInt(this.template.colors[name].slice(1), 16);
      color = rgb((value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255);
      this.#colors.set(name, color);
    }
    return color;
  }

  wrap(text: string, style: Style, room: number): string[] {
    return this.typeface(style.font).wrap(text, this.template.sizes[style.size], room);
  }

  width(text: string, style: Style): number {
    const face = this.typeface(style.font);
    return face.width(face.printable(text), this.template.sizes[style.size]);
  }

  /** Height of a line in points. */
  leading(style: Style): number {
    return this.template.sizes[style.size] * LEADING;
  }
}

/** To 1/100 point. */
export const round = (points: number): number => Math.round(points * 100) / 100;

/** `y` is the distance from the top of the page in every method. */
export class Pen {
  readonly ink: Ink;
  readonly #page: PDFPage;
  readonly #height: number;
  /** Resource names of the fonts used on this page. */
  readonly #fontNames = new Map<FontRole, PDFName>();

  constructor(ink: Ink, page: PDFPage) {
    this.ink = ink;
    this.#page = page;
    this.#height = page.getHeight();
  }

  /** One line; `y` is the top of the line. */
  text(text: string, x: number, y: number, style: Style): void {
    const size = this.ink.template.sizes[style.size];
    // base line: ascent of about three quarters of the size, and half of the extra leading above it
    const baseline = y + size * (0.76 + (LEADING - 1) / 2);
    const { ink } = this;
    // operators instead of drawText(), which spends most of its time on options that we do not use
    this.#page.pushOperators(
      beginText(),
      setFillingColor(ink.color(style.color)),
      setFontAndSize(this.#fontName(style.font), size),
      moveText(round(x), round(this.#height - baseline)),
      showText(ink.font(style.font).encodeText(ink.typeface(style.font).printable(text))),
      endText(),
    );
  }

  #fontName(role: FontRole): PDFName {
    let name = this.#fontNames.get(role);
    if (!name) {
      const font = this.ink.font(role);
      name = this.#page.node.newFontDictionary(font.name, font.ref);
      this.#fontNames.set(role, name);
    }
    return name;
  }

  /** Lines below each other; gives the height used. */
  lines(lines: readonly string[], x: number, y: number, style: Style): number {
    const leading = this.ink.leading(style);
    for (const [index, line] of lines.entries()) this.text(line, x, y + index * leading, style);
    return lines.length * leading;
  }

  box(x: number, y: number, width: number, height: number, color: ColorName): void {
    this.#page.drawRectangle({
      x,
      y: this.#height - y - height,
      width,
      height,
      color: this.ink.color(color),
    });
  }

  /** Only the outline of a rectangle. */
  frame(x: number, y: number, width: number, height: number, color: ColorName, thickness: number): void {
    this.#page.drawRectangle({
      x,
      y: this.#height - y - height,
      width,
      height,
      borderColor: this.ink.color(color),
      borderWidth: thickness,
    });
  }

  /** An SVG path whose origin is put at (x, y). */
  shape(path: string, x: number, y: number, color: ColorName): void {
    this.#page.drawSvgPath(path, { x, y: this.#height - y, color: this.ink.color(color) });
  }

  stroke(path: string, x: number, y: number, color: ColorName | undefined, thickness: number): void {
    this.#page.drawSvgPath(path, {
      x,
      y: this.#height - y,
      borderColor: color ? this.ink.color(color) : rgb(1, 1, 1),
      borderWidth: thickness,
    });
  }
}
