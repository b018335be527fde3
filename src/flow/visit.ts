/** A signer's visit to a task: opening it, finding it again, what belongs to it, and what is due in it. */
import { createHash, randomBytes } from 'node:crypto';
import { SeglError } from '../errors.ts';
import { randomBase36, transactionId } from '../ids.ts';
import { actionsInOrder, documentIdOf } from '../orders/documents.ts';
import { SESSION_IDLE_MINUTES, stateAt, waitsFor } from '../orders/lifecycle.ts';
import type { DocumentAction, EventType, Subject, TaskSpec } from '../orders/model.ts';
import { dueStep, type DueStep } from '../orders/steps.ts';
import type { Db } from '../store/database.ts';
import {
  addEvent,
  findOrder,
  listOrderDocuments,
  listTasks,
  markStarted,
  redeemArtifact,
  type DocumentRow,
  type OrderRow,
  type TaskRow,
} from '../store/orders.ts';
import { addAudit, insertSession, visitSession, type SessionRow } from '../store/sessions.ts';
import type { FlowContext } from './context.ts';
import type { ClientInfo, SessionKey } from '../orders/signing-desk.ts';

/** A document action with the document that it is about. */
export interface TaskDocument {
  readonly action: DocumentAction;
  readonly document: DocumentRow;
}

/** A session with everything that decides what may happen in it. */
export interface Visit {
  readonly session: SessionRow;
  readonly order: OrderRow;
  readonly task: TaskRow;
  readonly spec: TaskSpec;
  readonly documents: readonly TaskDocument[];
  readonly subject: Subject | undefined;
}

const hash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** The person a task is for: given in the task, or listed in the order. */
export function subjectOf(order: OrderRow, task: TaskSpec): Subject | undefined {
  return task.subject ?? order.spec.subjects.find(({ id }) => id !== undefined && id === task.subjectRef);
}

export async function taskDocuments(
  context: FlowContext,
  order: OrderRow,
  spec: TaskSpec,
): Promise<TaskDocument[]> {
  const rows = new Map(
    (await listOrderDocuments(context.db, order.requestId)).map((row) => [row.documentId, row]),
  );
  return actionsInOrder(spec).flatMap((action) => {
    const document = rows.get(documentIdOf(order.spec, action) ?? '');
    return document ? [{ action, document }] : [];
  });
}

/** Refuses a task that is not there, closed, or waits for others. */
function requireOpen(
  order: OrderRow,
  tasks: readonly TaskRow[],
  task: TaskRow,
  spec: TaskSpec,
  now: Date,
): void {
  const state = order.deletedAt ? 'deleted' : stateAt(task, now);
  if (state !== 'created') throw new SeglError('TASK_CLOSED', { state });
  const states = new Map(tasks.map(({ taskId, state }) => [taskId, state]));
  if (waitsFor(spec, states).length > 0) throw new SeglError('TASK_WAITING');
}

/** See SigningFlow.open. */
export async function openSession(
  context: FlowContext,
  input: { requestId: string; taskId?: string; artifact?: string; client: ClientInfo },
): Promise<SessionKey> {
  const { db, clock } = context;
  const now = clock.now();
  const order = await findOrder(db, input.requestId);
  if (!order) throw new SeglError('TASK_UNKNOWN');
  const tasks = await listTasks(db, order.requestId);
  const wanted = input.taskId || (tasks.find((row) => stateAt(row, now) === 'created') ?? tasks[0])?.taskId;
  const task = tasks.find(({ taskId }) => taskId === wanted);
  const spec = order.spec.tasks.find(({ id }) => id === wanted);
  if (!task || !spec) throw new SeglError('TASK_UNKNOWN');
  requireOpen(order, tasks, task, spec, now);
  if (input.artifact || spec.authentication?.artifact === true) {
    const ids = { artifact: input.artifact ?? '', requestId: order.requestId, taskId: task.taskId };
    if (!(await redeemArtifact(db, ids, now))) throw new SeglError('ARTIFACT_INVALID');
  }
  const key = { ref: randomBase36(16), secret: randomBytes(32).toString('base64url') };
  const session = {
    ref: key.ref,
    requestId: order.requestId,
    taskId: task.taskId,
    transactionId: transactionId(),
    client: input.client,
    startedAt: now,
    progress: {},
  };
  await db.transaction(async (tx) => {
    await insertSession(tx, { ...session, secretHash: hash(key.secret) });
    await addAudit(tx, key.ref, {
      at: now,
      type: 'started-transaction',
      data: {
        'client-ip': input.client.ip,
        'user-agent': input.client.userAgent,
        'transaction-id': session.transactionId,
        description: 'The signer opened the task',
      },
    });
    if (await markStarted(tx, order.requestId, task.taskId, now)) {
      await addEvent(tx, { requestId: order.requestId, taskId: task.taskId, type: 'task-started', at: now });
    }
  });
  return key;
}

/** The session for a key. Throws SESSION_GONE. */
export async function visit(context: FlowContext, key: SessionKey): Promise<Visit> {
  const { db, clock } = context;
  const now = clock.now();
  const seenSince = new Date(now.getTime() - SESSION_IDLE_MINUTES * 60_000);
  const session = await visitSession(db, { ref: key.ref, secretHash: hash(key.secret) }, seenSince, now);
  const order = session && (await findOrder(db, session.requestId));
  if (!session || !order) throw new SeglError('SESSION_GONE');
  const tasks = await listTasks(db, order.requestId);
  const task = tasks.find(({ taskId }) => taskId === session.taskId);
  const spec = order.spec.tasks.find(({ id }) => id === session.taskId);
  if (!task || !spec) throw new SeglError('SESSION_GONE');
  const documents = await taskDocuments(context, order, spec);
  return { session, order, task, spec, documents, subject: subjectOf(order, spec) };
}

/** What the signer has to do next. */
export const dueIn = ({ documents, session }: Visit): DueStep =>
  dueStep(
    documents.map(({ action, document }) => ({ documentId: document.documentId, action: action.type })),
    session.progress,
  );

/** The visit, if `documentId` is the document that is due for one of `steps`. Throws STEP_NOT_DUE and what `visit` throws. */
export async function visitAt(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  ...steps: DueStep['kind'][]
): Promise<{ current: Visit; chosen: TaskDocument }> {
  const current = await visit(context, key);
  requireActive(current, context.clock.now());
  const chosen = current.documents.find(({ document }) => document.documentId === documentId);
  const due = dueIn(current);
  if (!chosen || due.kind === 'send-in' || due.documentId !== documentId || !steps.includes(due.kind)) {
    throw new SeglError('STEP_NOT_DUE', { why: due.kind });
  }
  return { current, chosen };
}

/** Adds an event to the history of the task that is visited. */
export const noteEvent = (db: Db, { task }: Visit, type: EventType, at: Date, data?: string): Promise<void> =>
  addEvent(db, {
    requestId: task.requestId,
    taskId: task.taskId,
    type,
    at,
    ...(data !== undefined && { data }),
  });

/** Refuses to act in a session that has ended, or on a task that is closed by now. */
export function requireActive({ session, order, task }: Visit, now: Date): void {
  const state = order.deletedAt ? 'deleted' : stateAt(task, now);
  if (state !== 'created')
    throw new SeglError('TASK_CLOSED', { state: state === 'sent-in' ? 'completed' : state });
  if (session.endedAt) throw new SeglError('SESSION_GONE');
}
