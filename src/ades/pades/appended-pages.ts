/** Pages that a signature appends to a document, with the place of its visible seal on them. */
import type { PdfRef } from '../pdf/objects.ts';
import type { PdfParts } from '../pdf/parts.ts';
import type { StructureElement } from '../pdf/structure.ts';

/** Finished pages, appended behind the last one of a document by `signPades`. */
export interface AppendedPages {
  /** The pages and all that they need. */
  readonly parts: PdfParts;
  /** References in the parts: of the pages in order, without a parent; and of the appearance of the seal. */
  readonly pages: readonly PdfRef[];
  readonly appearance: PdfRef;
  /** What is marked on them, for documents that are tagged. */
  readonly structure: StructureElement;
  /** Where the seal stands: index of the page, and its rectangle [left, bottom, right, top] in points; and what it says. */
  readonly seal: {
    readonly page: number;
    readonly rect: readonly [number, number, number, number];
    readonly description: string;
  };
}
