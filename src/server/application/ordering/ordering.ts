/** What back ends ask for: order, look, delete. Implements the OrderService on the store. */
import { serverProblems } from '../../problems.ts';
import { publicId } from '@segl/problem/ids';
import type { AccountEid } from '@segl/identity/registry';
import type { Caller } from '../../domain/order/caller.ts';
import type {
  DocumentPlace,
  DocumentStatus,
  OrderService,
  PackagingTaskStatusInfo,
  TaskStatusInfo,
} from '../api.ts';
import type { Account } from '../../domain/order/account.ts';
import { documentIdOf, listDocuments } from '../../domain/order/documents.ts';
import { stateAt, wireStatus } from '../../domain/lifecycle/lifecycle.ts';
import type { OrderEvent, OrderSpec, TaskSpec } from '../../domain/order/model.ts';
import { invalidValues, type InvalidValue } from '../../domain/order/invalid-value.ts';
import { orderProblems } from '../../domain/order/problems.ts';
import { validateOrder } from '../../domain/order/validate.ts';
import { listedLogins } from '../../domain/signing-session/login.ts';
import { waysOnOffer } from '../../domain/signing-session/signing-options.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { listRedirectSchemes } from '../../adapters/postgres/accounts/account-details.ts';
import { insertOrderDocument, type DocumentRow } from '../../adapters/postgres/orders/order-documents.ts';
import {
  findOrder,
  findTask,
  isDeleted,
  listEvents,
  type OrderRow,
  type TaskRow,
} from '../../adapters/postgres/orders/orders.ts';
import {
  readOrders,
  readOrdersWithDocuments,
  type WholeOrderDocuments,
} from '../../adapters/postgres/orders/whole-orders.ts';
import type { FlowContext } from '../context.ts';
import { deleteRequests } from './deletion.ts';
import { create } from '../lifecycle/apply.ts';
import { notificationTypes } from '../lifecycle/notify.ts';
import { noteLeftOut } from './left-out.ts';
import { indexNewTasks, issueArtifact, issueFirstArtifact } from './opening-tasks.ts';
import { packagingMethodsOf } from '../../domain/order/packaging-methods.ts';
import {
  archiveOriginals,
  keepReferenced,
  storeProvided,
  takeDocuments,
} from '../documents/taking-documents.ts';

/** An order whose documents are in the blob store, ready to be written down. */
interface PreparedOrder {
  readonly requestId: string;
  readonly spec: OrderSpec;
  readonly documents: readonly DocumentRow[];
}

export class OrderFlow implements OrderService {
  readonly #context: FlowContext;

  constructor(context: FlowContext) {
    this.#context = context;
  }

  authenticate(service: string, password: string, caller?: Caller): Promise<Account> {
    return this.#context.authenticator.check(service, password, caller);
  }

  async createRequests(
    account: Account,
    specs: readonly OrderSpec[],
  ): Promise<{ requestIds: string[]; artifact?: string }> {
    const { db, clock, eid } = this.#context;
    const { offer } = await eid.of(account.service);
    const problems: InvalidValue[] = [];
    const prepared: PreparedOrder[] = [];
    for (const [index, spec] of specs.entries()) {
      const { found, documents } = await this.#judge(account, spec);
      const prefix = specs.length > 1 ? `request[${index + 1}]/` : '';
      problems.push(...found.map(({ element, problem }) => ({ element: prefix + element, problem })));
      prepared.push({ requestId: publicId(clock.now()), spec, documents });
    }
    if (problems.length > 0)
      throw serverProblems.error('ORDER_INVALID', { problems: invalidValues(problems) });
    for (const spec of specs) await storeProvided(this.#context, spec);
    const artifact = await db.transaction(async (tx) => {
      await keepReferenced(tx, this.#context, account, specs.flatMap(listDocuments));
      let first: string | undefined;
      for (const order of prepared) {
        const issued = await this.#write(tx, account, order);
        await noteLeftOut(tx, offer, { requestId: order.requestId, at: clock.now() }, order.spec.tasks);
        first ??= issued;
      }
      return first;
    });
    const requestIds = prepared.map(({ requestId }) => requestId);
    return artifact === undefined ? { requestIds } : { requestIds, artifact };
  }

  async #judge(
    account: Account,
    spec: OrderSpec,
  ): Promise<{ found: InvalidValue[]; documents: DocumentRow[] }> {
    const found = await judgeOrder(this.#context, account, spec);
    const documents = await takeDocuments(this.#context, account, spec, found);
    return { found, documents };
  }

  async judgeRequests(account: Account, specs: readonly OrderSpec[]): Promise<InvalidValue[][]> {
    const all: InvalidValue[][] = [];
    for (const spec of specs) all.push((await this.#judge(account, spec)).found);
    return all;
  }

  /** Gives the artifact if a task asks for one. */
  async #write(tx: Db, account: Account, order: PreparedOrder): Promise<string | undefined> {
    const { requestId, spec } = order;
    const { service } = account;
    const documents = await archiveOriginals(tx, this.#context, account, spec, order.documents);
    await create(tx, this.#context, { requestId, service, spec }, async (createdAt) => {
      for (const row of documents) await insertOrderDocument(tx, requestId, row);
      await indexNewTasks(tx, { requestId, service, spec, documents }, spec.tasks, createdAt);
    });
    return issueFirstArtifact(tx, this.#context, requestId, spec.tasks);
  }

  async getRequest(account: Account, requestId: string): Promise<OrderSpec> {
    return (await findOwn(this.#context.db, account, requestId)).spec;
  }

  async getStatus(account: Account, requestIds: readonly string[]): Promise<TaskStatusInfo[]> {
    const { db, clock } = this.#context;
    const orders = await db.snapshot((tx) => readOrdersWithDocuments(tx, requestIds, account.service));
    const now = clock.now();
    return requestIds.flatMap((requestId) => {
      const order = orders.get(requestId);
      if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
      return order.tasks.map((task) => statusOfTask(order, task, now));
    });
  }

  getRequestHistory(account: Account, requestId: string, taskId: string): Promise<OrderEvent[]> {
    return this.#context.db.snapshot(async (tx) => {
      await findOwn(tx, account, requestId);
      await requireTask(tx, requestId, taskId);
      return listEvents(tx, requestId, taskId);
    });
  }

  async getPackagingTaskStatus(
    account: Account,
    requestIds: readonly string[],
  ): Promise<PackagingTaskStatusInfo[]> {
    const { db } = this.#context;
    const orders = await db.snapshot((tx) => readOrders(tx, requestIds, account.service));
    const infos = requestIds.flatMap((requestId) => {
      const order = orders.get(requestId);
      if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
      return order.packaging.map(
        ({ packagingTaskId, state, resultKind, resultId }): PackagingTaskStatusInfo => ({
          requestId,
          packagingTaskId,
          status: state,
          results: resultKind && resultId ? [{ kind: resultKind, id: resultId }] : [],
        }),
      );
    });
    // the contract has no reply that says "none"
    if (infos.length === 0) throw serverProblems.error('NO_PACKAGING_TASK');
    return infos;
  }

  async createArtifact(account: Account, requestId: string, taskId: string): Promise<string> {
    const { db } = this.#context;
    await findOwn(db, account, requestId);
    await requireTask(db, requestId, taskId);
    return issueArtifact(db, this.#context, requestId, taskId);
  }

  deleteRequests(account: Account, requestIds: readonly string[]): Promise<number> {
    return deleteRequests(this.#context, account, requestIds);
  }
}

async function findOwn(db: Db, { service }: Account, requestId: string): Promise<OrderRow> {
  const order = await findOrder(db, requestId, service);
  if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
  return order;
}

async function requireTask(db: Db, requestId: string, taskId: string): Promise<void> {
  if (!(await findTask(db, requestId, taskId))) {
    throw serverProblems.error('REQUEST_TASK_UNKNOWN', { requestId, taskId });
  }
}

/** All problems of an order but those of its documents' bytes. */
export async function judgeOrder(
  { db, eid, config }: FlowContext,
  { service }: Account,
  spec: OrderSpec,
): Promise<InvalidValue[]> {
  const account = await eid.of(service);
  const problems = validateOrder(spec, {
    methods: account.offer,
    packagingMethods: [...packagingMethodsOf(config).keys()],
    notificationTypes: notificationTypes(config),
    redirectSchemes: await listRedirectSchemes(db, service),
  });
  for (const task of spec.tasks) {
    const subject = task.subject ?? spec.subjects.find(({ id }) => id === task.subjectRef);
    // the number says who has to sign, and nobody could tell whether it is they
    if (!subject?.nationalId?.trim() || comparesNationalIds(task, account)) continue;
    const problem = orderProblems.of('task/national-id-not-comparable');
    problems.push({ element: `task[@id="${task.id}"]/subject/national-id`, problem });
  }
  return problems;
}

/** Whether every method that the task can be opened or signed with compares the number of the order with the signer's. */
const comparesNationalIds = (task: TaskSpec, { methods, logins, offer }: AccountEid): boolean =>
  [
    ...listedLogins(task.authentication, offer)
      .filter(({ isOffered }) => isOffered)
      .map(({ method }) => logins.get(method)),
    ...waysOnOffer(task, offer).flatMap(({ kind, method }) =>
      kind === 'hand' ? [] : [(kind === 'eid' ? methods : logins).get(method)],
    ),
  ].every(({ method }) => method.comparesNationalIds);

const placeOf = (archiveId: string | null): DocumentPlace =>
  archiveId === null ? { kind: 'order' } : { kind: 'archive', archiveId };

function statusOfTask(whole: WholeOrderDocuments, task: TaskRow, now: Date): TaskStatusInfo {
  const { requestId, spec } = whole.order;
  const { taskId, clientStatus } = task;
  const { clientReference } = spec;
  // its sender was told that it is deleted, be it that evidence is still being made
  const status = isDeleted(whole.order) ? 'deleted' : wireStatus(stateAt(task, now));
  return {
    requestId,
    taskId,
    status,
    ...(clientReference !== undefined && { clientReference }),
    ...(clientStatus !== null && { clientStatus }),
    documents: status === 'completed' ? documentsOf(whole, taskId) : [],
  };
}

/** What was signed or uploaded in the task, in the order in which it lists its actions. */
function documentsOf(
  { order: { spec }, documents, results, forms }: WholeOrderDocuments,
  taskId: string,
): DocumentStatus[] {
  const actions = spec.tasks.find(({ id }) => id === taskId)?.documentActions ?? [];
  return actions.flatMap((action): DocumentStatus[] => {
    const documentId = documentIdOf(spec, action) ?? '';
    const document = documents.find((row) => row.documentId === documentId);
    const result = results.find((row) => row.taskId === taskId && row.documentId === documentId);
    const form = forms.find((row) => row.taskId === taskId && row.documentId === documentId);
    if (!document || (!result && document.uploadedIn !== taskId)) return [];
    return [
      {
        documentId,
        original: placeOf(document.archiveId),
        ...(result && { result: placeOf(result.archiveId) }),
        ...(result && form && { formOutputParams: form.params }),
      },
    ];
  });
}
