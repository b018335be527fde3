/** Which documents an order may use where: each kind has its bytes at its own time. */
import type { Dependencies } from './dependencies.ts';
import { actionElement, documentIdOf, isUpload, listDocuments, type ListedDocument } from './documents.ts';
import { FORM_ID } from './form-fields.ts';
import type { DocumentAction, OrderSpec, TaskSpec } from './model.ts';
import type { InvalidValue } from './invalid-value.ts';
import { orderProblems } from './problems.ts';

/** An action about a document, with the task that it is in. */
interface Use {
  readonly task: TaskSpec;
  readonly action: DocumentAction;
  /** The action's path. */
  readonly place: string;
}

const KINDS = [
  'sds-document',
  'provided-document',
  'archive-document',
  'upload-document',
  'result-document',
  'packaging-result-document',
];

/** Problems of the order's documents, and of the actions that use them. */
export function documentProblems(order: OrderSpec, dependencies: Dependencies): InvalidValue[] {
  const uses = new Map<string, Use[]>();
  for (const task of order.tasks) {
    for (const [index, action] of task.documentActions.entries()) {
      const id = documentIdOf(order, action);
      if (id === undefined) continue;
      const place = actionElement(order, task, index);
      uses.set(id, [...(uses.get(id) ?? []), { task, action, place }]);
    }
  }
  return listDocuments(order).flatMap((listed) => {
    const problems = kindProblems(order, dependencies, listed, uses.get(listed.documentId) ?? []);
    if (listed.spec.form) problems.push(...formProblems(listed, uses.get(listed.documentId) ?? []));
    return problems;
  });
}

function kindProblems(
  order: OrderSpec,
  dependencies: Dependencies,
  listed: ListedDocument,
  uses: readonly Use[],
): InvalidValue[] {
  const { spec, element } = listed;
  if (isUpload(order, listed)) return uploadProblems(dependencies, listed, uses);
  const problems: InvalidValue[] = uses
    .filter(({ action }) => action.type === 'upload')
    .map(({ place }) => ({
      element: `${place}/@type`,
      problem: orderProblems.of('document/not-an-upload', { documentId: listed.documentId }),
    }));
  if (spec.kind === 'bare') {
    const problem = orderProblems.of('document/kind-unknown', { allowed: KINDS });
    problems.push({ element: `${element}/@xsi:type`, problem });
  }
  if (spec.kind === 'result') problems.push(...resultProblems(order, dependencies, listed, uses));
  if (spec.kind === 'packaging-result') {
    const { refPackagingTaskId: id } = spec;
    if (!order.packagingTasks.some((packaging) => packaging.id === id)) {
      const problem = orderProblems.of('packaging-task/unknown', { id });
      const from = ['packaging-task/@packaging-task-id'];
      problems.push({ element: `${element}/@ref-packaging-task-id`, problem, from });
    }
    problems.push(...onlyViewed(uses, 'document/is-packaged-pdf'));
  }
  return problems;
}

/** The result of a sign action is a package; that of an upload action is the file, to be used like any other. */
function resultProblems(
  order: OrderSpec,
  dependencies: Dependencies,
  { spec, element }: ListedDocument,
  uses: readonly Use[],
): InvalidValue[] {
  if (spec.kind !== 'result') return [];
  const { refTaskId, refDocumentId } = spec;
  const source = order.tasks.find(({ id }) => id === refTaskId);
  if (!source) {
    const problem = orderProblems.of('task/unknown', { id: refTaskId });
    return [{ element: `${element}/@ref-task-id`, problem, from: ['task/@id'] }];
  }
  const made = source.documentActions.find((action) => documentIdOf(order, action) === refDocumentId)?.type;
  if (made === undefined || made === 'view') {
    const made = { taskId: refTaskId, documentId: refDocumentId };
    const problem = orderProblems.of('document/never-made', made);
    return [{ element: `${element}/@ref-document-id`, problem, from: ACTIONS }];
  }
  return [
    ...notAfter(dependencies, refTaskId, uses),
    ...(made === 'sign' ? onlyViewed(uses, 'document/is-package') : []),
  ];
}

function uploadProblems(
  dependencies: Dependencies,
  { element }: ListedDocument,
  uses: readonly Use[],
): InvalidValue[] {
  const [first, ...more] = uses.filter(({ action }) => action.type === 'upload');
  if (!first) return [{ element, problem: orderProblems.of('document/upload-missing'), from: ACTIONS }];
  return [
    ...more.map(({ place }) => ({
      element: place,
      problem: orderProblems.of('document/uploaded-elsewhere', { taskId: first.task.id }),
    })),
    ...notAfter(
      dependencies,
      first.task.id,
      uses.filter(({ action, task }) => action.type !== 'upload' && task !== first.task),
    ),
  ];
}

/** What tells which actions there are, and about which documents. */
export const ACTIONS = [
  'task/@id',
  'task/document-action',
  'document-action/@type',
  'document-action/document-ref',
];
/** What its fields and values are is judged with the PDF. */
function formProblems({ spec, element }: ListedDocument, uses: readonly Use[]): InvalidValue[] {
  const problems: InvalidValue[] = [];
  const at = `${element}/form`;
  if (spec.form && spec.form.id !== FORM_ID) {
    problems.push({
      element: `${at}/@id`,
      problem: orderProblems.of('form/not-offered', { id: spec.form.id, allowed: FORM_ID }),
    });
  }
  if (spec.kind !== 'sds' && spec.kind !== 'provided' && spec.kind !== 'archive') {
    problems.push({ element: at, problem: orderProblems.of('form/document-kind') });
  }
  const [first, ...more] = uses.filter(({ action }) => action.type === 'sign');
  if (!first) {
    problems.push({ element: at, problem: orderProblems.of('form/sign-action-missing'), from: ACTIONS });
  }
  problems.push(
    ...more.map(({ place }) => ({
      element: place,
      from: [...ACTIONS, at],
      problem: orderProblems.of('form/signed-elsewhere', { taskId: first?.task.id ?? '' }),
    })),
  );
  return problems;
}

/** A task that uses what another makes must come after it, directly or through others. */
const notAfter = (dependencies: Dependencies, makerId: string, uses: readonly Use[]): InvalidValue[] =>
  uses
    .filter(({ task }) => !dependencies.before(task.id).has(makerId))
    .map(({ place }) => ({
      element: place,
      problem: orderProblems.of('document/task-not-after', { taskId: makerId }),
      from: ['task/@id', 'task/depends-on-task'],
    }));

const onlyViewed = (
  uses: readonly Use[],
  code: 'document/is-package' | 'document/is-packaged-pdf',
): InvalidValue[] =>
  uses
    .filter(({ action }) => action.type === 'sign')
    .map(({ place }) => ({
      element: `${place}/@type`,
      problem: orderProblems.of(code),
    }));
