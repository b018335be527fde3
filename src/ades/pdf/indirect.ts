/** Indirect objects at a file offset (ISO 32000-1, 7.3.8 and 7.3.10). */
import type { Lexer } from './lexer.ts';
import { PdfStream, invalidPdf, isDict } from './objects.ts';
import type { PdfDict, PdfValue } from './objects.ts';
import { adesProblems } from '../problems.ts';

/**
 * Reads `stream … endstream` behind its dictionary. `length` is /Length, already resolved; it must lead exactly to
 * `endstream` (with an optional line end before it).
 */
export function readStream(lexer: Lexer, dict: PdfDict, length: number): PdfStream {
  lexer.expect('stream');
  if (lexer.peek() === 0x0d) lexer.pos++;
  if (lexer.peek() !== 0x0a) throw invalidPdf(adesProblems.of('pdf/stream-start', { at: lexer.pos }));
  const start = lexer.pos + 1;
  if (start + length > lexer.bytes.length)
    throw invalidPdf(adesProblems.of('pdf/stream-no-end', { at: start }));
  lexer.pos = start + length;
  for (let spaces = 0; spaces < 2 && (lexer.peek() === 0x0d || lexer.peek() === 0x0a); spaces++) lexer.pos++;
  if (lexer.token() !== 'endstream') throw invalidPdf(adesProblems.of('pdf/stream-length', { at: start }));
  return new PdfStream(dict, lexer.bytes.subarray(start, start + length));
}

/**
 * Reads `number generation obj … endobj` at the position of the lexer. Throws PDF_INVALID when another object
 * stands there. `lengthOf` resolves the /Length of a stream.
 */
export function readIndirect(
  lexer: Lexer,
  number: number,
  generation: number,
  lengthOf: (value: PdfValue | undefined) => number,
): PdfValue {
  if (lexer.tryInteger() !== number || lexer.tryInteger() !== generation) {
    throw invalidPdf(adesProblems.of('pdf/xref-elsewhere', { number }));
  }
  lexer.expect('obj');
  let value = lexer.value();
  if (isDict(value)) {
    const after = lexer.pos;
    lexer.skipSpace();
    const isStream = lexer.token() === 'stream';
    lexer.pos = after;
    if (isStream) value = readStream(lexer, value, lengthOf(value.get('Length')));
  }
  lexer.expect('endobj');
  return value;
}
