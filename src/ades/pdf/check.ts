/** Is this PDF fit to be signed? Asked at upload, so that nobody signs what cannot be packaged afterwards. */
import { SeglError } from '../../errors.ts';
import { embeddedFiles } from './attachments.ts';
import { PdfDocument } from './document.ts';
import { isCertified, signatureFields } from './form.ts';
import { PdfRef, PdfStream, invalidPdf, isDict, nameOf } from './objects.ts';
import type { PdfValue } from './objects.ts';

export interface PdfFacts {
  readonly pages: number;
  /** Of the header or the catalog, whichever is newer: `1.7`. */
  readonly version: string;
  /** Signatures that the file already carries. */
  readonly signatures: number;
}

/**
 * Reads everything that can be reached from the trailer. Throws PDF_INVALID when the file is broken or ambiguous,
 * PDF_ENCRYPTED when it is encrypted, PDF_CERTIFIED when a certification signature forbids what we would append.
 */
export function checkPdf(bytes: Uint8Array): PdfFacts {
  const document = PdfDocument.open(bytes);
  readAllReachable(document);
  let pages = 0;
  for (const _page of document.pages()) pages++;
  if (pages === 0) throw invalidPdf('it has no pages');
  if (isCertified(document)) throw new SeglError('PDF_CERTIFIED');
  embeddedFiles(document);
  const signatures = signatureFields(document).filter((field) => field.signature).length;
  const later = nameOf(document.resolve(document.catalog.dict.get('Version')));
  const version = later !== undefined && later > document.headerVersion ? later : document.headerVersion;
  return { pages, version, signatures };
}

function readAllReachable(document: PdfDocument): void {
  const seen = new Set<number>();
  const waiting: PdfValue[] = [document.xref.trailer];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (value instanceof PdfRef) {
      if (seen.has(value.number)) continue;
      seen.add(value.number);
      waiting.push(document.get(value));
    } else if (value instanceof PdfStream) {
      for (const item of value.dict.values()) waiting.push(item);
    } else if (isDict(value)) {
      for (const item of value.values()) waiting.push(item);
    } else if (Array.isArray(value)) {
      for (const item of value) waiting.push(item);
    }
  }
}
