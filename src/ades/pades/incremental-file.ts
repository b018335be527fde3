/** A file that grows at its end, as a PDF does by incremental updates: what is there is never moved, copied or hashed again. */
import { createHash, type Hash } from 'node:crypto';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';

/** For a signature with its page, validation data and a time-stamp. */
const ROOM = 256 << 10;

export class IncrementalFile {
  #buffer: Buffer;
  #length: number;
  #hash = createHash('sha256');

  private constructor(buffer: Buffer, length: number) {
    this.#buffer = buffer;
    this.#length = length;
    this.#hash.update(this.bytes);
  }

  /** Copies the bytes, once. */
  static of(bytes: Uint8Array): IncrementalFile {
    const buffer = Buffer.allocUnsafe(bytes.length + ROOM);
    buffer.set(bytes);
    return new IncrementalFile(buffer, bytes.length);
  }

  /** A file that `read` puts into the memory which it asks for, once, by its size in bytes: it grows where it was read. */
  static async read(
    read: (allocate: (size: number) => Uint8Array) => Promise<unknown>,
  ): Promise<IncrementalFile> {
    let buffer = Buffer.alloc(0);
    let length = 0;
    await read((size) => {
      buffer = Buffer.allocUnsafeSlow(size + ROOM);
      length = size;
      return buffer.subarray(0, size);
    });
    return new IncrementalFile(buffer, length);
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** A digest over all bytes so far, to be continued. SHA-256 is at hand, others are made now. */
  hash(algorithm: NewDigest = 'sha256'): Hash {
    return algorithm === 'sha256' ? this.#hash.copy() : createHash(algorithm).update(this.bytes);
  }

  /** `hash`: SHA-256 over all bytes so far and `update`, where that is known already. */
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
