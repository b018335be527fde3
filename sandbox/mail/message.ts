/**
 * Reads as much of a mail (RFC 5322, MIME) as a page of the trap shows: sender, recipients, subject, text. Not a mail
 * reader: of several parts it takes the first text/plain, and what it does not know it shows as it came.
 */
export interface MailText {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly messageId: string;
  readonly text: string;
}

/** How deep parts may lie in parts. */
const MAX_DEPTH = 4;

interface Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export function readMail(raw: Buffer): MailText {
  const mail = splitPart(raw);
  const header = (name: string): string => decodeWords(mail.headers.get(name) ?? '');
  return {
    from: header('from'),
    to: header('to'),
    subject: header('subject'),
    messageId: mail.headers.get('message-id') ?? '',
    text: textOf(mail, 0) ?? '',
  };
}

function splitPart(raw: Buffer): Part {
  // latin1 keeps every octet, so the body can be cut at the same place
  const octets = raw.toString('latin1');
  const end = /\r?\n\r?\n/.exec(octets);
  const head = raw.subarray(0, end?.index ?? raw.length).toString('utf8');
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([!-9;-~]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== '' && !headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value.trim());
  }
  return { headers, body: end ? raw.subarray(end.index + end[0].length) : Buffer.alloc(0) };
}

function textOf({ headers, body }: Part, depth: number): string | undefined {
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (/^multipart\//i.test(type) && boundary !== undefined && depth < MAX_DEPTH) {
    const parts = body.toString('latin1').split(`--${boundary}`).slice(1);
    for (const part of parts.filter((part) => !part.startsWith('--'))) {
      const text = textOf(splitPart(Buffer.from(part.replace(/^\r?\n/, ''), 'latin1')), depth + 1);
      if (text !== undefined) return text;
    }
    return undefined;
  }
  if (!/^text\/plain/i.test(type)) return undefined;
  const charset = /;\s*charset="?([^";\s]+)"?/i.exec(type)?.[1] ?? 'utf-8';
  return decodeCharset(decodeTransfer(body, headers.get('content-transfer-encoding')), charset);
}

function decodeTransfer(body: Buffer, encoding = '7bit'): Buffer {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return quotedPrintable(body.toString('latin1').replace(/=[ \t]*\r?\n/g, ''));
    default:
      return body;
  }
}

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );

function decodeCharset(octets: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(octets);
  } catch {
    return octets.toString('utf8');
  }
}

/** Encoded words of headers (RFC 2047). */
const decodeWords = (text: string): string =>
  text
    .replace(/(=\?[^?\s]+\?[bq]\?[^?\s]*\?=)\s+(?==\?)/gi, '$1')
    .replace(/=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi, (_, charset: string, kind: string, data: string) =>
      decodeCharset(
        kind.toLowerCase() === 'b' ? Buffer.from(data, 'base64') : quotedPrintable(data.replaceAll('_', ' ')),
        charset,
      ),
    );
