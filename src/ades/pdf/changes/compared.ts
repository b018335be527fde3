/** Two revisions of a document that are compared, and what was found so far. */
import type { PdfDocument } from '../document.ts';
import { isDict, PdfRef, type PdfDict, type PdfValue } from '../objects.ts';
import type { Permissions } from './permissions.ts';
import type { Problem } from '@segl/problem/problem';

export class Compared {
  readonly before: PdfDocument;
  readonly after: PdfDocument;
  /** Of the signature that `before` ends with. */
  readonly permissions: Permissions;
  readonly #found = new Map<string, Problem>();
  /** Objects whose change is judged where they are used. */
  readonly judged = new Set<number>();

  constructor(before: PdfDocument, after: PdfDocument, permissions: Permissions) {
    this.before = before;
    this.after = after;
    this.permissions = permissions;
  }

  /** What was found, each once. */
  get found(): readonly Problem[] {
    return [...this.#found.values()];
  }

  tell(change: Problem): void {
    this.#found.set(JSON.stringify(change), change);
  }

  /** What a reference leads to is judged by whoever notes it. */
  note(value: PdfValue | undefined): void {
    if (value instanceof PdfRef) this.judged.add(value.number);
  }
}

/** The dictionary that a value is or leads to; an empty one where it is none. */
export function dictOf(document: PdfDocument, value: PdfValue | undefined): PdfDict {
  const resolved = document.resolve(value);
  return isDict(resolved) ? resolved : new Map<string, PdfValue>();
}
