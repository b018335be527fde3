import { serverProblems } from '../../problems.ts';
import { soapProblems } from './problems.ts';

/** Encodings that a request may have, by their upper-case IANA names. Others are refused by name. */
const decoders: ReadonlyMap<string, (bytes: Uint8Array) => string> = new Map([
  ['UTF-8', fatal('utf-8')],
  ['UTF8', fatal('utf-8')],
  ['US-ASCII', fatal('utf-8')],
  ['ASCII', fatal('utf-8')],
  ['UTF-16', fatal('utf-16le')],
  ['UTF-16LE', fatal('utf-16le')],
  ['UTF-16BE', fatal('utf-16be')],
  ['ISO-8859-1', (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')],
  ['WINDOWS-1252', fatal('windows-1252')],
]);

function fatal(label: string): (bytes: Uint8Array) => string {
  return (bytes) => new TextDecoder(label, { fatal: true }).decode(bytes);
}

/** What the first bytes say: a byte order mark, or how "<" was written (XML 1.0 appendix F). */
function detect(bytes: Uint8Array): string | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'UTF-8';
  if (a === 0xff && b === 0xfe) return 'UTF-16LE';
  if (a === 0xfe && b === 0xff) return 'UTF-16BE';
  if (a === 0x3c && b === 0) return 'UTF-16LE';
  if (a === 0 && b === 0x3c) return 'UTF-16BE';
  return undefined;
}

function declared(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  return /^<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(start)?.[1];
}

function charset(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
}

/**
 * Decodes an XML entity. What counts, in this order (RFC 7303): the byte order mark, the charset of the media type,
 * the XML declaration, UTF-8. Throws XML_MALFORMED for an encoding that is not known or bytes that are not of it.
 */
export function decodeXml(bytes: Uint8Array, contentType?: string): string {
  const name = (detect(bytes) ?? charset(contentType) ?? declared(bytes) ?? 'UTF-8').toUpperCase();
  const decode = decoders.get(name);
  if (!decode) {
    throw serverProblems.error('XML_MALFORMED', {
      why: soapProblems.of('soap/encoding-unknown', { encoding: name.slice(0, 40) }),
    });
  }
  try {
    return decode(bytes);
  } catch {
    throw serverProblems.error('XML_MALFORMED', {
      why: soapProblems.of('soap/encoding-wrong', { encoding: name }),
    });
  }
}
