/** Content of PDF pages that is written in PDF's own operators (ISO 32000-1, annex A). */
import { deflateSync } from 'node:zlib';
import { PDFName, PDFRawStream } from 'pdf-lib';
import type { PDFPage } from 'pdf-lib';
import type { EmbeddedFont } from './embedded-font.ts';

/** Bytes; less than this is not worth the time that compression takes. */
const MIN_COMPRESSED = 3000;

/** To 1/100 point. */
export const round = (points: number): number => Math.round(points * 100) / 100;

/** Gives an empty page its content. `fonts`: by the names that the operators use. */
export function setPageContent(
  page: PDFPage,
  operators: string,
  fonts: Iterable<readonly [string, EmbeddedFont]>,
): void {
  const { context } = page.doc;
  const bytes = Buffer.from(operators, 'latin1');
  const stream =
    bytes.length < MIN_COMPRESSED
      ? PDFRawStream.of(context.obj({}), bytes)
      : PDFRawStream.of(context.obj({ Filter: 'FlateDecode' }), deflateSync(bytes));
  page.node.set(PDFName.of('Contents'), context.register(stream));
  for (const [name, font] of fonts) page.node.setFontDictionary(PDFName.of(name), font.ref);
}
