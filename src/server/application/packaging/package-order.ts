/** Carries out the packaging tasks of an order: one PDF each, of the documents that it names and their packages. */
import { IncrementalFile } from '@segl/ades/pades/incremental-file';
import { generalProblems } from '@segl/problem/problems';
import { publicId } from '@segl/problem/ids';
import { packagingMethodOf } from '../../domain/order/packaging-methods.ts';
import type { PackagingTaskSpec } from '../../domain/order/model.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { listFilledForms } from '../../adapters/postgres/orders/filled-forms.ts';
import { findOrderDocument } from '../../adapters/postgres/orders/order-documents.ts';
import { findOrder, listPackagingTasks, type OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { findResult } from '../../adapters/postgres/orders/results.ts';
import { apply } from '../lifecycle/apply.ts';
import { verifyPackage } from '@segl/identity/evidence/verify';
import {
  storeEvidence,
  pageLanguage,
  type OpenedPackage,
  type Original,
  type PdfContext,
} from './make-pdf.ts';
import { makeEvidence } from './make-evidence.ts';
import { methodOfService } from './service-templates.ts';
import type { PackagingContext } from './package-task.ts';

interface PackagingIds {
  readonly requestId: string;
  readonly packagingTaskId: string;
}

/**
 * Makes and stores the PDF and ends the packaging task. One that has ended is left alone; one for which nobody signed
 * anything is failed. Throws PACKAGING_METHOD_UNKNOWN for a method that the settings no longer have.
 */
export async function packageOrder(context: PdfContext, ids: PackagingIds): Promise<void> {
  const { db, blobs, clock } = context;
  const order = await findOrder(db, ids.requestId);
  const packaging = order?.spec.packagingTasks.find(({ id }) => id === ids.packagingTaskId);
  if (!order || !packaging || !(await isDue(context, ids))) return;
  const { originals, packages } = await collect(context, order, packaging);
  if (packages.length === 0) return db.transaction((tx) => failPackagingTask(tx, context, ids));
  const { requestId } = order;
  // one that the settings no longer have is not made into another: what was ordered is a promise to somebody
  const offered = packagingMethodOf(context.config, packaging.method);
  const method = await methodOfService(db, order.service, packaging.method, offered);
  const { profile } = order.spec;
  const made = await makeEvidence(context, method, {
    language: pageLanguage(order.spec.language),
    requestId,
    ...(profile !== undefined && { profile }),
    originals,
    packages,
  });
  const { sha256, size } = await blobs.put(made.bytes);
  await db.transaction(async (tx) => {
    const id = publicId(clock.now());
    const kind = packaging.sendToArchive === true ? 'archive' : 'sds';
    const { contentType } = made;
    const { service } = order;
    const command = { type: 'packaged', packaging: packaging.id, result: { kind, id } } as const;
    await apply(tx, context, requestId, command, (createdAt) =>
      storeEvidence(tx, context, kind, { id, service, contentType, sha256, size, createdAt }),
    );
  });
}

/** After the last try: the packaging task is failed, and says so. */
export async function failPackagingTask(
  tx: Db,
  context: Pick<PackagingContext, 'clock'>,
  { requestId, packagingTaskId: packaging }: PackagingIds,
): Promise<void> {
  await apply(tx, context, requestId, { type: 'packaging-failed', packaging });
}

async function isDue({ db }: PackagingContext, ids: PackagingIds): Promise<boolean> {
  const tasks = await listPackagingTasks(db, ids.requestId);
  return tasks.some(
    ({ packagingTaskId, state }) => packagingTaskId === ids.packagingTaskId && state === 'created',
  );
}

/** What was signed of the documents that the packaging task names: signers may have skipped optional ones. */
async function collect(
  { db, blobs, seal, eid }: PdfContext,
  { requestId, service }: OrderRow,
  packaging: PackagingTaskSpec,
): Promise<{ originals: Original[]; packages: OpenedPackage[] }> {
  const { signers } = await eid.of(service);
  const originals = new Map<string, Original>();
  const packages: OpenedPackage[] = [];
  const forms = await listFilledForms(db, requestId);
  for (const entry of packaging.documents) {
    const result = await findResult(db, { requestId, ...entry });
    if (!result) continue;
    const document = await findOrderDocument(db, requestId, entry.documentId);
    if (!document) throw generalProblems.error('INTERNAL', { reference: requestId });
    const { title, contentType } = document;
    const filled = forms.find((row) => row.taskId === entry.taskId && row.documentId === entry.documentId);
    const { sha256 } = filled ?? document;
    if (!originals.has(sha256)) {
      const file = await IncrementalFile.read((allocate) => blobs.read(sha256, allocate));
      originals.set(sha256, { title, contentType, sha256, file });
    }
    const bytes = await blobs.read(result.sha256);
    packages.push({ bytes, verified: verifyPackage(bytes, { sealAnchors: seal.anchors, signers }) });
  }
  return { originals: [...originals.values()], packages };
}
