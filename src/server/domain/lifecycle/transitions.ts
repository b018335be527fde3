/**
 * The life of an order, its tasks and its packaging tasks: what may follow what, and what comes of it. `decide` is pure,
 * and alone names next states; application/lifecycle/apply.ts writes what it decides.
 *
 * | state | command (guard) | next | effects |
 * |---|---|---|---|
 * | no order | create | open, its tasks created, its packaging waiting | record, notify |
 * | order open or completed | add-task | task created, order open | notify, link documents |
 * | task created | leave (the session goes on) | created | end the session |
 * | task created | submit (the session goes on, all its steps are done) | sent-in | end the session, seal |
 * | task created | refuse (the session goes on) | rejected | end the session, record, notify, lose packaging that waits for it |
 * | task created | expire (its time is over) | expired | notify, lose packaging that waits for it |
 * | task created | disable (no open task needs its documents) | deleted | notify, evaluate |
 * | task sent-in | sealed (a result for each signature) | completed | forget national ids, record, notify, evaluate |
 * | task sent-in | sealing-failed | sent-in | record |
 * | packaging waiting | *evaluate* (its tasks are settled, one task is completed) | running | package, record |
 * | packaging running | packaged, packaging-failed | completed, failed | record, notify, evaluate |
 * | packaging failed after it ran | retry-packaging | running, a completed order open | tell its end anew |
 * | order open | *evaluate* (all tasks settled, one completed, packaging ended) | completed | notify |
 * | order not deleted, evidence being made | delete | closing: open tasks deleted, packaging that waits failed | notify |
 * | order not deleted, no evidence being made | delete | deleted, with all its tasks | purge contents, record, notify |
 * | order closing | sealed, packaged, packaging-failed (the last evidence is made) | deleted | as above |
 */
import type { SeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { Dependencies } from '../order/dependencies.ts';
import { documentIdOf, listDocuments } from '../order/documents.ts';
import type { EventType, OrderSpec, TaskSpec, TaskState, WireTaskStatus } from '../order/model.ts';
import type { DueStep } from '../signing-session/steps.ts';
import { identityProblems } from '@segl/identity/problems';
import { serverProblems } from '../../problems.ts';
import type { Job } from './jobs.ts';
import { allCompleted, isSettled, stateAt } from './lifecycle.ts';

/** `closing`: its sender has deleted it while evidence was being made, which is waited for. */
export type OrderState = 'open' | 'completed' | 'closing' | 'deleted';

/** `running`: its inputs are there, and the PDF is due. Callers see both `waiting` and `running` as `created`. */
export type PackagingState = 'waiting' | 'running' | 'completed' | 'failed';

export interface TaskStanding {
  readonly id: string;
  readonly state: TaskState;
  readonly expiresAt: Date;
  /** The session that was sent in, or in which the signer refused. */
  readonly session?: string;
  /** Ids of the documents that were signed in that session, while their results are to be made. */
  readonly owed: readonly string[];
}

export interface PackagingStanding {
  readonly id: string;
  readonly state: PackagingState;
  /** Whether it has ever run: one that lost its inputs before has nothing to be made of. */
  readonly started: boolean;
}

/** An order as it stands. */
export interface OrderSnapshot {
  readonly requestId: string;
  readonly spec: OrderSpec;
  /** Absent: it is only about to be created. */
  readonly state?: OrderState;
  readonly tasks: readonly TaskStanding[];
  readonly packaging: readonly PackagingStanding[];
}

/** The signer's session in which something is asked for. */
export interface SessionStanding {
  readonly ref: string;
  readonly isOver: boolean;
  /** What the signer has to do next. */
  readonly due: DueStep['kind'];
}

/** Where the PDF of a packaging task is. */
export interface PackagingResult {
  readonly kind: 'sds' | 'archive';
  readonly id: string;
}

export type Command =
  | { readonly type: 'create' }
  | { readonly type: 'add-task'; readonly task: string }
  | { readonly type: 'leave'; readonly task: string; readonly signingSession: SessionStanding }
  | { readonly type: 'submit'; readonly task: string; readonly signingSession: SessionStanding }
  | {
      readonly type: 'refuse';
      readonly task: string;
      readonly signingSession: SessionStanding;
      readonly reason?: string;
    }
  | { readonly type: 'expire' | 'disable' | 'sealing-failed'; readonly task: string }
  /** `results`: ids of the documents whose packages are made. */
  | { readonly type: 'sealed'; readonly task: string; readonly results: readonly string[] }
  | { readonly type: 'packaged'; readonly packaging: string; readonly result: PackagingResult }
  | { readonly type: 'packaging-failed' | 'retry-packaging'; readonly packaging: string }
  | { readonly type: 'delete' };

/** `from` absent: it is inserted. */
export type Change =
  | { readonly set: 'order'; readonly from?: OrderState; readonly to: OrderState }
  | {
      readonly set: 'task';
      readonly id: string;
      readonly from?: TaskState;
      readonly to: TaskState;
      readonly session?: string;
    }
  | {
      readonly set: 'packaging';
      readonly id: string;
      readonly from?: PackagingState;
      readonly to: PackagingState;
      readonly result?: PackagingResult;
    };

export type Effect =
  | { readonly do: 'record'; readonly type: EventType; readonly task?: string; readonly data?: string }
  | { readonly do: 'notify-task'; readonly id: string; readonly state: WireTaskStatus }
  | { readonly do: 'notify-packaging'; readonly id: string; readonly state: 'completed' | 'failed' }
  | { readonly do: 'notify-order'; readonly state: 'completed' | 'deleted' }
  | { readonly do: 'enqueue'; readonly job: Job }
  | { readonly do: 'end-session' | 'forget-national-ids'; readonly session: string }
  /** Gives documents that come from tasks and packaging their bytes, as far as these are there. */
  | { readonly do: 'link-documents' }
  /** That the packaging task failed was told; how it ends now is to be told again. */
  | { readonly do: 'retell-packaging'; readonly id: string }
  /** Documents, packages and evidence that are not in the archive go. */
  | { readonly do: 'purge-contents' };

/** Nothing of both: the command came too late, or twice, and there is nothing to do. */
export interface Decided {
  readonly changes: readonly Change[];
  readonly effects: readonly Effect[];
}

export type Decision = Decided | { readonly refused: SeglError };

/** What follows when `command` meets the order at `at`. */
export function decide(order: OrderSnapshot, command: Command, at: Date): Decision {
  const draft = new Draft(order);
  const refused = carryOut(draft, command, at);
  return refused ? { refused } : { changes: draft.changes, effects: draft.effects };
}

/** The order as the changes leave it, and the changes and effects so far. */
class Draft {
  readonly order: OrderSnapshot;
  readonly changes: Change[] = [];
  readonly effects: Effect[] = [];
  state: OrderState | undefined;
  readonly tasks: Map<string, TaskState>;
  readonly packaging: Map<string, PackagingState>;

  constructor(order: OrderSnapshot) {
    this.order = order;
    this.state = order.state;
    this.tasks = new Map(order.tasks.map(({ id, state }) => [id, state]));
    this.packaging = new Map(order.packaging.map(({ id, state }) => [id, state]));
  }

  setOrder(to: OrderState): void {
    this.changes.push({ set: 'order', ...(this.state && { from: this.state }), to });
    this.state = to;
  }

  setTask(id: string, to: TaskState, session?: string): void {
    const from = this.tasks.get(id);
    this.changes.push({ set: 'task', id, ...(from && { from }), to, ...(session && { session }) });
    this.tasks.set(id, to);
  }

  setPackaging(id: string, to: PackagingState, result?: PackagingResult): void {
    const from = this.packaging.get(id);
    this.changes.push({ set: 'packaging', id, ...(from && { from }), to, ...(result && { result }) });
    this.packaging.set(id, to);
  }

  then(...effects: readonly Effect[]): void {
    this.effects.push(...effects);
  }

  /** Whether evidence is being made: of a task that was sent in, or of an order whose packaging runs. */
  makesEvidence(): boolean {
    return [...this.tasks.values()].includes('sent-in') || [...this.packaging.values()].includes('running');
  }
}

function carryOut(draft: Draft, command: Command, at: Date): SeglError | undefined {
  switch (command.type) {
    case 'create':
      return create(draft);
    case 'add-task':
      return addTask(draft, command.task);
    case 'leave':
      return leave(draft, command.task, command.signingSession, at);
    case 'submit':
      return submit(draft, command.task, command.signingSession, at);
    case 'refuse':
      return refuse(draft, command.task, command.signingSession, command.reason, at);
    case 'expire':
      return expire(draft, command.task, at);
    case 'disable':
      return disable(draft, command.task, at);
    case 'sealed':
      return complete(draft, command.task, command.results);
    case 'sealing-failed':
      return noteTrouble(draft, command.task);
    case 'packaged':
      return endPackaging(draft, command.packaging, command.result);
    case 'packaging-failed':
      return endPackaging(draft, command.packaging);
    case 'retry-packaging':
      return retryPackaging(draft, command.packaging);
    case 'delete':
      return remove(draft);
  }
}

const isGone = (state: OrderState | undefined): boolean => state === 'closing' || state === 'deleted';

function create(draft: Draft): SeglError | undefined {
  const { requestId, spec } = draft.order;
  if (draft.state !== undefined) return generalProblems.error('INTERNAL', { reference: requestId });
  draft.setOrder('open');
  for (const { id } of spec.packagingTasks) draft.setPackaging(id, 'waiting');
  draft.then({ do: 'record', type: 'request-created' });
  for (const { id } of spec.tasks) openTask(draft, id);
  return undefined;
}

function openTask(draft: Draft, id: string): void {
  draft.setTask(id, 'created');
  draft.then({ do: 'notify-task', id, state: 'created' });
}

/** An order that was complete is under way again until the task is completed too; packaging that has ended stays so. */
function addTask(draft: Draft, id: string): SeglError | undefined {
  const { requestId } = draft.order;
  if (isGone(draft.state)) return serverProblems.error('REQUEST_DELETED', { requestId });
  if (draft.tasks.has(id)) return generalProblems.error('INTERNAL', { reference: requestId });
  if (draft.state === 'completed') draft.setOrder('open');
  openTask(draft, id);
  draft.then({ do: 'link-documents' });
  return undefined;
}

/** Why a session cannot act on its task, if it cannot. */
function closedTo(
  draft: Draft,
  id: string,
  signingSession: SessionStanding,
  at: Date,
): SeglError | undefined {
  const task = draft.order.tasks.find((one) => one.id === id);
  if (!task) return serverProblems.error('SESSION_GONE');
  const state = stateAt(task, at);
  if (state !== 'created')
    return serverProblems.error('TASK_CLOSED', { state: state === 'sent-in' ? 'completed' : state });
  return signingSession.isOver ? serverProblems.error('SESSION_GONE') : undefined;
}

function leave(draft: Draft, id: string, signingSession: SessionStanding, at: Date): SeglError | undefined {
  const closed = closedTo(draft, id, signingSession, at);
  if (closed) return closed;
  draft.then({ do: 'end-session', session: signingSession.ref });
  return undefined;
}

function submit(draft: Draft, id: string, signingSession: SessionStanding, at: Date): SeglError | undefined {
  const closed = closedTo(draft, id, signingSession, at);
  if (closed) return closed;
  if (signingSession.due !== 'send-in')
    return identityProblems.error('STEP_NOT_DUE', {
      why: identityProblems.of('step/due', { step: signingSession.due }),
    });
  const { requestId } = draft.order;
  draft.setTask(id, 'sent-in', signingSession.ref);
  draft.then(
    { do: 'end-session', session: signingSession.ref },
    {
      do: 'enqueue',
      job: {
        queue: 'package-task',
        payload: { requestId, taskId: id },
        key: `package-task ${requestId} ${id}`,
      },
    },
  );
  return undefined;
}

function refuse(
  draft: Draft,
  id: string,
  signingSession: SessionStanding,
  reason: string | undefined,
  at: Date,
): SeglError | undefined {
  const closed = closedTo(draft, id, signingSession, at);
  if (closed) return closed;
  draft.setTask(id, 'rejected', signingSession.ref);
  draft.then(
    { do: 'end-session', session: signingSession.ref },
    { do: 'record', type: 'task-rejected', task: id, ...(reason !== undefined && { data: reason }) },
    { do: 'notify-task', id, state: 'rejected' },
  );
  losePackaging(draft, id);
  return undefined;
}

/** Writes down what `stateAt` already answers. */
function expire(draft: Draft, id: string, at: Date): SeglError | undefined {
  const task = draft.order.tasks.find((one) => one.id === id);
  if (task?.state !== 'created' || stateAt(task, at) !== 'expired') return undefined;
  draft.setTask(id, 'expired');
  draft.then({ do: 'notify-task', id, state: 'expired' });
  losePackaging(draft, id);
  return undefined;
}

/** Packaging that waits for a task that will never be completed will never start. */
function losePackaging(draft: Draft, taskId: string): void {
  const dependencies = new Dependencies(draft.order.spec);
  for (const [id, state] of draft.packaging) {
    if (state !== 'waiting' || !dependencies.beforePackaging(id).includes(taskId)) continue;
    draft.setPackaging(id, 'failed');
    draft.then(
      { do: 'record', type: 'packaging-task-failed', data: id },
      { do: 'notify-packaging', id, state: 'failed' },
    );
  }
}

/** One that was taken out before is left alone. */
function disable(draft: Draft, id: string, at: Date): SeglError | undefined {
  const { requestId, spec, tasks } = draft.order;
  if (isGone(draft.state)) return serverProblems.error('REQUEST_DELETED', { requestId });
  const task = tasks.find((one) => one.id === id);
  const taskSpec = spec.tasks.find((one) => one.id === id);
  if (!task || !taskSpec) return serverProblems.error('REQUEST_TASK_UNKNOWN', { requestId, taskId: id });
  const state = stateAt(task, at);
  if (state === 'deleted') return undefined;
  if (state !== 'created') {
    return serverProblems.error('TASK_NOT_OPEN', {
      taskId: id,
      state:
        state === 'sent-in'
          ? serverProblems.of('task-state/being-completed')
          : serverProblems.of('task-state/named', { state }),
    });
  }
  const needing = needingTask(draft, taskSpec);
  if (needing !== undefined) {
    const why = serverProblems.of('task-need/uses-its-document', { taskId: needing });
    return serverProblems.error('TASK_NEEDED', { taskId: id, why });
  }
  draft.setTask(id, 'deleted');
  draft.then({ do: 'notify-task', id, state: 'deleted' });
  evaluate(draft);
  return undefined;
}

/** The first open task that uses what `task` signs or uploads. */
function needingTask({ order: { spec }, tasks }: Draft, task: TaskSpec): string | undefined {
  const uploaded = task.documentActions
    .filter(({ type }) => type === 'upload')
    .map((action) => documentIdOf(spec, action));
  const coming = new Set(
    listDocuments(spec)
      .filter(
        ({ documentId, spec: document }) =>
          (document.kind === 'result' && document.refTaskId === task.id) || uploaded.includes(documentId),
      )
      .map(({ documentId }) => documentId),
  );
  return spec.tasks.find(
    (other) =>
      other.id !== task.id &&
      tasks.get(other.id) === 'created' &&
      other.documentActions.some((action) => coming.has(documentIdOf(spec, action) ?? '')),
  )?.id;
}

/** A task that does not wait for its packages (any more) is left alone. */
function complete(draft: Draft, id: string, results: readonly string[]): SeglError | undefined {
  const task = draft.order.tasks.find((one) => one.id === id);
  if (task?.state !== 'sent-in') return undefined;
  if (task.owed.some((documentId) => !results.includes(documentId))) {
    return generalProblems.error('INTERNAL', { reference: draft.order.requestId });
  }
  draft.setTask(id, 'completed');
  draft.then(
    ...(task.session === undefined ? [] : [{ do: 'forget-national-ids' as const, session: task.session }]),
    { do: 'record', type: 'task-completed', task: id },
    { do: 'notify-task', id, state: 'completed' },
  );
  evaluate(draft);
  return undefined;
}

/** The task stays sent in, so that it can be taken up again. */
function noteTrouble(draft: Draft, task: string): SeglError | undefined {
  if (draft.tasks.get(task) !== 'sent-in') return undefined;
  draft.then({ do: 'record', type: 'error', task, data: 'the package could not be made' });
  return undefined;
}

/** `result` absent: it failed. One that does not run (any more) is left alone. */
function endPackaging(draft: Draft, id: string, result?: PackagingResult): SeglError | undefined {
  if (draft.packaging.get(id) !== 'running') return undefined;
  const state = result ? 'completed' : 'failed';
  draft.setPackaging(id, state, result);
  draft.then(
    { do: 'record', type: `packaging-task-${state}`, data: id },
    { do: 'notify-packaging', id, state },
  );
  evaluate(draft);
  return undefined;
}

function retryPackaging(draft: Draft, id: string): SeglError | undefined {
  const packaging = draft.order.packaging.find((one) => one.id === id);
  if (isGone(draft.state) || packaging?.state !== 'failed' || !packaging.started) return undefined;
  if (draft.state === 'completed') draft.setOrder('open');
  draft.setPackaging(id, 'running');
  draft.then({ do: 'retell-packaging', id });
  return undefined;
}

/**
 * What is signed is not lost: while evidence is being made, the order only closes, and goes when that is there. Nobody
 * can sign any more meanwhile.
 */
function remove(draft: Draft): SeglError | undefined {
  if (isGone(draft.state)) return undefined;
  if (!draft.makesEvidence()) {
    finish(draft);
    return undefined;
  }
  draft.setOrder('closing');
  for (const [id, state] of draft.tasks) {
    if (state !== 'created') continue;
    draft.setTask(id, 'deleted');
    draft.then({ do: 'notify-task', id, state: 'deleted' });
  }
  failWaiting(draft);
  return undefined;
}

/** The end of a deleted order. */
function finish(draft: Draft): void {
  for (const [id, state] of draft.tasks) if (state !== 'deleted') draft.setTask(id, 'deleted');
  failWaiting(draft);
  draft.setOrder('deleted');
  draft.then(
    { do: 'purge-contents' },
    { do: 'record', type: 'document-deleted', data: 'request deleted by its sender' },
    ...[...draft.tasks.keys()].map((id) => ({ do: 'notify-task' as const, id, state: 'deleted' as const })),
    { do: 'notify-order', state: 'deleted' },
  );
}

function failWaiting(draft: Draft): void {
  for (const [id, state] of draft.packaging) if (state === 'waiting') draft.setPackaging(id, 'failed');
}

/** After a task or packaging task has ended: documents are there, packaging is due, or the order has come to its end. */
function evaluate(draft: Draft): void {
  draft.then({ do: 'link-documents' });
  if (draft.state === 'closing') {
    if (!draft.makesEvidence()) finish(draft);
    return;
  }
  startPackaging(draft);
  const hasEnded = [...draft.packaging.values()].every(
    (state) => state === 'completed' || state === 'failed',
  );
  if (!hasEnded || !allCompleted([...draft.tasks.values()])) return;
  draft.setOrder('completed');
  draft.then({ do: 'notify-order', state: 'completed' });
}

/** Packaging whose tasks are settled, unless nobody has signed anything. */
function startPackaging(draft: Draft): void {
  if (![...draft.tasks.values()].includes('completed')) return;
  const { requestId, spec } = draft.order;
  const dependencies = new Dependencies(spec);
  for (const [id, state] of draft.packaging) {
    if (state !== 'waiting') continue;
    if (!dependencies.beforePackaging(id).every((task) => isSettled(draft.tasks.get(task)))) continue;
    draft.setPackaging(id, 'running');
    draft.then(
      {
        do: 'enqueue',
        job: {
          queue: 'package-order',
          payload: { requestId, packagingTaskId: id },
          key: `package-order ${requestId} ${id}`,
        },
      },
      { do: 'record', type: 'packaging-task-created', data: id },
    );
  }
}
