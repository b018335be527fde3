/** What a PDF was before it was signed: the bytes to which the update with a signature was appended. */
import { isSeglError } from '@segl/problem/errors';
import { PdfDocument } from '../pdf/document.ts';
import { wholeNumber } from '../pdf/objects.ts';
import { readXref, type Xref } from '../pdf/xref.ts';

/** How far behind its %%EOF a file may go on: writers put line ends there, and some put zeros. */
const MAX_TAIL = 1024;

/**
 * The revision that the last update of `pdf.subarray(0, length)` extends, as it may have been: two where a line end may
 * belong to either side. Empty when the update extends nothing, or nothing that is a complete PDF.
 */
export function revisionsBefore(pdf: Uint8Array, length: number): Uint8Array[] {
  try {
    const revision = Buffer.from(pdf.buffer, pdf.byteOffset, length);
    const xref = readXref(revision);
    const previous = xref.trailer.get('Prev');
    if (previous === undefined) return [];
    const end = endOf(revision, xref.offset, wholeNumber(previous, '/Prev'));
    if (end === undefined) return [];
    return lengthsOf(revision, end, xref)
      .map((one) => pdf.subarray(0, one))
      .filter(isComplete);
  } catch (error) {
    if (!isSeglError(error, 'PDF_INVALID', 'PDF_ENCRYPTED')) throw error;
    return [];
  }
}

/** Behind the %%EOF of the revision whose cross-reference is at `section`. */
function endOf(revision: Buffer, before: number, section: number): number | undefined {
  for (let at = before; (at = revision.lastIndexOf('startxref', at)) >= 0; at--) {
    const tail = revision.toString('latin1', at, Math.min(at + 64, before));
    const [whole, offset] = /^startxref\s+(\d{1,15})\s+%%EOF/.exec(tail) ?? [];
    if (whole !== undefined && Number(offset) === section) return at + whole.length;
    if (at === 0) break;
  }
  return undefined;
}

/** Up to the first object of the update; an update that must add a line end before it does so only where there is none. */
function lengthsOf(revision: Buffer, end: number, { entries, offset }: Xref): number[] {
  let first = offset;
  for (const entry of entries.values()) {
    if (entry.kind === 'at' && entry.offset >= end && entry.offset < first) first = entry.offset;
  }
  const between = revision.toString('latin1', end, Math.min(first, end + MAX_TAIL + 1));
  if (between.length > MAX_TAIL || !/^[\0\s]*$/.test(between)) {
    return [end + /^(\r\n|\r|\n)?/.exec(between)![0].length];
  }
  return /(^|[^\r\n])\n$/.test(between) ? [first, first - 1] : [first];
}

function isComplete(bytes: Uint8Array): boolean {
  try {
    const document = PdfDocument.open(bytes);
    return document.dict(document.xref.trailer.get('Root'), '/Root') !== undefined;
  } catch (error) {
    if (!isSeglError(error, 'PDF_INVALID', 'PDF_ENCRYPTED')) throw error;
    return false;
  }
}
