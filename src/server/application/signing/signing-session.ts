/** A signer's session to a task: opening it, finding it again, what belongs to it, and what is due in it. */
import { identityProblems } from '@segl/identity/problems';
import type { MethodOffer } from '@segl/identity/registry';
import { createHash } from 'node:crypto';
import { serverProblems } from '../../problems.ts';
import { Dependencies } from '../../domain/order/dependencies.ts';
import {
  actionsInOrder,
  documentIdOf,
  formsOf,
  listDocuments,
  titleOf,
} from '../../domain/order/documents.ts';
import { SESSION_IDLE_MINUTES, stateAt, waitsFor } from '../../domain/lifecycle/lifecycle.ts';
import { identificationDue } from '../../domain/signing-session/login.ts';
import type {
  DocumentAction,
  EventType,
  Form,
  OrderSpec,
  Subject,
  TaskSpec,
} from '../../domain/order/model.ts';
import { waysFor, type SigningWay } from '../../domain/signing-session/signing-options.ts';
import {
  dueStep,
  isSameAct,
  wayOf,
  type DueStep,
  type StepDocument,
} from '../../domain/signing-session/steps.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { listOrderDocuments, type DocumentRow } from '../../adapters/postgres/orders/order-documents.ts';
import {
  addEvent,
  findOrder,
  findTask,
  lockOrder,
  type OrderRow,
  type PackagingTaskRow,
  type TaskRow,
} from '../../adapters/postgres/orders/orders.ts';
import { listFilledForms } from '../../adapters/postgres/orders/filled-forms.ts';
import {
  findSession,
  lockSession,
  seeSession,
  type SessionRow,
} from '../../adapters/postgres/sessions/sessions.ts';
import { listUploads } from '../../adapters/postgres/uploads.ts';
import type { FlowContext } from '../context.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';

/** A document action with the document that it is about. */
export interface TaskDocument {
  readonly action: DocumentAction;
  readonly documentId: string;
  readonly title: string;
  /** Absent until the signer has uploaded it. Of a form that is filled in, the document made from it. */
  readonly document?: DocumentRow;
  /** To be filled in before it is read: what the order says of the form. */
  readonly form?: Form;
}

/** A session with everything that decides what may happen in it. */
export interface SigningSession {
  readonly session: SessionRow;
  readonly order: OrderRow;
  readonly task: TaskRow;
  readonly spec: TaskSpec;
  readonly documents: readonly TaskDocument[];
  readonly subject: Subject | undefined;
  /** What the account may order now. */
  readonly offer: MethodOffer;
}

/** Secrets of sessions are kept hashed. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** The person a task is for: given in the task, or listed in the order. */
export function subjectOf(order: OrderRow, task: TaskSpec): Subject | undefined {
  return task.subject ?? order.spec.subjects.find(({ id }) => id !== undefined && id === task.subjectRef);
}

/**
 * What the task is about, in the signer's order; with `session`, including what was uploaded or filled in in that session. The
 * result of a document that an earlier signer left out does not exist, and is left out here too.
 */
export async function taskDocuments(
  { db }: { readonly db: Db },
  order: OrderRow,
  spec: TaskSpec,
  session?: Pick<SessionRow, 'ref' | 'progress'>,
): Promise<TaskDocument[]> {
  const sessionRef = session?.ref;
  const rows = new Map((await listOrderDocuments(db, order.requestId)).map((row) => [row.documentId, row]));
  const forms = formsOf(order.spec);
  for (const { documentId, sha256, size, ...filled } of forms.size === 0
    ? []
    : await listFilledForms(db, order.requestId, sessionRef)) {
    const row = rows.get(documentId);
    const isOwn = filled.sessionRef === sessionRef;
    // a form that is open again shows the document as it came
    if (isOwn && session?.progress[documentId]?.filledSha256 !== sha256) continue;
    if (row) rows.set(documentId, { ...row, sha256, size });
  }
  const hasUploads = spec.documentActions.some(({ type }) => type === 'upload');
  const uploads = hasUploads && sessionRef !== undefined ? await listUploads(db, sessionRef) : [];
  const titles = new Map(
    hasUploads ? listDocuments(order.spec).map((listed) => [listed.documentId, titleOf(listed)]) : [],
  );
  return actionsInOrder(spec).flatMap((action): TaskDocument[] => {
    const documentId = documentIdOf(order.spec, action) ?? '';
    const document = rows.get(documentId);
    const form = action.type === 'sign' ? forms.get(documentId) : undefined;
    if (document) return [{ action, documentId, title: document.title, document, ...(form && { form }) }];
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

/** The session for a key. Throws SESSION_GONE. */
export async function signingSession(context: FlowContext, key: SessionKey): Promise<SigningSession> {
  const { db, clock } = context;
  const now = clock.now();
  const seenSince = new Date(now.getTime() - SESSION_IDLE_MINUTES * 60_000);
  const session = await seeSession(db, { ref: key.ref, secretHash: hashSecret(key.secret) }, seenSince, now);
  if (!session) throw serverProblems.error('SESSION_GONE');
  const read = await db.snapshot((tx) => readSigningSession(tx, session.ref));
  return { ...read, offer: (await context.eid.of(read.order.service)).offer };
}

/** What belongs to a session; of one moment when it is read in a snapshot. Throws SESSION_GONE. */
async function readSigningSession(tx: Db, ref: string): Promise<Omit<SigningSession, 'offer'>> {
  const session = await findSession(tx, ref);
  if (!session) throw serverProblems.error('SESSION_GONE');
  const { requestId, taskId } = session;
  // where there is a session, there is its task (foreign keys)
  const order = (await findOrder(tx, requestId))!;
  const task = (await findTask(tx, requestId, taskId))!;
  const spec = order.spec.tasks.find(({ id }) => id === taskId)!;
  const documents = await taskDocuments({ db: tx }, order, spec, session);
  return { session, order, task, spec, documents, subject: subjectOf(order, spec) };
}

/**
 * The session as it stands now, its order and session locked until the transaction ends. What was decided before is
 * decided again on this: another tab, or another signer, may have been faster.
 */
export async function lockSigningSession(tx: Db, current: SigningSession): Promise<SigningSession> {
  const { requestId, taskId } = current.task;
  const order = await lockOrder(tx, requestId);
  const task = await findTask(tx, requestId, taskId);
  const session = await lockSession(tx, current.session.ref);
  if (!order || !task || !session) throw serverProblems.error('SESSION_GONE');
  return { ...current, order, task, session };
}

/** Whether the signer has to log in before anything else. */
export const isLoginDue = ({ session, spec }: SigningSession): boolean =>
  identificationDue(spec.authentication, session.authenticatedWith) === 'login';

/** The ways to sign that apply to this session. */
export const waysIn = ({ session, spec, offer }: SigningSession): SigningWay[] =>
  waysFor(spec, session.authenticatedWith ?? undefined, offer);

function stepDocuments(current: SigningSession): StepDocument[] {
  const ways = waysIn(current);
  return current.documents.map(({ action, documentId, form }) => ({
    documentId,
    action: action.type,
    ways,
    hasForm: form !== undefined,
  }));
}

/** What the signer has to do next. */
export const dueIn = (current: SigningSession): DueStep =>
  isLoginDue(current) ? { kind: 'authenticate' } : dueStep(stepDocuments(current), current.session.progress);

/** How a document is to be signed. Throws STEP_NOT_DUE while that is open. */
export function requireWay(current: SigningSession, documentId: string): SigningWay {
  const way = wayOf(stepDocuments(current), current.session.progress, documentId);
  if (!way)
    throw identityProblems.error('STEP_NOT_DUE', {
      why: identityProblems.of('step/due', { step: 'choose-method' }),
    });
  return way;
}

/** The session, if `documentId` is the document that is due for one of `steps`. Throws STEP_NOT_DUE and what `session` throws. */
export async function sessionAt(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  ...steps: DueStep['kind'][]
): Promise<{ current: SigningSession; chosen: TaskDocument }> {
  const current = await signingSession(context, key);
  return { current, chosen: requireDue(current, context.clock.now(), documentId, ...steps) };
}

/** The document, if it is due for one of `steps`. Throws STEP_NOT_DUE, TASK_CLOSED, SESSION_GONE. */
export function requireDue(
  current: SigningSession,
  now: Date,
  documentId: string,
  ...steps: DueStep['kind'][]
): TaskDocument {
  requireActive(current, now);
  const chosen = current.documents.find((one) => one.documentId === documentId);
  const due = dueIn(current);
  if (!chosen || !('documentId' in due) || due.documentId !== documentId || !steps.includes(due.kind)) {
    throw identityProblems.error('STEP_NOT_DUE', {
      why: identityProblems.of('step/due', { step: due.kind }),
    });
  }
  if (!isAsFilled(current, chosen)) {
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/filled-anew') });
  }
  return chosen;
}

/** All documents that the act declares or signs which is due for this one: itself alone, unless they are signed together. */
export function inOneAct(current: SigningSession, chosen: TaskDocument): readonly TaskDocument[] {
  const due = dueIn(current);
  const { together } = due.kind === 'sign' || due.kind === 'declare' ? due : {};
  return together ? current.documents.filter(({ documentId }) => together.includes(documentId)) : [chosen];
}

/** Place of the link of a chain that is due, from 0; undefined where none is. */
export function linkIn(current: SigningSession): number | undefined {
  const due = dueIn(current);
  return due.kind === 'sign' || due.kind === 'declare' ? due.link : undefined;
}

/** Ids of the documents of the act that is due, if it is the one that was begun. Throws STEP_NOT_DUE. */
export function requireSameAct(
  locked: SigningSession,
  chosen: TaskDocument,
  begun: readonly TaskDocument[],
): readonly string[] {
  const act = inOneAct(locked, chosen).map(({ documentId }) => documentId);
  if (
    !isSameAct(
      act,
      begun.map(({ documentId }) => documentId),
    )
  )
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/other-documents') });
  return act;
}

/** Whether the document is still the one made from the form: another tab may have changed what is filled in. */
export const isAsFilled = (
  { session }: SigningSession,
  { documentId, document, form }: Pick<TaskDocument, 'documentId' | 'document' | 'form'>,
): boolean => {
  const filled = form && session.progress[documentId]?.filledSha256;
  return filled === undefined || filled === document?.sha256;
};

/** Adds an event to the history of the task that is visited. */
export const noteEvent = (
  db: Db,
  { task }: SigningSession,
  type: EventType,
  at: Date,
  data?: string,
): Promise<void> => addEvent(db, { requestId: task.requestId, taskId: task.taskId, type, at, data });

/** Refuses to act in a session that has ended, or on a task that is closed by now. */
export function requireActive({ session, order, task }: SigningSession, now: Date): void {
  const state = order.deletedAt ? 'deleted' : stateAt(task, now);
  if (state !== 'created')
    throw serverProblems.error('TASK_CLOSED', { state: state === 'sent-in' ? 'completed' : state });
  if (session.endedAt) throw serverProblems.error('SESSION_GONE');
}
