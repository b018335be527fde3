/** The genuine PDFs that attacks are made from, and the hands that attackers have. */
import { createHash } from 'node:crypto';
import { signCades } from '@segl/ades/cades/sign';
import { appendSigned } from '@segl/ades/pades/gap';
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { raisePades, type PadesLevel } from '@segl/ades/pades/levels';
import { addSignature } from '@segl/ades/pades/sign';
import { PdfDocument } from '@segl/ades/pdf/document';
import type { PdfVerbatim } from '@segl/ades/pdf/objects';
import { PdfName, PdfString, type PdfDict, type PdfValue } from '@segl/ades/pdf/objects';
import { dateString } from '@segl/ades/pdf/text-string';
import { IncrementalUpdate } from '@segl/ades/pdf/update';
import { writePdf } from '../../test/support/pdf/pdf.ts';
import type { World } from '../world.ts';

const stream = (content: string, entries = ''): string =>
  `<<${entries} /Length ${content.length}>>\nstream\n${content}\nendstream`;

/** Numbers of the objects that attacks are about. */
export const At = {
  catalog: 1,
  pages: 2,
  page: 3,
  content: 4,
  font: 5,
  overlay: 6,
  hiddenPages: 7,
  textField: 9,
  appearance: 10,
  emptySignature: 11,
  contentList: 12,
  /** Named by the page, and not there. */
  missing: 13,
} as const;

/**
 * A contract with all that an attacker may have prepared before it was signed: an overlay, a second page tree, a form field
 * with a value, an empty signature field, content in a list, and a name for content that is not there.
 */
const contract: Readonly<Record<number, string>> = {
  1: '<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [9 0 R 11 0 R] /DR <</Font <</F1 5 0 R>>>>>>>>',
  2: '<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 300 300]>>',
  3: '<</Type /Page /Parent 2 0 R /Contents 12 0 R /Resources <</Font <</F1 5 0 R>> /XObject <</O 6 0 R>>>> /Annots [9 0 R 11 0 R]>>',
  4: stream('BT /F1 20 Tf 20 200 Td (Pay 100) Tj ET'),
  5: '<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>',
  6: stream('1 g 0 0 300 300 re f', '/Type /XObject /Subtype /Form /BBox [0 0 300 300]'),
  7: '<</Type /Pages /Kids [8 0 R] /Count 1 /MediaBox [0 0 300 300]>>',
  8: '<</Type /Page /Parent 7 0 R /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>',
  9: '<</Type /Annot /Subtype /Widget /FT /Tx /T (amount) /V (100) /Rect [20 20 120 40] /AP <</N 10 0 R>>>>',
  10: stream('(100) Tj', '/Type /XObject /Subtype /Form /BBox [0 0 100 20]'),
  11: '<</Type /Annot /Subtype /Widget /FT /Sig /T (approval) /Rect [20 50 280 280]>>',
  12: '[4 0 R 13 0 R]',
};

export type Change = (update: IncrementalUpdate, document: PdfDocument) => void;

export class PdfSource {
  readonly #world: World;
  readonly key;

  constructor(world: World) {
    this.#world = world;
    this.key = world.signer('P-256', 'Seal');
  }

  /** The contract, sealed. */
  async sealed(level: PadesLevel): Promise<Buffer> {
    const file = IncrementalFile.of(writePdf(contract));
    await addSignature(file, {
      attachments: [],
      key: this.key,
      signerName: 'Segl',
      signingTime: this.#world.clock.now(),
      ...(level !== 'B' && { timestamper: this.#world.services.timestamp }),
    });
    if (level === 'LT' || level === 'LTA') await raisePades(file, level, this.#world.services);
    return Buffer.from(file.bytes);
  }

  /** Raised to B-LTA by whoever holds the file: any time-stamp authority stamps what it is given. */
  async stamped(pdf: Uint8Array): Promise<Buffer> {
    const file = IncrementalFile.of(pdf);
    await raisePades(file, 'LTA', this.#world.services);
    return Buffer.from(file.bytes);
  }

  /**
   * The contract, or `pdf`, with a certification signature: nothing, forms (2), or forms and annotations (3) may follow.
   * `lock`: parameters of FieldMDP, the fields that may not be filled in then.
   */
  async certified(
    permission: 1 | 2 | 3,
    { lock, pdf = writePdf(contract) }: { readonly lock?: PdfDict; readonly pdf?: Uint8Array } = {},
  ): Promise<Buffer> {
    const file = IncrementalFile.of(pdf);
    const document = PdfDocument.open(file.bytes);
    const write = (contents: PdfVerbatim, byteRange: PdfVerbatim) => {
      const update = new IncrementalUpdate(document);
      const catalog = update.editDict(document.catalog.ref);
      const parameters = new Map<string, PdfValue>([
        ['Type', new PdfName('TransformParams')],
        ['P', permission],
        ['V', new PdfName('1.2')],
      ]);
      const reference = new Map<string, PdfValue>([
        ['Type', new PdfName('SigRef')],
        ['TransformMethod', new PdfName('DocMDP')],
        ['TransformParams', parameters],
      ]);
      const signature = update.add(
        new Map<string, PdfValue>([
          ['Type', new PdfName('Sig')],
          ['Filter', new PdfName('Adobe.PPKLite')],
          ['SubFilter', new PdfName('ETSI.CAdES.detached')],
          ['ByteRange', byteRange],
          ['Contents', contents],
          ['M', dateString(this.#world.clock.now())],
          ['Reference', [reference, ...(lock ? [fieldLock(lock)] : [])]],
        ]),
      );
      catalog.set('Perms', new Map([['DocMDP', signature]]));
      addField(update, catalog, signatureField('certification', [0, 0, 0, 0], signature));
      update.dictIn(catalog, 'AcroForm').set('SigFlags', 3);
      return update.finish(Buffer.alloc(16, 1));
    };
    await appendSigned(file, write, 16_384, (digestBy) =>
      signCades({ digest: digestBy('sha256'), key: this.key, timestamper: this.#world.services.timestamp }),
    );
    return Buffer.from(file.bytes);
  }
}

const fieldLock = (parameters: PdfDict): PdfDict =>
  new Map<string, PdfValue>([
    ['Type', new PdfName('SigRef')],
    ['TransformMethod', new PdfName('FieldMDP')],
    ['TransformParams', new Map([...parameters, ['V', new PdfName('1.2')]])],
  ]);

export const text = (value: string): PdfString => new PdfString(Buffer.from(value));

export function signatureField(name: string, rect: readonly number[], value?: PdfValue): PdfDict {
  return new Map<string, PdfValue>([
    ['Type', new PdfName('Annot')],
    ['Subtype', new PdfName('Widget')],
    ['FT', new PdfName('Sig')],
    ['T', text(name)],
    ['Rect', [...rect]],
    ...(value === undefined ? [] : ([['V', value]] as const)),
  ]);
}

/** Adds a field to the form. */
export function addField(update: IncrementalUpdate, catalog: PdfDict, field: PdfDict): void {
  update.arrayIn(update.dictIn(catalog, 'AcroForm'), 'Fields').push(update.add(field));
}

/** The file with an incremental update behind it. */
export function updated(pdf: Uint8Array, change: Change): Buffer {
  const document = PdfDocument.open(pdf);
  const update = new IncrementalUpdate(document);
  change(update, document);
  const id = createHash('sha256').update(pdf).digest().subarray(0, 16);
  return Buffer.concat([pdf, update.finish(id).bytes]);
}

/** The file with nothing behind it but a cross-reference: these numbers now lead to these offsets; 0: they are free. */
export function redirected(pdf: Buffer, offsets: Readonly<Record<number, number>>): Buffer {
  const document = PdfDocument.open(pdf);
  const rows = Object.entries(offsets).map(([number, offset]) => {
    const row = `${String(offset).padStart(10, '0')} ${offset === 0 ? '00001 f' : '00000 n'} \n`;
    return `${number} 1\n${row}`;
  });
  const { size, offset } = document.xref;
  const trailer = `trailer\n<</Size ${size} /Root 1 0 R /Prev ${offset}>>\nstartxref\n${pdf.length}\n%%EOF\n`;
  return Buffer.concat([pdf, Buffer.from(`xref\n${rows.join('')}${trailer}`, 'latin1')]);
}
