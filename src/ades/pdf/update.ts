/**
 * An incremental update (ISO 32000-1, 7.5.6): new and changed objects that are appended to a file whose own bytes
 * stay as they are, with a cross-reference section of the same form as the newest one.
 */
import type { PdfDocument } from './document.ts';
import { PdfName, PdfRef, PdfString, invalidPdf, isDict } from './objects.ts';
import type { PdfDict, PdfValue, PdfVerbatim } from './objects.ts';
import type { PdfTarget } from './parts.ts';
import { ByteWriter, writeValue } from './serialize.ts';
import { adesProblems } from '../problems.ts';

export interface FinishedUpdate {
  /** To be appended to the original. */
  readonly bytes: Buffer;
  /** Offset of each verbatim value inside `bytes`. */
  readonly placed: ReadonlyMap<PdfVerbatim, number>;
}

export class IncrementalUpdate implements PdfTarget {
  readonly #document: PdfDocument;
  readonly #objects = new Map<number, { readonly ref: PdfRef; readonly value: PdfValue }>();
  #next: number;

  constructor(document: PdfDocument) {
    this.#document = document;
    this.#next = document.xref.size;
  }

  reserve(): PdfRef {
    return new PdfRef(this.#next++, 0);
  }

  put(ref: PdfRef, value: PdfValue): void {
    this.#objects.set(ref.number, { ref, value });
  }

  add(value: PdfValue): PdfRef {
    const ref = this.reserve();
    this.put(ref, value);
    return ref;
  }

  /** A copy of the dictionary `ref` that goes into the update; the same copy on every call. */
  editDict(ref: PdfRef): PdfDict {
    const value = this.#edited(ref, (original) => (isDict(original) ? new Map(original) : undefined));
    if (!isDict(value))
      throw invalidPdf(
        adesProblems.of('pdf/not-a-dictionary', { what: `${ref.number} ${ref.generation} R` }),
      );
    return value;
  }

  /** The dictionary under `key` of a dictionary that is being edited, at its own object if it has one; made if absent. */
  dictIn(owner: PdfDict, key: string): PdfDict {
    const value = owner.get(key) ?? null;
    if (value instanceof PdfRef && this.#document.get(value) !== null) return this.editDict(value);
    if (value !== null && !(value instanceof PdfRef) && !isDict(value))
      throw invalidPdf(adesProblems.of('pdf/not-a-dictionary', { what: `/${key}` }));
    const copy: PdfDict = new Map(isDict(value) ? value : []);
    owner.set(key, copy);
    return copy;
  }

  /** The same for an array. */
  arrayIn(owner: PdfDict, key: string): PdfValue[] {
    const value = owner.get(key) ?? null;
    if (value instanceof PdfRef && this.#document.get(value) !== null) {
      const edited = this.#edited(value, (original) => (Array.isArray(original) ? [...original] : undefined));
      if (!Array.isArray(edited)) throw invalidPdf(adesProblems.of('pdf/not-an-array', { what: `/${key}` }));
      return edited;
    }
    if (value !== null && !(value instanceof PdfRef) && !Array.isArray(value))
      throw invalidPdf(adesProblems.of('pdf/not-an-array', { what: `/${key}` }));
    const copy: PdfValue[] = Array.isArray(value) ? [...value] : [];
    owner.set(key, copy);
    return copy;
  }

  #edited(ref: PdfRef, copy: (original: PdfValue) => PdfValue | undefined): PdfValue {
    const pending = this.#objects.get(ref.number);
    if (pending) return pending.value;
    const copied = copy(this.#document.get(ref));
    if (copied === undefined) throw invalidPdf(adesProblems.of('pdf/object-type', { number: ref.number }));
    this.put(ref, copied);
    return copied;
  }

  /** Serializes objects, cross-reference and trailer. `id`: 16 bytes, the second half of the file identifier. */
  finish(id: Uint8Array): FinishedUpdate {
    const { bytes: original, xref } = this.#document;
    const out = new ByteWriter();
    const last = original[original.length - 1];
    if (last !== 0x0a && last !== 0x0d) out.text('\n');
    const rows: Row[] = [];
    for (const [number, { ref, value }] of [...this.#objects].sort(([a], [b]) => a - b)) {
      rows.push({ number, generation: ref.generation, offset: original.length + out.length });
      out.text(`${number} ${ref.generation} obj\n`);
      writeValue(out, value);
      out.text('\nendobj\n');
    }
    const section = original.length + out.length;
    const trailer = this.#trailer(id);
    if (xref.form === 'table') writeTable(out, rows, trailer.set('Size', this.#next));
    else {
      const ref = this.reserve();
      rows.push({ number: ref.number, generation: 0, offset: section });
      writeXrefStream(out, rows, ref, trailer.set('Size', this.#next));
    }
    out.text(`startxref\n${section}\n%%EOF\n`);
    return { bytes: out.join(), placed: out.placed };
  }

  #trailer(id: Uint8Array): PdfDict {
    const { trailer: before, offset } = this.#document.xref;
    const trailer: PdfDict = new Map();
    for (const key of ['Root', 'Info']) {
      const value = before.get(key);
      if (value !== undefined) trailer.set(key, value);
    }
    trailer.set('Prev', offset);
    const [first] = this.#document.array(before.get('ID'), '/ID');
    const renewed = new PdfString(id, true);
    trailer.set('ID', [first instanceof PdfString ? new PdfString(first.bytes, true) : renewed, renewed]);
    return trailer;
  }
}

interface Row {
  readonly number: number;
  readonly generation: number;
  readonly offset: number;
}

/** Runs of consecutive object numbers. */
function* runs(rows: readonly Row[]): Generator<readonly Row[]> {
  let from = 0;
  for (let at = 1; at <= rows.length; at++) {
    if (at < rows.length && rows[at]?.number === (rows[at - 1]?.number ?? 0) + 1) continue;
    yield rows.slice(from, at);
    from = at;
  }
}

/** Each entry is exactly 20 bytes (7.5.4). */
function writeTable(out: ByteWriter, rows: readonly Row[], trailer: PdfDict): void {
  out.text('xref\n');
  for (const run of runs(rows)) {
    out.text(`${run[0]?.number ?? 0} ${run.length}\n`);
    for (const { offset, generation } of run) {
      out.text(`${String(offset).padStart(10, '0')} ${String(generation).padStart(5, '0')} n \n`);
    }
  }
  out.text('trailer\n');
  writeValue(out, trailer);
  out.text('\n');
}

/** Entries of 1 + 8 + 2 bytes, unfiltered: they are few. */
function writeXrefStream(out: ByteWriter, rows: readonly Row[], ref: PdfRef, trailer: PdfDict): void {
  const data = Buffer.alloc(rows.length * 11);
  for (const [index, { offset, generation }] of rows.entries()) {
    data.writeUInt8(1, index * 11);
    data.writeBigUInt64BE(BigInt(offset), index * 11 + 1);
    data.writeUInt16BE(generation, index * 11 + 9);
  }
  const dict: PdfDict = new Map<string, PdfValue>([['Type', new PdfName('XRef')], ...trailer]);
  dict.set('W', [1, 8, 2]);
  dict.set(
    'Index',
    [...runs(rows)].flatMap((run) => [run[0]?.number ?? 0, run.length]),
  );
  dict.set('Length', data.length);
  out.text(`${ref.number} 0 obj\n`);
  writeValue(out, dict);
  out.text('\nstream\n');
  out.bytes(data);
  out.text('\nendstream\nendobj\n');
}
