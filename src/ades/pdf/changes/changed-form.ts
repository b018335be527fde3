/** What an update did to the form of a document and its fields, and which annotations it added (ISO 32000-2, 12.7). */
import { dictOf, type Compared } from './compared.ts';
import type { PdfDocument } from '../document.ts';
import { ABSENT, keysOf, same } from './equality.ts';
import { MAX_DEPTH } from '../form.ts';
import { isComment, isDocumentStamp, isFilledIn } from './later-objects.ts';
import { isDict, PdfName, PdfRef, PdfString, type PdfDict, type PdfValue } from '../objects.ts';
import { readTextString } from '../text-string.ts';
import { adesProblems } from '../../problems.ts';

export class FormComparison {
  readonly #compared: Compared;

  constructor(compared: Compared) {
    this.#compared = compared;
  }

  /** The form itself; its fields are looked at by `fields`. */
  form(before: PdfValue | undefined, after: PdfValue | undefined): void {
    this.#compared.note(before);
    const was = dictOf(this.#compared.before, before);
    const is = dictOf(this.#compared.after, after);
    for (const key of keysOf(was, is)) {
      if (key === 'SigFlags' || (key === 'NeedAppearances' && this.#mayFillIn)) continue;
      if (key === 'Fields') this.grown(was.get(key), is.get(key), 'field');
      else if (!same(was.get(key), is.get(key)))
        this.#compared.tell(adesProblems.of('pdf-change/form-entry', { key }));
    }
  }

  /** An array that may get signature fields behind what it has. */
  grown(before: PdfValue | undefined, after: PdfValue | undefined, what: 'field' | 'annotation'): void {
    const where = what === 'field' ? '/Fields' : '/Annots';
    this.#compared.note(before);
    const was = this.#compared.before.array(before, where);
    const is = this.#compared.after.array(after, where);
    if (!was.every((item, index) => same(item, is[index] ?? ABSENT))) {
      this.#compared.tell(adesProblems.of(`pdf-change/${what}-replaced`));
      return;
    }
    for (const item of is.slice(was.length)) {
      const field = this.#compared.after.resolve(item);
      if (!isDict(field) || !this.#isSignature(field)) {
        const borne = what === 'annotation' && isDict(field) && this.#isPermittedComment(field);
        this.#compared.tell(adesProblems.of(borne ? 'pdf-change/commented' : `pdf-change/${what}-added`));
      } else if (what === 'annotation' && !this.#isInvisible(field)) {
        this.#compared.tell(adesProblems.of('pdf-change/signature-shown'));
      } else if (field.has('A') || field.has('AA')) {
        this.#compared.tell(adesProblems.of(`pdf-change/${what}-with-action`));
      } else if (what === 'field') this.#signing(field, nameIn(this.#compared.after, field, ''));
    }
  }

  get #mayFillIn(): boolean {
    return (this.#compared.permissions.level ?? 0) >= 2;
  }

  #isPermittedComment(annotation: PdfDict): boolean {
    return this.#compared.permissions.level === 3 && isComment(this.#compared.after, annotation);
  }

  /** Signatures are signed into fields; document time-stamps only prove when the file was there. */
  #signing(field: PdfDict, name: string): void {
    if (isDocumentStamp(this.#compared.after, field)) return;
    if (this.#compared.permissions.level === 1)
      this.#compared.tell(adesProblems.of('pdf-change/signed-forbidden'));
    else if (field.has('V') && this.#compared.permissions.locks(name))
      this.#compared.tell(adesProblems.of('pdf-change/field-signed-forbidden', { name }));
  }

  /** A signature field that was empty may have been signed; any other field stays as it was, or is filled in. */
  fields(): void {
    const visit = (value: PdfValue, path: string, depth: number): void => {
      if (depth > MAX_DEPTH || !(value instanceof PdfRef)) return;
      const before = this.#compared.before.get(value);
      const after = this.#compared.after.get(value);
      if (!isDict(before) || !isDict(after)) return;
      const name = nameIn(this.#compared.before, before, path);
      if (this.#isSignature(before) && !before.has('V')) {
        this.#compared.judged.add(value.number);
        const signed = after.has('V');
        for (const key of keysOf(before, after)) {
          if (!(signed && ['V', 'AP', 'MK', 'F'].includes(key)) && !same(before.get(key), after.get(key)))
            this.#compared.tell(adesProblems.of('pdf-change/signature-field-entry', { key }));
        }
        if (signed) this.#signing(after, name);
      } else if (this.#mayFillIn && !same(before, after) && isFilledIn(before, after)) {
        this.#compared.judged.add(value.number);
        this.#compared.tell(
          this.#compared.permissions.locks(name)
            ? adesProblems.of('pdf-change/field-filled-in-forbidden', { name })
            : adesProblems.of('pdf-change/filled-in'),
        );
      }
      for (const kid of this.#compared.before.array(before.get('Kids'), '/Kids')) visit(kid, name, depth + 1);
    };
    const form = this.#compared.before.dict(this.#compared.before.catalog.dict.get('AcroForm'), '/AcroForm');
    for (const field of this.#compared.before.array(form?.get('Fields'), '/Fields')) visit(field, '', 0);
  }

  #isSignature(field: PdfDict): boolean {
    const type = this.#compared.after.resolve(field.get('FT'));
    return type instanceof PdfName && type.name === 'Sig';
  }

  #isInvisible(field: PdfDict): boolean {
    const rect = this.#compared.after.array(field.get('Rect'), '/Rect');
    return rect.length === 4 && (rect[0] === rect[2] || rect[1] === rect[3]);
  }
}

/** Full name of a field below `path`. */
function nameIn(document: PdfDocument, field: PdfDict, path: string): string {
  const own = document.resolve(field.get('T'));
  return own instanceof PdfString ? [path, readTextString(own)].filter(Boolean).join('.') : path;
}
