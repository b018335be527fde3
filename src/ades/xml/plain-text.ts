/**
 * Long texts that canonicalization leaves as they are, base64 as a rule: documents within messages and packages. libxml2 would
 * hold one several times, so it reads the document without them, and they are put back into its canonical form. That is the
 * same as if it had read them: such a text stands right behind a start tag, is ended by markup, and has no character that
 * XML could take for anything but itself.
 */
import { startTagEnd } from './tree.ts';

/** A text from a start tag to the next markup. */
export interface PlainText {
  /** The number of the element among those of the document, in its order. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** Shorter ones are read by libxml2 with the rest. */
export const LONG_TEXT = 64 << 10;

/** Base64 and white space, but for carriage returns, which XML makes line feeds of. */
const PLAIN = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\t\n ')) {
  PLAIN[byte] = 1;
}

/** What stands between two positions is long, and nothing but base64 and white space. */
export function isLongAndPlain(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < LONG_TEXT) return false;
  let at = start;
  while (at < end && PLAIN[bytes[at]!] === 1) at++;
  return at === end;
}

/** How long they are together. */
export const lengthOf = (texts: readonly PlainText[]): number =>
  texts.reduce((sum, { start, end }) => sum + end - start, 0);

/** The document without `texts`, which are in its order. */
export function withoutTexts(bytes: Uint8Array, texts: readonly PlainText[]): Uint8Array {
  if (texts.length === 0) return bytes;
  const starts = [0, ...texts.map(({ end }) => end)];
  return Buffer.concat(starts.map((start, index) => bytes.subarray(start, texts[index]?.start)));
}

/** The position in the document of one in it without `texts`. */
export function positionWith(texts: readonly PlainText[], position: number): number {
  let at = position;
  for (const { start, end } of texts) if (start < at) at += end - start;
  return at;
}

const [EXCLAMATION, SLASH] = [0x21, 0x2f] as const;

/** The canonical form of a document from `canonical`, that of it without `texts`, and its own `bytes`. */
export function withTexts(canonical: Buffer, bytes: Uint8Array, texts: readonly PlainText[]): Buffer {
  if (texts.length === 0) return canonical;
  const pieces: Uint8Array[] = [];
  let [from, at, index] = [0, 0, -1];
  for (const text of texts) {
    while (index < text.index) {
      const start = canonical.indexOf('<', at);
      const next = canonical[start + 1];
      if (next === EXCLAMATION) at = canonical.indexOf('-->', start) + 3;
      else if (next === SLASH) at = start + 2;
      else [at, index] = [startTagEnd(canonical, start), index + 1];
    }
    pieces.push(canonical.subarray(from, at), bytes.subarray(text.start, text.end));
    from = at;
  }
  return Buffer.concat([...pieces, canonical.subarray(from)]);
}
