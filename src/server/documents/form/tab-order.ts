/** The order in which the tab key sessions a page (ISO 32000-1, table 30, /Tabs). */
import type { DictObject, PdfDocument } from '@segl/ades/pdf/document';
import { nameOf } from '@segl/ades/pdf/objects';
import { inherited, numberOr, type Box } from './widget.ts';

/** Points; what is this near in height stands in the same row. */
const SAME = 3;

/** By rows or by columns where an unturned page asks for it, else as listed. */
export function inTabOrder<T extends { readonly box: Box }>(
  document: PdfDocument,
  page: DictObject,
  widgets: readonly T[],
): T[] {
  const order = nameOf(document.resolve(page.dict.get('Tabs')));
  const turned = numberOr(inherited(document, page.dict, 'Rotate'), 0) % 360 !== 0;
  if (turned || (order !== 'R' && order !== 'C')) return [...widgets];
  const top = ({ box }: T): number => -box[3];
  const left = ({ box }: T): number => box[0];
  const [main, cross] = order === 'R' ? [top, left] : [left, top];
  return rows(widgets, main).flatMap((row) => [...row].sort((a, b) => cross(a) - cross(b)));
}

function rows<T>(widgets: readonly T[], main: (widget: T) => number): T[][] {
  const found: T[][] = [];
  let start = -Infinity;
  for (const widget of [...widgets].sort((a, b) => main(a) - main(b))) {
    if (main(widget) - start > SAME) {
      found.push([]);
      start = main(widget);
    }
    found.at(-1)?.push(widget);
  }
  return found;
}
