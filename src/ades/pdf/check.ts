/** Is this PDF fit to be signed? Asked at upload, so that nobody signs what cannot be packaged afterwards. */
import { activeContent, hasXfa } from './active-content.ts';
import { embeddedFiles } from './attachments.ts';
import { PdfDocument } from './document.ts';
import { signatureFields } from './form.ts';
import { invalidPdf, nameOf } from './objects.ts';
import { permittedAdditions } from './changes/permissions.ts';
import { reachable } from './changes/reachable.ts';
import { adesProblems } from '../problems.ts';

export interface PdfFacts {
  readonly pages: number;
  /** Of the header or the catalog, whichever is newer: `1.7`. */
  readonly version: string;
  /** Signatures that the file already carries. */
  readonly signatures: number;
}

/**
 * Reads everything that can be reached from the trailer. Throws PDF_INVALID when the file is broken or ambiguous, or holds
 * what acts by itself, PDF_ENCRYPTED when it is encrypted. `isRewritten`: a new file will be made of it, without what acts.
 */
export function checkPdf(bytes: Uint8Array, { isRewritten = false } = {}): PdfFacts {
  const document = PdfDocument.open(bytes);
  if (!isRewritten && hasXfa(document)) throw invalidPdf(adesProblems.of('pdf/xfa'));
  // every object is read, so that nobody signs what cannot be read later
  for (const { ref, value } of reachable(document, [document.xref.trailer])) {
    // the next update would give it a meaning that nobody saw
    if (ref.number >= document.xref.size)
      throw invalidPdf(adesProblems.of('pdf/object-beyond-size', { number: ref.number }));
    const action = isRewritten ? undefined : activeContent(document, value);
    if (action !== undefined) throw invalidPdf(adesProblems.of('pdf/action', { action }));
  }
  let pages = 0;
  for (const _page of document.pages()) pages++;
  if (pages === 0) throw invalidPdf(adesProblems.of('pdf/no-pages'));
  permittedAdditions(document);
  embeddedFiles(document);
  const signatures = signatureFields(document).filter((field) => field.signature).length;
  const later = nameOf(document.resolve(document.catalog.dict.get('Version')));
  const version = later !== undefined && later > document.headerVersion ? later : document.headerVersion;
  return { pages, version, signatures };
}
