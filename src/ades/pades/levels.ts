/** Lifts the signatures of a PDF to B-LT and B-LTA, and renews the latter (ETSI EN 319 142-1 clause 6). */
import { isSeglError } from '@segl/problem/errors';
import { readCms } from '../cades/sign.ts';
import type { LongTermServices } from '@segl/pki/tsp/long-term-services';
import { PdfDocument } from '../pdf/document.ts';
import { signatureFields } from '../pdf/form.ts';
import { nameOf, PdfName, PdfString, type PdfValue } from '../pdf/objects.ts';
import { IncrementalUpdate } from '../pdf/update.ts';
import { latestTime } from '@segl/pki/tsp/timestamp';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import { contentsOf } from './contents.ts';
import { addToDss, vriKey } from './dss.ts';
import { appendSigned, fileIdentifier } from './gap.ts';
import type { IncrementalFile } from './incremental-file.ts';
import { addSignatureField, freeFieldName } from './sign.ts';

/** B-B, B-T, B-LT, B-LTA. */
export type PadesLevel = 'B' | 'T' | 'LT' | 'LTA';

/** A time-stamp token with its chain takes 4 to 7 kB. */
const RESERVE = 12 << 10;

/** Annotation flags Hidden, Print and Locked (ISO 32000-1, table 165). */
const HIDDEN = 2 | 4 | 128;

const DOCUMENT_STAMP = 'ETSI.RFC3161';

/**
 * Adds the validation data of every signature and time-stamp to the document security store and, for LTA, a document
 * time-stamp over it all, in one update. On a file that is LTA already this renews it: the last time-stamp gets its
 * validation data, and a new one goes over that. What cannot be read (a foreign form of signature) is left as it is.
 * Throws PDF_INVALID, and what the services throw.
 */
export async function raisePades(
  file: IncrementalFile,
  level: 'LT' | 'LTA',
  services: LongTermServices,
): Promise<void> {
  const document = PdfDocument.open(file.bytes);
  const { entries, stamps } = await validationData(document, services);
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
          ['SubFilter', new PdfName(DOCUMENT_STAMP)],
          ['ByteRange', byteRange],
          ['Contents', contents],
        ]),
      );
      const field = update.add(
        new Map<string, PdfValue>([
          ['Type', new PdfName('Annot')],
          ['Subtype', new PdfName('Widget')],
          ['Rect', [0, 0, 0, 0]],
          ['F', HIDDEN],
          ['FT', new PdfName('Sig')],
          ['T', new PdfString(Buffer.from(freeFieldName(document, 'Timestamp'), 'latin1'))],
          ['V', stamp],
        ]),
      );
      addSignatureField(document, update, catalog, field);
      return update.finish(fileIdentifier(file, ...entries.keys(), 'time-stamp'));
    },
    RESERVE,
    (digestBy) => services.timestamp(digestBy, latestTime(stamps)),
  );
}

/**
 * Of each signature and document time-stamp, by its key in /VRI. The last signature and what came after it must be vouched
 * for; those before were made by others, whom the services may not know. What a document time-stamp is over, with its
 * validation data, needs none anew (its certificates may have run out since); only the last one does. `stamps`: the tokens
 * that were vouched for, which a new time-stamp cannot be older than.
 */
async function validationData(
  document: PdfDocument,
  services: LongTermServices,
): Promise<{
  readonly entries: ReadonlyMap<string, ValidationData>;
  readonly stamps: readonly Uint8Array[];
}> {
  const signed = signatureFields(document).flatMap(({ signature }) => {
    const contents = signature?.get('Contents');
    if (!signature || !(contents instanceof PdfString)) return [];
    return [{ contents, form: nameOf(document.resolve(signature.get('SubFilter'))) }];
  });
  signed.sort((a, b) => a.contents.start - b.contents.start);
  if (document.catalog.dict.has('DSS') && signed.at(-1)?.form === DOCUMENT_STAMP) {
    signed.splice(0, signed.length - 1);
  }
  const own = signed.findLastIndex(({ form }) => form !== DOCUMENT_STAMP);
  const entries = new Map<string, ValidationData>();
  const stamps: Uint8Array[] = [];
  for (const [index, { contents, form }] of signed.entries()) {
    try {
      const known = await dataOf(contentsOf(contents), form, services);
      if (!known) continue;
      entries.set(vriKey(contents), known.data);
      stamps.push(...known.stamps);
    } catch (error) {
      if (index >= own || !isSeglError(error)) throw error;
    }
  }
  return { entries, stamps };
}

/** Undefined: of a form that is not known here. */
async function dataOf(
  der: Uint8Array,
  form: string | undefined,
  services: LongTermServices,
): Promise<{ readonly data: ValidationData; readonly stamps: readonly Uint8Array[] } | undefined> {
  if (form === DOCUMENT_STAMP) return { data: await services.stamp(der), stamps: [der] };
  if (form !== 'ETSI.CAdES.detached' && form !== 'adbe.pkcs7.detached') return undefined;
  const cms = readCms(der);
  const signer = await services.signer(cms.certificate, cms.certificates);
  const data = await Promise.all(cms.timestamps.map((token) => services.stamp(token)));
  return { data: mergeValidationData([signer, ...data]), stamps: cms.timestamps };
}
