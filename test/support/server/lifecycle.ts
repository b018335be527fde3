/** Orders in random shapes, what may be asked of them, and what must hold of them in whatever state: for fast-check. */
import fc from 'fast-check';
import { addDays, allCompleted, expiryOf, isSettled } from '@segl/server/domain/lifecycle/lifecycle';
import type {
  Change,
  Command,
  OrderSnapshot,
  PackagingStanding,
  TaskStanding,
} from '@segl/server/domain/lifecycle/transitions';
import { Dependencies } from '@segl/server/domain/order/dependencies';
import type { DocumentSpec, OrderSpec, PackagingTaskSpec, TaskSpec } from '@segl/server/domain/order/model';
import { order, task } from './orders.ts';

/** A task that somebody may add later. */
export const LATER = 'later';

export const BIRTH = new Date('2026-03-02T09:00:00Z');

/**
 * Up to three tasks, in a row or side by side, one of which may live only for days; up to two packaging tasks. The
 * last task may look at what the first signed, or at the PDF of a packaging task.
 */
export const anySpec: fc.Arbitrary<OrderSpec> = fc
  .record({
    inRow: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
    brief: fc.boolean(),
    packs: fc.array(fc.nat({ max: 2 }), { maxLength: 2 }),
    looksAt: fc.constantFrom('nothing', 'result', 'pdf'),
  })
  .map(({ inRow, brief, packs, looksAt }): OrderSpec => {
    const tasks = inRow.map((waits, index): TaskSpec =>
      task(`t${index}`, undefined, {
        ...(waits && index > 0 && { dependsOnTasks: [`t${index - 1}`] }),
        ...(brief && { daysToLive: 1 + index }),
      }),
    );
    const packagingTasks = packs.map((of, index): PackagingTaskSpec => ({
      id: `p${index}`,
      method: 'pades',
      notifications: [],
      documents: [{ taskId: `t${Math.min(of, tasks.length - 1)}`, documentId: 'doc' }],
    }));
    const documents: DocumentSpec[] = [...order([]).documents];
    if (looksAt === 'result') {
      documents.push({ kind: 'result', id: 'coming', refTaskId: 't0', refDocumentId: 'doc' });
    }
    if (looksAt === 'pdf' && packagingTasks.length > 0) {
      documents.push({ kind: 'packaging-result', id: 'coming', refPackagingTaskId: 'p0' });
    }
    if (documents.length > 1) {
      tasks.push(task('look', undefined, { documentActions: [{ type: 'view', documentRef: 'coming' }] }));
    }
    return order(tasks, { documents, packagingTasks });
  });

const anyTask = fc.constantFrom('t0', 't0', 't0', 't0', 't1', 't1', 't1', 't2', 'look', 'look', LATER);
const anyPackaging = fc.constantFrom('p0', 'p0', 'p1');
/** Most are as they should be, so that most lives get somewhere. */
const anyVisit = fc.record({
  ref: fc.constantFrom('visit-1', 'visit-2'),
  isOver: fc.constantFrom(false, false, false, false, false, true),
  due: fc.oneof(
    { weight: 5, arbitrary: fc.constant('send-in' as const) },
    { weight: 1, arbitrary: fc.constantFrom('read' as const, 'sign' as const, 'identify' as const) },
  ),
});
const results = fc.constantFrom(['doc'], ['doc'], ['doc'], ['doc'], []);

/** Whatever may be asked of an order, sensible or not. */
export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'add-task', task: LATER }) },
  { weight: 1, arbitrary: anyTask.map((task): Command => ({ type: 'add-task', task })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(anyTask, anyVisit)
      .map(([task, signingSession]): Command => ({ type: 'submit', task, signingSession })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('leave' as const, 'refuse' as const), anyTask, anyVisit)
      .map(([type, task, signingSession]): Command => ({ type, task, signingSession })),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(
        fc.constantFrom('expire' as const, 'expire' as const, 'disable' as const, 'sealing-failed' as const),
        anyTask,
      )
      .map(([type, task]): Command => ({ type, task })),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(anyTask, results)
      .map(([task, results]): Command => ({ type: 'sealed', task, results })),
  },
  {
    weight: 4,
    arbitrary: anyPackaging.map((packaging): Command => ({
      type: 'packaged',
      packaging,
      result: { kind: 'sds', id: `of ${packaging}` },
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('packaging-failed' as const, 'retry-packaging' as const), anyPackaging)
      .map(([type, packaging]): Command => ({ type, packaging })),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ type: 'delete' }) },
);

/** A command, or a number that chooses among what is due. */
export type Asked = Command | number;

/** What is asked for in the life of an order. */
export const anyAsked: fc.Arbitrary<Asked[]> = fc.array(fc.oneof(anyCommand, fc.nat({ max: 5 })), {
  minLength: 4,
  maxLength: 24,
  size: 'max',
});

/** The command that is asked for: of those that take the order on, the one that the number chooses. */
export function commandOf(asked: Asked, { tasks, packaging }: OrderSnapshot): Command {
  if (typeof asked !== 'number') return asked;
  const due: Command[] = [
    ...tasks
      .filter(({ state }) => state === 'created')
      .map(({ id }): Command => {
        return {
          type: 'submit',
          task: id,
          signingSession: { ref: 'visit-1', isOver: false, due: 'send-in' },
        };
      }),
    ...tasks
      .filter(({ state }) => state === 'sent-in')
      .map(({ id }): Command => ({ type: 'sealed', task: id, results: ['doc'] })),
    ...packaging
      .filter(({ state }) => state === 'running')
      .map(({ id }): Command => ({
        type: 'packaged',
        packaging: id,
        result: { kind: 'sds', id: `of ${id}` },
      })),
  ];
  return due[asked % due.length] ?? { type: 'add-task', task: LATER };
}

/** What was ordered, with the task that `add-task` adds. */
export function withTask(spec: OrderSpec, id: string): OrderSpec {
  if (spec.tasks.some((one) => one.id === id)) return spec;
  return { ...spec, tasks: [...spec.tasks, task(id, undefined)] };
}

/** The order after `changes`; a change of what is not in the state it names throws, as the store does. */
export function changed(before: OrderSnapshot, changes: readonly Change[], at: Date): OrderSnapshot {
  let { state } = before;
  const tasks = new Map<string, TaskStanding>(before.tasks.map((one) => [one.id, one]));
  const packaging = new Map<string, PackagingStanding>(before.packaging.map((one) => [one.id, one]));
  for (const change of changes) {
    const present =
      change.set === 'order' ? state : (change.set === 'task' ? tasks : packaging).get(change.id)?.state;
    if (present !== change.from) {
      throw new Error(`${JSON.stringify(change)} of what is ${present ?? 'not there'}`);
    }
    if (change.set === 'order') state = change.to;
    else if (change.set === 'task') {
      const { id, to, session } = change;
      const old = tasks.get(id);
      const specOf = before.spec.tasks.find((one) => one.id === id)!;
      // every task that signs has signed its document
      const owed =
        to === 'sent-in' && specOf.documentActions.some(({ type }) => type === 'sign') ? ['doc'] : [];
      const ended = session ?? old?.session;
      tasks.set(id, {
        id,
        state: to,
        expiresAt: old?.expiresAt ?? expiryOf(specOf, at),
        owed,
        ...(ended !== undefined && { session: ended }),
      });
    } else {
      const { id, to } = change;
      const started = to === 'running' || packaging.get(id)?.started === true;
      packaging.set(id, { id, state: to, started });
    }
  }
  const { requestId, spec } = before;
  return {
    requestId,
    spec,
    ...(state && { state }),
    tasks: [...tasks.values()],
    packaging: [...packaging.values()],
  };
}

/** What is wrong with an order, in whatever state it is. Nothing must ever be. */
export function faultsOf({ spec, state, tasks, packaging }: OrderSnapshot): string[] {
  const faults: string[] = [];
  const states = new Map(tasks.map((one) => [one.id, one.state]));
  const all = [...states.values()];
  const dependencies = new Dependencies(spec);
  const hasEnded = packaging.every((one) => one.state === 'completed' || one.state === 'failed');
  const isComplete = hasEnded && allCompleted(all);
  const canStart = (id: string): boolean =>
    all.includes('completed') && dependencies.beforePackaging(id).every((one) => isSettled(states.get(one)));
  if (state === 'completed' && !isComplete) faults.push('completed, and is not');
  if (state === 'open' && isComplete) faults.push('complete, and still open');
  if (state === 'deleted' && !hasEnded) faults.push('deleted, with packaging that has not ended');
  if (state === 'deleted' && all.some((one) => one !== 'deleted')) faults.push('deleted, but not its tasks');
  if (state === 'closing' && all.includes('created')) faults.push('closing, and somebody may still sign');
  if (state === 'closing' && !all.includes('sent-in') && hasEnded) faults.push('closing for ever');
  for (const { id, state: of, started } of packaging) {
    if (of === 'waiting' && state === 'closing') faults.push(`${id} waits in an order that closes`);
    if (of === 'waiting' && canStart(id)) faults.push(`${id} waits for nothing`);
    if (of === 'running' && !started) faults.push(`${id} runs and never started`);
    if (of === 'completed' && !started) faults.push(`${id} is completed and never started`);
  }
  return faults;
}

/** Days after its creation, in order; the last one stays. */
export const anyTimes = fc
  .array(fc.nat({ max: 3 }), { minLength: 8, maxLength: 8 })
  .map((days) => days.toSorted((a, b) => a - b).map((day) => addDays(BIRTH, day)));
