/** DocumentService v3: from the order to what getRequest says. `encode` puts it in schema order. */
import type {
  AuthenticationBasedSignature,
  DocumentAction,
  DocumentSpec,
  Method,
  Notification,
  OrderSpec,
  PackagingTaskSpec,
  Schedule,
  Subject,
  TaskSpec,
} from '../../../domain/order/model.ts';
import type { WireObject } from '../wire-value.ts';

const writeSubject = (subject: Subject): WireObject => ({
  id: subject.id,
  'national-id': subject.nationalId,
  'first-name': subject.firstName,
  'last-name': subject.lastName,
  mobile: subject.mobile,
  email: subject.email,
  username: subject.username,
  attribute: subject.attributes.map(({ name, value }) => ({ name, value })),
});

/** Members of the derived type. The bytes of a provided document are not sent back. */
function documentMembers(document: DocumentSpec): WireObject {
  switch (document.kind) {
    case 'sds':
      return {
        $type: 'sds-document',
        description: document.description,
        'ref-sds-id': document.refSdsId,
        'send-to-archive': document.sendToArchive,
      };
    case 'provided':
      return {
        $type: 'provided-document',
        description: document.description,
        'mime-type': document.mimeType,
        'send-to-archive': document.sendToArchive,
      };
    case 'upload':
      return {
        $type: 'upload-document',
        description: document.description,
        'send-to-archive': document.sendToArchive,
      };
    case 'archive':
      return { $type: 'archive-document', 'ref-archive-id': document.refArchiveId };
    case 'result':
      return {
        $type: 'result-document',
        'ref-task-id': document.refTaskId,
        'ref-document-id': document.refDocumentId,
      };
    case 'packaging-result':
      return { $type: 'packaging-result-document', 'ref-packaging-task-id': document.refPackagingTaskId };
    case 'bare':
      return {};
  }
}

const writeDocument = (document: DocumentSpec): WireObject => ({
  ...documentMembers(document),
  id: document.id,
  'external-reference': document.externalReference,
  form: document.form && {
    id: document.form.id,
    'input-param': document.form.inputParams.map(({ name, value }) => ({ name, value })),
  },
  'sign-text-entry': document.signTextEntry,
});

const writeAction = (action: DocumentAction): WireObject => ({
  type: action.type,
  dialog: action.dialog && { ...action.dialog },
  'document-ref': action.documentRef,
  document: action.document && writeDocument(action.document),
  'order-index': action.orderIndex,
  optional: action.optional,
  'send-result-to-archive': action.sendResultToArchive,
});

const writeSchedule = (schedule: Schedule): WireObject => ({
  'state-is': schedule.stateIs,
  'wait-until': schedule.waitUntil,
  wait: schedule.wait && { ...schedule.wait },
  'days-of-week': schedule.daysOfWeek,
  'time-of-day': schedule.timeOfDay,
  timezone: schedule.timezone,
});

const writeNotification = (notification: Notification): WireObject => ({
  'notification-id': notification.id,
  type: notification.type,
  recipient: notification.recipient,
  sender: notification.sender,
  header: notification.header,
  message: notification.message,
  schedule: notification.schedules.map(writeSchedule),
});

const writeMethod = ({ name, handwritten }: Method): WireObject => ({ $text: name, handwritten });

const writeSignature = (signature: AuthenticationBasedSignature): WireObject => ({
  dialog: signature.dialog && { ...signature.dialog },
  method: signature.methods.map(writeMethod),
  'if-authentication': signature.ifAuthentication,
});

/** Exported for getTask. */
export const writeTask = (task: TaskSpec): WireObject => ({
  id: task.id,
  bundle: task.bundle,
  'subject-ref': task.subjectRef,
  subject: task.subject && writeSubject(task.subject),
  'days-to-live': task.daysToLive,
  dialog: task.dialog && { ...task.dialog },
  'document-action': task.documentActions.map(writeAction),
  notification: task.notifications.map(writeNotification),
  authentication: task.authentication && {
    dialog: task.authentication.dialog && { ...task.authentication.dialog },
    method: task.authentication.methods,
    artifact: task.authentication.artifact,
  },
  'on-task-postpone': task.onTaskPostpone,
  'on-task-complete': task.onTaskComplete,
  'on-task-cancel': task.onTaskCancel,
  'depends-on-task': task.dependsOnTasks,
  profile: task.profile,
  language: task.language,
  configuration: task.configuration,
  'sign-text': task.signText,
  signature: task.signatures.map((signature) => ({
    ...writeSignature(signature),
    responsive: signature.responsive,
  })),
  'authentication-based-signature': task.authenticationBasedSignatures.map(writeSignature),
});

const writePackagingTask = (task: PackagingTaskSpec): WireObject => ({
  'packaging-task-id': task.id,
  method: task.method,
  'send-to-archive': task.sendToArchive,
  'packaging-notification': task.notifications.map(writeNotification),
  'packaging-task-document': task.documents.map((document) => ({
    'task-id': document.taskId,
    'document-id': document.documentId,
  })),
});

/** A `request` element. */
export const writeOrder = (order: OrderSpec): WireObject => ({
  profile: order.profile,
  language: order.language,
  subject: order.subjects.map(writeSubject),
  document: order.documents.map(writeDocument),
  task: order.tasks.map(writeTask),
  'client-reference': order.clientReference,
  sender: order.sender && {
    'unique-id': order.sender.uniqueId,
    'first-name': order.sender.firstName,
    'last-name': order.sender.lastName,
  },
  notification: order.notifications.map(writeNotification),
  'days-until-deletion': order.daysUntilDeletion,
  'sdo-format': order.sdoFormat,
  account: order.account,
  'packaging-task': order.packagingTasks.map(writePackagingTask),
});
