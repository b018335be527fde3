/**
 * Verifies a PDF that we sealed: the seal is the last signature, nothing but validation data and document time-stamps came
 * behind it, and everything holds. Whether certificates are trusted is decided elsewhere.
 */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import * as attachments from '../pdf/attachments.ts';
import type { FoundAttachment } from '../pdf/attachments.ts';
import { PdfDocument } from '../pdf/document.ts';
import { signatureFields } from '../pdf/form.ts';
import type { VerifiedCms } from '../cades/sign.ts';
import type { TimeStamp } from '@segl/pki/tsp/timestamp';
import type { ReadDss } from './dss.ts';
import type { PadesLevel } from './levels.ts';
import { checkCertificates } from './carried-certificates.ts';
import { readPades, type PadesSignature } from './read.ts';

export type { PadesSignature };

export interface VerifiedPades {
  /** In the order in which they were made; those whose place cannot be told come first. */
  readonly signatures: readonly PadesSignature[];
  readonly seal: VerifiedCms;
  /** Document time-stamps behind the seal, oldest first. */
  readonly documentStamps: readonly TimeStamp[];
  readonly dss: ReadDss;
  readonly level: PadesLevel;
}

/** The form that we write and verify. */
const SUB_FILTER = 'ETSI.CAdES.detached';

const invalid = (why: Problem): SeglError => adesProblems.error('PADES_INVALID', { why });

/**
 * The seal must hold, be ours in form (it carries its certificates up to the root) and cover the file but for what may
 * come behind it, and with it everything before: an earlier signature that does not hold was like that when the file was
 * sealed, so it is told as its `problem`. Throws PADES_INVALID {why} when there is no signature or something does not
 * hold; PDF_INVALID and PDF_ENCRYPTED when the file cannot be read.
 */
export function verifyPades(pdf: Uint8Array): VerifiedPades {
  const { signatures, dss } = readPades(pdf);
  if (signatures.length === 0) throw invalid(adesProblems.of('pades/no-signature'));
  const at = signatures.findLastIndex(({ kind, revisionLength }) => kind === 'signature' && revisionLength);
  const sealed = signatures[at];
  if (!sealed) throw invalid(signatures.at(-1)?.problem ?? adesProblems.of('pades/no-signature'));
  const behind = signatures.slice(at + 1);
  for (const { problem } of [sealed, ...behind]) if (problem !== undefined) throw invalid(problem);
  if (!sealed.cms) throw invalid(adesProblems.of('pades/other-form', { form: sealed.subFilter }));
  const hasData = dss.ocsps.length + dss.crls.length > 0;
  if (!signatures.at(-1)!.coversFile && !(hasData && behind.length === 0)) {
    throw invalid(adesProblems.of('pades/appended'));
  }
  const [change] = sealed.changes;
  if (change !== undefined) throw invalid(adesProblems.of('pades/changed', { change }));
  // a time-stamp that cannot be recognized any more must not turn the file into one that never had it
  const stamped = new Set(behind.map(({ fieldName }) => fieldName));
  if (fieldsBehind(pdf, sealed.revisionLength!).some((name) => !stamped.has(name))) {
    throw invalid(adesProblems.of('pades/field-without-stamp'));
  }
  const ends = signatures.map(({ revisionLength }) => revisionLength);
  if (ends.some((end, index) => end !== undefined && ends.indexOf(end) !== index)) {
    throw invalid(adesProblems.of('pades/same-bytes'));
  }
  const lost = signatures.filter(({ revisionLength }) => revisionLength === undefined);
  if (lost.length > 0) requireSignedBefore(lost, pdf.subarray(0, sealed.revisionLength));
  if (sealed.subFilter !== SUB_FILTER)
    throw invalid(adesProblems.of('pades/other-form', { form: sealed.subFilter }));
  checkCertificates(sealed.cms.certificate, sealed.cms.certificates, true);
  return {
    signatures,
    seal: sealed.cms,
    documentStamps: behind.flatMap(({ stamp }) => stamp ?? []),
    dss,
    level: behind.length > 0 ? 'LTA' : hasData ? 'LT' : sealed.cms.timestamps.length > 0 ? 'T' : 'B',
  };
}

/** Names of the signature fields that the file has beyond those of its revision of that length. */
function fieldsBehind(pdf: Uint8Array, length: number): string[] {
  if (length === pdf.length) return [];
  const names = (bytes: Uint8Array): string[] =>
    signatureFields(PdfDocument.open(bytes)).map(({ name }) => name);
  const before = names(pdf.subarray(0, length));
  return names(pdf).filter((name) => !before.includes(name));
}

/** Signatures whose place cannot be told must have been in the sealed revision: a later one could show what it likes. */
function requireSignedBefore(lost: readonly PadesSignature[], revision: Uint8Array): void {
  const fields = signatureFields(PdfDocument.open(revision)).filter(({ signature }) => signature);
  const names = new Set(fields.map(({ name }) => name));
  if (!lost.every(({ fieldName }) => names.has(fieldName)))
    throw invalid(adesProblems.of('pades/unplaced-added'));
}

/** The attachments of a PDF; size and checksum hold where they are given. Throws PDF_INVALID, PDF_ENCRYPTED. */
export const readAttachments = (pdf: Uint8Array): FoundAttachment[] =>
  attachments.readAttachments(PdfDocument.open(pdf));
