/** Undoes the stream filters that file structure uses (ISO 32000-1, 7.4): FlateDecode with PNG predictors. */
import { inflateSync } from 'node:zlib';
import { invalidPdf, isDict, nameOf, wholeNumber } from './objects.ts';
import type { PdfDict, PdfStream, PdfValue } from './objects.ts';
import { adesProblems } from '../problems.ts';

/**
 * Decoded bytes of a stream. Filters other than FlateDecode are refused: cross-reference streams, object streams
 * and attachments do not use them in practice. `limit`: most bytes that may come out.
 * `resolve` follows references inside the stream dictionary.
 */
export function decodeStream(
  stream: PdfStream,
  limit: number,
  resolve: (value: PdfValue | undefined) => PdfValue,
): Uint8Array {
  const single = (value: PdfValue): PdfValue[] =>
    Array.isArray(value) ? value : value === null ? [] : [value];
  const filters = single(resolve(stream.dict.get('Filter')));
  const parameters = single(resolve(stream.dict.get('DecodeParms')));
  if (filters.length > 4) throw invalidPdf(adesProblems.of('pdf/too-many-filters'));
  let data = stream.data;
  for (const [index, filter] of filters.entries()) {
    const name = nameOf(resolve(filter));
    if (name === undefined) throw invalidPdf(adesProblems.of('pdf/filter-not-a-name'));
    if (name !== 'FlateDecode') throw invalidPdf(adesProblems.of('pdf/filter-unsupported', { filter: name }));
    data = inflate(data, limit);
    const parms = resolve(parameters[index]);
    if (isDict(parms)) data = undoPredictor(data, parms, resolve);
  }
  if (data.length > limit) throw invalidPdf(adesProblems.of('pdf/stream-too-large', { limit }));
  return data;
}

function inflate(data: Uint8Array, limit: number): Uint8Array {
  try {
    return inflateSync(data, { maxOutputLength: limit });
  } catch (cause) {
    const tooLarge = (cause as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    if (tooLarge) throw invalidPdf(adesProblems.of('pdf/stream-too-large', { limit }));
    throw invalidPdf(adesProblems.of('pdf/deflate-malformed'));
  }
}

function undoPredictor(
  data: Uint8Array,
  parms: PdfDict,
  resolve: (value: PdfValue | undefined) => PdfValue,
): Uint8Array {
  const number = (key: string, fallback: number): number =>
    wholeNumber(resolve(parms.get(key)) ?? fallback, `/${key}`);
  const predictor = number('Predictor', 1);
  if (predictor === 1) return data;
  if (predictor < 10 || predictor > 15)
    throw invalidPdf(adesProblems.of('pdf/predictor-unsupported', { predictor }));
  const bits = number('Colors', 1) * number('BitsPerComponent', 8);
  const columns = number('Columns', 1);
  if (bits < 1 || bits > 256 || columns < 1 || columns > 1 << 20)
    throw invalidPdf(adesProblems.of('pdf/predictor-impossible'));
  return undoPng(data, Math.ceil((columns * bits) / 8), Math.max(1, bits >> 3));
}

/** PNG filtering (ISO/IEC 15948, clause 9): each row starts with its filter type. */
function undoPng(data: Uint8Array, rowLength: number, pixelLength: number): Uint8Array {
  const rows = Math.floor(data.length / (rowLength + 1));
  if (rows * (rowLength + 1) !== data.length) throw invalidPdf(adesProblems.of('pdf/predictor-row'));
  const out = new Uint8Array(rows * rowLength);
  for (let row = 0; row < rows; row++) {
    const from = row * (rowLength + 1);
    const to = row * rowLength;
    const type = data[from] as number;
    if (type > 4) throw invalidPdf(adesProblems.of('pdf/png-filter', { type }));
    for (let i = 0; i < rowLength; i++) {
      const left = i >= pixelLength ? (out[to + i - pixelLength] as number) : 0;
      const up = row > 0 ? (out[to + i - rowLength] as number) : 0;
      const corner = row > 0 && i >= pixelLength ? (out[to + i - rowLength - pixelLength] as number) : 0;
      out[to + i] = (data[from + 1 + i] as number) + predict(type, left, up, corner);
    }
  }
  return out;
}

function predict(type: number, left: number, up: number, corner: number): number {
  switch (type) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const estimate = left + up - corner;
      const dl = Math.abs(estimate - left);
      const du = Math.abs(estimate - up);
      const dc = Math.abs(estimate - corner);
      return dl <= du && dl <= dc ? left : du <= dc ? up : corner;
    }
    default:
      return 0;
  }
}
