/** Reads ZIP files that need no trust: one plain directory, everything where it says, nothing between the entries. */
import { crc32, inflateRawSync } from 'node:zlib';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import type { ZipEntry } from './zip.ts';

export const MAX_ZIP_ENTRIES = 2000;
/** Of all compressed entries, unpacked. What is stored as it is takes no more than the file that it is in. */
export const MAX_UNPACKED = 256 << 20;
export const MAX_NAME = 512;

const END_LENGTH = 22;
const LOCAL_LENGTH = 30;
const CENTRAL_LENGTH = 46;
const MAX_COMMENT = 0xffff;
const ENCRYPTED = 0x2041;
const HAS_DESCRIPTOR = 0x0008;
const STORED = 0;
const DEFLATED = 8;
/** With and without its signature (APPNOTE 4.3.9). */
const DESCRIPTOR_LENGTHS = [12, 16];

const invalid = (why: Problem): SeglError => adesProblems.error('ASIC_INVALID', { why });

interface Listed {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** Every file in the order of the bytes; folders are left out. Throws ASIC_INVALID {why}; ZIP64 is not read. */
export function readZip(zip: Uint8Array): ZipEntry[] {
  const bytes = Buffer.from(zip.buffer, zip.byteOffset, zip.length);
  const { entries, start } = readDirectory(bytes);
  const names = new Set<string>();
  let room = MAX_UNPACKED;
  let next = 0;
  const files: ZipEntry[] = [];
  for (const entry of entries.sort((a, b) => a.offset - b.offset)) {
    const { name, offset, size, flags } = entry;
    if (offset !== next) throw invalid(adesProblems.of('asic/entries-overlap'));
    checkName(name);
    const key = name.toLowerCase();
    if (names.has(key)) throw invalid(adesProblems.of('asic/name-twice', { name }));
    names.add(key);
    if (entry.method === DEFLATED) room -= size;
    if (room < 0) throw invalid(adesProblems.of('asic/too-large', { limit: MAX_UNPACKED }));
    const { data, end } = readLocal(bytes, entry, start);
    next = flags & HAS_DESCRIPTOR ? skipDescriptor(bytes, end, entry) : end;
    const content = unpack(data, entry);
    if (!name.endsWith('/')) files.push({ name, bytes: content });
    else if (size > 0) throw invalid(adesProblems.of('asic/folder-with-content', { name }));
  }
  if (next !== start) throw invalid(adesProblems.of('asic/hidden-before-directory'));
  return files;
}

function readDirectory(bytes: Buffer): { readonly entries: Listed[]; readonly start: number } {
  const from = Math.max(0, bytes.length - END_LENGTH - MAX_COMMENT);
  const at = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (at < from || at + END_LENGTH > bytes.length) throw invalid(adesProblems.of('asic/no-directory'));
  if (at + END_LENGTH + bytes.readUInt16LE(at + 20) !== bytes.length) {
    throw invalid(adesProblems.of('asic/after-directory'));
  }
  const count = bytes.readUInt16LE(at + 10);
  const length = bytes.readUInt32LE(at + 12);
  const start = bytes.readUInt32LE(at + 16);
  if (bytes.readUInt32LE(at + 4) !== 0 || bytes.readUInt16LE(at + 8) !== count) {
    throw invalid(adesProblems.of('asic/multi-part'));
  }
  if (count > MAX_ZIP_ENTRIES)
    throw invalid(adesProblems.of('asic/too-many-entries', { limit: MAX_ZIP_ENTRIES }));
  if (start + length !== at) throw invalid(adesProblems.of('asic/directory-misplaced'));
  const entries: Listed[] = [];
  let position = start;
  for (let index = 0; index < count; index++) {
    if (position + CENTRAL_LENGTH > at || bytes.readUInt32LE(position) !== 0x02014b50) {
      throw invalid(adesProblems.of('asic/directory-damaged'));
    }
    const nameLength = bytes.readUInt16LE(position + 28);
    const rest = bytes.readUInt16LE(position + 30) + bytes.readUInt16LE(position + 32);
    const end = position + CENTRAL_LENGTH + nameLength + rest;
    if (end > at) throw invalid(adesProblems.of('asic/directory-damaged'));
    const name = bytes.subarray(position + CENTRAL_LENGTH, position + CENTRAL_LENGTH + nameLength);
    entries.push({
      name: nameOf(name),
      flags: bytes.readUInt16LE(position + 8),
      method: bytes.readUInt16LE(position + 10),
      crc: bytes.readUInt32LE(position + 16),
      packed: bytes.readUInt32LE(position + 20),
      size: bytes.readUInt32LE(position + 24),
      offset: bytes.readUInt32LE(position + 42),
    });
    position = end;
  }
  if (position !== at) throw invalid(adesProblems.of('asic/directory-damaged'));
  return { entries, start };
}

function nameOf(bytes: Uint8Array): string {
  if (bytes.length > MAX_NAME) throw invalid(adesProblems.of('asic/name-too-long', { limit: MAX_NAME }));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid(adesProblems.of('asic/name-not-utf8'));
  }
}

/** A relative path that cannot leave its folder (EN 319 162-1 clause A.7 leaves the rest to ZIP). */
function checkName(name: string): void {
  const parts = name.replace(/\/$/, '').split('/');
  const odd = parts.some((part) => part === '' || part === '.' || part === '..');
  if (odd || /[\\:\p{Cc}]/u.test(name))
    throw invalid(adesProblems.of('asic/name-not-plain', { name: JSON.stringify(name) }));
}

/** What the entry says of itself must be what the directory says of it. */
function readLocal(
  bytes: Buffer,
  listed: Listed,
  limit: number,
): { readonly data: Buffer; readonly end: number } {
  const { name, flags, method, packed, offset } = listed;
  if (offset + LOCAL_LENGTH > limit || bytes.readUInt32LE(offset) !== 0x04034b50) {
    throw invalid(adesProblems.of('asic/entry-misplaced', { name }));
  }
  if (flags & ENCRYPTED) throw invalid(adesProblems.of('asic/entry-encrypted', { name }));
  const nameLength = bytes.readUInt16LE(offset + 26);
  const begin = offset + LOCAL_LENGTH + nameLength + bytes.readUInt16LE(offset + 28);
  const end = begin + packed;
  if (end > limit) throw invalid(adesProblems.of('asic/entry-truncated', { name }));
  const own = bytes.subarray(offset + LOCAL_LENGTH, offset + LOCAL_LENGTH + nameLength);
  const same =
    nameOf(own) === name &&
    bytes.readUInt16LE(offset + 6) === flags &&
    bytes.readUInt16LE(offset + 8) === method &&
    (flags & HAS_DESCRIPTOR || bytes.readUInt32LE(offset + 18) === packed);
  if (!same) throw invalid(adesProblems.of('asic/entry-contradicts', { name }));
  return { data: bytes.subarray(begin, end), end };
}

function skipDescriptor(bytes: Buffer, at: number, { crc, packed }: Listed): number {
  for (const length of DESCRIPTOR_LENGTHS) {
    const start = at + length - 12;
    if (at + length > bytes.length || (length > 12 && bytes.readUInt32LE(at) !== 0x08074b50)) continue;
    if (bytes.readUInt32LE(start) === crc && bytes.readUInt32LE(start + 4) === packed) return at + length;
  }
  throw invalid(adesProblems.of('asic/descriptor-missing'));
}

function unpack(data: Buffer, { name, method, size, crc }: Listed): Uint8Array {
  let content: Uint8Array;
  if (method === STORED) content = data;
  else if (method !== DEFLATED) throw invalid(adesProblems.of('asic/method-unknown', { name }));
  else {
    try {
      content = inflateRawSync(data, { maxOutputLength: Math.max(size, 1) });
    } catch (error) {
      throw adesProblems.error(
        'ASIC_INVALID',
        { why: adesProblems.of('asic/entry-unreadable', { name }) },
        { cause: error },
      );
    }
  }
  if (content.length !== size || crc32(content) !== crc)
    throw invalid(adesProblems.of('asic/entry-damaged', { name }));
  return content;
}
