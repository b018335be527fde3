/** Signature fields of the interactive form (ISO 32000-1, 12.7). */
import type { PdfDocument } from './document.ts';
import { PdfRef, PdfString, invalidPdf, isDict, nameOf } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import { readTextString } from './text-string.ts';
import { adesProblems } from '../problems.ts';

export const MAX_DEPTH = 64;

export interface SignatureField {
  /** Full name, parts joined by dots. */
  readonly name: string;
  /** The signature dictionary; undefined while the field is unsigned. */
  readonly signature?: PdfDict;
  /** What signing the field locks (SigFieldLock). */
  readonly lock?: PdfDict;
}

/** All signature fields in the order of the form. Throws PDF_INVALID on loops and wrong types. */
export function signatureFields(document: PdfDocument): SignatureField[] {
  const form = document.dict(document.catalog.dict.get('AcroForm'), '/AcroForm');
  const found: SignatureField[] = [];
  const seen = new Set<number>();
  const visit = (value: PdfValue, path: string, inheritedType: string | undefined, depth: number): void => {
    if (depth > MAX_DEPTH) throw invalidPdf(adesProblems.of('pdf/form-too-deep', { limit: MAX_DEPTH }));
    if (value instanceof PdfRef) {
      if (seen.has(value.number)) throw invalidPdf(adesProblems.of('pdf/form-loop'));
      seen.add(value.number);
    }
    const field = document.resolve(value);
    // a reference to nothing is no field
    if (!isDict(field)) return;
    const own = document.resolve(field.get('T'));
    const name = own instanceof PdfString ? [path, readTextString(own)].filter(Boolean).join('.') : path;
    const type = nameOf(document.resolve(field.get('FT'))) ?? inheritedType;
    const signature = type === 'Sig' ? document.dict(field.get('V'), `${name}/V`) : undefined;
    if (type === 'Sig' && (signature || !field.has('Kids'))) {
      const lock = document.dict(field.get('Lock'), `${name}/Lock`);
      found.push({ name, ...(signature && { signature }), ...(lock && { lock }) });
      return;
    }
    for (const kid of document.array(field.get('Kids'), '/Kids')) visit(kid, name, type, depth + 1);
  };
  for (const field of document.array(form?.get('Fields'), '/Fields')) visit(field, '', undefined, 0);
  return found;
}

/** Names of all fields at the top of the form, of any type: a new field needs another one. */
export function topFieldNames(document: PdfDocument): Set<string> {
  const form = document.dict(document.catalog.dict.get('AcroForm'), '/AcroForm');
  const names = new Set<string>();
  for (const value of document.array(form?.get('Fields'), '/Fields')) {
    const field = document.resolve(value);
    const name = isDict(field) ? document.resolve(field.get('T')) : null;
    if (name instanceof PdfString) names.add(readTextString(name));
  }
  return names;
}
