/** Every reason to refuse an order, alone: its element, its code and parameters, and what it was judged by. */
import t from 'tap';
import type { Notification, NotificationType, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import { orderProblems } from '@segl/server/domain/order/problems';
import {
  LONGEST_ID,
  MAX_DAYS,
  MOST,
  validateNotification,
  validateOrder,
} from '@segl/server/domain/order/validate';
import { methodOffer } from '../../../support/method-offer.ts';
import { order, task } from '../../../support/server/orders.ts';

const offer = {
  methods: methodOffer({ signatureMethods: ['nemid-sign'], authenticationMethods: ['nemid'] }),
  packagingMethods: ['pades', 'pdf'],
  notificationTypes: ['URL'],
  redirectSchemes: [],
} as const;
const ACTIONS = ['task/@id', 'task/document-action', 'document-action/@type', 'document-action/document-ref'];
const note = (more: Partial<Notification> = {}): Notification => ({
  id: 'n',
  type: 'URL',
  recipient: 'https://example.com/cb',
  message: '-',
  schedules: [],
  ...more,
});
const outOfRange = orderProblems.of('value/out-of-range', { least: 1, most: 3650 });
const problemsOf = (spec: OrderSpec) => validateOrder(spec, offer);
const problemsOfTask = (more: Partial<TaskSpec>) => problemsOf(order([task('a', undefined, more)]));

t.test('limits that callers are told of', (t) => {
  t.equal(MAX_DAYS, 3650);
  t.equal(LONGEST_ID, 255);
  t.strictSame(MOST, { task: 1000, document: 1000, 'document-action': 5000, 'packaging-task': 1000 });
  t.end();
});

t.test('an order without a task, and a task without an action', (t) => {
  t.strictSame(problemsOf(order([])), [{ element: 'task', problem: orderProblems.of('value/needed') }]);
  t.strictSame(problemsOfTask({ documentActions: [] }), [
    { element: 'task[@id="a"]/document-action', problem: orderProblems.of('value/needed') },
  ]);
  t.end();
});

t.test('days have bounds, both of which can be ordered', (t) => {
  for (const days of [1, MAX_DAYS]) {
    t.strictSame(problemsOfTask({ daysToLive: days }), []);
    t.strictSame(problemsOf(order([task('a', undefined)], { daysUntilDeletion: days })), []);
  }
  for (const days of [0, MAX_DAYS + 1]) {
    t.strictSame(problemsOfTask({ daysToLive: days }), [
      { element: 'task[@id="a"]/days-to-live', problem: outOfRange },
    ]);
    t.strictSame(problemsOf(order([task('a', undefined)], { daysUntilDeletion: days })), [
      { element: 'days-until-deletion', problem: outOfRange },
    ]);
  }
  t.end();
});

t.test('what a task refers to must be there, once', (t) => {
  t.strictSame(problemsOfTask({ dependsOnTasks: ['ghost'] }), [
    {
      element: 'task[@id="a"]/depends-on-task',
      problem: orderProblems.of('task/unknown', { id: 'ghost' }),
      from: ['task/@id'],
    },
  ]);
  t.strictSame(problemsOfTask({ documentActions: [{ type: 'sign', documentRef: 'ghost' }] }), [
    {
      element: 'task[@id="a"]/document-action[1]/document-ref',
      problem: orderProblems.of('document/unknown', { id: 'ghost' }),
    },
  ]);
  t.strictSame(
    problemsOfTask({ documentActions: [{ type: 'sign', documentRef: 'doc' }, { type: 'view' }] }),
    [
      {
        element: 'task[@id="a"]/document-action[2]',
        problem: orderProblems.of('task/document-missing'),
        from: ['document-action/document-ref'],
      },
    ],
  );
  const twice = (): TaskSpec['documentActions'][number] => ({ type: 'sign', documentRef: 'doc' });
  t.strictSame(problemsOfTask({ documentActions: [twice(), twice(), twice()] }), [
    {
      element: 'task[@id="a"]/document-action',
      problem: orderProblems.of('task/document-repeated', { documentId: 'doc' }),
    },
  ]);
  t.end();
});

t.test('a place is that in the order, whatever the signer meets first', (t) => {
  t.strictSame(
    problemsOfTask({
      documentActions: [
        { type: 'sign', documentRef: 'doc', orderIndex: 2 },
        { type: 'sign', documentRef: 'ghost', orderIndex: 1 },
      ],
    }),
    [
      {
        element: 'task[@id="a"]/document-action[2]/document-ref',
        problem: orderProblems.of('document/unknown', { id: 'ghost' }),
      },
    ],
  );
  t.end();
});

t.test('only a task that signs needs a way to sign', (t) => {
  const missing = orderProblems.of('task/signature-missing', {
    signatures: ['nemid-sign'],
    logins: ['nemid'],
  });
  const sign = { type: 'sign', documentRef: 'doc' } as const;
  const view = { ...sign, type: 'view' } as const;
  t.strictSame(problemsOfTask({ documentActions: [view], signatures: [] }), []);
  t.strictSame(problemsOfTask({ documentActions: [sign], signatures: [] }), [
    { element: 'task[@id="a"]/signature', problem: missing },
  ]);
  const other = { kind: 'provided', id: 'other', description: '', mimeType: 'text/plain' } as const;
  const documents = [...order([]).documents, other];
  const both = task('a', undefined, {
    documentActions: [view, { ...sign, documentRef: 'other' }],
    signatures: [],
  });
  t.strictSame(problemsOf(order([both], { documents })), [
    { element: 'task[@id="a"]/signature', problem: missing },
  ]);
  t.end();
});

t.test('ids are there once, and fit into addresses and keys', (t) => {
  const repeated = orderProblems.of('id/repeated');
  t.strictSame(problemsOf(order([task('a', undefined), task('a', undefined), task('a', undefined)])), [
    { element: 'task[@id="a"]', problem: repeated },
  ]);
  const [doc] = order([]).documents;
  t.strictSame(problemsOf(order([task('a', undefined)], { documents: [doc!, { ...doc! }] })), [
    { element: 'document[@id="doc"]', problem: repeated },
  ]);
  const pack = {
    id: 'p',
    method: 'pades',
    notifications: [],
    documents: [{ taskId: 'a', documentId: 'doc' }],
  };
  t.strictSame(problemsOf(order([task('a', undefined)], { packagingTasks: [pack, { ...pack }] })), [
    { element: 'packaging-task[@packaging-task-id="p"]', problem: repeated },
  ]);
  const unfit = orderProblems.of('id/not-addressable');
  t.strictSame(problemsOf(order([task('', undefined), task('', undefined)])), [
    { element: 'task[1]/@id', problem: unfit },
    { element: 'task[2]/@id', problem: unfit },
  ]);
  t.strictSame(problemsOf(order([task('.', undefined)])), [{ element: 'task[@id="."]/@id', problem: unfit }]);
  t.strictSame(
    problemsOf(
      order([task('a', undefined)], { documents: [doc!, { ...doc!, id: '..' }, { ...doc!, id: '' }] }),
    ),
    [{ element: 'document[2]/@id', problem: unfit }],
    'one without an id gets one',
  );

  const long = 'å'.repeat(LONGEST_ID);
  const longest = (id: string): OrderSpec =>
    order([task(id, undefined, { documentActions: [{ type: 'sign', documentRef: id }] })], {
      documents: [{ ...doc!, id }],
      packagingTasks: [{ ...pack, id, documents: [{ taskId: id, documentId: id }] }],
    });
  t.strictSame(problemsOf(longest(long)), []);
  const problem = orderProblems.of('value/too-long', { limit: 255 });
  const begin = `${'å'.repeat(60)}…`;
  t.strictSame(problemsOf(longest(`${long}å`)), [
    { element: `task[@id="${begin}"]`, problem },
    { element: `document[@id="${begin}"]`, problem },
    { element: `packaging-task[@packaging-task-id="${begin}"]`, problem },
  ]);
  t.end();
});

t.test('what is too much is not looked at any further', (t) => {
  const tooMany = (name: keyof typeof MOST, count: number) => ({
    element: name,
    problem: orderProblems.of('value/too-many', { count, allowed: MOST[name] }),
  });
  const [doc] = order([]).documents;
  const documents = (count: number): OrderSpec =>
    order([task('a', undefined)], {
      documents: Array.from({ length: count }, (_, index) => ({
        ...doc!,
        id: index === 0 ? 'doc' : `d${index}`,
      })),
    });
  t.strictSame(problemsOf(documents(MOST.document)), []);
  t.strictSame(problemsOf(documents(MOST.document + 1)), [tooMany('document', MOST.document + 1)]);
  const packaging = (count: number): OrderSpec =>
    order([task('a', undefined)], {
      packagingTasks: Array.from({ length: count }, (_, index) => ({
        id: `p${index}`,
        method: 'pades',
        notifications: [],
        documents: [{ taskId: 'a', documentId: 'doc' }],
      })),
    });
  t.strictSame(problemsOf(packaging(MOST['packaging-task'])), []);
  t.strictSame(problemsOf(packaging(MOST['packaging-task'] + 1)), [
    tooMany('packaging-task', MOST['packaging-task'] + 1),
  ]);
  t.end();
});

t.test('packaging tasks: of what, how, and whom they tell', (t) => {
  const problemsOfPackaging = (more: Partial<OrderSpec['packagingTasks'][number]>) => {
    const pack = {
      id: 'p',
      method: 'pdf',
      notifications: [],
      documents: [{ taskId: 'a', documentId: 'doc' }],
    };
    const looks = task('look', undefined, { documentActions: [{ type: 'view', documentRef: 'doc' }] });
    return problemsOf(order([task('a', undefined), looks], { packagingTasks: [{ ...pack, ...more }] }));
  };
  const at = 'packaging-task[@packaging-task-id="p"]';
  t.strictSame(problemsOfPackaging({}), []);
  t.strictSame(problemsOfPackaging({ method: 'magic' }), [
    {
      element: `${at}/@method`,
      problem: orderProblems.of('value/not-offered', { name: 'magic', allowed: ['pades', 'pdf'] }),
    },
  ]);
  t.strictSame(problemsOfPackaging({ id: '', method: 'magic' })[0]?.element, 'packaging-task[1]/@method');
  t.strictSame(problemsOfPackaging({ documents: [] }), [
    { element: `${at}/packaging-task-document`, problem: orderProblems.of('value/needed') },
  ]);
  for (const [taskId, documentId] of [
    ['a', 'other'],
    ['look', 'doc'],
    ['ghost', 'doc'],
  ] as const) {
    t.strictSame(problemsOfPackaging({ documents: [{ taskId, documentId }] }), [
      {
        element: `${at}/packaging-task-document`,
        problem: orderProblems.of('packaging-task/no-sign-action', { documentId, taskId }),
        from: ACTIONS,
      },
    ]);
  }
  const twice = { taskId: 'a', documentId: 'doc' };
  t.strictSame(problemsOfPackaging({ documents: [twice, { ...twice }] }), [
    {
      element: `${at}/packaging-task-document`,
      problem: orderProblems.of('packaging-task/document-repeated', { documentId: 'doc', taskId: 'a' }),
    },
  ]);
  t.strictSame(problemsOfPackaging({ notifications: [note(), note({ id: '', recipient: 'x' })] }), [
    { element: `${at}/notification[2]/recipient`, problem: orderProblems.of('notification/not-a-url') },
  ]);
  t.end();
});

t.test('tasks that wait for each other', (t) => {
  const loop = [
    task('a', undefined, { dependsOnTasks: ['b'] }),
    task('b', undefined, { dependsOnTasks: ['a'] }),
  ];
  t.strictSame(problemsOf(order([...loop, task('c', undefined, { dependsOnTasks: ['a'] })])), [
    { element: 'depends-on-task', problem: orderProblems.of('task/cycle', { tasks: ['a', 'b'] }) },
  ]);
  t.end();
});

const ALL: readonly NotificationType[] = ['URL', 'EMAIL', 'SMS'];
const judge = (more: Partial<Notification>, types = ALL) =>
  validateNotification(note(more), 'request', types);
const AT = 'request/notification[@notification-id="n"]';

t.test('notifications of the order and of its tasks', (t) => {
  const bad = note({ id: '', recipient: 'x' });
  const problem = orderProblems.of('notification/not-a-url');
  t.strictSame(problemsOf(order([task('a', undefined)], { notifications: [note(), bad] })), [
    { element: 'request/notification[2]/recipient', problem },
  ]);
  t.strictSame(problemsOfTask({ notifications: [note(), bad] }), [
    { element: 'task[@id="a"]/notification[2]/recipient', problem },
  ]);
  t.strictSame(validateNotification(bad, 'x', ALL), [{ element: 'x/notification[1]/recipient', problem }]);
  t.strictSame(judge({ type: 'SMS', recipient: '+4512345678' }, ['URL', 'EMAIL']), [
    {
      element: `${AT}/@type`,
      problem: orderProblems.of('notification/type-not-offered', { type: 'SMS', allowed: ['URL', 'EMAIL'] }),
    },
  ]);
  t.strictSame(judge({ type: '' as NotificationType }, ['URL']), [
    {
      element: `${AT}/@type`,
      problem: orderProblems.of('notification/type-not-offered', { type: '', allowed: ['URL'] }),
    },
  ]);
  t.end();
});

t.test('a recipient fits its type', (t) => {
  const cases = [
    ['URL', 'notification/not-a-url', ['https://h', 'http://h/x', ' HTTPS://h ']],
    ['EMAIL', 'notification/not-a-mail-address', ['a@example.com', ' a@example.com\n']],
    ['SMS', 'notification/not-a-phone-number', ['+4512345678', ' 0045 12345678 ']],
  ] as const;
  for (const [type, code, sound] of cases) {
    for (const recipient of sound) t.strictSame(judge({ type, recipient }), [], recipient);
    for (const recipient of ['', 'x', 'ftp://h/', 'x:https://h', '//h', 'https:', 'a@', '12345678'])
      t.strictSame(
        judge({ type, recipient }),
        [{ element: `${AT}/recipient`, problem: orderProblems.of(code) }],
        recipient,
      );
  }
  t.end();
});

t.test('sender and header are one line each, where there is somebody to read them', (t) => {
  const problem = orderProblems.of('notification/not-one-line');
  for (const [type, recipient] of [
    ['EMAIL', 'a@example.com'],
    ['SMS', '+4512345678'],
  ] as const) {
    t.strictSame(judge({ type, recipient, sender: '\n Acme\n', header: 'æ – ☃' }), []);
    for (const bad of ['a\nb', 'a\rb', 'a\u0000b', 'a\tb'])
      t.strictSame(judge({ type, recipient, sender: bad, header: bad }), [
        { element: `${AT}/sender`, problem },
        { element: `${AT}/header`, problem },
      ]);
  }
  t.strictSame(judge({ sender: 'a\nb', header: 'a\nb' }), []);
  t.end();
});

t.test('each schedule that is not understood is named by its place', (t) => {
  const schedules = [
    { stateIs: 'created', timeOfDay: '9:00' },
    { stateIs: 'created', timeOfDay: 'noon', timezone: 'Mars' },
  ] as const;
  t.strictSame(judge({ schedules }), [
    {
      element: `${AT}/schedule[2]/timezone`,
      problem: orderProblems.of('schedule/timezone', { text: 'Mars' }),
    },
    {
      element: `${AT}/schedule[2]/time-of-day`,
      problem: orderProblems.of('schedule/time-of-day', { text: 'noon' }),
    },
  ]);
  t.end();
});
