/** What makes an order acceptable, beyond its schema. Finds every problem, not only the first. */
import { Dependencies } from './dependencies.ts';
import { ACTIONS, documentProblems } from './document-rules.ts';
import { actionsInOrder, documentIdOf, listDocuments, taskElement } from './documents.ts';
import { loginProblems } from '../signing-session/login.ts';
import type { Notification, NotificationType, OrderSpec, TaskSpec } from './model.ts';
import type { InvalidValue } from './invalid-value.ts';
import { orderProblems } from './problems.ts';
import { isMailAddress, readPhoneNumber } from './recipients.ts';
import { redirectProblems } from './redirect.ts';
import { scheduleProblems } from './schedule.ts';
import { sdoFormatProblems } from './sdo-format.ts';
import type { MethodOffer } from '@segl/identity/registry';
import { signingProblems } from '../signing-session/signing-options.ts';

/** What this installation can do; from configuration and the registered identity methods. */
export interface Offer {
  readonly methods: MethodOffer;
  readonly packagingMethods: readonly string[];
  readonly notificationTypes: readonly NotificationType[];
  /** Of addresses that signers go to, besides https and http. */
  readonly redirectSchemes: readonly string[];
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
    problem: orderProblems.of('notification/not-a-url'),
  },
  EMAIL: {
    fits: (text: string) => isMailAddress(text.trim()),
    problem: orderProblems.of('notification/not-a-mail-address'),
  },
  SMS: {
    fits: (text: string) => readPhoneNumber(text) !== undefined,
    problem: orderProblems.of('notification/not-a-phone-number'),
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
): InvalidValue[] {
  const { id, type, recipient, sender, header, schedules } = notification;
  const at = `${element}/notification[${id === '' ? index + 1 : `@notification-id="${id}"`}]`;
  const problems: InvalidValue[] = [];
  if (!types.includes(type)) {
    problems.push({
      element: `${at}/@type`,
      problem: orderProblems.of('notification/type-not-offered', { type, allowed: types }),
    });
  }
  // there is none for a type that could not be read
  const expected = (RECIPIENTS as Partial<typeof RECIPIENTS>)[type];
  if (expected && !expected.fits(recipient))
    problems.push({ element: `${at}/recipient`, problem: expected.problem });
  for (const [name, text] of [['sender', sender] as const, ['header', header] as const]) {
    if (text !== undefined && type !== 'URL' && /\p{Cc}/u.test(text.trim()))
      problems.push({ element: `${at}/${name}`, problem: orderProblems.of('notification/not-one-line') });
  }
  for (const [index, schedule] of schedules.entries()) {
    for (const problem of scheduleProblems(schedule))
      problems.push({ ...problem, element: `${at}/schedule[${index + 1}]/${problem.element}` });
  }
  return problems;
}

function checkTask(order: OrderSpec, task: TaskSpec, offer: Offer, problems: InvalidValue[]): void {
  const at = taskElement(order, task);
  const taskIds = new Set(order.tasks.map(({ id }) => id));
  const documentIds = new Set(listDocuments(order).map(({ documentId }) => documentId));

  if (task.daysToLive !== undefined && (task.daysToLive < 1 || task.daysToLive > MAX_DAYS)) {
    problems.push({
      element: `${at}/days-to-live`,
      problem: orderProblems.of('value/out-of-range', { least: 1, most: MAX_DAYS }),
    });
  }
  for (const id of task.dependsOnTasks) {
    if (!taskIds.has(id))
      problems.push({
        element: `${at}/depends-on-task`,
        problem: orderProblems.of('task/unknown', { id }),
        from: ['task/@id'],
      });
  }
  if (task.documentActions.length === 0) {
    problems.push({ element: `${at}/document-action`, problem: orderProblems.of('value/needed') });
  }
  const used: string[] = [];
  for (const action of actionsInOrder(task)) {
    const where = `${at}/document-action[${task.documentActions.indexOf(action) + 1}]`;
    const id = documentIdOf(order, action);
    if (id === undefined) {
      const from = ['document-action/document-ref'];
      problems.push({ element: where, problem: orderProblems.of('task/document-missing'), from });
    } else if (!documentIds.has(id)) {
      problems.push({
        element: `${where}/document-ref`,
        problem: orderProblems.of('document/unknown', { id }),
      });
    } else {
      used.push(id);
    }
  }
  for (const id of duplicates(used)) {
    problems.push({
      element: `${at}/document-action`,
      problem: orderProblems.of('task/document-repeated', { documentId: id }),
    });
  }
  if (task.documentActions.some(({ type }) => type === 'sign')) {
    problems.push(...signingProblems(task, at, offer.methods));
  }
  problems.push(
    ...redirectProblems(
      {
        'on-task-postpone': task.onTaskPostpone,
        'on-task-complete': task.onTaskComplete,
        'on-task-cancel': task.onTaskCancel,
      },
      at,
      offer.redirectSchemes,
    ),
  );
  problems.push(...loginProblems(task.authentication, `${at}/authentication`, offer.methods));
  problems.push(
    ...task.notifications.flatMap((each, index) =>
      validateNotification(each, at, offer.notificationTypes, index),
    ),
  );
}

function checkPackaging(order: OrderSpec, offer: Offer, problems: InvalidValue[]): void {
  for (const [place, packaging] of order.packagingTasks.entries()) {
    const at = `packaging-task[${packaging.id === '' ? place + 1 : `@packaging-task-id="${packaging.id}"`}]`;
    if (!offer.packagingMethods.includes(packaging.method)) {
      problems.push({
        element: `${at}/@method`,
        problem: orderProblems.of('value/not-offered', {
          name: packaging.method,
          allowed: offer.packagingMethods,
        }),
      });
    }
    if (packaging.documents.length === 0) {
      problems.push({ element: `${at}/packaging-task-document`, problem: orderProblems.of('value/needed') });
    }
    for (const { taskId, documentId } of packaging.documents) {
      const task = order.tasks.find(({ id }) => id === taskId);
      const signs = task?.documentActions.some(
        (action) => action.type === 'sign' && documentIdOf(order, action) === documentId,
      );
      if (!signs) {
        problems.push({
          element: `${at}/packaging-task-document`,
          problem: orderProblems.of('packaging-task/no-sign-action', { documentId, taskId }),
          from: ACTIONS,
        });
      }
    }
    const named = packaging.documents.map(({ taskId, documentId }) => JSON.stringify([taskId, documentId]));
    for (const key of duplicates(named)) {
      const [taskId, documentId] = JSON.parse(key) as [string, string];
      problems.push({
        element: `${at}/packaging-task-document`,
        problem: orderProblems.of('packaging-task/document-repeated', { documentId, taskId }),
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
function sizeProblems(order: OrderSpec): InvalidValue[] {
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
      problem: orderProblems.of('value/too-many', { count: size, allowed: MOST[name as keyof typeof MOST] }),
    }));
}

function idProblems(order: OrderSpec): InvalidValue[] {
  const problem = orderProblems.of('id/not-addressable');
  const unfit = (id: string): boolean => id === '' || id === '.' || id === '..';
  const tooLong = [
    ...order.tasks.map(({ id }) => ['task', 'id', id] as const),
    ...listDocuments(order).map(({ documentId }) => ['document', 'id', documentId] as const),
    ...order.packagingTasks.map(({ id }) => ['packaging-task', 'packaging-task-id', id] as const),
  ].filter(([, , id]) => id.length > LONGEST_ID);
  return [
    ...order.tasks
      .filter(({ id }) => unfit(id))
      .map((task) => ({ element: `${taskElement(order, task)}/@id`, problem })),
    ...listDocuments(order)
      .filter(({ documentId }) => unfit(documentId))
      .map(({ element }) => ({ element: `${element}/@id`, problem })),
    ...tooLong.map(([name, attribute, id]) => ({
      element: `${name}[@${attribute}="${id.slice(0, 60)}…"]`,
      problem: orderProblems.of('value/too-long', { limit: LONGEST_ID }),
    })),
  ];
}

/** All problems of an order; empty when it can be stored. The documents' bytes are judged elsewhere. */
export function validateOrder(order: OrderSpec, offer: Offer): InvalidValue[] {
  const problems = sizeProblems(order);
  if (problems.length > 0) return problems;
  if (order.tasks.length === 0) problems.push({ element: 'task', problem: orderProblems.of('value/needed') });
  for (const id of duplicates(order.tasks.map(({ id }) => id))) {
    problems.push({ element: `task[@id="${id}"]`, problem: orderProblems.of('id/repeated') });
  }
  for (const id of duplicates(listDocuments(order).map(({ documentId }) => documentId))) {
    problems.push({ element: `document[@id="${id}"]`, problem: orderProblems.of('id/repeated') });
  }
  for (const id of duplicates(order.packagingTasks.map(({ id }) => id))) {
    problems.push({
      element: `packaging-task[@packaging-task-id="${id}"]`,
      problem: orderProblems.of('id/repeated'),
    });
  }
  problems.push(...idProblems(order));
  const { daysUntilDeletion } = order;
  if (daysUntilDeletion !== undefined && (daysUntilDeletion < 1 || daysUntilDeletion > MAX_DAYS)) {
    problems.push({
      element: 'days-until-deletion',
      problem: orderProblems.of('value/out-of-range', { least: 1, most: MAX_DAYS }),
    });
  }
  problems.push(...sdoFormatProblems(order, offer.methods));
  const dependencies = new Dependencies(order);
  problems.push(...documentProblems(order, dependencies));
  for (const task of order.tasks) checkTask(order, task, offer, problems);
  const cycle = dependencies.cyclic();
  if (cycle.length > 0) {
    problems.push({
      element: 'depends-on-task',
      problem: orderProblems.of('task/cycle', { tasks: cycle }),
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
