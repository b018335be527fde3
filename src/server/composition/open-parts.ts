/** How parts that hold something open are put together: whatever was opened is closed again, in the reverse order. */

export interface Closable {
  close(): void | Promise<void>;
}

/** What is open so far. */
export class OpenParts {
  readonly #parts: Closable[] = [];

  add<Part extends Closable>(part: Part): Part {
    this.#parts.push(part);
    return part;
  }

  /** Closes all of them, the last one first, also when some will not; throws what the first of those threw. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.splice(0).reverse()) {
      try {
        await part.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/**
 * Several parts as one: `open` adds what it opens, and the result closes it all. When `open` throws, what was opened by then
 * is closed, and that is thrown whatever happens on the way.
 */
export async function openTogether<Whole extends object>(
  open: (parts: OpenParts) => Promise<Whole> | Whole,
): Promise<Whole & { close(): Promise<void> }> {
  const parts = new OpenParts();
  try {
    return { ...(await open(parts)), close: () => parts.close() };
  } catch (error) {
    await parts.close().catch(() => undefined);
    throw error;
  }
}
