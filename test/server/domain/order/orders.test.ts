import t from 'tap';
import { Dependencies } from '@segl/server/domain/order/dependencies';
import { actionsInOrder, documentIdOf, listDocuments } from '@segl/server/domain/order/documents';
import { expiryOf, stateAt, waitsFor, wireStatus } from '@segl/server/domain/lifecycle/lifecycle';
import { ARTIFACT, identificationDue, identifications } from '@segl/server/domain/signing-session/login';
import type { Authentication, Notification, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import { redirectUrl } from '@segl/server/domain/order/redirect';
import { dueStep } from '@segl/server/domain/signing-session/steps';
import { MOST, validateOrder } from '@segl/server/domain/order/validate';
import { methodOffer } from '../../../support/method-offer.ts';
import { inEnglish } from '../../../support/invalid-values.ts';
import { order, task } from '../../../support/server/orders.ts';

const offer = {
  methods: methodOffer({ signatureMethods: ['nemid-sign'], authenticationMethods: ['nemid'] }),
  packagingMethods: ['pades'],
  notificationTypes: ['URL'] as const,
  redirectSchemes: [],
};
const problemsOf = (spec: OrderSpec) => inEnglish(validateOrder(spec, offer));
const cyclic = (tasks: readonly TaskSpec[]) => new Dependencies(order(tasks)).cyclic();
const url = (id: string, more: Partial<Notification> = {}): Notification => ({
  id,
  type: 'URL',
  recipient: 'https://example.com/cb',
  message: '-',
  schedules: [],
  ...more,
});

t.test('a sound order has no problem', (t) => {
  const spec = order([task('a', undefined), task('b', undefined, { dependsOnTasks: ['a'] })], {
    notifications: [url('n')],
    packagingTasks: [
      {
        id: 'p',
        method: 'pades',
        notifications: [],
        documents: [
          { taskId: 'a', documentId: 'doc' },
          { taskId: 'b', documentId: 'doc' },
        ],
      },
    ],
  });
  t.same(problemsOf(spec), []);
  t.end();
});

t.test('ids that stand in an address as they are', (t) => {
  const codes = (id: string): string[] =>
    validateOrder(order([task(id, undefined)]), offer).map(({ problem }) => problem.code);
  for (const id of ['', '.', '..']) t.same(codes(id), ['id/not-addressable'], JSON.stringify(id));
  for (const id of ['...', '.a', ' ']) t.same(codes(id), [], JSON.stringify(id));
  t.end();
});

t.test('document actions are counted over all tasks', (t) => {
  const half = MOST['document-action'] / 2;
  const many = (id: string, count: number): TaskSpec =>
    task(id, undefined, {
      documentActions: Array.from({ length: count }, () => ({ type: 'sign' as const, documentRef: 'doc' })),
    });
  const codes = (count: number): string[] =>
    validateOrder(order([many('a', half), many('b', count)]), offer)
      .filter(({ element }) => element === 'document-action')
      .map(({ problem }) => problem.code);
  t.same(codes(half), []);
  t.same(codes(half + 1), ['value/too-many']);
  t.end();
});

t.test('who must be identified before anything is shown, and by what', (t) => {
  const due = identificationDue;
  const login = { methods: ['nemid', 'mitid'] };
  const alone = { methods: [], artifact: true };
  const either = { methods: ['nemid'], artifact: true };
  t.equal(due(undefined, null), undefined);
  t.equal(due(login, null), 'login');
  t.equal(due(login, 'mitid'), undefined);
  t.equal(due(login, ARTIFACT), 'login', 'an artifact does where the order says so');
  t.equal(due(login, 'bankid'), 'login', 'not a method of the order');
  t.equal(due(alone, null), 'artifact');
  t.equal(due(alone, 'nemid'), 'artifact');
  t.equal(due(alone, ARTIFACT), undefined);
  t.equal(due(either, null), 'login');
  t.equal(due(either, 'nemid'), undefined);
  t.equal(due(either, ARTIFACT), undefined);
  t.same(
    [undefined, login, alone, either].map((one) => identifications(one)),
    [[undefined], ['nemid', 'mitid'], [ARTIFACT], ['nemid', ARTIFACT]],
  );
  const conditional = { methods: [{ name: 'nemid-sign' }], ifAuthentication: 'nemid' };
  t.same(problemsOf(order([task('a', undefined, { authentication: either, signatures: [conditional] })])), [
    'task[@id="a"]/signature/@if-authentication: none applies to a session that begins with "artifact"',
  ]);
  const problems = (authentication: Authentication) =>
    problemsOf(order([task('a', undefined, { authentication })]));
  for (const sound of [{ methods: ['nemid'] }, alone, either, login]) t.same(problems(sound), []);
  t.same(problems({ methods: ['mitid'] }), [
    'task[@id="a"]/authentication/method: "mitid" is not offered here; allowed: nemid',
  ]);
  for (const open of [{ methods: [] }, { methods: [], artifact: false }]) {
    t.same(problems(open), [
      'task[@id="a"]/authentication: needs a method or artifact="true"; allowed methods: nemid',
    ]);
  }
  t.end();
});

t.test('every problem is named, not only the first', (t) => {
  const spec = order(
    [
      task('a', undefined, { dependsOnTasks: ['b'], daysToLive: 0 }),
      task('b', undefined, { dependsOnTasks: ['a', 'ghost'], signatures: [] }),
      task('d', undefined, { documentActions: [{ type: 'sign', documentRef: 'nothing' }] }),
      task('d', undefined),
      task('c', undefined, { signatures: [{ methods: [{ name: 'telepathy' }] }], documentActions: [] }),
      task('..', undefined),
    ],
    {
      notifications: [url('n', { recipient: 'not a url' }), url('m', { type: 'SMS' })],
      packagingTasks: [
        { id: 'p', method: 'magic', notifications: [], documents: [{ taskId: 'a', documentId: 'x' }] },
      ],
    },
  );
  const found = problemsOf(spec).join('\n');
  for (const expected of [
    /task\[@id="d"\]: the id is used twice/,
    /task\[@id="a"\]\/days-to-live: must be 1 to/,
    /task\[@id="b"\]\/depends-on-task: there is no task "ghost"/,
    /task\[@id="b"\]\/signature: a task with a sign action needs/,
    /document-ref: there is no document "nothing"/,
    /task\[@id="c"\]\/document-action: at least one/,
    /\[@id="\.\."\]\/@id: addresses of results cannot carry this id/,
    /depends-on-task: the tasks "a", "b" wait for each other/,
    /packaging-task\[@packaging-task-id="p"\]\/@method: "magic" is not offered/,
    /packaging-task-document: no sign action for document "x" in a task "a"/,
    /notification\[@notification-id="n"\]\/recipient: must be an absolute http or https URL/,
    /notification\[@notification-id="m"\]\/@type: "SMS" is not set up here; allowed: URL/,
  ]) {
    t.match(found, expected);
  }
  t.end();
});

t.test('documents are found by id, inside actions too, and nameless ones get a name', (t) => {
  const inline: TaskSpec = task('a', undefined, {
    documentActions: [
      { type: 'view', orderIndex: 2, document: { kind: 'sds', description: 'x', refSdsId: 's' } },
      { type: 'sign', orderIndex: 1, documentRef: 'doc' },
    ],
  });
  const spec = order([inline]);
  t.same(
    listDocuments(spec).map(({ documentId }) => documentId),
    ['doc', 'document_2'],
  );
  t.same(
    actionsInOrder(inline).map((action) => documentIdOf(spec, action)),
    ['doc', 'document_2'],
  );
  t.end();
});

t.test('dependencies: who waits, and who waits for ever', (t) => {
  const a = task('a', undefined);
  const b = task('b', undefined);
  const c = task('c', undefined, { dependsOnTasks: ['a', 'b'] });
  t.same(
    waitsFor(
      c,
      new Map([
        ['a', 'completed'],
        ['b', 'sent-in'],
      ]),
    ),
    ['b'],
  );
  t.same(
    waitsFor(
      c,
      new Map([
        ['a', 'completed'],
        ['b', 'completed'],
      ]),
    ),
    [],
  );
  t.same(cyclic([a, b, c]), []);
  const loop = [
    task('x', undefined, { dependsOnTasks: ['z'] }),
    task('y', undefined, { dependsOnTasks: ['x'] }),
    task('z', undefined, { dependsOnTasks: ['y'] }),
  ];
  t.same(cyclic([...loop, a]), ['x', 'y', 'z']);
  t.same(cyclic([task('self', undefined, { dependsOnTasks: ['self'] })]), ['self']);
  t.same(cyclic([task('a', undefined, { dependsOnTasks: ['ghost'] })]), []);
  t.strictSame(new Dependencies(order([a, c])).before('c'), new Set(['a', 'b']));
  t.strictSame(new Dependencies(order([a])).before('ghost'), new Set());
  t.strictSame(new Dependencies(order([a])).packagingFor('ghost'), []);
  t.end();
});

t.test('states over time and on the wire', (t) => {
  const created = new Date('2026-01-01T00:00:00Z');
  t.same(expiryOf(task('a', undefined), created), new Date('2026-01-31T00:00:00Z'), 'thirty days by default');
  const row = {
    state: 'created' as const,
    expiresAt: expiryOf(task('a', undefined, { daysToLive: 1 }), created),
  };
  t.equal(stateAt(row, new Date('2026-01-01T23:59:59.999Z')), 'created');
  t.equal(stateAt(row, new Date('2026-01-02T00:00:00Z')), 'expired');
  t.equal(wireStatus('sent-in'), 'created', 'completed is said when the results are there');
  t.end();
});

t.test('the step that is due', (t) => {
  const documents = [
    { documentId: 'a', action: 'view' as const },
    { documentId: 'b', action: 'sign' as const },
  ];
  t.same(dueStep(documents, {}), { kind: 'read', documentId: 'a' });
  t.same(dueStep(documents, { a: { readAt: 'x' } }), { kind: 'read', documentId: 'b' });
  t.same(dueStep(documents, { a: { readAt: 'x' }, b: { readAt: 'x' } }), { kind: 'sign', documentId: 'b' });
  t.same(
    dueStep(documents, { a: { skippedAt: 'x' }, b: { readAt: 'x', signedAt: 'x', identifyDue: true } }),
    {
      kind: 'identify',
      documentId: 'b',
    },
  );
  t.same(dueStep(documents, { a: { readAt: 'x' }, b: { readAt: 'x', signedAt: 'x', identifyDue: false } }), {
    kind: 'send-in',
  });
  t.end();
});

t.test('redirects: placeholders are filled, everything else stays byte for byte', (t) => {
  const ids = { requestId: 'R1', taskId: 'æ & b' };
  t.equal(
    redirectUrl('http://h/../x?r=${requestId}&t=${taskId}&s=${else}', ids),
    'http://h/../x?r=R1&t=%C3%A6%20%26%20b&s=${else}',
  );
  t.equal(redirectUrl('https://h:443/?r=%24%7BrequestId%7D', ids), 'https://h:443/?r=R1');
  for (const dollar of ['$', '%24'])
    for (const begin of ['{', '%7B', '%7b'])
      for (const end of ['}', '%7D', '%7d'])
        t.equal(redirectUrl(`h?${dollar}${begin}requestId${end}/`, ids), 'h?R1/', dollar + begin + end);
  for (const other of ['h?{requestId}', 'h?$requestId', 'h?${requestId', 'h?${RequestId}', 'h?$%7CtaskId}'])
    t.equal(redirectUrl(other, ids), other);
  t.equal(redirectUrl('${taskId}${requestId}${requestId}', { requestId: '$&', taskId: '' }), '%24%26%24%26');
  for (const never of ['javascript:alert(1)', ' java\nscript:x', 'DATA:text/html,x', 'file:///etc/passwd'])
    t.equal(redirectUrl(never, ids), undefined, never);
  t.equal(redirectUrl('myapp:done?${taskId}', { requestId: '', taskId: 'a' }), 'myapp:done?a');
  t.equal(redirectUrl('', ids), undefined);
  t.equal(redirectUrl(undefined, ids), undefined);
  t.end();
});

t.test('results are handed out as the order says, where there is such a thing', (t) => {
  const methods = methodOffer({
    ...{ signatureMethods: ['own', 'seen'], authenticationMethods: ['seen'], witnessed: ['seen'] },
  });
  const problems = (sdoFormat: string | undefined, more: Partial<TaskSpec>) =>
    inEnglish(
      validateOrder(
        { ...order([task('a', undefined, { signatures: [], ...more })]), ...(sdoFormat && { sdoFormat }) },
        { ...offer, methods },
      ),
    );
  const by = (name: string, responsive = false) => ({ signatures: [{ methods: [{ name }], responsive }] });
  for (const format of [undefined, 'ltv-sdo']) t.same(problems(format, by('seen')), []);
  t.same(problems('native', by('own')), []);
  t.same(problems('native', by('seen')), [
    'sdo-format: no native signature is made by seen; allowed: ltv-sdo',
  ]);
  const witnessed = { authenticationBasedSignatures: [{ methods: [{ name: 'seen' }] }] };
  t.same(problems('native', witnessed), [], 'what the service witnessed is native');
  t.same(problems('native', by('seen', true)), [], 'so it is for a Signed Statement');
  t.same(problems('seid-sdo', by('own')), [
    'sdo-format: there is no format "seid-sdo"; allowed: ltv-sdo, native',
  ]);
  t.end();
});
