/** Text strings and dates inside PDF objects (ISO 32000-1, 7.9.2.2 and 7.9.4). */
import { PdfString } from './objects.ts';

/** ASCII as it is, everything else as UTF-16BE with byte order mark: the two forms that every reader knows. */
export function textString(text: string): PdfString {
  if (/^[\x20-\x7e\t\n\r]*$/.test(text)) return new PdfString(Buffer.from(text, 'latin1'));
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  return new PdfString(bytes, true);
}

/** PDFDocEncoding where it differs from Latin-1: 0x18–0x1F and 0x80–0xA0 (ISO 32000-1, annex D.3). */
const DOC_LOW = '˘ˇˆ˙˝˛˚˜';
const DOC_HIGH = '•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž\ufffd€';

export function readTextString(value: PdfString): string {
  const bytes = Buffer.from(value.bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return bytes
      .subarray(2, bytes.length - (bytes.length % 2))
      .swap16()
      .toString('utf16le');
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3).toString('utf8');
  let text = '';
  for (const byte of bytes) {
    if (byte >= 0x18 && byte <= 0x1f) text += DOC_LOW[byte - 0x18] ?? '';
    else if (byte >= 0x80 && byte <= 0xa0) text += DOC_HIGH[byte - 0x80] ?? '';
    else text += String.fromCharCode(byte);
  }
  return text;
}

/** `D:20260131235959+00'00'`, always UTC, whole seconds. */
export function dateString(time: Date): PdfString {
  const digits = time.toISOString().replace(/\D/g, '').slice(0, 14);
  return new PdfString(Buffer.from(`D:${digits}+00'00'`, 'latin1'));
}

/** Reads a PDF date with any of its optional parts left out; undefined when it is none. */
export function readDateString(value: PdfString): Date | undefined {
  const text = Buffer.from(value.bytes).toString('latin1');
  const match =
    /^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:Z(?:00'?(?:00'?)?)?|([+-])(\d\d)'?(?:(\d\d)'?)?)?$/.exec(
      text,
    );
  if (!match) return undefined;
  const [
    ,
    year,
    month = '01',
    day = '01',
    hour = '00',
    minute = '00',
    second = '00',
    sign,
    zh = '00',
    zm = '00',
  ] = match;
  const offset = sign === undefined ? 'Z' : `${sign}${zh}:${zm}`;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
