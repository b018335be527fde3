/** Everything about an order in one file, which anybody can verify without us and without a network. */
import { readFile } from 'node:fs/promises';
import { writeContainer, type ContainerFile } from '@segl/ades/asic/container';
import type { ValidationData } from '@segl/pki/revocation/validation-data';
import { serverProblems } from '../../problems.ts';
import { projectFile, webFile } from '../../paths.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { listFilledForms } from '../../adapters/postgres/orders/filled-forms.ts';
import { listOrderDocuments } from '../../adapters/postgres/orders/order-documents.ts';
import {
  findOrder,
  listEvents,
  listPackagingTasks,
  listTasks,
  type OrderRow,
} from '../../adapters/postgres/orders/orders.ts';
import { findPreserved } from '../../adapters/postgres/preservation.ts';
import { listResults } from '../../adapters/postgres/orders/results.ts';
import { findArchived, findSds } from '../../adapters/postgres/sds.ts';
import { verifyPackage } from '@segl/identity/evidence/verify';
import { longTermOf, type PdfContext } from './make-pdf.ts';
import { LTV_SDO_MEDIA_TYPE } from './package-task.ts';
import { SEGL_VERSION } from './software.ts';

const SCRIPTS = ['bytes.js', 'asn1.js', 'xmldsig.js', 'pdf.js', 'checks.js', 'page.js'];

const extensions: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'application/x-pades': 'pdf',
  'application/x-xades': 'xml',
  'application/xml': 'xml',
  'text/xml': 'xml',
  'text/plain': 'txt',
};

const mediaType = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase();
const extension = (contentType: string): string => extensions[mediaType(contentType)] ?? 'bin';
const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
const number = (index: number): string => String(index + 1).padStart(2, '0');

/** Files of a container under construction; equal bytes of validation data are kept once. */
class Files {
  readonly all: ContainerFile[] = [];
  readonly #known = new Set<string>();

  add(name: string, mimeType: string, bytes: Uint8Array): void {
    this.all.push({ name, mimeType, bytes });
  }

  addOnce(folder: string, ending: string, mimeType: string, list: readonly Uint8Array[]): void {
    for (const bytes of list) {
      const key = `${folder} ${Buffer.from(bytes).toString('base64')}`;
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      const count = [...this.#known].filter((one) => one.startsWith(`${folder} `)).length;
      this.add(`${folder}-${number(count - 1)}.${ending}`, mimeType, bytes);
    }
  }

  addValidation({ certificates, ocsps, crls }: ValidationData): void {
    this.addOnce('validation/certificate', 'cer', 'application/pkix-cert', certificates);
    this.addOnce('validation/ocsp', 'der', 'application/ocsp-response', ocsps);
    this.addOnce('validation/revocation-list', 'crl', 'application/pkix-crl', crls);
  }
}

/**
 * An ASiC-E container, sealed at B-LTA: originals, packages, native signatures, PAdES or XAdES, proofs of preservation,
 * validation data, trust anchors, history, and a page that verifies it. Every package is verified first. Throws
 * REQUEST_UNKNOWN, EVIDENCE_MISSING when nothing was signed or it is deleted, and what verifyPackage and sealing throw.
 */
export async function makeEvidenceFile(
  context: PdfContext,
  requestId: string,
  service?: string,
): Promise<Uint8Array> {
  const { db, seal, clock, eid, tsaAnchors } = context;
  const order = await findOrder(db, requestId, service);
  if (!order) throw serverProblems.error('REQUEST_UNKNOWN', { requestId });
  const { signers, signerAnchors } = await eid.of(order.service);
  const files = new Files();
  files.add('verify.html', 'text/html', await verifierPage());
  files.add('README.txt', 'text/plain', await readFile(projectFile('templates', 'evidence', 'README.txt')));
  files.add('history.json', 'application/json', json(await db.snapshot((tx) => history(tx, order))));
  await addDocuments(context, files, requestId);
  const packages = await addPackages(context, files, requestId, {
    sealAnchors: seal.anchors,
    signers,
  });
  if (packages === 0) throw serverProblems.error('EVIDENCE_MISSING', { requestId });
  await addSealed(context, files, order);
  files.addOnce('anchors/seal', 'cer', 'application/pkix-cert', seal.anchors);
  files.addOnce('anchors/time-stamp', 'cer', 'application/pkix-cert', tsaAnchors);
  files.addOnce('anchors/signer', 'cer', 'application/pkix-cert', signerAnchors);
  return writeContainer(files.all, {
    key: seal.key,
    signingTime: clock.now(),
    services: longTermOf(context),
  });
}

async function history(db: Db, order: OrderRow): Promise<unknown> {
  const { requestId, service, createdAt, completedAt } = order;
  const tasks = [];
  for (const { taskId, state, startedAt, sentInAt, completedAt: ended } of await listTasks(db, requestId)) {
    const events = await listEvents(db, requestId, taskId);
    tasks.push({ taskId, state, startedAt, sentInAt, completedAt: ended, events });
  }
  return { requestId, service, createdAt, completedAt, tasks, writtenBy: `Segl ${SEGL_VERSION}` };
}

async function addDocuments({ db, blobs }: PdfContext, files: Files, requestId: string): Promise<void> {
  const known = new Set<string>();
  const all = [...(await listOrderDocuments(db, requestId))].map(({ sha256, contentType }) => ({
    sha256,
    contentType,
  }));
  for (const { sha256 } of await listFilledForms(db, requestId)) {
    all.push({ sha256, contentType: 'application/pdf' });
  }
  for (const { sha256, contentType } of all) {
    if (known.has(sha256)) continue;
    const name = `documents/document-${number(known.size)}.${extension(contentType)}`;
    known.add(sha256);
    files.add(name, mediaType(contentType), await blobs.read(sha256));
  }
}

async function addPackages(
  { db, blobs }: PdfContext,
  files: Files,
  requestId: string,
  trust: Parameters<typeof verifyPackage>[1],
): Promise<number> {
  const results = await listResults(db, requestId);
  results.sort((a, b) => (a.taskId + a.documentId < b.taskId + b.documentId ? -1 : 1));
  for (const [index, { sha256, archiveId }] of results.entries()) {
    const bytes = await blobs.read(sha256);
    const { content, seal } = verifyPackage(bytes, trust);
    files.add(`packages/ltv-sdo-${number(index)}.xml`, LTV_SDO_MEDIA_TYPE, bytes);
    const ending = content.native.mimeType.includes('xml') ? 'xml' : 'bin';
    files.add(`natives/native-${number(index)}.${ending}`, content.native.mimeType, content.native.bytes);
    files.addValidation(content.native.validation);
    files.addValidation(seal);
    const proof = archiveId === null ? null : (await findPreserved(db, archiveId))?.proofSha256;
    if (proof) {
      files.add(`preservation/proof-${number(index)}.xml`, 'application/x-xades', await blobs.read(proof));
    }
  }
  return results.length;
}

/** What packaging tasks made, where it is still there: session data storage forgets. */
async function addSealed({ db, blobs, clock }: PdfContext, files: Files, order: OrderRow): Promise<void> {
  const { requestId, service } = order;
  let count = 0;
  for (const { resultKind, resultId } of await listPackagingTasks(db, requestId)) {
    if (resultKind === null || resultId === null) continue;
    const row =
      resultKind === 'archive'
        ? await findArchived(db, service, resultId)
        : await findSds(db, service, resultId, clock.now());
    if (!row) continue;
    const name = `sealed/sealed-${number(count)}.${extension(row.contentType)}`;
    count += 1;
    files.add(name, row.contentType, await blobs.read(row.sha256));
  }
}

/** One static page with everything inside: what verifies evidence in ten years must not need another file. */
export async function verifierPage(): Promise<Uint8Array> {
  const script = (await Promise.all(SCRIPTS.map((name) => readFile(webFile('evidence', name), 'utf8')))).join(
    '\n',
  );
  const page = await readFile(projectFile('templates', 'evidence', 'page.html'), 'utf8');
  return Buffer.from(page.replace('/* SCRIPT */', () => script));
}
