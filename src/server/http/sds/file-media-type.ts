/** The media type of a form's first file as it was sent: the form's parser drops its parameters, charset among them. */
import type { Readable } from 'node:stream';

/** Bytes of a part's head; what is longer belongs to no file that anybody sends. */
export const LONGEST_HEAD = 16_384;

/**
 * Reads along while the form's parser reads `body`, up to the head of the first file. To be called before any of the
 * body has been read. The function it gives answers the part's Content-Type, or undefined while there is none that can
 * be kept as it is.
 */
export function watchFileMediaType(body: Readable, formType: string): () => string | undefined {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;]+))/i.exec(formType) ?? [];
  const delimiter = `\r\n--${quoted ?? plain ?? ''}`;
  // the first delimiter need not follow a line
  let unread = '\r\n';
  let found: string | undefined;
  const see = (chunk: Buffer): void => {
    unread += chunk.toString('latin1');
    for (;;) {
      const start = unread.indexOf(delimiter);
      if (start < 0) {
        unread = unread.slice(-delimiter.length);
        return;
      }
      const head = unread.slice(start + delimiter.length);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) {
        unread = unread.slice(start);
        if (head.length > LONGEST_HEAD) body.off('data', see);
        return;
      }
      const fields = fieldsOf(head.slice(0, end));
      if (isFile(fields)) {
        const type = fields.get('content-type');
        // it goes out again as a header
        found = type !== undefined && /^[\x20-\x7e]+$/.test(type) ? type : undefined;
        body.off('data', see);
        return;
      }
      unread = head.slice(end + 2);
    }
  };
  body.on('data', see);
  return () => found;
}

function fieldsOf(head: string): Map<string, string> {
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
    }),
  );
}

/** The parser's own rule for what is a file. */
const isFile = (fields: ReadonlyMap<string, string>): boolean =>
  /;\s*filename\*?=/i.test(fields.get('content-disposition') ?? '') ||
  /^application\/octet-stream\s*(;|$)/i.test(fields.get('content-type') ?? '');
