/**
 * Reading DER (ITU-T X.690). Values are views on the source, nothing is copied and nothing is decoded before it is
 * asked for. Strict, because the input is hostile: no indefinite or padded lengths, no multi-byte tags, no nesting
 * beyond MAX_DEPTH, no bytes left over where a value should end. Everything throws ASN1_INVALID {why}.
 */
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { LruCache } from './lru-cache.ts';

/** Identifier octets of the universal types. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a constructed (explicit) context tag, `[number]`. */
export const contextTag = (number: number): number => 0xa0 | number;
/** Identifier octet of a primitive (implicit) context tag, `[number] IMPLICIT`. */
export const primitiveContextTag = (number: number): number => 0x80 | number;

export const MAX_DEPTH = 40;
export const MAX_BYTES = 64 << 20;
export const MAX_OID_BYTES = 128;

/** The same few are read over and over. */
const oids = new LruCache<string>(256);

const invalid = (why: Problem): SeglError => pkiProblems.error('ASN1_INVALID', { why });
const hex = (tag: number): string => `0x${tag.toString(16).padStart(2, '0')}`;

/** The one value that `bytes` hold. Bytes behind it are refused. */
export function readDer(bytes: Uint8Array): DerValue {
  if (bytes.length > MAX_BYTES) throw invalid(pkiProblems.of('asn1/too-long', { limit: MAX_BYTES }));
  const source = plainView(bytes);
  const value = parseValue(source, 0, source.length, 0);
  if (value.end !== source.length) throw invalid(pkiProblems.of('asn1/trailing-bytes'));
  return value;
}

/** Length of the first value in `bytes`, header included; what follows is not looked at (PDF pads with zeros). */
export function derLength(bytes: Uint8Array): number {
  return parseValue(plainView(bytes), 0, bytes.length, 0).end;
}

/** Runs `read` and turns ASN1_INVALID into what the caller's own format calls it. */
export function withAsn1Errors<T>(wrap: (why: Problem) => SeglError, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isSeglError(error, 'ASN1_INVALID')) throw wrap(reasonOf(error));
    throw error;
  }
}

/** A Buffer's subarrays are Buffers; evidence is compared and stored as plain Uint8Array. */
function plainView(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array
    ? bytes
    : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function parseValue(source: Uint8Array, start: number, limit: number, depth: number): DerValue {
  if (depth > MAX_DEPTH) throw invalid(pkiProblems.of('asn1/too-deep', { limit: MAX_DEPTH }));
  if (start + 2 > limit) throw invalid(pkiProblems.of('asn1/header-truncated'));
  const tag = source[start]!;
  if ((tag & 0x1f) === 0x1f) throw invalid(pkiProblems.of('asn1/multi-byte-tag'));
  let length = source[start + 1]!;
  let content = start + 2;
  if (length >= 0x80) {
    const size = length & 0x7f;
    if (size === 0) throw invalid(pkiProblems.of('asn1/indefinite-length'));
    if (size > 4) throw invalid(pkiProblems.of('asn1/length-too-large'));
    if (content + size > limit) throw invalid(pkiProblems.of('asn1/length-truncated'));
    length = 0;
    for (const stop = content + size; content < stop; content++) length = length * 256 + source[content]!;
    if (length < 0x80 || length < 256 ** (size - 1)) throw invalid(pkiProblems.of('asn1/length-not-minimal'));
  }
  if (length > limit - content) throw invalid(pkiProblems.of('asn1/value-overrun'));
  return new DerValue(source, tag, start, content, content + length, depth);
}

/** One tag-length-value. */
export class DerValue {
  readonly tag: number;
  readonly end: number;
  readonly #source: Uint8Array;
  readonly #start: number;
  readonly #content: number;
  readonly #depth: number;

  constructor(source: Uint8Array, tag: number, start: number, content: number, end: number, depth: number) {
    this.tag = tag;
    this.end = end;
    this.#source = source;
    this.#start = start;
    this.#content = content;
    this.#depth = depth;
  }

  /** Header and content. */
  get raw(): Uint8Array {
    return this.#source.subarray(this.#start, this.end);
  }

  get content(): Uint8Array {
    return this.#source.subarray(this.#content, this.end);
  }

  /** The same content under its real tag, for IMPLICIT context tags. */
  as(tag: number): DerValue {
    return new DerValue(this.#source, tag, this.#start, this.#content, this.end, this.#depth);
  }

  /** Reads the values inside; the value must carry `tag`. */
  inside(tag: number): DerReader {
    this.expect(tag);
    return new DerReader(this.#source, this.#content, this.end, this.#depth + 1);
  }

  sequence(): DerReader {
    return this.inside(Tag.sequence);
  }

  set(): DerReader {
    return this.inside(Tag.set);
  }

  /** The one value inside an explicit tag. */
  explicit(tag: number): DerValue {
    const reader = this.inside(tag);
    const value = reader.next();
    reader.finish();
    return value;
  }

  boolean(): boolean {
    this.expect(Tag.boolean);
    if (this.end - this.#content !== 1) throw invalid(pkiProblems.of('asn1/boolean-malformed'));
    return this.#source[this.#content] !== 0;
  }

  /** Content of an INTEGER as unsigned big-endian bytes without leading zeros (one zero byte for 0). */
  unsigned(): Uint8Array {
    this.expect(Tag.integer);
    const { content } = this;
    if (content.length === 0) throw invalid(pkiProblems.of('asn1/integer-empty'));
    if (content[0]! >= 0x80) throw invalid(pkiProblems.of('asn1/integer-negative'));
    let zeros = 0;
    while (zeros < content.length - 1 && content[zeros] === 0) zeros++;
    return content.subarray(zeros);
  }

  /** A small non-negative INTEGER or ENUMERATED. */
  number(tag: number = Tag.integer): number {
    this.expect(tag);
    const bytes = this.as(Tag.integer).unsigned();
    if (bytes.length > 4) throw invalid(pkiProblems.of('asn1/integer-too-large'));
    return bytes.reduce((number, byte) => number * 256 + byte, 0);
  }

  /** Content of a primitive OCTET STRING. */
  octets(): Uint8Array {
    this.expect(Tag.octetString);
    return this.content;
  }

  /** Content of a BIT STRING of whole bytes (keys, signatures). */
  bits(): Uint8Array {
    this.expect(Tag.bitString);
    const { content } = this;
    if (content[0] !== 0) throw invalid(pkiProblems.of('asn1/bit-string-not-octets'));
    return content.subarray(1);
  }

  /** Numbers of the bits that are set in a named-bit list (KeyUsage, PKIFailureInfo). */
  namedBits(): number[] {
    this.expect(Tag.bitString);
    const { content } = this;
    if (content.length === 0 || content[0]! > 7) throw invalid(pkiProblems.of('asn1/bit-string-malformed'));
    const numbers: number[] = [];
    for (let bit = 0; bit < (content.length - 1) * 8; bit++) {
      if (content[1 + (bit >> 3)]! & (0x80 >> (bit & 7))) numbers.push(bit);
    }
    return numbers;
  }

  /** Dotted OBJECT IDENTIFIER; arcs may be as large as those under 2.25 (128 bits). */
  oid(): string {
    this.expect(Tag.oid);
    return oids.of(this.content, () => this.#oid());
  }

  #oid(): string {
    const { content } = this;
    if (content.length === 0 || content.length > MAX_OID_BYTES || content[content.length - 1]! >= 0x80) {
      throw invalid(pkiProblems.of('asn1/oid-malformed'));
    }
    const arcs: (number | bigint)[] = [];
    let arc: number | bigint = 0;
    for (const byte of content) {
      if (arc === 0 && byte === 0x80) throw invalid(pkiProblems.of('asn1/oid-malformed'));
      arc =
        typeof arc === 'number' && arc < 2 ** 45
          ? arc * 128 + (byte & 0x7f)
          : (BigInt(arc) << 7n) + BigInt(byte & 0x7f);
      if (byte < 0x80) {
        arcs.push(arc);
        arc = 0;
      }
    }
    const first = arcs[0]!;
    const root = first < 40 ? 0 : first < 80 ? 1 : 2;
    const second = typeof first === 'number' ? first - root * 40 : first - BigInt(root * 40);
    return [root, second, ...arcs.slice(1)].join('.');
  }

  /** UTCTime or GeneralizedTime in UTC. Two-digit years follow RFC 5280 4.1.2.5.1: 50 and later are 19xx. */
  time(): Date {
    const text = Buffer.from(this.content).toString('latin1');
    const utc = this.tag === Tag.utcTime;
    if (!utc && this.tag !== Tag.generalizedTime)
      throw invalid(pkiProblems.of('asn1/not-a-time', { tag: hex(this.tag) }));
    const match = (utc ? /^(\d\d)(\d{10})()Z$/ : /^(\d{4})(\d{10})(?:\.(\d{1,9}))?Z$/).exec(text);
    if (!match) throw invalid(pkiProblems.of('asn1/time-malformed'));
    const digits = match[2]!;
    const part = (index: number): number => Number(digits.slice(index * 2, index * 2 + 2));
    const short = Number(match[1]);
    const year = utc ? short + (short < 50 ? 2000 : 1900) : short;
    const date = new Date(0);
    date.setUTCFullYear(year, part(0) - 1, part(1));
    date.setUTCHours(part(2), part(3), part(4), Math.floor(Number(`0.${match[3] || '0'}`) * 1000));
    const same = date.getUTCMonth() === part(0) - 1 && date.getUTCDate() === part(1);
    if (!same || part(2) > 23 || part(3) > 59 || part(4) > 59)
      throw invalid(pkiProblems.of('asn1/time-impossible'));
    return date;
  }

  /** Any character string. The 8-bit types are read as Latin-1, which is what their users put into them. */
  text(): string {
    const bytes = Buffer.from(this.content);
    switch (this.tag) {
      case Tag.utf8String:
        return bytes.toString('utf8');
      case Tag.printableString:
      case Tag.ia5String:
      case Tag.teletexString:
      case Tag.visibleString:
        return bytes.toString('latin1');
      case Tag.bmpString:
        if (bytes.length % 2) throw invalid(pkiProblems.of('asn1/bmp-string-malformed'));
        return bytes.swap16().toString('utf16le');
      case Tag.universalString: {
        if (bytes.length % 4) throw invalid(pkiProblems.of('asn1/universal-string-malformed'));
        let text = '';
        for (let at = 0; at < bytes.length; at += 4) {
          const point = bytes.readUInt32BE(at);
          if (point > 0x10ffff) throw invalid(pkiProblems.of('asn1/universal-string-malformed'));
          text += String.fromCodePoint(point);
        }
        return text;
      }
      default:
        throw invalid(pkiProblems.of('asn1/not-a-string', { tag: hex(this.tag) }));
    }
  }

  expect(tag: number): void {
    if (this.tag !== tag)
      throw invalid(pkiProblems.of('asn1/unexpected-tag', { tag: hex(this.tag), expected: hex(tag) }));
  }
}

/** Walks the values inside a constructed value, in order. */
export class DerReader {
  readonly #source: Uint8Array;
  readonly #end: number;
  readonly #depth: number;
  #at: number;

  constructor(source: Uint8Array, start: number, end: number, depth: number) {
    this.#source = source;
    this.#at = start;
    this.#end = end;
    this.#depth = depth;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** The next value, of `tag` when given. */
  next(tag?: number): DerValue {
    if (this.done) throw invalid(pkiProblems.of('asn1/value-missing'));
    const value = parseValue(this.#source, this.#at, this.#end, this.#depth);
    if (tag !== undefined) value.expect(tag);
    this.#at = value.end;
    return value;
  }

  /** The next value if it has this tag. */
  optional(tag: number): DerValue | undefined {
    return !this.done && this.#source[this.#at] === tag ? this.next() : undefined;
  }

  /** All values that are left. */
  rest(): DerValue[] {
    const values: DerValue[] = [];
    while (!this.done) values.push(this.next());
    return values;
  }

  /** Refuses anything left over. */
  finish(): void {
    if (!this.done) throw invalid(pkiProblems.of('asn1/surplus-value'));
  }
}
