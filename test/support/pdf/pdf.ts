/** PDFs for tests: made by pdf-lib, or written object by object to have a certain shape. */
import { PDFDocument, StandardFonts } from 'pdf-lib';

/** A PDF of some pages with a text on each. */
export async function makePdf(pages = 2, useObjectStreams = false): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  document.setTitle('Lejekontrakt');
  const font = await document.embedFont(StandardFonts.Helvetica);
  for (let page = 1; page <= pages; page++) {
    document.addPage([595, 842]).drawText(`Page ${page}`, { x: 72, y: 720, size: 24, font });
  }
  return document.save({ useObjectStreams });
}

/** The objects of a one-page PDF. */
export const SMALL: Readonly<Record<number, string>> = {
  1: '<</Type /Catalog /Pages 2 0 R>>',
  2: '<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 300 300] /Rotate 90 /Resources <<>>>>',
  3: '<</Type /Page /Parent 2 0 R>>',
};

/**
 * Writes objects (number → text) with a cross-reference table. `hybrid`: these numbers are free in the table and
 * live in an object stream that only /XRefStm knows. `trailer`: more entries for the trailer dictionary.
 */
export function writePdf(
  objects: Readonly<Record<number, string>>,
  options: { readonly trailer?: string; readonly hybrid?: readonly number[]; readonly header?: string } = {},
): Uint8Array {
  const { trailer = '', hybrid = [], header = '%PDF-1.7\n' } = options;
  const numbers = Object.keys(objects).map(Number);
  const size = Math.max(...numbers) + 3;
  let out = header;
  const offsets = new Map<number, number>();
  const put = (number: number, text: string): void => {
    offsets.set(number, out.length);
    out += `${number} 0 obj\n${text}\nendobj\n`;
  };
  for (const number of numbers) if (!hybrid.includes(number)) put(number, objects[number] ?? '');

  let xrefStream = '';
  if (hybrid.length > 0) {
    let data = '';
    const index = hybrid.map((number) => {
      const at = data.length;
      data += `${objects[number] ?? ''} `;
      return `${number} ${at}`;
    });
    const head = `${index.join(' ')} `;
    put(
      size - 2,
      `<</Type /ObjStm /N ${hybrid.length} /First ${head.length} /Length ${head.length + data.length}>>\nstream\n${head}${data}\nendstream`,
    );
    xrefStream = `/XRefStm ${out.length}`;
    const rows = hybrid.map(
      (_number, at) => `02${(size - 2).toString(16).padStart(4, '0')}${at.toString(16).padStart(4, '0')}`,
    );
    const index2 = hybrid.map((number) => `${number} 1`).join(' ');
    const bytes = Buffer.from(rows.join(''), 'hex').toString('latin1');
    put(
      size - 1,
      `<</Type /XRef /Size ${size} /W [1 2 2] /Index [${index2}] /Length ${bytes.length}>>\nstream\n${bytes}\nendstream`,
    );
  }
  const start = out.length;
  out += `xref\n0 ${size}\n0000000000 65535 f \n`;
  for (let number = 1; number < size; number++) {
    const offset = offsets.get(number);
    out += offset === undefined ? '0000000000 00000 f \n' : `${String(offset).padStart(10, '0')} 00000 n \n`;
  }
  out += `trailer\n<</Size ${size} /Root 1 0 R ${xrefStream} ${trailer}>>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}

/** Numbers in [0, 1) that are the same in every run. */
export function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
