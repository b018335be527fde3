/**
 * Writes a PAdES signature (ETSI EN 319 142-1) as one incremental update: signature pages, attachments, field and
 * signature together, so that the bytes of the original stay an exact prefix of the result.
 */
import { adesProblems } from '../problems.ts';
import { signCades } from '../cades/sign.ts';
import { addAttachments } from '../pdf/attachments.ts';
import type { Attachment } from '../pdf/attachments.ts';
import { PdfDocument } from '../pdf/document.ts';
import { topFieldNames } from '../pdf/form.ts';
import { PdfName, invalidPdf, wholeNumber } from '../pdf/objects.ts';
import type { PdfDict, PdfRef, PdfValue, PdfVerbatim } from '../pdf/objects.ts';
import { permittedAdditions } from '../pdf/changes/permissions.ts';
import { joinStructure } from '../pdf/structure.ts';
import { dateString, textString } from '../pdf/text-string.ts';
import { IncrementalUpdate } from '../pdf/update.ts';
import type { FinishedUpdate } from '../pdf/update.ts';
import type { SigningKey, Timestamper } from '@segl/pki/algorithms/signing-key';
import { appendSigned, fileIdentifier } from './gap.ts';
import { IncrementalFile } from './incremental-file.ts';
import type { AppendedPages } from './appended-pages.ts';

export interface PadesInput {
  readonly pdf: Uint8Array;
  /** Appended behind the last page, with the visible seal. Absent: the signature is invisible. */
  readonly page?: AppendedPages;
  readonly attachments: readonly Attachment[];
  readonly key: SigningKey;
  /** Who seals, for the /Name of the signature. */
  readonly signerName: string;
  /** Claimed time of the signature (/M). */
  readonly signingTime: Date;
  readonly reason?: string;
  readonly location?: string;
  /** Absent: level B-B instead of B-T. */
  readonly timestamper?: Timestamper;
}

/** Room for the CMS, in bytes: a signature with time-stamp and both chains takes 5 to 8 kB. */
const RESERVE = 16 << 10;

/** Field flags of ISO 32000-1, table 165: Print and Locked. */
const ANNOTATION_FLAGS = 4 | 128;
/** SignaturesExist and AppendOnly (table 219). */
const SIGNATURE_FLAGS = 1 | 2;

/**
 * Signs a PDF, level B-B or B-T. The result starts with the bytes of `input.pdf`.
 * Throws PDF_INVALID, PDF_ENCRYPTED for what cannot be signed, PDF_CERTIFIED where an earlier signature forbids what is to be
 * added, and what key and time-stamper throw.
 */
export async function signPades({ pdf, ...input }: PadesInput): Promise<Uint8Array> {
  const file = IncrementalFile.of(pdf);
  await addSignature(file, input);
  return file.bytes;
}

/** The same on a file that grows further. */
export async function addSignature(file: IncrementalFile, input: Omit<PadesInput, 'pdf'>): Promise<void> {
  const document = PdfDocument.open(file.bytes);
  const permitted = permittedAdditions(document);
  const isSeen = input.page !== undefined || input.attachments.length > 0;
  if (permitted !== 'all' && (isSeen || permitted !== 'signatures'))
    throw adesProblems.error('PDF_CERTIFIED');
  const { key, timestamper } = input;
  const { hash = 'sha256' } = key;
  await appendSigned(
    file,
    (contents, byteRange) => writeUpdate(document, file, input, contents, byteRange),
    RESERVE,
    (digestBy) => signCades({ digest: digestBy(hash), hash, key, ...(timestamper && { timestamper }) }),
  );
}

function writeUpdate(
  document: PdfDocument,
  file: IncrementalFile,
  input: Omit<PadesInput, 'pdf'>,
  contents: PdfVerbatim,
  byteRange: PdfVerbatim,
): FinishedUpdate {
  const update = new IncrementalUpdate(document);
  const catalog = update.editDict(document.catalog.ref);
  addAttachments(document, update, catalog, input.attachments);

  const signature = update.add(signatureDictionary(input, contents, byteRange));
  const field = update.reserve();
  const place = input.page
    ? placeOnNewPages(document, update, catalog, input.page, field)
    : placeInvisibly(document, update, field);
  update.put(
    field,
    new Map<string, PdfValue>([
      ['Type', new PdfName('Annot')],
      ['Subtype', new PdfName('Widget')],
      ['FT', new PdfName('Sig')],
      ['T', textString(freeFieldName(document))],
      ['V', signature],
      ['F', ANNOTATION_FLAGS],
      ...place,
    ]),
  );

  addSignatureField(document, update, catalog, field);
  return update.finish(fileIdentifier(file, input.key.certificate, input.signingTime.toISOString()));
}

/** Puts a signature field into the form, which is made if there is none. */
export function addSignatureField(
  document: PdfDocument,
  update: IncrementalUpdate,
  catalog: PdfDict,
  field: PdfRef,
): void {
  const form = update.dictIn(catalog, 'AcroForm');
  update.arrayIn(form, 'Fields').push(field);
  const flags = document.resolve(form.get('SigFlags'));
  form.set('SigFlags', (typeof flags === 'number' ? flags : 0) | SIGNATURE_FLAGS);
}

/** Only what EN 319 142-1, 6.3, has for B-B; the claimed time is /M, never a signed attribute. */
function signatureDictionary(
  input: Omit<PadesInput, 'pdf'>,
  contents: PdfVerbatim,
  byteRange: PdfVerbatim,
): PdfDict {
  const { reason, location } = input;
  return new Map<string, PdfValue>([
    ['Type', new PdfName('Sig')],
    ['Filter', new PdfName('Adobe.PPKLite')],
    ['SubFilter', new PdfName('ETSI.CAdES.detached')],
    ['ByteRange', byteRange],
    ['Contents', contents],
    ['M', dateString(input.signingTime)],
    ['Name', textString(input.signerName)],
    ...(reason === undefined ? [] : ([['Reason', textString(reason)]] as const)),
    ...(location === undefined ? [] : ([['Location', textString(location)]] as const)),
  ]);
}

type Entries = readonly (readonly [string, PdfValue])[];

/**
 * Appends the pages to the root of the page tree, and their structure where the document has one; the field's widget becomes
 * the visible seal on one of them.
 */
export function placeOnNewPages(
  document: PdfDocument,
  update: IncrementalUpdate,
  catalog: PdfDict,
  page: AppendedPages,
  field: PdfRef,
): Entries {
  const tree = document.pageTree.ref;
  const there = page.parts.into(update);
  const refs = page.pages.map(there);
  for (const [index, ref] of refs.entries()) {
    const dict = update.editDict(ref).set('Parent', tree);
    if (index === page.seal.page) dict.set('Annots', [field]);
  }
  const root = update.editDict(tree);
  update.arrayIn(root, 'Kids').push(...refs);
  root.set('Count', wholeNumber(document.resolve(root.get('Count')), '/Count') + refs.length);
  const { structure, seal } = page;
  const parent = joinStructure(document, update, catalog, { pages: refs, field, structure });
  return [
    ['P', refs[seal.page] ?? null],
    ['Rect', [...seal.rect]],
    ['TU', textString(seal.description)],
    ...(parent === undefined ? [] : ([['StructParent', parent]] as const)),
    ['AP', new Map([['N', there(page.appearance)]])],
  ];
}

function placeInvisibly(document: PdfDocument, update: IncrementalUpdate, field: PdfRef): Entries {
  const [first] = document.pages();
  if (!first) throw invalidPdf(adesProblems.of('pdf/no-pages'));
  update.arrayIn(update.editDict(first.ref), 'Annots').push(field);
  return [
    ['P', first.ref],
    ['Rect', [0, 0, 0, 0]],
  ];
}

/** `Seal1`, `Seal2`, …: names of fields must be unique in a form. */
export function freeFieldName(document: PdfDocument, stem = 'Seal'): string {
  const taken = topFieldNames(document);
  let number = 1;
  while (taken.has(`${stem}${number}`)) number++;
  return `${stem}${number}`;
}
