/**
 * The order as plain data, in the contract's words (DocumentService v3, schema revision C).
 * `OrderSpec` is what a caller sent and getRequest returns; everything that happens later lives beside it.
 */

export interface Attribute {
  readonly name?: string;
  readonly value?: string;
}

export interface Subject {
  readonly id?: string;
  readonly nationalId?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly mobile?: string;
  readonly email?: string;
  readonly username?: string;
  readonly attributes: readonly Attribute[];
}

export interface Dialog {
  readonly title?: string;
  readonly message?: string;
}

export interface FormParam {
  readonly name: string;
  readonly value: string;
}

export interface Form {
  readonly id: string;
  readonly inputParams: readonly FormParam[];
}

interface DocumentBase {
  readonly id?: string;
  readonly externalReference?: string;
  readonly form?: Form;
  readonly signTextEntry?: string;
}

/** A document by reference to session data storage. */
export interface SdsDocument extends DocumentBase {
  readonly kind: 'sds';
  readonly description: string;
  readonly refSdsId: string;
  readonly sendToArchive?: boolean;
}

/** A document given inside the call. `data` leaves the spec when the order is stored: the bytes are a blob then. */
export interface ProvidedDocument extends DocumentBase {
  readonly kind: 'provided';
  readonly description: string;
  readonly mimeType: string;
  readonly data?: Uint8Array;
  readonly sendToArchive?: boolean;
}

export interface UploadDocument extends DocumentBase {
  readonly kind: 'upload';
  readonly description: string;
  readonly sendToArchive?: boolean;
}

export interface ArchiveDocument extends DocumentBase {
  readonly kind: 'archive';
  readonly refArchiveId: string;
}

export interface ResultDocument extends DocumentBase {
  readonly kind: 'result';
  readonly refTaskId: string;
  readonly refDocumentId: string;
}

export interface PackagingResultDocument extends DocumentBase {
  readonly kind: 'packaging-result';
  readonly refPackagingTaskId: string;
}

/** The base type itself, as clients that lose xsi:type send it. */
export interface BareDocument extends DocumentBase {
  readonly kind: 'bare';
}

export type DocumentSpec =
  | SdsDocument
  | ProvidedDocument
  | UploadDocument
  | ArchiveDocument
  | ResultDocument
  | PackagingResultDocument
  | BareDocument;

export type DocumentActionType = 'sign' | 'view' | 'upload';

export interface DocumentAction {
  readonly type: DocumentActionType;
  readonly dialog?: Dialog;
  readonly documentRef?: string;
  readonly document?: DocumentSpec;
  readonly orderIndex?: number;
  readonly optional?: boolean;
  readonly sendResultToArchive?: boolean;
}

export interface Wait {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
}

export interface Schedule {
  readonly stateIs: WireTaskStatus;
  /** As sent, offset and all (xs:dateTime). */
  readonly waitUntil?: string;
  readonly wait?: Wait;
  readonly daysOfWeek?: string;
  readonly timeOfDay?: string;
  readonly timezone?: string;
}

export type NotificationType = 'SMS' | 'EMAIL' | 'URL';

export interface Notification {
  readonly id: string;
  readonly type: NotificationType;
  readonly recipient: string;
  readonly sender?: string;
  readonly header?: string;
  readonly message: string;
  readonly schedules: readonly Schedule[];
}

export interface Authentication {
  readonly dialog?: Dialog;
  readonly methods: readonly string[];
  readonly artifact?: boolean;
}

export interface Method {
  readonly name: string;
  readonly handwritten?: boolean;
}

export interface Signature {
  readonly dialog?: Dialog;
  readonly methods: readonly Method[];
  readonly ifAuthentication?: string;
  readonly responsive?: boolean;
}

export interface AuthenticationBasedSignature {
  readonly dialog?: Dialog;
  readonly methods: readonly Method[];
  readonly ifAuthentication?: string;
}

export interface TaskSpec {
  readonly id: string;
  readonly bundle?: boolean;
  readonly subjectRef?: string;
  readonly subject?: Subject;
  readonly daysToLive?: number;
  readonly dialog?: Dialog;
  readonly documentActions: readonly DocumentAction[];
  readonly notifications: readonly Notification[];
  readonly authentication?: Authentication;
  readonly onTaskPostpone?: string;
  readonly onTaskComplete?: string;
  readonly onTaskCancel?: string;
  readonly dependsOnTasks: readonly string[];
  readonly profile?: string;
  readonly language?: string;
  readonly configuration?: string;
  readonly signText?: string;
  readonly signatures: readonly Signature[];
  readonly authenticationBasedSignatures: readonly AuthenticationBasedSignature[];
}

export interface Sender {
  readonly uniqueId: string;
  readonly firstName?: string;
  readonly lastName?: string;
}

export interface PackagingTaskSpec {
  readonly id: string;
  readonly method: string;
  readonly sendToArchive?: boolean;
  readonly notifications: readonly Notification[];
  readonly documents: readonly { readonly taskId: string; readonly documentId: string }[];
}

export interface OrderSpec {
  readonly profile?: string;
  readonly language?: string;
  readonly subjects: readonly Subject[];
  readonly documents: readonly DocumentSpec[];
  readonly tasks: readonly TaskSpec[];
  readonly clientReference?: string;
  readonly sender?: Sender;
  readonly notifications: readonly Notification[];
  readonly daysUntilDeletion?: number;
  readonly sdoFormat?: string;
  readonly account?: string;
  readonly packagingTasks: readonly PackagingTaskSpec[];
}

/** Task status as clients of schema revision A know it. */
export type WireTaskStatus = 'created' | 'completed' | 'rejected' | 'expired' | 'deleted' | 'failed';

/**
 * Task state inside the service. `sent-in`: the signer has confirmed and the packages are being made; the wire says
 * `created` until they are there, so that "completed" always means that the results can be fetched.
 */
export type TaskState = 'created' | 'sent-in' | 'completed' | 'rejected' | 'expired' | 'deleted' | 'failed';

export type PackagingTaskState = 'created' | 'failed' | 'completed';

export type EventType =
  | 'request-created'
  | 'notification-sent'
  | 'task-started'
  | 'task-rejected'
  | 'task-completed'
  | 'error'
  | 'document-uploaded'
  | 'document-signed'
  | 'document-viewed'
  | 'document-sign-cancelled'
  | 'document-deleted'
  | 'user-authenticated'
  | 'user-authentication-cancelled'
  | 'packaging-task-created'
  | 'packaging-task-completed'
  | 'packaging-task-failed';

export interface OrderEvent {
  readonly type: EventType;
  readonly at: Date;
  readonly data?: string;
}
