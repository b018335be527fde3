import type { OrderService, TaskService } from '../../../application/api.ts';
import { soapService, type Call, type Operation, type SoapService } from '../service.ts';
import { documentJudges } from './judges.ts';
import { filledText, partsOf, requiredPart, requiredText, textsOf, type WireObject } from '../wire-value.ts';
import { readNotification, readOrder, readTask } from './read-order.ts';
import { readFilter, readPaging, writeTaskInfo } from './task-search.ts';
import { readUserSession } from './user-session.ts';
import { writeOrder, writeTask } from './write-order.ts';
import { writeEvent, writePackagingTaskStatus, writeTaskStatus, type Origin } from './write-status.ts';

/** `<authentication artifact="true"/>` alone is what clients send for single sign-on. */
export const loginWithoutMethod = ['authentication/method'];

const originOf = ({ account, baseUrl }: Call): Origin => ({ baseUrl, service: account.service });

const requestIdOf = (input: WireObject): string => requiredText(input, 'request-id');
const taskIdOf = (input: WireObject): string => requiredText(input, 'task-id');

const orderOperations = (api: OrderService): Record<string, Operation> => ({
  createRequest: async ({ input, account }) => {
    const { requestIds, artifact } = await api.createRequests(
      account,
      partsOf(input, 'request').map(readOrder),
    );
    return { 'request-id': requestIds, artifact };
  },
  getRequest: async ({ input, account }) => ({
    request: writeOrder(await api.getRequest(account, requestIdOf(input))),
  }),
  getStatus: async (call) => {
    const infos = await api.getStatus(call.account, textsOf(call.input, 'request-id'));
    return { 'task-status-info': infos.map((info) => writeTaskStatus(info, originOf(call))) };
  },
  getRequestHistory: async ({ input, account }) => {
    const events = await api.getRequestHistory(account, requestIdOf(input), taskIdOf(input));
    return { event: events.map(writeEvent) };
  },
  getPackagingTaskStatus: async (call) => {
    const infos = await api.getPackagingTaskStatus(call.account, textsOf(call.input, 'request-id'));
    return {
      'packaging-task-status-info': infos.map((info) => writePackagingTaskStatus(info, originOf(call))),
    };
  },
  createArtifact: async ({ input, account }) => ({
    artifact: await api.createArtifact(account, requestIdOf(input), taskIdOf(input)),
  }),
  deleteRequest: async ({ input, account }) => ({
    deleted: await api.deleteRequests(account, textsOf(input, 'request-id')),
  }),
});

const taskOperations = (api: TaskService): Record<string, Operation> => ({
  addTask: async ({ input, account }) => {
    const { artifact } = await api.addTask(
      account,
      requestIdOf(input),
      readTask(requiredPart(input, 'task')),
    );
    return { artifact };
  },
  disableTask: async ({ input, account }) => {
    await api.disableTask(account, requestIdOf(input), taskIdOf(input));
    return undefined;
  },
  addNotification: async ({ input, account }) => {
    const notification = readNotification(requiredPart(input, 'notification'));
    await api.addNotification(account, requestIdOf(input), filledText(input, 'task-id'), notification);
    return undefined;
  },
  disableNotification: async ({ input, account }) => {
    const ids = textsOf(input, 'notification-id');
    await api.disableNotification(account, requestIdOf(input), filledText(input, 'task-id'), ids);
    return undefined;
  },
  getTask: async ({ input, account }) => ({
    task: writeTask(await api.getTask(account, requestIdOf(input), taskIdOf(input))),
  }),
  findTasks: async ({ input, account }) => {
    const filter = readFilter(requiredPart(input, 'filter'));
    return { task: (await api.findTasks(account, filter, readPaging(input))).map(writeTaskInfo) };
  },
  getTaskCount: async ({ input, account }) => ({
    count: await api.countTasks(account, readFilter(requiredPart(input, 'filter'))),
  }),
  setClientStatus: async ({ input, account }) => {
    const status = requiredText(input, 'client-status');
    await api.setClientStatus(account, requestIdOf(input), taskIdOf(input), status);
    return undefined;
  },
  createUserSession: async ({ input, account }) => {
    const session = readUserSession(requiredPart(input, 'user-session'));
    const { userSessionId, artifact } = await api.createUserSession(account, session);
    return { 'user-session-id': userSessionId, artifact };
  },
});

/** DocumentService v3, schema revision C: all 16 operations. */
export const documentServiceV3 = (orders: OrderService, tasks: TaskService): SoapService =>
  soapService(
    'documentservice-v3',
    orders,
    { ...orderOperations(orders), ...taskOperations(tasks) },
    { mayBeMissing: loginWithoutMethod, judges: documentJudges(orders, tasks) },
  );
