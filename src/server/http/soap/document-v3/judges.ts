/** DocumentService: what the order's rules say against a request whose form is wrong already (see `Judge`). */
import type { OrderService, TaskService } from '../../../application/api.ts';
import type { InvalidValue } from '../../../domain/order/invalid-value.ts';
import type { Judge } from '../service.ts';
import { filledText, partsOf, requiredPart, requiredText } from '../wire-value.ts';
import { readNotification, readOrder, readTask } from './read-order.ts';
import { readFilter, readPaging } from './task-search.ts';
import { readUserSession } from './user-session.ts';

/** The rules' paths begin inside of `root`; those of notifications name it themselves, or the order. */
const below = (root: string, problems: readonly InvalidValue[]): InvalidValue[] =>
  problems.map((problem) => ({
    ...problem,
    element: `${root}/${problem.element.replace(/^request\//, '')}`,
  }));

export const documentJudges = (orders: OrderService, tasks: TaskService): Record<string, Judge> => ({
  createRequest: async ({ input, account }) => {
    const specs = partsOf(input, 'request').map(readOrder);
    const found = await orders.judgeRequests(account, specs);
    return found.flatMap((problems, index) => below(`request[${index + 1}]`, problems));
  },
  addTask: ({ input, account }) =>
    tasks.judgeTask(account, requiredText(input, 'request-id'), readTask(requiredPart(input, 'task'))),
  addNotification: ({ input, account }) =>
    tasks.judgeNotification(
      account,
      requiredText(input, 'request-id'),
      filledText(input, 'task-id'),
      readNotification(requiredPart(input, 'notification')),
    ),
  findTasks: async ({ input }) =>
    tasks.judgeSearch(readFilter(requiredPart(input, 'filter')), readPaging(input)),
  getTaskCount: async ({ input }) => tasks.judgeSearch(readFilter(requiredPart(input, 'filter'))),
  createUserSession: async ({ input, account }) =>
    below(
      'user-session',
      await tasks.judgeUserSession(account, readUserSession(requiredPart(input, 'user-session'))),
    ),
});
