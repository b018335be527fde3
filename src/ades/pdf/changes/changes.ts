/**
 * What an incremental update did to a document besides adding to it. Validation data, further signatures and time-stamps
 * may come behind a signature; everything that changes what a reader sees or does may not (ETSI EN 319 142-1 clause 6.2),
 * unless the signature itself permits it, or forbids more (ISO 32000-2, 12.8.2.2).
 */
import { FormComparison } from './changed-form.ts';
import { Compared, dictOf } from './compared.ts';
import type { PdfDocument } from '../document.ts';
import { ABSENT, keysOf, same } from './equality.ts';
import { isDict, PdfName, PdfRef, type PdfValue } from '../objects.ts';
import type { Permissions } from './permissions.ts';
import { reachable } from './reachable.ts';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../../problems.ts';

/**
 * Changes that a signature bears: they leave all that is seen of a document as it was (what sealing a file does to it, or
 * signing it elsewhere), or it permits them.
 */
export const isBorne = ({ code }: Problem): boolean => BORNE.has(code);

const BORNE: ReadonlySet<string> = new Set([
  'pdf-change/pages-added',
  'pdf-change/attachments-added',
  'pdf-change/metadata',
  'pdf-change/filled-in',
  'pdf-change/commented',
]);

/**
 * What is different in `after`, beyond what may come behind a signature; empty: nothing is. `permissions`: of the
 * signature that `before` ends with.
 */
export function changesBetween(
  before: PdfDocument,
  after: PdfDocument,
  permissions: Permissions = { locks: () => false },
): readonly Problem[] {
  return new Comparison(new Compared(before, after, permissions)).run();
}

class Comparison {
  readonly #before: PdfDocument;
  readonly #after: PdfDocument;
  readonly #compared: Compared;
  readonly #form: FormComparison;
  /** Objects of the validation data, and of what is told about the document. */
  readonly #data = new Set<number>();

  constructor(compared: Compared) {
    this.#before = compared.before;
    this.#after = compared.after;
    this.#compared = compared;
    this.#form = new FormComparison(compared);
  }

  run(): readonly Problem[] {
    const root = this.#before.catalog.ref;
    if (this.#after.xref.offset === this.#before.xref.offset) this.#loose();
    if (this.#after.catalog.ref.number !== root.number) return [adesProblems.of('pdf-change/other-catalog')];
    this.#catalog(root);
    this.#information();
    this.#pageTree();
    for (const page of this.#before.pages()) this.#page(page.ref);
    this.#form.fields();
    const seen = this.#seenBefore();
    for (const number of this.#changed()) {
      const excused = this.#compared.judged.has(number) || (this.#data.has(number) && !seen.has(number));
      if (!excused) this.#compared.tell(adesProblems.of('pdf-change/object', { number }));
    }
    return this.#compared.found;
  }

  /** What follows without a cross-reference of its own is no update: some readers search it for objects all the same. */
  #loose(): void {
    const behind = this.#after.bytes.subarray(this.#before.bytes.length);
    if (behind.some((byte) => !isSpace(byte))) this.#compared.tell(adesProblems.of('pdf-change/loose-bytes'));
  }

  /** Numbers of objects that were there and are not the same now. */
  *#changed(): Generator<number> {
    for (const [number, entry] of this.#before.xref.entries) {
      if (entry.kind === 'free') continue;
      const now = this.#after.xref.entries.get(number);
      const moved =
        now?.kind !== entry.kind ||
        (entry.kind === 'at' && now.kind === 'at' && entry.offset !== now.offset) ||
        (entry.kind === 'in' &&
          now.kind === 'in' &&
          (entry.stream !== now.stream || entry.index !== now.index || this.#streamMoved(entry.stream)));
      if (!moved) continue;
      const generation = entry.kind === 'at' ? entry.generation : 0;
      const ref = new PdfRef(number, generation);
      if (!same(this.#before.get(ref), this.#after.get(ref))) yield number;
    }
  }

  #streamMoved(number: number): boolean {
    const before = this.#before.xref.entries.get(number);
    const after = this.#after.xref.entries.get(number);
    return !(before?.kind === 'at' && after?.kind === 'at' && before.offset === after.offset);
  }

  /**
   * Numbers of the objects that a reader came to, but for validation data. What was named then and not there must not appear
   * now: it would be seen on pages that nobody touched.
   */
  #seenBefore(): ReadonlySet<number> {
    const numbers = new Set<number>();
    const { dict } = this.#before.catalog;
    const roots = [...dict].flatMap(([key, value]) => (key === 'DSS' || key === 'Metadata' ? [] : [value]));
    for (const { ref, value } of reachable(this.#before, roots)) {
      numbers.add(ref.number);
      if (value === null && this.#after.get(ref) !== null) {
        this.#compared.tell(adesProblems.of('pdf-change/object-appears', { number: ref.number }));
      }
    }
    return numbers;
  }

  #catalog(ref: PdfRef): void {
    this.#compared.judged.add(ref.number);
    const before = this.#before.catalog.dict;
    const after = this.#after.catalog.dict;
    for (const key of keysOf(before, after)) {
      if (key === 'AcroForm') this.#form.form(before.get(key), after.get(key));
      else if (key === 'DSS') this.#below(before.get(key), after.get(key));
      else if (key === 'Extensions') this.#extensions(before.get(key), after.get(key));
      else if (key === 'Metadata') this.#told(before.get(key), after.get(key));
      else if (key === 'Version') this.#version(before.get(key), after.get(key));
      else if (key === 'Names') this.#names(before.get(key), after.get(key));
      else if (key === 'AF')
        this.#prefix(before.get(key), after.get(key), '/AF', {
          changed: adesProblems.of('pdf-change/catalog-entry', { key }),
        });
      else if (!same(before.get(key), after.get(key)))
        this.#compared.tell(adesProblems.of('pdf-change/catalog-entry', { key }));
    }
  }

  /** The information dictionary (ISO 32000-2, 14.3.3), which the trailer names. */
  #information(): void {
    this.#told(this.#before.xref.trailer.get('Info'), this.#after.xref.trailer.get('Info'));
  }

  /** Metadata of the document are seen on no page; signing elsewhere writes who did it, and when. */
  #told(before: PdfValue | undefined, after: PdfValue | undefined): void {
    this.#below(before, after);
    const isSame = same(this.#before.resolve(before), this.#after.resolve(after));
    if (!isSame) this.#compared.tell(adesProblems.of('pdf-change/metadata'));
  }

  /** A higher one, for what came later (ISO 32000-2, 7.7.2). */
  #version(before: PdfValue | undefined, after: PdfValue | undefined): void {
    const [was = '', is = ''] = [before, after].map((value) => (value instanceof PdfName ? value.name : ''));
    if (is < was || !/^(1\.[0-7]|2\.0)?$/.test(is))
      this.#compared.tell(adesProblems.of('pdf-change/catalog-entry', { key: 'Version' }));
  }

  /** Everything below is looked at as validation data, and may be what it likes where nothing else led to it. */
  #below(...values: readonly (PdfValue | undefined)[]): void {
    const visit = (value: PdfValue | undefined, depth: number): void => {
      if (depth > 8) return;
      if (value instanceof PdfRef) {
        if (this.#data.has(value.number)) return;
        this.#data.add(value.number);
        visit(this.#before.get(value), depth + 1);
        visit(this.#after.get(value), depth + 1);
      } else if (Array.isArray(value)) for (const item of value) visit(item, depth + 1);
      else if (isDict(value)) for (const item of value.values()) visit(item, depth + 1);
    };
    for (const value of values) visit(value, 0);
  }

  #extensions(before: PdfValue | undefined, after: PdfValue | undefined): void {
    this.#compared.note(before);
    const was = dictOf(this.#before, before);
    const is = dictOf(this.#after, after);
    for (const [key, value] of was) {
      if (!same(value, is.get(key))) this.#compared.tell(adesProblems.of('pdf-change/extension', { key }));
    }
  }

  /** The root of the page tree may get pages behind those that it has. */
  #pageTree(): void {
    const { ref, dict: before } = this.#before.pageTree;
    const after = this.#after.get(ref);
    if (!isDict(after) || same(before, after)) return;
    this.#compared.judged.add(ref.number);
    const was = this.#before.array(before.get('Kids'), '/Kids').length;
    const is = this.#after.array(after.get('Kids'), '/Kids').length;
    for (const key of keysOf(before, after)) {
      if (key === 'Kids')
        this.#prefix(before.get(key), after.get(key), '/Kids', {
          changed: adesProblems.of('pdf-change/page-tree'),
        });
      else if (!(key === 'Count' && is > was) && !same(before.get(key), after.get(key))) {
        this.#compared.tell(adesProblems.of('pdf-change/page-tree-entry', { key }));
      }
    }
    if (is > was) this.#added('pages');
  }

  /** An array that may get more behind what it has. */
  #prefix(
    before: PdfValue | undefined,
    after: PdfValue | undefined,
    key: string,
    { changed }: { readonly changed: Problem },
  ): void {
    this.#compared.note(before);
    const is = this.#after.array(after, key);
    const kept = this.#before.array(before, key).every((item, index) => same(item, is[index] ?? ABSENT));
    if (!kept) this.#compared.tell(changed);
  }

  /** Attachments may be added; those that were there, and all other names, stay. */
  #names(before: PdfValue | undefined, after: PdfValue | undefined): void {
    this.#compared.note(before);
    const was = dictOf(this.#before, before);
    const is = dictOf(this.#after, after);
    for (const key of keysOf(was, is)) {
      if (key !== 'EmbeddedFiles' && !same(was.get(key), is.get(key))) {
        this.#compared.tell(adesProblems.of('pdf-change/names-entry', { key }));
      }
    }
    this.#compared.note(was.get('EmbeddedFiles'));
    const files = [...this.#before.nameTree(was.get('EmbeddedFiles'), '/EmbeddedFiles')];
    const now = new Map(this.#after.nameTree(is.get('EmbeddedFiles'), '/EmbeddedFiles'));
    if (!files.every(([name, value]) => same(value, now.get(name)))) {
      this.#compared.tell(adesProblems.of('pdf-change/attachment'));
    }
    if (now.size > files.length) this.#added('attachments');
  }

  /** No level of DocMDP has room for it. */
  #added(what: 'pages' | 'attachments'): void {
    const isForbidden = this.#compared.permissions.level !== undefined;
    this.#compared.tell(adesProblems.of(`pdf-change/${what}-added${isForbidden ? '-forbidden' : ''}`));
  }

  #page(ref: PdfRef): void {
    const before = this.#before.get(ref);
    const after = this.#after.get(ref);
    if (!isDict(before) || !isDict(after)) return;
    this.#compared.judged.add(ref.number);
    for (const key of keysOf(before, after)) {
      if (key === 'Annots') this.#form.grown(before.get(key), after.get(key), 'annotation');
      else if (!same(before.get(key), after.get(key)))
        this.#compared.tell(adesProblems.of('pdf-change/page-entry', { key }));
    }
  }
}

const isSpace = (byte: number): boolean => [0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20].includes(byte);
