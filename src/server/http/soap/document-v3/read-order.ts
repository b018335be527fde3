/**
 * DocumentService: from what a request says to the order, v2 and v3 alike, as everything is read by its name. The
 * schema has been applied by then (`decode`).
 */
import type {
  Authentication,
  AuthenticationBasedSignature,
  Dialog,
  DocumentAction,
  DocumentActionType,
  DocumentSpec,
  Form,
  Method,
  Notification,
  NotificationType,
  OrderSpec,
  PackagingTaskSpec,
  Schedule,
  Sender,
  Signature,
  Subject,
  TaskSpec,
  WireTaskStatus,
} from '../../../domain/order/model.ts';
import {
  bytesOf,
  filledText,
  flagOf,
  numberOf,
  partOf,
  partsOf,
  present,
  requiredText,
  textOf,
  textsOf,
  type WireObject,
} from '../wire-value.ts';

function optional<T>(from: WireObject, name: string, read: (part: WireObject) => T): T | undefined {
  const part = partOf(from, name);
  return part && read(part);
}

const readDialog = (from: WireObject): Dialog =>
  present({ title: textOf(from, 'title'), message: textOf(from, 'message') });

const readSubject = (from: WireObject): Subject =>
  present({
    id: textOf(from, 'id'),
    nationalId: textOf(from, 'national-id'),
    firstName: textOf(from, 'first-name'),
    lastName: textOf(from, 'last-name'),
    mobile: textOf(from, 'mobile'),
    email: textOf(from, 'email'),
    username: textOf(from, 'username'),
    attributes: partsOf(from, 'attribute').map((attribute) =>
      present({ name: textOf(attribute, 'name'), value: textOf(attribute, 'value') }),
    ),
  });

const readForm = (from: WireObject): Form => ({
  id: requiredText(from, 'id'),
  inputParams: partsOf(from, 'input-param').map((param) => ({
    name: requiredText(param, 'name'),
    value: requiredText(param, 'value'),
  })),
});

function readDocument(from: WireObject): DocumentSpec {
  const base = {
    id: textOf(from, 'id'),
    externalReference: textOf(from, 'external-reference'),
    form: optional(from, 'form', readForm),
    signTextEntry: textOf(from, 'sign-text-entry'),
  };
  const sendToArchive = flagOf(from, 'send-to-archive');
  switch (textOf(from, '$type')) {
    case 'sds-document':
      return present({
        kind: 'sds' as const,
        ...base,
        description: requiredText(from, 'description'),
        refSdsId: requiredText(from, 'ref-sds-id'),
        sendToArchive,
      });
    case 'provided-document':
      return present({
        kind: 'provided' as const,
        ...base,
        description: requiredText(from, 'description'),
        mimeType: requiredText(from, 'mime-type'),
        data: bytesOf(from, 'data'),
        sendToArchive,
      });
    case 'upload-document':
      return present({
        kind: 'upload' as const,
        ...base,
        description: requiredText(from, 'description'),
        sendToArchive,
      });
    case 'archive-document':
      return present({
        kind: 'archive' as const,
        ...base,
        refArchiveId: requiredText(from, 'ref-archive-id'),
      });
    case 'result-document':
      return present({
        kind: 'result' as const,
        ...base,
        refTaskId: requiredText(from, 'ref-task-id'),
        refDocumentId: requiredText(from, 'ref-document-id'),
      });
    case 'packaging-result-document':
      return present({
        kind: 'packaging-result' as const,
        ...base,
        refPackagingTaskId: requiredText(from, 'ref-packaging-task-id'),
      });
    case undefined:
    default:
      return present({ kind: 'bare' as const, ...base });
  }
}

const readAction = (from: WireObject): DocumentAction =>
  present({
    type: requiredText(from, 'type') as DocumentActionType,
    dialog: optional(from, 'dialog', readDialog),
    documentRef: filledText(from, 'document-ref'),
    document: optional(from, 'document', readDocument),
    orderIndex: numberOf(from, 'order-index'),
    optional: flagOf(from, 'optional'),
    sendResultToArchive: flagOf(from, 'send-result-to-archive'),
  });

const readSchedule = (from: WireObject): Schedule =>
  present({
    stateIs: requiredText(from, 'state-is') as WireTaskStatus,
    waitUntil: textOf(from, 'wait-until'),
    wait: optional(from, 'wait', (wait) =>
      present({
        days: numberOf(wait, 'days'),
        hours: numberOf(wait, 'hours'),
        minutes: numberOf(wait, 'minutes'),
      }),
    ),
    daysOfWeek: filledText(from, 'days-of-week'),
    timeOfDay: filledText(from, 'time-of-day'),
    timezone: filledText(from, 'timezone'),
  });

/** Exported for addNotification. */
export const readNotification = (from: WireObject): Notification =>
  present({
    id: requiredText(from, 'notification-id'),
    type: requiredText(from, 'type') as NotificationType,
    recipient: requiredText(from, 'recipient'),
    sender: textOf(from, 'sender'),
    header: textOf(from, 'header'),
    message: requiredText(from, 'message'),
    schedules: partsOf(from, 'schedule').map(readSchedule),
  });

const readAuthentication = (from: WireObject): Authentication =>
  present({
    dialog: optional(from, 'dialog', readDialog),
    methods: textsOf(from, 'method').filter((name) => name !== ''),
    artifact: flagOf(from, 'artifact'),
  });

/** A plain name in v2, an element with an attribute in v3. The name may be empty: a handwritten signature alone. */
const readMethod = (from: WireObject | string): Method =>
  typeof from === 'string'
    ? { name: from.trim() }
    : present({ name: (textOf(from, '$text') ?? '').trim(), handwritten: flagOf(from, 'handwritten') });

const readMethods = (from: WireObject): Method[] =>
  ((from['method'] ?? []) as readonly (WireObject | string)[]).map(readMethod);

const readAuthenticationBasedSignature = (from: WireObject): AuthenticationBasedSignature =>
  present({
    dialog: optional(from, 'dialog', readDialog),
    methods: readMethods(from),
    ifAuthentication: filledText(from, 'if-authentication'),
  });

const readSignature = (from: WireObject): Signature =>
  present({ ...readAuthenticationBasedSignature(from), responsive: flagOf(from, 'responsive') });

/** Exported for addTask. */
export const readTask = (from: WireObject): TaskSpec =>
  present({
    id: requiredText(from, 'id'),
    bundle: flagOf(from, 'bundle'),
    subjectRef: filledText(from, 'subject-ref'),
    subject: optional(from, 'subject', readSubject),
    daysToLive: numberOf(from, 'days-to-live'),
    dialog: optional(from, 'dialog', readDialog),
    documentActions: partsOf(from, 'document-action').map(readAction),
    notifications: partsOf(from, 'notification').map(readNotification),
    authentication: optional(from, 'authentication', readAuthentication),
    onTaskPostpone: filledText(from, 'on-task-postpone'),
    onTaskComplete: filledText(from, 'on-task-complete'),
    onTaskCancel: filledText(from, 'on-task-cancel'),
    dependsOnTasks: textsOf(from, 'depends-on-task').filter((id) => id !== ''),
    profile: filledText(from, 'profile'),
    language: filledText(from, 'language'),
    configuration: filledText(from, 'configuration'),
    signText: textOf(from, 'sign-text'),
    signatures: partsOf(from, 'signature').map(readSignature),
    authenticationBasedSignatures: partsOf(from, 'authentication-based-signature').map(
      readAuthenticationBasedSignature,
    ),
  });

const readSender = (from: WireObject): Sender =>
  present({
    uniqueId: requiredText(from, 'unique-id'),
    firstName: textOf(from, 'first-name'),
    lastName: textOf(from, 'last-name'),
  });

const readPackagingTask = (from: WireObject): PackagingTaskSpec =>
  present({
    id: requiredText(from, 'packaging-task-id'),
    method: requiredText(from, 'method'),
    sendToArchive: flagOf(from, 'send-to-archive'),
    notifications: partsOf(from, 'packaging-notification').map(readNotification),
    documents: partsOf(from, 'packaging-task-document').map((document) => ({
      taskId: requiredText(document, 'task-id'),
      documentId: requiredText(document, 'document-id'),
    })),
  });

/** A `request` element. */
export const readOrder = (from: WireObject): OrderSpec =>
  present({
    profile: filledText(from, 'profile'),
    language: filledText(from, 'language'),
    subjects: partsOf(from, 'subject').map(readSubject),
    documents: partsOf(from, 'document').map(readDocument),
    tasks: partsOf(from, 'task').map(readTask),
    clientReference: textOf(from, 'client-reference'),
    sender: optional(from, 'sender', readSender),
    notifications: partsOf(from, 'notification').map(readNotification),
    daysUntilDeletion: numberOf(from, 'days-until-deletion'),
    sdoFormat: textOf(from, 'sdo-format'),
    account: textOf(from, 'account'),
    packagingTasks: partsOf(from, 'packaging-task').map(readPackagingTask),
  });
