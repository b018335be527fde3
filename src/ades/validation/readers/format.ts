/** What kind of file it is, by its first bytes; whether it is a sound one is for its reader to find. */
import type { FormatReader } from './format-reader.ts';
import { isContainer } from './read-asic.ts';
import type { FileFormat } from '../reports/report.ts';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../../problems.ts';

export interface DetectedFile {
  readonly format: FileFormat;
  /** The file, out of base64 or PEM where it came like that. */
  readonly bytes: Uint8Array;
}

/** id-signedData as DER. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
/** id-ct-TSTInfo as DER. */
const TST_INFO = Buffer.from('060b2a864886f70d0109100104', 'hex');
const HEAD = 4096;

/** Base64 and PEM are looked into once. `readers`: of the formats that are known besides the standard ones. */
export function detectFile(bytes: Uint8Array, readers: readonly FormatReader[] = []): DetectedFile {
  const format = formatOf(bytes, readers);
  if (format !== 'unknown') return { format, bytes };
  const text = Buffer.from(bytes.subarray(0, HEAD)).toString('latin1').trim();
  if (!/^(-----BEGIN (CMS|PKCS7)-----\s)?[A-Za-z0-9+/=\s]+(-----END \w+-----)?$/.test(text))
    return { format, bytes };
  const base64 = Buffer.from(bytes)
    .toString('latin1')
    .replace(/-----(BEGIN|END) \w+-----/g, '');
  const decoded = Buffer.from(base64, 'base64');
  return { format: formatOf(decoded, readers), bytes: decoded };
}

function formatOf(bytes: Uint8Array, readers: readonly FormatReader[]): FileFormat {
  const head = Buffer.from(bytes.subarray(0, HEAD));
  const latin1 = head.toString('latin1');
  if (latin1.startsWith('%PDF-')) return 'PDF';
  if (isZip(head)) return isContainer(head) ? 'ASiC-E' : 'unknown';
  if (isTimeStamp(head)) return 'unknown';
  if (head[0] === 0x30 && head.subarray(0, 32).includes(SIGNED_DATA)) return 'CMS';
  const [, root = ''] =
    /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*<([\w:.-]+)/.exec(latin1) ?? [];
  if (root === '') {
    // an XML file with a document type is refused as one, not taken for something else
    return /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^>]*\?>\s*)?<!DOCTYPE (?!html)/i.test(latin1)
      ? 'XML'
      : 'unknown';
  }
  return readers.find((reader) => reader.recognises({ latin1, root }))?.format ?? 'XML';
}

const isZip = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PK\x03\x04';

/** The token, or the answer with it, as an authority gives it (RFC 3161): its content type stands at the beginning. */
const isTimeStamp = (head: Buffer): boolean =>
  head[0] === 0x30 && head.subarray(0, 32).includes(SIGNED_DATA) && head.subarray(0, 128).includes(TST_INFO);

/** What a file is that is not judged; undefined when that cannot be told. */
export function describeUnsupported(bytes: Uint8Array): Problem | undefined {
  const head = Buffer.from(bytes.subarray(0, HEAD));
  const latin1 = head.toString('latin1');
  if (head.length === 0) return adesProblems.of('file/empty');
  if (isTimeStamp(head)) return adesProblems.of('file/time-stamp');
  if (isZip(head)) return adesProblems.of('file/zip');
  if (/^(\u00ff\u00fe<|\u00fe\u00ff\0<)/.test(latin1)) return adesProblems.of('file/utf16');
  if (latin1.slice(0, 1024).includes('%PDF-')) return adesProblems.of('file/pdf-prefixed');
  if (/^(MIME-Version|Content-Type|From|Received|Return-Path):/i.test(latin1))
    return adesProblems.of('file/mail');
  return undefined;
}

/** What only signatures have, by the format of the file around them. */
const TRACES: Readonly<Partial<Record<FileFormat, string>>> = {
  PDF: '/ByteRange',
  XML: 'SignatureValue',
  // a PDF that lost its beginning
  unknown: '/ByteRange',
};

/**
 * Whether a file in which no signature is found has a trace of one: it was signed once, or pretends to be. `inside`: what
 * is attached to it and may well have traces of its own.
 */
export function hasTraceOfSignature(
  { format, bytes }: DetectedFile,
  inside: readonly { readonly bytes: Uint8Array }[],
): boolean {
  const trace = isZip(bytes) ? undefined : TRACES[format];
  const isIn = (one: Uint8Array): boolean =>
    trace !== undefined && Buffer.from(one.buffer, one.byteOffset, one.length).includes(trace, 0, 'latin1');
  return isIn(bytes) && !inside.some((one) => isIn(one.bytes));
}
