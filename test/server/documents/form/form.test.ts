/** Forms of PDFs, friendly and hostile. What comes out is judged by qpdf and poppler. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFDocument, PDFName, PDFNumber, PDFString, degrees } from 'pdf-lib';
import t from 'tap';
import { fillForm, findInvalidFields } from '@segl/server/documents/form/fill';
import { readForm } from '@segl/server/documents/form/read';
import { checkPdf } from '@segl/ades/pdf/check';
import { addActions, answers, makeForm } from '../../../support/pdf/form-pdf.ts';
import { tool } from '../../../support/tools.ts';

const given = new Map(Object.entries(answers));
const folder = await mkdtemp(join(tmpdir(), 'segl-forms-'));
t.teardown(() => rm(folder, { recursive: true, force: true }));

async function textOf(pdf: Uint8Array): Promise<string> {
  const file = join(folder, 'text.pdf');
  await writeFile(file, pdf);
  return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
}

/** All objects, streams unpacked, as qpdf writes them: nothing hides in a compressed part. */
async function unpacked(pdf: Uint8Array): Promise<string> {
  const file = join(folder, 'packed.pdf');
  await writeFile(file, pdf);
  return execFileSync('qpdf', ['--qdf', '--object-streams=disable', file, '-'], { encoding: 'latin1' });
}

/** The darkest gray in a part of the first page as poppler renders it; measured from the top left, in points. */
async function darkest(
  pdf: Uint8Array,
  x: number,
  y: number,
  width: number,
  height: number,
): Promise<number> {
  const file = join(folder, 'image.pdf');
  await writeFile(file, pdf);
  const args = ['-r', '72', '-gray', '-f', '1', '-l', '1'];
  const box = ['-x', x, '-y', y, '-W', width, '-H', height].map(String);
  const image = execFileSync('pdftoppm', [...args, ...box, file]);
  return Math.min(...image.subarray(image.length - width * height));
}

t.test('every kind of field is read, in the order of pages', async (t) => {
  const { fields } = readForm(await makeForm());
  t.same(
    fields.map(({ name, kind, page, required, readOnly }) => [name, kind, page, required, readOnly]),
    [
      ['applicant.name', 'text', 1, true, false],
      ['applicant.postcode', 'text', 1, false, false],
      ['notes', 'lines', 1, false, false],
      ['reference', 'text', 1, false, true],
      ['member', 'check', 1, false, false],
      ['season', 'radio', 1, true, false],
      ['berth', 'choice', 2, false, false],
      ['color', 'choice', 2, false, false],
      ['extras', 'choices', 2, false, false],
    ],
  );
  const named = new Map(fields.map((field) => [field.name, field]));
  t.equal(named.get('applicant.name')?.label, 'Navn på ansøgeren');
  t.equal(named.get('applicant.postcode')?.label, 'applicant.postcode', 'its name where it has no label');
  t.match(named.get('applicant.postcode'), { maxLength: 4, comb: true });
  t.same(named.get('reference')?.values, ['2026-0042']);
  t.same(named.get('season')?.options, [
    { value: 'Summer', label: 'Summer' },
    { value: 'All year', label: 'All year' },
  ]);
  t.equal(named.get('color')?.open, true);
});

t.test('the tab order of a page is kept', async (t) => {
  const order = (tabs: string): Promise<string[]> =>
    makeForm((document) => {
      for (const page of document.getPages()) page.node.set(PDFName.of('Tabs'), PDFName.of(tabs));
      // the last annotation of the page to the top left
      const form = document.getForm();
      const [widget] = form.getTextField('notes').acroField.getWidgets();
      widget?.setRectangle({ x: 20, y: 800, width: 30, height: 30 });
    }).then((pdf) => readForm(pdf).fields.map(({ name }) => name));
  t.equal((await order('S'))[2], 'notes', 'as listed');
  t.equal((await order('R'))[0], 'notes');
  t.equal((await order('C'))[0], 'notes');
});

t.test('what is filled in stands on the page, for everyone to read', async (t) => {
  if (!tool(t, 'pdftotext') || !tool(t, 'qpdf') || !tool(t, 'pdftoppm')) return;
  const form = readForm(await makeForm());
  const filled = fillForm(form, given);
  const text = await textOf(filled);
  for (const line of [
    'Søren Ægir Åkjær',
    'Μια βάρκα από την Ελλάδα',
    'and a mast of 9½ m',
    '2026-0042',
    'Æbelø',
    'Grøn',
  ]) {
    t.match(text, line);
  }
  t.match(text, /Power\s+Winter storage/);
  t.notMatch(text, 'Water');
  t.match(text, /8\s+0\s+0\s+0/);
  t.same(fillForm(readForm(await makeForm()), given), filled, 'the same values, the same bytes');

  const widgetOf = (name: string, index = 0) =>
    form.fields.find((field) => field.name === name)!.widgets[index]!;
  const look = (pdf: Uint8Array, name: string, index = 0): Promise<number> => {
    const [left, bottom, right, top] = widgetOf(name, index).box.map(Math.round) as [
      number,
      number,
      number,
      number,
    ];
    return darkest(pdf, left + 4, 842 - top + 4, right - left - 8, top - bottom - 8);
  };
  const empty = fillForm(form, new Map());
  t.ok((await look(filled, 'member')) < 80, 'the check box is ticked');
  t.ok((await look(empty, 'member')) > 200, 'and is not without a value');
  t.ok((await look(filled, 'season', 1)) < 80);
  t.ok((await look(filled, 'season', 0)) > 200);
});

t.test('a check box that looks ticked in either state shows what was chosen', async (t) => {
  if (!tool(t, 'pdftoppm')) return;
  const pdf = await makeForm((document) => {
    const [widget] = document.getForm().getCheckBox('member').acroField.getWidgets();
    const states = widget!.getAppearances()!.normal as unknown as {
      set(key: PDFName, value: unknown): void;
      get(key: PDFName): unknown;
    };
    states.set(PDFName.of('Off'), states.get(PDFName.of('Yes')));
  });
  const form = readForm(pdf);
  const [left, , right, top] = form.fields
    .find(({ name }) => name === 'member')!
    .widgets[0]!.box.map(Math.round) as [number, number, number, number];
  const filled = fillForm(form, new Map());
  t.ok((await darkest(filled, left + 4, 842 - top + 4, right - left - 8, 10)) > 200);
});

t.test('nothing that acts by itself survives', async (t) => {
  if (!tool(t, 'qpdf') || !tool(t, 'pdftotext')) return;
  const pdf = await makeForm(addActions);
  const before = await unpacked(pdf);
  const hostile = [
    /\/JavaScript/,
    /\/JS\b/,
    /\/AA\b/,
    /\/Launch/,
    /\/SubmitForm/,
    /calc\.exe/,
    /evil\.example/,
  ];
  for (const sign of hostile) t.match(before, sign, `it was there: ${String(sign)}`);
  const filled = fillForm(readForm(pdf), given);
  const after = await unpacked(filled);
  for (const sign of [...hostile, /\/OpenAction/, /\/AcroForm/, /\/Widget/]) t.notMatch(after, sign);
  t.match(await textOf(filled), 'Søren Ægir Åkjær');
  checkPdf(filled);
});

t.test('turned pages, turned fields, boxes with another origin', async (t) => {
  if (!tool(t, 'pdftotext')) return;
  const pdf = await makeForm((document) => {
    const [page, second] = document.getPages();
    page!.setRotation(degrees(90));
    second!.setMediaBox(-50, -40, 700, 900);
    const [widget] = document.getForm().getTextField('applicant.name').acroField.getWidgets();
    widget!.getOrCreateAppearanceCharacteristics().setRotation(90);
    widget!.setRectangle({ x: 300, y: 300, width: 30, height: 300 });
  });
  const form = readForm(pdf);
  t.same(findInvalidFields(form, given), []);
  const text = await textOf(fillForm(form, given));
  t.match(text, 'Søren Ægir Åkjær');
  t.match(text, 'Æbelø');
});

t.test('what does not fit is told, never cut off', async (t) => {
  const form = readForm(await makeForm());
  const misfits = (name: string, value: string) => findInvalidFields(form, new Map([[name, [value]]]));
  t.same(misfits('applicant.name', 'x'.repeat(300)), [
    { name: 'applicant.name', invalid: { kind: 'space' } },
  ]);
  t.same(misfits('notes', 'line\n'.repeat(200)), [{ name: 'notes', invalid: { kind: 'space' } }]);
  t.same(misfits('applicant.name', 'Zoë 名 👍'), [
    { name: 'applicant.name', invalid: { kind: 'characters', characters: '名👍' } },
  ]);
  t.same(misfits('applicant.name', 'a\u202eb'), [
    { name: 'applicant.name', invalid: { kind: 'characters', characters: '\u202e' } },
  ]);
  t.same(misfits('notes', 'fits '.repeat(60)), [], 'a long text becomes smaller');
  t.throws(() => fillForm(form, new Map([['applicant.name', ['x'.repeat(300)]]])), /does not fit/);
});

t.test('files that cannot be offered as a form are refused with a reason', async (t) => {
  const why = (pdf: Uint8Array): string => {
    try {
      readForm(pdf);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const broken = async (change: (document: PDFDocument) => void): Promise<string> =>
    why(await makeForm(change));
  const plain = await PDFDocument.create();
  plain.addPage();
  t.match(why(await plain.save({ useObjectStreams: false })), /has no form fields/);
  t.match(
    await broken((document) =>
      document.getForm().acroForm.dict.set(PDFName.of('XFA'), PDFString.of('<xdp/>')),
    ),
    /its form is XFA/,
  );
  const dictOf = (document: PDFDocument) => document.getForm().getTextField('reference').acroField.dict;
  const flags = (value: number) => (document: PDFDocument) =>
    dictOf(document).set(PDFName.of('Ff'), PDFNumber.of(value));
  t.match(await broken(flags(1 << 13)), /"reference" hides what is typed/);
  t.match(await broken(flags(1 << 20)), /"reference" asks for a file/);
  t.match(
    await broken((document) => dictOf(document).set(PDFName.of('T'), PDFString.of('a\u0001b'))),
    /whose name cannot be told: "a b"/,
  );
  t.match(
    await broken((document) => dictOf(document).set(PDFName.of('FT'), PDFName.of('Xx'))),
    /has no type that is known/,
  );
  t.match(
    await broken((document) => {
      const { dict } = document.getForm().getTextField('reference').acroField;
      // its own parent
      dict.set(PDFName.of('Parent'), document.getForm().getTextField('reference').ref);
    }),
    /deeper than 64 levels|form fields have a loop/,
  );
  t.match(
    await broken((document) => {
      const { context } = document;
      const value = context.obj({ Type: 'Sig', Contents: PDFString.of('x'), ByteRange: [0, 0, 0, 0] });
      const field = context.register(context.obj({ FT: 'Sig', T: PDFString.of('by'), V: value }));
      document.getForm().acroForm.addField(field);
    }),
    /it is signed already/,
  );
  t.match(
    await broken((document) => {
      const page = document.getPages()[0]!;
      for (let i = 0; i < 1001; i++) {
        const field = { Subtype: 'Widget', FT: 'Tx', T: PDFString.of(`f${i}`), Rect: [10, 10, 60, 30] };
        page.node.addAnnot(document.context.register(document.context.obj(field)));
      }
    }),
    /more than 1000 fields/,
  );
});

t.test('what cannot be seen is not part of the form', async (t) => {
  if (!tool(t, 'pdftotext')) return;
  const pdf = await makeForm((document) => {
    const form = document.getForm();
    const [hidden] = form.getTextField('reference').acroField.getWidgets();
    hidden!.dict.set(PDFName.of('F'), PDFNumber.of(2));
    const [outside] = form.getTextField('notes').acroField.getWidgets();
    outside!.setRectangle({ x: 2000, y: 2000, width: 100, height: 100 });
  });
  const form = readForm(pdf);
  const names = form.fields.map(({ name }) => name);
  t.notOk(names.includes('reference'));
  t.notOk(names.includes('notes'));
  t.notMatch(await textOf(fillForm(form, given)), '2026-0042');
});
