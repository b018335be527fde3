/** Pages and forms that are written in PDF's own operators (ISO 32000-1, annex A). */
import { deflateSync } from 'node:zlib';
import { PdfStream } from '@segl/ades/pdf/objects';
import type { PdfDict, PdfRef } from '@segl/ades/pdf/objects';
import { pdfDict, type PdfTarget } from '@segl/ades/pdf/parts';

/** Bytes; less than this is not worth the time that compression takes. */
const MIN_COMPRESSED = 3000;
/** Three times as fast as the default level, and operators get no larger by it. */
const QUICK = { level: 1 };

/** To 1/100 point. */
export const round = (points: number): number => Math.round(points * 100) / 100;

export interface Drawing {
  readonly operators: string;
  /** Fonts and pictures by the names that the operators use. */
  readonly fonts: Iterable<readonly [string, PdfRef]>;
  readonly images?: Iterable<readonly [string, PdfRef]>;
}

/** Left, bottom, right, top in points. */
export type Box = readonly [number, number, number, number];

/** A page with a drawing on it, whose /Parent the caller sets. Everything inheritable is on the page itself. */
export const pageWith = (target: PdfTarget, box: Box, drawing: Drawing): PdfDict =>
  pdfDict({
    Type: 'Page',
    MediaBox: box,
    CropBox: box,
    Rotate: 0,
    Resources: resourcesOf(drawing),
    Contents: target.add(contentOf(drawing, {})),
  });

/** The drawing as a form XObject (8.10), e.g. the appearance of a field (12.5.5). */
export const formWith = (box: Box, drawing: Drawing): PdfStream =>
  contentOf(drawing, { Type: 'XObject', Subtype: 'Form', BBox: box, Resources: resourcesOf(drawing) });

function contentOf({ operators }: Drawing, entries: Parameters<typeof pdfDict>[0]): PdfStream {
  const bytes = Buffer.from(operators, 'latin1');
  return bytes.length < MIN_COMPRESSED
    ? new PdfStream(pdfDict(entries), bytes)
    : new PdfStream(pdfDict({ ...entries, Filter: 'FlateDecode' }), deflateSync(bytes, QUICK));
}

function resourcesOf({ fonts, images = [] }: Drawing): PdfDict {
  const [font, object] = [new Map(fonts), new Map(images)];
  return pdfDict({
    Font: font.size > 0 ? font : undefined,
    XObject: object.size > 0 ? object : undefined,
  });
}
