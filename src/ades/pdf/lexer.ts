/**
 * Reads PDF syntax (ISO 32000-1, 7.2 and 7.3) from bytes. Strict: what two readers could understand differently
 * (duplicate keys, unbalanced brackets, odd numbers) is refused, because what is signed must have one meaning.
 */
import { PdfName, PdfRef, PdfString, invalidPdf } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import { adesProblems } from '../problems.ts';

/** Arrays and dictionaries inside each other; real files stay below 20. */
export const MAX_DEPTH = 64;
/** Dictionaries and strings in one object, which take far more room than the bytes that they are written with. */
export const MAX_PARTS = 250_000;

const SPACE = 1;
const DELIMITER = 2;
/** Class of each byte: white space, delimiter, or 0 for regular characters. */
const CLASS = new Uint8Array(256);
for (const byte of [0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20]) CLASS[byte] = SPACE;
for (const character of '()<>[]{}/%') CLASS[character.charCodeAt(0)] = DELIMITER;

const LF = 0x0a;
const CR = 0x0d;

const hexDigit = (byte: number): number =>
  byte >= 0x30 && byte <= 0x39
    ? byte - 0x30
    : byte >= 0x41 && byte <= 0x46
      ? byte - 0x37
      : byte >= 0x61 && byte <= 0x66
        ? byte - 0x57
        : -1;

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 };

/** Numbers that must be there, as problems name them. */
type ExpectedNumber =
  'object-number' | 'generation' | 'object-offset' | 'xref-count' | 'xref-offset' | 'xref-generation';

export class Lexer {
  readonly bytes: Uint8Array;
  pos: number;
  /** Dictionaries and strings since the last object began. */
  #parts = 0;

  constructor(bytes: Uint8Array, pos = 0) {
    this.bytes = bytes;
    this.pos = pos;
  }

  /** Byte at `pos + ahead`, -1 behind the end. */
  peek(ahead = 0): number {
    return this.bytes[this.pos + ahead] ?? -1;
  }

  /** White space and comments. */
  skipSpace(): void {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[this.pos];
      if (byte === undefined) return;
      if (CLASS[byte] === SPACE) this.pos++;
      else if (byte === 0x25) {
        while (this.pos < bytes.length && bytes[this.pos] !== LF && bytes[this.pos] !== CR) this.pos++;
      } else return;
    }
  }

  /** The regular characters from here on, as Latin-1 text; may be empty. */
  token(): string {
    const { bytes } = this;
    const start = this.pos;
    while (this.pos < bytes.length && CLASS[bytes[this.pos] as number] === 0) this.pos++;
    return latin1(bytes, start, this.pos);
  }

  /** White space, then exactly this keyword. */
  expect(keyword: string): void {
    this.skipSpace();
    const at = this.pos;
    if (this.token() !== keyword) throw invalidPdf(adesProblems.of('pdf/keyword-missing', { keyword, at }));
  }

  /** White space, then an unsigned integer; undefined (and nothing consumed) when there is none. */
  tryInteger(): number | undefined {
    const start = this.pos;
    this.skipSpace();
    let value = 0;
    let digits = 0;
    for (let byte = this.peek(); byte >= 0x30 && byte <= 0x39; byte = this.peek()) {
      value = value * 10 + (byte - 0x30);
      digits++;
      this.pos++;
    }
    const next = this.peek();
    if (digits === 0 || digits > 15 || (next !== -1 && CLASS[next] === 0)) {
      this.pos = start;
      return undefined;
    }
    return value;
  }

  integer(what: ExpectedNumber): number {
    const value = this.tryInteger();
    if (value === undefined) throw invalidPdf(adesProblems.of(`pdf/${what}-missing`, { at: this.pos }));
    return value;
  }

  /** One object; references are recognised, streams are not (they belong to indirect objects only). */
  value(depth = 0): PdfValue {
    if (depth > MAX_DEPTH) throw invalidPdf(adesProblems.of('pdf/too-deep', { limit: MAX_DEPTH }));
    if (depth === 0) this.#parts = 0;
    this.skipSpace();
    const byte = this.peek();
    switch (byte) {
      case 0x2f: // /
        return new PdfName(this.#name());
      case 0x28: // (
        return this.#literal();
      case 0x5b: // [
        return this.#array(depth);
      case 0x3c: // <
        return this.peek(1) === 0x3c ? this.#dict(depth) : this.#hex();
    }
    if (byte >= 0x30 && byte <= 0x39) {
      const reference = this.#reference();
      if (reference !== undefined) return reference;
    }
    const at = this.pos;
    const token = this.token();
    switch (token) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'null':
        return null;
    }
    if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(token) && token.length <= 64) return Number(token);
    throw invalidPdf(adesProblems.of('pdf/no-object', { at }));
  }

  /** `n g R`, or the plain integer `n`; undefined when it is another kind of number. */
  #reference(): PdfRef | number | undefined {
    const number = this.tryInteger();
    if (number === undefined) return undefined;
    const after = this.pos;
    const generation = this.tryInteger();
    if (generation !== undefined) {
      this.skipSpace();
      const next = this.peek(1);
      if (this.peek() === 0x52 && (next === -1 || CLASS[next] !== 0)) {
        this.pos++;
        return new PdfRef(number, generation);
      }
    }
    this.pos = after;
    return number;
  }

  #name(): string {
    this.pos++;
    const raw = this.token();
    if (!raw.includes('#')) return raw;
    return raw.replace(/#([0-9A-Fa-f]{2})?/g, (_whole, pair: string | undefined) => {
      if (pair === undefined) throw invalidPdf(adesProblems.of('pdf/name-escape', { at: this.pos }));
      return String.fromCharCode(parseInt(pair, 16));
    });
  }

  #array(depth: number): PdfValue[] {
    this.pos++;
    const items: PdfValue[] = [];
    for (;;) {
      this.skipSpace();
      const byte = this.peek();
      if (byte === 0x5d) break;
      if (byte === -1) throw invalidPdf(adesProblems.of('pdf/array-no-end'));
      items.push(this.value(depth + 1));
    }
    this.pos++;
    return items;
  }

  #dict(depth: number): PdfDict {
    this.pos += 2;
    this.#countPart();
    const dict: PdfDict = new Map();
    for (;;) {
      this.skipSpace();
      const byte = this.peek();
      if (byte === 0x3e && this.peek(1) === 0x3e) break;
      if (byte !== 0x2f) throw invalidPdf(adesProblems.of('pdf/dictionary-key-missing', { at: this.pos }));
      const key = this.#name();
      if (dict.has(key)) throw invalidPdf(adesProblems.of('pdf/dictionary-key-twice', { key, at: this.pos }));
      dict.set(key, this.value(depth + 1));
    }
    this.pos += 2;
    return dict;
  }

  #countPart(): void {
    if (++this.#parts > MAX_PARTS)
      throw invalidPdf(adesProblems.of('pdf/too-many-parts', { limit: MAX_PARTS }));
  }

  #hex(): PdfString {
    this.#countPart();
    const start = this.pos++;
    const { bytes } = this;
    const end = bytes.indexOf(0x3e, this.pos);
    if (end < 0) throw invalidPdf(adesProblems.of('pdf/hex-string-no-end'));
    const plain = Buffer.from(latin1(bytes, this.pos, end), 'hex');
    if (plain.length * 2 === end - this.pos) {
      this.pos = end + 1;
      return new PdfString(plain, true, start, this.pos);
    }
    const out = new Uint8Array((end - start) >> 1);
    let digits = 0;
    for (let at = this.pos; at < end; at++) {
      const byte = bytes[at] as number;
      if (CLASS[byte] === SPACE) continue;
      const digit = hexDigit(byte);
      if (digit < 0) throw invalidPdf(adesProblems.of('pdf/hex-string-character', { at }));
      out[digits >> 1] = (out[digits >> 1] ?? 0) | (digits % 2 === 0 ? digit << 4 : digit);
      digits++;
    }
    this.pos = end + 1;
    return new PdfString(out.subarray(0, (digits + 1) >> 1), true, start, this.pos);
  }

  #literal(): PdfString {
    this.#countPart();
    const start = this.pos++;
    const { bytes } = this;
    const out: number[] = [];
    for (let open = 1; ;) {
      const byte = bytes[this.pos++];
      if (byte === undefined) throw invalidPdf(adesProblems.of('pdf/string-no-end'));
      if (byte === 0x5c) this.#escape(out);
      else if (byte === CR) {
        // any line end inside a string reads as LF
        if (this.peek() === LF) this.pos++;
        out.push(LF);
      } else {
        if (byte === 0x28) open++;
        else if (byte === 0x29 && --open === 0) break;
        out.push(byte);
      }
    }
    return new PdfString(new Uint8Array(out), false, start, this.pos);
  }

  #escape(out: number[]): void {
    const byte = this.peek();
    if (byte === -1) throw invalidPdf(adesProblems.of('pdf/string-no-end'));
    this.pos++;
    if (byte >= 0x30 && byte <= 0x37) {
      let code = byte - 0x30;
      for (let more = 0; more < 2; more++) {
        const next = this.peek();
        if (next < 0x30 || next > 0x37) break;
        code = code * 8 + (next - 0x30);
        this.pos++;
      }
      out.push(code & 0xff);
    } else if (byte === CR) {
      if (this.peek() === LF) this.pos++;
    } else if (byte !== LF) {
      out.push(ESCAPES[String.fromCharCode(byte)] ?? byte);
    }
  }
}

/** Bytes as Latin-1 text. A single one, as cross-reference tables have thousands, costs no buffer. */
export const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  end === start + 1
    ? String.fromCharCode(bytes[start]!)
    : Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start)).toString('latin1');
