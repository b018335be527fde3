/** Is this PDF fit to be signed? Asked at upload, so that nobody signs what cannot be packaged afterwards. */
import { embeddedFiles } from './attachments.ts';
import { PdfDocument } from './document.ts';
import { signatureFields } from './form.ts';
import { invalidPdf, nameOf } from './objects.ts';
import { permittedAdditions } from './permissions.ts';
import { reachable } from './reachable.ts';

export interface PdfFacts {
  readonly pages: number;
  /** Of the header or the catalog, whichever is newer: `1.7`. */
  readonly version: string;
  /** Signatures that the file already carries. */
  readonly signatures: number;
}

/**
 * Reads everything that can be reached from the trailer. Throws PDF_INVALID when the file is broken or ambiguous,
 * PDF_ENCRYPTED when it is encrypted.
 */
export function checkPdf(bytes: Uint8Array): PdfFacts {
  const document = PdfDocument.open(bytes);
  // every object is read, so that nobody signs what cannot be read later
  for (const { ref } of reachable(document, [document.xref.trailer])) {
    // the next update would give it a meaning that nobody saw
    if (ref.number >= document.xref.size)
      throw invalidPdf(`it names object ${ref.number}, which is beyond its own size`);
  }
  let pages = 0;
  for (const _page of document.pages()) pages++;
  if (pages === 0) throw invalidPdf('it has no pages');
  permittedAdditions(document);
  embeddedFiles(document);
  const signatures = signatureFields(document).filter((field) => field.signature).length;
  const later = nameOf(document.resolve(document.catalog.dict.get('Version')));
  const version = later !== undefined && later > document.headerVersion ? later : document.headerVersion;
  return { pages, version, signatures };
}
