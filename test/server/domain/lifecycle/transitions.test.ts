import fc from 'fast-check';
import t from 'tap';
import { addDays, isSettled, stateAt } from '@segl/server/domain/lifecycle/lifecycle';
import {
  decide,
  type Command,
  type Decided,
  type OrderSnapshot,
  type SessionStanding,
} from '@segl/server/domain/lifecycle/transitions';
import { Dependencies } from '@segl/server/domain/order/dependencies';
import type { DocumentActionType, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import {
  anyAsked,
  anySpec,
  anyTimes,
  BIRTH,
  changed,
  commandOf,
  faultsOf,
  LATER,
  withTask,
  type Asked,
} from '../../../support/server/lifecycle.ts';
import { order, task } from '../../../support/server/orders.ts';

interface Step {
  readonly command: Command;
  readonly at: Date;
  readonly before: OrderSnapshot;
  readonly after: OrderSnapshot;
  readonly decided: Decided | undefined;
}

/** One command after the other, on the order as the one before left it. */
function walk(spec: OrderSpec, asked: readonly Asked[], times: readonly Date[]): Step[] {
  const steps: Step[] = [];
  let present: OrderSnapshot = { requestId: 'r', spec, tasks: [], packaging: [] };
  for (const [index, one] of [{ type: 'create' } as const, ...asked].entries()) {
    const command = commandOf(one, present);
    const at = index === 0 ? BIRTH : (times[index - 1] ?? times.at(-1)!);
    const grown = command.type === 'add-task' ? withTask(present.spec, command.task) : present.spec;
    const before: OrderSnapshot = { ...present, spec: grown };
    const decision = decide(before, command, at);
    const decided = 'refused' in decision ? undefined : decision;
    // a refused addTask leaves the order as it was ordered
    const after = decided ? changed(before, decided.changes, at) : present;
    steps.push({ command, at, before, after, decided });
    present = after;
  }
  return steps;
}

/** Checks what `judge` finds wrong with any step of any life. */
function always(judge: (step: Step, earlier: readonly Step[]) => string | undefined): void {
  const life = fc.property(anySpec, anyAsked, anyTimes, (spec, asked, times) => {
    const steps = walk(spec, asked, times);
    for (const [index, step] of steps.entries()) {
      const wrong = judge(step, steps.slice(0, index));
      if (wrong !== undefined) throw new Error(`${JSON.stringify(step.command)}: ${wrong}`);
    }
  });
  fc.assert(life, { numRuns: 800 });
}

t.test('lives get somewhere', (t) => {
  const lives = fc.sample(fc.tuple(anySpec, anyAsked, anyTimes), 800).map((life) => walk(...life));
  const count = (test: (order: OrderSnapshot) => boolean): number =>
    lives.filter((steps) => steps.some(({ after }) => test(after))).length;
  const reached = {
    completed: count(({ state }) => state === 'completed'),
    closing: count(({ state }) => state === 'closing'),
    deleted: count(({ state }) => state === 'deleted'),
    rejected: count(({ tasks }) => tasks.some(({ state }) => state === 'rejected')),
    expired: count(({ tasks }) => tasks.some(({ state }) => state === 'expired')),
    running: count(({ packaging }) => packaging.some(({ state }) => state === 'running')),
    packaged: count(({ packaging }) => packaging.some(({ state }) => state === 'completed')),
  };
  for (const [name, lives] of Object.entries(reached)) t.ok(lives >= 20, `${name} in ${lives} of 800 lives`);
  t.end();
});

t.test('whatever happens, an order is in order', (t) => {
  always(({ after }) => faultsOf(after)[0]);
  t.end();
});

t.test('what is final stays so, until its order is deleted; what is deleted stays deleted', (t) => {
  always(({ before, after, decided }) => {
    const isFinal = (state: string): boolean => !['created', 'sent-in', 'waiting', 'running'].includes(state);
    for (const task of before.tasks.filter(({ state }) => isFinal(state))) {
      const { state } = after.tasks.find(({ id }) => id === task.id)!;
      if (state !== task.state && !(state === 'deleted' && after.state === 'deleted'))
        return `${task.id} was ${task.state} and is ${state}`;
    }
    if (before.state === 'deleted' && decided && decided.changes.length + decided.effects.length > 0)
      return 'it was deleted';
    return undefined;
  });
  t.end();
});

t.test('nothing that was signed is lost: what was sent in is completed, and stays until it is', (t) => {
  always(({ command, before, decided }) => {
    const changes = decided?.changes ?? [];
    for (const { id } of before.tasks.filter(({ state }) => state === 'sent-in')) {
      const next = changes.find((change) => change.set === 'task' && change.id === id);
      if (next && next.to !== 'completed') return `${id} became ${next.to}`;
      if (!next && changes.some(({ set, to }) => set === 'order' && to === 'deleted')) return `${id} went`;
    }
    const completed = changes.find(({ set, to }) => set === 'task' && to === 'completed');
    if (!completed) return undefined;
    const owed = before.tasks.find(({ id }) => 'id' in completed && id === completed.id)!.owed;
    const results = command.type === 'sealed' ? command.results : [];
    return owed.every((id) => results.includes(id)) ? undefined : 'completed without its documents';
  });
  t.end();
});

t.test('only who has done all, in time and in a session that goes on, can send in or refuse', (t) => {
  always(({ command, at, before, decided }) => {
    const ended = decided?.changes.find(
      ({ set, to }) => set === 'task' && (to === 'sent-in' || to === 'rejected'),
    );
    if (!ended) return undefined;
    if (command.type !== 'submit' && command.type !== 'refuse') return 'by another command';
    if (command.signingSession.isOver) return 'the visit is over';
    if (command.type === 'submit' && command.signingSession.due !== 'send-in')
      return `${command.signingSession.due} is due`;
    const task = before.tasks.find(({ id }) => id === command.task)!;
    return stateAt(task, at) === 'created' ? undefined : `the task is ${stateAt(task, at)}`;
  });
  t.end();
});

t.test('packaging is unlocked once, by tasks that are settled, and never for nothing', (t) => {
  always(({ command, before, after, decided }, earlier) => {
    for (const change of decided?.changes ?? []) {
      if (change.set !== 'packaging' || change.to !== 'running') continue;
      const { id, from } = change;
      if (from === 'failed') {
        if (command.type !== 'retry-packaging') return `${id} runs again`;
        if (!before.packaging.find((one) => one.id === id)!.started) return `${id} has nothing to be made of`;
        continue;
      }
      const states = new Map(after.tasks.map((task) => [task.id, task.state]));
      if (![...states.values()].includes('completed')) return 'nobody has signed';
      const inputs = new Dependencies(before.spec).beforePackaging(id);
      if (!inputs.every((task) => isSettled(states.get(task)))) return `${id} has to wait`;
      const isUnlocked = (step: Step): boolean =>
        step.decided?.changes.some((one) => 'id' in one && one.id === id && one.to === 'running') === true;
      if (earlier.some(isUnlocked)) return `${id} was unlocked before`;
    }
    return undefined;
  });
  t.end();
});

t.test('each change does what belongs to it, and nothing is done without one', (t) => {
  always(({ command, decided }) => {
    const { changes, effects } = decided ?? { changes: [], effects: [] };
    const count = (set: string, to: string, from?: string): number =>
      changes.filter((one) => one.set === set && one.to === to && (from === undefined || one.from === from))
        .length;
    const does = (test: (effect: Decided['effects'][number]) => boolean): number =>
      effects.filter(test).length;
    const jobs = (queue: string): number => does((one) => one.do === 'enqueue' && one.job.queue === queue);
    const records = (type: string): number => does((one) => one.do === 'record' && one.type === type);
    const tells = (state: string): number => does((one) => one.do === 'notify-task' && one.state === state);
    const pairs: [string, number, number][] = [
      ['seals', jobs('package-task'), count('task', 'sent-in')],
      ['packages', jobs('package-order'), count('packaging', 'running', 'waiting')],
      [
        'says that packaging began',
        records('packaging-task-created'),
        count('packaging', 'running', 'waiting'),
      ],
      ['says that it ended', records('packaging-task-completed'), count('packaging', 'completed')],
      ['forgets numbers', does((one) => one.do === 'forget-national-ids'), count('task', 'completed')],
      ['records', records('task-completed'), count('task', 'completed')],
      ['tells', tells('completed'), count('task', 'completed')],
      ['tells', tells('created'), count('task', 'created')],
      ['tells', tells('expired'), count('task', 'expired')],
      ['tells', tells('rejected'), count('task', 'rejected')],
      ['records', records('task-rejected'), count('task', 'rejected')],
      [
        'tells',
        does((one) => one.do === 'notify-order' && one.state === 'completed'),
        count('order', 'completed'),
      ],
      [
        'tells',
        does((one) => one.do === 'notify-order' && one.state === 'deleted'),
        count('order', 'deleted'),
      ],
      ['purges', does((one) => one.do === 'purge-contents'), count('order', 'deleted')],
      ['records', records('document-deleted'), count('order', 'deleted')],
    ];
    const wrong = pairs.find(([, done, due]) => done !== due);
    if (wrong) return `${wrong[0]} ${wrong[1]} times instead of ${wrong[2]}`;
    if (tells('deleted') < count('task', 'deleted')) return 'a task is deleted and nobody is told';
    const endsVisit = command.type === 'leave' || command.type === 'submit' || command.type === 'refuse';
    return effects.some((one) => one.do === 'end-session') === (endsVisit && decided !== undefined)
      ? undefined
      : 'the visit';
  });
  t.end();
});

const signingSession: SessionStanding = { ref: 'v', isOver: false, due: 'send-in' };

/** The order after `commands`; each must be taken. */
function after(spec: OrderSpec, ...commands: readonly Command[]): OrderSnapshot {
  const steps = walk(spec, commands, [BIRTH]);
  const refused = steps.find(({ decided }) => decided === undefined);
  if (refused) throw new Error(`${JSON.stringify(refused.command)} was refused`);
  return steps.at(-1)!.after;
}

const submit = (task: string): Command => ({ type: 'submit', task, signingSession });
const sealed = (task: string): Command => ({ type: 'sealed', task, results: ['doc'] });
const pack = { id: 'p', method: 'pades', notifications: [], documents: [{ taskId: 'a', documentId: 'doc' }] };
const two = order([task('a', undefined), task('b', undefined)], { packagingTasks: [pack] });
const NOTHING = { changes: [], effects: [] };
const uses = (
  id: string,
  type: DocumentActionType,
  documentRef: string,
  dependsOnTasks: readonly string[] = [],
): TaskSpec => task(id, undefined, { documentActions: [{ type, documentRef }], dependsOnTasks });

t.test('who comes too late is told why', (t) => {
  const open = after(two);
  const gone = after(two, { type: 'delete' });
  const closing = after(two, submit('a'), { type: 'delete' });
  const month = addDays(BIRTH, 31);
  const cases: [string, OrderSnapshot, Command, Date, object][] = [
    ['no such task', open, submit('x'), BIRTH, { code: 'SESSION_GONE' }],
    ['expired', open, submit('a'), month, { code: 'TASK_CLOSED', params: { state: 'expired' } }],
    ['twice', closing, submit('a'), BIRTH, { code: 'TASK_CLOSED', params: { state: 'completed' } }],
    ['while it closes', closing, submit('b'), BIRTH, { code: 'TASK_CLOSED', params: { state: 'deleted' } }],
    ['deleted', gone, submit('a'), BIRTH, { code: 'TASK_CLOSED', params: { state: 'deleted' } }],
    [
      'over',
      open,
      { type: 'leave', task: 'a', signingSession: { ...signingSession, isOver: true } },
      BIRTH,
      { code: 'SESSION_GONE' },
    ],
    [
      'a step is due',
      open,
      { ...submit('a'), signingSession: { ...signingSession, due: 'sign' } } as Command,
      BIRTH,
      {
        code: 'STEP_NOT_DUE',
      },
    ],
    ['deleted', gone, { type: 'add-task', task: LATER }, BIRTH, { code: 'REQUEST_DELETED' }],
    ['closing', closing, { type: 'add-task', task: LATER }, BIRTH, { code: 'REQUEST_DELETED' }],
    ['there before', open, { type: 'add-task', task: 'a' }, BIRTH, { code: 'INTERNAL' }],
    ['there before', open, { type: 'create' }, BIRTH, { code: 'INTERNAL' }],
    ['deleted', gone, { type: 'disable', task: 'a' }, BIRTH, { code: 'REQUEST_DELETED' }],
    ['closing', closing, { type: 'disable', task: 'b' }, BIRTH, { code: 'REQUEST_DELETED' }],
    ['unknown', open, { type: 'disable', task: 'x' }, BIRTH, { code: 'REQUEST_TASK_UNKNOWN' }],
    [
      'expired',
      open,
      { type: 'disable', task: 'a' },
      month,
      {
        code: 'TASK_NOT_OPEN',
        params: { state: { code: 'task-state/named', params: { state: 'expired' } } },
      },
    ],
    ['sent in', after(two, submit('a')), { type: 'disable', task: 'a' }, BIRTH, { code: 'TASK_NOT_OPEN' }],
    [
      'no package',
      after(two, submit('a')),
      { type: 'sealed', task: 'a', results: [] },
      BIRTH,
      { code: 'INTERNAL' },
    ],
  ];
  for (const [name, present, command, at, refused] of cases) {
    t.match(decide(present, command, at), { refused }, `${command.type}: ${name}`);
  }
  t.end();
});

t.test('what comes twice, or is not due, changes nothing', (t) => {
  const open = after(two);
  const done = after(two, submit('a'), sealed('a'));
  const lost = after(two, { type: 'refuse', task: 'a', signingSession });
  const one = order([task('a', undefined)], { packagingTasks: [pack] });
  const gone = after(
    one,
    submit('a'),
    sealed('a'),
    { type: 'packaging-failed', packaging: 'p' },
    { type: 'delete' },
  );
  const cases: [string, OrderSnapshot, Command][] = [
    ['before its time', open, { type: 'expire', task: 'a' }],
    ['sent in before', after(two, submit('a')), { type: 'expire', task: 'a' }],
    ['not sent in', open, sealed('a')],
    ['twice', done, sealed('a')],
    ['not sent in', open, { type: 'sealing-failed', task: 'a' }],
    ['completed', done, { type: 'sealing-failed', task: 'a' }],
    ['it waits', open, { type: 'packaged', packaging: 'p', result: { kind: 'sds', id: 'x' } }],
    ['it waits', open, { type: 'packaging-failed', packaging: 'p' }],
    ['it waits', open, { type: 'retry-packaging', packaging: 'p' }],
    ['it never ran', lost, { type: 'retry-packaging', packaging: 'p' }],
    [
      'made',
      after(one, submit('a'), sealed('a'), {
        type: 'packaged',
        packaging: 'p',
        result: { kind: 'sds', id: 'x' },
      }),
      { type: 'retry-packaging', packaging: 'p' },
    ],
    ['out before', after(two, { type: 'disable', task: 'a' }), { type: 'disable', task: 'a' }],
    ['twice', after(two, { type: 'delete' }), { type: 'delete' }],
    ['twice', after(two, submit('a'), { type: 'delete' }), { type: 'delete' }],
    ['gone', gone, { type: 'retry-packaging', packaging: 'p' }],
  ];
  const month = addDays(BIRTH, 31);
  const expire: Command = { type: 'expire', task: 'a' };
  const expired = changed(open, (decide(open, expire, month) as Decided).changes, month);
  t.same(decide(expired, expire, month), NOTHING, 'expire: twice');
  for (const [name, present, command] of cases) {
    const at = command.type === 'expire' && name === 'sent in before' ? month : BIRTH;
    t.same(decide(present, command, at), NOTHING, `${command.type}: ${name}`);
  }
  t.end();
});

t.test('packaging that loses what it waits for fails; packaging that runs does not', (t) => {
  const late = order([task('a', undefined)], { packagingTasks: [pack] });
  const running = after(late, submit('a'), sealed('a'), { type: 'add-task', task: LATER });
  t.match(running, { state: 'open', packaging: [{ state: 'running' }] });
  const refused = decide(running, { type: 'refuse', task: LATER, signingSession }, BIRTH) as Decided;
  t.match(changed(running, refused.changes, BIRTH), { packaging: [{ state: 'running' }] });
  const waiting = after(two, submit('a'), sealed('a'));
  t.match(decide(waiting, { type: 'expire', task: 'b' }, addDays(BIRTH, 31)), {
    changes: [{ to: 'expired' }, { set: 'packaging', from: 'waiting', to: 'failed' }],
    effects: [
      {},
      { do: 'record', type: 'packaging-task-failed' },
      { do: 'notify-packaging', state: 'failed' },
    ],
  });
  const independent = order(
    [
      task('a', undefined),
      task('look', undefined, { documentActions: [{ type: 'view', documentRef: 'pdf' }] }),
    ],
    {
      documents: [...order([]).documents, { kind: 'packaging-result', id: 'pdf', refPackagingTaskId: 'p' }],
      packagingTasks: [pack],
    },
  );
  t.match(after(independent, { type: 'refuse', task: 'look', signingSession }), {
    packaging: [{ state: 'waiting' }],
  });
  t.end();
});

t.test('a task whose documents an open task needs cannot be taken out', (t) => {
  const spec = order(
    [
      task('a', undefined),
      task('b', undefined, { documentActions: [{ type: 'view', documentRef: 'coming' }] }),
      task('c', undefined),
    ],
    {
      documents: [
        ...order([]).documents,
        { kind: 'result', id: 'coming', refTaskId: 'a', refDocumentId: 'doc' },
      ],
    },
  );
  t.match(decide(after(spec), { type: 'disable', task: 'a' }, BIRTH), { refused: { code: 'TASK_NEEDED' } });
  t.match(decide(after(spec), { type: 'disable', task: 'c' }, BIRTH), { changes: [{ to: 'deleted' }] });
  const free = after(spec, { type: 'disable', task: 'b' });
  t.match(decide(free, { type: 'disable', task: 'a' }, BIRTH), { changes: [{ to: 'deleted' }] });
  t.end();
});

t.test('an order that is deleted while evidence is made goes when that is there', (t) => {
  const closing = after(two, submit('a'), { type: 'delete' });
  t.match(closing, {
    state: 'closing',
    tasks: [{ state: 'sent-in' }, { state: 'deleted' }],
    packaging: [{ state: 'failed' }],
  });
  const end = decide(closing, sealed('a'), BIRTH) as Decided;
  t.match(end.changes, [
    { set: 'task', id: 'a', from: 'sent-in', to: 'completed' },
    { set: 'task', id: 'a', from: 'completed', to: 'deleted' },
    { set: 'order', from: 'closing', to: 'deleted' },
  ]);
  t.match(changed(closing, end.changes, BIRTH), { state: 'deleted' });
  const running = after(order([task('a', undefined)], { packagingTasks: [pack] }), submit('a'), sealed('a'), {
    type: 'delete',
  });
  t.match(running, { state: 'closing', tasks: [{ state: 'completed' }] }, 'a PDF is evidence, too');
  t.match(after(two, { type: 'delete' }), { state: 'deleted' }, 'with nothing signed, it goes at once');
  for (const command of [
    { type: 'packaged', packaging: 'p', result: { kind: 'archive', id: 'x' } },
    { type: 'packaging-failed', packaging: 'p' },
  ] as const) {
    t.match(changed(running, (decide(running, command, BIRTH) as Decided).changes, BIRTH), {
      state: 'deleted',
    });
  }
  t.end();
});

t.test('packaging that failed is made after all, and its order is under way again', (t) => {
  const failed = after(order([task('a', undefined)], { packagingTasks: [pack] }), submit('a'), sealed('a'), {
    type: 'packaging-failed',
    packaging: 'p',
  });
  t.match(failed, { state: 'completed', packaging: [{ state: 'failed' }] });
  t.same(decide(failed, { type: 'retry-packaging', packaging: 'p' }, BIRTH), {
    changes: [
      { set: 'order', from: 'completed', to: 'open' },
      { set: 'packaging', id: 'p', from: 'failed', to: 'running' },
    ],
    effects: [{ do: 'retell-packaging', id: 'p' }],
  });
  t.end();
});

t.test('what each command changes and does, in full', (t) => {
  const visit = 'v';
  const notify = (id: string, state: string) => ({ do: 'notify-task', id, state });
  const link = { do: 'link-documents' };
  const ends = { do: 'end-session', session: visit };
  const fails = [
    { do: 'record', type: 'packaging-task-failed', data: 'p' },
    { do: 'notify-packaging', id: 'p', state: 'failed' },
  ];
  const toTask = (id: string, from: string, to: string, more = {}) => ({
    set: 'task',
    id,
    from,
    to,
    ...more,
  });
  const toPackaging = (from: string, to: string, more = {}) => ({
    set: 'packaging',
    id: 'p',
    from,
    to,
    ...more,
  });
  const one = order([task('a', undefined)], { packagingTasks: [pack] });
  const signed = after(one, submit('a'), sealed('a'));
  const lost = toPackaging('waiting', 'failed');
  const result = { kind: 'archive', id: 'x' } as const;
  const month = addDays(BIRTH, 30);
  const plain = order([task('a', undefined)]);
  const grown = (present: OrderSnapshot): OrderSnapshot => ({
    ...present,
    spec: withTask(present.spec, LATER),
  });
  const ended = { do: 'notify-order', state: 'completed' };
  const purge = [
    { do: 'purge-contents' },
    { do: 'record', type: 'document-deleted', data: 'request deleted by its sender' },
  ];
  const cases: [string, OrderSnapshot, Command, Date, object][] = [
    [
      'create',
      { requestId: 'r', spec: two, tasks: [], packaging: [] },
      { type: 'create' },
      BIRTH,
      {
        changes: [
          { set: 'order', to: 'open' },
          { set: 'packaging', id: 'p', to: 'waiting' },
          { set: 'task', id: 'a', to: 'created' },
          { set: 'task', id: 'b', to: 'created' },
        ],
        effects: [{ do: 'record', type: 'request-created' }, notify('a', 'created'), notify('b', 'created')],
      },
    ],
    [
      'add-task: open',
      grown(after(two)),
      { type: 'add-task', task: LATER },
      BIRTH,
      { changes: [{ set: 'task', id: LATER, to: 'created' }], effects: [notify(LATER, 'created'), link] },
    ],
    [
      'add-task: completed',
      grown(after(plain, submit('a'), sealed('a'))),
      { type: 'add-task', task: LATER },
      BIRTH,
      {
        changes: [
          { set: 'order', from: 'completed', to: 'open' },
          { set: 'task', id: LATER, to: 'created' },
        ],
        effects: [notify(LATER, 'created'), link],
      },
    ],
    [
      'leave',
      after(two),
      { type: 'leave', task: 'a', signingSession },
      BIRTH,
      { changes: [], effects: [ends] },
    ],
    [
      'submit',
      after(two),
      submit('a'),
      BIRTH,
      {
        changes: [toTask('a', 'created', 'sent-in', { session: visit })],
        effects: [
          ends,
          {
            do: 'enqueue',
            job: {
              queue: 'package-task',
              payload: { requestId: 'r', taskId: 'a' },
              key: 'package-task r a',
            },
          },
        ],
      },
    ],
    [
      'refuse, and why',
      after(two),
      { type: 'refuse', task: 'a', signingSession, reason: '' },
      BIRTH,
      {
        changes: [toTask('a', 'created', 'rejected', { session: visit }), lost],
        effects: [
          ends,
          { do: 'record', type: 'task-rejected', task: 'a', data: '' },
          notify('a', 'rejected'),
          ...fails,
        ],
      },
    ],
    [
      'refuse',
      after(plain),
      { type: 'refuse', task: 'a', signingSession },
      BIRTH,
      {
        changes: [toTask('a', 'created', 'rejected', { session: visit })],
        effects: [ends, { do: 'record', type: 'task-rejected', task: 'a' }, notify('a', 'rejected')],
      },
    ],
    [
      'expire',
      after(two),
      { type: 'expire', task: 'b' },
      month,
      { changes: [toTask('b', 'created', 'expired'), lost], effects: [notify('b', 'expired'), ...fails] },
    ],
    [
      'disable',
      after(two),
      { type: 'disable', task: 'b' },
      BIRTH,
      { changes: [toTask('b', 'created', 'deleted')], effects: [notify('b', 'deleted'), link] },
    ],
    [
      'sealed: packaging is due',
      after(one, submit('a')),
      sealed('a'),
      BIRTH,
      {
        changes: [toTask('a', 'sent-in', 'completed'), toPackaging('waiting', 'running')],
        effects: [
          { do: 'forget-national-ids', session: visit },
          { do: 'record', type: 'task-completed', task: 'a' },
          notify('a', 'completed'),
          link,
          {
            do: 'enqueue',
            job: {
              queue: 'package-order',
              payload: { requestId: 'r', packagingTaskId: 'p' },
              key: 'package-order r p',
            },
          },
          { do: 'record', type: 'packaging-task-created', data: 'p' },
        ],
      },
    ],
    [
      'sealed: the last',
      after(plain, submit('a')),
      sealed('a'),
      BIRTH,
      {
        changes: [toTask('a', 'sent-in', 'completed'), { set: 'order', from: 'open', to: 'completed' }],
        effects: [
          { do: 'forget-national-ids', session: visit },
          { do: 'record', type: 'task-completed', task: 'a' },
          notify('a', 'completed'),
          link,
          ended,
        ],
      },
    ],
    [
      'sealing-failed',
      after(two, submit('a')),
      { type: 'sealing-failed', task: 'a' },
      BIRTH,
      {
        changes: [],
        effects: [{ do: 'record', type: 'error', task: 'a', data: 'the package could not be made' }],
      },
    ],
    [
      'packaged',
      signed,
      { type: 'packaged', packaging: 'p', result },
      BIRTH,
      {
        changes: [
          toPackaging('running', 'completed', { result }),
          { set: 'order', from: 'open', to: 'completed' },
        ],
        effects: [
          { do: 'record', type: 'packaging-task-completed', data: 'p' },
          { do: 'notify-packaging', id: 'p', state: 'completed' },
          link,
          ended,
        ],
      },
    ],
    [
      'packaging-failed',
      signed,
      { type: 'packaging-failed', packaging: 'p' },
      BIRTH,
      {
        changes: [toPackaging('running', 'failed'), { set: 'order', from: 'open', to: 'completed' }],
        effects: [...fails, link, ended],
      },
    ],
    [
      'retry-packaging: open',
      after(
        one,
        submit('a'),
        sealed('a'),
        { type: 'packaging-failed', packaging: 'p' },
        {
          type: 'add-task',
          task: LATER,
        },
      ),
      { type: 'retry-packaging', packaging: 'p' },
      BIRTH,
      { changes: [toPackaging('failed', 'running')], effects: [{ do: 'retell-packaging', id: 'p' }] },
    ],
    [
      'delete: at once',
      after(two, { type: 'disable', task: 'b' }),
      { type: 'delete' },
      BIRTH,
      {
        changes: [toTask('a', 'created', 'deleted'), lost, { set: 'order', from: 'open', to: 'deleted' }],
        effects: [
          ...purge,
          notify('a', 'deleted'),
          notify('b', 'deleted'),
          { do: 'notify-order', state: 'deleted' },
        ],
      },
    ],
    [
      'delete: while evidence is made',
      after(two, submit('a')),
      { type: 'delete' },
      BIRTH,
      {
        changes: [{ set: 'order', from: 'open', to: 'closing' }, toTask('b', 'created', 'deleted'), lost],
        effects: [notify('b', 'deleted')],
      },
    ],
  ];
  for (const [name, present, command, at, expected] of cases)
    t.strictSame(decide(present, command, at), expected, name);
  const closing = after(order([task('a', undefined), task('b', undefined)]), submit('a'), submit('b'), {
    type: 'delete',
  });
  t.strictSame(
    (decide(closing, sealed('a'), BIRTH) as Decided).changes,
    [toTask('a', 'sent-in', 'completed')],
    'the other is still being made',
  );
  const { session: _, ...unknown } = after(plain, submit('a')).tasks[0]!;
  t.strictSame(
    (decide({ ...after(plain, submit('a')), tasks: [unknown] }, sealed('a'), BIRTH) as Decided).effects[0],
    { do: 'record', type: 'task-completed', task: 'a' },
    'a session that is not known has nothing to forget',
  );
  t.end();
});

t.test('refusals say which, and why', (t) => {
  const open = after(two);
  const gone = after(two, { type: 'delete' });
  const sentIn = after(two, submit('a'));
  const spec = order([task('a', undefined), uses('b', 'view', 'coming')], {
    documents: [
      ...order([]).documents,
      { kind: 'result', id: 'coming', refTaskId: 'a', refDocumentId: 'doc' },
    ],
  });
  const due: Command = { type: 'submit', task: 'a', signingSession: { ...signingSession, due: 'sign' } };
  const needed = { code: 'task-need/uses-its-document', params: { taskId: 'b' } };
  const cases: [OrderSnapshot, Command, string, object][] = [
    [open, { type: 'create' }, 'INTERNAL', { reference: 'r' }],
    [open, { type: 'add-task', task: 'a' }, 'INTERNAL', { reference: 'r' }],
    [sentIn, { type: 'sealed', task: 'a', results: ['x'] }, 'INTERNAL', { reference: 'r' }],
    [gone, { type: 'add-task', task: LATER }, 'REQUEST_DELETED', { requestId: 'r' }],
    [gone, { type: 'disable', task: 'a' }, 'REQUEST_DELETED', { requestId: 'r' }],
    [open, { type: 'disable', task: 'x' }, 'REQUEST_TASK_UNKNOWN', { requestId: 'r', taskId: 'x' }],
    [open, due, 'STEP_NOT_DUE', { why: { code: 'step/due', params: { step: 'sign' } } }],
    [
      sentIn,
      { type: 'disable', task: 'a' },
      'TASK_NOT_OPEN',
      { taskId: 'a', state: { code: 'task-state/being-completed', params: {} } },
    ],
    [
      after(two, { type: 'refuse', task: 'a', signingSession }),
      { type: 'disable', task: 'a' },
      'TASK_NOT_OPEN',
      { taskId: 'a', state: { code: 'task-state/named', params: { state: 'rejected' } } },
    ],
    [after(spec), { type: 'disable', task: 'a' }, 'TASK_NEEDED', { taskId: 'a', why: needed }],
  ];
  for (const [present, command, code, params] of cases) {
    const decision = decide(present, command, BIRTH);
    if (!('refused' in decision)) t.fail(`${command.type} is taken`);
    else t.strictSame(decision.refused.problem, { code, params }, command.type);
  }
  // an order of which one half is not there
  for (const half of [{ tasks: [] }, { spec: order([]) }])
    t.match(decide({ ...open, ...half }, { type: 'disable', task: 'a' }, BIRTH), {
      refused: { code: 'REQUEST_TASK_UNKNOWN' },
    });
  t.end();
});

t.test('whose documents are needed: what is signed, what is uploaded, and by open tasks only', (t) => {
  const documents = [
    ...order([]).documents,
    { kind: 'upload', id: 'own', description: '' },
    { kind: 'result', id: 'coming', refTaskId: 'other', refDocumentId: 'doc' },
  ] as const;
  const spec = order(
    [
      uses('give', 'upload', 'own'),
      uses('other', 'sign', 'doc'),
      uses('late', 'sign', 'own', ['give']),
      task('same', undefined, {
        documentActions: [
          { type: 'view', documentRef: 'doc' },
          { type: 'sign', documentRef: 'coming' },
        ],
      }),
    ],
    { documents },
  );
  const needs = (present: OrderSnapshot, id: string): unknown => {
    const decision = decide(present, { type: 'disable', task: id }, BIRTH);
    return 'refused' in decision ? decision.refused.params['why'] : undefined;
  };
  const by = (taskId: string) => ({ code: 'task-need/uses-its-document', params: { taskId } });
  t.strictSame(needs(after(spec), 'give'), by('late'));
  t.strictSame(needs(after(spec), 'other'), by('same'));
  t.strictSame(needs(after(spec), 'late'), undefined);
  t.strictSame(needs(after(spec), 'same'), undefined);
  t.strictSame(needs(after(spec, submit('late')), 'give'), undefined, 'it has used it');
  t.end();
});

t.test('packaging starts one by one, and the order ends with the last of it', (t) => {
  const packs = [pack, { ...pack, id: 'q', documents: [{ taskId: 'b', documentId: 'doc' }] }];
  const shows: OrderSpec['documents'] = [
    ...order([]).documents,
    { kind: 'packaging-result', id: 'pdf', refPackagingTaskId: 'p' },
  ];
  const spec = order([task('a', undefined), uses('b', 'view', 'pdf')], {
    documents: shows,
    packagingTasks: packs,
  });
  const present = after(spec, submit('a'), sealed('a'));
  t.match(present.packaging, [
    { id: 'p', state: 'running' },
    { id: 'q', state: 'waiting' },
  ]);
  const gone = after(two, { type: 'disable', task: 'a' }, { type: 'disable', task: 'b' });
  t.match(gone, { state: 'open', packaging: [{ state: 'waiting' }] }, 'nobody has signed anything');
  const lost = decide(present, { type: 'refuse', task: 'b', signingSession }, BIRTH) as Decided;
  t.strictSame(
    lost.changes.map((change) => ('id' in change ? change.id : '')),
    ['b', 'q'],
  );
  t.end();
});

t.test('a command is about the task or packaging that it names, whatever the first one is', (t) => {
  const packs = [pack, { ...pack, id: 'q' }];
  const spec = order([task('a', undefined), task('b', undefined, { daysToLive: 60 })], {
    packagingTasks: packs,
  });
  const open = after(spec, { type: 'refuse', task: 'a', signingSession });
  const taken = (present: OrderSnapshot, command: Command): unknown[] => {
    const decision = decide(present, command, addDays(BIRTH, 31));
    return 'refused' in decision ? [decision.refused.code] : decision.changes.map(({ to }) => to);
  };
  t.strictSame(taken(open, submit('b')), ['sent-in']);
  t.strictSame(taken(open, { type: 'refuse', task: 'b', signingSession }), ['rejected']);
  t.strictSame(taken(open, { type: 'leave', task: 'b', signingSession }), []);
  t.strictSame(taken(open, { type: 'disable', task: 'b' }), ['deleted']);
  t.strictSame(taken(open, { type: 'expire', task: 'b' }), [], 'its time is longer');
  t.strictSame(taken(open, { type: 'expire', task: 'a' }), [], 'it was refused');
  const sent = after(two, submit('b'));
  t.strictSame(taken(sent, { type: 'sealed', task: 'b', results: ['doc'] }), ['completed']);
  t.strictSame(taken(sent, { type: 'expire', task: 'a' }), ['expired', 'failed']);
  const made = after(
    order([task('a', undefined)], { packagingTasks: packs }),
    submit('a'),
    sealed('a'),
    { type: 'packaged', packaging: 'p', result: { kind: 'sds', id: 'x' } },
    { type: 'packaging-failed', packaging: 'q' },
  );
  t.strictSame(taken(made, { type: 'retry-packaging', packaging: 'q' }), ['open', 'running']);
  t.strictSame(taken(made, { type: 'retry-packaging', packaging: 'p' }), []);
  t.strictSame(taken(made, { type: 'retry-packaging', packaging: 'x' }), []);
  t.end();
});
