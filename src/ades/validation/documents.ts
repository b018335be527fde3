/** Documents that can be taken out of a signed file. */
import { createHash } from 'node:crypto';
import { revisionsBefore } from '../pades/before-signing.ts';
import type { DocumentReport, DocumentRole, PackageReport } from './reports/report.ts';

export interface ExtractedDocument {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
  readonly role: DocumentRole;
  readonly within?: string;
}

/** Each content once, in the order given: packages of several signers hold the same document. */
export function distinct(documents: readonly ExtractedDocument[]): ExtractedDocument[] {
  const known = new Set<string>();
  return documents.filter(({ bytes }) => {
    const digest = sha256(bytes);
    return known.size < known.add(digest).size;
  });
}

/**
 * The PDF as it was before it was signed, where that can be told. `ends`: lengths of the signed revisions, oldest first.
 * The bytes that a package is about are the original, whoever had signed them before; else what the first signature was
 * added to.
 */
export function originalsOf(
  pdf: Uint8Array,
  ends: readonly number[],
  packages: readonly PackageReport[],
): ExtractedDocument[] {
  const [first, last] = [ends[0], ends.at(-1)];
  if (first === undefined || last === undefined) return [];
  const revisions = [...new Set([first, last])].flatMap((end) => revisionsBefore(pdf, end));
  const named = revisions.flatMap((bytes): ExtractedDocument[] => {
    const digest = sha256(bytes);
    const about = packages.find(({ documentSha256 }) => documentSha256 === digest);
    return about ? [original(bytes, about.title)] : [];
  });
  return named.length > 0 ? named : revisions.slice(0, 1).map((bytes) => original(bytes, 'before-signing'));
}

const original = (bytes: Uint8Array, title: string): ExtractedDocument => ({
  name: /\.pdf$/i.test(title) ? title : `${title}.pdf`,
  mimeType: 'application/pdf',
  bytes,
  role: 'original',
});

export const describe = ({ bytes, ...told }: ExtractedDocument): DocumentReport => ({
  ...told,
  bytes: bytes.length,
  sha256: sha256(bytes),
});

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
