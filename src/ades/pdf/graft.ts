/** Takes pages of one PDF into an update of another: deep copies under new object numbers. */
import type { DictObject, PdfDocument } from './document.ts';
import { PdfName, PdfRef, PdfStream, invalidPdf, isDict } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import type { IncrementalUpdate } from './update.ts';

/** Limit for the decoded content of one appearance. */
export const MAX_CONTENT = 16 << 20;

export class Graft {
  readonly #update: IncrementalUpdate;
  readonly #source: PdfDocument;
  /** Object number in the source → object in the update; shared fonts are copied once. */
  readonly #copied = new Map<number, PdfRef>();

  constructor(update: IncrementalUpdate, source: PdfDocument) {
    this.#update = update;
    this.#source = source;
  }

  /**
   * Copies a page as a new child of `parent` and gives its reference. Everything inheritable is written on the page
   * itself, so that nothing of the receiving page tree applies to it. `annotations`: of the new page.
   */
  page(page: DictObject, parent: PdfRef, annotations: readonly PdfRef[]): PdfRef {
    const box = this.#copy(page.dict.get('MediaBox') ?? null, 0);
    const copy: PdfDict = new Map<string, PdfValue>([
      ['Type', new PdfName('Page')],
      ['Parent', parent],
      ['MediaBox', box],
      ['CropBox', box],
      ['Rotate', 0],
      ['Resources', this.#copy(page.dict.get('Resources') ?? null, 0)],
      ['Contents', this.#copy(page.dict.get('Contents') ?? null, 0)],
    ]);
    if (annotations.length > 0) copy.set('Annots', [...annotations]);
    return this.#update.add(copy);
  }

  /** Copies a page as a form XObject, for use as an appearance (ISO 32000-1, 8.10 and 12.5.5). */
  form(page: DictObject): PdfRef {
    const contents = this.#source.resolve(page.dict.get('Contents'));
    const parts = (Array.isArray(contents) ? contents : [contents]).map((part) => {
      const stream = this.#source.resolve(part);
      if (!(stream instanceof PdfStream)) throw invalidPdf('the content of a page is missing');
      return this.#source.decode(stream, MAX_CONTENT);
    });
    const dict: PdfDict = new Map<string, PdfValue>([
      ['Type', new PdfName('XObject')],
      ['Subtype', new PdfName('Form')],
      ['BBox', this.#copy(page.dict.get('MediaBox') ?? null, 0)],
      ['Resources', this.#copy(page.dict.get('Resources') ?? null, 0)],
    ]);
    return this.#update.add(
      new PdfStream(dict, Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')]))),
    );
  }

  #copy(value: PdfValue, depth: number): PdfValue {
    if (depth > 64) throw invalidPdf('a page to be added is nested too deeply');
    if (value instanceof PdfRef) {
      const known = this.#copied.get(value.number);
      if (known) return known;
      const ref = this.#update.reserve();
      this.#copied.set(value.number, ref);
      this.#update.put(ref, this.#copy(this.#source.get(value), depth + 1));
      return ref;
    }
    if (value instanceof PdfStream) return new PdfStream(this.#copyDict(value.dict, depth), value.data);
    if (Array.isArray(value)) return value.map((item) => this.#copy(item, depth + 1));
    if (isDict(value)) return this.#copyDict(value, depth);
    return value;
  }

  #copyDict(dict: PdfDict, depth: number): PdfDict {
    return new Map([...dict].map(([key, item]) => [key, this.#copy(item, depth + 1)] as const));
  }
}
