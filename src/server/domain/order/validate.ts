/** What makes an order acceptable, beyond its schema. Finds every problem, not only the first. */
import { Dependencies } from './dependencies.ts';
import { ACTIONS, documentProblems } from './document-rules.ts';
import { actionsInOrder, documentIdOf, listDocuments, taskElement } from './documents.ts';
import { loginProblems } from '../signing-session/login.ts';
import type { Notification, NotificationType, OrderSpec, TaskSpec } from './model.ts';
import type { Problem } from './problems.ts';
import { isMailAddress, readPhoneNumber } from './recipients.ts';
import { scheduleProblems } from './schedule.ts';
import { signingProblems, type SigningOffer } from '../signing-session/signing-ways.ts';

/** What this house can do; from configuration and the registered identity methods. */
export interface Offer extends SigningOffer {
  readonly packagingMethods: readonly string[];
  readonly notificationTypes: readonly NotificationType[];
}

export const MAX_DAYS = 3650;

/** Characters; ids are keys of the database and parts of addresses. */
export const LONGEST_ID = 255;

/** Of each element in one request. */
export const MOST = { task: 1000, document: 1000, 'document-action': 5000, 'packaging-task': 1000 } as const;

function duplicates(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => id !== '' && ids.indexOf(id) !== index))];
}

/** What a recipient has to be, by type of notification. */
const RECIPIENTS = {
  URL: {
    fits: (text: string) => URL.canParse(text) && /^\s*https?:/i.test(text),
    why: 'must be an absolute http or https URL',
  },
  EMAIL: {
    fits: (text: string) => isMailAddress(text.trim()),
    why: 'must be one mail address, such as someone@example.com',
  },
  SMS: {
    fits: (text: string) => readPhoneNumber(text) !== undefined,
    why: 'must be a telephone number with country code, such as +4512345678',
  },
} as const satisfies Record<NotificationType, unknown>;

/**
 * All problems of a notification; empty when it can be stored. `element`: whose it is, a path in the contract's words.
 * `types`: those that can be delivered here. `index`: its place, from 0, which is said where it has no id.
 */
export function validateNotification(
  notification: Notification,
  element: string,
  types: readonly NotificationType[],
  index = 0,
): Problem[] {
  const { id, type, recipient, sender, header, schedules } = notification;
  const at = `${element}/notification[${id === '' ? index + 1 : `@notification-id="${id}"`}]`;
  const problems: Problem[] = [];
  if (!types.includes(type)) {
    problems.push({
      element: `${at}/@type`,
      why: `"${type}" is not set up here; allowed: ${types.join(', ')}`,
    });
  }
  // there is none for a type that could not be read
  const expected = (RECIPIENTS as Partial<typeof RECIPIENTS>)[type];
  if (expected && !expected.fits(recipient)) problems.push({ element: `${at}/recipient`, why: expected.why });
  for (const [name, text] of [['sender', sender] as const, ['header', header] as const]) {
    if (text !== undefined && type !== 'URL' && /\p{Cc}/u.test(text.trim()))
      problems.push({ element: `${at}/${name}`, why: 'must be one line without control characters' });
  }
  for (const [index, schedule] of schedules.entries()) {
    for (const problem of scheduleProblems(schedule))
      problems.push({ ...problem, element: `${at}/schedule[${index + 1}]/${problem.element}` });
  }
  return problems;
}

function checkTask(order: OrderSpec, task: TaskSpec, offer: Offer, problems: Problem[]): void {
  const at = taskElement(order, task);
  const taskIds = new Set(order.tasks.map(({ id }) => id));
  const documentIds = new Set(listDocuments(order).map(({ documentId }) => documentId));

  if (task.daysToLive !== undefined && (task.daysToLive < 1 || task.daysToLive > MAX_DAYS)) {
    problems.push({ element: `${at}/days-to-live`, why: `must be 1 to ${MAX_DAYS}` });
  }
  for (const id of task.dependsOnTasks) {
    if (!taskIds.has(id))
      problems.push({
        element: `${at}/depends-on-task`,
        why: `there is no task "${id}" in this request`,
        from: ['task/@id'],
      });
  }
  if (task.documentActions.length === 0) {
    problems.push({ element: `${at}/document-action`, why: 'at least one is needed' });
  }
  const used: string[] = [];
  for (const action of actionsInOrder(task)) {
    const where = `${at}/document-action[${task.documentActions.indexOf(action) + 1}]`;
    const id = documentIdOf(order, action);
    if (id === undefined) {
      const from = ['document-action/document-ref'];
      problems.push({ element: where, why: 'needs a document-ref or a document', from });
    } else if (!documentIds.has(id)) {
      problems.push({
        element: `${where}/document-ref`,
        why: `there is no document "${id}" in this request`,
      });
    } else {
      used.push(id);
    }
  }
  for (const id of duplicates(used)) {
    problems.push({ element: `${at}/document-action`, why: `document "${id}" is used twice in one task` });
  }
  if (task.documentActions.some(({ type }) => type === 'sign')) {
    problems.push(...signingProblems(task, at, offer));
  }
  problems.push(...loginProblems(task.authentication, `${at}/authentication`, offer.authenticationMethods));
  problems.push(
    ...task.notifications.flatMap((each, index) =>
      validateNotification(each, at, offer.notificationTypes, index),
    ),
  );
}

function checkPackaging(order: OrderSpec, offer: Offer, problems: Problem[]): void {
  for (const [place, packaging] of order.packagingTasks.entries()) {
    const at = `packaging-task[${packaging.id === '' ? place + 1 : `@packaging-task-id="${packaging.id}"`}]`;
    if (!offer.packagingMethods.includes(packaging.method)) {
      problems.push({
        element: `${at}/@method`,
        why: `"${packaging.method}" is not offered here; allowed: ${offer.packagingMethods.join(', ')}`,
      });
    }
    if (packaging.documents.length === 0) {
      problems.push({ element: `${at}/packaging-task-document`, why: 'at least one is needed' });
    }
    for (const { taskId, documentId } of packaging.documents) {
      const task = order.tasks.find(({ id }) => id === taskId);
      const signs = task?.documentActions.some(
        (action) => action.type === 'sign' && documentIdOf(order, action) === documentId,
      );
      if (!signs) {
        problems.push({
          element: `${at}/packaging-task-document`,
          why: `no sign action for document "${documentId}" in a task "${taskId}"`,
          from: ACTIONS,
        });
      }
    }
    const named = packaging.documents.map(({ taskId, documentId }) => JSON.stringify([taskId, documentId]));
    for (const key of duplicates(named)) {
      const [taskId, documentId] = JSON.parse(key) as [string, string];
      problems.push({
        element: `${at}/packaging-task-document`,
        why: `document "${documentId}" of task "${taskId}" is named twice`,
      });
    }
    problems.push(
      ...packaging.notifications.flatMap((each, index) =>
        validateNotification(each, at, offer.notificationTypes, index),
      ),
    );
  }
}

/** What is too much to be looked at closely: judging dependencies takes the square of these. */
function sizeProblems(order: OrderSpec): Problem[] {
  const sizes = {
    task: order.tasks.length,
    document: listDocuments(order).length,
    'document-action': order.tasks.reduce((sum, task) => sum + task.documentActions.length, 0),
    'packaging-task': order.packagingTasks.length,
  };
  return Object.entries(sizes)
    .filter(([name, size]) => size > MOST[name as keyof typeof MOST])
    .map(([name, size]) => ({
      element: name,
      why: `${size} are too many for one request; allowed: ${MOST[name as keyof typeof MOST]}`,
    }));
}

function idProblems(order: OrderSpec): Problem[] {
  const why = 'addresses of results cannot carry this id; use another';
  const unfit = (id: string): boolean => id === '' || id === '.' || id === '..';
  const tooLong = [
    ...order.tasks.map(({ id }) => ['task', 'id', id] as const),
    ...listDocuments(order).map(({ documentId }) => ['document', 'id', documentId] as const),
    ...order.packagingTasks.map(({ id }) => ['packaging-task', 'packaging-task-id', id] as const),
  ].filter(([, , id]) => id.length > LONGEST_ID);
  return [
    ...order.tasks
      .filter(({ id }) => unfit(id))
      .map((task) => ({ element: `${taskElement(order, task)}/@id`, why })),
    ...listDocuments(order)
      .filter(({ documentId }) => unfit(documentId))
      .map(({ element }) => ({ element: `${element}/@id`, why })),
    ...tooLong.map(([name, attribute, id]) => ({
      element: `${name}[@${attribute}="${id.slice(0, 60)}…"]`,
      why: `must be at most ${LONGEST_ID} characters`,
    })),
  ];
}

/** All problems of an order; empty when it can be stored. The documents' bytes are judged elsewhere. */
export function validateOrder(order: OrderSpec, offer: Offer): Problem[] {
  const problems = sizeProblems(order);
  if (problems.length > 0) return problems;
  if (order.tasks.length === 0) problems.push({ element: 'task', why: 'at least one is needed' });
  for (const id of duplicates(order.tasks.map(({ id }) => id))) {
    problems.push({ element: `task[@id="${id}"]`, why: 'the id is used twice in this request' });
  }
  for (const id of duplicates(listDocuments(order).map(({ documentId }) => documentId))) {
    problems.push({ element: `document[@id="${id}"]`, why: 'the id is used twice in this request' });
  }
  for (const id of duplicates(order.packagingTasks.map(({ id }) => id))) {
    problems.push({
      element: `packaging-task[@packaging-task-id="${id}"]`,
      why: 'the id is used twice in this request',
    });
  }
  problems.push(...idProblems(order));
  const { daysUntilDeletion } = order;
  if (daysUntilDeletion !== undefined && (daysUntilDeletion < 1 || daysUntilDeletion > MAX_DAYS)) {
    problems.push({ element: 'days-until-deletion', why: `must be 1 to ${MAX_DAYS}` });
  }
  const dependencies = new Dependencies(order);
  problems.push(...documentProblems(order, dependencies));
  for (const task of order.tasks) checkTask(order, task, offer, problems);
  const cycle = dependencies.cyclic();
  if (cycle.length > 0) {
    problems.push({
      element: 'depends-on-task',
      why: `the tasks ${cycle.map((id) => `"${id}"`).join(', ')} wait for each other`,
    });
  }
  checkPackaging(order, offer, problems);
  problems.push(
    ...order.notifications.flatMap((each, index) =>
      validateNotification(each, 'request', offer.notificationTypes, index),
    ),
  );
  return problems;
}
