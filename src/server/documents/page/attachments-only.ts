/** The PDF that holds several signed documents: it has no pages of its own, signature pages and attachments are added. */
import { writeParts } from '@segl/ades/pdf/new-file';
import { PdfParts, pdfDict } from '@segl/ades/pdf/parts';
import { textString } from '@segl/ades/pdf/text-string';
import type { Language } from './template/template-texts.ts';

/**
 * A PDF without pages; readers open it with the list of its attachments. It is tagged, so that the pages that are added will
 * be. The same title gives the same bytes.
 */
export function attachmentsOnlyPdf(options: {
  readonly title: string;
  readonly language: Language;
}): Uint8Array {
  const parts = new PdfParts();
  const structure = parts.reserve();
  const all = parts.add(pdfDict({ Type: 'StructElem', S: 'Document', P: structure, K: [] }));
  parts.put(
    structure,
    pdfDict({ Type: 'StructTreeRoot', K: [all], ParentTree: { Nums: [] }, ParentTreeNextKey: 0 }),
  );
  const root = parts.add(
    pdfDict({
      Type: 'Catalog',
      Pages: parts.add(pdfDict({ Type: 'Pages', Kids: [], Count: 0 })),
      PageMode: 'UseAttachments',
      ViewerPreferences: { DisplayDocTitle: true },
      Lang: textString(options.language),
      MarkInfo: { Marked: true },
      StructTreeRoot: structure,
    }),
  );
  return writeParts(parts, { root, info: parts.add(pdfDict({ Title: textString(options.title) })) });
}
