/** Where a signer stands in a task: which document is next and what it waits for. Pure. */
import { INK } from '@segl/identity/chain';
import type { DocumentActionType } from '../order/model.ts';
import { chosenWay, declares, type SigningWay } from './signing-options.ts';

/** What has happened with one document in a session. Times are ISO 8601 UTC. */
export interface DocumentProgress {
  /** The signer's own file is here. */
  readonly uploadedAt?: string;
  /** The form is filled in: what follows is about the document made from it. */
  readonly filledAt?: string;
  readonly presentedAt?: string;
  readonly readAt?: string;
  readonly skippedAt?: string;
  /** The chosen way to sign, by its id; empty when the signer wants to choose again. */
  readonly way?: string;
  /** What the way asks for on our own page was given: a declaration, a drawing or both. */
  readonly declaredAt?: string;
  /** All documents that it, the links, or the signature are about, in one act; absent: this one alone. */
  readonly act?: readonly string[];
  /** Links of a chain that were made for it. */
  readonly links?: number;
  /** The native signature was verified. */
  readonly signedAt?: string;
  /** The method has another question about who signed. */
  readonly identifyDue?: boolean;
}

export interface StepDocument {
  readonly documentId: string;
  readonly action: DocumentActionType;
  /** The ways to sign it that apply; absent: there is one, the eID's. */
  readonly ways?: readonly SigningWay[];
  /** It is a form to be filled in first. */
  readonly hasForm?: boolean;
}

interface DueAct {
  readonly documentId: string;
  readonly together?: readonly string[];
  readonly link?: number;
}

export type DueStep =
  /** The signer logs in before anything is shown. */
  | { readonly kind: 'authenticate' }
  | { readonly kind: 'upload'; readonly documentId: string }
  | { readonly kind: 'form'; readonly documentId: string }
  | { readonly kind: 'read'; readonly documentId: string }
  | { readonly kind: 'choose-method'; readonly documentId: string }
  /**
   * `together`: all documents that one act declares or signs, where these are several; `documentId` is the first. `link`: place
   * of the link of the chain that is due, from 0; without one, what is declared comes before all of them.
   */
  | ({ readonly kind: 'declare' | 'sign' } & DueAct)
  | { readonly kind: 'identify'; readonly documentId: string }
  | { readonly kind: 'send-in' };

/** Documents that one act signs at most: who signs them can still be told which they are. */
export const MOST_TOGETHER = 32;

/**
 * The first thing that is not done yet, in the order of the documents; `send-in` when all is. What is signed in one act waits
 * until all of it is read.
 */
export function dueStep(
  documents: readonly StepDocument[],
  progress: Readonly<Record<string, DocumentProgress>>,
): DueStep {
  let lastWay: string | undefined;
  const act: { way?: SigningWay | undefined; documents: string[] } = { documents: [] };
  for (const { documentId, action, ways, hasForm } of documents) {
    const done = progress[documentId] ?? {};
    if (done.skippedAt !== undefined) continue;
    if (action === 'upload' && done.uploadedAt === undefined) return { kind: 'upload', documentId };
    if (hasForm === true && done.filledAt === undefined) return { kind: 'form', documentId };
    if (done.readAt === undefined) return { kind: 'read', documentId };
    if (action !== 'sign') continue;
    // what was chosen for one document holds for the next, until the signer chooses anew
    lastWay = done.way ?? lastWay;
    if (done.signedAt === undefined) {
      const way = chosenWay(ways ?? [], lastWay);
      if (ways && !way) return { kind: 'choose-method', documentId };
      if (act.documents.length > 0 && (act.way?.id !== way?.id || act.documents.length === MOST_TOGETHER))
        break;
      act.documents.push(documentId);
      act.way = way;
      if (way?.together !== true) break;
    } else if (done.identifyDue === true) return { kind: 'identify', documentId };
  }
  const [documentId, ...others] = act.documents;
  if (documentId === undefined) return { kind: 'send-in' };
  const step = act.way ? stepOfAct(act.way, act.documents, progress) : ({ kind: 'sign' } as const);
  return { ...step, documentId, ...(others.length > 0 && { together: act.documents }) };
}

export const isSameAct = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((documentId, index) => documentId === other[index]);

/** What was declared, and links that were made, count as long as they are about the documents that are signed now, and no others. */
function stepOfAct(
  way: SigningWay,
  act: readonly string[],
  progress: Readonly<Record<string, DocumentProgress>>,
): { readonly kind: 'declare' | 'sign'; readonly link?: number } {
  const done = act.map((documentId): DocumentProgress => {
    const one = progress[documentId] ?? {};
    return isSameAct(one.act ?? [documentId], act) ? one : {};
  });
  if (declares(way) && done.some(({ declaredAt }) => declaredAt === undefined)) return { kind: 'declare' };
  if (!way.chain) return { kind: 'sign' };
  const link = Math.min(...done.map(({ links = 0 }) => links));
  return { kind: way.chain[link] === INK ? 'declare' : 'sign', link };
}

/** The way in which a document is to be signed, if that is settled; `documents` and `progress` as for `dueStep`. */
export function wayOf(
  documents: readonly StepDocument[],
  progress: Readonly<Record<string, DocumentProgress>>,
  documentId: string,
): SigningWay | undefined {
  let lastWay: string | undefined;
  for (const document of documents) {
    lastWay = progress[document.documentId]?.way ?? lastWay;
    if (document.documentId === documentId) return chosenWay(document.ways ?? [], lastWay);
  }
  return undefined;
}
