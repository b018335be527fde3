/** The PDF that holds several signed documents: it has no pages of its own, signature pages and attachments are added. */
import { PDFDocument, PDFName, PDFString } from 'pdf-lib';
import type { Language } from './template-texts.ts';

/**
 * A PDF without pages; readers open it with the list of its attachments. It is tagged, so that the pages that are added will
 * be. The same title gives the same bytes.
 */
export async function attachmentsOnlyPdf(options: {
  readonly title: string;
  readonly language: Language;
}): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle(options.title, { showInWindowTitleBar: true });
  const { catalog, context } = document;
  catalog.set(PDFName.of('PageMode'), PDFName.of('UseAttachments'));
  catalog.set(PDFName.of('Lang'), PDFString.of(options.language));
  catalog.set(PDFName.of('MarkInfo'), context.obj({ Marked: true }));
  const root = context.nextRef();
  const all = context.register(context.obj({ Type: 'StructElem', S: 'Document', P: root, K: [] }));
  context.assign(
    root,
    context.obj({ Type: 'StructTreeRoot', K: [all], ParentTree: { Nums: [] }, ParentTreeNextKey: 0 }),
  );
  catalog.set(PDFName.of('StructTreeRoot'), root);
  return document.save({ useObjectStreams: false, addDefaultPage: false });
}
