/** Lifts the signatures of a PDF to B-LT and B-LTA, and renews the latter (ETSI EN 319 142-1 clause 6). */
import { readCms } from '../cms.ts';
import type { LongTermServices } from '../long-term.ts';
import { PdfDocument } from '../pdf/document.ts';
import { signatureFields } from '../pdf/form.ts';
import { nameOf, PdfName, PdfString, type PdfValue } from '../pdf/objects.ts';
import { IncrementalUpdate } from '../pdf/update.ts';
import { readTimeStampToken } from '../timestamp.ts';
import type { ValidationData } from '../validation-data.ts';
import { contentsOf } from './contents.ts';
import { addToDss, vriKey } from './dss.ts';
import { appendSigned, fileIdentifier } from './gap.ts';
import type { GrowingPdf } from './growing-pdf.ts';
import { addSignatureField, freeFieldName } from './sign.ts';

/** B-B, B-T, B-LT, B-LTA. */
export type PadesLevel = 'B' | 'T' | 'LT' | 'LTA';

/** A time-stamp token with its chain takes 4 to 7 kB. */
const RESERVE = 12 << 10;

const NONE: ValidationData = { certificates: [], ocsps: [], crls: [] };

const merge = (all: readonly ValidationData[]): ValidationData => ({
  certificates: all.flatMap(({ certificates }) => certificates),
  ocsps: all.flatMap(({ ocsps }) => ocsps),
  crls: all.flatMap(({ crls }) => crls),
});

/**
 * Adds the validation data of every signature and time-stamp to the document security store and, for LTA, a document
 * time-stamp over it all, in one update. On a file that is LTA already this renews it: the last time-stamp gets its
 * validation data, and a new one goes over that. What cannot be read (a foreign form of signature) is left as it is.
 * Throws PDF_INVALID, and what the services throw.
 */
export async function raisePades(
  file: GrowingPdf,
  level: 'LT' | 'LTA',
  services: LongTermServices,
): Promise<void> {
  const document = PdfDocument.open(file.bytes);
  const entries = await validationData(document, services);
  if (level === 'LT') {
    const update = new IncrementalUpdate(document);
    addToDss(document, update, update.editDict(document.catalog.ref), entries);
    file.append(update.finish(fileIdentifier(file, ...entries.keys())).bytes);
    return;
  }
  await appendSigned(
    file,
    (contents, byteRange) => {
      const update = new IncrementalUpdate(document);
      const catalog = update.editDict(document.catalog.ref);
      addToDss(document, update, catalog, entries);
      const stamp = update.add(
        new Map<string, PdfValue>([
          ['Type', new PdfName('DocTimeStamp')],
          ['Filter', new PdfName('Adobe.PPKLite')],
          ['SubFilter', new PdfName('ETSI.RFC3161')],
          ['ByteRange', byteRange],
          ['Contents', contents],
        ]),
      );
      const field = update.add(
        new Map<string, PdfValue>([
          ['FT', new PdfName('Sig')],
          ['T', new PdfString(Buffer.from(freeFieldName(document, 'Timestamp'), 'latin1'))],
          ['V', stamp],
        ]),
      );
      addSignatureField(document, update, catalog, field);
      return update.finish(fileIdentifier(file, ...entries.keys(), 'time-stamp'));
    },
    RESERVE,
    (digest) => services.timestamp(digest),
  );
}

/** Of each signature and document time-stamp, by its key in /VRI. */
async function validationData(
  document: PdfDocument,
  services: LongTermServices,
): Promise<Map<string, ValidationData>> {
  const entries = new Map<string, ValidationData>();
  for (const { signature } of signatureFields(document)) {
    const contents = signature?.get('Contents');
    if (!signature || !(contents instanceof PdfString)) continue;
    const form = nameOf(document.resolve(signature.get('SubFilter')));
    const der = contentsOf(contents);
    if (form === 'ETSI.RFC3161') {
      readTimeStampToken(der);
      entries.set(vriKey(contents), await services.stamp(der));
    } else if (form === 'ETSI.CAdES.detached' || form === 'adbe.pkcs7.detached') {
      const cms = readCms(der);
      const data = await services.signer(cms.certificate, cms.certificates);
      const stamps = await Promise.all(cms.timestamps.map((token) => services.stamp(token)));
      entries.set(vriKey(contents), merge([data, ...stamps]));
    }
  }
  return entries.size > 0 ? entries : new Map([['', NONE]]);
}
