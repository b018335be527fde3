/** Finding tasks (findTasks, getTaskCount): what may be asked, and what is answered. */
import type { WireTaskStatus } from './model.ts';

/** The 23 fields of the contract, in its own spelling. */
export const taskFields = [
  'id',
  'request-id',
  'task-id',
  'document-id',
  'archive-id',
  'account',
  'language',
  'task-state',
  'document-description',
  'mime-type',
  'subject-first-name',
  'subject-last-name',
  'subject-email',
  'subject-national-id',
  'subject-mobile',
  'authentication-type',
  'created',
  'last-updated',
  'signer',
  'sender-unique-id',
  'client-reference',
  'client-status',
  'days-to-live',
] as const;

export type TaskField = (typeof taskFields)[number];

export type Operator = 'equals' | 'not-equals' | 'contains' | 'less-than' | 'greater-than';

export interface Criterion {
  readonly field: TaskField;
  readonly value: string;
  readonly operator: Operator;
  readonly caseSensitive: boolean;
}

/** All criteria must hold. The dates bound when the task was created: from inclusive, to exclusive. */
export interface TaskFilter {
  readonly criteria: readonly Criterion[];
  readonly from?: Date;
  readonly to?: Date;
}

/** Rows `from` (inclusive) to `to` (exclusive) of the sorted result; newest first unless told otherwise. */
export interface Paging {
  readonly from: number;
  readonly to: number;
  readonly sort?: TaskField;
  readonly ascending?: boolean;
}

/** One row for each task and document. */
export interface TaskInfo {
  readonly id: string;
  readonly requestId: string;
  readonly taskId: string;
  readonly documentId?: string;
  readonly archiveId?: string;
  readonly account?: string;
  readonly language?: string;
  readonly status: WireTaskStatus;
  readonly documentDescription?: string;
  readonly mimeType?: string;
  readonly subjectFirstName?: string;
  readonly subjectLastName?: string;
  readonly subjectEmail?: string;
  readonly subjectNationalId?: string;
  readonly subjectMobile?: string;
  readonly created: Date;
  readonly lastUpdated: Date;
  readonly signer?: string;
  readonly senderUniqueId?: string;
  readonly clientReference?: string;
  readonly clientStatus?: string;
  readonly daysToLive: number;
}
