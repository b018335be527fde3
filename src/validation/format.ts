/** What kind of file it is, by its first bytes; whether it is a sound one is for its reader to find. */
import { isContainer } from './read-asic.ts';
import type { FileFormat } from './report.ts';

export interface DetectedFile {
  readonly format: FileFormat;
  /** The file, out of base64 or PEM where it came like that. */
  readonly bytes: Uint8Array;
}

/** id-signedData as DER. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
const HEAD = 4096;

/** Base64 and PEM are looked into once. */
export function detectFile(bytes: Uint8Array): DetectedFile {
  const format = formatOf(bytes);
  if (format !== 'unknown') return { format, bytes };
  const text = Buffer.from(bytes.subarray(0, HEAD)).toString('latin1').trim();
  if (!/^(-----BEGIN (CMS|PKCS7)-----\s)?[A-Za-z0-9+/=\s]+(-----END \w+-----)?$/.test(text))
    return { format, bytes };
  const base64 = Buffer.from(bytes)
    .toString('latin1')
    .replace(/-----(BEGIN|END) \w+-----/g, '');
  const decoded = Buffer.from(base64, 'base64');
  return { format: formatOf(decoded), bytes: decoded };
}

function formatOf(bytes: Uint8Array): FileFormat {
  const head = Buffer.from(bytes.subarray(0, HEAD));
  const latin1 = head.toString('latin1');
  if (latin1.startsWith('%PDF-')) return 'PDF';
  if (latin1.startsWith('PK\x03\x04')) return isContainer(head) ? 'ASiC-E' : 'unknown';
  if (head[0] === 0x30 && head.subarray(0, 32).includes(SIGNED_DATA)) return 'CMS';
  const [, root = ''] =
    /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--[\s\S]*?-->\s*)*<([\w:.-]+)/.exec(latin1) ?? [];
  if (root === '') {
    // an XML file with a document type is refused as one, not taken for something else
    return /^(?:\u00ef\u00bb\u00bf)?\s*(?:<\?xml[^>]*\?>\s*)?<!DOCTYPE (?!html)/i.test(latin1)
      ? 'XML'
      : 'unknown';
  }
  if (/^(\w+:)?LtvSdo$/.test(root)) return 'LTV-SDO';
  return /openoces\.org\/200[36]\/(07|10)\/signature#/.test(latin1) && /(^|:)signature$/i.test(root)
    ? 'NemID'
    : 'XML';
}
