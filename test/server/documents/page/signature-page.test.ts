import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import type { PageSigner, SignaturePageData } from '@segl/server/documents/page/signature-page-data';
import { loadTemplate } from '@segl/server/documents/page/template/template';
import { textToPdf } from '@segl/server/documents/page/text-document';
import { timeText } from '@segl/server/documents/page/time-text';
import { checkPdf } from '@segl/ades/pdf/check';
import { pdfOf } from '../../../support/pdf/signed-page.ts';
import { run, tool } from '../../../support/tools.ts';

const template = await loadTemplate('standard');
const TIME = new Date('2026-11-20T17:44:05Z');

const signer = (name: string, more: Partial<PageSigner> = {}): PageSigner => ({
  name,
  method: 'NemID',
  identifier: 'PID:9208-2002-2-193823564960',
  signedAt: TIME,
  nationalIdVerified: true,
  ...more,
});

const data = (more: Partial<SignaturePageData> = {}): SignaturePageData => ({
  language: 'da',
  title: 'Lejekontrakt – Vesterbrogade 12',
  requestId: '20112026abcdefghij',
  documents: [{ title: 'Lejekontrakt.pdf', sha256: 'ab'.repeat(32), mimeType: 'application/pdf' }],
  signers: [signer('Søren Ærø Åkjær')],
  sealedBy: 'Nordisk Ejendomsadministration A/S',
  sealedAt: TIME,
  verifyUrl: 'https://sign.example/verify',
  timeZone: 'Europe/Copenhagen',
  ...more,
});

const folder = mkdtempSync(join(tmpdir(), 'segl-page-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** Text of all pages as a reader copies it. */
function textOf(path: string, pdf: Uint8Array): string {
  const file = join(folder, 'pdfOf(page)');
  writeFileSync(file, pdf);
  return Buffer.from(run(path, ['-layout', '-enc', 'UTF-8', file, '-']).output, 'latin1').toString('utf8');
}

t.test('the page names signers, documents and seal, in both languages', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const danish = textOf(pdftotext, pdfOf(renderSignaturePage(template, data())));
  for (const text of [
    'Underskrifter',
    'Lejekontrakt – Vesterbrogade 12',
    'Søren Ærø Åkjær',
    '20. november 2026 kl. 18.44.05 CET (UTC+01:00)',
    'PID:9208-2002-2-193823564960',
    'ab'.repeat(32),
    'PDF-dokument',
    'Nordisk Ejendomsadministration A/S',
    'https://sign.example/verify',
    'Underskriftsside 1 af 1',
    '20112026abcdefghij',
  ]) {
    t.ok(danish.includes(text), text);
  }
  const english = textOf(pdftotext, pdfOf(renderSignaturePage(template, data({ language: 'en' }))));
  t.ok(english.includes('Signatures') && english.includes('20 November 2026, 18:44:05 CET (UTC+01:00)'));
});

t.test('other scripts are right, and what the font lacks is seen', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const names = ['Γιώργος Παπαδόπουλος', 'Дмитрий Иванов', 'Łukasz Żółć', 'Zoë Ğüneş', 'Åse e\u0301a'];
  const odd = ['王小明', 'محمد', 'שלום', 'a\u202eb\u0000c', 'x\ud800y', '😀', ''];
  const page = renderSignaturePage(
    template,
    data({ signers: [...names, ...odd].map((name) => signer(name)) }),
  );
  const text = textOf(pdftotext, pdfOf(page));
  for (const name of names) t.ok(text.includes(name.normalize('NFC')), name);
  t.ok(text.includes('□□□'), 'a box for each missing glyph');
  t.ok(text.includes('a\ufffdb\ufffdc'), 'control characters are shown, not obeyed');
});

t.test('many signers, documents and long texts flow over pages', async (t) => {
  for (const [signers, documents] of [
    [1, 1],
    [2, 1],
    [5, 3],
    [12, 6],
    [60, 40],
  ] as const) {
    const page = renderSignaturePage(
      template,
      data({
        title: 'Lang titel '.repeat(200),
        signers: Array.from({ length: signers }, (_, index) =>
          signer(`${'Navn'.repeat(index * 9)} ${index}`),
        ),
        documents: Array.from({ length: documents }, (_, index) => ({
          title: 'Bilag '.repeat(index * 8 + 1),
          sha256: 'cd'.repeat(32),
          mimeType: 'text/plain; charset=utf-8',
        })),
      }),
    );
    t.equal(checkPdf(pdfOf(page)).pages, page.pages.length, `${signers} signers`);
    const [left, bottom, right, top] = page.seal.rect;
    t.ok(left > 0 && bottom > 50 && right < 595 && top < 842 && page.seal.page === page.pages.length - 1);
  }
});

t.test('a CPR number is never printed', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  for (const identifier of ['150609-3330', '1506093330', 'CPR:150609 3330']) {
    const page = renderSignaturePage(template, data({ signers: [signer('Åse', { identifier })] }));
    t.notMatch(textOf(pdftotext, pdfOf(page)), /150609/, identifier);
  }
});

t.test('times carry zone and offset', async (t) => {
  const summer = new Date('2026-07-01T22:30:00Z');
  t.equal(timeText(summer, 'da', 'Europe/Copenhagen'), '2. juli 2026 kl. 00.30.00 CEST (UTC+02:00)');
  t.equal(timeText(summer, 'en', 'UTC'), '1 July 2026, 22:30:00 UTC (UTC+00:00)');
  t.equal(timeText(summer, 'en', 'Asia/Kolkata'), '2 July 2026, 04:00:00 UTC+05:30');
});

t.test('plain text becomes a PDF that loses nothing', async (t) => {
  const pdftotext = tool(t, 'pdftotext');
  if (!pdftotext) return;
  const text = `Kære Åse\r\n\r\n    indrykket\n\ttab\n${'ord '.repeat(60)}\n${'x'.repeat(300)}\n${'linje\n'.repeat(120)}漢 slut\fny side`;
  const pdf = textToPdf(text, { title: 'Brev til Åse' });
  t.equal(checkPdf(pdf).pages, 4);
  const read = textOf(pdftotext, pdf);
  for (const part of ['Kære Åse', '    indrykket', '        tab', '□ slut', 'ny side', 'Brev til Åse']) {
    t.ok(read.includes(part), part);
  }
  const other = textToPdf('a\u200bb \u202ec\n\nשלום (100) abc\nمحمد سلام', { title: 'שלום' });
  const written = textOf(pdftotext, other);
  for (const part of ['a⟦U+200B⟧b ⟦U+202E⟧c', 'שלום', 'abc', 'محمد']) t.ok(written.includes(part), part);
  t.notMatch(written, /[□\u200b\u202e]/);
  t.equal(read.match(/x/g)?.length, 300);
  t.equal(read.match(/ord/g)?.length, 60);
  t.equal(read.match(/linje/g)?.length, 120);
  t.ok(Buffer.from(pdf).equals(textToPdf(text, { title: 'Brev til Åse' })), 'the same bytes again');
  t.equal(checkPdf(textToPdf('', { title: '' })).pages, 1);
  const qpdf = tool(t, 'qpdf');
  if (qpdf) t.equal(run(qpdf, ['--check', join(folder, 'pdfOf(page)')]).code, 0);
});
