/** Writing a whole PDF: header, objects, cross-reference table, trailer (ISO 32000-1, 7.5). */
import { createHash } from 'node:crypto';
import { PdfString } from './objects.ts';
import type { PdfDict, PdfValue, PdfRef } from './objects.ts';
import type { PdfParts } from './parts.ts';
import { ByteWriter, writeValue } from './serialize.ts';

/**
 * A PDF of these objects, numbered from 1 on. `id`: 16 bytes, both halves of the file identifier; of what the file holds when
 * left out.
 */
export function writeFile(
  objects: Iterable<PdfValue>,
  { version, id, ...more }: { version: string; root: PdfRef; info?: PdfRef | undefined; id?: Uint8Array },
): Buffer {
  const out = new ByteWriter();
  out.text(`%PDF-${version}\n%\xe2\xe3\xcf\xd3\n`);
  const offsets: number[] = [];
  for (const value of objects) {
    offsets.push(out.length);
    out.text(`${offsets.length} 0 obj\n`);
    writeValue(out, value);
    out.text('\nendobj\n');
  }
  const section = out.length;
  out.text(`xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n`);
  for (const offset of offsets) out.text(`${String(offset).padStart(10, '0')} 00000 n \n`);
  const half = new PdfString(id ?? createHash('sha256').update(out.join()).digest().subarray(0, 16), true);
  const trailer: PdfDict = new Map<string, PdfValue>([
    ['Size', offsets.length + 1],
    ['Root', more.root],
    ...(more.info ? ([['Info', more.info]] as const) : []),
    ['ID', [half, half]],
  ]);
  out.text('trailer\n');
  writeValue(out, trailer);
  out.text(`\nstartxref\n${section}\n%%EOF\n`);
  return out.join();
}

/** A PDF 1.7 of parts of our own. The same parts give the same bytes. */
export const writeParts = (parts: PdfParts, references: { root: PdfRef; info?: PdfRef }): Buffer =>
  writeFile(parts.objects, { version: '1.7', ...references });
