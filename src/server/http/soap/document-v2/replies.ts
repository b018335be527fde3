/**
 * Replies of DocumentService v3 in the words of v2. An order of v3 read through v2 loses what v2 cannot say: nothing in
 * a reply may be unknown to a client that was generated from the v2 schema.
 */
import { serverProblems } from '../../../problems.ts';
import { partOf, partsOf, requiredText, textOf, type WireObject } from '../wire-value.ts';

/** Task states that v2 knows. */
const states: readonly string[] = ['created', 'completed', 'rejected', 'expired'];

/** Any other closed state is told as the nearest that v2 has: closed, and neither completed nor refused. */
const stateInV2 = (state: string): string => (states.includes(state) ? state : 'expired');

function without(value: WireObject, ...names: string[]): WireObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** v2 has no result of packaging as a document: what is left is the base type with the document's id. */
const documentInV2 = (document: WireObject): WireObject =>
  document['$type'] === 'packaging-result-document'
    ? without(document, '$type', 'ref-packaging-task-id')
    : document;

/** A notification for a state that v2 does not know is left out: without its schedule it would say something else. */
const notificationsInV2 = (from: WireObject): readonly WireObject[] =>
  partsOf(from, 'notification').flatMap((notification) => {
    const all = partsOf(notification, 'schedule');
    const known = all.filter((schedule) => states.includes(requiredText(schedule, 'state-is')));
    return known.length === 0 && all.length > 0 ? [] : [{ ...notification, schedule: known }];
  });

const signatureInV2 = (signature: WireObject): WireObject => ({
  ...without(signature, 'responsive'),
  method: partsOf(signature, 'method').map((method) => textOf(method, '$text') ?? ''),
});

const actionInV2 = (action: WireObject): WireObject => {
  const document = partOf(action, 'document');
  return { ...action, document: document && documentInV2(document) };
};

const taskInV2 = (task: WireObject): WireObject => ({
  ...without(task, 'profile', 'language', 'configuration', 'sign-text', 'authentication-based-signature'),
  'document-action': partsOf(task, 'document-action').map(actionInV2),
  notification: notificationsInV2(task),
  signature: partsOf(task, 'signature').map(signatureInV2),
});

const requestInV2 = (request: WireObject): WireObject => ({
  ...without(request, 'packaging-task'),
  document: partsOf(request, 'document').map(documentInV2),
  task: partsOf(request, 'task').map(taskInV2),
  notification: notificationsInV2(request),
});

/**
 * A deleted request is unknown to v2 (REQUEST_UNKNOWN). A task that was closed alone, among others that live on, is
 * told as expired: every task keeps its one entry, and its status one that v2 has.
 */
function statusInV2(reply: WireObject): WireObject {
  const infos = partsOf(reply, 'task-status-info');
  for (const { 'request-id': requestId } of infos) {
    const tasks = infos.filter((info) => info['request-id'] === requestId);
    if (tasks.every((info) => info['task-status'] === 'deleted')) {
      throw serverProblems.error('REQUEST_UNKNOWN', { requestId: requestId as string });
    }
  }
  return {
    'task-status-info': infos.map((info) => ({
      ...info,
      'task-status': stateInV2(requiredText(info, 'task-status')),
    })),
  };
}

/** By operation; those that are not named here say the same in both versions. */
export const repliesInV2: ReadonlyMap<string, (reply: WireObject) => WireObject> = new Map([
  ['getRequest', (reply) => ({ request: requestInV2(partOf(reply, 'request') ?? {}) })],
  ['getTask', (reply) => ({ task: taskInV2(partOf(reply, 'task') ?? {}) })],
  ['getStatus', statusInV2],
  [
    'findTasks',
    (reply) => ({
      task: partsOf(reply, 'task').map((task) => ({
        ...task,
        'task-status': stateInV2(requiredText(task, 'task-status')),
      })),
    }),
  ],
  [
    'getRequestHistory',
    (reply) => ({
      event: partsOf(reply, 'event').filter((e) => !requiredText(e, 'event').startsWith('packaging-task-')),
    }),
  ],
]);
