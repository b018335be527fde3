/** Objects of a PDF that is being made: numbered among themselves, to be written as a file or taken into an update. */
import { PdfName, PdfRef } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';

export class PdfParts {
  readonly #objects: PdfValue[] = [];

  /** The objects 1 and on. */
  get objects(): readonly PdfValue[] {
    return this.#objects;
  }

  /** A number for an object that `put` defines later. */
  reserve(): PdfRef {
    return new PdfRef(this.#objects.push(null));
  }

  put(ref: PdfRef, value: PdfValue): void {
    this.#objects[ref.number - 1] = value;
  }

  add(value: PdfValue): PdfRef {
    return new PdfRef(this.#objects.push(value));
  }

  get(ref: PdfRef): PdfValue {
    return this.#objects[ref.number - 1] ?? null;
  }
}

/** A dictionary; values that are undefined are left out. */
export function pdfDict(entries: Readonly<Record<string, PdfValue | undefined>>): PdfDict {
  const dict: PdfDict = new Map();
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) dict.set(key, value);
  return dict;
}

export const pdfName = (name: string): PdfName => new PdfName(name);
