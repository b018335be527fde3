/** Writes ZIP files whose bytes follow from names and contents alone: stored, in the order given, without times. */
import { crc32 } from 'node:zlib';
import { generalProblems } from '@segl/problem/problems';

export interface ZipEntry {
  /** ASCII, with slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** ISO/IEC 21320-1 allows no more without ZIP64, which old readers lack. */
const MAX_BYTES = 0xffff_ffff;
const MAX_ENTRIES = 0xffff;

/** 1980-01-01 00:00, the first moment that the format knows. */
const NO_TIME = 0x0021_0000;
const VERSION = 20;

/** Throws PAYLOAD_TOO_LARGE beyond 4 GiB or 65535 entries. */
export function writeZip(entries: readonly ZipEntry[]): Uint8Array {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt32LE(NO_TIME, 6);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const path = Buffer.from(name, 'latin1');
    const header = [Buffer.from('PK\x03\x04', 'latin1'), common, path, bytes];
    const tail = Buffer.alloc(14);
    if (offset > MAX_BYTES) break;
    tail.writeUInt32LE(offset, 10);
    const version = Buffer.alloc(2);
    version.writeUInt16LE(VERSION);
    central.push(Buffer.from('PK\x01\x02', 'latin1'), version, common, tail, path);
    local.push(...header);
    offset += 30 + path.length + bytes.length;
  }
  if (offset > MAX_BYTES || entries.length > MAX_ENTRIES) {
    throw generalProblems.error('PAYLOAD_TOO_LARGE', {
      limit: MAX_BYTES,
      setting: 'ZIP',
    });
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}
