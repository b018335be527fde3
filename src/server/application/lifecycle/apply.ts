/**
 * The one place that changes the states of orders, tasks and packaging tasks: locks the order, decides, writes fenced by
 * the state before, and records events, notifications and work, all in the transaction it is given.
 */
import type { Clock } from '@segl/problem/clock';
import { formsOf, withoutFormValues } from '../../domain/order/documents.ts';
import { DEFAULT_DAYS_UNTIL_DELETION, expiryOf } from '../../domain/lifecycle/lifecycle.ts';
import type { OrderSpec } from '../../domain/order/model.ts';
import {
  decide,
  type Change,
  type Command,
  type Effect,
  type OrderSnapshot,
} from '../../domain/lifecycle/transitions.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { deleteContents, setDeletion } from '../../adapters/postgres/orders/deletion.ts';
import { takeBackTold } from '../../adapters/postgres/work/deliveries.ts';
import { addEvent, lockOrder, updateSpec, type OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { tellChanged } from '../../adapters/postgres/orders/order-changes.ts';
import { enqueue } from '../../adapters/postgres/work/jobs.ts';
import { endSession, forgetNationalIds } from '../../adapters/postgres/sessions/sessions.ts';
import {
  insertOrder,
  insertPackagingTask,
  insertTask,
  moveOrder,
  movePackagingTask,
  moveTask,
} from '../../adapters/postgres/orders/states.ts';
import { linkResults } from '../documents/later-documents.ts';
import { notifyOrder, notifyPackaging, notifyTask } from './notify.ts';
import { loadSnapshot } from './snapshot.ts';

/** What belongs to a change and is written with it: after the states, before what follows from them. */
type Alongside = (at: Date) => Promise<void>;

interface Applying {
  readonly tx: Db;
  readonly clock: Clock;
  readonly at: Date;
  readonly order: Pick<OrderRow, 'requestId' | 'service' | 'spec'>;
}

/**
 * Carries the command out. False: there was nothing to do, as the command came too late or twice, or the order is gone.
 * Throws why it is refused.
 */
export async function apply(
  tx: Db,
  { clock }: { readonly clock: Clock },
  requestId: string,
  command: Command,
  alongside?: Alongside,
): Promise<boolean> {
  const order = await lockOrder(tx, requestId);
  if (!order) return false;
  const snapshot = await loadSnapshot(tx, order);
  return carryOut({ tx, clock, at: clock.now(), order }, snapshot, command, alongside);
}

/** Writes a new order down, with its tasks and packaging tasks. */
export async function create(
  tx: Db,
  { clock }: { readonly clock: Clock },
  order: { readonly requestId: string; readonly service: string; readonly spec: OrderSpec },
  alongside: Alongside,
): Promise<void> {
  const snapshot: OrderSnapshot = { ...order, tasks: [], packaging: [] };
  await carryOut({ tx, clock, at: clock.now(), order }, snapshot, { type: 'create' }, alongside);
}

async function carryOut(
  applying: Applying,
  snapshot: OrderSnapshot,
  command: Command,
  alongside: Alongside | undefined,
): Promise<boolean> {
  const decision = decide(snapshot, command, applying.at);
  if ('refused' in decision) throw decision.refused;
  const { changes, effects } = decision;
  if (changes.length === 0 && effects.length === 0) return false;
  for (const change of changes) await write(applying, change);
  await alongside?.(applying.at);
  for (const effect of effects) await follow(applying, effect);
  await tellChanged(applying.tx, applying.order.requestId);
  return true;
}

function write({ tx, at, order }: Applying, change: Change): Promise<void> {
  const { requestId, service, spec } = order;
  switch (change.set) {
    case 'order': {
      const { from, to } = change;
      if (from) return moveOrder(tx, { requestId, from, to }, at);
      return insertOrder(tx, { requestId, service, spec, createdAt: at });
    }
    case 'task': {
      const { id: taskId, from, to, session } = change;
      if (from) return moveTask(tx, { requestId, taskId, from, to, ...(session && { session }) }, at);
      const position = spec.tasks.findIndex(({ id }) => id === taskId);
      const expiresAt = expiryOf(spec.tasks[position]!, at);
      return insertTask(tx, { requestId, taskId, service, position, expiresAt, createdAt: at });
    }
    case 'packaging': {
      const { id: packagingTaskId, from, to, result } = change;
      if (from)
        return movePackagingTask(tx, { requestId, packagingTaskId, from, to, ...(result && { result }) }, at);
      const position = spec.packagingTasks.findIndex(({ id }) => id === packagingTaskId);
      return insertPackagingTask(tx, { requestId, packagingTaskId, position });
    }
  }
}

async function follow({ tx, clock, at, order }: Applying, effect: Effect): Promise<void> {
  const { requestId, spec } = order;
  switch (effect.do) {
    case 'record': {
      const { type, task: taskId, data } = effect;
      return addEvent(tx, { requestId, taskId, type, at, data });
    }
    case 'notify-task': {
      const task = spec.tasks.find(({ id }) => id === effect.id);
      return task && notifyTask(tx, clock, requestId, task, effect.state);
    }
    case 'notify-packaging':
      return notifyPackaging(tx, clock, requestId, spec, effect.id, effect.state);
    case 'notify-order':
      return notifyOrder(tx, clock, requestId, spec, effect.state);
    case 'enqueue':
      await enqueue(tx, effect.job);
      return;
    case 'end-session':
      return endSession(tx, effect.session, at);
    case 'forget-national-ids':
      return forgetNationalIds(tx, effect.session);
    case 'link-documents':
      return linkResults(tx, { clock }, order);
    case 'retell-packaging':
      return takeBackTold(tx, { requestId, packagingTaskId: effect.id }, at);
    case 'purge-contents':
      return purgeContents(tx, requestId, spec);
  }
}

async function purgeContents(tx: Db, requestId: string, spec: OrderSpec): Promise<void> {
  await deleteContents(tx, requestId);
  if (formsOf(spec).size > 0) await updateSpec(tx, requestId, withoutFormValues(spec));
  // it has been set already where the order says so itself
  if (spec.daysUntilDeletion === undefined) await setDeletion(tx, requestId, DEFAULT_DAYS_UNTIL_DELETION);
}
