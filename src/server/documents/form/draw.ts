/** What stands in a form field, in PDF's own operators (ISO 32000-1, annex A). */
import type { EmbeddedFont } from '../page/text/embedded-font.ts';
import { round } from '../page/drawing/page-content.ts';
import { placeSize, type FittedText } from './fit.ts';
import type { PdfWidget } from './form.ts';
import type { Color } from './widget.ts';

/** Resource name of the font. */
export const FONT = 'F';

/** Control points of a circle of four Bézier curves, as a part of the radius. */
const CIRCLE = 0.5523;

const operands = (...numbers: readonly number[]): string => numbers.map(round).join(' ');

function colorOperator(color: Color, fill: boolean): string {
  const operator = { 1: 'g', 3: 'rg', 4: 'k' }[color.length] ?? 'g';
  return `${color.map((part) => part.toFixed(4)).join(' ')} ${fill ? operator : operator.toUpperCase()}`;
}

/** Everything inside the place's rectangle, turned as it is. */
function inPlace(widget: PdfWidget, operators: string): string {
  const [left, bottom, right, top] = widget.box;
  const matrix = {
    0: [1, 0, 0, 1, left, bottom],
    90: [0, 1, -1, 0, right, bottom],
    180: [-1, 0, 0, -1, right, top],
    270: [0, -1, 1, 0, left, top],
  }[widget.look.rotation] ?? [1, 0, 0, 1, left, bottom];
  const [width, height] = placeSize(widget);
  return `q ${operands(...matrix)} cm 0 0 ${operands(width, height)} re W n\n${operators}Q\n`;
}

/** Background and border of a rectangular place. */
function ground({ look }: PdfWidget, width: number, height: number): string {
  let out = '';
  if (look.background) {
    out += `${colorOperator(look.background, true)} 0 0 ${operands(width, height)} re f\n`;
  }
  const line = look.borderWidth;
  if (look.border && line > 0) {
    const rectangle = operands(line / 2, line / 2, width - line, height - line);
    out += `${colorOperator(look.border, false)} ${round(line)} w ${rectangle} re S\n`;
  }
  return out;
}

export function drawText(widget: PdfWidget, { size, lines }: FittedText, font: EmbeddedFont): string {
  const [width, height] = placeSize(widget);
  const shown = lines
    .filter(({ text }) => text !== '')
    .map(({ text, x, y }) => `1 0 0 1 ${operands(x, y)} Tm <${font.encode(text)}> Tj\n`);
  const text =
    shown.length === 0
      ? ''
      : `BT ${colorOperator(widget.look.color, true)} /${FONT} ${size.toFixed(3)} Tf\n${shown.join('')}ET\n`;
  return inPlace(widget, ground(widget, width, height) + text);
}

/** A circle around the middle. */
function circle(x: number, y: number, radius: number): string {
  const c = radius * CIRCLE;
  return [
    `${operands(x + radius, y)} m`,
    `${operands(x + radius, y + c, x + c, y + radius, x, y + radius)} c`,
    `${operands(x - c, y + radius, x - radius, y + c, x - radius, y)} c`,
    `${operands(x - radius, y - c, x - c, y - radius, x, y - radius)} c`,
    `${operands(x + c, y - radius, x + radius, y - c, x + radius, y)} c h`,
  ].join(' ');
}

/**
 * A check box or radio button. It is drawn here in either state, whatever pictures the file brings for them: a file
 * could bring the same for both.
 */
export function drawButton(widget: PdfWidget, isOn: boolean, radio: boolean): string {
  const { look } = widget;
  const [width, height] = placeSize(widget);
  const [x, y, side] = [width / 2, height / 2, Math.min(width, height)];
  const sign = look.sign || (radio ? 'l' : '4');
  const line = look.border ? look.borderWidth : 0;
  let out = '';
  if (sign === 'l' && radio) {
    const ring = circle(x, y, (side - line) / 2);
    if (look.background) out += `${colorOperator(look.background, true)} ${ring} f\n`;
    if (look.border && line > 0) out += `${colorOperator(look.border, false)} ${round(line)} w ${ring} S\n`;
  } else out = ground(widget, width, height);
  if (isOn) out += drawSign(sign, look.color, x, y, side / 2 - line);
  return inPlace(widget, out);
}

/** `radius`: of the room around (x, y). */
function drawSign(sign: string, color: Color, x: number, y: number, radius: number): string {
  const r = Math.max(0.5, radius);
  const fill = (path: string): string => `${colorOperator(color, true)} ${path} f\n`;
  const stroke = (path: string): string =>
    `${colorOperator(color, false)} ${round(r * 0.26)} w 1 J 1 j ${path} S\n`;
  const at = (dx: number, dy: number): string => operands(x + dx * r, y + dy * r);
  switch (sign) {
    case 'l':
      return fill(circle(x, y, r * 0.5));
    case 'n':
      return fill(`${at(-0.5, -0.5)} ${operands(r, r)} re`);
    case 'u':
      return fill(`${at(0, 0.65)} m ${at(0.65, 0)} l ${at(0, -0.65)} l ${at(-0.65, 0)} l h`);
    case '8':
      return stroke(`${at(-0.55, -0.55)} m ${at(0.55, 0.55)} l ${at(-0.55, 0.55)} m ${at(0.55, -0.55)} l`);
    default:
      return stroke(`${at(-0.6, 0.02)} m ${at(-0.18, -0.45)} l ${at(0.6, 0.5)} l`);
  }
}
