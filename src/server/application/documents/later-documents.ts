/** Documents whose bytes come later: the results of earlier tasks and packaging, and what signers upload. */
import {
  documentIdOf,
  isUpload,
  listDocuments,
  titleOf,
  type ListedDocument,
} from '../../domain/order/documents.ts';
import type { PackagingResultDocument, ResultDocument } from '../../domain/order/model.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import {
  findOrderDocument,
  insertOrderDocument,
  type DocumentRow,
} from '../../adapters/postgres/orders/order-documents.ts';
import { findTask, listPackagingTasks, type OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { findResult } from '../../adapters/postgres/orders/results.ts';
import { findArchived, findSds } from '../../adapters/postgres/sds.ts';
import { indexDocument } from '../../adapters/postgres/orders/task-index.ts';
import { listUploads } from '../../adapters/postgres/uploads.ts';
import type { FlowContext } from '../context.ts';
import { archive } from './taking-documents.ts';
import type { SigningSession } from '../signing/signing-session.ts';

type OrderIdentity = Pick<OrderRow, 'requestId' | 'service' | 'spec'>;

type Source = Omit<DocumentRow, 'documentId' | 'externalReference' | 'signTextEntry'>;

/**
 * Gives the order's result-documents and packaging-result-documents their bytes, as far as what they come from has
 * ended. Changes nothing for those that have them.
 */
export async function linkResults(
  tx: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  order: OrderIdentity,
): Promise<void> {
  for (const listed of listDocuments(order.spec)) {
    const { spec } = listed;
    if (spec.kind !== 'result' && spec.kind !== 'packaging-result') continue;
    if (await findOrderDocument(tx, order.requestId, listed.documentId)) continue;
    const source =
      spec.kind === 'result'
        ? await resultSource(tx, order, spec)
        : await packagingSource(tx, clock.now(), order, spec);
    if (source) await addDocument(tx, order, listed, source);
  }
}

/** What was signed is its package; what was uploaded is itself. */
async function resultSource(
  tx: Db,
  { requestId }: OrderIdentity,
  { refTaskId: taskId, refDocumentId: documentId }: ResultDocument,
): Promise<Source | undefined> {
  const document = await findOrderDocument(tx, requestId, documentId);
  const task = await findTask(tx, requestId, taskId);
  if (!document || task?.state !== 'completed') return undefined;
  const result = await findResult(tx, { requestId, taskId, documentId });
  if (!result) return document.uploadedIn === taskId ? document : undefined;
  const { sha256, size, contentType, archiveId } = result;
  return { title: document.title, sha256, size, contentType, archiveId };
}

async function packagingSource(
  tx: Db,
  now: Date,
  { requestId, service, spec }: OrderIdentity,
  { refPackagingTaskId }: PackagingResultDocument,
): Promise<Source | undefined> {
  const row = (await listPackagingTasks(tx, requestId)).find(
    ({ packagingTaskId }) => packagingTaskId === refPackagingTaskId,
  );
  if (!row?.resultId) return undefined;
  const found =
    row.resultKind === 'archive'
      ? await findArchived(tx, service, row.resultId)
      : await findSds(tx, service, row.resultId, now);
  if (!found) return undefined;
  const packaging = spec.packagingTasks.find(({ id }) => id === refPackagingTaskId);
  const ids = new Set(packaging?.documents.map(({ documentId }) => documentId));
  const titles = listDocuments(spec)
    .filter(({ documentId }) => ids.has(documentId))
    .map(titleOf);
  return {
    title: titles.join(' · '),
    // it is shown to a signer, who need not know what kind of PDF it is
    contentType: 'application/pdf',
    sha256: found.sha256,
    size: found.size,
    archiveId: row.resultKind === 'archive' ? row.resultId : null,
  };
}

/** What was uploaded in the session becomes the order's, when the session is sent in. */
export async function takeOverUploads(
  tx: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  { session, order, spec: task }: SigningSession,
): Promise<void> {
  const uploads = await listUploads(tx, session.ref);
  for (const listed of uploads.length === 0 ? [] : listDocuments(order.spec)) {
    const upload = uploads.find(({ documentId }) => documentId === listed.documentId);
    const action = task.documentActions.find((one) => documentIdOf(order.spec, one) === listed.documentId);
    if (!upload || action?.type !== 'upload' || !isUpload(order.spec, listed)) continue;
    if (session.progress[listed.documentId]?.skippedAt !== undefined) continue;
    const { sha256, size, contentType } = upload;
    const sendToArchive = 'sendToArchive' in listed.spec && listed.spec.sendToArchive === true;
    const archives = sendToArchive || action.sendResultToArchive === true;
    const archiveId = archives ? await archive(tx, clock.now(), order.service, upload) : null;
    const source = { title: titleOf(listed), sha256, size, contentType, archiveId, uploadedIn: task.id };
    await addDocument(tx, order, listed, source);
  }
}

async function addDocument(
  tx: Db,
  { requestId }: OrderIdentity,
  { documentId, spec }: ListedDocument,
  source: Source,
): Promise<void> {
  await insertOrderDocument(tx, requestId, {
    ...source,
    documentId,
    externalReference: spec.externalReference ?? null,
    signTextEntry: spec.signTextEntry ?? null,
  });
  await indexDocument(
    tx,
    { requestId, documentId },
    {
      'document-description': source.title,
      'mime-type': source.contentType,
      ...(source.archiveId !== null && { 'archive-id': source.archiveId }),
    },
  );
}
