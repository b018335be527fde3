/** Push buttons that do nothing are pictures: a logo, a photo that was put into the form. They stay as they look. */
import type { DictObject, PdfDocument } from '@segl/ades/pdf/document';
import { PdfRef, PdfStream, isDict, nameOf } from '@segl/ades/pdf/objects';
import type { PdfDict, PdfValue } from '@segl/ades/pdf/objects';
import { numberOr, seenBox, visibleBox } from './widget.ts';

export interface ImageButton {
  readonly appearance: PdfRef;
  /** Puts the appearance into its rectangle (ISO 32000-1, 12.5.5, algorithm 8.1). */
  readonly matrix: readonly number[];
}

const PUSH_BUTTON = 1 << 16;

export function imageButtons(document: PdfDocument, page: DictObject): ImageButton[] {
  const visible = visibleBox(document, page);
  return document.array(page.dict.get('Annots'), '/Annots').flatMap((item): ImageButton[] => {
    const widget = document.resolve(item);
    if (!isDict(widget) || nameOf(document.resolve(widget.get('Subtype'))) !== 'Widget') return [];
    const parent = document.resolve(widget.get('Parent'));
    const attribute = (key: string) =>
      document.resolve(widget.get(key) ?? (isDict(parent) ? parent.get(key) : undefined));
    const isButton = nameOf(attribute('FT')) === 'Btn' && (numberOr(attribute('Ff'), 0) & PUSH_BUTTON) !== 0;
    if (!isButton || attribute('A') !== null || attribute('AA') !== null) return [];
    const appearances = document.resolve(widget.get('AP'));
    const appearance = isDict(appearances) ? appearances.get('N') : undefined;
    const stream = document.resolve(appearance);
    if (!(appearance instanceof PdfRef) || !(stream instanceof PdfStream)) return [];
    if (seenBox(document, widget, visible) === undefined) return [];
    const matrix = placement(document, widget, stream);
    return matrix ? [{ appearance, matrix }] : [];
  });
}

function placement(document: PdfDocument, widget: PdfDict, { dict }: PdfStream): number[] | undefined {
  const numbers = (value: PdfValue): number[] => {
    const list = Array.isArray(value) ? value : [];
    return list.map((item) => numberOr(document.resolve(item), NaN));
  };
  const rect = numbers(document.resolve(widget.get('Rect')));
  const box = numbers(document.resolve(dict.get('BBox')));
  const own = numbers(document.resolve(dict.get('Matrix')));
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = own;
  const [left = NaN, bottom = NaN, right = NaN, top = NaN] = box;
  const corners = [left, right].flatMap((x) =>
    [bottom, top].map((y) => [a * x + c * y + e, b * x + d * y + f] as const),
  );
  const edges = (values: readonly number[]): readonly [number, number] => [
    Math.min(...values),
    Math.max(...values),
  ];
  const [x0, x1] = edges(corners.map(([x]) => x));
  const [y0, y1] = edges(corners.map(([, y]) => y));
  const [rx0, rx1] = edges([rect[0] ?? NaN, rect[2] ?? NaN]);
  const [ry0, ry1] = edges([rect[1] ?? NaN, rect[3] ?? NaN]);
  const [sx, sy] = [(rx1 - rx0) / (x1 - x0), (ry1 - ry0) / (y1 - y0)];
  const matrix = [sx, 0, 0, sy, rx0 - sx * x0, ry0 - sy * y0];
  return matrix.every((part) => Number.isFinite(part) && Math.abs(part) < 1e5) ? matrix : undefined;
}
