/** Who asks, for pages that are shown without a visit, or outside of one. See SigningFlow.asker. */
import type { Db } from '../../adapters/postgres/database.ts';
import { findOrder } from '../../adapters/postgres/orders/orders.ts';
import { findSession } from '../../adapters/postgres/sessions/sessions.ts';
import {
  findUserSession,
  findVisitedUserSession,
  type UserSessionRow,
} from '../../adapters/postgres/sessions/user-sessions.ts';
import type { OrderSpec, TaskSpec } from '../../domain/order/model.ts';
import type { Asker, TaskPlace, UserSessionPlace } from '../signing-api.ts';
import type { FlowContext } from '../context.ts';

/** What the task says of it, or else its order. */
export function askerIn(order: OrderSpec, task: TaskSpec | undefined): Asker {
  const language = task?.language ?? order.language;
  const profile = task?.profile ?? order.profile;
  return { ...(language && { language }), ...(profile && { profile }) };
}

export async function askerOfTask({ db }: FlowContext, place: TaskPlace): Promise<Asker | undefined> {
  const task = 'ref' in place ? await findSession(db, place.ref) : place;
  const order = task && (await findOrder(db, task.requestId));
  return (
    order &&
    askerIn(
      order.spec,
      order.spec.tasks.find(({ id }) => id === task.taskId),
    )
  );
}

export async function askerOfUserSession(
  { db }: FlowContext,
  place: UserSessionPlace,
): Promise<Asker | undefined> {
  const session = await userSessionAt(db, place);
  return session && { ...(session.language && { language: session.language }) };
}

const userSessionAt = (db: Db, place: UserSessionPlace): Promise<UserSessionRow | undefined> =>
  'ref' in place ? findVisitedUserSession(db, place.ref) : findUserSession(db, place.userSessionId);
