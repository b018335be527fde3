/** DocumentService v3: what became of an order, as getStatus, getPackagingTaskStatus and getRequestHistory say it. */
import type { DocumentPlace, PackagingTaskStatusInfo, TaskStatusInfo } from '../../../application/api.ts';
import type { OrderEvent } from '../../../domain/order/model.ts';
import { documentUri } from '../../../domain/order/document-address.ts';
import type { WireObject } from '../wire-value.ts';

/** Where replies' URIs point: the host that the caller used, the service that owns the documents. */
export interface Origin {
  readonly baseUrl: string;
  readonly service: string;
}

/** The application lists a document only when it was signed or uploaded: clients take a listed one for signed. */
export function writeTaskStatus(info: TaskStatusInfo, { baseUrl, service }: Origin): WireObject {
  const { requestId, taskId } = info;
  const uri = (documentId: string, which: 'original' | 'sdo', place: DocumentPlace): string =>
    documentUri(
      baseUrl,
      place.kind === 'archive'
        ? { kind: 'archive', service, id: place.archiveId }
        : { kind: 'order', service, requestId, taskId, documentId, which },
    );
  return {
    'request-id': requestId,
    'task-id': taskId,
    'task-status': info.status,
    'client-reference': info.clientReference,
    'client-status': info.clientStatus,
    'document-status': info.documents.map(({ documentId, original, result, formOutputParams }) => ({
      id: documentId,
      'original-uri': uri(documentId, 'original', original ?? { kind: 'order' }),
      'result-uri': result && uri(documentId, 'sdo', result),
      'form-output-param': formOutputParams?.map(({ name, value }) => ({ name, value })),
    })),
  };
}

export const writePackagingTaskStatus = (
  info: PackagingTaskStatusInfo,
  { baseUrl, service }: Origin,
): WireObject => ({
  'request-id': info.requestId,
  'packaging-task-id': info.packagingTaskId,
  'packaging-task-status': info.status,
  'packaging-document-status': info.results.map(({ kind, id }) => ({
    id: info.packagingTaskId,
    'result-uri': documentUri(baseUrl, { kind, service, id }),
  })),
});

export const writeEvent = (event: OrderEvent): WireObject => ({
  event: event.type,
  'event-time': event.at,
  data: event.data,
});
