/** Orders, their tasks, packaging tasks and history. */
import type {
  EventType,
  OrderEvent,
  OrderSpec,
  PackagingTaskState,
  TaskState,
} from '../../../domain/order/model.ts';
import type { Db } from '../database.ts';

export interface OrderRow {
  readonly requestId: string;
  readonly service: string;
  readonly spec: OrderSpec;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
  readonly deletedAt: Date | null;
  /** Its sender has deleted it; it goes once the evidence that is being made is there. */
  readonly deletionAskedAt: Date | null;
}

/** Whether its sender has deleted it, be it that evidence is still being made. */
export const isDeleted = ({ deletedAt, deletionAskedAt }: OrderRow): boolean =>
  deletedAt !== null || deletionAskedAt !== null;

export interface TaskRow {
  readonly requestId: string;
  readonly taskId: string;
  readonly state: TaskState;
  readonly clientStatus: string | null;
  readonly expiresAt: Date;
  readonly startedAt: Date | null;
  readonly sentInAt: Date | null;
  readonly completedAt: Date | null;
  readonly sessionRef: string | null;
}

export interface PackagingTaskRow {
  readonly requestId: string;
  readonly packagingTaskId: string;
  readonly state: PackagingTaskState;
  /** When its PDF became due. */
  readonly startedAt: Date | null;
  readonly resultKind: 'sds' | 'archive' | null;
  readonly resultId: string | null;
}

const orderColumns = `request_id as "requestId", service, spec, created_at as "createdAt",
  completed_at as "completedAt", deleted_at as "deletedAt",
  deletion_asked_at as "deletionAskedAt"`;
const taskColumns = `request_id as "requestId", task_id as "taskId", state, client_status as "clientStatus",
  expires_at as "expiresAt", started_at as "startedAt", sent_in_at as "sentInAt", completed_at as "completedAt",
  session_ref as "sessionRef"`;
const packagingColumns = `request_id as "requestId", packaging_task_id as "packagingTaskId", state,
  started_at as "startedAt", result_kind as "resultKind", result_id as "resultId"`;

/** Bytes of provided documents are blobs by now and do not belong into the row. */
export function withoutBytes(spec: OrderSpec): string {
  // the raw value is asked for: a Buffer turns itself into something else before the replacer sees it
  return JSON.stringify(spec, function (this: Record<string, unknown>, key, value: unknown) {
    return this[key] instanceof Uint8Array ? undefined : value;
  });
}

/** What the order says from now on: a task or a notification was added. Call under the order's lock. */
export async function updateSpec(tx: Db, requestId: string, spec: OrderSpec): Promise<void> {
  await tx.query('update orders set spec = $2 where request_id = $1', [requestId, withoutBytes(spec)]);
}

/** `service` given: only that service's order. */
export async function findOrder(db: Db, requestId: string, service?: string): Promise<OrderRow | undefined> {
  const [row] = await db.query<OrderRow>(
    `select ${orderColumns} from orders where request_id = $1 and ($2::text is null or service = $2)`,
    [requestId, service ?? null],
  );
  return row;
}

/** Those of `requestIds` that exist. `service` given: only that service's. */
export async function findOrders(
  db: Db,
  requestIds: readonly string[],
  service?: string,
): Promise<OrderRow[]> {
  return db.query<OrderRow>(
    `select ${orderColumns} from orders where request_id = any($1) and ($2::text is null or service = $2)`,
    [requestIds, service ?? null],
  );
}

/**
 * The order with its row locked until the transaction ends: what decides about tasks goes one at a time. Rows that
 * only refer to the order (events, sessions) are still added meanwhile.
 */
export async function lockOrder(tx: Db, requestId: string): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>(
    `select ${orderColumns} from orders where request_id = $1 for no key update`,
    [requestId],
  );
  return row;
}

export async function listTasks(db: Db, requestId: string): Promise<TaskRow[]> {
  return listTasksOfOrders(db, [requestId]);
}

/** In each order's own order. */
export async function listTasksOfOrders(db: Db, requestIds: readonly string[]): Promise<TaskRow[]> {
  return db.query<TaskRow>(
    `select ${taskColumns} from tasks where request_id = any($1) order by request_id, position`,
    [requestIds],
  );
}

export async function findTask(db: Db, requestId: string, taskId: string): Promise<TaskRow | undefined> {
  const [row] = await db.query<TaskRow>(
    `select ${taskColumns} from tasks where request_id = $1 and task_id = $2`,
    [requestId, taskId],
  );
  return row;
}

/** Notes that somebody opened the task; true the first time. */
export async function markStarted(db: Db, requestId: string, taskId: string, at: Date): Promise<boolean> {
  const rows = await db.query(
    `update tasks set started_at = $3, last_updated_at = $3 where request_id = $1 and task_id = $2 and started_at is null returning task_id`,
    [requestId, taskId, at],
  );
  return rows.length === 1;
}

/** Tasks that are open past their time, oldest first. */
export async function listOverdueTasks(db: Db, now: Date, limit: number): Promise<TaskRow[]> {
  return db.query<TaskRow>(
    `select ${taskColumns} from tasks where state = 'created' and expires_at <= $1 order by expires_at limit $2`,
    [now, limit],
  );
}

export async function listPackagingTasks(db: Db, requestId: string): Promise<PackagingTaskRow[]> {
  return listPackagingTasksOfOrders(db, [requestId]);
}

/** In each order's own order. */
export async function listPackagingTasksOfOrders(
  db: Db,
  requestIds: readonly string[],
): Promise<PackagingTaskRow[]> {
  return db.query<PackagingTaskRow>(
    `select ${packagingColumns} from packaging_tasks where request_id = any($1) order by request_id, position`,
    [requestIds],
  );
}

/** Without a task, it is of the order as a whole. */
export async function addEvent(
  db: Db,
  event: {
    readonly requestId: string;
    readonly taskId?: string | null | undefined;
    readonly type: EventType;
    readonly at: Date;
    readonly data?: string | undefined;
  },
): Promise<void> {
  await db.query('insert into events (request_id, task_id, type, at, data) values ($1, $2, $3, $4, $5)', [
    event.requestId,
    event.taskId ?? null,
    event.type,
    event.at,
    event.data ?? null,
  ]);
}

/** Events of the task and of the order as a whole, in the order in which they happened. */
export async function listEvents(db: Db, requestId: string, taskId: string): Promise<OrderEvent[]> {
  const rows = await db.query<{ type: EventType; at: Date; data: string | null }>(
    `select type, at, data from events where request_id = $1 and (task_id = $2 or task_id is null) order by id`,
    [requestId, taskId],
  );
  return rows.map(({ type, at, data }) => (data === null ? { type, at } : { type, at, data }));
}

export async function insertArtifact(
  db: Db,
  artifact: { artifact: string; requestId: string; taskId: string; expiresAt: Date },
): Promise<void> {
  await db.query(
    'insert into artifacts (artifact, request_id, task_id, expires_at) values ($1, $2, $3, $4)',
    [artifact.artifact, artifact.requestId, artifact.taskId, artifact.expiresAt],
  );
}

/** Uses the artifact up. False when it is unknown, another task's, expired at `now`, or used before. */
export async function redeemArtifact(
  db: Db,
  artifact: { artifact: string; requestId: string; taskId: string },
  now: Date,
): Promise<boolean> {
  const rows = await db.query(
    `update artifacts set used_at = $4
     where artifact = $1 and request_id = $2 and task_id = $3 and used_at is null and expires_at > $4 returning artifact`,
    [artifact.artifact, artifact.requestId, artifact.taskId, now],
  );
  return rows.length === 1;
}
