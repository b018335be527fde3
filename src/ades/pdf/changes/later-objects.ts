/** What objects of a later revision are, as far as a signature may permit them (ISO 32000-2, 12.8.2.2.2). */
import type { PdfDocument } from '../document.ts';
import { keysOf, same } from './equality.ts';
import { isDict, nameOf, type PdfDict } from '../objects.ts';

/** Entries that filling in a field sets. */
const FILLED = new Set(['V', 'AP', 'AS']);

/** Marks and notes. Others can cover what was certified (FreeText, Stamp, Redact, …) or lead elsewhere (Link, Widget, …). */
const COMMENTS = new Set(['Text', 'Popup', 'Highlight', 'Underline', 'Squiggly', 'StrikeOut']);

/** A comment that readers draw by themselves: one with an appearance of its own could show anything. */
export const isComment = (document: PdfDocument, annotation: PdfDict): boolean =>
  COMMENTS.has(nameOf(document.resolve(annotation.get('Subtype'))) ?? '') &&
  !['AP', 'A', 'AA'].some((key) => annotation.has(key));

/** A field that holds a document time-stamp (ETSI EN 319 142-1, 5.4.3). */
export function isDocumentStamp(document: PdfDocument, field: PdfDict): boolean {
  const value = document.resolve(field.get('V'));
  return isDict(value) && nameOf(document.resolve(value.get('SubFilter'))) === 'ETSI.RFC3161';
}

/** Whether a field is another only by what filling it in sets. */
export const isFilledIn = (before: PdfDict, after: PdfDict): boolean =>
  [...keysOf(before, after)].every((key) => FILLED.has(key) || same(before.get(key), after.get(key)));
