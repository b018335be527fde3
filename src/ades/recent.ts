/** Remembers what was made of the latest inputs, for what follows from its input alone and costs much to make. */
export class Recent<V> {
  readonly #most: number;
  readonly #values = new Map<string, V>();

  /** `most`: how many are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The value of `bytes`, made by `make` when it is not known. What `make` throws is not remembered. */
  of(bytes: Uint8Array, make: () => V): V {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (this.#values.size >= this.#most) this.#values.delete(this.#values.keys().next().value!);
    this.#values.set(key, value);
    return value;
  }
}
