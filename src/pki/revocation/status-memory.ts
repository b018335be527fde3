/** Remembers what issuers tell about certificates for as long as it is worth something. */
import type { Clock } from '@segl/problem/clock';

/** After a vain attempt to renew something, what is remembered is used this long before the next attempt. */
const RETRY_MS = 60_000;

export interface Remembered<T> {
  readonly value: T;
  /** Until when the value counts, by its own word (nextUpdate); undefined: it is not remembered. */
  readonly until: Date | undefined;
  /** What it takes of `capacity`. */
  readonly size: number;
}

interface Entry<T> {
  readonly value: T;
  readonly until: number;
  readonly size: number;
  renewAt: number;
}

/**
 * Values by key, oldest dropped first when `capacity` is exceeded. A value is renewed after `maxAgeMs`; when that
 * fails, it counts until its own end. Equal questions at the same time are asked once.
 */
export class StatusMemory<T> {
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  readonly #capacity: number;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry<T>>();
  readonly #running = new Map<string, Promise<T>>();
  #size = 0;

  constructor(options: { readonly clock: Clock; readonly maxAgeMs: number; readonly capacity: number }) {
    this.#clock = options.clock;
    this.#maxAgeMs = options.maxAgeMs;
    this.#capacity = options.capacity;
  }

  /** The remembered value, or a new one. Throws what `load` throws when there is nothing that still counts. */
  get(key: string, load: () => Promise<Remembered<T>>): Promise<T> {
    const kept = this.#entries.get(key);
    if (kept && this.#clock.now().getTime() < kept.renewAt) return Promise.resolve(kept.value);
    let running = this.#running.get(key);
    if (!running) {
      running = this.#renew(key, load).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }

  async #renew(key: string, load: () => Promise<Remembered<T>>): Promise<T> {
    try {
      const loaded = await load();
      this.#keep(key, loaded);
      return loaded.value;
    } catch (error) {
      const kept = this.#entries.get(key);
      const now = this.#clock.now().getTime();
      if (!kept || now >= kept.until) throw error;
      kept.renewAt = Math.min(now + RETRY_MS, kept.until);
      return kept.value;
    }
  }

  #keep(key: string, { value, until, size }: Remembered<T>): void {
    this.#drop(key);
    const now = this.#clock.now().getTime();
    if (!until || until.getTime() <= now) return;
    const renewAt = Math.min(now + this.#maxAgeMs, until.getTime());
    this.#entries.set(key, { value, until: until.getTime(), size, renewAt });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#capacity) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
