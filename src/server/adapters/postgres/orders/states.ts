/**
 * The rows of orders, tasks and packaging tasks as their states change. Only application/lifecycle/apply.ts calls these:
 * which state may follow which is decided in domain/lifecycle/transitions.ts. Each is fenced by the state before: one
 * that is not there any more throws.
 */
import { generalProblems } from '@segl/problem/problems';
import type { OrderSpec, PackagingTaskState, TaskState } from '../../../domain/order/model.ts';
import type { OrderState, PackagingResult, PackagingState } from '../../../domain/lifecycle/transitions.ts';
import type { Db } from '../database.ts';
import { withoutBytes } from './orders.ts';

const STORED = {
  waiting: 'created',
  running: 'created',
  completed: 'completed',
  failed: 'failed',
} as const satisfies Record<PackagingState, PackagingTaskState>;

/** The state of an order, from its columns. */
const ORDER_STATE = `case when deleted_at is not null then 'deleted' when deletion_asked_at is not null then 'closing'
  when completed_at is not null then 'completed' else 'open' end`;

function requireChanged(rows: readonly unknown[], requestId: string): void {
  if (rows.length !== 1) throw generalProblems.error('INTERNAL', { reference: requestId });
}

export async function insertOrder(
  tx: Db,
  order: { requestId: string; service: string; spec: OrderSpec; createdAt: Date },
): Promise<void> {
  await tx.query('insert into orders (request_id, service, spec, created_at) values ($1, $2, $3, $4)', [
    order.requestId,
    order.service,
    withoutBytes(order.spec),
    order.createdAt,
  ]);
}

/** `position`: its place among the order's packaging tasks, from 0. */
export async function insertPackagingTask(
  tx: Db,
  task: { requestId: string; packagingTaskId: string; position: number },
): Promise<void> {
  await tx.query(
    `insert into packaging_tasks (request_id, packaging_task_id, position, state) values ($1, $2, $3, 'created')`,
    [task.requestId, task.packagingTaskId, task.position],
  );
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

/** `session`: the session that ended the task for its signer. */
export async function moveTask(
  tx: Db,
  task: { requestId: string; taskId: string; from: TaskState; to: TaskState; session?: string },
  at: Date,
): Promise<void> {
  const rows = await tx.query(
    `update tasks set state = $4, last_updated_at = $5,
       sent_in_at = case when $4 = 'sent-in' then $5 else sent_in_at end,
       completed_at = case when $4 = 'completed' then $5 else completed_at end,
       session_ref = coalesce($6, session_ref)
     where request_id = $1 and task_id = $2 and state = $3 returning task_id`,
    [task.requestId, task.taskId, task.from, task.to, at, task.session ?? null],
  );
  requireChanged(rows, task.requestId);
}

export async function movePackagingTask(
  tx: Db,
  task: {
    requestId: string;
    packagingTaskId: string;
    from: PackagingState;
    to: PackagingState;
    result?: PackagingResult;
  },
  at: Date,
): Promise<void> {
  const { requestId, packagingTaskId, from, to, result } = task;
  const rows = await tx.query(
    `update packaging_tasks set state = $4, result_kind = $5, result_id = $6,
       started_at = case when $7 then $8::timestamptz else started_at end
     where request_id = $1 and packaging_task_id = $2 and state = $3
       and (state <> 'created' or (started_at is not null) = $9)
     returning packaging_task_id`,
    [
      ...[requestId, packagingTaskId, STORED[from], STORED[to], result?.kind ?? null, result?.id ?? null],
      ...[to === 'running', at, from === 'running'],
    ],
  );
  requireChanged(rows, requestId);
}

export async function moveOrder(
  tx: Db,
  order: { requestId: string; from: OrderState; to: OrderState },
  at: Date,
): Promise<void> {
  const rows = await tx.query(
    `update orders set
       completed_at = case $3 when 'completed' then $4::timestamptz when 'open' then null else completed_at end,
       deletion_asked_at = case $3 when 'closing' then $4 else deletion_asked_at end,
       deleted_at = case $3 when 'deleted' then $4 else deleted_at end
     where request_id = $1 and ${ORDER_STATE} = $2 returning request_id`,
    [order.requestId, order.from, order.to, at],
  );
  requireChanged(rows, order.requestId);
}
