import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file so that a reader sees either the old bytes or the new, and a crash leaves one of them. */
export async function writeAtomically(path: string, content: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', mode);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** One JSON value kept in memory and on disk. Changes that come while a write runs are written together after it. */
export class JsonFile<T> {
  readonly value: T;
  readonly #path: string;
  #running: Promise<void> | undefined;
  #again: Promise<void> | undefined;

  private constructor(path: string, value: T) {
    this.#path = path;
    this.value = value;
  }

  /** Reads the file, or starts with `fresh()` where there is none yet. */
  static async open<T>(path: string, fresh: () => T | Promise<T>): Promise<JsonFile<T>> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      const file = new JsonFile(path, await fresh());
      await file.save();
      return file;
    }
    return new JsonFile(path, JSON.parse(text) as T);
  }

  /** Resolves when the value as it is now, or a newer one, is on disk. */
  save(): Promise<void> {
    if (!this.#running) return (this.#running = this.#write());
    this.#again ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#again = undefined;
        return (this.#running = this.#write());
      });
    return this.#again;
  }

  async #write(): Promise<void> {
    try {
      await writeAtomically(this.#path, `${JSON.stringify(this.value, null, 1)}\n`);
    } finally {
      if (!this.#again) this.#running = undefined;
    }
  }
}
