/** A PDF that grows by incremental updates: what is there is never moved, copied or hashed again. */
import { createHash, type Hash } from 'node:crypto';

/** For a signature with its page, validation data and a time-stamp. */
const ROOM = 256 << 10;

export class GrowingPdf {
  #buffer: Buffer;
  #length: number;
  #hash = createHash('sha256');

  /** Copies `pdf`, once. */
  constructor(pdf: Uint8Array, room = ROOM) {
    this.#buffer = Buffer.allocUnsafe(pdf.length + room);
    this.#buffer.set(pdf);
    this.#length = pdf.length;
    this.#hash.update(pdf);
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** SHA-256 over all bytes so far, to be continued. */
  hash(): Hash {
    return this.#hash.copy();
  }

  /** `hash`: over all bytes so far and `update`, where that is known already. */
  append(update: Uint8Array, hash = this.#hash.update(update)): void {
    const length = this.#length + update.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(length + Math.max(ROOM, length >> 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(update, this.#length);
    this.#length = length;
    this.#hash = hash;
  }
}
