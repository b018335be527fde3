/** What signature pages are made of: blocks, each measured before it is drawn so that pages can be filled. */
import type { StructureElement } from '@segl/ades/pdf/structure';
import type { Ink, Style } from '../drawing/ink.ts';
import type { Pen } from '../drawing/pen.ts';
import type { SignaturePageData } from '../signature-page-data.ts';
import { fill, type TemplateTexts, type TextName } from '../template/template-texts.ts';
import { timeText } from '../time-text.ts';

export interface Block {
  /** A heading stays with the next block; the seal is only a place, drawn as the appearance of the field. */
  readonly kind: 'heading' | 'body' | 'seal';
  /** Points. */
  readonly height: number;
  /** Distance to the next block. */
  readonly gap: number;
  /** Drawn above it where it starts a page: the head of a table that goes on. */
  readonly head?: Pick<Block, 'height' | 'draw'>;
  draw(pen: Pen, x: number, y: number): void;
}

export const TITLE: Style = { font: 'regular', size: 'title', color: 'muted' };
export const SECTION: Style = { font: 'bold', size: 'section', color: 'accent' };
export const NAME: Style = { font: 'bold', size: 'name', color: 'ink' };
export const TEXT: Style = { font: 'regular', size: 'text', color: 'text' };
export const STRONG: Style = { font: 'bold', size: 'text', color: 'ink' };
export const LABEL: Style = { font: 'regular', size: 'label', color: 'muted' };

/** More of a text is cut, visibly. */
export const MAX_TEXT = 600;

export const cut = (text: string): string => {
  const characters = Array.from(text.slice(0, 4 * MAX_TEXT));
  return characters.length <= MAX_TEXT ? text : `${characters.slice(0, MAX_TEXT).join('')} […]`;
};

/** What the blocks of a page are made from. */
export class Setting {
  readonly ink: Ink;
  readonly data: SignaturePageData;
  /** Width in points. */
  readonly room: number;
  readonly texts: TemplateTexts;
  readonly #values: Readonly<Record<string, string>>;
  /** By milliseconds. */
  readonly #times = new Map<number, string>();

  constructor(ink: Ink, data: SignaturePageData, room: number) {
    this.ink = ink;
    this.data = data;
    this.room = room;
    this.texts = ink.template.texts[data.language];
    this.#values = {
      title: cut(data.title),
      requestId: data.requestId ?? '',
      sealedBy: data.sealedBy,
      sealedAt: this.time(data.sealedAt),
      signerCount: String(data.signers.length),
      documentCount: String(data.documents.length),
      url: data.verifyUrl ?? '',
    };
  }

  /** A text of the template with its fields filled in. */
  say(name: TextName, own: Readonly<Record<string, string>> = {}): string {
    return this.fill(this.texts[name], own);
  }

  fill(text: string, own: Readonly<Record<string, string>> = {}): string {
    return text.includes('{') ? fill(text, { ...this.#values, ...own }) : text;
  }

  time(at: Date): string {
    const { language, timeZone } = this.data;
    let text = this.#times.get(at.getTime());
    if (text === undefined) {
      text = timeText(at, language, this.ink.template.timeZone ?? timeZone);
      this.#times.set(at.getTime(), text);
    }
    return text;
  }
}

export const space = (height: number): Block => ({ kind: 'body', height: 0, gap: height, draw: () => {} });

export function paragraph(
  { ink, room }: Setting,
  element: StructureElement,
  text: string,
  style: Style,
  gap: number,
): Block {
  const lines = ink.wrap(text, style, room);
  return {
    kind: 'body',
    height: lines.length * ink.leading(style),
    gap,
    draw: (pen, x, y) => pen.mark(element, () => pen.lines(lines, x, y, style)),
  };
}

export function sectionTitle({ ink, room }: Setting, element: StructureElement, text: string): Block {
  const lines = ink.wrap(text, SECTION, room);
  return {
    kind: 'heading',
    height: lines.length * ink.leading(SECTION),
    gap: 5,
    draw: (pen, x, y) => pen.mark(element, () => pen.lines(lines, x, y, SECTION)),
  };
}
