/**
 * CMS in BER (ITU-T X.690 8), as programs write it that do not know its length beforehand: values of indefinite length, and
 * octet strings in pieces. RFC 5652 takes it, but for what is digested.
 */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';
import { derLength, MAX_BYTES, Tag } from './der.ts';
import { tlv } from './der-write.ts';

const CONSTRUCTED = 0x20;
const INDEFINITE = 0x80;
/** A SignedData needs seven levels; each costs a copy of what is inside. */
const MAX_DEPTH = 12;
const MAX_PIECES = 50_000;

const invalid = (why: Problem): SeglError => pkiProblems.error('ASN1_INVALID', { why });

/**
 * The same with definite lengths and whole octet strings, for the readers of DER. What has a definite length already is left
 * as it is, to the byte: signed attributes, certificates and answers are either DER or refused later. Bytes without an
 * indefinite length in front come back as they are. Throws ASN1_INVALID.
 */
export function toDer(bytes: Uint8Array): Uint8Array {
  if (bytes[1] !== INDEFINITE) return bytes;
  if (bytes.length > MAX_BYTES) throw invalid(pkiProblems.of('asn1/too-long', { limit: MAX_BYTES }));
  const reader = new BerReader(bytes);
  const value = reader.value(0);
  if (!reader.isDone) throw invalid(pkiProblems.of('asn1/trailing-bytes'));
  return value;
}

class BerReader {
  readonly #source: Uint8Array;
  #at = 0;
  #pieces = 0;

  constructor(source: Uint8Array) {
    this.#source = source;
  }

  get isDone(): boolean {
    return this.#at === this.#source.length;
  }

  value(depth: number): Uint8Array {
    if (depth > MAX_DEPTH) throw invalid(pkiProblems.of('asn1/too-deep', { limit: MAX_DEPTH }));
    if (++this.#pieces > MAX_PIECES)
      throw invalid(pkiProblems.of('asn1/too-many-pieces', { limit: MAX_PIECES }));
    const tag = this.#source[this.#at]!;
    if (this.#source[this.#at + 1] !== INDEFINITE) return this.#definite();
    if ((tag & CONSTRUCTED) === 0) throw invalid(pkiProblems.of('asn1/indefinite-primitive'));
    if ((tag & 0x1f) === 0x1f) throw invalid(pkiProblems.of('asn1/multi-byte-tag'));
    this.#at += 2;
    const inside: Uint8Array[] = [];
    while (!this.#ends()) inside.push(this.value(depth + 1));
    return tag === (Tag.octetString | CONSTRUCTED) ? joined(inside) : tlv(tag, ...inside);
  }

  #definite(): Uint8Array {
    const rest = this.#source.subarray(this.#at);
    const value = rest.subarray(0, derLength(rest));
    this.#at += value.length;
    return value;
  }

  /** Takes the end-of-contents octets where they come next. */
  #ends(): boolean {
    if (this.#at + 2 > this.#source.length) throw invalid(pkiProblems.of('asn1/value-truncated'));
    const isEnd = this.#source[this.#at] === 0 && this.#source[this.#at + 1] === 0;
    if (isEnd) this.#at += 2;
    return isEnd;
  }
}

/** One octet string out of its pieces. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.some(([tag]) => tag !== Tag.octetString)) {
    throw invalid(pkiProblems.of('asn1/pieces-malformed'));
  }
  return tlv(Tag.octetString, ...pieces.map(contentOf));
}

const contentOf = (value: Uint8Array): Uint8Array => {
  const long = value[1]! & INDEFINITE ? value[1]! & 0x7f : 0;
  return value.subarray(2 + long);
};
