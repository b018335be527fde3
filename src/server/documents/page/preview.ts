/** Signature pages to look at: as they are in a signed file, with nothing signed. */
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfName, type PdfValue } from '@segl/ades/pdf/objects';
import { textString } from '@segl/ades/pdf/text-string';
import { IncrementalUpdate } from '@segl/ades/pdf/update';
import { attachmentsOnlyPdf } from './attachments-only.ts';
import { addSignatureField, placeOnNewPages } from '@segl/ades/pades/sign';
import type { SignaturePage } from './signature-page.ts';
import type { Language } from './template/template-texts.ts';

/** Of the dates and digests that stand in a preview, none is real; nor is this. */
const IDENTIFIER = Buffer.alloc(16, 1);

/** A tagged PDF of the pages alone; its signature field is empty, and looks as if it were not. */
export function previewPdf(
  page: SignaturePage,
  options: { readonly title: string; readonly language: Language },
): Uint8Array {
  const bytes = attachmentsOnlyPdf(options);
  const document = PdfDocument.open(bytes);
  const update = new IncrementalUpdate(document);
  const catalog = update.editDict(document.catalog.ref);
  catalog.set('PageMode', new PdfName('UseNone'));
  const field = update.reserve();
  const place = placeOnNewPages(document, update, catalog, page, field);
  update.put(
    field,
    new Map<string, PdfValue>([
      ['Type', new PdfName('Annot')],
      ['Subtype', new PdfName('Widget')],
      ['FT', new PdfName('Sig')],
      ['T', textString('Seal1')],
      ['F', 4],
      ...place,
    ]),
  );
  addSignatureField(document, update, catalog, field);
  return Buffer.concat([bytes, update.finish(IDENTIFIER).bytes]);
}
