/** Every reason to refuse how an order uses its documents, alone: element, code and parameters, what it was judged by. */
import t from 'tap';
import type { DocumentSpec, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import { Dependencies } from '@segl/server/domain/order/dependencies';
import { documentProblems } from '@segl/server/domain/order/document-rules';
import { orderProblems } from '@segl/server/domain/order/problems';
import { order, task } from '../../../support/server/orders.ts';

const problemsOf = (tasks: readonly TaskSpec[], documents: readonly DocumentSpec[], more = {}) => {
  const spec = order(tasks, { documents, ...more });
  return documentProblems(spec, new Dependencies(spec));
};
type Use = readonly ['sign' | 'view' | 'upload', string];
/** A task with an action for each use, which comes after the tasks named. */
const uses = (id: string, actions: readonly Use[], ...after: string[]): TaskSpec =>
  task(id, undefined, {
    documentActions: actions.map(([type, documentRef]) => ({ type, documentRef })),
    dependsOnTasks: after,
  });
const at = (taskId: string, action = 1): string => `task[@id="${taskId}"]/document-action[${action}]`;
const ACTIONS = ['task/@id', 'task/document-action', 'document-action/@type', 'document-action/document-ref'];
const AFTER = ['task/@id', 'task/depends-on-task'];

const plain: DocumentSpec = { kind: 'provided', id: 'doc', description: '', mimeType: 'text/plain' };
const own: DocumentSpec = { kind: 'upload', id: 'own', description: '' };
const bare: DocumentSpec = { kind: 'bare', id: 'bare' };
const result = (refTaskId: string, refDocumentId: string): DocumentSpec => ({
  kind: 'result',
  id: 'result',
  refTaskId,
  refDocumentId,
});
const sealed: DocumentSpec = { kind: 'packaging-result', id: 'sealed', refPackagingTaskId: 'p' };

t.test('an upload is given once, by an action that is there', (t) => {
  t.strictSame(problemsOf([uses('a', [['sign', 'doc']])], [plain, own]), [
    {
      element: 'document[2]',
      problem: orderProblems.of('document/upload-missing'),
      from: ACTIONS,
    },
  ]);
  t.strictSame(
    problemsOf(
      [
        uses('a', [
          ['sign', 'doc'],
          ['upload', 'doc'],
        ]),
      ],
      [plain],
    ),
    [
      {
        element: `${at('a', 2)}/@type`,
        problem: orderProblems.of('document/not-an-upload', { documentId: 'doc' }),
      },
    ],
  );
  t.strictSame(problemsOf([uses('a', [['upload', 'own']]), uses('b', [['upload', 'own']])], [own]), [
    { element: at('b'), problem: orderProblems.of('document/uploaded-elsewhere', { taskId: 'a' }) },
  ]);
  t.end();
});

t.test('what is uploaded is used in its own task, or after it', (t) => {
  const give = uses('a', [
    ['upload', 'own'],
    ['sign', 'own'],
  ]);
  t.strictSame(problemsOf([give], [own]), []);
  t.strictSame(problemsOf([give, uses('b', [['sign', 'own']], 'a')], [own]), []);
  for (const type of ['sign', 'view'] as const) {
    t.strictSame(problemsOf([give, uses('b', [[type, 'own']])], [own]), [
      {
        element: at('b'),
        problem: orderProblems.of('document/task-not-after', { taskId: 'a' }),
        from: AFTER,
      },
    ]);
  }
  t.end();
});

t.test('a document without a type: its use tells it, or the order is refused', (t) => {
  t.strictSame(problemsOf([uses('a', [['upload', 'bare']])], [bare]), []);
  t.strictSame(problemsOf([uses('a', [['view', 'bare']])], [bare]), [
    {
      element: 'document[1]/@xsi:type',
      problem: orderProblems.of('document/kind-unknown', {
        allowed: [
          'sds-document',
          'provided-document',
          'archive-document',
          'upload-document',
          'result-document',
          'packaging-result-document',
        ],
      }),
    },
  ]);
  t.end();
});

t.test('the result of an action: of one that makes something, and after it', (t) => {
  const signs = uses('a', [['sign', 'doc']]);
  const judge = (made: TaskSpec, later: TaskSpec, document: DocumentSpec) =>
    problemsOf([made, later], [plain, document]);
  t.strictSame(judge(signs, uses('b', [['view', 'result']], 'a'), result('a', 'doc')), []);
  t.strictSame(judge(signs, uses('b', [['view', 'result']]), result('a', 'doc')), [
    { element: at('b'), problem: orderProblems.of('document/task-not-after', { taskId: 'a' }), from: AFTER },
  ]);
  t.strictSame(judge(signs, uses('b', [['sign', 'result']], 'a'), result('a', 'doc')), [
    { element: `${at('b')}/@type`, problem: orderProblems.of('document/is-package') },
  ]);
  t.strictSame(judge(signs, uses('b', [['view', 'result']], 'a'), result('ghost', 'doc')), [
    {
      element: 'document[2]/@ref-task-id',
      problem: orderProblems.of('task/unknown', { id: 'ghost' }),
      from: ['task/@id'],
    },
  ]);
  for (const [made, of] of [
    [uses('a', [['view', 'doc']]), 'doc'],
    [signs, 'other'],
  ] as const) {
    t.strictSame(judge(made, uses('b', [['view', 'result']], 'a'), result('a', of)), [
      {
        element: 'document[2]/@ref-document-id',
        problem: orderProblems.of('document/never-made', { taskId: 'a', documentId: of }),
        from: ACTIONS,
      },
    ]);
  }
  const both = uses('a', [
    ['view', 'other'],
    ['sign', 'doc'],
  ]);
  t.strictSame(judge(both, uses('b', [['view', 'result']], 'a'), result('a', 'doc')), []);
  const uploaded = problemsOf(
    [uses('a', [['upload', 'own']]), uses('b', [['sign', 'result']], 'a')],
    [own, result('a', 'own')],
  );
  t.strictSame(uploaded, [], 'what was uploaded is a file like any other');
  t.end();
});

t.test('the PDF of a packaging task is looked at, and the packaging task is there', (t) => {
  const packagingTasks: OrderSpec['packagingTasks'] = [
    { id: 'other', method: 'pades', notifications: [], documents: [] },
    { id: 'p', method: 'pades', notifications: [], documents: [] },
  ];
  t.strictSame(problemsOf([uses('a', [['view', 'sealed']])], [sealed], { packagingTasks }), []);
  t.strictSame(
    problemsOf([uses('a', [['view', 'sealed']])], [sealed], { packagingTasks: packagingTasks.slice(0, 1) }),
    [
      {
        element: 'document[1]/@ref-packaging-task-id',
        problem: orderProblems.of('packaging-task/unknown', { id: 'p' }),
        from: ['packaging-task/@packaging-task-id'],
      },
    ],
  );
  t.strictSame(problemsOf([uses('a', [['sign', 'sealed']])], [sealed], { packagingTasks }), [
    { element: `${at('a')}/@type`, problem: orderProblems.of('document/is-packaged-pdf') },
  ]);
  t.end();
});

t.test('a form: the one on offer, in a document that comes with the order, signed once', (t) => {
  const form = { id: 'interactive', inputParams: [] };
  const sign = uses('a', [
    ['view', 'doc'],
    ['sign', 'doc'],
  ]);
  const kinds: readonly DocumentSpec[] = [
    { ...plain, form },
    { kind: 'sds', id: 'doc', description: '', refSdsId: 's', form },
    { kind: 'archive', id: 'doc', refArchiveId: 's', form },
  ];
  for (const document of kinds) t.strictSame(problemsOf([sign], [document]), [], document.kind);
  t.strictSame(problemsOf([sign], [{ ...plain, form: { ...form, id: 'other' } }]), [
    {
      element: 'document[1]/form/@id',
      problem: orderProblems.of('form/not-offered', { id: 'other', allowed: 'interactive' }),
    },
  ]);
  t.strictSame(problemsOf([uses('a', [['view', 'doc']])], [{ ...plain, form }]), [
    {
      element: 'document[1]/form',
      problem: orderProblems.of('form/sign-action-missing'),
      from: ACTIONS,
    },
  ]);
  t.strictSame(problemsOf([sign, uses('b', [['sign', 'doc']])], [{ ...plain, form }]), [
    {
      element: at('b'),
      from: [...ACTIONS, 'document[1]/form'],
      problem: orderProblems.of('form/signed-elsewhere', { taskId: 'a' }),
    },
  ]);
  t.strictSame(
    problemsOf(
      [
        uses('a', [
          ['upload', 'own'],
          ['sign', 'own'],
        ]),
      ],
      [{ ...own, form }],
    ),
    [{ element: 'document[1]/form', problem: orderProblems.of('form/document-kind') }],
  );
  t.end();
});

t.test('an action that names no document, or one that is not there, is no use of one', (t) => {
  const nameless = task('a', undefined, {
    documentActions: [
      { type: 'view' },
      { type: 'view', documentRef: 'ghost' },
      { type: 'upload', document: { kind: 'upload', description: '' } },
    ],
  });
  t.strictSame(problemsOf([nameless], [plain]), []);
  t.end();
});
