/** What runs, fetches or shows other content in a PDF by itself: what was signed may then not be what a reader sees. */
import type { PdfDocument } from './document.ts';
import { isDict, nameOf, PdfStream, type PdfValue } from './objects.ts';

/**
 * Actions that run code, change what a page shows, or bring in other content (ISO 32000-2, table 201). Those that lead to
 * a place, in the document or on the web, are none of these.
 */
const ACTIVE = new Set([
  ...['JavaScript', 'Launch', 'ImportData', 'GoToE', 'Hide', 'SetOCGState'],
  ...['Rendition', 'RichMediaExecute'],
]);

/** The kind of the first such action that is written inside `value`; what references lead to is not looked at. */
export function activeContent(document: PdfDocument, value: PdfValue): string | undefined {
  const waiting = [value];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (Array.isArray(one)) for (const item of one) waiting.push(item);
    else if (one instanceof PdfStream) waiting.push(one.dict);
    else if (isDict(one)) {
      // structure elements have a kind under the same key, and a parent
      const kind = one.has('P') ? undefined : nameOf(document.resolve(one.get('S')));
      if (kind !== undefined && ACTIVE.has(kind)) return kind;
      for (const item of one.values()) waiting.push(item);
    }
  }
  return undefined;
}

/** Whether its pages are made by an XFA form, whose look is a matter of the program that shows it. */
export function hasXfa(document: PdfDocument): boolean {
  const form = document.resolve(document.catalog.dict.get('AcroForm'));
  return isDict(form) && form.has('XFA');
}
