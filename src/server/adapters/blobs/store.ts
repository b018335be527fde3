import type { Readable } from 'node:stream';

/** Bytes from `start` to `end`, both included and counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface StoredBlob {
  /** Lower-case hexadecimal; also the blob's name. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** Document bytes: immutable, named by their SHA-256. Storing the same bytes twice keeps them once. */
export interface BlobStore {
  /**
   * Hashes while it writes; when this resolves the bytes are on durable storage. Throws PAYLOAD_TOO_LARGE beyond
   * `limit` bytes. On any failure nothing is left behind.
   */
  put(body: Readable | Uint8Array, limit?: number): Promise<StoredBlob>;
  /** All bytes, or those of `range`. The stream fails with BLOB_MISSING when there is no such blob. */
  open(sha256: string, range?: ByteRange): Readable;
  /**
   * Checks the bytes against their name. They are put into what `allocate` gives for their number, memory of their own when
   * left out. Throws BLOB_MISSING or BLOB_DAMAGED.
   */
  read(sha256: string, allocate?: (size: number) => Uint8Array): Promise<Uint8Array>;
  has(sha256: string): Promise<boolean>;
  /**
   * Also when there is none. With `putBefore`: only if the bytes have not been put since, so that a sweeper never takes
   * away what was stored again after it looked.
   */
  delete(sha256: string, putBefore?: Date): Promise<void>;
  /** Every blob, in no particular order; `modifiedAt` is when these bytes were last put. */
  list(): AsyncIterable<{ readonly sha256: string; readonly modifiedAt: Date }>;
}
