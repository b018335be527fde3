/** Orders, their tasks, packaging tasks and history. */
import type {
  EventType,
  OrderEvent,
  OrderSpec,
  PackagingTaskState,
  TaskState,
} from '../../domain/order/model.ts';
import type { Db } from './database.ts';

export interface OrderRow {
  readonly requestId: string;
  readonly service: string;
  readonly spec: OrderSpec;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
  readonly deletedAt: Date | null;
}

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
  readonly resultKind: 'sds' | 'archive' | null;
  readonly resultId: string | null;
}

const orderColumns = `request_id as "requestId", service, spec, created_at as "createdAt",
  completed_at as "completedAt", deleted_at as "deletedAt"`;
const taskColumns = `request_id as "requestId", task_id as "taskId", state, client_status as "clientStatus",
  expires_at as "expiresAt", started_at as "startedAt", sent_in_at as "sentInAt", completed_at as "completedAt",
  session_ref as "sessionRef"`;
const packagingColumns = `request_id as "requestId", packaging_task_id as "packagingTaskId", state,
  result_kind as "resultKind", result_id as "resultId"`;

/** Bytes of provided documents are blobs by now and do not belong into the row. */
function withoutBytes(spec: OrderSpec): string {
  // the raw value is asked for: a Buffer turns itself into something else before the replacer sees it
  return JSON.stringify(spec, function (this: Record<string, unknown>, key, value: unknown) {
    return this[key] instanceof Uint8Array ? undefined : value;
  });
}

/** The order itself and its packaging tasks. */
export async function insertOrder(
  db: Db,
  order: { requestId: string; service: string; spec: OrderSpec; createdAt: Date },
): Promise<void> {
  const { requestId } = order;
  await db.query('insert into orders (request_id, service, spec, created_at) values ($1, $2, $3, $4)', [
    requestId,
    order.service,
    withoutBytes(order.spec),
    order.createdAt,
  ]);
  for (const [position, { id }] of order.spec.packagingTasks.entries()) {
    await db.query(
      `insert into packaging_tasks (request_id, packaging_task_id, position, state) values ($1, $2, $3, 'created')`,
      [requestId, id, position],
    );
  }
}

/** `position`: its place among the order's tasks, from 0. */
export async function insertTask(
  tx: Db,
  task: {
    requestId: string;
    taskId: string;
    service: string;
    position: number;
    expiresAt: Date;
    createdAt: Date;
  },
): Promise<void> {
  await tx.query(
    `insert into tasks (request_id, task_id, service, position, state, expires_at, last_updated_at)
     values ($1, $2, $3, $4, 'created', $5, $6)`,
    [task.requestId, task.taskId, task.service, task.position, task.expiresAt, task.createdAt],
  );
}

/** What the order says from now on: a task or a notification was added. Call under the order's lock. */
export async function updateSpec(tx: Db, requestId: string, spec: OrderSpec): Promise<void> {
  await tx.query('update orders set spec = $2 where request_id = $1', [requestId, withoutBytes(spec)]);
}

/** An order that was complete is not so any more: a task was added. */
export async function reopenOrder(tx: Db, requestId: string): Promise<void> {
  await tx.query('update orders set completed_at = null where request_id = $1', [requestId]);
}

/** `service` given: only that service's order. */
export async function findOrder(db: Db, requestId: string, service?: string): Promise<OrderRow | undefined> {
  const [row] = await db.query<OrderRow>(
    `select ${orderColumns} from orders where request_id = $1 and ($2::text is null or service = $2)`,
    [requestId, service ?? null],
  );
  return row;
}

/**
 * The order with its row locked until the transaction ends: what decides about tasks goes one at a time. Rows that
 * only refer to the order (events, visits) are still added meanwhile.
 */
export async function lockOrder(tx: Db, requestId: string): Promise<OrderRow | undefined> {
  const [row] = await tx.query<OrderRow>(
    `select ${orderColumns} from orders where request_id = $1 for no key update`,
    [requestId],
  );
  return row;
}

export async function listTasks(db: Db, requestId: string): Promise<TaskRow[]> {
  return db.query<TaskRow>(`select ${taskColumns} from tasks where request_id = $1 order by position`, [
    requestId,
  ]);
}

export async function findTask(db: Db, requestId: string, taskId: string): Promise<TaskRow | undefined> {
  const [row] = await db.query<TaskRow>(
    `select ${taskColumns} from tasks where request_id = $1 and task_id = $2`,
    [requestId, taskId],
  );
  return row;
}

/**
 * Moves a task from one state to another and says whether it did: false when it was not in `from` any more, so that
 * of two who try, one succeeds.
 */
export async function moveTask(
  tx: Db,
  task: { requestId: string; taskId: string },
  from: TaskState,
  to: TaskState,
  at: Date,
  sessionRef?: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update tasks set state = $4, last_updated_at = $5,
       sent_in_at = case when $4 = 'sent-in' then $5 else sent_in_at end,
       completed_at = case when $4 = 'completed' then $5 else completed_at end,
       session_ref = coalesce($6, session_ref)
     where request_id = $1 and task_id = $2 and state = $3 returning task_id`,
    [task.requestId, task.taskId, from, to, at, sessionRef ?? null],
  );
  return rows.length === 1;
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

export async function markOrderCompleted(tx: Db, requestId: string, at: Date): Promise<boolean> {
  const rows = await tx.query(
    'update orders set completed_at = $2 where request_id = $1 and completed_at is null returning request_id',
    [requestId, at],
  );
  return rows.length === 1;
}

/**
 * True when the order existed and was not deleted before. Its tasks become `deleted`, packaging that has not ended is
 * failed, its history stays.
 */
export async function markOrderDeleted(
  tx: Db,
  service: string,
  requestId: string,
  at: Date,
): Promise<boolean> {
  const rows = await tx.query(
    `update orders set deleted_at = $3 where request_id = $1 and service = $2 and deleted_at is null returning request_id`,
    [requestId, service, at],
  );
  if (rows.length === 0) return false;
  await tx.query(`update tasks set state = 'deleted', last_updated_at = $2 where request_id = $1`, [
    requestId,
    at,
  ]);
  await tx.query(`update packaging_tasks set state = 'failed' where request_id = $1 and state = 'created'`, [
    requestId,
  ]);
  return true;
}

export async function listPackagingTasks(db: Db, requestId: string): Promise<PackagingTaskRow[]> {
  return db.query<PackagingTaskRow>(
    `select ${packagingColumns} from packaging_tasks where request_id = $1 order by position`,
    [requestId],
  );
}

/** False when the packaging task had ended before. */
export async function endPackagingTask(
  tx: Db,
  task: { requestId: string; packagingTaskId: string },
  end: { state: 'completed'; kind: 'sds' | 'archive'; id: string } | { state: 'failed' },
): Promise<boolean> {
  const result = end.state === 'completed' ? [end.kind, end.id] : [null, null];
  const rows = await tx.query(
    `update packaging_tasks set state = $3, result_kind = $4, result_id = $5
     where request_id = $1 and packaging_task_id = $2 and state = 'created' returning packaging_task_id`,
    [task.requestId, task.packagingTaskId, end.state, ...result],
  );
  return rows.length === 1;
}

export async function addEvent(
  db: Db,
  event: { requestId: string; taskId?: string; type: EventType; at: Date; data?: string },
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
