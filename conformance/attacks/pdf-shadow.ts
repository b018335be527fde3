/**
 * Shadow attacks (Mainka, Mladenov, Rohlmann, NDSS 2021) and attacks on certification (the same, S&P 2021): the document was
 * prepared before it was sealed, and an update behind the seal brings out what it hid. Each also with a time-stamp of a
 * trusted authority behind the update, as whoever holds the file can have it made.
 */
import { PdfDocument } from '@segl/ades/pdf/document';
import { PdfName, PdfRef, PdfStream, type PdfValue } from '@segl/ades/pdf/objects';
import type { IncrementalUpdate } from '@segl/ades/pdf/update';
import { CHANGED, type Attack } from './attack.ts';
import { evilStream } from './pdf-forgery.ts';
import { At, redirected, signatureField, text, updated, type Change, type PdfSource } from './pdf-source.ts';

const ref = (number: number): PdfRef => new PdfRef(number);

function offsetOf(pdf: Uint8Array, number: number): number {
  const entry = PdfDocument.open(pdf).xref.entries.get(number);
  return entry?.kind === 'at' ? entry.offset : 0;
}

const dss = (update: IncrementalUpdate, document: PdfDocument, value: PdfValue): void => {
  update.editDict(document.catalog.ref).set('DSS', new Map([['Certs', value]]));
};

const script: PdfValue = new Map<string, PdfValue>([
  ['S', new PdfName('JavaScript')],
  ['JS', text('app.alert(1)')],
]);

const changes: Readonly<Record<string, readonly [family: string, Change]>> = {
  'the overlay is emptied': ['hide', (update) => update.put(ref(At.overlay), evilStream(''))],
  'the overlay becomes nothing': ['hide', (update) => update.put(ref(At.overlay), null)],
  'the page leaves the overlay out': [
    'hide',
    (update) => update.editDict(ref(At.page)).set('Resources', new Map()),
  ],
  'content that was named and missing appears': [
    'hide',
    (update) => update.put(ref(At.missing), evilStream()),
  ],
  'another font': [
    'replace',
    (update) => update.editDict(ref(At.font)).set('BaseFont', new PdfName('ZapfDingbats')),
  ],
  'another appearance of a form field': [
    'replace',
    (update) => update.put(ref(At.appearance), evilStream('(999) Tj')),
  ],
  'another value of a form field': [
    'replace',
    (update) => update.editDict(ref(At.textField)).set('V', text('999')),
  ],
  'a default value of a form field': [
    'replace',
    (update) => update.editDict(ref(At.textField)).set('DV', text('999')),
  ],
  'resources of the form': [
    'replace',
    (update, document) =>
      update.dictIn(update.editDict(document.catalog.ref), 'AcroForm').set('DR', new Map()),
  ],
  'values that viewers are to draw anew': [
    'replace',
    (update, document) =>
      update.dictIn(update.editDict(document.catalog.ref), 'AcroForm').set('NeedAppearances', true),
  ],
  'the content, passed off as validation data': [
    'replace',
    (update, document) => {
      update.put(ref(At.content), evilStream());
      dss(update, document, [ref(At.content)]);
    },
  ],
  'the content, passed off as metadata': [
    'replace',
    (update, document) => {
      update.put(ref(At.content), evilStream());
      update.editDict(document.catalog.ref).set('Metadata', ref(At.content));
    },
  ],
  'a version that nobody knows': [
    'replace',
    (update, document) => update.editDict(document.catalog.ref).set('Version', new PdfName('9.9')),
  ],
  'the list of contents, passed off as validation data': [
    'replace',
    (update, document) => {
      update.put(ref(At.contentList), [update.add(evilStream())]);
      dss(update, document, ref(At.contentList));
    },
  ],
  'the content, behind a key of the validation data that nobody knows': [
    'replace',
    (update, document) => {
      update.put(ref(At.content), evilStream());
      const data = new Map<string, PdfValue>([['Other', new Map([['Data', [ref(At.content)]]])]]);
      update.editDict(document.catalog.ref).set('DSS', data);
    },
  ],
  'an empty signature field gets a picture and a signature that is nowhere': [
    'replace',
    (update) => {
      const field = update.editDict(ref(At.emptySignature));
      field.set('AP', new Map([['N', update.add(evilStream())]]));
      field.set('V', new Map([['Type', new PdfName('Sig')]]));
    },
  ],
  'an empty signature field gets a picture and no signature': [
    'replace',
    (update) => update.editDict(ref(At.emptySignature)).set('AP', new Map([['N', update.add(evilStream())]])),
  ],
  'the page tree that was hidden': [
    'hide and replace',
    (update, document) => update.editDict(document.catalog.ref).set('Pages', ref(At.hiddenPages)),
  ],
  'the page of the hidden tree': [
    'hide and replace',
    (update) => update.editDict(ref(At.pages)).set('Kids', [ref(8)]),
  ],
};

export async function shadow(source: PdfSource): Promise<Attack[]> {
  const sealed = await source.sealed('T');
  const files: [string, string, Buffer][] = Object.entries(changes).map(([name, [family, change]]) => [
    family,
    name,
    updated(sealed, change),
  ]);
  files.push(
    ['hide', 'a cross-reference in which the overlay is free', redirected(sealed, { [At.overlay]: 0 })],
    [
      'hide and replace',
      'a cross-reference that leads to another object',
      redirected(sealed, { [At.content]: offsetOf(sealed, At.overlay) }),
    ],
    [
      'hide and replace',
      'a cross-reference that leads to an earlier catalog',
      redirected(sealed, { [At.catalog]: sealed.indexOf('1 0 obj') }),
    ],
  );
  const attacks: Attack[] = [];
  for (const [family, name, bytes] of files) {
    attacks.push({ family: `PDF, shadow: ${family}`, name, bytes, expected: [CHANGED] });
    if (/leads to|is free/.test(name)) continue;
    attacks.push({
      family: `PDF, shadow: ${family}`,
      name: `${name}; time-stamped`,
      bytes: await source.stamped(bytes),
      expected: [CHANGED],
    });
  }
  return attacks;
}

const annotation = (subtype: string, entries: Readonly<Record<string, PdfValue>> = {}): Change => {
  return (update) => {
    const note = new Map<string, PdfValue>([
      ['Type', new PdfName('Annot')],
      ['Subtype', new PdfName(subtype)],
      ['Rect', [20, 190, 280, 230]],
      ['Contents', text('Pay 9999')],
      ...Object.entries(entries),
    ]);
    update.arrayIn(update.editDict(ref(At.page)), 'Annots').push(update.add(note));
  };
};

const sneaky =
  (rect: readonly number[], more: Readonly<Record<string, PdfValue>> = {}): Change =>
  (update, document) => {
    const look = update.add(
      new PdfStream(new Map([['Subtype', new PdfName('Form')]]), Buffer.from('(Pay 9999) Tj')),
    );
    const field = signatureField('sneaky', rect);
    field.set('AP', new Map([['N', look]]));
    for (const [key, value] of Object.entries(more)) field.set(key, value);
    const place = update.add(field);
    update.arrayIn(update.editDict(ref(At.page)), 'Annots').push(place);
    update.arrayIn(update.dictIn(update.editDict(document.catalog.ref), 'AcroForm'), 'Fields').push(place);
  };

const certification: Readonly<
  Record<string, readonly [family: string, permissions: readonly (1 | 2 | 3)[], Change]>
> = {
  'text over the contract': ['evil annotation', [1, 2, 3], annotation('FreeText')],
  'a stamp': ['evil annotation', [3], annotation('Stamp', { AP: new Map() })],
  'a redaction': ['evil annotation', [3], annotation('Redact', { OverlayText: text('Pay 9999') })],
  'a link with a script': ['evil annotation', [3], annotation('Link', { A: script })],
  'a signature field with a look of its own': ['sneaky signature', [1, 2, 3], sneaky([20, 190, 280, 230])],
  'an invisible signature field with a script': [
    'sneaky signature',
    [2],
    sneaky([0, 0, 0, 0], { AA: new Map([['PO', script]]) }),
  ],
  'the empty signature field, larger': [
    'sneaky signature',
    [2, 3],
    (update) => update.editDict(ref(At.emptySignature)).set('Rect', [0, 0, 300, 300]),
  ],
  'the empty signature field, with a look and no signature': [
    'sneaky signature',
    [2],
    (update) => update.editDict(ref(At.emptySignature)).set('AP', new Map([['N', update.add(evilStream())]])),
  ],
  'a certification that is taken away': [
    'permissions',
    [1],
    (update, document) => void update.editDict(document.catalog.ref).delete('Perms'),
  ],
  'a form field that is filled': [
    'permissions',
    [1],
    (update) => update.editDict(ref(At.textField)).set('V', text('999')),
  ],
};

export async function certificationAttacks(source: PdfSource): Promise<Attack[]> {
  const attacks: Attack[] = [];
  for (const permission of [1, 2, 3] as const) {
    const certified = await source.certified(permission);
    for (const [name, [family, permissions, change]] of Object.entries(certification)) {
      if (!permissions.includes(permission)) continue;
      attacks.push({
        family: `PDF, certification: ${family}`,
        name: `${name} (DocMDP ${permission})`,
        bytes: updated(certified, change),
        expected: [CHANGED],
      });
    }
  }
  return attacks;
}
