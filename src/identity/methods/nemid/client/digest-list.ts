/** Lists of document digests in a property: JSON, or base64 of it, as two services wrote them. One of them is made here. */
import { createHash } from 'node:crypto';
import { nemidProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';

export interface ListedDocument {
  readonly name: string;
  readonly mimeType?: string;
  /** `hash` as node:crypto names it. At least one. */
  readonly digests: readonly { readonly hash: string; readonly value: Buffer }[];
}

/** The property in which new signatures have their list. */
export const DIGEST_LIST = 'signicat';

const PRIMARY = 'http://www.w3.org/2001/04/xmlenc#sha256';
/** No registered identifier, but the one that genuine messages have: who reads them compares it. */
const SECONDARY = 'http://www.w3.org/2000/09/xmldsig#sha384';

/** By identifier, as written; the second of SHA-384 is no registered one, but was written all the same. */
const HASHES: ReadonlyMap<string, string> = new Map([
  [PRIMARY, 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  [SECONDARY, 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
]);

const LENGTHS: Readonly<Record<string, number>> = { sha256: 32, sha384: 48, sha512: 64 };

const MAX_BYTES = 1 << 20;
const MAX_DOCUMENTS = 100;

/**
 * The list as genuine messages have it: base64 of JSON, its members in their order, two digests for each document. Clients
 * carry it as it stands, so it needs no other encoding.
 */
export function writeDigestList(
  documents: readonly { readonly title: string; readonly mimeType: string; readonly bytes: Uint8Array }[],
): string {
  const attachments = documents.map(({ title, mimeType, bytes }, serialNumber) => ({
    digestValue: createHash('sha256').update(bytes).digest('base64'),
    documentDescription: title,
    mimeType,
    serialNumber,
    digestMethod: { algorithm: PRIMARY },
    secondaryDigestValue: createHash('sha384').update(bytes).digest('base64'),
    secondaryDigestMethod: { algorithm: SECONDARY },
  }));
  return Buffer.from(JSON.stringify({ attachments }), 'utf8').toString('base64');
}

/** Reads the list in the property `name`, or tells why it cannot be relied on. */
export function readDigestList(name: string, value: Uint8Array): ListedDocument[] | Problem {
  if (value.length > MAX_BYTES) return nemidProblems.of('nemid/list-too-large', { name });
  const json = parse(Buffer.from(value).toString('utf8').trim());
  const entries: unknown = isRecord(json) ? json['attachments'] : json;
  if (!Array.isArray(entries) || entries.length === 0)
    return nemidProblems.of('nemid/list-malformed', { name });
  if (entries.length > MAX_DOCUMENTS)
    return nemidProblems.of('nemid/list-too-long', { name, limit: MAX_DOCUMENTS });
  const documents = entries.map((entry: unknown) => (isRecord(entry) ? readEntry(entry) : undefined));
  const readable = documents.filter((document) => document !== undefined);
  if (readable.length < documents.length) return nemidProblems.of('nemid/list-digest', { name });
  return readable;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(/^[[{]/.test(text) ? text : Buffer.from(text, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

function readEntry(entry: Readonly<Record<string, unknown>>): ListedDocument | undefined {
  if ('digest' in entry) {
    const digest = readDigest(entry['algorithm'], entry['digest'], 'hex');
    return digest && { name: text(entry['key']), digests: [digest] };
  }
  const first = readDigest(algorithmOf(entry['digestMethod']), entry['digestValue'], 'base64');
  const named = entry['secondaryDigestValue'] !== undefined || entry['secondaryDigestMethod'] !== undefined;
  const second = named
    ? readDigest(algorithmOf(entry['secondaryDigestMethod']), entry['secondaryDigestValue'], 'base64')
    : undefined;
  if (!first || (named && !second)) return undefined;
  const mimeType = entry['mimeType'];
  return {
    name: text(entry['documentDescription']),
    ...(typeof mimeType === 'string' && { mimeType }),
    digests: second ? [first, second] : [first],
  };
}

function readDigest(algorithm: unknown, written: unknown, encoding: 'hex' | 'base64') {
  if (typeof algorithm !== 'string' || typeof written !== 'string') return undefined;
  const hash = HASHES.get(algorithm) ?? HASHES.get(algorithm.toLowerCase().replace('-', ''));
  const value = Buffer.from(written, encoding);
  const whole = value.toString(encoding) === (encoding === 'hex' ? written.toLowerCase() : written);
  return hash && whole && value.length === LENGTHS[hash] ? { hash, value } : undefined;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const algorithmOf = (method: unknown): unknown => (isRecord(method) ? method['algorithm'] : undefined);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
