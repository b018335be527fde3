/** Whether values of a PDF say the same. */
import { isDict, PdfName, PdfRef, PdfStream, PdfString, type PdfDict, type PdfValue } from '../objects.ts';

/** What an entry or an item is that is not there. */
export const ABSENT: PdfValue = null;

/** Of both dictionaries. */
export const keysOf = (one: PdfDict, other: PdfDict): Set<string> =>
  new Set([...one.keys(), ...other.keys()]);

/** Deep equality; references are the same when they name the same object. */
export function same(one: PdfValue | undefined, other: PdfValue | undefined): boolean {
  const a = one ?? ABSENT;
  const b = other ?? ABSENT;
  if (a === b) return true;
  if (a instanceof PdfRef)
    return b instanceof PdfRef && a.number === b.number && a.generation === b.generation;
  if (a instanceof PdfName) return b instanceof PdfName && a.name === b.name;
  if (a instanceof PdfString) return b instanceof PdfString && Buffer.compare(a.bytes, b.bytes) === 0;
  if (a instanceof PdfStream) {
    return b instanceof PdfStream && same(a.dict, b.dict) && Buffer.compare(a.data, b.data) === 0;
  }
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => same(item, b[index]));
  }
  if (!isDict(a) || !isDict(b) || a.size !== b.size) return false;
  return [...a].every(([key, value]) => b.has(key) && same(value, b.get(key)));
}
