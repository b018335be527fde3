/**
 * Reads the signatures and document time-stamps of a PDF, of any maker: what each says and covers, whether it holds, what
 * came behind it, and which validation data the file carries. Facts only; whom to trust is decided elsewhere.
 */
import { createHash } from 'node:crypto';
import { isSeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { verifyCms, type VerifiedCms } from '../cades/sign.ts';
import { changesBetween } from '../pdf/changes/changes.ts';
import { PdfDocument } from '../pdf/document.ts';
import { signatureFields } from '../pdf/form.ts';
import { PdfString, nameOf } from '../pdf/objects.ts';
import { permissionsOf } from '../pdf/changes/permissions.ts';
import { readDateString, readTextString } from '../pdf/text-string.ts';
import { verifyTimeStampToken, type TimeStamp } from '@segl/pki/tsp/timestamp';
import { checkCertificates } from './carried-certificates.ts';
import { contentsOf } from './contents.ts';
import { readDss, vriKey, type ReadDss } from './dss.ts';
import { placeOf, type Place, type SignedField } from './place.ts';

export interface PadesSignature {
  readonly fieldName: string;
  readonly kind: 'signature' | 'document-time-stamp';
  readonly subFilter: string;
  /** Length of the revision that it covers, in bytes from the start of the file. Absent when that cannot be told. */
  readonly revisionLength?: number;
  /** Nothing follows it. */
  readonly coversFile: boolean;
  /** What later revisions changed, beyond validation data, signatures and time-stamps. */
  readonly changes: readonly Problem[];
  /** Claimed time (/M). */
  readonly signingTime?: Date;
  readonly signerName?: string;
  readonly reason?: string;
  /** Its key in /VRI. */
  readonly vri?: string;
  /** What the verified CMS of a signature says; absent where there is a `problem`, or a form that is not known here. */
  readonly cms?: VerifiedCms;
  /** The same of a document time-stamp. */
  readonly stamp?: TimeStamp;
  /** Why it does not hold. */
  readonly problem?: Problem;
  /** DER of the CMS, and digests of what it is over; absent when its place cannot be told. */
  readonly signed?: {
    readonly contents: Uint8Array;
    readonly digest: (hash: string) => Uint8Array;
  };
}

export interface ReadPades {
  /** In the order in which they were made; those whose place cannot be told come first. */
  readonly signatures: readonly PadesSignature[];
  readonly dss: ReadDss;
}

/** Each is compared with all that came behind it. */
export const MAX_SIGNATURES = 50;

/** Throws PDF_INVALID and PDF_ENCRYPTED when the file cannot be read at all, or has more than MAX_SIGNATURES. */
export function readPades(pdf: Uint8Array): ReadPades {
  const document = PdfDocument.open(pdf);
  const lost: PadesSignature[] = [];
  const placed: { readonly end: number; readonly read: PadesSignature }[] = [];
  const signed = signatureFields(document).filter(
    (field): field is SignedField => field.signature !== undefined,
  );
  if (signed.length > MAX_SIGNATURES) {
    throw adesProblems.error('PDF_INVALID', {
      why: adesProblems.of('pdf/too-many-signatures', { limit: MAX_SIGNATURES }),
    });
  }
  for (const field of signed) {
    const place = attempt(() => placeOf(document, field));
    const description = describe(document, field);
    if ('problem' in place) lost.push({ ...description, coversFile: false, changes: [], ...place });
    else placed.push({ end: place.result.end, read: readPlaced(document, description, place.result) });
  }
  placed.sort((a, b) => a.end - b.end);
  return { signatures: [...lost, ...placed.map(({ read }) => read)], dss: readDss(document) };
}

type Description = Omit<PadesSignature, 'coversFile' | 'changes'>;

function readPlaced(document: PdfDocument, description: Description, place: Place): PadesSignature {
  const { bytes } = document;
  const { revision } = place;
  const told = {
    ...description,
    revisionLength: place.end,
    coversFile: revision === undefined,
    changes: revision ? changesSince(revision, document, description.fieldName) : [],
    vri: vriKey(place.contents),
  };
  const contents = attempt(() => contentsOf(place.contents));
  if ('problem' in contents) return { ...told, ...contents };
  const signed = { contents: contents.result, digest: digestOver(bytes, place) };
  const verified = attempt(() => verifyContents(description.subFilter, signed));
  return 'problem' in verified ? { ...told, signed, ...verified } : { ...told, signed, ...verified.result };
}

/** What came behind the revision that the signature ends, as far as it does not permit that. */
function changesSince(revision: PdfDocument, document: PdfDocument, fieldName: string): readonly Problem[] {
  const field = signatureFields(revision).find(({ name }) => name === fieldName);
  return changesBetween(revision, document, field && permissionsOf(revision, field));
}

/** What `work` finds, or why the signature that it is about does not hold. */
function attempt<T>(work: () => T): { readonly result: T } | { readonly problem: Problem } {
  try {
    return { result: work() };
  } catch (error) {
    const refusals = ['PADES_INVALID', 'PDF_INVALID', 'PDF_ENCRYPTED', 'CMS_INVALID'] as const;
    if (isSeglError(error, ...refusals, 'TIMESTAMP_INVALID', 'ASN1_INVALID')) {
      return { problem: reasonOf(error) };
    }
    throw error;
  }
}

const digestOver =
  (pdf: Uint8Array, { range }: Place) =>
  (hash: string): Uint8Array =>
    createHash(hash)
      .update(pdf.subarray(0, range[1]))
      .update(pdf.subarray(range[2], range[2] + range[3]))
      .digest();

function verifyContents(
  subFilter: string,
  { contents, digest }: Required<PadesSignature>['signed'],
): Pick<PadesSignature, 'cms' | 'stamp'> {
  if (subFilter === 'ETSI.RFC3161') {
    const stamp = verifyTimeStampToken(contents, digest);
    checkCertificates(stamp.certificate, stamp.certificates, false);
    return { stamp };
  }
  if (subFilter !== 'ETSI.CAdES.detached') return {};
  const cms = verifyCms(contents, digest);
  for (const { certificate, certificates } of [cms, ...cms.timestamps]) {
    checkCertificates(certificate, certificates, false);
  }
  return { cms };
}

function describe(document: PdfDocument, { name, signature }: SignedField): Description {
  const text = (key: string): string | undefined => {
    const value = document.resolve(signature.get(key));
    return value instanceof PdfString ? readTextString(value) : undefined;
  };
  const time = document.resolve(signature.get('M'));
  const signingTime = time instanceof PdfString ? readDateString(time) : undefined;
  const signerName = text('Name');
  const reason = text('Reason');
  const subFilter = nameOf(document.resolve(signature.get('SubFilter'))) ?? '';
  return {
    fieldName: name,
    kind: subFilter === 'ETSI.RFC3161' ? 'document-time-stamp' : 'signature',
    subFilter,
    ...(signingTime && { signingTime }),
    ...(signerName !== undefined && { signerName }),
    ...(reason !== undefined && { reason }),
  };
}
