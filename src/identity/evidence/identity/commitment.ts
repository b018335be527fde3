/**
 * What a person commits to: everything that is about to be signed, under one hash that travels through the eID as nonce or
 * challenge, and whose beginning stands in the text that the eID shows. Whoever has what was committed to can make the hash
 * again; whoever has only the hash learns nothing from it, because of the salt.
 */
import { createHash } from 'node:crypto';
import type { Assurance, MethodDocument, MethodTask } from '../../method.ts';
import { canonicalJson } from './canonical-json.ts';
import { consentText } from './consent.ts';

export interface CommittedDocument {
  readonly id: string;
  readonly title: string;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Commitment {
  readonly version: 1;
  /** Account that ordered it. */
  readonly service: string;
  /** SHA-256 of the session's own id in lower-case hex: the one visit that it is for. */
  readonly task: string;
  /** None for a log-on. */
  readonly documents: readonly CommittedDocument[];
  /** The word that a log-on is bound to, e.g. the digest of a statement. */
  readonly binding?: string;
  /** Of a link of a chain: its name, all links, the place of this one, from 1, and the SHA-256 of the evidence before, hex. */
  readonly chain?: {
    readonly name: string;
    readonly links: readonly string[];
    readonly link: number;
    readonly previous?: string;
  };
  /** What the person is told to agree to, without the short code behind it; `language`: ISO 639-1. */
  readonly consent: { readonly text: string; readonly language: string };
  /** The least assurance that is asked for. */
  readonly level: Assurance;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** 256 random bits, base64url. */
  readonly salt: string;
}

const SALT_BYTES = 32;

/** Bits of the hash in the short code; 8 characters of base32. */
const CODE_BITS = 40;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export const sha256Hex = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A document as it is committed to; `document` gives the bytes that were shown. */
export async function committedDocument(document: MethodDocument): Promise<CommittedDocument> {
  const { id, title, mediaType } = document;
  const bytes = await document.read();
  return { id, title, mediaType, size: bytes.length, sha256: sha256Hex(bytes) };
}

/** A commitment as a method remembers it between its steps: a hundred documents would not fit there. */
export interface KeptCommitment extends Omit<Commitment, 'documents'> {
  /** As the nonce. */
  readonly hash: string;
}

export function withoutDocuments(commitment: Commitment): KeptCommitment {
  const { documents: _, ...kept } = commitment;
  return { ...kept, hash: nonceOf(commitment) };
}

/** The commitment that was kept; undefined where the task is about other documents now. */
export async function restored(
  { documents }: Pick<MethodTask, 'documents'>,
  { hash, ...kept }: KeptCommitment,
): Promise<Commitment | undefined> {
  const commitment = { ...kept, documents: await Promise.all(documents.map(committedDocument)) };
  return nonceOf(commitment) === hash ? commitment : undefined;
}

/** `session`: the session's own id; `random` must be cryptographically strong. */
export const commitTo = (
  about: Omit<Commitment, 'version' | 'task' | 'created' | 'salt'> & { readonly session: string },
  { now, random }: { readonly now: Date; readonly random: (bytes: number) => Uint8Array },
): Commitment => {
  const { session, ...rest } = about;
  return {
    ...rest,
    version: 1,
    task: sha256Hex(session),
    created: now.toISOString(),
    salt: Buffer.from(random(SALT_BYTES)).toString('base64url'),
  };
};

/** What a commitment says of the chain that it is a link of. */
const committedLink = ({
  name,
  links,
  link,
  previous,
}: NonNullable<MethodTask['chain']>): NonNullable<Commitment['chain']> => ({
  ...{ name, links, link },
  ...(previous && { previous: sha256Hex(previous) }),
});

/** The commitment of whoever acts in a task: to its documents, or the word that its log-on is bound to. `language`: of the page. */
export async function commitToTask(
  task: MethodTask,
  { level, language }: { readonly level: Assurance; readonly language: string },
  around: { readonly now: Date; readonly random: (bytes: number) => Uint8Array },
): Promise<Commitment> {
  return commitTo(
    {
      service: task.service,
      session: task.returnState,
      documents: await Promise.all(task.documents.map(committedDocument)),
      ...(task.binding !== undefined && { binding: task.binding }),
      ...(task.chain && { chain: committedLink(task.chain) }),
      consent: consentText(task, language),
      level,
    },
    around,
  );
}

/** SHA-256 of the commitment's canonical JSON. */
export const commitmentHash = (commitment: Commitment): Buffer =>
  createHash('sha256').update(canonicalJson(commitment)).digest();

/** As a nonce or challenge carries it: base64url. */
export const nonceOf = (commitment: Commitment): string => commitmentHash(commitment).toString('base64url');

/** The first 40 bits of the hash in base32 (RFC 4648 section 6): for people to compare. */
export function shortCode(commitment: Commitment): string {
  const bits = BigInt(`0x${commitmentHash(commitment).toString('hex')}`) >> BigInt(256 - CODE_BITS);
  return Array.from(
    { length: CODE_BITS / 5 },
    (_, index) => BASE32[Number((bits >> BigInt(CODE_BITS - 5 * (index + 1))) & 31n)],
  ).join('');
}

/** The text that the eID shows: what the person agrees to, cut to fit, and the short code. `limit`: characters. */
export function shownText(commitment: Commitment, limit: number): string {
  const code = shortCode(commitment);
  const room = limit - code.length - 1;
  const characters = Array.from(commitment.consent.text);
  // a character outside the BMP counts as two, as providers count
  let text = '';
  for (const character of characters) {
    if (text.length + character.length > room) {
      text = `${text.slice(0, room - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
      break;
    }
    text += character;
  }
  return `${text} ${code}`;
}
