/** Which documents an order has, and under which ids its actions use them. */
import type { DocumentAction, DocumentActionType, DocumentSpec, Form, OrderSpec, TaskSpec } from './model.ts';

export interface ListedDocument {
  /** Its own id, or `document_N` by position where the caller gave none. */
  readonly documentId: string;
  readonly spec: DocumentSpec;
  readonly element: string;
}

/** What is asked of an order again and again, worked out once: with many tasks it adds up. Orders do not change. */
interface Listing {
  readonly documents: readonly ListedDocument[];
  readonly ids: ReadonlyMap<DocumentSpec, string>;
  readonly uses: ReadonlyMap<string, readonly DocumentActionType[]>;
}

const listings = new WeakMap<OrderSpec, Listing>();

function listingOf(order: OrderSpec): Listing {
  const known = listings.get(order);
  if (known) return known;
  const documents = list(order);
  const ids = new Map(documents.map(({ spec, documentId }) => [spec, documentId]));
  const uses = new Map<string, DocumentActionType[]>();
  for (const { type, document, documentRef } of order.tasks.flatMap(
    ({ documentActions }) => documentActions,
  )) {
    const id = document ? ids.get(document) : documentRef;
    if (!id) continue;
    const types = uses.get(id);
    if (types) types.push(type);
    else uses.set(id, [type]);
  }
  const listing = { documents, ids, uses };
  listings.set(order, listing);
  return listing;
}

function list(order: OrderSpec): ListedDocument[] {
  const documents: ListedDocument[] = [];
  const add = (spec: DocumentSpec, element: string) =>
    documents.push({ documentId: spec.id || `document_${documents.length + 1}`, spec, element });
  order.documents.forEach((spec, index) => add(spec, `document[${index + 1}]`));
  for (const task of order.tasks) {
    task.documentActions.forEach((action, index) => {
      if (action.document) add(action.document, `${actionElement(order, task, index)}/document`);
    });
  }
  return documents;
}

/** The path of a task in messages: by its id, or by its place where it has none. */
export const taskElement = (order: OrderSpec, task: TaskSpec): string =>
  task.id === '' ? `task[${order.tasks.indexOf(task) + 1}]` : `task[@id="${task.id}"]`;

/** The path of a task's action in messages; `index` counts from 0. */
export const actionElement = (order: OrderSpec, task: TaskSpec, index: number): string =>
  `${taskElement(order, task)}/document-action[${index + 1}]`;

/** All documents of an order: the listed ones, then those given inside document actions. */
export const listDocuments = (order: OrderSpec): readonly ListedDocument[] => listingOf(order).documents;

/** The id of the document that an action is about; undefined when the action names none. */
export const documentIdOf = (
  order: OrderSpec,
  { document, documentRef }: DocumentAction,
): string | undefined => (document ? listingOf(order).ids.get(document) : documentRef || undefined);

/** The kinds of actions, in all tasks, that are about the document. */
export const usesOf = (order: OrderSpec, documentId: string): readonly DocumentActionType[] =>
  listingOf(order).uses.get(documentId) ?? [];

/**
 * Whether the bytes come from a signer. A document without a type, as clients that lose xsi:type send it, is taken for
 * one where an upload action is about it: nothing else can be.
 */
export const isUpload = (order: OrderSpec, { documentId, spec }: ListedDocument): boolean =>
  spec.kind === 'upload' || (spec.kind === 'bare' && usesOf(order, documentId).includes('upload'));

/** What signers are shown as its name: the description where its kind has one. */
export const titleOf = ({ documentId, spec }: ListedDocument): string =>
  ('description' in spec && spec.description) || spec.externalReference || documentId;

/** The forms of an order, by the ids of their documents. */
export const formsOf = (order: OrderSpec): ReadonlyMap<string, Form> =>
  new Map(
    listDocuments(order).flatMap(({ documentId, spec }) =>
      spec.form ? [[documentId, spec.form] as const] : [],
    ),
  );

/** The order as it stays when it is deleted: what its forms were to start with may be personal. */
export function withoutFormValues(order: OrderSpec): OrderSpec {
  const bare = (spec: DocumentSpec): DocumentSpec =>
    spec.form ? { ...spec, form: { ...spec.form, inputParams: [] } } : spec;
  const tasks = order.tasks.map((task) => ({
    ...task,
    documentActions: task.documentActions.map((action) =>
      action.document ? { ...action, document: bare(action.document) } : action,
    ),
  }));
  return { ...order, documents: order.documents.map(bare), tasks };
}

/** A task's actions in the order in which the signer meets them: by order-index where given, else as listed. */
export function actionsInOrder(task: TaskSpec): DocumentAction[] {
  return task.documentActions
    .map((action, index) => ({ action, rank: action.orderIndex ?? index, index }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ action }) => action);
}
