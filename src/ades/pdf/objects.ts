/**
 * The object types of PDF (ISO 32000-1, 7.3). Booleans, numbers and null are JavaScript's own; arrays are arrays;
 * dictionaries are Maps from name (without the slash) to value, so that a key can be anything.
 */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';

export class PdfName {
  /** Bytes of the name as Latin-1 text, `#xx` already decoded. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** An indirect reference, `12 0 R`. */
export class PdfRef {
  readonly number: number;
  readonly generation: number;

  constructor(number: number, generation = 0) {
    this.number = number;
    this.generation = generation;
  }
}

export class PdfString {
  readonly bytes: Uint8Array;
  readonly hex: boolean;
  /** Where the token stood in the file it was read from, delimiters included; 0 for strings that we made. */
  readonly start: number;
  readonly end: number;

  constructor(bytes: Uint8Array, hex = false, start = 0, end = 0) {
    this.bytes = bytes;
    this.hex = hex;
    this.start = start;
    this.end = end;
  }
}

export class PdfStream {
  readonly dict: PdfDict;
  /** As stored in the file: filters not undone. */
  readonly data: Uint8Array;

  constructor(dict: PdfDict, data: Uint8Array) {
    this.dict = dict;
    this.data = data;
  }
}

/** Text that the writer copies as it stands; it reports the offset where it put it. For placeholders. */
export class PdfVerbatim {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type PdfDict = Map<string, PdfValue>;
export type PdfValue =
  | null
  | boolean
  | number
  | PdfName
  | PdfRef
  | PdfString
  | PdfStream
  | PdfVerbatim
  | PdfValue[]
  | Map<string, PdfValue>;

export const isDict = (value: PdfValue | undefined): value is PdfDict => value instanceof Map;

/** The error for a file that breaks the PDF rules; `why` completes the sentence "The PDF cannot be used: …". */
export const invalidPdf = (why: Problem): SeglError => adesProblems.error('PDF_INVALID', { why });

/** Name of a name object, undefined for anything else. */
export const nameOf = (value: PdfValue | undefined): string | undefined =>
  value instanceof PdfName ? value.name : undefined;

/** A non-negative integer, or PDF_INVALID. `what`: the key that it stands under. */
export function wholeNumber(value: PdfValue | undefined, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidPdf(adesProblems.of('pdf/not-a-whole-number', { what }));
  }
  return value;
}
