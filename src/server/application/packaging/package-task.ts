/** Makes the sealed packages (LTV-SDO) of a task that was sent in, and completes it. */
import type { AuditEvent, Component, LtvSdoContent } from '@segl/identity/evidence/ltvsdo/content';
import { SEAL_SIGNATURE_POLICY } from '@segl/identity/evidence/ltvsdo/policy';
import { checkLtvSdoSchema } from '@segl/identity/evidence/ltvsdo/schema';
import type { AccountEid } from '@segl/identity/registry';
import type { SigningKey } from '@segl/pki/algorithms/signing-key';
import { sealLtvSdo } from '@segl/identity/evidence/ltvsdo/seal';
import type { Clock } from '@segl/problem/clock';
import { generalProblems } from '@segl/problem/problems';
import { publicId } from '@segl/problem/ids';
import type { RevocationService } from '@segl/pki/revocation/revocation';
import { validateCertificate } from '@segl/pki/revocation/validate';
import type { Db } from '../../adapters/postgres/database.ts';
import type { DocumentRow } from '../../adapters/postgres/orders/order-documents.ts';
import { findOrder, findTask, type OrderRow } from '../../adapters/postgres/orders/orders.ts';
import { insertResult, type ResultRow } from '../../adapters/postgres/orders/results.ts';
import { insertArchived } from '../../adapters/postgres/sds.ts';
import { indexDocument } from '../../adapters/postgres/orders/task-index.ts';
import {
  findSession,
  listAudit,
  listNativeSignatures,
  type AuditEntry,
  type NativeSignatureRow,
  type SessionRow,
} from '../../adapters/postgres/sessions/sessions.ts';
import { asksForNative } from '../../domain/order/sdo-format.ts';
import { apply } from '../lifecycle/apply.ts';
import type { FlowContext } from '../context.ts';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { nativePart, sealPolicy, type NativePart } from './native-part.ts';
import { requirePolicy } from '@segl/identity/evidence/policies';
import { taskDocuments, type TaskDocument } from '../signing/signing-session.ts';
import { clientComponents, serverComponents } from './software.ts';

/** The key that seals, and where its path must end. */
export interface Seal {
  readonly key: SigningKey;
  readonly anchors: readonly Uint8Array[];
}

export interface PackagingContext extends FlowContext {
  readonly seal: Seal;
  readonly revocation: RevocationService;
}

/** Media type of a package, as clients of the contract know it. */
export const LTV_SDO_MEDIA_TYPE = 'application/x-ltv-sdo';

/**
 * Packages every signature of the task, then completes it in one transaction. A task that is not `sent-in` any more
 * is left alone, so running twice changes nothing.
 */
export async function packageTask(
  context: PackagingContext,
  { requestId, taskId }: { requestId: string; taskId: string },
): Promise<void> {
  const { db } = context;
  const order = await findOrder(db, requestId);
  const task = await findTask(db, requestId, taskId);
  const spec = order?.spec.tasks.find(({ id }) => id === taskId);
  if (!order || !spec || task?.state !== 'sent-in' || task.sessionRef === null) return;
  const session = await findSession(db, task.sessionRef);
  if (!session) throw generalProblems.error('INTERNAL', { reference: task.sessionRef });
  const signatures = await listNativeSignatures(db, session.ref);
  const trail = await listAudit(db, session.ref);
  const results: { row: ResultRow; archive: boolean }[] = [];
  for (const signed of await taskDocuments(context, order, spec, session)) {
    const skipped = session.progress[signed.documentId]?.skippedAt !== undefined;
    if (signed.action.type !== 'sign' || skipped) continue;
    const native = signatures.find(({ documentId }) => documentId === signed.documentId);
    // "send in" is refused before every signature is there; should that ever fail, nothing is completed without one
    if (!native || !signed.document) throw generalProblems.error('INTERNAL', { reference: session.ref });
    const row = await sealDocument(context, order, session, signed.document, native, trail);
    results.push({ row: { ...row, requestId, taskId }, archive: archives(signed) });
  }
  const made = results.map(({ row }) => row.documentId);
  await db.transaction(async (tx) => {
    const command = { type: 'sealed', task: taskId, results: made } as const;
    await apply(tx, context, requestId, command, (at) => keepResults(tx, order.service, results, at));
  });
}

async function keepResults(
  tx: Db,
  service: string,
  results: readonly { row: ResultRow; archive: boolean }[],
  at: Date,
): Promise<void> {
  for (const { row, archive } of results) {
    const archiveId = archive ? publicId(at) : null;
    if (archiveId) {
      await insertArchived(tx, { ...row, id: archiveId, service, createdAt: at });
      await indexDocument(tx, row, { 'archive-id': archiveId });
    }
    await insertResult(tx, { ...row, archiveId });
  }
}

/** After the last try: the history says so. The task stays sent in, so that it can be taken up again. */
export async function notePackagingTrouble(
  tx: Db,
  clock: Clock,
  { requestId, taskId }: { requestId: string; taskId: string },
): Promise<void> {
  await apply(tx, { clock }, requestId, { type: 'sealing-failed', task: taskId });
}

const archives = ({ action }: TaskDocument): boolean => action.sendResultToArchive === true;

async function sealDocument(
  context: PackagingContext,
  order: OrderRow,
  session: SessionRow,
  document: DocumentRow,
  native: NativeSignatureRow,
  trail: readonly AuditEntry[],
): Promise<Omit<ResultRow, 'requestId' | 'taskId'>> {
  const { blobs, clock, config, seal, revocation, eid } = context;
  const account = await eid.of(order.service);
  const at = clock.now();
  const { validation } = await validateCertificate({
    leaf: seal.key.certificate,
    intermediates: seal.key.chain,
    anchors: seal.anchors,
    at,
    revocation,
  });
  const { publicUrl } = config;
  const options = { key: seal.key, signingTime: at, validation };
  const own = ownTrail(native, trail, at);
  const input = {
    row: native,
    session,
    bytes: await blobs.read(native.sha256),
    document: () => blobs.read(document.sha256),
    seal: options,
    publicUrl,
  };
  const part = await nativePart(
    account,
    input,
    own.map(({ type }) => type),
  );
  const server = serverComponents(verifiersOf(eid, account, native.method));
  const content = describe(part, session, document, native, own, server);
  requirePolicy(content, account.signers.registry);
  const policy = sealPolicy(SEAL_SIGNATURE_POLICY, publicUrl);
  const sealed = await sealLtvSdo(content, { ...options, policy });
  // the policy demands that the seal is verified before the package leaves the service (S3 to S5)
  verifyPackage(sealed, { sealAnchors: seal.anchors, signers: account.signers });
  checkLtvSdoSchema(sealed);
  const { sha256, size } = await blobs.put(sealed);
  const known = account.signers.registry.format(content.native.format)?.format;
  const { bytes, mimeType } = known?.handedOut?.(content.native.bytes) ?? content.native;
  const keepsNative = asksForNative(order.spec);
  return {
    documentId: document.documentId,
    sha256,
    size,
    contentType: LTV_SDO_MEDIA_TYPE,
    archiveId: null,
    createdAt: at,
    ...(keepsNative && { native: { ...(await blobs.put(bytes)), contentType: mimeType } }),
  };
}

/** Software that verified it, besides the service itself. */
function verifiersOf(
  { catalogue }: FlowContext['eid'],
  { methods, logins }: AccountEid,
  name: string,
): readonly string[] {
  const method = methods.find(name) ?? logins.find(name);
  const verifier = catalogue.modules.find(({ id }) => id === method?.module)?.verifier;
  return verifier === undefined ? [] : [verifier];
}

/** Of this document alone or of the whole session, with the making of the WSD, where there is one, in the order of time. */
function ownTrail(
  { documentId, evidence }: NativeSignatureRow,
  trail: readonly AuditEntry[],
  at: Date,
): readonly AuditEntry[] {
  const ordered = trail
    .filter(({ data }) => data['document-id'] === undefined || data['document-id'] === documentId)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  if (!evidence.witnessed) return ordered;
  const description = 'The service sealed what it witnessed';
  return [
    ...ordered,
    {
      at,
      type: 'created-and-signed-wsd',
      trail: 'verification',
      data: { 'document-id': documentId, description },
    },
  ];
}

/** Everything that the packaging policy wants in the package, from what was kept when it happened. */
function describe(
  { family, uniqueId, ...part }: NativePart,
  session: SessionRow,
  document: DocumentRow,
  native: NativeSignatureRow,
  trail: readonly AuditEntry[],
  server: readonly Component[],
): LtvSdoContent {
  const { evidence, nationalId } = native;
  const { signer, nationalIdKind } = evidence;
  return {
    ...part,
    signer: {
      displayName: signer.displayName,
      uniqueId,
      ...(nationalId !== null && nationalIdKind && { nationalId: { id: nationalId, ...nationalIdKind } }),
      attributes: signer.attributes.map(({ name, value }) => ({ name, value, nameSpace: family })),
    },
    document: {
      mimeType: document.contentType,
      title: document.title,
      sha256: Buffer.from(document.sha256, 'hex'),
    },
    creation: {
      type: family,
      components: [...server, ...clientComponents(evidence.creationClient)],
      transactionId: session.transactionId,
    },
    verification: {
      type: family,
      components: [...server, ...clientComponents(evidence.verificationClient)],
      transactionId: session.transactionId,
    },
    ...(document.externalReference !== null && { externalReference: document.externalReference }),
    creationAuditTrail: trail.filter((entry) => entry.trail !== 'verification').map(auditEvent),
    verificationAuditTrail: trail.filter((entry) => entry.trail === 'verification').map(auditEvent),
  };
}

const auditEvent = ({ at, type, data }: AuditEntry): AuditEvent => ({
  at,
  type,
  data: Object.entries(data)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ name, value })),
});
