/** Signature pages in the structure of documents that have one, as poppler reads it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { attachmentsOnlyPdf } from '@segl/server/documents/page/attachments-only';
import { signPades } from '@segl/ades/pades/sign';
import { renderSignaturePage } from '@segl/server/documents/page/signature-page';
import { loadTemplate } from '@segl/server/documents/page/template/template';
import { textToPdf } from '@segl/server/documents/page/text-document';
import { verifyPades } from '@segl/ades/pades/verify';
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfRef, type PdfValue } from '@segl/ades/pdf/objects';
import { makePdf, SMALL, writePdf } from '../../support/pdf/pdf.ts';
import { about, pageData, pageSigner, SIGNED_AT } from '../../support/pdf/signed-page.ts';
import { createTestPki, TEST_TIME } from '../../support/signatures/test-pki.ts';
import { run, tool } from '../../support/tools.ts';

const pki = createTestPki('RSA');
const wave = Array.from({ length: 30 }, (_, step) => [step, Math.sin(step) * 9] as const);
const data = pageData({
  signers: [pageSigner('Åse', { handwriting: { strokes: [wave] } }), pageSigner('محمد عبد الله')],
  events: [{ at: SIGNED_AT, type: 'signature-created', signer: 'Åse' }],
});
const page = renderSignaturePage(await loadTemplate('classic'), data);
const sign = (pdf: Uint8Array): Promise<Uint8Array> =>
  signPades({ pdf, page, attachments: [], key: pki.signerKey, signerName: 'Segl', signingTime: TEST_TIME });

const folder = mkdtempSync(join(tmpdir(), 'segl-structure-'));
t.teardown(() => rmSync(folder, { recursive: true }));

const CONTENT = '/P <</MCID 0>> BDC BT /F1 9 Tf 9 9 Td (own text) Tj ET EMC';
const MARKED = '/MarkInfo <</Marked true>>';

/** A tagged PDF of one page. `root`, `tree` and more: what is special about it. */
const tagged = (root: string, more: Readonly<Record<number, string>> = {}, mark = MARKED): Uint8Array =>
  writePdf({
    1: `<</Type /Catalog /Pages 2 0 R ${mark} /StructTreeRoot 6 0 R>>`,
    2: SMALL[2]!,
    3: '<</Type /Page /Parent 2 0 R /StructParents 0 /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>',
    4: `<</Length ${CONTENT.length}>>\nstream\n${CONTENT}\nendstream`,
    5: '<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>',
    6: `<</Type /StructTreeRoot ${root}>>`,
    7: '<</Type /StructElem /S /Document /P 6 0 R /K 8 0 R>>',
    8: '<</Type /StructElem /S /P /P 7 0 R /Pg 3 0 R /K 0>>',
    ...more,
  });

const nums = (key: number): string => `/Nums [${key} [8 0 R]]`;
const SOUND: Readonly<Record<string, Uint8Array>> = {
  'numbers in the root': tagged(`/K 7 0 R /ParentTree <<${nums(0)}>> /ParentTreeNextKey 1`),
  'no next key, an array of kids': tagged(`/K [7 0 R] /ParentTree 9 0 R`, { 9: `<<${nums(0)}>>` }),
  'a tree of numbers': tagged('/K [7 0 R] /ParentTree <</Kids [9 0 R 10 0 R]>>', {
    9: `<</Limits [0 0] ${nums(0)}>>`,
    10: `<</Limits [40 40] ${nums(40)}>>`,
  }),
  'no Document element': tagged(`/K 8 0 R /ParentTree <<${nums(0)}>>`, {
    8: '<</Type /StructElem /S /P /P 6 0 R /Pg 3 0 R /K 0>>',
  }),
  'kids in an array of their own': tagged(`/K 7 0 R /ParentTree <<${nums(0)}>>`, {
    7: '<</Type /StructElem /S /Document /P 6 0 R /K 9 0 R>>',
    9: '[8 0 R]',
  }),
  'a rendered text': textToPdf('own text\n\nmore', { title: 'Text' }),
};

/** Every page that has a structure finds its elements in the parent tree, and they lead back to it. */
function checkParents(
  t: { ok(found: unknown, message: string): unknown },
  pdf: Uint8Array,
  what: string,
): void {
  const document = PdfDocument.open(pdf);
  const root = document.dict(document.catalog.dict.get('StructTreeRoot'), 'root')!;
  const rows = new Map<number, PdfValue>();
  const collect = (value: PdfValue | undefined): void => {
    const node = document.dict(value, 'tree')!;
    const list = document.array(node.get('Nums'), 'Nums');
    for (let at = 0; at < list.length; at += 2) rows.set(Number(list[at]), list[at + 1] ?? null);
    for (const kid of document.array(node.get('Kids'), 'Kids')) collect(kid);
  };
  collect(root.get('ParentTree'));
  t.ok(Number(root.get('ParentTreeNextKey')) > Math.max(...rows.keys()), `${what}: next key`);
  for (const { ref, dict } of document.pages()) {
    const parents = document.array(rows.get(Number(dict.get('StructParents'))), 'parents');
    const sound = parents.every((parent, id) => {
      const element = document.dict(parent, 'element');
      const kids = document.resolve(element?.get('K'));
      return (Array.isArray(kids) ? kids : [kids]).some((kid) => {
        const mark = document.resolve(kid);
        if (typeof mark === 'number') return mark === id;
        const on = mark instanceof Map ? mark.get('Pg') : undefined;
        return (
          mark instanceof Map && mark.get('MCID') === id && on instanceof PdfRef && on.number === ref.number
        );
      });
    });
    t.ok(parents.length > 0 && sound, `${what}: page ${ref.number}`);
  }
}

t.test('the pages join the structure of a tagged document, behind what it had', async (t) => {
  const [pdfinfo, qpdf, pdfsig] = ['pdfinfo', 'qpdf', 'pdfsig'].map((name) => tool(t, name));
  if (!pdfinfo || !qpdf || !pdfsig) return;
  for (const [what, pdf] of Object.entries(SOUND)) {
    const signed = await sign(pdf);
    const file = join(folder, 'signed.pdf');
    writeFileSync(file, signed);
    t.match(run(qpdf, ['--check', file]), { code: 0 }, `${what}: qpdf`);
    t.match(run(pdfsig, ['-nocert', file]).output, 'Signature is Valid', `${what}: pdfsig`);
    const text = about(folder, signed, pdfinfo, '-struct-text');
    const order = ['own text', 'H1', '"Signatures"', '"Åse"', 'Figure', '"Audit trail"'];
    const places = order.map((part) => text.indexOf(part));
    t.ok(
      places.every((place, index) => place > (places[index - 1] ?? -1)),
      `${what}: ${String(places)}`,
    );
    t.match(text, /"Time 20 November 2026, 18:44:05 CET \(UTC\+01:00\)"/, 'label and value are apart');
    const objects = run(qpdf, ['--json', '--json-key=qpdf', file]).output;
    const actual = Buffer.from(objects, 'latin1').toString('utf8');
    t.match(actual, '"/ActualText": "u:محمد عبد الله"', 'as it is read, not as it is drawn');
    t.match(text, /TH[^]*"Event"[^]*TD[^]*"Signed"/);
    t.match(text, /Form[^]*Object/, 'the field has its place');
    checkParents(t, signed, what);
  }
});

t.test('a file of attachments is tagged by its signature pages', async (t) => {
  const pdfinfo = tool(t, 'pdfinfo');
  if (!pdfinfo) return;
  const signed = await sign(attachmentsOnlyPdf({ title: 'Two', language: 'da' }));
  t.match(about(folder, signed, pdfinfo), /Tagged: +yes/);
  t.match(about(folder, signed, pdfinfo, '-struct-text'), /Document\s+Part[^]*H1[^]*"Signatures"/);
  checkParents(t, signed, 'attachments only');
});

t.test(
  'what is not tagged, signed already or broken gets no structure, and is signed all the same',
  async (t) => {
    const sound = `/K 7 0 R /ParentTree <<${nums(0)}>>`;
    const others: Readonly<Record<string, Uint8Array>> = {
      untagged: await makePdf(1),
      'a tree alone': tagged(sound, {}, ''),
      'marked as not tagged': tagged(sound, {}, '/MarkInfo <</Marked false>>'),
      'signed before': await sign(tagged(sound)),
      'a tree that is none': tagged('/K 7 0 R /ParentTree 5'),
      'kids and numbers': tagged(`/K 7 0 R /ParentTree <<${nums(0)} /Kids [9 0 R]>>`, {
        9: `<<${nums(0)}>>`,
      }),
      'kids without limits': tagged('/K 7 0 R /ParentTree <</Kids [9 0 R]>>', { 9: `<<${nums(0)}>>` }),
      'keys that are none': tagged('/K 7 0 R /ParentTree <</Nums [(a) [8 0 R]]>>'),
    };
    for (const [what, pdf] of Object.entries(others)) {
      const signed = await sign(pdf);
      const before = PdfDocument.open(pdf);
      const after = PdfDocument.open(signed);
      t.equal(verifyPades(signed).signatures.at(-1)?.coversFile, true, what);
      const root = ({ catalog, resolve }: PdfDocument): PdfValue =>
        resolve(catalog.dict.get('StructTreeRoot'));
      t.same(root(after), root(before), `${what}: the structure stays`);
      const added = [...after.pages()].slice([...before.pages()].length);
      t.ok(added.length > 0 && added.every(({ dict }) => !dict.has('StructParents')), `${what}: no parents`);
    }
  },
);
