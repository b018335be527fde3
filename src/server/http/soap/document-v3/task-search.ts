/** DocumentService: what findTasks and getTaskCount ask, and what findTasks answers. */
import type {
  Criterion,
  Operator,
  Paging,
  TaskField,
  TaskFilter,
  TaskInfo,
} from '../../../domain/order/task-search.ts';
import { instantOf } from '../simple-value.ts';
import { flagOf, numberOf, partsOf, present, requiredText, textOf, type WireObject } from '../wire-value.ts';

const readCriterion = (from: WireObject): Criterion => ({
  field: requiredText(from, 'field') as TaskField,
  value: requiredText(from, 'value'),
  operator: (textOf(from, 'operator') ?? 'equals') as Operator,
  caseSensitive: flagOf(from, 'case-sensitive') ?? true,
});

function readInstant(from: WireObject, name: string): Date | undefined {
  const text = textOf(from, name);
  return text === undefined ? undefined : instantOf(text);
}

/** A `filter` element. Whether a value suits its field is the application's to say. */
export const readFilter = (from: WireObject): TaskFilter =>
  present({
    criteria: partsOf(from, 'criteria').map(readCriterion),
    from: readInstant(from, 'from-date'),
    to: readInstant(from, 'to-date'),
  });

/** Which part of the result findTasks wants; the schema's defaults have been filled in (`decode`). */
export const readPaging = (input: WireObject): Paging =>
  present({
    from: numberOf(input, 'from-index') ?? 0,
    to: numberOf(input, 'to-index') ?? 100,
    sort: textOf(input, 'sort-field') as TaskField | undefined,
    ascending: flagOf(input, 'ascending'),
  });

export const writeTaskInfo = (info: TaskInfo): WireObject => ({
  id: info.id,
  'request-id': info.requestId,
  'task-id': info.taskId,
  'document-id': info.documentId,
  'archive-id': info.archiveId,
  account: info.account,
  language: info.language,
  'task-status': info.status,
  'document-description': info.documentDescription,
  'mime-type': info.mimeType,
  'subject-first-name': info.subjectFirstName,
  'subject-last-name': info.subjectLastName,
  'subject-email': info.subjectEmail,
  'subject-national-id': info.subjectNationalId,
  'subject-mobile': info.subjectMobile,
  created: info.created,
  'last-updated': info.lastUpdated,
  signer: info.signer,
  'sender-unique-id': info.senderUniqueId,
  'client-reference': info.clientReference,
  'client-status': info.clientStatus,
  'days-to-live': info.daysToLive,
});
