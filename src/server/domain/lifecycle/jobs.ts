/** The kinds of background work, one queue each, and what a piece of it carries. Payloads are references, never content. */
export interface Payloads {
  /** Make and seal the packages of a task that was sent in. */
  'package-task': { readonly requestId: string; readonly taskId: string };
  /** Carry out one packaging task of an order (PAdES). */
  'package-order': { readonly requestId: string; readonly packagingTaskId: string };
  /** Call a back end. */
  'deliver-callback': { readonly deliveryId: string };
  /** Send a notification by mail, or as a text message. */
  'send-mail': { readonly deliveryId: string };
  'send-sms': { readonly deliveryId: string };
}

export type QueueName = keyof Payloads;

export const queueNames = [
  'package-task',
  'package-order',
  'deliver-callback',
  'send-mail',
  'send-sms',
] as const satisfies QueueName[];

/** A piece of work as it is handed to `enqueue`. */
export type Job = {
  [Q in QueueName]: {
    readonly queue: Q;
    readonly payload: Payloads[Q];
    /** Absent: at once. */
    readonly dueAt?: Date;
    /** Work with a key exists once: enqueueing it again does nothing. */
    readonly key?: string;
  };
}[QueueName];
