/**
 * What back-end systems can ask of the house, as the SOAP and REST doors see it. `flow/` implements it on the store;
 * the doors (contract, http) know only this.
 */
import type { Readable } from 'node:stream';
import type { OrderEvent, OrderSpec, PackagingTaskState, WireTaskStatus } from './model.ts';

/** An authenticated service account. */
export interface Account {
  readonly service: string;
}

export interface DocumentStatus {
  readonly documentId: string;
  /** Where the result is: the order's own path, or the archive. Absent until there is one. */
  readonly result?: { readonly kind: 'order' } | { readonly kind: 'archive'; readonly archiveId: string };
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

export interface OrderDesk {
  /** Throws CREDENTIALS_WRONG; takes the same time whether the service exists or not. */
  authenticate(service: string, password: string): Promise<Account>;
  /** Stores all or none. Throws ORDER_INVALID naming every wrong element. */
  createRequests(
    account: Account,
    specs: readonly OrderSpec[],
  ): Promise<{ requestIds: string[]; artifact?: string }>;
  /** Throws REQUEST_UNKNOWN (also for another service's order). */
  getRequest(account: Account, requestId: string): Promise<OrderSpec>;
  getStatus(account: Account, requestIds: readonly string[]): Promise<TaskStatusInfo[]>;
  getRequestHistory(account: Account, requestId: string, taskId: string): Promise<OrderEvent[]>;
  getPackagingTaskStatus(account: Account, requestIds: readonly string[]): Promise<PackagingTaskStatusInfo[]>;
  createArtifact(account: Account, requestId: string, taskId: string): Promise<string>;
  /** How many of the requests existed and are deleted now. */
  deleteRequests(account: Account, requestIds: readonly string[]): Promise<number>;
}

export interface StoredDocument {
  readonly contentType: string;
  readonly size: number;
  open(): Readable;
}

export interface DocumentDesk {
  authenticate(service: string, password: string): Promise<Account>;
  /** Streams to disk, hashing on the way; answers the 58-character id. Throws PAYLOAD_TOO_LARGE. */
  putSds(account: Account, contentType: string, body: Readable): Promise<string>;
  /** Throws SDS_UNKNOWN (unknown, expired, or another service's). */
  getSds(account: Account, id: string): Promise<StoredDocument>;
  deleteSds(account: Account, id: string): Promise<void>;
  /** Throws RESULT_UNKNOWN. Waits a moment for a package that is being made. */
  getOrderDocument(
    account: Account,
    path: { requestId: string; taskId: string; documentId: string; which: 'original' | 'sdo' },
  ): Promise<StoredDocument>;
  getArchived(account: Account, id: string): Promise<StoredDocument>;
}
