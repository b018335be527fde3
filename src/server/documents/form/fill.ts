/**
 * Makes the document that is signed from a form and what was filled in: the values become part of the pages, the form
 * and everything that acts by itself is gone.
 */
import { EmbeddedFont } from '../page/text/embedded-font.ts';
import { SHIPPED_FONTS } from '../page/text/fonts.ts';
import { formWith } from '../page/drawing/page-content.ts';
import { checkPdf } from '@segl/ades/pdf/check';
import { PdfDocument, type DictObject } from '@segl/ades/pdf/document';
import { PdfStream, isDict } from '@segl/ades/pdf/objects';
import type { PdfDict, PdfRef, PdfValue } from '@segl/ades/pdf/objects';
import { rewritePdf } from '@segl/ades/pdf/rewrite';
import { IncrementalUpdate } from '@segl/ades/pdf/update';
import { FONT, drawButton, drawText } from './draw.ts';
import { FORM_FACE, fit, type InvalidValue } from './fit.ts';
import type { PdfField, PdfForm } from './form.ts';
import { imageButtons, type ImageButton } from './image-button.ts';
import { inherited, visibleBox } from './widget.ts';

/** By the names of fields; none or an empty list: nothing is filled in. */
export type PdfFormValues = ReadonlyMap<string, readonly string[]>;

/** What cannot be printed where it belongs. */
export interface InvalidField {
  readonly name: string;
  readonly invalid: InvalidValue;
}

const valuesOf = (field: PdfField, values: PdfFormValues): readonly string[] => values.get(field.name) ?? [];

/** Values that do not fit into their places, one entry for a field. */
export function findInvalidFields({ fields }: PdfForm, values: PdfFormValues): InvalidField[] {
  return fields.flatMap((field): InvalidField[] => {
    for (const widget of field.widgets) {
      const fitted = fit(field, widget, valuesOf(field, values));
      if ('kind' in fitted) return [{ name: field.name, invalid: fitted }];
    }
    return [];
  });
}

/**
 * The filled document; the same form and values give the same bytes. Call `findInvalidFields` first: it throws FORM_PDF_REFUSED
 * only for what is wrong with the file.
 */
export function fillForm(form: PdfForm, values: PdfFormValues): Uint8Array {
  const { document } = form;
  const update = new IncrementalUpdate(document);
  const font = new EmbeddedFont(update, SHIPPED_FONTS.typeface(FORM_FACE), '');
  for (const [index, page] of form.pages.entries()) {
    const drawn = drawPage(form.fields, index, values);
    const images = imageButtons(document, page);
    if (drawn.length === 0 && images.length === 0) continue;
    const operators = drawn.map((draw) => draw(font)).join('');
    const drawing = formWith(visibleBox(document, page), { operators, fonts: [[FONT, font.ref]] });
    putOnPage(document, update, page, update.add(drawing), images);
  }
  font.write();
  const { bytes } = update.finish(Buffer.alloc(16));
  const filled = rewritePdf(PdfDocument.open(Buffer.concat([document.bytes, bytes])));
  checkPdf(filled);
  return filled;
}

type Draw = (font: EmbeddedFont) => string;

function drawPage(fields: readonly PdfField[], page: number, values: PdfFormValues): Draw[] {
  return fields.flatMap((field) =>
    field.widgets
      .filter((widget) => widget.page === page)
      .map((widget): Draw => {
        const own = valuesOf(field, values);
        if (field.kind === 'check' || field.kind === 'radio') {
          const isOn = widget.value !== undefined && own.includes(widget.value);
          return () => drawButton(widget, isOn, field.kind === 'radio');
        }
        const fitted = fit(field, widget, own);
        if ('kind' in fitted) throw new Error(`The value of the field "${field.name}" does not fit`);
        return (font) => drawText(widget, fitted, font);
      }),
  );
}

/** Puts the drawing above what is on the page, whatever state that leaves the graphics in. */
function putOnPage(
  document: PdfDocument,
  update: IncrementalUpdate,
  page: DictObject,
  drawing: PdfRef,
  images: readonly ImageButton[],
): void {
  const edited = update.editDict(page.ref);
  const resources = inherited(document, page.dict, 'Resources');
  const own: PdfDict = new Map(isDict(resources) ? resources : []);
  const objects = document.resolve(own.get('XObject'));
  const named: PdfDict = new Map(isDict(objects) ? objects : []);
  own.set('XObject', named);
  edited.set('Resources', own);
  const name = (value: PdfRef): string => {
    let number = named.size;
    while (named.has(`Filled${number}`)) number++;
    named.set(`Filled${number}`, value);
    return `Filled${number}`;
  };
  const shown = images.map(({ appearance, matrix }) => {
    return `q ${matrix.map((part) => part.toFixed(5)).join(' ')} cm /${name(appearance)} Do Q\n`;
  });
  const stream = (operators: string): PdfRef =>
    update.add(new PdfStream(new Map(), Buffer.from(operators, 'latin1')));
  const contents = page.dict.get('Contents') ?? null;
  const resolved = document.resolve(contents);
  const before: PdfValue[] = Array.isArray(resolved) ? resolved : resolved === null ? [] : [contents];
  edited.set('Contents', [
    stream('q\n'),
    ...before,
    stream(`\nQ\n${shown.join('')}q /${name(drawing)} Do Q\n`),
  ]);
}
