/**
 * The entries of a revocation list (RFC 5280 5.1.2.6, 5.3). Lists have hundreds of thousands of them, and only a few
 * are ever looked at: one pass over the bytes checks every entry and notes where it is, and no object is made before
 * somebody asks for it.
 */
import { readExtensions } from '../x509/certificate-fields.ts';
import { readDer, Tag } from '../asn1/der.ts';
import { Oid } from '../asn1/oids.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { pkiProblems } from '../problems.ts';

/** CRLReason by number. */
export const revocationReasons: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
};

export interface RevokedEntry {
  readonly revokedAt: Date;
  /** Since when the key is not to be trusted, where the issuer says so; may be before `revokedAt`. */
  readonly invalidSince: Date | undefined;
  readonly reason: string | undefined;
}

/** Header, serial of one byte, UTCTime. */
const MIN_ENTRY_BYTES = 20;
const UTC_TIME_BYTES = 15;
const GENERALIZED_TIME_BYTES = 17;

/** An entry finds its place in one or two steps, unless its serial number is there already, or was made to collide. */
const MAX_STEPS = 20;

const invalid = (why: Problem): SeglError => pkiProblems.error('ASN1_INVALID', { why });

export class RevokedEntries {
  readonly count: number;
  readonly #bytes: Uint8Array;
  /** Open addressing by the hash of the serial number: offset of an entry, plus one; 0 is free. */
  readonly #slots: Uint32Array;

  /**
   * `bytes` is the content of revokedCertificates. Throws ASN1_INVALID when one entry is malformed, is that of another
   * issuer (indirect lists), is taken off the list (delta lists), or has a critical extension that is not known.
   */
  constructor(bytes: Uint8Array) {
    const offsets = new Uint32Array(Math.floor(bytes.length / MIN_ENTRY_BYTES));
    let count = 0;
    for (let at = 0; at < bytes.length; count++) {
      if (count === offsets.length) throw invalid(pkiProblems.of('crl/entry-malformed'));
      offsets[count] = at;
      at = checkEntry(bytes, at);
    }
    this.count = count;
    this.#bytes = bytes;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(count * 2 + 1)));
    const mask = this.#slots.length - 1;
    let steps = MAX_STEPS * (count + 1000);
    for (let index = 0; index < count; index++) {
      const at = offsets[index]!;
      const start = serialStart(bytes, at);
      let slot = hash(bytes, start, start + bytes[start - 1]!) & mask;
      while (this.#slots[slot] !== 0) {
        if (--steps < 0) throw invalid(pkiProblems.of('crl/serial-repeated'));
        slot = (slot + 1) & mask;
      }
      this.#slots[slot] = at + 1;
    }
  }

  /** The entry of a serial number (unsigned big-endian); the one that was revoked first if there are several. */
  find(serial: Uint8Array): RevokedEntry | undefined {
    const encoded = serial[0]! >= 0x80 ? Uint8Array.of(0, ...serial) : serial;
    const mask = this.#slots.length - 1;
    let found: RevokedEntry | undefined;
    for (
      let slot = hash(encoded, 0, encoded.length) & mask;
      this.#slots[slot] !== 0;
      slot = (slot + 1) & mask
    ) {
      const at = this.#slots[slot]! - 1;
      if (!this.#hasSerial(at, encoded)) continue;
      const entry = this.#read(at);
      if (!found || entry.revokedAt < found.revokedAt) found = entry;
    }
    return found;
  }

  #hasSerial(at: number, encoded: Uint8Array): boolean {
    const start = serialStart(this.#bytes, at);
    if (this.#bytes[start - 1] !== encoded.length) return false;
    for (let index = 0; index < encoded.length; index++) {
      if (this.#bytes[start + index] !== encoded[index]) return false;
    }
    return true;
  }

  #read(at: number): RevokedEntry {
    const reader = readDer(this.#bytes.subarray(at, entryEnd(this.#bytes, at))).sequence();
    reader.next(Tag.integer);
    const revokedAt = reader.next().time();
    const extensions = readExtensions(reader.optional(Tag.sequence));
    reader.finish();
    const value = (oid: string): Uint8Array | undefined =>
      extensions.find((extension) => extension.oid === oid)?.value;
    const reason = value(Oid.crlReason);
    const since = value(Oid.invalidityDate);
    return {
      revokedAt,
      reason: reason && revocationReasons[readDer(reason).number(Tag.enumerated)],
      invalidSince: since && readDer(since).time(),
    };
  }
}

/** FNV-1a. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let state = 0x811c9dc5;
  for (let at = start; at < end; at++) state = Math.imul(state ^ bytes[at]!, 0x01000193);
  return state ^ (state >>> 15);
}

/** Bytes of the header of an entry; entries are shorter than 64 kB. */
function headerLength(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1]!;
  if (length < 0x80) return 2;
  if (length === 0x81 && bytes[at + 2]! >= 0x80) return 3;
  if (length === 0x82 && bytes[at + 2]! > 0) return 4;
  throw invalid(pkiProblems.of('crl/entry-length'));
}

function entryEnd(bytes: Uint8Array, at: number): number {
  const header = headerLength(bytes, at);
  const length =
    header === 2 ? bytes[at + 1]! : header === 3 ? bytes[at + 2]! : bytes[at + 2]! * 256 + bytes[at + 3]!;
  return at + header + length;
}

/** Where the serial number begins; its length is the byte before. */
const serialStart = (bytes: Uint8Array, at: number): number => at + headerLength(bytes, at) + 2;

/** Checks the form of the entry at `at` and gives the place of the next one. */
function checkEntry(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== Tag.sequence) throw invalid(pkiProblems.of('crl/entry-malformed'));
  const end = entryEnd(bytes, at);
  const serial = serialStart(bytes, at);
  const serialLength = bytes[serial - 1]!;
  const time = serial + serialLength;
  if (!(end <= bytes.length && time + 2 <= end)) throw invalid(pkiProblems.of('crl/entry-malformed'));
  const negative = bytes[serial]! >= 0x80;
  const padded = serialLength > 1 && bytes[serial] === 0 && bytes[serial + 1]! < 0x80;
  if (bytes[serial - 2] !== Tag.integer || serialLength === 0 || serialLength >= 0x80 || negative || padded) {
    throw invalid(pkiProblems.of('crl/entry-serial'));
  }
  const extensions = time + 2 + bytes[time + 1]!;
  const timed =
    (bytes[time] === Tag.utcTime && extensions === time + UTC_TIME_BYTES) ||
    (bytes[time] === Tag.generalizedTime && extensions === time + GENERALIZED_TIME_BYTES);
  if (!timed || extensions > end) throw invalid(pkiProblems.of('crl/entry-time'));
  if (extensions < end && !isUsual(bytes, extensions, end)) checkExtensions(bytes.subarray(extensions, end));
  return end;
}

/** Most entries have no more than a reason, which is not critical: 30 0C 30 0A 06 03 55 1D 15 04 03 0A 01 xx. */
const usual = [0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01];

const REMOVE_FROM_CRL = 8;

function isUsual(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== usual.length + 1) return false;
  for (let index = 0; index < usual.length; index++) {
    if (bytes[start + index] !== usual[index]) return false;
  }
  return bytes[end - 1] !== REMOVE_FROM_CRL;
}

/** RFC 5280 5.3: a list with a critical entry extension that is not known tells nothing about any certificate. */
function checkExtensions(der: Uint8Array): void {
  for (const { oid, critical, value } of readExtensions(readDer(der))) {
    if (oid === Oid.crlReason) {
      if (readDer(value).number(Tag.enumerated) === REMOVE_FROM_CRL) {
        throw invalid(pkiProblems.of('crl/entry-removed'));
      }
    } else if (oid === Oid.invalidityDate) readDer(value).time();
    else if (critical) throw invalid(pkiProblems.of('crl/entry-critical', { oid }));
  }
}
