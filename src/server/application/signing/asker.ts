/** Who asks, for every page that a signer meets. See SigningFlow.asker. */
import { findAccountDetails } from '../../adapters/postgres/accounts/account-details.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { findOrder, findTask, type OrderRow, type TaskRow } from '../../adapters/postgres/orders/orders.ts';
import { findSession } from '../../adapters/postgres/sessions/sessions.ts';
import {
  findUserSession,
  findVisitedUserSession,
  type UserSessionRow,
} from '../../adapters/postgres/sessions/user-sessions.ts';
import type { Asker, SenderView, TaskPlace, UserSessionPlace } from '../signing-api.ts';
import type { FlowContext } from '../context.ts';

export async function senderView(db: Db, service: string): Promise<SenderView> {
  const { displayName = service, ...details } = await findAccountDetails(db, service);
  return { name: displayName, ...details };
}

/** What the task says of it, or else its order. `task` absent: the order as a whole. */
export async function askerIn(
  db: Db,
  { service, spec }: OrderRow,
  task: TaskRow | undefined,
): Promise<Asker> {
  const taskSpec = spec.tasks.find(({ id }) => id === task?.taskId);
  const language = taskSpec?.language ?? spec.language;
  const profile = taskSpec?.profile ?? spec.profile;
  return {
    ...(language && { language }),
    ...(profile && { profile }),
    sender: await senderView(db, service),
    ...(task && { deadline: task.expiresAt }),
  };
}

export async function askerOfTask({ db }: FlowContext, place: TaskPlace): Promise<Asker | undefined> {
  const named = 'ref' in place ? await findSession(db, place.ref) : place;
  const order = named && (await findOrder(db, named.requestId));
  if (!order) return undefined;
  const { taskId } = named;
  const task = taskId === undefined ? undefined : await findTask(db, order.requestId, taskId);
  // half a link tells nothing, as if there were no such order
  return taskId !== undefined && !task ? undefined : askerIn(db, order, task);
}

/** Of several tasks, each has its own deadline. */
export async function askerInUserSession(db: Db, { language, service }: UserSessionRow): Promise<Asker> {
  return { ...(language && { language }), sender: await senderView(db, service) };
}

export async function askerOfUserSession(
  { db }: FlowContext,
  place: UserSessionPlace,
): Promise<Asker | undefined> {
  const session = await userSessionAt(db, place);
  return session && askerInUserSession(db, session);
}

const userSessionAt = (db: Db, place: UserSessionPlace): Promise<UserSessionRow | undefined> =>
  'ref' in place ? findVisitedUserSession(db, place.ref) : findUserSession(db, place.userSessionId);
