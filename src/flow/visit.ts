/** A signer's visit to a task: opening it, finding it again, what belongs to it, and what is due in it. */
import { createHash, randomBytes } from 'node:crypto';
import { SeglError } from '../errors.ts';
import { randomBase36, transactionId } from '../ids.ts';
import { Dependencies } from '../orders/dependencies.ts';
import { actionsInOrder, documentIdOf, listDocuments, titleOf } from '../orders/documents.ts';
import { SESSION_IDLE_MINUTES, stateAt, waitsFor } from '../orders/lifecycle.ts';
import type { DocumentAction, EventType, OrderSpec, Subject, TaskSpec } from '../orders/model.ts';
import { waysFor, type SigningWay } from '../orders/signing-ways.ts';
import { dueStep, wayOf, type DueStep, type StepDocument } from '../orders/steps.ts';
import type { Db } from '../store/database.ts';
import { listOrderDocuments, type DocumentRow } from '../store/order-documents.ts';
import {
  addEvent,
  findOrder,
  findTask,
  listPackagingTasks,
  listTasks,
  lockOrder,
  markStarted,
  redeemArtifact,
  type OrderRow,
  type PackagingTaskRow,
  type TaskRow,
} from '../store/orders.ts';
import { addAudit, insertSession, lockSession, visitSession, type SessionRow } from '../store/sessions.ts';
import { listUploads } from '../store/uploads.ts';
import type { FlowContext } from './context.ts';
import type { ClientInfo, SessionKey } from '../orders/signing-desk.ts';

/** A document action with the document that it is about. */
export interface TaskDocument {
  readonly action: DocumentAction;
  readonly documentId: string;
  readonly title: string;
  /** Absent until the signer has uploaded it. */
  readonly document?: DocumentRow;
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

/** Secrets of sessions are kept hashed. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** The person a task is for: given in the task, or listed in the order. */
export function subjectOf(order: OrderRow, task: TaskSpec): Subject | undefined {
  return task.subject ?? order.spec.subjects.find(({ id }) => id !== undefined && id === task.subjectRef);
}

/**
 * What the task is about, in the signer's order; with `sessionRef`, including what was uploaded in that visit. The
 * result of a document that an earlier signer left out does not exist, and is left out here too.
 */
export async function taskDocuments(
  { db }: Pick<FlowContext, 'db'>,
  order: OrderRow,
  spec: TaskSpec,
  sessionRef?: string,
): Promise<TaskDocument[]> {
  const rows = new Map((await listOrderDocuments(db, order.requestId)).map((row) => [row.documentId, row]));
  const hasUploads = spec.documentActions.some(({ type }) => type === 'upload');
  const uploads = hasUploads && sessionRef !== undefined ? await listUploads(db, sessionRef) : [];
  const titles = new Map(
    hasUploads ? listDocuments(order.spec).map((listed) => [listed.documentId, titleOf(listed)]) : [],
  );
  return actionsInOrder(spec).flatMap((action): TaskDocument[] => {
    const documentId = documentIdOf(order.spec, action) ?? '';
    const document = rows.get(documentId);
    if (document) return [{ action, documentId, title: document.title, document }];
    if (action.type !== 'upload') return [];
    const title = titles.get(documentId) ?? documentId;
    const upload = uploads.find((row) => row.documentId === documentId);
    const row = { title, externalReference: null, signTextEntry: null, archiveId: null };
    return [{ action, documentId, title, ...(upload && { document: { ...row, ...upload } }) }];
  });
}

/** Whether others must act first: earlier tasks, or the packaging whose PDF the task shows. */
export function isWaiting(
  order: OrderSpec,
  task: TaskSpec,
  tasks: readonly TaskRow[],
  packaging: readonly PackagingTaskRow[],
): boolean {
  const states = new Map(tasks.map(({ taskId, state }) => [taskId, state]));
  if (waitsFor(task, states).length > 0) return true;
  const made = new Set(
    packaging.filter(({ state }) => state === 'completed').map(({ packagingTaskId }) => packagingTaskId),
  );
  return packaging.length > 0 && new Dependencies(order).packagingFor(task.id).some((id) => !made.has(id));
}

/** Refuses a task that is closed, or waits for others. */
async function requireOpen(
  db: Db,
  order: OrderRow,
  tasks: readonly TaskRow[],
  task: TaskRow,
  spec: TaskSpec,
  now: Date,
): Promise<void> {
  const state = order.deletedAt ? 'deleted' : stateAt(task, now);
  if (state !== 'created') throw new SeglError('TASK_CLOSED', { state });
  const packaging = await listPackagingTasks(db, order.requestId);
  if (isWaiting(order.spec, spec, tasks, packaging)) throw new SeglError('TASK_WAITING');
}

/** See SigningFlow.open. `isSignedOn`: an artifact was given for the user session that the task is opened in. */
export async function openSession(
  context: FlowContext,
  input: {
    service?: string;
    requestId: string;
    taskId?: string;
    artifact?: string;
    isSignedOn?: boolean;
    client: ClientInfo;
  },
): Promise<SessionKey> {
  const { db, clock } = context;
  const now = clock.now();
  const order = await findOrder(db, input.requestId, input.service);
  if (!order) throw new SeglError('TASK_UNKNOWN');
  const tasks = await listTasks(db, order.requestId);
  const wanted = input.taskId || (tasks.find((row) => stateAt(row, now) === 'created') ?? tasks[0])?.taskId;
  const task = tasks.find(({ taskId }) => taskId === wanted);
  const spec = order.spec.tasks.find(({ id }) => id === wanted);
  if (!task || !spec) throw new SeglError('TASK_UNKNOWN');
  await requireOpen(db, order, tasks, task, spec, now);
  const usesArtifact =
    Boolean(input.artifact) || (spec.authentication?.artifact === true && input.isSignedOn !== true);
  if (usesArtifact) {
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
    await insertSession(tx, { ...session, secretHash: hashSecret(key.secret) });
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
    if (usesArtifact || input.isSignedOn === true) {
      const ids = { requestId: order.requestId, taskId: task.taskId };
      await addEvent(tx, { ...ids, type: 'user-authenticated', at: now, data: 'artifact' });
    }
  });
  return key;
}

/** The session for a key. Throws SESSION_GONE. */
export async function visit(context: FlowContext, key: SessionKey): Promise<Visit> {
  const { db, clock } = context;
  const now = clock.now();
  const seenSince = new Date(now.getTime() - SESSION_IDLE_MINUTES * 60_000);
  const session = await visitSession(
    db,
    { ref: key.ref, secretHash: hashSecret(key.secret) },
    seenSince,
    now,
  );
  const order = session && (await findOrder(db, session.requestId));
  if (!session || !order) throw new SeglError('SESSION_GONE');
  const tasks = await listTasks(db, order.requestId);
  const task = tasks.find(({ taskId }) => taskId === session.taskId);
  const spec = order.spec.tasks.find(({ id }) => id === session.taskId);
  if (!task || !spec) throw new SeglError('SESSION_GONE');
  const documents = await taskDocuments(context, order, spec, session.ref);
  return { session, order, task, spec, documents, subject: subjectOf(order, spec) };
}

/**
 * The visit as it stands now, its order and session locked until the transaction ends. What was decided before is
 * decided again on this: another tab, or another signer, may have been faster.
 */
export async function lockVisit(tx: Db, current: Visit): Promise<Visit> {
  const { requestId, taskId } = current.task;
  const order = await lockOrder(tx, requestId);
  const task = await findTask(tx, requestId, taskId);
  const session = await lockSession(tx, current.session.ref);
  if (!order || !task || !session) throw new SeglError('SESSION_GONE');
  return { ...current, order, task, session };
}

/** The ways to sign that apply to this visit. */
export const waysIn = ({ spec }: Visit): SigningWay[] => waysFor(spec, undefined);

function stepDocuments(current: Visit): StepDocument[] {
  const ways = waysIn(current);
  return current.documents.map(({ action, documentId }) => ({ documentId, action: action.type, ways }));
}

/** What the signer has to do next. */
export const dueIn = (current: Visit): DueStep => dueStep(stepDocuments(current), current.session.progress);

/** How a document is to be signed. Throws STEP_NOT_DUE while that is open. */
export function requireWay(current: Visit, documentId: string): SigningWay {
  const way = wayOf(stepDocuments(current), current.session.progress, documentId);
  if (!way) throw new SeglError('STEP_NOT_DUE', { why: 'choose-method' });
  return way;
}

/** The visit, if `documentId` is the document that is due for one of `steps`. Throws STEP_NOT_DUE and what `visit` throws. */
export async function visitAt(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  ...steps: DueStep['kind'][]
): Promise<{ current: Visit; chosen: TaskDocument }> {
  const current = await visit(context, key);
  return { current, chosen: requireDue(current, context.clock.now(), documentId, ...steps) };
}

/** The document, if it is due for one of `steps`. Throws STEP_NOT_DUE, TASK_CLOSED, SESSION_GONE. */
export function requireDue(
  current: Visit,
  now: Date,
  documentId: string,
  ...steps: DueStep['kind'][]
): TaskDocument {
  requireActive(current, now);
  const chosen = current.documents.find((one) => one.documentId === documentId);
  const due = dueIn(current);
  if (!chosen || due.kind === 'send-in' || due.documentId !== documentId || !steps.includes(due.kind)) {
    throw new SeglError('STEP_NOT_DUE', { why: due.kind });
  }
  return chosen;
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
