import type { OrderDesk, TaskDesk } from '../../../application/api.ts';
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

const orderOperations = (desk: OrderDesk): Record<string, Operation> => ({
  createRequest: async ({ input, account }) => {
    const { requestIds, artifact } = await desk.createRequests(
      account,
      partsOf(input, 'request').map(readOrder),
    );
    return { 'request-id': requestIds, artifact };
  },
  getRequest: async ({ input, account }) => ({
    request: writeOrder(await desk.getRequest(account, requestIdOf(input))),
  }),
  getStatus: async (call) => {
    const infos = await desk.getStatus(call.account, textsOf(call.input, 'request-id'));
    return { 'task-status-info': infos.map((info) => writeTaskStatus(info, originOf(call))) };
  },
  getRequestHistory: async ({ input, account }) => {
    const events = await desk.getRequestHistory(account, requestIdOf(input), taskIdOf(input));
    return { event: events.map(writeEvent) };
  },
  getPackagingTaskStatus: async (call) => {
    const infos = await desk.getPackagingTaskStatus(call.account, textsOf(call.input, 'request-id'));
    return {
      'packaging-task-status-info': infos.map((info) => writePackagingTaskStatus(info, originOf(call))),
    };
  },
  createArtifact: async ({ input, account }) => ({
    artifact: await desk.createArtifact(account, requestIdOf(input), taskIdOf(input)),
  }),
  deleteRequest: async ({ input, account }) => ({
    deleted: await desk.deleteRequests(account, textsOf(input, 'request-id')),
  }),
});

const taskOperations = (desk: TaskDesk): Record<string, Operation> => ({
  addTask: async ({ input, account }) => {
    const { artifact } = await desk.addTask(
      account,
      requestIdOf(input),
      readTask(requiredPart(input, 'task')),
    );
    return { artifact };
  },
  disableTask: async ({ input, account }) => {
    await desk.disableTask(account, requestIdOf(input), taskIdOf(input));
    return undefined;
  },
  addNotification: async ({ input, account }) => {
    const notification = readNotification(requiredPart(input, 'notification'));
    await desk.addNotification(account, requestIdOf(input), filledText(input, 'task-id'), notification);
    return undefined;
  },
  disableNotification: async ({ input, account }) => {
    const ids = textsOf(input, 'notification-id');
    await desk.disableNotification(account, requestIdOf(input), filledText(input, 'task-id'), ids);
    return undefined;
  },
  getTask: async ({ input, account }) => ({
    task: writeTask(await desk.getTask(account, requestIdOf(input), taskIdOf(input))),
  }),
  findTasks: async ({ input, account }) => {
    const filter = readFilter(requiredPart(input, 'filter'));
    return { task: (await desk.findTasks(account, filter, readPaging(input))).map(writeTaskInfo) };
  },
  getTaskCount: async ({ input, account }) => ({
    count: await desk.countTasks(account, readFilter(requiredPart(input, 'filter'))),
  }),
  setClientStatus: async ({ input, account }) => {
    const status = requiredText(input, 'client-status');
    await desk.setClientStatus(account, requestIdOf(input), taskIdOf(input), status);
    return undefined;
  },
  createUserSession: async ({ input, account }) => {
    const session = readUserSession(requiredPart(input, 'user-session'));
    const { userSessionId, artifact } = await desk.createUserSession(account, session);
    return { 'user-session-id': userSessionId, artifact };
  },
});

/** DocumentService v3, schema revision C: all 16 operations. */
export const documentServiceV3 = (orders: OrderDesk, tasks: TaskDesk): SoapService =>
  soapService(
    'documentservice-v3',
    orders,
    { ...orderOperations(orders), ...taskOperations(tasks) },
    { mayBeMissing: loginWithoutMethod, judges: documentJudges(orders, tasks) },
  );
