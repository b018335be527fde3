/** User sessions: ordered by a back end, gone through by a signer. See TaskService.createUserSession and UserSessionFlow. */
import { randomBytes } from 'node:crypto';
import { serverProblems } from '../../problems.ts';
import { artifactId, publicId, randomBase36 } from '@segl/problem/ids';
import type { Account, UserSessionSpec } from '../../domain/order/account.ts';
import { documentIdOf, listDocuments, titleOf } from '../../domain/order/documents.ts';
import { ARTIFACT_SECONDS, SESSION_IDLE_MINUTES, stateAt } from '../../domain/lifecycle/lifecycle.ts';
import { identificationDue } from '../../domain/signing-session/login.ts';
import type { OrderSpec, TaskSpec } from '../../domain/order/model.ts';
import { invalidValues, type InvalidValue } from '../../domain/order/invalid-value.ts';
import { isFollowable, redirectProblems } from '../../domain/order/redirect.ts';
import { orderProblems } from '../../domain/order/problems.ts';
import type { SessionTaskView, UserSessionFlow, UserSessionView } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { listRedirectSchemes } from '../../adapters/postgres/accounts/account-details.ts';
import { findOrder, isDeleted } from '../../adapters/postgres/orders/orders.ts';
import {
  endUserVisit,
  findUserSession,
  insertUserSession,
  insertUserVisit,
  listUserSessionTasks,
  redeemUserSessionArtifact,
  seeUserVisit,
  type UserSessionRow,
  type UserSessionTaskRow,
  type VisitedUserSession,
} from '../../adapters/postgres/sessions/user-sessions.ts';
import { readOrders, type WholeOrder } from '../../adapters/postgres/orders/whole-orders.ts';
import type { FlowContext } from '../context.ts';
import { askerInUserSession, askerOfUserSession } from './asker.ts';
import { openSession } from './open-session.ts';
import { hashSecret, isWaiting } from './signing-session.ts';

/** Stores the session. Throws USER_SESSION_INVALID naming every task that is not the service's. */
export async function createUserSession(
  { db, clock }: FlowContext,
  account: Account,
  spec: UserSessionSpec,
): Promise<{ userSessionId: string; artifact?: string }> {
  const { service } = account;
  const { problems, wanting } = await judge(db, account, spec);
  if (problems.length > 0) {
    throw serverProblems.error('USER_SESSION_INVALID', { problems: invalidValues(problems) });
  }
  const createdAt = clock.now();
  const userSessionId = publicId(createdAt);
  const artifact = wanting ? artifactId() : undefined;
  await db.transaction((tx) =>
    insertUserSession(
      tx,
      { id: userSessionId, service, spec, createdAt },
      artifact === undefined
        ? undefined
        : { artifact, expiresAt: new Date(createdAt.getTime() + ARTIFACT_SECONDS * 1000) },
    ),
  );
  return artifact === undefined ? { userSessionId } : { userSessionId, artifact };
}

/** See TaskService.judgeUserSession. */
export const judgeUserSession = async (
  { db }: FlowContext,
  account: Account,
  spec: UserSessionSpec,
): Promise<InvalidValue[]> => (await judge(db, account, spec)).problems;

/** `wanting`: whether one of the tasks asks for single sign-on. */
async function judge(
  db: Db,
  { service }: Account,
  spec: UserSessionSpec,
): Promise<{ problems: InvalidValue[]; wanting: boolean }> {
  const problems: InvalidValue[] = [];
  const addresses = {
    'on-session-postpone': spec.onSessionPostpone,
    'on-session-complete': spec.onSessionComplete,
    'on-session-cancel': spec.onSessionCancel,
  };
  problems.push(...redirectProblems(addresses, '', await listRedirectSchemes(db, service)));
  if (spec.tasks.length === 0)
    problems.push({ element: 'session-task', problem: orderProblems.of('value/needed') });
  let wanting = false;
  for (const [index, { requestId, taskId }] of spec.tasks.entries()) {
    const at = `session-task[${index + 1}]`;
    const order = await findOrder(db, requestId, service);
    const task = order?.spec.tasks.find(({ id }) => id === taskId);
    if (!order || isDeleted(order)) {
      problems.push({
        element: `${at}/@request-id`,
        problem: orderProblems.of('session/request-unknown', { requestId }),
      });
    } else if (!task) {
      problems.push({
        element: `${at}/@task-id`,
        problem: orderProblems.of('session/task-unknown', { taskId }),
      });
    }
    const isRepeated = spec.tasks
      .slice(0, index)
      .some((one) => one.requestId === requestId && one.taskId === taskId);
    if (isRepeated) {
      const from = ['session-task/@request-id', 'session-task/@task-id'];
      problems.push({ element: at, problem: orderProblems.of('session/task-repeated'), from });
    }
    wanting ||= task?.authentication?.artifact === true;
  }
  return { problems, wanting };
}

export const createUserSessionFlow = (context: FlowContext): UserSessionFlow => ({
  open: (input) => open(context, input),
  asker: (place) => askerOfUserSession(context, place),
  view: (key) => view(context, key),
  openTask: (key, task, client) => openTask(context, key, task, client),
  cancel: (key) => leave(context, key, 'onCancel'),
  postpone: (key) => leave(context, key, 'onPostpone'),
});

async function open(
  context: FlowContext,
  input: Parameters<UserSessionFlow['open']>[0],
): Promise<SessionKey> {
  const { db, clock } = context;
  const session = await findUserSession(db, input.userSessionId);
  if (!session) throw serverProblems.error('USER_SESSION_UNKNOWN');
  const now = clock.now();
  const isSignedOn = Boolean(input.artifact) || (await needsArtifact(context, session));
  if (isSignedOn) {
    if (!input.artifact) throw serverProblems.error('ARTIFACT_NEEDED');
    const isRight = await redeemUserSessionArtifact(db, session.id, input.artifact, now);
    if (!isRight) throw serverProblems.error('ARTIFACT_INVALID');
  }
  const key = { ref: randomBase36(16), secret: randomBytes(32).toString('base64url') };
  await insertUserVisit(db, {
    ref: key.ref,
    secretHash: hashSecret(key.secret),
    userSessionId: session.id,
    client: input.client,
    isSignedOn,
    startedAt: now,
  });
  return key;
}

/** Whether one of its tasks can be opened with an artifact only. */
async function needsArtifact({ db }: FlowContext, session: UserSessionRow): Promise<boolean> {
  if (session.artifact === null) return false;
  for (const { requestId, taskId } of await listUserSessionTasks(db, session.id)) {
    const task = (await findOrder(db, requestId))?.spec.tasks.find(({ id }) => id === taskId);
    if (identificationDue(task?.authentication, null) === 'artifact') return true;
  }
  return false;
}

async function visited({ db, clock }: FlowContext, key: SessionKey): Promise<VisitedUserSession> {
  const now = clock.now();
  const seenSince = new Date(now.getTime() - SESSION_IDLE_MINUTES * 60_000);
  const session = await seeUserVisit(
    db,
    { ref: key.ref, secretHash: hashSecret(key.secret) },
    seenSince,
    now,
  );
  if (!session) throw serverProblems.error('SESSION_GONE');
  return session;
}

async function view(context: FlowContext, key: SessionKey): Promise<UserSessionView> {
  const session = await visited(context, key);
  const { listed, orders, asker } = await context.db.snapshot(async (tx) => {
    const listed = await listUserSessionTasks(tx, session.id);
    const requestIds = listed.map(({ requestId }) => requestId);
    return {
      listed,
      orders: await readOrders(tx, requestIds),
      asker: await askerInUserSession(tx, session),
    };
  });
  const now = context.clock.now();
  const tasks = listed.map((row) => viewTask(row, orders.get(row.requestId), now));
  const done = tasks.every(({ state }) => state !== 'open' && state !== 'waiting');
  return {
    service: session.service,
    ...asker,
    tasks,
    done,
    ...(done && session.onComplete && isFollowable(session.onComplete) && { redirectTo: session.onComplete }),
    canPostpone: Boolean(session.onPostpone),
  };
}

function viewTask(
  { requestId, taskId, description }: UserSessionTaskRow,
  whole: WholeOrder | undefined,
  now: Date,
): SessionTaskView {
  const row = whole?.tasks.find((one) => one.taskId === taskId);
  const spec = whole?.order.spec.tasks.find(({ id }) => id === taskId);
  // a task goes with its order, and its place in the list with it
  if (!whole || !row || !spec) throw serverProblems.error('SESSION_GONE');
  const { order, tasks, packaging } = whole;
  const stored = order.deletedAt ? 'deleted' : stateAt(row, now);
  const isOpen = stored === 'created';
  const waits = isOpen && isWaiting(order.spec, spec, tasks, packaging);
  const state = isOpen ? (waits ? 'waiting' : 'open') : stored === 'sent-in' ? 'completed' : stored;
  return {
    requestId,
    taskId,
    ...(description !== null && { description }),
    documents: titlesOf(order.spec, spec),
    state,
  };
}

function titlesOf(order: OrderSpec, task: TaskSpec): string[] {
  const listed = new Map(listDocuments(order).map((document) => [document.documentId, document]));
  return task.documentActions.flatMap((action) => {
    const document = listed.get(documentIdOf(order, action) ?? '');
    return document ? [titleOf(document)] : [];
  });
}

async function openTask(
  context: FlowContext,
  key: SessionKey,
  task: { requestId: string; taskId: string },
  client: Parameters<UserSessionFlow['openTask']>[2],
): Promise<SessionKey> {
  const session = await visited(context, key);
  const listed = await listUserSessionTasks(context.db, session.id);
  const isListed = listed.some(
    ({ requestId, taskId }) => requestId === task.requestId && taskId === task.taskId,
  );
  if (!isListed) throw serverProblems.error('TASK_UNKNOWN');
  return openSession(context, { ...task, client, isSignedOn: session.isSignedOn });
}

async function leave(
  context: FlowContext,
  key: SessionKey,
  target: 'onCancel' | 'onPostpone',
): Promise<{ redirectTo?: string }> {
  const session = await visited(context, key);
  await endUserVisit(context.db, key.ref, context.clock.now());
  const redirectTo = session[target];
  return redirectTo && isFollowable(redirectTo) ? { redirectTo } : {};
}
