/** Where a signature stands in its file, and that its byte range leaves out nothing but itself (ISO 32000-2, 12.8.1). */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { PdfDocument } from '../pdf/document.ts';
import { signatureFields, type SignatureField } from '../pdf/form.ts';
import { latin1 } from '../pdf/lexer.ts';
import { PdfString } from '../pdf/objects.ts';

export type SignedField = SignatureField & Required<Pick<SignatureField, 'signature'>>;

const invalid = (why: Problem): SeglError => adesProblems.error('PADES_INVALID', { why });

type ByteRange = readonly [number, number, number, number];

export interface Place {
  /** Start and length of what stands before /Contents, and of what stands behind it. */
  readonly range: ByteRange;
  readonly end: number;
  readonly contents: PdfString;
  /** The file as it was signed; absent when nothing follows. */
  readonly revision?: PdfDocument;
}

/**
 * Checks that /ByteRange leaves out /Contents of this very dictionary and nothing else, and ends with a revision.
 * Throws PADES_INVALID, PDF_INVALID.
 */
export function placeOf(document: PdfDocument, field: SignedField): Place {
  const { bytes } = document;
  const range = document.array(field.signature.get('ByteRange'), '/ByteRange');
  if (range.length !== 4 || !range.every((item) => typeof item === 'number' && Number.isSafeInteger(item))) {
    throw invalid(adesProblems.of('pades/byte-range-malformed'));
  }
  const [start, length, next, rest] = range as unknown as ByteRange;
  const end = next + rest;
  if (start !== 0) throw invalid(adesProblems.of('pades/byte-range-start'));
  if (length <= 0 || next <= length || rest <= 0 || end > bytes.length) {
    throw invalid(adesProblems.of('pades/byte-range-outside'));
  }
  const contents = field.signature.get('Contents');
  if (!(contents instanceof PdfString) || !contents.hex)
    throw invalid(adesProblems.of('pades/contents-not-hex'));
  // only a string that was read from the file itself has its place there: not one out of an object stream
  if (
    contents.start !== length ||
    contents.end !== next ||
    bytes[length] !== 0x3c ||
    bytes[next - 1] !== 0x3e
  ) {
    throw invalid(adesProblems.of('pades/byte-range-gap'));
  }
  if (!/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(latin1(bytes, length + 1, next - 1))) {
    throw invalid(adesProblems.of('pades/contents-digits'));
  }
  if (!/%%EOF[\r\n ]{0,2}$/.test(latin1(bytes, Math.max(0, end - 16), end))) {
    throw invalid(adesProblems.of('pades/byte-range-end'));
  }
  const place = { range: [start, length, next, rest], end, contents } as const;
  return end < bytes.length ? { ...place, revision: openRevision(document, field, end) } : place;
}

/** What the signer signed must have been a sound file with this very signature in it. */
function openRevision(document: PdfDocument, field: SignedField, end: number): PdfDocument {
  const revision = PdfDocument.open(document.bytes.subarray(0, end));
  const found = signatureFields(revision)
    .find(({ name }) => name === field.name)
    ?.signature?.get('Contents');
  const contents = field.signature.get('Contents');
  if (!(found instanceof PdfString) || !(contents instanceof PdfString) || found.start !== contents.start) {
    throw invalid(adesProblems.of('pades/moved'));
  }
  return revision;
}
