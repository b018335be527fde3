import type { UserSessionSpec } from '../../../domain/order/account.ts';
import {
  filledText,
  numberOf,
  partsOf,
  present,
  requiredText,
  textOf,
  type WireObject,
} from '../wire-value.ts';

/** A `user-session` element. */
export const readUserSession = (from: WireObject): UserSessionSpec =>
  present({
    language: filledText(from, 'language'),
    onSessionPostpone: filledText(from, 'on-session-postpone'),
    onSessionComplete: filledText(from, 'on-session-complete'),
    onSessionCancel: filledText(from, 'on-session-cancel'),
    tasks: partsOf(from, 'session-task').map((task) =>
      present({
        requestId: requiredText(task, 'request-id'),
        taskId: requiredText(task, 'task-id'),
        order: numberOf(task, 'order') ?? 0,
        description: textOf(task, 'description'),
      }),
    ),
  });
