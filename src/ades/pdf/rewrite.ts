/**
 * Writes a PDF anew: only what can be reached, without anything that acts by itself or brings content from elsewhere.
 * The same document gives the same bytes.
 */
import { createHash } from 'node:crypto';
import type { PdfDocument } from './document.ts';
import { writeFile } from './new-file.ts';
import { PdfRef, PdfStream, invalidPdf, isDict, nameOf } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import { adesProblems } from '../problems.ts';

/** Actions that stay are those that lead to a place, in this document or on the web (ISO 32000-2, table 201). */
const REMOVED_ACTIONS = new Set([
  ...['JavaScript', 'Launch', 'SubmitForm', 'ResetForm', 'ImportData', 'Hide', 'SetOCGState', 'Named'],
  ...['GoToR', 'GoToE', 'GoToDp', 'Thread', 'Trans', 'Rendition', 'Sound', 'Movie', 'GoTo3DView'],
  'RichMediaExecute',
]);

/** Annotations that play, run, or are to be filled in. */
const REMOVED_ANNOTATIONS = new Set(['Widget', 'Screen', 'Movie', 'Sound', 'RichMedia', '3D']);

/** Entries of the catalog that make a reader do something, or speak of a form or signatures that are gone. */
const REMOVED_FROM_CATALOG = ['AcroForm', 'Perms', 'AA', 'NeedsRendering', 'Requirements', 'Legal'];

export function rewritePdf(document: PdfDocument): Uint8Array {
  const later = nameOf(document.resolve(document.catalog.dict.get('Version')));
  const isVersion = later !== undefined && /^[12]\.\d$/.test(later);
  const copier = new Copier(document);
  const root = copier.reference(document.catalog.ref);
  if (root === null) throw invalidPdf(adesProblems.of('pdf/catalog-is-action'));
  const info = document.xref.trailer.get('Info');
  return writeFile(copier.objects(), {
    version: isVersion && later > document.headerVersion ? later : document.headerVersion,
    root,
    info: (info instanceof PdfRef && copier.reference(info)) || undefined,
    id: createHash('sha256').update(document.bytes).digest().subarray(0, 16),
  });
}

/** Copies under new numbers, in the order in which references are met. */
class Copier {
  readonly #document: PdfDocument;
  readonly #waiting: PdfRef[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #catalog: number;

  constructor(document: PdfDocument) {
    this.#document = document;
    this.#catalog = document.catalog.ref.number;
  }

  /** The new reference; null where the old one leads nowhere, or to what is removed. */
  reference(ref: PdfRef): PdfRef | null {
    const known = this.#numbers.get(ref.number);
    if (known !== undefined) return new PdfRef(known);
    const value = this.#document.get(ref);
    if (value === null || this.#isRemoved(value)) return null;
    const number = this.#numbers.size + 1;
    this.#numbers.set(ref.number, number);
    this.#waiting.push(ref);
    return new PdfRef(number);
  }

  /** All objects by their new numbers; more come up while they are read. */
  *objects(): Generator<PdfValue> {
    for (const ref of this.#waiting) {
      const value = this.#document.get(ref);
      yield isDict(value) && ref.number === this.#catalog ? this.#copyCatalog(value) : this.#copy(value);
    }
  }

  #copyCatalog(catalog: PdfDict): PdfValue {
    const kept = new Map(catalog);
    for (const key of REMOVED_FROM_CATALOG) kept.delete(key);
    const opening = this.#document.resolve(kept.get('OpenAction'));
    const leadsHere = isDict(opening) && nameOf(this.#document.resolve(opening.get('S'))) === 'GoTo';
    if (!Array.isArray(opening) && !leadsHere) kept.delete('OpenAction');
    const names = this.#document.resolve(kept.get('Names'));
    if (isDict(names)) {
      const without = new Map(names);
      for (const key of ['JavaScript', 'URLS', 'Renditions']) without.delete(key);
      kept.set('Names', without);
    }
    return this.#copy(kept);
  }

  #copy(value: PdfValue): PdfValue {
    if (value instanceof PdfRef) return this.reference(value);
    if (value instanceof PdfStream) {
      const dict = new Map(value.dict);
      dict.delete('Length'); // the writer's business
      return new PdfStream(this.#copyDict(dict), value.data);
    }
    if (Array.isArray(value)) return value.map((item) => this.#copy(item));
    if (isDict(value)) return this.#isRemoved(value) ? null : this.#copyDict(value);
    return value;
  }

  #copyDict(dict: PdfDict): PdfDict {
    const copy: PdfDict = new Map();
    const type = nameOf(this.#document.resolve(dict.get('Type')));
    const acts = type === 'Page' || type === 'Annot' || dict.has('Rect');
    for (const [key, item] of dict) {
      if (acts && key === 'AA') continue;
      if (key === 'Annots') copy.set(key, this.#copyAnnotations(item));
      else copy.set(key, this.#copy(item));
    }
    return copy;
  }

  /** A list without holes: some readers stumble over null in it. */
  #copyAnnotations(value: PdfValue): PdfValue {
    const list = this.#document.resolve(value);
    if (!Array.isArray(list)) return this.#copy(value);
    return list.map((item) => this.#copy(item)).filter((item) => item !== null);
  }

  #isRemoved(value: PdfValue): boolean {
    const dict = value instanceof PdfStream ? value.dict : value;
    if (!isDict(dict)) return false;
    const name = (key: string): string => nameOf(this.#document.resolve(dict.get(key))) ?? '';
    return (
      REMOVED_ANNOTATIONS.has(name('Subtype')) ||
      (!(value instanceof PdfStream) && (REMOVED_ACTIONS.has(name('S')) || dict.has('JS')))
    );
  }
}
