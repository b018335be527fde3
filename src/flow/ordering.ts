/** What back ends ask for: order, look, delete. Implements the OrderDesk on the store. */
import { checkPdf } from '../ades/pdf/check.ts';
import { isSeglError, SeglError } from '../errors.ts';
import { artifactId, publicId } from '../ids.ts';
import type {
  Account,
  DocumentStatus,
  OrderDesk,
  PackagingTaskStatusInfo,
  TaskStatusInfo,
} from '../orders/desk.ts';
import { documentIdOf, listDocuments, type ListedDocument } from '../orders/documents.ts';
import { addDays, ARTIFACT_SECONDS, expiryOf, stateAt, wireStatus } from '../orders/lifecycle.ts';
import type { OrderEvent, OrderSpec } from '../orders/model.ts';
import { describeProblems, type Problem } from '../orders/problems.ts';
import { validateOrder } from '../orders/validate.ts';
import {
  addEvent,
  findOrder,
  findTask,
  insertArtifact,
  insertOrder,
  listEvents,
  listPackagingTasks,
  listTasks,
  lockOrder,
  markOrderDeleted,
  type DocumentRow,
  type OrderRow,
} from '../store/orders.ts';
import { listResults } from '../store/results.ts';
import { findSds, touchSds } from '../store/sds.ts';
import type { Db } from '../store/database.ts';
import type { FlowContext } from './context.ts';
import { notifyTask } from './notify.ts';
import { PACKAGING_METHODS } from './package-order.ts';

/** An order whose documents are in the blob store, ready to be written down. */
interface PreparedOrder {
  readonly requestId: string;
  readonly spec: OrderSpec;
  readonly documents: readonly DocumentRow[];
}

export class OrderFlow implements OrderDesk {
  readonly #context: FlowContext;

  constructor(context: FlowContext) {
    this.#context = context;
  }

  authenticate(service: string, password: string): Promise<Account> {
    return this.#context.authenticator.check(service, password);
  }

  async createRequests(
    account: Account,
    specs: readonly OrderSpec[],
  ): Promise<{ requestIds: string[]; artifact?: string }> {
    const { db, clock } = this.#context;
    const problems: Problem[] = [];
    const prepared: PreparedOrder[] = [];
    for (const [index, spec] of specs.entries()) {
      const found = this.#judge(spec);
      const documents = await this.#takeDocuments(account, spec, found);
      const prefix = specs.length > 1 ? `request[${index + 1}]/` : '';
      problems.push(...found.map(({ element, why }) => ({ element: prefix + element, why })));
      prepared.push({ requestId: publicId(clock.now()), spec, documents });
    }
    if (problems.length > 0) throw new SeglError('ORDER_INVALID', { problems: describeProblems(problems) });
    const artifact = await db.transaction(async (tx) => {
      let first: string | undefined;
      for (const order of prepared) {
        const issued = await this.#write(tx, account, order);
        first ??= issued;
      }
      return first;
    });
    const requestIds = prepared.map(({ requestId }) => requestId);
    return artifact === undefined ? { requestIds } : { requestIds, artifact };
  }

  #judge(spec: OrderSpec): Problem[] {
    return validateOrder(spec, {
      signatureMethods: this.#context.methods.names,
      packagingMethods: PACKAGING_METHODS,
    });
  }

  /** Finds or stores every document's bytes and judges them; what is wrong is added to `problems`. */
  async #takeDocuments(account: Account, spec: OrderSpec, problems: Problem[]): Promise<DocumentRow[]> {
    const rows: DocumentRow[] = [];
    for (const listed of listDocuments(spec)) {
      const stored = await this.#takeDocument(account, listed, problems);
      if (!stored) continue;
      const why = await this.#judgeDocument(stored);
      if (why !== undefined) problems.push({ element: listed.element, why });
      rows.push(stored);
    }
    return rows;
  }

  async #takeDocument(
    account: Account,
    { documentId, spec, element }: ListedDocument,
    problems: Problem[],
  ): Promise<DocumentRow | undefined> {
    const { db, blobs, clock, config } = this.#context;
    const common = {
      documentId,
      externalReference: spec.externalReference ?? null,
      signTextEntry: spec.signTextEntry ?? null,
    };
    if (spec.kind === 'sds') {
      const found = await findSds(db, account.service, spec.refSdsId, clock.now());
      if (!found) {
        problems.push({
          element: `${element}/@ref-sds-id`,
          why: `there is no document "${spec.refSdsId}" in session data storage; it may have expired`,
        });
        return undefined;
      }
      return {
        ...common,
        title: spec.description,
        contentType: found.contentType,
        sha256: found.sha256,
        size: found.size,
      };
    }
    if (spec.kind === 'provided') {
      if (!spec.data || spec.data.length === 0) {
        problems.push({ element: `${element}/data`, why: 'must hold the document, base64' });
        return undefined;
      }
      const { sha256, size } = await blobs.put(spec.data, config.maxDocumentBytes);
      return { ...common, title: spec.description, contentType: spec.mimeType, sha256, size };
    }
    return undefined;
  }

  /** Undefined when the document can be signed; else what is wrong with it. */
  async #judgeDocument(document: DocumentRow): Promise<string | undefined> {
    const mimeType = document.contentType.split(';')[0]?.trim().toLowerCase();
    if (mimeType === 'text/plain') return undefined;
    if (mimeType !== 'application/pdf') {
      return `its media type is "${document.contentType}"; allowed: application/pdf, text/plain`;
    }
    try {
      checkPdf(await this.#context.blobs.read(document.sha256));
      return undefined;
    } catch (error) {
      if (isSeglError(error) && error.fault === 'Client') return error.message;
      throw error;
    }
  }

  /** Gives the artifact if a task asks for one. */
  async #write(
    tx: Db,
    account: Account,
    { requestId, spec, documents }: PreparedOrder,
  ): Promise<string | undefined> {
    const { clock, config } = this.#context;
    const createdAt = clock.now();
    await insertOrder(
      tx,
      { requestId, service: account.service, spec, createdAt },
      documents,
      spec.tasks.map((task) => ({ taskId: task.id, expiresAt: expiryOf(task, createdAt) })),
    );
    for (const { spec: document } of listDocuments(spec)) {
      if (document.kind === 'sds') await touchSds(tx, document.refSdsId, addDays(createdAt, config.sdsDays));
    }
    await addEvent(tx, { requestId, type: 'request-created', at: createdAt });
    for (const task of spec.tasks) await notifyTask(tx, clock, requestId, task, 'created');
    const wanting = spec.tasks.find(({ authentication }) => authentication?.artifact === true);
    return wanting && (await this.#issueArtifact(tx, requestId, wanting.id));
  }

  async #issueArtifact(db: Db, requestId: string, taskId: string): Promise<string> {
    const artifact = artifactId();
    const expiresAt = new Date(this.#context.clock.now().getTime() + ARTIFACT_SECONDS * 1000);
    await insertArtifact(db, { artifact, requestId, taskId, expiresAt });
    return artifact;
  }

  async #find(account: Account, requestId: string): Promise<OrderRow> {
    const order = await findOrder(this.#context.db, requestId, account.service);
    if (!order) throw new SeglError('REQUEST_UNKNOWN', { requestId });
    return order;
  }

  async getRequest(account: Account, requestId: string): Promise<OrderSpec> {
    return (await this.#find(account, requestId)).spec;
  }

  async getStatus(account: Account, requestIds: readonly string[]): Promise<TaskStatusInfo[]> {
    const { db, clock } = this.#context;
    const infos: TaskStatusInfo[] = [];
    for (const requestId of requestIds) {
      const order = await this.#find(account, requestId);
      const results = await listResults(db, requestId);
      for (const task of await listTasks(db, requestId)) {
        const status = wireStatus(stateAt(task, clock.now()));
        const documents = results
          .filter(({ taskId }) => taskId === task.taskId && status === 'completed')
          .map(({ documentId, archiveId }): DocumentStatus => ({
            documentId,
            result: archiveId === null ? { kind: 'order' } : { kind: 'archive', archiveId },
          }));
        infos.push({
          requestId,
          taskId: task.taskId,
          status,
          ...(order.spec.clientReference !== undefined && { clientReference: order.spec.clientReference }),
          ...(task.clientStatus !== null && { clientStatus: task.clientStatus }),
          documents: inActionOrder(order.spec, task.taskId, documents),
        });
      }
    }
    return infos;
  }

  async getRequestHistory(account: Account, requestId: string, taskId: string): Promise<OrderEvent[]> {
    await this.#find(account, requestId);
    await this.#requireTask(requestId, taskId);
    return listEvents(this.#context.db, requestId, taskId);
  }

  async getPackagingTaskStatus(
    account: Account,
    requestIds: readonly string[],
  ): Promise<PackagingTaskStatusInfo[]> {
    const infos: PackagingTaskStatusInfo[] = [];
    for (const requestId of requestIds) {
      await this.#find(account, requestId);
      for (const task of await listPackagingTasks(this.#context.db, requestId)) {
        infos.push({
          requestId,
          packagingTaskId: task.packagingTaskId,
          status: task.state,
          results: task.resultKind && task.resultId ? [{ kind: task.resultKind, id: task.resultId }] : [],
        });
      }
    }
    return infos;
  }

  async #requireTask(requestId: string, taskId: string): Promise<void> {
    if (!(await findTask(this.#context.db, requestId, taskId))) {
      throw new SeglError('REQUEST_TASK_UNKNOWN', { requestId, taskId });
    }
  }

  async createArtifact(account: Account, requestId: string, taskId: string): Promise<string> {
    await this.#find(account, requestId);
    await this.#requireTask(requestId, taskId);
    return this.#issueArtifact(this.#context.db, requestId, taskId);
  }

  async deleteRequests(account: Account, requestIds: readonly string[]): Promise<number> {
    const { db, clock } = this.#context;
    return db.transaction(async (tx) => {
      let deleted = 0;
      for (const requestId of requestIds) {
        const order = await lockOrder(tx, requestId);
        if (!order || !(await markOrderDeleted(tx, account.service, requestId, clock.now()))) continue;
        deleted += 1;
        await addEvent(tx, {
          requestId,
          type: 'document-deleted',
          at: clock.now(),
          data: 'request deleted by its sender',
        });
      }
      return deleted;
    });
  }
}

/** Results in the order in which the task lists its actions. */
function inActionOrder(spec: OrderSpec, taskId: string, documents: DocumentStatus[]): DocumentStatus[] {
  const task = spec.tasks.find(({ id }) => id === taskId);
  const order = task?.documentActions.map((action) => documentIdOf(spec, action)) ?? [];
  return documents.sort((a, b) => order.indexOf(a.documentId) - order.indexOf(b.documentId));
}
