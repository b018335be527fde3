/**
 * Verifies the signatures of a PDF: that each covers its whole revision, that the last one covers the file, and that
 * digest, CMS and time-stamps hold. The last one decides about the file; what is wrong with earlier ones is reported.
 * Whether their certificates are trusted is decided elsewhere.
 */
import { X509Certificate, createHash } from 'node:crypto';
import { SeglError, isSeglError } from '../../errors.ts';
import { verifyCms } from '../cms.ts';
import type { VerifiedCms } from '../cms.ts';
import * as attachments from '../pdf/attachments.ts';
import type { FoundAttachment } from '../pdf/attachments.ts';
import { PdfDocument } from '../pdf/document.ts';
import { signatureFields } from '../pdf/form.ts';
import type { SignatureField } from '../pdf/form.ts';
import { latin1 } from '../pdf/lexer.ts';
import { PdfString, nameOf } from '../pdf/objects.ts';
import { contentsOf } from './contents.ts';
import { readDateString, readTextString } from '../pdf/text-string.ts';

export interface PadesSignature {
  readonly fieldName: string;
  readonly subFilter: string;
  /** Length of the revision that it covers, in bytes from the start of the file. Absent when that cannot be told. */
  readonly revisionLength?: number;
  /** True for the last signature: nothing follows it. */
  readonly coversFile: boolean;
  /** Claimed time (/M). */
  readonly signingTime?: Date;
  readonly signerName?: string;
  readonly reason?: string;
  /** What the verified CMS says. Absent for earlier signatures with a `problem`, or of a form that we do not know. */
  readonly cms?: VerifiedCms;
  /** Earlier signatures only: why it could not be verified. */
  readonly problem?: string;
}

/** The form that we write and verify. */
const SUB_FILTER = 'ETSI.CAdES.detached';

const invalid = (why: string): SeglError => new SeglError('PADES_INVALID', { why });

/**
 * All signatures, in the order in which they were made; those whose place cannot be told come first. The last one must
 * hold, be ours in form (it carries its certificates up to the root) and cover the file, and with it everything before:
 * an earlier one that does not hold was like that when the file was sealed, so it is told as its `problem`.
 * Throws PADES_INVALID {why} when there is no signature or the last one does not hold; PDF_INVALID and PDF_ENCRYPTED
 * when the file cannot be read.
 */
export function verifyPades(pdf: Uint8Array): PadesSignature[] {
  const document = PdfDocument.open(pdf);
  const fields = signatureFields(document).flatMap(({ name, signature }) =>
    signature ? [{ name, signature }] : [],
  );
  if (fields.length === 0) throw invalid('the file carries no signature');
  const lost: { field: SignedField; problem: string }[] = [];
  const placed: { field: SignedField; place: Place }[] = [];
  for (const field of fields) {
    const place = attempt(() => placeOf(document, field));
    if ('problem' in place) lost.push({ field, problem: place.problem });
    else placed.push({ field, place: place.result });
  }
  placed.sort((a, b) => a.place.end - b.place.end);
  const last = placed.pop();
  if (!last || last.place.end !== pdf.length) {
    throw invalid(lost.at(-1)?.problem ?? 'something was appended after the last signature');
  }
  if (placed.at(-1)?.place.end === pdf.length) throw invalid('two signatures cover the same bytes');
  return [
    ...lost.map(({ field, problem }) => ({ ...describe(document, field), coversFile: false, problem })),
    ...placed.map(({ field, place }) => verifyEarlier(document, field, place)),
    verifyLast(document, last.field, last.place),
  ];
}

type SignedField = Required<SignatureField>;

function verifyLast(document: PdfDocument, field: SignedField, place: Place): PadesSignature {
  const description = describe(document, field);
  const { subFilter } = description;
  if (subFilter !== SUB_FILTER) throw invalid(`the last signature has the form "${subFilter}"`);
  const cms = verifyContents(document.bytes, place, true);
  return { ...description, revisionLength: place.end, coversFile: true, cms };
}

function verifyEarlier(document: PdfDocument, field: SignedField, place: Place): PadesSignature {
  const description = describe(document, field);
  const told = { ...description, revisionLength: place.end, coversFile: false };
  if (description.subFilter !== SUB_FILTER) return told;
  const verified = attempt(() => verifyContents(document.bytes, place, false));
  return 'problem' in verified ? { ...told, ...verified } : { ...told, cms: verified.result };
}

/** What `work` finds, or why the signature that it is about does not hold. */
function attempt<T>(work: () => T): { readonly result: T } | { readonly problem: string } {
  try {
    return { result: work() };
  } catch (error) {
    if (isSeglError(error, 'PADES_INVALID', 'PDF_INVALID', 'PDF_ENCRYPTED')) {
      return { problem: String(error.params['why'] ?? error.text) };
    }
    throw error;
  }
}

/** The attachments of a PDF; size and checksum hold where they are given. Throws PDF_INVALID, PDF_ENCRYPTED. */
export const readAttachments = (pdf: Uint8Array): FoundAttachment[] =>
  attachments.readAttachments(PdfDocument.open(pdf));

type ByteRange = readonly [number, number, number, number];

interface Place {
  readonly range: ByteRange;
  readonly end: number;
  readonly contents: PdfString;
}

/** Checks that /ByteRange leaves out /Contents of this very dictionary and nothing else, and ends with a revision. */
function placeOf(document: PdfDocument, field: SignedField): Place {
  const { bytes } = document;
  const range = document.array(field.signature.get('ByteRange'), '/ByteRange');
  if (range.length !== 4 || !range.every((item) => typeof item === 'number' && Number.isSafeInteger(item))) {
    throw invalid('its byte range is not four numbers');
  }
  const [start, length, next, rest] = range as unknown as ByteRange;
  const end = next + rest;
  if (start !== 0) throw invalid('its byte range does not start at the first byte');
  if (length <= 0 || next <= length || rest <= 0 || end > bytes.length) {
    throw invalid('its byte range does not fit the file');
  }
  const contents = field.signature.get('Contents');
  if (!(contents instanceof PdfString) || !contents.hex)
    throw invalid('its contents are not a hexadecimal string');
  // only a string that was read from the file itself has its place there: not one out of an object stream
  if (
    contents.start !== length ||
    contents.end !== next ||
    bytes[length] !== 0x3c ||
    bytes[next - 1] !== 0x3e
  ) {
    throw invalid('its byte range leaves out something else than its contents');
  }
  if (!/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(latin1(bytes, length + 1, next - 1))) {
    throw invalid('its contents are not written in plain hexadecimal digits');
  }
  if (!/%%EOF[\r\n ]{0,2}$/.test(latin1(bytes, Math.max(0, end - 16), end))) {
    throw invalid('its byte range does not end with a revision of the file');
  }
  if (end < bytes.length) checkRevision(document, field, end);
  return { range: [start, length, next, rest], end, contents };
}

/** What the signer signed must have been a sound file with this very signature in it. */
function checkRevision(document: PdfDocument, field: SignedField, end: number): void {
  const revision = PdfDocument.open(document.bytes.subarray(0, end));
  const found = signatureFields(revision)
    .find(({ name }) => name === field.name)
    ?.signature?.get('Contents');
  const contents = field.signature.get('Contents');
  if (!(found instanceof PdfString) || !(contents instanceof PdfString) || found.start !== contents.start) {
    throw invalid('a later revision moved it to another place');
  }
}

function verifyContents(pdf: Uint8Array, { range, contents }: Place, complete: boolean): VerifiedCms {
  const digest = createHash('sha256')
    .update(pdf.subarray(0, range[1]))
    .update(pdf.subarray(range[2], range[2] + range[3]))
    .digest();
  try {
    const cms = verifyCms(contentsOf(contents), digest);
    checkCertificates(cms.certificate, cms.certificates, complete);
    for (const { certificate, certificates } of cms.timestamps)
      checkCertificates(certificate, certificates, false);
    return cms;
  } catch (error) {
    if (isSeglError(error, 'CMS_INVALID', 'TIMESTAMP_INVALID', 'ASN1_INVALID')) {
      throw invalid(String(error.params['why'] ?? error.text));
    }
    throw error;
  }
}

/**
 * Certificates travel outside what is signed, so a damaged one must show: each whose issuer is here was signed by
 * it, and each but the signer's has issued another. `complete`: the issuer of every one is here, up to a root.
 */
function checkCertificates(signer: Uint8Array, ders: readonly Uint8Array[], complete: boolean): void {
  let certificates: X509Certificate[];
  try {
    certificates = ders.map((der) => new X509Certificate(der));
  } catch {
    throw invalid('one of its certificates cannot be read');
  }
  const needed = new Set<X509Certificate>();
  for (const [index, certificate] of certificates.entries()) {
    if (Buffer.from(signer).equals(ders[index] ?? new Uint8Array())) needed.add(certificate);
    const issuers = certificates.filter(({ subject }) => subject === certificate.issuer);
    const signedBy = issuers.filter((issuer) => isSignedBy(certificate, issuer));
    if (issuers.length > 0 && signedBy.length === 0) throw invalid('one of its certificates is damaged');
    if (complete && signedBy.length === 0) throw invalid('its certificates do not lead to a root');
    for (const issuer of signedBy)
      if (issuer !== certificate || certificates.length === 1) needed.add(issuer);
  }
  if (needed.size !== certificates.length) throw invalid('one of its certificates belongs to no other');
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // a key of another kind, or none that can be read
    return false;
  }
}

function describe(
  document: PdfDocument,
  { name, signature }: SignedField,
): Omit<PadesSignature, 'coversFile'> {
  const text = (key: string): string | undefined => {
    const value = document.resolve(signature.get(key));
    return value instanceof PdfString ? readTextString(value) : undefined;
  };
  const time = document.resolve(signature.get('M'));
  const signingTime = time instanceof PdfString ? readDateString(time) : undefined;
  const signerName = text('Name');
  const reason = text('Reason');
  return {
    fieldName: name,
    subFilter: nameOf(document.resolve(signature.get('SubFilter'))) ?? '',
    ...(signingTime && { signingTime }),
    ...(signerName !== undefined && { signerName }),
    ...(reason !== undefined && { reason }),
  };
}
