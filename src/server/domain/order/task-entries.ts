/** What can be searched for of a task: one entry for each of its documents, by the contract's names of fields. */
import { DEFAULT_DAYS_TO_LIVE } from '../lifecycle/lifecycle.ts';
import { documentIdOf } from './documents.ts';
import type { OrderSpec, TaskSpec } from './model.ts';

/** Fields that are texts and known when the task is ordered; those of the document may become known later. */
export const textFields = [
  'task-id',
  'document-id',
  'archive-id',
  'account',
  'language',
  'document-description',
  'mime-type',
  'subject-first-name',
  'subject-last-name',
  'subject-email',
  'subject-national-id',
  'subject-mobile',
  'authentication-type',
  'sender-unique-id',
  'client-reference',
] as const;

export type TextField = (typeof textFields)[number];

export interface TaskEntry {
  readonly taskId: string;
  readonly documentId: string;
  readonly daysToLive: number;
  readonly texts: Readonly<Partial<Record<TextField, string>>>;
}

/** A document as far as it is known when the task is ordered. */
export interface KnownDocument {
  readonly documentId: string;
  readonly title: string;
  readonly contentType?: string;
  readonly archiveId?: string | null;
}

/** Folds a text for comparing without regard to case. */
export const fold = (text: string): string => text.normalize('NFC').toLowerCase();

/**
 * `authentication-type` is the methods that the task allows, separated by a space: those of its login where it asks
 * for one, else those of its signatures.
 */
export function taskEntries(
  order: OrderSpec,
  task: TaskSpec,
  documents: ReadonlyMap<string, KnownDocument>,
): TaskEntry[] {
  const subject =
    task.subject ?? order.subjects.find(({ id }) => id !== undefined && id === task.subjectRef) ?? undefined;
  const logins = task.authentication?.methods ?? [];
  const signatures = [...task.signatures, ...task.authenticationBasedSignatures].flatMap(({ methods }) =>
    methods.map(({ name }) => name),
  );
  const common = {
    'task-id': task.id,
    account: order.account,
    language: task.language ?? order.language,
    'subject-first-name': subject?.firstName,
    'subject-last-name': subject?.lastName,
    'subject-email': subject?.email,
    'subject-national-id': subject?.nationalId,
    'subject-mobile': subject?.mobile,
    'authentication-type': (logins.length > 0 ? logins : signatures).join(' '),
    'sender-unique-id': order.sender?.uniqueId,
    'client-reference': order.clientReference,
  };
  return task.documentActions.map((action): TaskEntry => {
    const documentId = documentIdOf(order, action) ?? '';
    const document = documents.get(documentId);
    const texts = {
      ...common,
      'document-id': documentId,
      'archive-id': document?.archiveId,
      'document-description': document?.title,
      'mime-type': document?.contentType,
    };
    return {
      taskId: task.id,
      documentId,
      daysToLive: task.daysToLive ?? DEFAULT_DAYS_TO_LIVE,
      texts: Object.fromEntries(Object.entries(texts).filter(([, text]) => text)),
    };
  });
}
