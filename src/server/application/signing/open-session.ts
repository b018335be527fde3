/** Opening a task: a session begins. See SigningFlow.open. */
import { randomBytes } from 'node:crypto';
import { serverProblems } from '../../problems.ts';
import { randomBase36, transactionId } from '@segl/problem/ids';
import { stateAt } from '../../domain/lifecycle/lifecycle.ts';
import { ARTIFACT, identificationDue } from '../../domain/signing-session/login.ts';
import type { TaskSpec } from '../../domain/order/model.ts';
import {
  addEvent,
  markStarted,
  redeemArtifact,
  type TaskRow,
} from '../../adapters/postgres/orders/orders.ts';
import type { ClientInfo, SessionKey } from '../../domain/signing-session/client-info.ts';
import { addAudit, insertSession } from '../../adapters/postgres/sessions/sessions.ts';
import { readOrders, type WholeOrder } from '../../adapters/postgres/orders/whole-orders.ts';
import type { FlowContext } from '../context.ts';
import { hashSecret, isWaiting } from './signing-session.ts';

/** Refuses a task that is closed, or waits for others. */
function requireOpen(
  { order, tasks, packaging }: WholeOrder,
  task: TaskRow,
  spec: TaskSpec,
  now: Date,
): void {
  const state = order.deletedAt ? 'deleted' : stateAt(task, now);
  if (state !== 'created') throw serverProblems.error('TASK_CLOSED', { state });
  if (isWaiting(order.spec, spec, tasks, packaging)) throw serverProblems.error('TASK_WAITING');
}

/**
 * See SigningFlow.open. `isSignedOn`: an artifact was given for the user session that the task is opened in. A wrong
 * artifact is refused even where none is needed.
 */
export async function openSession(
  context: FlowContext,
  input: {
    requestId: string;
    taskId?: string;
    artifact?: string;
    isSignedOn?: boolean;
    client: ClientInfo;
  },
): Promise<SessionKey> {
  const { db, clock } = context;
  const now = clock.now();
  const whole = (await db.snapshot((tx) => readOrders(tx, [input.requestId]))).get(input.requestId);
  if (!whole) throw serverProblems.error('TASK_UNKNOWN');
  const { order, tasks } = whole;
  const wanted = input.taskId || (tasks.find((row) => stateAt(row, now) === 'created') ?? tasks[0])?.taskId;
  const task = tasks.find(({ taskId }) => taskId === wanted);
  const spec = order.spec.tasks.find(({ id }) => id === wanted);
  if (!task || !spec) throw serverProblems.error('TASK_UNKNOWN');
  requireOpen(whole, task, spec, now);
  if (input.artifact) {
    const ids = { artifact: input.artifact, requestId: order.requestId, taskId: task.taskId };
    if (!(await redeemArtifact(db, ids, now))) throw serverProblems.error('ARTIFACT_INVALID');
  }
  const authenticatedWith = input.artifact || input.isSignedOn === true ? ARTIFACT : null;
  if (identificationDue(spec.authentication, authenticatedWith) === 'artifact') {
    throw serverProblems.error('ARTIFACT_NEEDED');
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
    authenticatedWith,
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
    if (authenticatedWith !== null) {
      const ids = { requestId: order.requestId, taskId: task.taskId };
      await addEvent(tx, { ...ids, type: 'user-authenticated', at: now, data: ARTIFACT });
    }
  });
  return key;
}
