/** The PDF that holds several signed documents: it has no pages of its own, signature pages and attachments are added. */
import { PDFDocument, PDFName } from 'pdf-lib';

/** A PDF without pages; readers open it with the list of its attachments. The same title gives the same bytes. */
export async function attachmentsOnlyPdf(options: { readonly title: string }): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(options.title);
  document.catalog.set(PDFName.of('PageMode'), PDFName.of('UseAttachments'));
  return document.save({ useObjectStreams: false, addDefaultPage: false });
}
