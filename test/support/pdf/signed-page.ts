/** A signature page's data for tests, and what tools make of a page. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import jsQR from 'jsqr';
import { previewPdf } from '@segl/server/documents/page/preview';
import type { SignaturePage } from '@segl/server/documents/page/signature-page';
import type { PageSigner, SignaturePageData } from '@segl/server/documents/page/signature-page-data';
import { run } from '../tools.ts';

export const SIGNED_AT = new Date('2026-11-20T17:44:05Z');

export const pageSigner = (name: string, more: Partial<PageSigner> = {}): PageSigner => ({
  name,
  method: 'NemID',
  identifier: 'PID:9208-2002-2-193823564960',
  signedAt: SIGNED_AT,
  nationalIdVerified: true,
  ...more,
});

export const pageData = (more: Partial<SignaturePageData> = {}): SignaturePageData => ({
  language: 'en',
  title: 'Lease',
  requestId: '20112026abcdefghij',
  documents: [{ title: 'Lease.pdf', sha256: 'ab'.repeat(32), mimeType: 'application/pdf' }],
  signers: [pageSigner('Søren Ærø Åkjær')],
  sealedBy: 'Nordisk Ejendomsadministration A/S',
  sealedAt: SIGNED_AT,
  verifyUrl: 'https://sign.example/verify',
  timeZone: 'Europe/Copenhagen',
  ...more,
});

/** The pages as a file. */
export const pdfOf = (page: SignaturePage): Uint8Array =>
  previewPdf(page, { title: 'Pages', language: 'en' });

/** What a tool of poppler prints about a PDF, as UTF-8. */
export function about(folder: string, pdf: Uint8Array, tool: string, ...options: readonly string[]): string {
  const file = join(folder, 'about.pdf');
  writeFileSync(file, pdf);
  const { output } = run(tool, [...options, file, ...(/pdftotext$/.test(tool) ? ['-'] : [])]);
  return Buffer.from(output, 'latin1').toString('utf8');
}

/** The QR codes on the first page, as a decoder reads them that is not ours. `pdftoppm`: its path. */
export function qrCodeOn(folder: string, pdf: Uint8Array, pdftoppm: string): string | undefined {
  const file = join(folder, 'qr.pdf');
  writeFileSync(file, pdf);
  const { output } = run(pdftoppm, ['-r', '150', '-f', '1', '-l', '1', file]);
  const [head = '', width = '', height = ''] = /^P6\n(\d+) (\d+)\n255\n/.exec(output) ?? [];
  const rgb = Buffer.from(output, 'latin1').subarray(head.length);
  const rgba = new Uint8ClampedArray(Number(width) * Number(height) * 4);
  for (let pixel = 0; pixel * 4 < rgba.length; pixel++) {
    rgba.set(rgb.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
    rgba[pixel * 4 + 3] = 255;
  }
  // the package is CommonJS: its function is the default export of its default export
  const decode = jsQR as unknown as { readonly default: typeof jsQR.default };
  return decode.default(rgba, Number(width), Number(height))?.data;
}
