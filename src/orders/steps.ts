/** Where a signer stands in a task: which document is next and what it waits for. Pure. */
import type { DocumentActionType } from './model.ts';

/** What has happened with one document in a session. Times are ISO 8601 UTC. */
export interface DocumentProgress {
  /** The signer's own file is here. */
  readonly uploadedAt?: string;
  readonly presentedAt?: string;
  readonly readAt?: string;
  readonly skippedAt?: string;
  /** The native signature was verified. */
  readonly signedAt?: string;
  /** The signature waits for the signer's CPR number. */
  readonly cprDue?: boolean;
  readonly cprAttempts?: number;
}

export interface StepDocument {
  readonly documentId: string;
  readonly action: DocumentActionType;
}

export type DueStep =
  | { readonly kind: 'upload'; readonly documentId: string }
  | { readonly kind: 'read'; readonly documentId: string }
  | { readonly kind: 'sign'; readonly documentId: string }
  | { readonly kind: 'cpr'; readonly documentId: string }
  | { readonly kind: 'send-in' };

/** The first thing that is not done yet, in the order of the documents; `send-in` when all is. */
export function dueStep(
  documents: readonly StepDocument[],
  progress: Readonly<Record<string, DocumentProgress>>,
): DueStep {
  for (const { documentId, action } of documents) {
    const done = progress[documentId] ?? {};
    if (done.skippedAt !== undefined) continue;
    if (action === 'upload' && done.uploadedAt === undefined) return { kind: 'upload', documentId };
    if (done.readAt === undefined) return { kind: 'read', documentId };
    if (action !== 'sign') continue;
    if (done.signedAt === undefined) return { kind: 'sign', documentId };
    if (done.cprDue === true) return { kind: 'cpr', documentId };
  }
  return { kind: 'send-in' };
}
