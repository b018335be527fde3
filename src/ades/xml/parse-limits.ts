/** How much work the signatures and time-stamps of one document may be, however often they name its parts. */
import { adesProblems } from '../problems.ts';

/** To canonicalize an element takes as long as this many octets of text, about a microsecond. */
const ELEMENT = 500;

/** Octets that may be canonicalized and digested for any document: about half a second. */
export const FREE_EFFORT = 128 << 20;

/** How often, beyond that, everything in it may be. */
export const MAX_PASSES = 8;

export class ParseLimits {
  #left: number;
  readonly #beside = new Set<Uint8Array>();

  /** For a document of that many octets and elements. */
  constructor(octets: number, elements: number) {
    this.#left = FREE_EFFORT + MAX_PASSES * (octets + ELEMENT * elements);
  }

  /** Data beside the document counts as part of it, once. */
  allow(data: Uint8Array): void {
    if (this.#beside.has(data)) return;
    this.#beside.add(data);
    this.#left += MAX_PASSES * data.length;
  }

  /** Notes what is about to be canonicalized or digested. Throws XML_INVALID when it is too much. */
  spend(octets: number, elements = 0): void {
    this.#left -= octets + ELEMENT * elements;
    if (this.#left >= 0) return;
    throw adesProblems.error('XML_INVALID', {
      why: adesProblems.of('xml/effort'),
    });
  }
}
