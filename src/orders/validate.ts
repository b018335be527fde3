/** What makes an order acceptable, beyond its schema. Finds every problem, not only the first. */
import { actionsInOrder, documentIdOf, listDocuments } from './documents.ts';
import { cyclicTasks } from './lifecycle.ts';
import type { Notification, OrderSpec, TaskSpec } from './model.ts';
import type { Problem } from './problems.ts';

/** What this house can do; from configuration and the registered identity methods. */
export interface Offer {
  readonly signatureMethods: readonly string[];
  readonly packagingMethods: readonly string[];
}

const MAX_DAYS = 3650;

function duplicates(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
}

function checkNotification(notification: Notification, element: string, problems: Problem[]): void {
  const at = `${element}/notification[@notification-id="${notification.id}"]`;
  if (notification.type !== 'URL') {
    problems.push({
      element: `${at}/@type`,
      why: `${notification.type} is not offered here yet; allowed: URL`,
    });
    return;
  }
  if (!URL.canParse(notification.recipient) || !/^https?:/i.test(notification.recipient)) {
    problems.push({ element: `${at}/recipient`, why: 'must be an absolute http or https URL' });
  }
  for (const schedule of notification.schedules) {
    const refined = schedule.waitUntil ?? schedule.wait ?? schedule.daysOfWeek ?? schedule.timeOfDay;
    if (refined !== undefined) {
      problems.push({ element: `${at}/schedule`, why: 'only state-is is offered here yet' });
    }
  }
}

function checkTask(order: OrderSpec, task: TaskSpec, offer: Offer, problems: Problem[]): void {
  const at = `task[@id="${task.id}"]`;
  const taskIds = new Set(order.tasks.map(({ id }) => id));
  const documentIds = new Set(listDocuments(order).map(({ documentId }) => documentId));

  if (task.daysToLive !== undefined && (task.daysToLive < 1 || task.daysToLive > MAX_DAYS)) {
    problems.push({ element: `${at}/days-to-live`, why: `must be 1 to ${MAX_DAYS}` });
  }
  for (const id of task.dependsOnTasks) {
    if (!taskIds.has(id))
      problems.push({ element: `${at}/depends-on-task`, why: `there is no task "${id}" in this request` });
  }
  if (task.documentActions.length === 0) {
    problems.push({ element: `${at}/document-action`, why: 'at least one is needed' });
  }
  const used: string[] = [];
  for (const action of actionsInOrder(task)) {
    const where = `${at}/document-action[${task.documentActions.indexOf(action) + 1}]`;
    const id = documentIdOf(order, action);
    if (action.type === 'upload') {
      problems.push({
        element: `${where}/@type`,
        why: 'upload is not offered here yet; allowed: sign, view',
      });
    } else if (id === undefined) {
      problems.push({ element: where, why: 'needs a document-ref or a document' });
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
    const asked = task.signatures.flatMap(({ methods }) => methods.map(({ name }) => name));
    const allowed = offer.signatureMethods.join(', ');
    if (asked.length === 0) {
      problems.push({
        element: `${at}/signature`,
        why: `a task with a sign action needs a signature method; allowed: ${allowed}`,
      });
    }
    for (const name of asked.filter((name) => !offer.signatureMethods.includes(name))) {
      problems.push({
        element: `${at}/signature/method`,
        why: `"${name}" is not offered here; allowed: ${allowed}`,
      });
    }
  }
  if (task.authenticationBasedSignatures.length > 0) {
    problems.push({
      element: `${at}/authentication-based-signature`,
      why: 'is not offered here yet; use signature',
    });
  }
  if (task.authentication && task.authentication.methods.length > 0) {
    problems.push({
      element: `${at}/authentication/method`,
      why: 'login before reading is not offered here yet; allowed: artifact="true" without a method',
    });
  }
  for (const notification of task.notifications) checkNotification(notification, at, problems);
}

function checkPackaging(order: OrderSpec, offer: Offer, problems: Problem[]): void {
  for (const packaging of order.packagingTasks) {
    const at = `packaging-task[@packaging-task-id="${packaging.id}"]`;
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
        });
      }
    }
    if (new Set(packaging.documents.map(({ documentId }) => documentId)).size > 1) {
      problems.push({
        element: `${at}/packaging-task-document`,
        why: 'several documents in one PAdES are not offered here yet; name one document, signed in any number of tasks',
      });
    }
    for (const notification of packaging.notifications) checkNotification(notification, at, problems);
  }
}

/** All problems of an order; empty when it can be stored. The documents' bytes are judged elsewhere. */
export function validateOrder(order: OrderSpec, offer: Offer): Problem[] {
  const problems: Problem[] = [];
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
  const ids = [
    ...order.tasks.map(({ id }) => id),
    ...listDocuments(order).map(({ documentId }) => documentId),
  ];
  for (const id of ids.filter((id) => id === '' || id === '.' || id === '..')) {
    problems.push({
      element: `[@id="${id}"]`,
      why: 'addresses of results cannot carry this id; use another',
    });
  }
  for (const { spec, element } of listDocuments(order)) {
    if (spec.kind !== 'sds' && spec.kind !== 'provided') {
      const what = spec.kind === 'bare' ? 'a document without a type' : `${spec.kind}-document`;
      problems.push({
        element,
        why: `${what} is not offered here yet; allowed: sds-document, provided-document`,
      });
    }
    if (spec.form) problems.push({ element: `${element}/form`, why: 'forms are not offered here yet' });
  }
  for (const task of order.tasks) checkTask(order, task, offer, problems);
  const cycle = cyclicTasks(order);
  if (cycle.length > 0) {
    problems.push({
      element: 'depends-on-task',
      why: `the tasks ${cycle.map((id) => `"${id}"`).join(', ')} wait for each other`,
    });
  }
  checkPackaging(order, offer, problems);
  for (const notification of order.notifications) checkNotification(notification, 'request', problems);
  return problems;
}
