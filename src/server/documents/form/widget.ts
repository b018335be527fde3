/** Where a form field is on the page, and how it is to look (ISO 32000-1, 12.5.6.19 and 12.7.3.3). */
import type { DictObject, PdfDocument } from '@segl/ades/pdf/document';
import { PdfString, isDict, nameOf } from '@segl/ades/pdf/objects';
import type { PdfDict, PdfValue } from '@segl/ades/pdf/objects';
import { latin1 } from '@segl/ades/pdf/lexer';
import { readTextString } from '@segl/ades/pdf/text-string';

/** Left, bottom, right, top in points. */
export type Box = readonly [number, number, number, number];

/** Operands of a color operator: 1 number (gray), 3 (RGB) or 4 (CMYK). */
export type Color = readonly number[];

export interface Look {
  /** Of the text; undefined: as large as fits. */
  readonly size: number | undefined;
  readonly color: Color;
  readonly border: Color | undefined;
  readonly borderWidth: number;
  readonly background: Color | undefined;
  /** 0, 90, 180 or 270, counterclockwise. */
  readonly rotation: number;
  /** 0 left, 1 centered, 2 right. */
  readonly alignment: 0 | 1 | 2;
  /** The sign that a button shows when it is on, as a character of Zapf Dingbats. */
  readonly sign: string;
}

/** Of an annotation: Hidden and NoView. */
const UNSEEN = 2 | 32;
const LARGEST_TEXT = 144;
const MAX_DEPTH = 64;

export const numberOr = (value: PdfValue, otherwise: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;

/** An inheritable attribute of a page (7.7.3.4). */
export function inherited(document: PdfDocument, page: PdfDict, key: string): PdfValue {
  let node: PdfValue = page;
  for (let depth = 0; isDict(node) && depth < MAX_DEPTH; depth++) {
    const value = document.resolve(node.get(key));
    if (value !== null) return value;
    node = document.resolve(node.get('Parent'));
  }
  return null;
}

function readBox(document: PdfDocument, value: PdfValue): Box | undefined {
  const list = document.resolve(value);
  if (!Array.isArray(list) || list.length < 4) return undefined;
  const [a, b, c, d] = list.map((item) => numberOr(document.resolve(item), NaN)) as [
    number,
    number,
    number,
    number,
  ];
  if ([a, b, c, d].some((part) => Number.isNaN(part) || Math.abs(part) > 1e6)) return undefined;
  return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
}

const overlap = (a: Box, b: Box): Box => [
  Math.max(a[0], b[0]),
  Math.max(a[1], b[1]),
  Math.min(a[2], b[2]),
  Math.min(a[3], b[3]),
];

/** What of a page is seen. US Letter where it does not say. */
export function visibleBox(document: PdfDocument, page: DictObject): Box {
  const media = readBox(document, inherited(document, page.dict, 'MediaBox')) ?? [0, 0, 612, 792];
  const crop = readBox(document, inherited(document, page.dict, 'CropBox'));
  return crop ? overlap(media, crop) : media;
}

/** The part of a widget that is on the page; undefined when nothing of it can be seen. */
export function seenBox(document: PdfDocument, widget: PdfDict, page: Box): Box | undefined {
  if ((numberOr(document.resolve(widget.get('F')), 0) & UNSEEN) !== 0) return undefined;
  const rect = readBox(document, widget.get('Rect') ?? null);
  const box = rect && overlap(rect, page);
  return box && box[2] - box[0] >= 1 && box[3] - box[1] >= 1 ? box : undefined;
}

function readColor(document: PdfDocument, value: PdfValue | undefined): Color | undefined {
  const list = document.resolve(value);
  if (!Array.isArray(list) || ![1, 3, 4].includes(list.length)) return undefined;
  return list.map((item) => Math.min(1, Math.max(0, numberOr(document.resolve(item), 0))));
}

/** Size and color from a default appearance string such as `/Helv 11 Tf 0 0 1 rg`. */
function readAppearance(text: string): { size: number | undefined; color: Color } {
  const tokens = text.split(/[\s\0]+/);
  let size: number | undefined;
  let color: Color = [0];
  for (const [index, token] of tokens.entries()) {
    const count = { g: 1, rg: 3, k: 4 }[token];
    if (token === 'Tf') size = Number(tokens[index - 1]);
    else if (count !== undefined && index >= count) {
      color = tokens.slice(index - count, index).map((part) => Math.min(1, Math.max(0, Number(part) || 0)));
    }
  }
  const usable = size !== undefined && Number.isFinite(size) && size > 0;
  return { size: usable ? Math.min(size!, LARGEST_TEXT) : undefined, color };
}

/** `appearance`: the field's /DA, which may come from further up; `alignment`: its /Q. */
export function readLook(
  document: PdfDocument,
  widget: PdfDict,
  { appearance, alignment }: { appearance: PdfValue; alignment: PdfValue },
): Look {
  const style = document.resolve(widget.get('MK'));
  const mk: PdfDict = isDict(style) ? style : new Map<string, PdfValue>();
  const borderStyle = document.resolve(widget.get('BS'));
  const width = isDict(borderStyle) ? numberOr(document.resolve(borderStyle.get('W')), 1) : 1;
  const { size, color } = readAppearance(
    appearance instanceof PdfString ? latin1(appearance.bytes, 0, appearance.bytes.length) : '',
  );
  const sign = document.resolve(mk.get('CA'));
  const turned = numberOr(document.resolve(mk.get('R')), 0);
  return {
    size,
    color,
    border: readColor(document, mk.get('BC')),
    borderWidth: Math.min(12, Math.max(0, width)),
    background: readColor(document, mk.get('BG')),
    rotation: turned % 90 === 0 ? ((turned % 360) + 360) % 360 : 0,
    alignment: alignment === 1 || alignment === 2 ? alignment : 0,
    sign: sign instanceof PdfString ? readTextString(sign).slice(0, 1) : '',
  };
}

/** The name of the state that a check box or radio button shows when it is on; undefined where it says none. */
export function onState(document: PdfDocument, widget: PdfDict): string | undefined {
  const appearances = document.resolve(widget.get('AP'));
  for (const key of ['N', 'D']) {
    const states = isDict(appearances) ? document.resolve(appearances.get(key)) : null;
    if (!isDict(states)) continue;
    const on = [...states.keys()].find((name) => name !== 'Off');
    if (on !== undefined) return on;
  }
  const shown = nameOf(document.resolve(widget.get('AS')));
  return shown === 'Off' ? undefined : shown;
}
