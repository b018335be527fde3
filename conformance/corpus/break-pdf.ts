/** A signed PDF with one thing changed: in its bytes, in the CMS inside, or by an update behind it. */
import type { PdfRef } from '@segl/ades/pdf/objects';
import { PdfName, PdfString, type PdfValue } from '@segl/ades/pdf/objects';
import { readSignedData } from '@segl/pki/cms/cms-signed-data';
import { readPades } from '@segl/ades/pades/read';
import { edited } from '../attacks/attack.ts';
import { evilStream } from '../attacks/pdf-forgery.ts';
import { updated, type Change } from '../attacks/pdf-source.ts';
import type { CmsPair } from './break-cms.ts';

/** DER of the first signature of a PDF. */
export function cmsOf(pdf: Uint8Array): Uint8Array {
  const found = readPades(pdf).signatures.find(({ kind, signed }) => kind === 'signature' && signed);
  if (!found?.signed) throw new Error('there is no signature');
  return found.signed.contents;
}

/** The PDF with another CMS in the room of the first one. */
export function withCms(pdf: Uint8Array, other: Uint8Array, change: CmsFault): Buffer {
  const [own, taken] = [cmsOf(pdf), cmsOf(other)];
  const changed = change(own, { own: readSignedData(own), other: readSignedData(taken) });
  const file = Buffer.from(pdf);
  const start = file.toString('latin1').toLowerCase().indexOf(Buffer.from(own).toString('hex'));
  const end = file.indexOf('>', start);
  const hex = Buffer.from(changed).toString('hex');
  if (start < 0 || hex.length > end - start) throw new Error('there is no room for it');
  file.write(hex.padEnd(end - start, '0'), start, 'latin1');
  return file;
}

type CmsFault = (der: Uint8Array, pair: CmsPair) => Uint8Array;

const inText =
  (change: (text: string) => string) =>
  (pdf: Uint8Array): Buffer =>
    Buffer.from(change(Buffer.from(pdf).toString('latin1')), 'latin1');

const update =
  (change: Change) =>
  (pdf: Uint8Array): Buffer =>
    updated(pdf, change);

const firstPage: (document: Parameters<Change>[1]) => PdfRef = (document) => [...document.pages()][0]!.ref;

const note = (): PdfValue =>
  new Map<string, PdfValue>([
    ['Type', new PdfName('Annot')],
    ['Subtype', new PdfName('Square')],
    ['Rect', [10, 10, 200, 200]],
    ['F', 4],
  ]);

export const pdfFaults: Readonly<Record<string, (pdf: Uint8Array) => Buffer>> = {
  'a signed byte changed': inText((text) => edited(text, /^%PDF-1\.\d/, '%PDF-1.1')),
  'a byte range that ends too early': inText((text) => {
    const [, head, length] = /(\/ByteRange\s*\[\s*0 \d+ \d+ )(\d+)/.exec(text)!;
    return edited(text, `${head}${length}`, `${head}${String(Number(length) - 1).padEnd(length!.length)}`);
  }),
  'the end cut off': inText((text) => text.slice(0, -100)),
  'a comment behind the end': inText((text) => `${text}\n% nothing\n`),
  'another content of a page': update((change, document) => {
    change.editDict(firstPage(document)).set('Contents', change.add(evilStream()));
  }),
  'another size of a page': update((change, document) => {
    change.editDict(firstPage(document)).set('MediaBox', [0, 0, 100, 100]);
  }),
  'an annotation behind it': update((change, document) => {
    change.arrayIn(change.editDict(firstPage(document)), 'Annots').push(change.add(note()));
  }),
  'a script behind it': update((change, document) => {
    const action = new Map<string, PdfValue>([
      ['S', new PdfName('JavaScript')],
      ['JS', new PdfString(Buffer.from('app.alert(1)'))],
    ]);
    change.editDict(document.catalog.ref).set('OpenAction', action);
  }),
  'metadata behind it': update((change, document) => {
    change.editDict(document.catalog.ref).set('Metadata', change.add(evilStream('<x/>')));
  }),
};

/** For files with validation data. */
export const longTermFaults: typeof pdfFaults = {
  'its validation data taken out by an update': update((change, document) => {
    change.editDict(document.catalog.ref).delete('DSS');
  }),
};
