import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import type { Clock } from '@segl/problem/clock';
import type { SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import type { ByteRange, BlobStore, StoredBlob } from './store.ts';

const INCOMING = 'incoming';
const namePattern = /^[0-9a-f]{64}$/;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Puts a folder's entries on the disk: a rename survives a power cut only after this. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Blobs as files `aa/<sha256>` under one folder; files that are still being written are in `incoming/`. */
export class FileBlobStore implements BlobStore {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Makes the folder if needed, and removes unfinished files that are older than a day. */
  static async open(root: string, clock: Clock): Promise<FileBlobStore> {
    await mkdir(join(root, INCOMING), { recursive: true });
    const store = new FileBlobStore(root);
    await store.sweep(new Date(clock.now().getTime() - 24 * 3600_000));
    return store;
  }

  async put(body: Readable | Uint8Array, limit = Number.MAX_SAFE_INTEGER): Promise<StoredBlob> {
    const temporary = join(this.#root, INCOMING, randomUUID());
    try {
      const blob = await writeFile(temporary, body, limit);
      await this.#keep(temporary, blob.sha256);
      return blob;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  open(sha256: string, range?: ByteRange): Readable {
    const file = createReadStream(this.#path(sha256), range);
    const stream = new PassThrough();
    file.on('error', (error) => stream.destroy(isMissing(error) ? missing(sha256, error) : error));
    stream.on('close', () => file.destroy());
    return file.pipe(stream);
  }

  async read(
    sha256: string,
    allocate = (size: number): Uint8Array => Buffer.allocUnsafe(size),
  ): Promise<Uint8Array> {
    const bytes = await readFile(this.#path(sha256), allocate).catch((error: unknown) => {
      throw isMissing(error) ? missing(sha256, error) : error;
    });
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      throw serverProblems.error('BLOB_DAMAGED', { sha256 });
    }
    return bytes;
  }

  async has(sha256: string): Promise<boolean> {
    return access(this.#path(sha256)).then(
      () => true,
      () => false,
    );
  }

  async delete(sha256: string, putBefore?: Date): Promise<void> {
    // moved away first: a put in between makes a new file, which stays
    const removed = join(this.#root, INCOMING, randomUUID());
    try {
      await rename(this.#path(sha256), removed);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    if (putBefore && (await stat(removed)).mtime >= putBefore) await rename(removed, this.#path(sha256));
    else await rm(removed, { force: true });
  }

  async *list(): AsyncIterable<{ sha256: string; modifiedAt: Date }> {
    for (const folder of await readdir(this.#root)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of await readdir(join(this.#root, folder))) {
        if (!namePattern.test(name)) continue;
        const found = await stat(join(this.#root, folder, name)).catch(() => undefined);
        if (found) yield { sha256: name, modifiedAt: found.mtime };
      }
    }
  }

  /** Removes what uploads left unfinished before `before` (a crash in the middle); gives how many. */
  async sweep(before: Date): Promise<number> {
    let removed = 0;
    for (const name of await readdir(join(this.#root, INCOMING))) {
      const path = join(this.#root, INCOMING, name);
      const found = await stat(path).catch(() => undefined);
      if (!found || found.mtime >= before) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }

  #path(sha256: string): string {
    // the name becomes a path: nothing but a digest may
    if (!namePattern.test(sha256)) throw missing(sha256.slice(0, 64));
    return join(this.#root, sha256.slice(0, 2), sha256);
  }

  async #keep(temporary: string, sha256: string): Promise<void> {
    const folder = join(this.#root, sha256.slice(0, 2));
    const made = await mkdir(folder, { recursive: true });
    // replaces an equal file if there is one
    await rename(temporary, this.#path(sha256));
    await syncFolder(folder);
    if (made !== undefined) await syncFolder(this.#root);
  }
}

const missing = (sha256: string, cause?: unknown): SeglError =>
  serverProblems.error('BLOB_MISSING', { sha256 }, { cause });

async function writeFile(path: string, body: Readable | Uint8Array, limit: number): Promise<StoredBlob> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o640);
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      const bytes = chunk as Uint8Array;
      size += bytes.length;
      if (size > limit)
        throw generalProblems.error('PAYLOAD_TOO_LARGE', { limit, setting: 'MAX_DOCUMENT_BYTES' });
      hash.update(bytes);
      await writeAll(file, bytes);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}

async function readFile(path: string, allocate: (size: number) => Uint8Array): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = allocate((await file.stat()).size);
    for (let offset = 0; offset < bytes.length;) {
      const { bytesRead } = await file.read(bytes, offset);
      if (bytesRead === 0) return bytes.subarray(0, offset);
      offset += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    offset += (await file.write(bytes, offset)).bytesWritten;
  }
}
