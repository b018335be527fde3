/** Writing DER (ITU-T X.690). Every function gives one complete tag-length-value. */
import { Tag } from './der.ts';

/** Joins `parts` as the content of a value with the identifier octet `tag`. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const sizeBytes =
    length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : length < 0x1000000 ? 3 : 4;
  const bytes = new Uint8Array(2 + sizeBytes + length);
  bytes[0] = tag;
  bytes[1] = sizeBytes ? 0x80 | sizeBytes : length;
  for (let index = 0, rest = length; index < sizeBytes; index++, rest = Math.floor(rest / 256)) {
    bytes[1 + sizeBytes - index] = rest & 0xff;
  }
  let at = 2 + sizeBytes;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => tlv(Tag.sequence, ...parts);

/** SET OF: the members in ascending order of their encodings (X.690 11.6). */
export const setOf = (...members: readonly Uint8Array[]): Uint8Array =>
  tlv(Tag.set, ...[...members].sort((a, b) => Buffer.compare(a, b)));

/** `[number] EXPLICIT`; with several parts the content of a constructed implicit tag. */
export const contextValue = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  tlv(0xa0 | number, ...parts);

/** `[number] IMPLICIT`: `value` under another tag. */
export function implicit(number: number, value: Uint8Array): Uint8Array {
  const bytes = value.slice();
  bytes[0] = 0x80 | (value[0]! & 0x20) | number;
  return bytes;
}

export const boolean = (value: boolean): Uint8Array => tlv(Tag.boolean, Uint8Array.of(value ? 0xff : 0));

export const nullValue = (): Uint8Array => tlv(Tag.null);

/** A non-negative INTEGER; bytes are unsigned big-endian. */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  const bytes = typeof value === 'object' ? value : bigEndian(BigInt(value));
  let zeros = 0;
  while (zeros < bytes.length - 1 && bytes[zeros] === 0) zeros++;
  const digits = bytes.length === 0 ? Uint8Array.of(0) : bytes.subarray(zeros);
  return digits[0]! >= 0x80 ? tlv(Tag.integer, Uint8Array.of(0), digits) : tlv(Tag.integer, digits);
}

function bigEndian(value: bigint): Uint8Array {
  const text = value.toString(16);
  return Buffer.from(text.length % 2 ? `0${text}` : text, 'hex');
}

export const enumerated = (value: number): Uint8Array => tlv(Tag.enumerated, Uint8Array.of(value));

export const octetString = (...parts: readonly Uint8Array[]): Uint8Array => tlv(Tag.octetString, ...parts);

/** BIT STRING of whole bytes. */
export const bitString = (bytes: Uint8Array): Uint8Array => tlv(Tag.bitString, Uint8Array.of(0), bytes);

/** Named-bit list: trailing zero bits are left out (X.690 11.2.2). */
export function namedBits(numbers: readonly number[]): Uint8Array {
  if (numbers.length === 0) return tlv(Tag.bitString, Uint8Array.of(0));
  const last = Math.max(...numbers);
  const bytes = new Uint8Array((last >> 3) + 1);
  for (const number of numbers) bytes[number >> 3]! |= 0x80 >> (number & 7);
  return tlv(Tag.bitString, Uint8Array.of(7 - (last & 7)), bytes);
}

const oids = new Map<string, Uint8Array>();
const MAX_OIDS = 256;

/** OBJECT IDENTIFIER from dotted text; arcs of any size. The same few are written over and over. */
export function oid(dotted: string): Uint8Array {
  const known = oids.get(dotted);
  if (known) return known;
  const made = encodeOid(dotted);
  if (oids.size < MAX_OIDS) oids.set(dotted, made);
  return made;
}

function encodeOid(dotted: string): Uint8Array {
  const [root, second, ...rest] = dotted.split('.').map(BigInt);
  const arcs = [root! * 40n + second!, ...rest];
  const bytes: number[] = [];
  for (const arc of arcs) {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    bytes.push(...groups);
  }
  return tlv(Tag.oid, Uint8Array.from(bytes));
}

export const utf8String = (text: string): Uint8Array => tlv(Tag.utf8String, Buffer.from(text, 'utf8'));
export const printableString = (text: string): Uint8Array =>
  tlv(Tag.printableString, Buffer.from(text, 'latin1'));
export const ia5String = (text: string): Uint8Array => tlv(Tag.ia5String, Buffer.from(text, 'latin1'));
export const visibleString = (text: string): Uint8Array =>
  tlv(Tag.visibleString, Buffer.from(text, 'latin1'));

const compact = (date: Date): string => date.toISOString().replace(/[-:T]|\.\d+Z$/g, '');

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5); whole seconds. */
export function time(date: Date): Uint8Array {
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? tlv(Tag.utcTime, Buffer.from(`${compact(date).slice(2)}Z`, 'latin1'))
    : generalizedTime(date);
}

/** GeneralizedTime in whole seconds, or with milliseconds (RFC 3161: no trailing zeros). */
export function generalizedTime(date: Date, precision: 'seconds' | 'milliseconds' = 'seconds'): Uint8Array {
  const fraction = String(date.getUTCMilliseconds()).padStart(3, '0').replace(/0+$/, '');
  const tail = precision === 'milliseconds' && fraction ? `.${fraction}Z` : 'Z';
  return tlv(Tag.generalizedTime, Buffer.from(`${compact(date)}${tail}`, 'latin1'));
}
