/** How a value fits into its place: nothing is cut off, and nothing is printed that is not what was filled in. */
import { SHIPPED_FONTS, type Typeface } from '../page/text/fonts.ts';
import type { PdfField, PdfWidget } from './form.ts';

/** The font of what is filled in: about as narrow as the one that forms are designed with. */
export const FORM_FACE = 'DejaVuSansCondensed';

/** Points. */
const SMALLEST = 4;
const USUAL = 12;
const PADDING = 2;
const LEADING = 1.2;
/** Sizes are tried in steps of this factor. */
const STEP = 0.93;

export interface FittedLine {
  readonly text: string;
  /** Start of the base line, from the lower left corner of the place. */
  readonly x: number;
  readonly y: number;
}

export interface FittedText {
  readonly size: number;
  readonly lines: readonly FittedLine[];
}

/** `characters`: some cannot be printed; `space`: the text does not fit, however small. */
export type InvalidValue =
  { readonly kind: 'characters'; readonly characters: string } | { readonly kind: 'space' };

/** Width and height of the place, as the text sees it: a turned place has them swapped. */
export function placeSize({ box, look }: PdfWidget): readonly [number, number] {
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  return look.rotation % 180 === 0 ? [width, height] : [height, width];
}

/** The texts that a field shows for its values, a line each; for buttons none. */
export function shownTexts({ kind, options }: PdfField, values: readonly string[]): string[] {
  if (kind === 'check' || kind === 'radio') return [];
  if (kind === 'lines') return values.flatMap((value) => value.split('\n'));
  if (kind === 'text') return [...values];
  return values.map((value) => options.find((option) => option.value === value)?.label ?? value);
}

/** The characters of a text that cannot be printed, each once; '' when all can. */
export function unprintable(text: string): string {
  const face = SHIPPED_FONTS.typeface(FORM_FACE);
  const bad = Array.from(text.normalize('NFC')).filter(
    (character) => character !== '\n' && face.printable(character) !== character,
  );
  return [...new Set(bad)].join('');
}

/** The text set into the widget, or why it cannot be. No values: no lines. */
export function fit(
  field: PdfField,
  widget: PdfWidget,
  values: readonly string[],
): FittedText | InvalidValue {
  const texts = shownTexts(field, values).map((text) => text.normalize('NFC'));
  const characters = unprintable(texts.join('\n'));
  if (characters !== '') return { kind: 'characters', characters };
  if (texts.every((text) => text === '')) return { size: USUAL, lines: [] };
  const face = SHIPPED_FONTS.typeface(FORM_FACE);
  const inset = PADDING + (widget.look.border ? widget.look.borderWidth : 0);
  if (field.kind === 'lines' || field.kind === 'choices') return fitLines(face, widget, texts, inset);
  const [text = ''] = texts;
  return field.comb ? fitComb(face, field, widget, text) : fitLine(face, widget, text, inset);
}

function fitLine(face: Typeface, widget: PdfWidget, text: string, inset: number): FittedText | InvalidValue {
  const [width, height] = placeSize(widget);
  const { look } = widget;
  const room = width - 2 * inset;
  const tallest = height * 0.85;
  const wanted = Math.min(look.size ?? Math.min(USUAL, height * 0.72), tallest);
  const size = Math.min(wanted, room / face.width(text, 1));
  if (size < SMALLEST) return { kind: 'space' };
  const free = room - face.width(text, size);
  const x = inset + [0, free / 2, free][look.alignment]!;
  return { size, lines: [{ text, x, y: middle(face, height, size) }] };
}

function fitComb(
  face: Typeface,
  field: PdfField,
  widget: PdfWidget,
  text: string,
): FittedText | InvalidValue {
  const [width, height] = placeSize(widget);
  const characters = Array.from(text);
  const cell = width / (field.maxLength ?? characters.length);
  const widest = Math.max(...characters.map((character) => face.width(character, 1)));
  const wanted = Math.min(widget.look.size ?? USUAL, height * 0.85);
  const size = Math.min(wanted, (cell * 0.95) / widest);
  if (size < SMALLEST) return { kind: 'space' };
  const y = middle(face, height, size);
  const lines = characters.map((character, index) => ({
    text: character,
    x: index * cell + (cell - face.width(character, size)) / 2,
    y,
  }));
  return { size, lines: lines.filter(({ text }) => text !== ' ') };
}

function fitLines(
  face: Typeface,
  widget: PdfWidget,
  texts: readonly string[],
  inset: number,
): FittedText | InvalidValue {
  const [width, height] = placeSize(widget);
  const room = width - 2 * inset;
  for (let size = Math.min(widget.look.size ?? USUAL, height * 0.85); size >= SMALLEST; size *= STEP) {
    // a place that is narrower than a letter would get one letter a line
    if (room < size) continue;
    if (texts.length * size * LEADING > height) continue;
    const lines = texts.flatMap((text) => face.wrap(text, size, room));
    const used = lines.length * size * LEADING;
    if (used > height - PADDING) continue;
    const top = height - inset - size * 0.9;
    return {
      size,
      lines: lines.map((text, index) => {
        const free = room - face.width(text, size);
        const x = inset + [0, free / 2, free][widget.look.alignment]!;
        return { text, x, y: Math.max(0, top - index * size * LEADING) };
      }),
    };
  }
  return { kind: 'space' };
}

/** Base line of a line in the middle of the height. */
const middle = (face: Typeface, height: number, size: number): number =>
  (height - (face.metrics.capHeight / 1000) * size) / 2;
