import { EventEmitter } from 'node:events';
import { createHash, timingSafeEqual } from 'node:crypto';
import { Readable } from 'node:stream';
import { systemClock } from '@segl/problem/clock';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '@segl/server/problems';
import { artifactId, publicId } from '@segl/problem/ids';
import type {
  ArchiveService,
  DocumentService,
  OrderService,
  PackageOrder,
  PackagingService,
  PackagingTaskStatusInfo,
  StoredDocument,
  TaskService,
  TaskStatusInfo,
} from '@segl/server/application/api';
import type { Account, UserSessionSpec } from '@segl/server/domain/order/account';
import type { Notification, OrderEvent, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import type { InvalidValue } from '@segl/server/domain/order/invalid-value';
import type { Paging, TaskFilter, TaskInfo } from '@segl/server/domain/order/task-search';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

interface Kept {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** All desks in memory, for tests of the doors alone. Accounts: demo / Bond007 and other / Secret123. */
export class MemoryServices
  implements OrderService, TaskService, PackagingService, ArchiveService, DocumentService
{
  readonly orders = new Map<string, OrderSpec>();
  readonly documents = new Map<string, Kept>();
  /** Added to what getStatus says, by task id. */
  readonly results = new Map<string, TaskStatusInfo['documents']>();
  packaging: PackagingTaskStatusInfo[] = [];
  events: OrderEvent[] = [];
  /** Statuses other than what `results` makes of them, by task id. */
  readonly statuses = new Map<string, TaskStatusInfo['status']>();
  found: TaskInfo[] = [];
  /** What was asked of the desks of tasks, packaging and archive: the operation, then what it was given. */
  readonly asked: unknown[][] = [];
  /** Thrown by the next createRequests, createPackage or createSeal. */
  failure: unknown;
  /** What judgeRequests finds in an order. */
  judge: ((spec: OrderSpec) => InvalidValue[]) | undefined;
  /** false: uploads are counted and thrown away. */
  keepBytes = true;
  largest = 104_857_600;
  /** `began`: an upload is on its way; `ended`: it was stored, or broke off. */
  readonly uploads = new EventEmitter<{ began: []; ended: [] }>();
  readonly #accounts = new Map([
    ['demo', 'Bond007'],
    ['other', 'Secret123'],
  ]);

  async authenticate(service: string, password: string): Promise<Account> {
    const known = timingSafeEqual(digest(this.#accounts.get(service) ?? ''), digest(password));
    if (!known || !this.#accounts.has(service)) throw serverProblems.error('CREDENTIALS_WRONG');
    return { service };
  }

  async createRequests(
    _account: Account,
    specs: readonly OrderSpec[],
  ): Promise<{ requestIds: string[]; artifact?: string }> {
    this.#failOnce();
    const requestIds = specs.map((spec) => {
      const id = publicId(systemClock.now());
      this.orders.set(id, spec);
      return id;
    });
    const wanted = specs.some(({ tasks }) => tasks.some(({ authentication }) => authentication?.artifact));
    return { requestIds, ...(wanted && { artifact: artifactId() }) };
  }

  async judgeRequests(_account: Account, specs: readonly OrderSpec[]): Promise<InvalidValue[][]> {
    return specs.map((spec) => this.judge?.(spec) ?? []);
  }

  async judgeTask(): Promise<InvalidValue[]> {
    return [];
  }

  async judgeNotification(): Promise<InvalidValue[]> {
    return [];
  }

  judgeSearch(): InvalidValue[] {
    return [];
  }

  async judgeUserSession(): Promise<InvalidValue[]> {
    return [];
  }

  async getRequest(_account: Account, requestId: string): Promise<OrderSpec> {
    const order = this.orders.get(requestId);
    if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
    return order;
  }

  async getStatus(account: Account, requestIds: readonly string[]): Promise<TaskStatusInfo[]> {
    const infos = requestIds.map(async (requestId) => {
      const order = await this.getRequest(account, requestId);
      return order.tasks.map(({ id: taskId }): TaskStatusInfo => {
        const documents = this.results.get(taskId);
        return {
          requestId,
          taskId,
          status: this.statuses.get(taskId) ?? (documents ? 'completed' : 'created'),
          documents: documents ?? [],
          ...(order.clientReference !== undefined && { clientReference: order.clientReference }),
        };
      });
    });
    return (await Promise.all(infos)).flat();
  }

  async getRequestHistory(): Promise<OrderEvent[]> {
    return this.events;
  }

  async getPackagingTaskStatus(): Promise<PackagingTaskStatusInfo[]> {
    return this.packaging;
  }

  async createArtifact(): Promise<string> {
    return artifactId();
  }

  async deleteRequests(_account: Account, requestIds: readonly string[]): Promise<number> {
    return requestIds.filter((id) => this.orders.delete(id)).length;
  }

  async addTask(_account: Account, requestId: string, task: TaskSpec): Promise<{ artifact?: string }> {
    const order = await this.getRequest(_account, requestId);
    this.orders.set(requestId, { ...order, tasks: [...order.tasks, task] });
    return task.authentication?.artifact ? { artifact: artifactId() } : {};
  }

  async disableTask(_account: Account, requestId: string, taskId: string): Promise<void> {
    this.asked.push(['disableTask', requestId, taskId]);
  }

  async addNotification(
    _account: Account,
    requestId: string,
    taskId: string | undefined,
    notification: Notification,
  ): Promise<void> {
    this.asked.push(['addNotification', requestId, taskId, notification]);
  }

  async disableNotification(
    _account: Account,
    requestId: string,
    taskId: string | undefined,
    notificationIds: readonly string[],
  ): Promise<void> {
    this.asked.push(['disableNotification', requestId, taskId, notificationIds]);
  }

  async getTask(account: Account, requestId: string, taskId: string): Promise<TaskSpec> {
    const task = (await this.getRequest(account, requestId)).tasks.find(({ id }) => id === taskId);
    if (!task) throw serverProblems.error('REQUEST_TASK_UNKNOWN', { requestId, taskId });
    return task;
  }

  async findTasks(_account: Account, filter: TaskFilter, paging: Paging): Promise<TaskInfo[]> {
    this.asked.push(['findTasks', filter, paging]);
    return this.found;
  }

  async countTasks(_account: Account, filter: TaskFilter): Promise<number> {
    this.asked.push(['countTasks', filter]);
    return this.found.length;
  }

  async setClientStatus(
    _account: Account,
    requestId: string,
    taskId: string,
    clientStatus: string,
  ): Promise<void> {
    this.asked.push(['setClientStatus', requestId, taskId, clientStatus]);
  }

  async createUserSession(
    _account: Account,
    session: UserSessionSpec,
  ): Promise<{ userSessionId: string; artifact?: string }> {
    this.asked.push(['createUserSession', session]);
    return { userSessionId: publicId(systemClock.now()), artifact: artifactId() };
  }

  async createPackage(_account: Account, order: PackageOrder): Promise<string> {
    this.#failOnce();
    this.asked.push(['createPackage', order]);
    return publicId(systemClock.now());
  }

  async createSeal(_account: Account, order: Parameters<PackagingService['createSeal']>[1]): Promise<string> {
    this.#failOnce();
    this.asked.push(['createSeal', order]);
    return publicId(systemClock.now());
  }

  async getDocument(
    _account: Account,
    archiveId: string,
  ): Promise<{ contentType: string; bytes: Uint8Array }> {
    const kept = this.documents.get(archiveId);
    if (!kept) throw serverProblems.error('ARCHIVE_UNKNOWN', { id: archiveId });
    return kept;
  }

  async removeDocuments(_account: Account, archiveIds: readonly string[]): Promise<string[]> {
    return archiveIds.filter((id) => this.documents.delete(id));
  }

  #failOnce(): void {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure as Error;
  }

  async putSds(_account: Account, contentType: string, body: Readable): Promise<string> {
    return this.#keep(contentType, body).finally(() => this.uploads.emit('ended'));
  }

  async #keep(contentType: string, body: Readable): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size === 0) this.uploads.emit('began');
      size += chunk.length;
      if (size > this.largest) {
        throw generalProblems.error('PAYLOAD_TOO_LARGE', {
          limit: this.largest,
          setting: 'MAX_DOCUMENT_BYTES',
        });
      }
      if (this.keepBytes) chunks.push(chunk);
    }
    const id = publicId(systemClock.now());
    this.documents.set(id, { contentType, bytes: Buffer.concat(chunks) });
    return id;
  }

  async getSds(_account: Account, id: string): Promise<StoredDocument> {
    const kept = this.documents.get(id);
    if (!kept) throw serverProblems.error('SDS_UNKNOWN', { id });
    return {
      contentType: kept.contentType,
      size: kept.bytes.length,
      open: () => Readable.from([kept.bytes]),
    };
  }

  async deleteSds(account: Account, id: string): Promise<void> {
    await this.getSds(account, id);
    this.documents.delete(id);
  }

  /** Kept under `request/task/document/which`. */
  async getOrderDocument(
    account: Account,
    path: { requestId: string; taskId: string; documentId: string; which: 'original' | 'generated' | 'sdo' },
  ): Promise<StoredDocument> {
    const key = [path.requestId, path.taskId, path.documentId, path.which].join('/');
    if (!this.documents.has(key)) throw serverProblems.error('RESULT_UNKNOWN');
    return this.getSds(account, key);
  }

  async getArchived(account: Account, id: string): Promise<StoredDocument> {
    if (!this.documents.has(id)) throw serverProblems.error('ARCHIVE_UNKNOWN', { id });
    return this.getSds(account, id);
  }
}
