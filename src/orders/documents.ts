/** Which documents an order has, and under which ids its actions use them. */
import type { DocumentAction, DocumentSpec, OrderSpec, TaskSpec } from './model.ts';

export interface ListedDocument {
  /** Its own id, or `document_N` by position where the caller gave none. */
  readonly documentId: string;
  readonly spec: DocumentSpec;
  readonly element: string;
}

/** All documents of an order: the listed ones, then those given inside document actions. */
export function listDocuments(order: OrderSpec): ListedDocument[] {
  const documents: ListedDocument[] = [];
  const add = (spec: DocumentSpec, element: string) =>
    documents.push({ documentId: spec.id || `document_${documents.length + 1}`, spec, element });
  order.documents.forEach((spec, index) => add(spec, `document[${index + 1}]`));
  for (const task of order.tasks) {
    task.documentActions.forEach((action, index) => {
      if (action.document)
        add(action.document, `task[@id="${task.id}"]/document-action[${index + 1}]/document`);
    });
  }
  return documents;
}

/** The id of the document that an action is about; undefined when the action names none. */
export function documentIdOf(order: OrderSpec, action: DocumentAction): string | undefined {
  if (action.document) return listDocuments(order).find(({ spec }) => spec === action.document)?.documentId;
  return action.documentRef || undefined;
}

/** A task's actions in the order in which the signer meets them: by order-index where given, else as listed. */
export function actionsInOrder(task: TaskSpec): DocumentAction[] {
  return task.documentActions
    .map((action, index) => ({ action, rank: action.orderIndex ?? index, index }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ action }) => action);
}
