/** Draws on a page from the top down, in the fonts, sizes and colors of a template. */
import type { StructureElement } from '@segl/ades/pdf/structure';
import type { EmbeddedFont } from '../text/embedded-font.ts';
import { COMMON, LEADING, operands, type Ink, type NamedFont, type NamedImage, type Style } from './ink.ts';
import type { PageImage } from './image.ts';
import { round, type Drawing } from './page-content.ts';
import { runOperators } from './run-operators.ts';
import { cleanText, RIGHT_TO_LEFT } from '../text/script.ts';
import { isPlain, shapeLine, widthOf, type ShapedRun } from '../text/shape.ts';
import type { ColorName, FontRole } from '../template/template-model.ts';

/** Gathers what is drawn on one page. `y` is the distance from the top of the page in every method. */
export class Pen {
  readonly ink: Ink;
  readonly #height: number;
  /** Used on this page. */
  readonly #fonts = new Map<string, EmbeddedFont>();
  readonly #images = new Set<NamedImage>();
  readonly #page: number | undefined;
  #marks = 0;
  #isOpen = false;
  /** What was written in the content that is being marked; undefined outside of one. */
  #said: string[] | undefined;
  #isShaped = false;
  #content = '';

  /** `height`: of the page. `page`: its index, for its structure; absent: nothing is marked. */
  constructor(ink: Ink, height: number, page?: number) {
    this.ink = ink;
    this.#height = height;
    this.#page = page;
  }

  /** What is drawn is what the element holds; all that is drawn outside of this is decoration (ISO 32000-1, 14.8.2.2). */
  mark(element: StructureElement, draw: () => unknown): void {
    if (this.#page === undefined) {
      draw();
      return;
    }
    this.#close();
    element.kids.push({ page: this.#page, id: this.#marks });
    this.#content += `/${element.type} <</MCID ${this.#marks++}>> BDC\n`;
    this.#isOpen = true;
    this.#said = [];
    this.#isShaped = false;
    draw();
    // glyphs are drawn as they stand from left to right, whichever way they are read
    if (this.#isShaped) element.actualText = this.#said.join(' ').replaceAll(RIGHT_TO_LEFT, '');
    this.#said = undefined;
    this.#close();
  }

  /** The same for a picture that stands in a rectangle. */
  figure(
    element: StructureElement,
    [x, y, width, height]: readonly [number, number, number, number],
    draw: () => unknown,
  ): void {
    const bottom = this.#height - y - height;
    element.box = [round(x), round(bottom), round(x + width), round(bottom + height)];
    this.mark(element, draw);
  }

  #close(): void {
    if (this.#isOpen) this.#content += 'EMC\n';
    this.#isOpen = false;
  }

  /** One line; `y` is the top of the line. */
  text(text: string, x: number, y: number, style: Style): void {
    const { ink } = this;
    const size = ink.template.sizes[style.size];
    // base line: ascent of about three quarters of the size, and half of the extra leading above it
    const baseline = y + size * (0.76 + (LEADING - 1) / 2);
    this.#write(`BT ${ink.color(style.color)} rg ${round(x)} ${round(this.#height - baseline)} Td`);
    if (this.#said && this.#said.push(text) > 1) this.#separate(size);
    this.#show(text, style.font, size);
  }

  /** A space that takes no room: whoever reads the marked content alone has lines and labels apart. */
  #separate(size: number): void {
    const face = this.ink.typeface('regular');
    const common = this.ink.font(face, COMMON.regular);
    this.#useFont(common, size);
    this.#write(`<${common.embedded.encode(' ')}> Tj 0 0 Td`);
  }

  /** A line of any size and color around the point (x, y), turned to the left by `angle` degrees. */
  turned(
    text: string,
    x: number,
    y: number,
    look: { font: FontRole; size: number; color: string; angle: number },
  ): void {
    const { font, size, color, angle } = look;
    const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
    const turn = [cos, sin, -sin, cos].map((part) => part.toFixed(5)).join(' ');
    const start = `${round(-widthOf(text, this.ink.typeface(font), size) / 2)} ${round(-size * 0.36)}`;
    // whoever copies or searches the page does not come upon it
    this.#write('/Span <</ActualText ()>> BDC');
    this.#write(`q ${turn} ${round(x)} ${round(this.#height - y)} cm BT ${operands(color)} rg ${start} Td`);
    this.#show(text, font, size);
    this.#write('Q EMC');
  }

  /** The glyphs of a line, and the end of its text object. */
  #show(text: string, role: FontRole, size: number): void {
    const { ink } = this;
    const face = ink.typeface(role);
    const common = ink.font(face, COMMON[role]);
    const cleaned = cleanText(text);
    if (isPlain(cleaned, face)) {
      this.#useFont(common, size);
      this.#write(`<${common.embedded.encode(cleaned)}> Tj ET`);
      return;
    }
    this.#isShaped = true;
    const line = shapeLine(cleaned, face);
    ink.miss(line.missing);
    for (const run of line.runs) this.#run(run, size);
    this.#write('ET');
  }

  #useFont({ name, embedded }: NamedFont, size: number): void {
    this.#fonts.set(name, embedded);
    this.#write(`/${name} ${size} Tf`);
  }

  #run(run: ShapedRun, size: number): void {
    const font = this.ink.font(run.face);
    this.#useFont(font, size);
    this.#write(runOperators(run, font.embedded, size));
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

  /** Fills rectangles (operator re), as `shape` does, made larger by `scale`. */
  rectangles(path: string, x: number, y: number, scale: number, color: ColorName): void {
    const matrix = `${scale.toFixed(5)} 0 0 ${(-scale).toFixed(5)} ${round(x)} ${round(this.#height - y)} cm`;
    this.#write(`q ${matrix} ${this.ink.color(color)} rg ${path} f Q`);
  }

  /** White paper, whatever is below. */
  blank(x: number, y: number, width: number, height: number): void {
    this.#write(`1 g ${this.#rectangle(x, y, width, height)} f`);
  }

  image(image: PageImage, x: number, y: number, width: number, height: number): void {
    const named = this.ink.image(image);
    this.#images.add(named);
    const place = `${round(width)} 0 0 ${round(height)} ${round(x)} ${round(this.#height - y - height)}`;
    this.#write(`q ${place} cm /${named.name} Do Q`);
  }

  /** All that was drawn. */
  finish(): Drawing {
    this.#close();
    return {
      operators: this.#content,
      fonts: [...this.#fonts].map(([name, { ref }]) => [name, ref] as const),
      images: [...this.#images].map(({ name, ref }) => [name, ref] as const),
    };
  }

  #rectangle(x: number, y: number, width: number, height: number): string {
    return `${round(x)} ${round(this.#height - y - height)} ${round(width)} ${round(height)} re`;
  }

  #origin(x: number, y: number): string {
    return `1 0 0 -1 ${round(x)} ${round(this.#height - y)} cm`;
  }

  #write(operators: string): void {
    if (this.#page !== undefined && !this.#isOpen) {
      this.#content += '/Artifact BMC\n';
      this.#isOpen = true;
    }
    this.#content += `${operators}\n`;
  }
}
