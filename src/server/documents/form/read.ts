/**
 * Reads the interactive form of a PDF (ISO 32000-1, 12.7): what can be filled in, as a person sees it. Only fields with
 * a place on a page count; what cannot be seen cannot be agreed to.
 */
import { serverProblems } from '../../problems.ts';
import { PdfDocument, type DictObject } from '@segl/ades/pdf/document';
import { signatureFields } from '@segl/ades/pdf/form';
import { PdfString, isDict, nameOf } from '@segl/ades/pdf/objects';
import type { PdfDict, PdfValue } from '@segl/ades/pdf/objects';
import { readTextString } from '@segl/ades/pdf/text-string';
import { FORM_LIMITS, type PdfForm } from './form.ts';
import { readField, type FoundWidget, type Placed } from './read-field.ts';
import { formRefused } from './refused.ts';
import { inTabOrder } from './tab-order.ts';
import { seenBox, visibleBox } from './widget.ts';

const MAX_DEPTH = 64;

/**
 * Throws FORM_PDF_REFUSED for what cannot be offered: no fields, XFA, signatures, fields that take files or hide what
 * is typed, more of anything than FORM_LIMITS. The file must have passed `checkPdf`.
 */
export function readForm(bytes: Uint8Array): PdfForm {
  if (bytes.length > FORM_LIMITS.bytes) {
    throw formRefused(
      serverProblems.of('form-pdf/too-large', { bytes: bytes.length, limit: FORM_LIMITS.bytes }),
    );
  }
  const document = PdfDocument.open(bytes);
  const form = document.dict(document.catalog.dict.get('AcroForm'), '/AcroForm');
  if (!form) throw formRefused(serverProblems.of('form-pdf/no-form'));
  if (form.has('XFA')) throw formRefused(serverProblems.of('form-pdf/xfa'));
  if (signatureFields(document).some(({ signature }) => signature)) {
    throw formRefused(serverProblems.of('form-pdf/signed'));
  }
  const pages = [...document.pages()];
  const placed = pages.flatMap((page, index) => widgetsOf(document, page, index));
  if (placed.length > FORM_LIMITS.widgets) {
    throw formRefused(serverProblems.of('form-pdf/too-many-places', { limit: FORM_LIMITS.widgets }));
  }
  const groups = new Map<string, Placed[]>();
  for (const widget of placed) {
    const group = groups.get(widget.name);
    if (group) group.push(widget);
    else groups.set(widget.name, [widget]);
  }
  if (groups.size > FORM_LIMITS.fields)
    throw formRefused(serverProblems.of('form-pdf/too-many-fields', { limit: FORM_LIMITS.fields }));
  const fields = [...groups].flatMap(([name, widgets]) => readField(document, form, name, widgets) ?? []);
  if (fields.length === 0) throw formRefused(serverProblems.of('form-pdf/nothing-to-fill-in'));
  const options = fields.reduce((sum, field) => sum + field.options.length, 0);
  if (options > FORM_LIMITS.options)
    throw formRefused(serverProblems.of('form-pdf/too-many-options', { limit: FORM_LIMITS.options }));
  return { document, pages, fields };
}

function widgetsOf(document: PdfDocument, page: DictObject, index: number): Placed[] {
  const visible = visibleBox(document, page);
  const found: FoundWidget[] = [];
  for (const item of document.array(page.dict.get('Annots'), '/Annots')) {
    const dict = document.resolve(item);
    if (!isDict(dict) || nameOf(document.resolve(dict.get('Subtype'))) !== 'Widget') continue;
    const box = seenBox(document, dict, visible);
    if (box) found.push({ dict, page: index, box });
  }
  return inTabOrder(document, page, found).flatMap((widget) => place(document, widget) ?? []);
}

function place(document: PdfDocument, widget: FoundWidget): Placed | undefined {
  const line: PdfDict[] = [];
  let field: PdfDict | undefined;
  const parts: string[] = [];
  for (let node: PdfValue = widget.dict; isDict(node); node = document.resolve(node.get('Parent'))) {
    if (line.length >= MAX_DEPTH)
      throw formRefused(serverProblems.of('form-pdf/too-deep', { limit: MAX_DEPTH }));
    line.push(node);
    const part = document.resolve(node.get('T'));
    if (!(part instanceof PdfString)) continue;
    field ??= node;
    parts.unshift(readTextString(part));
  }
  return field && { ...widget, field, name: parts.join('.'), line };
}
