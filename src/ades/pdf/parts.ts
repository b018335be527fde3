/** Objects of a PDF that is being made: numbered among themselves, to be written as a file or taken into an update. */
import { PdfName, PdfRef, PdfStream, PdfString, PdfVerbatim } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';

/** Where objects can be put: parts, or an update of a file. */
export interface PdfTarget {
  /** A number for an object that `put` defines later. */
  reserve(): PdfRef;
  put(ref: PdfRef, value: PdfValue): void;
  add(value: PdfValue): PdfRef;
}

export class PdfParts implements PdfTarget {
  readonly #objects: PdfValue[] = [];

  /** The objects 1 and on. */
  get objects(): readonly PdfValue[] {
    return this.#objects;
  }

  reserve(): PdfRef {
    return this.add(null);
  }

  put(ref: PdfRef, value: PdfValue): void {
    this.#objects[ref.number - 1] = value;
  }

  add(value: PdfValue): PdfRef {
    return new PdfRef(this.#objects.push(value));
  }

  /** Puts copies of all objects into `target`; gives the reference there of each reference here. */
  into(target: PdfTarget): (ref: PdfRef) => PdfRef {
    const taken = this.#objects.map(() => target.reserve());
    const there = (ref: PdfRef): PdfRef => taken[ref.number - 1]!;
    for (const [index, value] of this.#objects.entries()) target.put(taken[index]!, renumbered(value, there));
    return there;
  }
}

function renumbered(value: PdfValue, there: (ref: PdfRef) => PdfRef): PdfValue {
  if (value instanceof PdfRef) return there(value);
  if (value instanceof PdfStream) return new PdfStream(renumberedDict(value.dict, there), value.data);
  if (value instanceof Map) return renumberedDict(value, there);
  if (Array.isArray(value)) return value.map((item) => renumbered(item, there));
  return value;
}

const renumberedDict = (dict: PdfDict, there: (ref: PdfRef) => PdfRef): PdfDict => {
  const copy: PdfDict = new Map();
  for (const [key, value] of dict) copy.set(key, renumbered(value, there));
  return copy;
};

/** What `pdfValue` understands. */
export type PdfLiteral =
  PdfValue | string | undefined | readonly PdfLiteral[] | { readonly [key: string]: PdfLiteral };

/** A value from plain JavaScript: texts are names, objects are dictionaries, in which what is undefined is left out. */
export function pdfValue(literal: PdfLiteral): PdfValue {
  if (typeof literal === 'string') return new PdfName(literal);
  if (Array.isArray(literal)) return (literal as readonly PdfLiteral[]).map(pdfValue);
  return isPlain(literal) ? pdfDict(literal) : ((literal ?? null) as PdfValue);
}

/** The same for a dictionary. */
export function pdfDict(entries: { readonly [key: string]: PdfLiteral }): PdfDict {
  const dict: PdfDict = new Map();
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) dict.set(key, pdfValue(value));
  return dict;
}

const isPlain = (literal: PdfLiteral): literal is { readonly [key: string]: PdfLiteral } =>
  typeof literal === 'object' &&
  literal !== null &&
  ![Map, PdfName, PdfRef, PdfString, PdfStream, PdfVerbatim].some((kind) => literal instanceof kind);
