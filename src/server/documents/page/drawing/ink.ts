/** Fonts, sizes, colors and pictures of a template, as one document has them. */
import { PdfStream } from '@segl/ades/pdf/objects';
import type { PdfRef } from '@segl/ades/pdf/objects';
import { pdfDict, type PdfTarget } from '@segl/ades/pdf/parts';
import { EmbeddedFont } from '../text/embedded-font.ts';
import type { FontSet, Typeface } from '../text/fonts.ts';
import type { PageImage } from './image.ts';
import { breakLines, widthOf } from '../text/shape.ts';
import type { ColorName, FontRole, PadesTemplate, SizeName } from '../template/template-model.ts';

export interface Style {
  readonly font: FontRole;
  readonly size: SizeName;
  readonly color: ColorName;
}

/** Distance of base lines, as a factor of the size. */
export const LEADING = 1.38;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ÆØÅÄÖÜÉæøåäöüéß';
const SIGNS = ' !"#$%&\'()*+,-./:;<=>?@[\\]_§«»–—’”…';

/**
 * What each font holds in any case. Texts that need no more share a subset that is compressed already; a name with
 * a letter from elsewhere costs a new one. More characters here would only make every PDF larger, for decades.
 */
export const COMMON: Readonly<Record<FontRole, string>> = {
  regular: LETTERS + SIGNS,
  bold: LETTERS + SIGNS,
  mono: '0123456789abcdef',
};

/** A font of one document by the name that its pages use. */
export interface NamedFont {
  readonly name: string;
  readonly embedded: EmbeddedFont;
}

/** A picture of one document by the name that its pages use. */
export interface NamedImage {
  readonly name: string;
  readonly ref: PdfRef;
}

/** `#rrggbb` as operands: red, green and blue from 0 to 1. */
export function operands(color: string): string {
  const value = parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255].map((part) => (part / 255).toFixed(4)).join(' ');
}

/** Fonts, colors and pictures of one document. */
export class Ink {
  readonly template: PadesTemplate;
  readonly #target: PdfTarget;
  readonly #faces: FontSet;
  readonly #fonts = new Map<Typeface, NamedFont>();
  readonly #images = new Map<PageImage, NamedImage>();
  readonly #missing = new Set<string>();
  readonly #colors = new Map<ColorName, string>();

  constructor(target: PdfTarget, template: PadesTemplate, faces: FontSet) {
    this.#target = target;
    this.#faces = faces;
    this.template = template;
  }

  /** `common`: characters that the font gets in any case, when it is first asked for. */
  font(face: Typeface, common = ''): NamedFont {
    let font = this.#fonts.get(face);
    if (!font) {
      font = {
        name: `F${this.#fonts.size + 1}`,
        embedded: new EmbeddedFont(this.#target, face, common),
      };
      this.#fonts.set(face, font);
    }
    return font;
  }

  image(image: PageImage): NamedImage {
    let named = this.#images.get(image);
    if (!named) {
      const { width, height, colorSpace, filter, bytes } = image;
      const dict = pdfDict({
        Type: 'XObject',
        Subtype: 'Image',
        Width: width,
        Height: height,
        ColorSpace: colorSpace,
        BitsPerComponent: 8,
        Filter: filter,
      });
      const ref = this.#target.add(new PdfStream(dict, bytes));
      named = { name: `I${this.#images.size + 1}`, ref };
      this.#images.set(image, named);
    }
    return named;
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
    return this.#faces.typeface(this.template.fonts[role]);
  }

  /** Red, green and blue from 0 to 1, as operands. */
  color(name: ColorName): string {
    let color = this.#colors.get(name);
    if (color === undefined) {
      color = operands(this.template.colors[name]);
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

  widthAt(text: string, font: FontRole, size: number): number {
    return widthOf(text, this.typeface(font), size);
  }

  /** Height of a line in points. */
  leading(style: Style): number {
    return this.template.sizes[style.size] * LEADING;
  }
}
