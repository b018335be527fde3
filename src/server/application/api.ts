/**
 * What back-end systems can ask of the service, as the SOAP and REST plugins see it. The use cases beside it implement it
 * on the store; the plugins below `http/` know only this.
 */
import type { Readable } from 'node:stream';
import type { Account, DocumentReference, UserSessionSpec } from '../domain/order/account.ts';
import type { Caller } from '../domain/order/caller.ts';
import type {
  FormParam,
  Notification,
  OrderEvent,
  OrderSpec,
  PackagingTaskState,
  TaskSpec,
  WireTaskStatus,
} from '../domain/order/model.ts';
import type { InvalidValue } from '../domain/order/invalid-value.ts';
import type { Paging, TaskFilter, TaskInfo } from '../domain/order/task-search.ts';

/** Where a document of an order is: at the order's own path, or in the archive. */
export type DocumentPlace =
  { readonly kind: 'order' } | { readonly kind: 'archive'; readonly archiveId: string };

/** A document of a completed task that was signed in it, or uploaded by its signer. */
export interface DocumentStatus {
  readonly documentId: string;
  /** Absent: at the order's own path. */
  readonly original?: DocumentPlace;
  /** Absent: nothing was signed, the original is all there is. */
  readonly result?: DocumentPlace;
  /** Of a form: every field with its values. */
  readonly formOutputParams?: readonly FormParam[];
}

export interface TaskStatusInfo {
  readonly requestId: string;
  readonly taskId: string;
  readonly status: WireTaskStatus;
  readonly clientReference?: string;
  readonly clientStatus?: string;
  readonly documents: readonly DocumentStatus[];
}

export interface PackagingTaskStatusInfo {
  readonly requestId: string;
  readonly packagingTaskId: string;
  readonly status: PackagingTaskState;
  /** One entry when completed: the packaging task's id and where its PDF is. */
  readonly results: readonly { readonly kind: 'sds' | 'archive'; readonly id: string }[];
}

export interface OrderService {
  /**
   * Throws CREDENTIALS_WRONG; takes the same time whether the service exists or not. Where the account's certificate is
   * needed too, the CALLER_… codes.
   */
  authenticate(service: string, password: string, caller?: Caller): Promise<Account>;
  /** Stores all or none. Throws ORDER_INVALID naming every wrong element. */
  createRequests(
    account: Account,
    specs: readonly OrderSpec[],
  ): Promise<{ requestIds: string[]; artifact?: string }>;
  /** What createRequests would refuse, by the requests' places; stores nothing. Parts of the specs may be empty. */
  judgeRequests(account: Account, specs: readonly OrderSpec[]): Promise<InvalidValue[][]>;
  /** Throws REQUEST_UNKNOWN (also for another service's order). */
  getRequest(account: Account, requestId: string): Promise<OrderSpec>;
  getStatus(account: Account, requestIds: readonly string[]): Promise<TaskStatusInfo[]>;
  getRequestHistory(account: Account, requestId: string, taskId: string): Promise<OrderEvent[]>;
  /** Those of all the requests. Throws NO_PACKAGING_TASK when there is not one. */
  getPackagingTaskStatus(account: Account, requestIds: readonly string[]): Promise<PackagingTaskStatusInfo[]>;
  createArtifact(account: Account, requestId: string, taskId: string): Promise<string>;
  /** How many of the requests existed and are deleted now. */
  deleteRequests(account: Account, requestIds: readonly string[]): Promise<number>;
}

/** The later life of an order: what the contract lets a back end change or ask once it exists. */
export interface TaskService {
  /** Throws REQUEST_UNKNOWN, ORDER_INVALID. The artifact is there when the new task asks for one. */
  addTask(account: Account, requestId: string, task: TaskSpec): Promise<{ artifact?: string }>;
  /** What addTask would refuse, by paths from its payload (`task/…`, `request-id`); stores nothing. */
  judgeTask(account: Account, requestId: string, task: TaskSpec): Promise<InvalidValue[]>;
  /** Closes a task without completing it; it is `deleted` then. */
  disableTask(account: Account, requestId: string, taskId: string): Promise<void>;
  /** Without `taskId`: for the order as a whole. Without a schedule it is sent at once. */
  addNotification(
    account: Account,
    requestId: string,
    taskId: string | undefined,
    notification: Notification,
  ): Promise<void>;
  /** What addNotification would refuse, by paths from its payload; stores nothing. */
  judgeNotification(
    account: Account,
    requestId: string,
    taskId: string | undefined,
    notification: Notification,
  ): Promise<InvalidValue[]>;
  disableNotification(
    account: Account,
    requestId: string,
    taskId: string | undefined,
    notificationIds: readonly string[],
  ): Promise<void>;
  getTask(account: Account, requestId: string, taskId: string): Promise<TaskSpec>;
  findTasks(account: Account, filter: TaskFilter, paging: Paging): Promise<TaskInfo[]>;
  countTasks(account: Account, filter: TaskFilter): Promise<number>;
  /** What findTasks (getTaskCount without `paging`) would refuse. */
  judgeSearch(filter: TaskFilter, paging?: Paging): readonly InvalidValue[];
  setClientStatus(account: Account, requestId: string, taskId: string, clientStatus: string): Promise<void>;
  createUserSession(
    account: Account,
    session: UserSessionSpec,
  ): Promise<{ userSessionId: string; artifact?: string }>;
  /** What createUserSession would refuse; stores nothing. */
  judgeUserSession(account: Account, session: UserSessionSpec): Promise<InvalidValue[]>;
}

export interface PackageOrder {
  readonly validationPolicy: string;
  readonly packagingMethod: string;
  readonly sendResultToArchive: boolean;
  /** LTV-SDOs in the order of the signatures, each with its original where it does not carry it. */
  readonly sdos: readonly { readonly sdo: DocumentReference; readonly original?: DocumentReference }[];
}

/** PackagingService and SealingService: documents made at once, while the caller waits. */
export interface PackagingService {
  authenticate(service: string, password: string, caller?: Caller): Promise<Account>;
  /** The id of the PDF, in session data storage or the archive. Throws SeglErrors that become error{code, message}. */
  createPackage(account: Account, order: PackageOrder): Promise<string>;
  createSeal(
    account: Account,
    order: {
      readonly packagingMethod: string;
      readonly document: DocumentReference;
      readonly sendResultToArchive: boolean;
    },
  ): Promise<string>;
}

export interface ArchiveService {
  authenticate(service: string, password: string, caller?: Caller): Promise<Account>;
  /** Throws ARCHIVE_UNKNOWN. */
  getDocument(account: Account, archiveId: string): Promise<{ contentType: string; bytes: Uint8Array }>;
  /** Removes those that exist; answers their ids. */
  removeDocuments(account: Account, archiveIds: readonly string[]): Promise<string[]>;
}

export interface StoredDocument {
  readonly contentType: string;
  readonly size: number;
  open(): Readable;
}

export interface DocumentService {
  authenticate(service: string, password: string, caller?: Caller): Promise<Account>;
  /** Streams to disk, hashing on the way; answers the 58-character id. Throws PAYLOAD_TOO_LARGE. */
  putSds(account: Account, contentType: string, body: Readable): Promise<string>;
  /** Throws SDS_UNKNOWN (unknown, expired, or another service's). */
  getSds(account: Account, id: string): Promise<StoredDocument>;
  deleteSds(account: Account, id: string): Promise<void>;
  /** Throws RESULT_UNKNOWN. Waits a moment for a package that is being made. */
  getOrderDocument(
    account: Account,
    path: { requestId: string; taskId: string; documentId: string; which: 'original' | 'generated' | 'sdo' },
  ): Promise<StoredDocument>;
  getArchived(account: Account, id: string): Promise<StoredDocument>;
}
