/** Walks what a reader of a PDF can come to. */
import type { PdfDocument } from '../document.ts';
import { isDict, PdfRef, PdfStream } from '../objects.ts';
import type { PdfValue } from '../objects.ts';

/**
 * Every reference that can be reached from `roots`, once for each object number; with what it leads to, null when it leads
 * nowhere. Reads these objects. Throws PDF_INVALID when one of them cannot be read.
 */
export function* reachable(
  document: PdfDocument,
  roots: Iterable<PdfValue>,
): Generator<{ readonly ref: PdfRef; readonly value: PdfValue }> {
  const seen = new Set<number>();
  const waiting: PdfValue[] = [...roots];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (value instanceof PdfRef) {
      if (seen.has(value.number)) continue;
      seen.add(value.number);
      const found = document.get(value);
      yield { ref: value, value: found };
      waiting.push(found);
    } else if (value instanceof PdfStream) for (const item of value.dict.values()) waiting.push(item);
    else if (isDict(value)) for (const item of value.values()) waiting.push(item);
    else if (Array.isArray(value)) for (const item of value) waiting.push(item);
  }
}
