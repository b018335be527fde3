/** Makes the PDF of a packaging task: the document, a signature page, the LTV-SDOs attached, sealed as PAdES. */
import { renderSignaturePage } from '../ades/pades/signature-page.ts';
import { signPades } from '../ades/pades/sign.ts';
import { loadTemplate } from '../ades/pades/template.ts';
import { textToPdf } from '../ades/pades/text-document.ts';
import type { Timestamper } from '../ades/signing-key.ts';
import { SeglError } from '../errors.ts';
import { publicId } from '../ids.ts';
import { addDays } from '../orders/lifecycle.ts';
import type { PackagingTaskSpec } from '../orders/model.ts';
import { parseCertificate } from '../pki/certificate.ts';
import type { Db } from '../store/database.ts';
import {
  addEvent,
  endPackagingTask,
  findOrder,
  findOrderDocument,
  listPackagingTasks,
  lockOrder,
  type DocumentRow,
  type OrderRow,
} from '../store/orders.ts';
import { findResult } from '../store/results.ts';
import { insertArchived, insertSds } from '../store/sds.ts';
import { afterPackagingTask } from './completion.ts';
import { verifyEvidencePdf, verifyPackage } from './evidence.ts';
import { notifyPackaging } from './notify.ts';
import { LTV_SDO_MEDIA_TYPE, type PackagingContext } from './package-task.ts';

/** Packaging methods on offer; each is a template. */
export const PACKAGING_METHODS = ['pades'] as const;

const PADES_MEDIA_TYPE = 'application/x-pades';
const TIME_ZONE = 'Europe/Copenhagen';

export interface OrderPackagingContext extends PackagingContext {
  readonly timestamper: Timestamper;
  /** Where the paths of time-stamps must end, DER. */
  readonly tsaAnchors: readonly Uint8Array[];
}

interface PackagingIds {
  readonly requestId: string;
  readonly packagingTaskId: string;
}

/** Makes and stores the PDF and ends the packaging task. One that has ended is left alone. */
export async function packageOrder(context: OrderPackagingContext, ids: PackagingIds): Promise<void> {
  const { db, blobs, clock, config } = context;
  const order = await findOrder(db, ids.requestId);
  const packaging = order?.spec.packagingTasks.find(({ id }) => id === ids.packagingTaskId);
  if (!order || !packaging || !(await isDue(context, ids))) return;
  const pdf = await makePdf(context, order, packaging);
  const { sha256, size } = await blobs.put(pdf);
  await db.transaction(async (tx) => {
    const locked = await lockOrder(tx, ids.requestId);
    if (!locked || locked.deletedAt) return;
    const at = clock.now();
    const row = {
      id: publicId(at),
      service: order.service,
      sha256,
      size,
      contentType: PADES_MEDIA_TYPE,
      createdAt: at,
    };
    const kind = packaging.sendToArchive === true ? 'archive' : 'sds';
    if (!(await endPackagingTask(tx, ids, { state: 'completed', kind, id: row.id }))) return;
    if (kind === 'archive') await insertArchived(tx, row);
    else await insertSds(tx, { ...row, expiresAt: addDays(at, config.sdsDays) });
    await addEvent(tx, {
      requestId: ids.requestId,
      type: 'packaging-task-completed',
      at,
      data: packaging.id,
    });
    await notifyPackaging(tx, clock, ids.requestId, order.spec, packaging.id);
    await afterPackagingTask(tx, context, locked);
  });
}

/** After the last try: the packaging task is failed, and says so. */
export async function failPackagingTask(
  tx: Db,
  { clock }: Pick<PackagingContext, 'clock'>,
  ids: PackagingIds,
): Promise<void> {
  const order = await lockOrder(tx, ids.requestId);
  if (!order || !(await endPackagingTask(tx, ids, { state: 'failed' }))) return;
  const { requestId, packagingTaskId } = ids;
  await addEvent(tx, { requestId, type: 'packaging-task-failed', at: clock.now(), data: packagingTaskId });
  await notifyPackaging(tx, clock, requestId, order.spec, packagingTaskId);
  await afterPackagingTask(tx, { clock }, order);
}

async function isDue({ db }: PackagingContext, ids: PackagingIds): Promise<boolean> {
  const tasks = await listPackagingTasks(db, ids.requestId);
  return tasks.some(
    ({ packagingTaskId, state }) => packagingTaskId === ids.packagingTaskId && state === 'created',
  );
}

async function makePdf(
  context: OrderPackagingContext,
  order: OrderRow,
  packaging: PackagingTaskSpec,
): Promise<Uint8Array> {
  const { db, blobs, clock, seal, timestamper, signerAnchors, tsaAnchors } = context;
  const documentId = packaging.documents[0]?.documentId ?? '';
  const document = await findOrderDocument(db, order.requestId, documentId);
  if (!document) throw new SeglError('INTERNAL', { reference: order.requestId });
  const packages: { bytes: Uint8Array; createdAt: Date }[] = [];
  for (const entry of packaging.documents) {
    const result = await findResult(db, { requestId: order.requestId, ...entry });
    // a signer may have skipped an optional document
    if (result) packages.push({ bytes: await blobs.read(result.sha256), createdAt: result.createdAt });
  }
  const trust = { sealAnchors: seal.anchors, signerAnchors };
  const contents = packages.map(({ bytes }) => verifyPackage(bytes, trust).content);
  const sealedAt = clock.now();
  const sealedBy = parseCertificate(seal.key.certificate).commonName;
  const language = (order.spec.language ?? 'da').startsWith('en') ? 'en' : 'da';
  const template = await loadTemplate('standard');
  const page = await renderSignaturePage(template, {
    language,
    title: document.title,
    requestId: order.requestId,
    documents: [{ title: document.title, sha256: document.sha256, mimeType: document.contentType }],
    signers: contents.map(({ signer, signature }) => ({
      name: signer.displayName,
      method: signature.typeFriendlyName,
      identifier: signer.uniqueId,
      signedAt: signature.signingTime,
      nationalIdVerified: signer.nationalId !== undefined,
    })),
    sealedBy,
    sealedAt,
    timeZone: TIME_ZONE,
  });
  const pdf = await signPades({
    pdf: await asPdf(document, await blobs.read(document.sha256)),
    page,
    attachments: packages.map(({ bytes, createdAt }, index) => ({
      name: `ltv-sdo-${index + 1}.xml`,
      description: `LTV-SDO: ${contents[index]!.signer.displayName}`,
      mimeType: LTV_SDO_MEDIA_TYPE,
      bytes,
      modified: createdAt,
    })),
    key: seal.key,
    signerName: sealedBy,
    signingTime: sealedAt,
    timestamper,
  });
  verifyEvidencePdf(pdf, { sealAnchors: seal.anchors, tsaAnchors });
  return pdf;
}

async function asPdf(document: DocumentRow, bytes: Uint8Array): Promise<Uint8Array> {
  if (document.contentType.startsWith('application/pdf')) return bytes;
  const charset = /charset="?([^";\s]+)/i.exec(document.contentType)?.[1] ?? 'utf-8';
  return textToPdf(new TextDecoder(charset).decode(bytes), { title: document.title });
}
