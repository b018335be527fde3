/**
 * An update with a gap for its own signature (ISO 32000-1, 12.8.1): /ByteRange names everything around /Contents, which is
 * filled in once that is hashed.
 */
import { createHash, type Hash } from 'node:crypto';
import { invalidPdf, PdfVerbatim } from '../pdf/objects.ts';
import type { NewDigest } from '@segl/pki/algorithms/algorithm-constraints';
import type { DigestBy } from '@segl/pki/algorithms/signing-key';
import type { FinishedUpdate } from '../pdf/update.ts';
import type { IncrementalFile } from './incremental-file.ts';
import { adesProblems } from '../problems.ts';

/** Most room for a signature, in bytes. */
export const MAX_RESERVE = 1 << 20;

/** Digits of the largest offset that can occur. */
const OFFSET_DIGITS = String(Number.MAX_SAFE_INTEGER).length;

/** Writes the update; /Contents and /ByteRange of its signature dictionary are the two values that it is given. */
export type WriteUpdate = (contents: PdfVerbatim, byteRange: PdfVerbatim) => FinishedUpdate;

/**
 * Appends the update with what `sign` makes of the digest of the file without the gap. `reserve`: room for it, in bytes; where that is too small, everything is done again with more. Throws PDF_INVALID, and what `sign` throws.
 */
export async function appendSigned(
  file: IncrementalFile,
  write: WriteUpdate,
  reserve: number,
  sign: (digestBy: DigestBy) => Promise<Uint8Array>,
): Promise<void> {
  for (let room = reserve; room <= MAX_RESERVE;) {
    const draft = new Draft(file, write, room);
    const signature = await sign((hash) => draft.digest(hash));
    if (signature.length <= room) return draft.finish(signature);
    room = Math.max(room * 2, signature.length);
  }
  throw invalidPdf(adesProblems.of('pades/contents-too-large', { limit: MAX_RESERVE }));
}

class Draft {
  readonly #file: IncrementalFile;
  readonly #update: Buffer;
  /** Offset of the `<` of /Contents and of what follows its `>`, inside the update. */
  readonly #gapStart: number;
  readonly #gapEnd: number;
  /** Over everything before the gap, which may be large: what is added stands there. */
  readonly #before = new Map<NewDigest, Hash>();

  constructor(file: IncrementalFile, write: WriteUpdate, reserve: number) {
    const contents = new PdfVerbatim(`<${'0'.repeat(reserve * 2)}>`);
    const byteRange = new PdfVerbatim(`[0${' '.repeat(3 * (OFFSET_DIGITS + 1))}]`);
    const { bytes, placed } = write(contents, byteRange);
    this.#file = file;
    this.#update = bytes;
    this.#gapStart = placed.get(contents) ?? 0;
    this.#gapEnd = this.#gapStart + contents.text.length;
    const { length } = file.bytes;
    const range = `[0 ${length + this.#gapStart} ${length + this.#gapEnd} ${bytes.length - this.#gapEnd}`;
    bytes.write(range, placed.get(byteRange) ?? 0, 'latin1');
  }

  /** Of everything but the gap. */
  digest(hash: NewDigest): Uint8Array {
    return this.#beforeGap(hash).copy().update(this.#update.subarray(this.#gapEnd)).digest();
  }

  #beforeGap(algorithm: NewDigest): Hash {
    let hash = this.#before.get(algorithm);
    if (!hash) {
      hash = this.#file.hash(algorithm).update(this.#update.subarray(0, this.#gapStart));
      this.#before.set(algorithm, hash);
    }
    return hash;
  }

  /** Fills the gap, and appends the update to the file. */
  finish(signature: Uint8Array): void {
    this.#update.write(Buffer.from(signature).toString('hex'), this.#gapStart + 1, 'latin1');
    this.#file.append(this.#update, this.#beforeGap('sha256').update(this.#update.subarray(this.#gapStart)));
  }
}

/** 16 bytes for the second half of the file identifier: of what is there, and of what is added. */
export const fileIdentifier = (file: IncrementalFile, ...added: (Uint8Array | string)[]): Uint8Array => {
  const hash = createHash('sha256').update(file.hash().digest());
  for (const part of added) hash.update(part);
  return hash.digest().subarray(0, 16);
};
