/** Which documents may be used where, and what waits for what because of it. */
import t from 'tap';
import { Dependencies } from '@segl/server/domain/order/dependencies';
import {
  actionElement,
  documentIdOf,
  formsOf,
  isUpload,
  listDocuments,
  taskElement,
  titleOf,
  usesOf,
  withoutFormValues,
} from '@segl/server/domain/order/documents';
import type { DocumentActionType, DocumentSpec, OrderSpec, TaskSpec } from '@segl/server/domain/order/model';
import { dueStep } from '@segl/server/domain/signing-session/steps';
import { fold, taskEntries, textFields } from '@segl/server/domain/order/task-entries';
import { validateOrder } from '@segl/server/domain/order/validate';
import { methodOffer } from '../../../support/method-offer.ts';
import { inEnglish } from '../../../support/invalid-values.ts';
import { order, task } from '../../../support/server/orders.ts';

const offer = {
  methods: methodOffer({ signatureMethods: ['nemid-sign'], authenticationMethods: ['nemid'] }),
  packagingMethods: ['pades'],
  notificationTypes: ['URL'],
  redirectSchemes: [],
} as const;
const problemsOf = (spec: OrderSpec) => inEnglish(validateOrder(spec, offer));

const uses = (
  id: string,
  type: DocumentActionType,
  documentRef: string,
  dependsOnTasks: string[] = [],
): TaskSpec => task(id, undefined, { documentActions: [{ type, documentRef }], dependsOnTasks });
const own: DocumentSpec = { kind: 'upload', id: 'own', description: 'Your own' };
const result = (refTaskId: string, refDocumentId: string): DocumentSpec => ({
  kind: 'result',
  id: 'result',
  refTaskId,
  refDocumentId,
});
const sealed: DocumentSpec = { kind: 'packaging-result', id: 'sealed', refPackagingTaskId: 'p' };
const packaging = (...taskIds: string[]) => ({
  id: 'p',
  method: 'pades',
  notifications: [],
  documents: taskIds.map((taskId) => ({ taskId, documentId: 'doc' })),
});

t.test('what signers upload can be used by tasks that come after it', (t) => {
  const sound = [
    uses('give', 'upload', 'own'),
    uses('between', 'sign', 'doc', ['give']),
    uses('sign', 'sign', 'own', ['between']),
  ];
  t.same(problemsOf(order(sound, { documents: [...order([]).documents, own] })), []);
  const unsound = order(
    [
      uses('give', 'upload', 'own'),
      uses('again', 'upload', 'own'),
      uses('early', 'view', 'own'),
      uses('x', 'upload', 'doc'),
    ],
    { documents: [...order([]).documents, own, { ...own, id: 'never' }] },
  );
  t.same(problemsOf(unsound), [
    'task[@id="x"]/document-action[1]/@type: upload needs an upload-document, and "doc" is none; allowed: sign, view',
    'task[@id="again"]/document-action[1]: the document is uploaded in the task "give" already',
    'task[@id="early"]/document-action[1]: the document comes from the task "give", so this task must depend on it (depends-on-task)',
    'document[3]: needs an upload action, in which a signer gives it',
  ]);
  t.end();
});

t.test('a document without a type is told by its use, or refused with what is allowed', (t) => {
  const bare: DocumentSpec = { kind: 'bare', id: 'bare', externalReference: 'Annex 4' };
  const given = order([uses('give', 'upload', 'bare')], { documents: [bare] });
  t.same(problemsOf(given), []);
  const [listed] = listDocuments(given);
  t.ok(isUpload(given, listed!));
  t.equal(titleOf(listed!), 'Annex 4');
  t.match(problemsOf(order([uses('a', 'sign', 'bare')], { documents: [bare] })), [
    /^document\[1\]\/@xsi:type: its type is not said and cannot be told; allowed: sds-document, /,
  ]);
  t.end();
});

t.test('results of earlier tasks: of what, by whom, and for what', (t) => {
  const withResult = (made: TaskSpec, later: TaskSpec, document: DocumentSpec): string[] =>
    problemsOf(order([made, later], { documents: [...order([]).documents, own, document] })).filter(
      (problem) => !problem.startsWith('document[2]: needs an upload action'),
    );
  const signs = uses('a', 'sign', 'doc');
  t.same(withResult(signs, uses('b', 'view', 'result', ['a']), result('a', 'doc')), []);
  t.same(withResult(uses('a', 'upload', 'own'), uses('b', 'sign', 'result', ['a']), result('a', 'own')), []);
  t.same(withResult(signs, uses('b', 'view', 'result'), result('a', 'doc')), [
    'task[@id="b"]/document-action[1]: the document comes from the task "a", so this task must depend on it (depends-on-task)',
  ]);
  t.same(withResult(signs, uses('b', 'sign', 'result', ['a']), result('a', 'doc')), [
    'task[@id="b"]/document-action[1]/@type: the result of a sign action is a sealed package; allowed: view',
  ]);
  t.same(withResult(signs, uses('b', 'view', 'result', ['a']), result('ghost', 'doc')), [
    'document[3]/@ref-task-id: there is no task "ghost" in this request',
  ]);
  t.same(withResult(uses('a', 'view', 'doc'), uses('b', 'view', 'result', ['a']), result('a', 'doc')), [
    'document[3]/@ref-document-id: the task "a" has no sign or upload action for a document "doc"',
  ]);
  t.end();
});

t.test('packaging starts after every task that does not wait for it', (t) => {
  const tasks = [
    uses('a', 'sign', 'doc'),
    uses('b', 'sign', 'doc', ['a']),
    uses('show', 'view', 'sealed'),
    uses('after', 'sign', 'doc', ['show']),
  ];
  const spec = order(tasks, {
    documents: [...order([]).documents, sealed],
    packagingTasks: [packaging('b')],
  });
  t.same(problemsOf(spec), []);
  const dependencies = new Dependencies(spec);
  t.same(dependencies.beforePackaging('p'), ['a', 'b']);
  t.same([...dependencies.before('after')].sort(), ['a', 'b', 'show']);
  t.same(dependencies.packagingFor('show'), ['p']);
  const circular = { ...spec, packagingTasks: [packaging('b', 'after')] };
  t.match(problemsOf(circular), ['depends-on-task: the tasks "show", "after" wait for each other']);
  const unknown = order([uses('show', 'sign', 'sealed')], { documents: [sealed] });
  t.same(problemsOf(unknown), [
    'document[1]/@ref-packaging-task-id: there is no packaging task "p" in this request',
    'task[@id="show"]/document-action[1]/@type: the PDF of a packaging task is signed and sealed already; allowed: view',
  ]);
  t.end();
});

t.test('a thousand tasks in a row can be judged; more of anything is refused before', (t) => {
  const tasks = Array.from({ length: 1000 }, (_, n) =>
    uses(`t${n}`, 'sign', 'doc', n === 0 ? [] : [`t${n - 1}`]),
  );
  t.same(problemsOf(order(tasks)), []);
  t.same(problemsOf(order([...tasks, uses('one more', 'sign', 'doc')])), [
    'task: 1001 are too many for one request; allowed: 1000',
  ]);
  t.end();
});

t.test('an upload is given, then shown; leaving it out leaves out both', (t) => {
  const documents = [
    { documentId: 'own', action: 'upload' },
    { documentId: 'doc', action: 'sign' },
  ] as const;
  t.same(dueStep(documents, {}), { kind: 'upload', documentId: 'own' });
  t.same(dueStep(documents, { own: { uploadedAt: 'x' } }), { kind: 'read', documentId: 'own' });
  t.same(dueStep(documents, { own: { uploadedAt: 'x', readAt: 'x' } }), { kind: 'read', documentId: 'doc' });
  t.same(dueStep(documents, { own: { skippedAt: 'x' } }), { kind: 'read', documentId: 'doc' });
  t.end();
});

t.test('days until deletion have bounds', (t) => {
  t.same(problemsOf(order([task('a', undefined)], { daysUntilDeletion: 0 })), [
    'days-until-deletion: must be 1 to 3650',
  ]);
  t.same(problemsOf(order([task('a', undefined)], { daysUntilDeletion: 30 })), []);
  t.end();
});

t.test('entries of the index: one a document, empty fields left out', (t) => {
  const spec = order(
    [
      task('a', undefined, {
        subjectRef: 's',
        language: 'en',
        documentActions: [
          { type: 'sign', documentRef: 'doc' },
          { type: 'view', documentRef: 'other' },
        ],
      }),
    ],
    {
      subjects: [{ id: 's', firstName: 'Åse', email: '', attributes: [] }],
      language: 'da',
      clientReference: 'R-1',
    },
  );
  const known = new Map([['doc', { documentId: 'doc', title: 'A promise', contentType: 'text/plain' }]]);
  t.same(taskEntries(spec, spec.tasks[0]!, known), [
    {
      taskId: 'a',
      documentId: 'doc',
      daysToLive: 30,
      texts: {
        'task-id': 'a',
        language: 'en',
        'subject-first-name': 'Åse',
        'authentication-type': 'nemid-sign',
        'client-reference': 'R-1',
        'document-id': 'doc',
        'document-description': 'A promise',
        'mime-type': 'text/plain',
      },
    },
    {
      taskId: 'a',
      documentId: 'other',
      daysToLive: 30,
      texts: {
        'task-id': 'a',
        language: 'en',
        'subject-first-name': 'Åse',
        'authentication-type': 'nemid-sign',
        'client-reference': 'R-1',
        'document-id': 'other',
      },
    },
  ]);
  t.end();
});

t.test('documents and actions have a path, ids where callers gave none, and names', (t) => {
  const inside: DocumentSpec = { kind: 'sds', description: '', externalReference: 'Annex', refSdsId: 's' };
  const spec = order(
    [
      task('a', undefined, {
        documentActions: [
          { type: 'sign', documentRef: 'doc' },
          { type: 'upload', document: inside },
          { type: 'view', documentRef: '' },
          { type: 'view' },
        ],
      }),
      uses('', 'view', 'doc'),
      uses('c', 'view', 'ghost'),
    ],
    { documents: [...order([]).documents, { ...own, id: '' }] },
  );
  const [a, nameless] = spec.tasks as [TaskSpec, TaskSpec];
  t.strictSame(
    listDocuments(spec).map((listed) => [listed.documentId, listed.element, titleOf(listed)]),
    [
      ['doc', 'document[1]', 'A promise'],
      ['document_2', 'document[2]', 'Your own'],
      ['document_3', 'task[@id="a"]/document-action[2]/document', 'Annex'],
    ],
  );
  t.equal(titleOf({ documentId: 'd', element: '', spec: { kind: 'bare' } }), 'd');
  t.equal(taskElement(spec, nameless), 'task[2]');
  t.equal(actionElement(spec, nameless, 0), 'task[2]/document-action[1]');
  t.strictSame(
    a.documentActions.map((action) => documentIdOf(spec, action)),
    ['doc', 'document_3', undefined, undefined],
  );
  t.strictSame(
    ['doc', 'document_2', 'document_3', 'ghost', 'nobody', ''].map((id) => usesOf(spec, id)),
    [['sign', 'view'], [], ['upload'], ['view'], [], []],
  );
  t.strictSame(
    listDocuments(spec).map((listed) => isUpload(spec, listed)),
    [false, true, false],
    'only of a document without a type its use tells what it is',
  );
  t.end();
});

t.test('what is asked again is the same list', (t) => {
  const spec = order([uses('a', 'sign', 'doc')]);
  t.equal(listDocuments(spec), listDocuments(spec), 'so that a thousand tasks can be judged');
  t.end();
});

t.test('a deleted order keeps which forms it had, and nothing that was in them', (t) => {
  const form = { id: 'interactive', inputParams: [{ name: 'cpr', value: '1' }] };
  const empty = { id: 'interactive', inputParams: [] };
  const [doc] = order([]).documents as [DocumentSpec];
  const inside: DocumentSpec = { ...own, id: 'inside' };
  const ordered = (filled: typeof form | typeof empty): OrderSpec =>
    order(
      [
        task('a', undefined, {
          documentActions: [
            { type: 'sign', documentRef: 'doc' },
            { type: 'sign', document: { ...inside, form: filled } },
            { type: 'sign', document: inside },
          ],
        }),
      ],
      {
        documents: [
          { ...doc, form: filled },
          { ...doc, id: 'plain' },
        ],
        clientReference: 'R-1',
      },
    );
  t.strictSame(withoutFormValues(ordered(form)), ordered(empty));
  t.strictSame(
    formsOf(ordered(form)),
    new Map([
      ['doc', form],
      ['inside', form],
    ]),
  );
  t.end();
});

t.test('every field of the index, and whose it is', (t) => {
  const subject = {
    firstName: 'Åse',
    lastName: 'Berg',
    email: 'a@example.com',
    nationalId: '0101010101',
    mobile: '+4512345678',
    attributes: [],
  };
  const own = { ...subject, firstName: 'Own' };
  const spec = order(
    [
      task('a', undefined, {
        subjectRef: 's',
        daysToLive: 5,
        authentication: { methods: ['nemid', 'mitid'] },
        documentActions: [{ type: 'sign', documentRef: 'doc' }],
      }),
      task('b', undefined, {
        subjectRef: 's',
        subject: own,
        authentication: { methods: [], artifact: true },
        signatures: [{ methods: [{ name: 'nemid-sign' }] }],
        authenticationBasedSignatures: [{ methods: [{ name: 'nemid' }] }],
        documentActions: [{ type: 'view' }],
      }),
      task('c', undefined),
    ],
    {
      subjects: [
        { ...subject, firstName: 'Nobody' },
        { ...subject, id: 's' },
      ],
      account: 'acc',
      language: 'da',
      sender: { uniqueId: 'u-1' },
      clientReference: 'R-1',
    },
  );
  const known = new Map([
    ['doc', { documentId: 'doc', title: 'A promise', contentType: 'text/plain', archiveId: 'arc-1' }],
  ]);
  const [a, b, c] = spec.tasks.map((task) => taskEntries(spec, task, known)[0]!);
  t.strictSame(a, {
    taskId: 'a',
    documentId: 'doc',
    daysToLive: 5,
    texts: {
      'task-id': 'a',
      account: 'acc',
      language: 'da',
      'subject-first-name': 'Åse',
      'subject-last-name': 'Berg',
      'subject-email': 'a@example.com',
      'subject-national-id': '0101010101',
      'subject-mobile': '+4512345678',
      'authentication-type': 'nemid mitid',
      'sender-unique-id': 'u-1',
      'client-reference': 'R-1',
      'document-id': 'doc',
      'archive-id': 'arc-1',
      'document-description': 'A promise',
      'mime-type': 'text/plain',
    },
  });
  t.strictSame([...textFields].sort(), Object.keys(a!.texts).sort());
  t.strictSame(b, {
    taskId: 'b',
    documentId: '',
    daysToLive: 30,
    texts: {
      'task-id': 'b',
      account: 'acc',
      language: 'da',
      'subject-first-name': 'Own',
      'subject-last-name': 'Berg',
      'subject-email': 'a@example.com',
      'subject-national-id': '0101010101',
      'subject-mobile': '+4512345678',
      'authentication-type': 'nemid-sign nemid',
      'sender-unique-id': 'u-1',
      'client-reference': 'R-1',
    },
  });
  t.notOk(c!.texts['subject-first-name'], 'a subject without an id is not that of a task without one');
  t.equal(fold('A\u030aSE'), 'åse');
  t.end();
});
