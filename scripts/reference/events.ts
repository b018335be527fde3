/** docs/reference/events.md: what happens to an order as its client learns of it. The types make sure that nothing is left out. */
import type {
  EventType,
  NotificationType,
  PackagingTaskState,
  WireTaskStatus,
} from '@segl/server/domain/order/model';
import { code, page, table } from './markdown.ts';

const HISTORY: Readonly<Record<EventType, string>> = {
  'request-created': 'The order was accepted.',
  'notification-sent': 'A notification was delivered; its id.',
  'task-started': 'The signer opened the task for the first time.',
  'task-rejected': 'The signer refused; the reason, if one was given.',
  'task-completed': 'The results of the task can be fetched.',
  error:
    'Something failed for the signer, or work was given up after its last try; what it was. Or the task was taken without a' +
    ' method that it lists; the method, METHOD_OFF or METHOD_UNKNOWN, and the settings that are missing.',
  'document-uploaded': 'The signer gave a file that the order asked for; the document.',
  'document-signed': 'The signature on a document was verified and kept; the document.',
  'document-viewed': 'The signer has read a document; the document.',
  'document-sign-cancelled':
    "The signer left the eID's client without signing; the document and the eID's own code.",
  'document-deleted': 'The documents of the order are gone; why.',
  'user-authenticated':
    'The signer logged in; the method, or artifact. Or was done with a link of a chain: the document, the method, and which link' +
    ' of how many.',
  'user-authentication-cancelled': "The signer left the eID's client without logging in; the eID's own code.",
  'packaging-task-created': 'Everything that a packaging task needs is there; its id.',
  'packaging-task-completed': 'The result of a packaging task can be fetched; its id.',
  'packaging-task-failed': 'A packaging task will have no result; its id.',
};

const TASK: Readonly<Record<WireTaskStatus, string>> = {
  created: 'Waiting for its signer, or what was sent in is being packaged.',
  completed: 'Sent in and packaged: every result can be fetched.',
  rejected: 'The signer refused.',
  expired: 'The deadline passed.',
  deleted: 'Disabled by the client, or deleted with its order; what was signed is packaged first.',
  failed: 'It cannot be completed any more.',
};

const PACKAGING: Readonly<Record<PackagingTaskState, string>> = {
  created: 'Waiting for tasks, or being made.',
  completed: 'Its result can be fetched.',
  failed: 'It has no result, and will have none.',
};

const NOTIFICATION: Readonly<Record<NotificationType, string>> = {
  URL: 'A GET of the address. Standard Webhooks headers: `webhook-id` is the same for every try of one notification.',
  EMAIL: 'A mail to the recipient.',
  SMS: 'A text message, through the HTTP gateway.',
};

const rows = (entries: Readonly<Record<string, string>>): string[][] =>
  Object.entries(entries).map(([name, text]) => [code(name), text]);

export const eventsPage = (): string =>
  page(
    'Events and states',
    '## History',
    'What `getRequestHistory` tells of an order, in the order in which it happened. The second column says what an event' +
      ' carries besides its time.',
    table(['Event', 'When, and what it carries'], rows(HISTORY)),
    '## States of a task',
    '`getStatus` tells them, and the schedules of notifications (`state-is`) go by them. A task that is completed never' +
      ' changes again.',
    table(['State', 'Meaning'], rows(TASK)),
    '## States of a packaging task',
    table(['State', 'Meaning'], rows(PACKAGING)),
    '## Notifications',
    'A notification is a hint: whoever gets one asks `getStatus`. One that is not taken is tried seventeen times over more' +
      ' than five days.',
    table(['Type', 'What is sent'], rows(NOTIFICATION)),
  );
