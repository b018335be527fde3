/** Tasks that are added to an order under way, or taken out of it. See TaskService. */
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import {
  documentIdOf,
  listDocuments,
  taskElement,
  type ListedDocument,
} from '../../domain/order/documents.ts';
import type { Account } from '../../domain/order/account.ts';
import { stateAt, wireStatus } from '../../domain/lifecycle/lifecycle.ts';
import type { OrderSpec, TaskSpec } from '../../domain/order/model.ts';
import { invalidValues, type InvalidValue } from '../../domain/order/invalid-value.ts';
import { orderProblems } from '../../domain/order/problems.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  insertOrderDocument,
  listOrderDocuments,
  type DocumentRow,
} from '../../adapters/postgres/orders/order-documents.ts';
import {
  findOrder,
  isDeleted,
  listPackagingTasks,
  listTasks,
  lockOrder,
  updateSpec,
  type OrderRow,
} from '../../adapters/postgres/orders/orders.ts';
import type { FlowContext } from '../context.ts';
import { apply } from '../lifecycle/apply.ts';
import { noteLeftOut } from './left-out.ts';
import { indexNewTasks, issueFirstArtifact } from './opening-tasks.ts';
import { judgeOrder } from './ordering.ts';
import {
  archiveOriginals,
  keepReferenced,
  storeProvided,
  takeDocuments,
} from '../documents/taking-documents.ts';

/**
 * Judged together with the whole order, as if it had been ordered with it. An order that was complete is under way
 * again until this task is completed too; packaging tasks that have ended stay as they are.
 */
export async function addTask(
  context: FlowContext,
  account: Account,
  requestId: string,
  task: TaskSpec,
): Promise<{ artifact?: string }> {
  const { db, eid } = context;
  const { offer } = await eid.of(account.service);
  const before = await findOwn(db, account, requestId);
  const grown = withTask(before.spec, task);
  const { problems, documents, isNew } = await judgeGrown(context, account, grown, task);
  requireSound(problems);
  await storeProvided(context, grown, isNew);
  const added = await db.transaction(async (tx) => {
    const order = await lockOrder(tx, requestId);
    if (!order || isDeleted(order)) throw serverProblems.error('REQUEST_DELETED', { requestId });
    // another task came in between
    if (order.spec.tasks.length !== before.spec.tasks.length) return undefined;
    const spec = withTask(order.spec, task);
    requireSound(await standingProblems(tx, context, order, task));
    await keepReferenced(tx, context, account, listDocuments(spec).filter(isNew));
    const rows = await archiveOriginals(tx, context, account, spec, documents);
    await updateSpec(tx, requestId, spec);
    for (const row of rows) await insertOrderDocument(tx, requestId, row);
    const present = {
      requestId,
      service: order.service,
      spec,
      documents: await listOrderDocuments(tx, requestId),
    };
    await apply(tx, context, requestId, { type: 'add-task', task: task.id }, (at) =>
      indexNewTasks(tx, present, [task], at),
    );
    await noteLeftOut(tx, offer, { requestId, at: context.clock.now() }, [task]);
    const artifact = await issueFirstArtifact(tx, context, requestId, [task]);
    return artifact === undefined ? {} : { artifact };
  });
  return added ?? addTask(context, account, requestId, task);
}

/** The order with the new task in it; `isNew`: whether a document came with the task. */
async function judgeGrown(
  context: FlowContext,
  account: Account,
  grown: OrderSpec,
  task: TaskSpec,
): Promise<{
  problems: InvalidValue[];
  documents: DocumentRow[];
  isNew: (listed: ListedDocument) => boolean;
}> {
  const problems = await judgeOrder(context, account, grown);
  const isNew = ({ spec }: ListedDocument): boolean =>
    task.documentActions.some(({ document }) => document === spec);
  const documents = await takeDocuments(context, account, grown, problems, isNew);
  return { problems, documents, isNew };
}

/** See TaskService.judgeTask: the new task's paths begin with `task`, as it is the only one in the payload. */
export async function judgeTask(
  context: FlowContext,
  account: Account,
  requestId: string,
  task: TaskSpec,
): Promise<InvalidValue[]> {
  try {
    const order = await findOwn(context.db, account, requestId);
    const grown = withTask(order.spec, task);
    const { problems } = await judgeGrown(context, account, grown, task);
    problems.push(...(await standingProblems(context.db, context, order, task)));
    // by its place where it has no id: it is the only one in the payload
    const place = task.id === '' ? taskElement(grown, task) : undefined;
    return problems.map((problem) =>
      place !== undefined && problem.element.startsWith(place)
        ? { ...problem, element: `task${problem.element.slice(place.length)}` }
        : problem,
    );
  } catch (error) {
    if (!isSeglError(error, 'REQUEST_UNKNOWN', 'REQUEST_DELETED')) throw error;
    return [{ element: 'request-id', problem: error.problem }];
  }
}

const withTask = (spec: OrderSpec, task: TaskSpec): OrderSpec => ({ ...spec, tasks: [...spec.tasks, task] });

async function findOwn(db: Db, { service }: Account, requestId: string): Promise<OrderRow> {
  const order = await findOrder(db, requestId, service);
  if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
  if (isDeleted(order)) throw serverProblems.error('REQUEST_DELETED', { requestId });
  return order;
}

function requireSound(problems: readonly InvalidValue[]): void {
  if (problems.length > 0) throw serverProblems.error('ORDER_INVALID', { problems: invalidValues(problems) });
}

/** What a new task can never get any more, as the order stands. */
async function standingProblems(
  tx: Db,
  { clock }: FlowContext,
  { requestId, spec }: OrderRow,
  task: TaskSpec,
): Promise<InvalidValue[]> {
  const problems: InvalidValue[] = [];
  const grown = withTask(spec, task);
  const states = new Map(
    (await listTasks(tx, requestId)).map((row) => [row.taskId, stateAt(row, clock.now())]),
  );
  for (const id of task.dependsOnTasks) {
    const state = states.get(id);
    if (state === undefined || state === 'created' || state === 'sent-in' || state === 'completed') continue;
    const element = `${taskElement(grown, task)}/depends-on-task`;
    problems.push({
      element,
      problem: orderProblems.of('task/never-completed', { id, state: wireStatus(state) }),
    });
  }
  const packaging = await listPackagingTasks(tx, requestId);
  const shown = new Set(task.documentActions.map((action) => documentIdOf(grown, action)));
  for (const { documentId, spec: document, element } of listDocuments(grown)) {
    if (document.kind !== 'packaging-result' || !shown.has(documentId)) continue;
    const row = packaging.find(({ packagingTaskId }) => packagingTaskId === document.refPackagingTaskId);
    if (row?.state !== 'failed') continue;
    problems.push({
      element,
      problem: orderProblems.of('packaging-task/failed', { id: row.packagingTaskId }),
    });
  }
  return problems;
}

/**
 * Takes an open task out of the order: it is `deleted`, nothing waits for it any more, and the order is complete when
 * its other tasks are. Refused while an open task needs the document that would come from it. A task that was taken
 * out before is left alone.
 */
export async function disableTask(
  context: FlowContext,
  account: Account,
  requestId: string,
  taskId: string,
): Promise<void> {
  await findOwn(context.db, account, requestId);
  const command = { type: 'disable', task: taskId } as const;
  await context.db.transaction((tx) => apply(tx, context, requestId, command));
}
