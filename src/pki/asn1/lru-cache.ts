/** Remembers what was made of the latest inputs, for what follows from its input alone and costs much to make. */

/** Signatures and hashes stand at the end of what is remembered, so few inputs share their last bytes. */
const TAIL = 24;

export class LruCache<V> {
  readonly #most: number;
  readonly #values = new Map<string, { readonly bytes: Uint8Array; readonly value: V }>();

  /** `most`: how many are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * The value of `bytes`, made by `make` when it is not known; `make` is given a copy, which may be kept. What it throws
   * is not remembered.
   */
  of(bytes: Uint8Array, make: (own: Uint8Array) => V): V {
    // the key only finds the candidate: of inputs that end alike the latest is remembered
    const tail = Math.min(bytes.length, TAIL);
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + bytes.length - tail, tail).toString('latin1');
    const known = this.#values.get(key);
    if (known && Buffer.compare(known.bytes, bytes) === 0) return known.value;
    const own = Uint8Array.from(bytes);
    const value = make(own);
    if (!known && this.#values.size >= this.#most) this.#values.delete(this.#values.keys().next().value!);
    this.#values.set(key, { bytes: own, value });
    return value;
  }
}
