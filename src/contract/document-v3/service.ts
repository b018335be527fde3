import type { OrderDesk } from '../../orders/desk.ts';
import { projectFile } from '../../paths.ts';
import type { Operation, SoapService } from '../service.ts';
import { partsOf, requiredText, textsOf } from '../wire-value.ts';
import { loadWsdl } from '../wsdl.ts';
import { readOrder } from './read-order.ts';
import { writeOrder } from './write-order.ts';
import { writeEvent, writePackagingTaskStatus, writeTaskStatus } from './write-status.ts';

/** DocumentService v3, schema revision C, on the order desk. */
export function documentServiceV3(desk: OrderDesk): SoapService {
  const operations: Record<string, Operation> = {
    createRequest: async ({ input, account }) => {
      const { requestIds, artifact } = await desk.createRequests(
        account,
        partsOf(input, 'request').map(readOrder),
      );
      return { 'request-id': requestIds, artifact };
    },
    getRequest: async ({ input, account }) => ({
      request: writeOrder(await desk.getRequest(account, requiredText(input, 'request-id'))),
    }),
    getStatus: async ({ input, account, baseUrl }) => {
      const infos = await desk.getStatus(account, textsOf(input, 'request-id'));
      const origin = { baseUrl, service: account.service };
      return { 'task-status-info': infos.map((info) => writeTaskStatus(info, origin)) };
    },
    getRequestHistory: async ({ input, account }) => {
      const events = await desk.getRequestHistory(
        account,
        requiredText(input, 'request-id'),
        requiredText(input, 'task-id'),
      );
      return { event: events.map(writeEvent) };
    },
    getPackagingTaskStatus: async ({ input, account, baseUrl }) => {
      const infos = await desk.getPackagingTaskStatus(account, textsOf(input, 'request-id'));
      const origin = { baseUrl, service: account.service };
      return {
        'packaging-task-status-info': infos.map((info) => writePackagingTaskStatus(info, origin)),
      };
    },
    createArtifact: async ({ input, account }) => ({
      artifact: await desk.createArtifact(
        account,
        requiredText(input, 'request-id'),
        requiredText(input, 'task-id'),
      ),
    }),
    deleteRequest: async ({ input, account }) => ({
      deleted: await desk.deleteRequests(account, textsOf(input, 'request-id')),
    }),
  };
  return {
    path: '/ws/documentservice-v3',
    wsdl: loadWsdl(projectFile('wsdl', 'documentservice-v3.wsdl')),
    operations: new Map(Object.entries(operations)),
    // `<authentication artifact="true"/>` alone is what clients send for single sign-on
    mayBeMissing: new Set(['authentication/method']),
    authenticate: (service, password) => desk.authenticate(service, password),
  };
}
