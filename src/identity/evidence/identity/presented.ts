/**
 * What a provider that shows what is signed is given to show: the document itself where there is one of a type that it takes, or
 * else a text that names every document with its digest. It follows from the commitment alone.
 */
import { createHash } from 'node:crypto';
import { shortCode, type Commitment, type CommittedDocument } from './commitment.ts';

export type PresentedType = 'pdf' | 'text';

export interface Presented {
  readonly type: PresentedType;
  /** Of what is shown. */
  readonly sha256: Uint8Array;
  /** Absent: the one document of the commitment. */
  readonly text?: Buffer;
}

const TYPES: Readonly<Record<string, PresentedType>> = { 'application/pdf': 'pdf', 'text/plain': 'text' };

export function presentedOf(commitment: Commitment): Presented {
  const { documents } = commitment;
  const [document, ...more] = documents;
  const type = document && more.length === 0 ? TYPES[document.mediaType] : undefined;
  if (document && type !== undefined) return { type, sha256: Buffer.from(document.sha256, 'hex') };
  const text = Buffer.from(listing(commitment), 'utf8');
  return { type: 'text', sha256: createHash('sha256').update(text).digest(), text };
}

const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();

const line = ({ title, mediaType, size, sha256 }: CommittedDocument, index: number): string =>
  [
    `${String(index + 1)}. ${plain(title)}`,
    `${plain(mediaType)}, ${String(size)} bytes`,
    `SHA-256 ${sha256}`,
  ].join('\n');

/** Lines end in LF; the last is the short code. */
const listing = (commitment: Commitment): string =>
  [plain(commitment.consent.text), ...commitment.documents.map(line), shortCode(commitment)].join('\n\n');
