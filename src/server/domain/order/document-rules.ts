/** Which documents an order may use where: each kind has its bytes at its own time. */
import type { Dependencies } from './dependencies.ts';
import { actionElement, documentIdOf, isUpload, listDocuments, type ListedDocument } from './documents.ts';
import { FORM_ID } from './form-fields.ts';
import type { DocumentAction, OrderSpec, TaskSpec } from './model.ts';
import type { Problem } from './problems.ts';

/** An action about a document, with the task that it is in. */
interface Use {
  readonly task: TaskSpec;
  readonly action: DocumentAction;
  /** The action's path. */
  readonly place: string;
}

const KINDS =
  'sds-document, provided-document, archive-document, upload-document, result-document, packaging-result-document';

/** Problems of the order's documents, and of the actions that use them. */
export function documentProblems(order: OrderSpec, dependencies: Dependencies): Problem[] {
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
): Problem[] {
  const { spec, element } = listed;
  if (isUpload(order, listed)) return uploadProblems(dependencies, listed, uses);
  const problems: Problem[] = uses
    .filter(({ action }) => action.type === 'upload')
    .map(({ place }) => ({
      element: `${place}/@type`,
      why: `upload needs an upload-document, and "${listed.documentId}" is none; allowed: sign, view`,
    }));
  if (spec.kind === 'bare') {
    const why = `its type is not said and cannot be told; allowed: ${KINDS}`;
    problems.push({ element: `${element}/@xsi:type`, why });
  }
  if (spec.kind === 'result') problems.push(...resultProblems(order, dependencies, listed, uses));
  if (spec.kind === 'packaging-result') {
    const { refPackagingTaskId: id } = spec;
    if (!order.packagingTasks.some((packaging) => packaging.id === id)) {
      const why = `there is no packaging task "${id}" in this request`;
      const from = ['packaging-task/@packaging-task-id'];
      problems.push({ element: `${element}/@ref-packaging-task-id`, why, from });
    }
    problems.push(...onlyViewed(uses, 'the PDF of a packaging task is signed and sealed already'));
  }
  return problems;
}

/** The result of a sign action is a package; that of an upload action is the file, to be used like any other. */
function resultProblems(
  order: OrderSpec,
  dependencies: Dependencies,
  { spec, element }: ListedDocument,
  uses: readonly Use[],
): Problem[] {
  if (spec.kind !== 'result') return [];
  const { refTaskId, refDocumentId } = spec;
  const source = order.tasks.find(({ id }) => id === refTaskId);
  if (!source) {
    const why = `there is no task "${refTaskId}" in this request`;
    return [{ element: `${element}/@ref-task-id`, why, from: ['task/@id'] }];
  }
  const made = source.documentActions.find((action) => documentIdOf(order, action) === refDocumentId)?.type;
  if (made === undefined || made === 'view') {
    const why = `the task "${refTaskId}" has no sign or upload action for a document "${refDocumentId}"`;
    return [{ element: `${element}/@ref-document-id`, why, from: ACTIONS }];
  }
  return [
    ...notAfter(dependencies, refTaskId, uses),
    ...(made === 'sign' ? onlyViewed(uses, 'the result of a sign action is a sealed package') : []),
  ];
}

function uploadProblems(
  dependencies: Dependencies,
  { element }: ListedDocument,
  uses: readonly Use[],
): Problem[] {
  const [first, ...more] = uses.filter(({ action }) => action.type === 'upload');
  if (!first) return [{ element, why: 'needs an upload action, in which a signer gives it', from: ACTIONS }];
  return [
    ...more.map(({ place }) => ({
      element: place,
      why: `the document is uploaded in the task "${first.task.id}" already`,
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
function formProblems({ spec, element }: ListedDocument, uses: readonly Use[]): Problem[] {
  const problems: Problem[] = [];
  const at = `${element}/form`;
  if (spec.form && spec.form.id !== FORM_ID) {
    problems.push({
      element: `${at}/@id`,
      why: `"${spec.form.id}" is not offered here; allowed: ${FORM_ID}, the fields of the PDF itself`,
    });
  }
  if (spec.kind !== 'sds' && spec.kind !== 'provided' && spec.kind !== 'archive') {
    const why = 'only a PDF that comes with the request can be filled in; allowed: sds-document';
    problems.push({ element: at, why: `${why}, provided-document, archive-document` });
  }
  const [first, ...more] = uses.filter(({ action }) => action.type === 'sign');
  if (!first) {
    const why = 'needs a sign action, in which a signer fills it in';
    problems.push({ element: at, why, from: ACTIONS });
  }
  problems.push(
    ...more.map(({ place }) => ({
      element: place,
      from: [...ACTIONS, at],
      why: `the form is filled in and signed in the task "${first?.task.id}" already; only one task may`,
    })),
  );
  return problems;
}

/** A task that uses what another makes must come after it, directly or through others. */
const notAfter = (dependencies: Dependencies, makerId: string, uses: readonly Use[]): Problem[] =>
  uses
    .filter(({ task }) => !dependencies.before(task.id).has(makerId))
    .map(({ place }) => ({
      element: place,
      why: `the document comes from the task "${makerId}", so this task must depend on it (depends-on-task)`,
      from: ['task/@id', 'task/depends-on-task'],
    }));

const onlyViewed = (uses: readonly Use[], reason: string): Problem[] =>
  uses
    .filter(({ action }) => action.type === 'sign')
    .map(({ place }) => ({
      element: `${place}/@type`,
      why: `${reason}; allowed: view`,
    }));
