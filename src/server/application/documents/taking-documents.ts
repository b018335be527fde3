/** Documents of an order as it comes in: found or stored, judged, and put into the archive where that is asked for. */
import { createHash } from 'node:crypto';
import { checkPdf } from '@segl/ades/pdf/check';
import { codePointOf, judgeText, MAX_NAMED } from '@segl/identity/shown-text';
import { isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';
import { publicId } from '@segl/problem/ids';
import type { Account } from '../../domain/order/account.ts';
import { listDocuments, titleOf, usesOf, type ListedDocument } from '../../domain/order/documents.ts';
import { addDays } from '../../domain/lifecycle/lifecycle.ts';
import type { OrderSpec } from '../../domain/order/model.ts';
import { largestSigned } from '../../domain/order/size-limits.ts';
import { invalidValues, type InvalidValue } from '../../domain/order/invalid-value.ts';
import { orderProblems } from '../../domain/order/problems.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import type { DocumentRow } from '../../adapters/postgres/orders/order-documents.ts';
import {
  findArchived,
  findSds,
  holdArchived,
  insertArchived,
  touchSds,
  type StoredBytes,
} from '../../adapters/postgres/sds.ts';
import type { FontSet } from '../../documents/page/text/fonts.ts';
import { undrawable } from '../../documents/page/text-document.ts';
import type { FlowContext } from '../context.ts';
import { judgeForm } from './forms.ts';

const mediaTypeOf = (contentType: string): string => contentType.split(';')[0]?.trim().toLowerCase() ?? '';

/** Our own PDFs have a media type that says how they came about; to a signer they are PDFs. */
const asShown = (contentType: string): string =>
  mediaTypeOf(contentType) === 'application/x-pades' ? 'application/pdf' : contentType;

/**
 * Finds those of the order's documents that have bytes by now, and judges them; what is wrong is added to `problems`.
 * Nothing is stored yet (`storeProvided`). `isNew`: whether a document came with this call; the others are left out.
 */
export async function takeDocuments(
  context: FlowContext,
  account: Account,
  order: OrderSpec,
  problems: InvalidValue[],
  isNew: (listed: ListedDocument) => boolean = () => true,
): Promise<DocumentRow[]> {
  const rows: DocumentRow[] = [];
  for (const listed of listDocuments(order).filter(isNew)) {
    const found = await findDocument(context, account, listed, problems);
    if (!found) continue;
    const uses = usesOf(order, listed.documentId);
    const limit = largestSigned(context.config.maxDocumentBytes);
    if (uses.includes('sign') && found.size > limit) {
      const problem = orderProblems.of('document/too-large-to-sign', { limit });
      problems.push({ element: partOf(listed, 'bytes'), problem });
      continue;
    }
    const given = listed.spec.kind === 'provided' ? listed.spec.data : undefined;
    const wrong = await judgeDocument(context, found, {
      viewedOnly: uses.every((use) => use === 'view'),
      isRewritten: listed.spec.form !== undefined,
      bytes: given,
    });
    if (wrong) problems.push({ element: partOf(listed, wrong.of), problem: wrong.problem });
    else if (listed.spec.form) {
      problems.push(...(await judgeForm(context, listed, listed.spec.form, found, given)));
    }
    rows.push(found);
  }
  return rows;
}

/** Puts the bytes that came with the call into the blob store, once the whole call is known to be sound. */
export async function storeProvided(
  { blobs }: FlowContext,
  order: OrderSpec,
  isNew: (listed: ListedDocument) => boolean = () => true,
): Promise<void> {
  for (const listed of listDocuments(order)) {
    const { spec } = listed;
    if (spec.kind === 'provided' && spec.data && isNew(listed)) await blobs.put(spec.data);
  }
}

/** The element that says what is wrong: the media type or the bytes of a document are where its kind has them. */
function partOf({ element, spec }: ListedDocument, of: 'type' | 'bytes'): string {
  if (spec.kind === 'sds') return `${element}/@ref-sds-id`;
  if (spec.kind === 'archive') return `${element}/@ref-archive-id`;
  return `${element}/${of === 'type' ? '@mime-type' : 'data'}`;
}

async function findDocument(
  { db, clock, config }: FlowContext,
  account: Account,
  listed: ListedDocument,
  problems: InvalidValue[],
): Promise<DocumentRow | undefined> {
  const { documentId, spec, element } = listed;
  const take = (found: StoredBytes, archiveId: string | null = null): DocumentRow => ({
    documentId,
    title: titleOf(listed),
    contentType: asShown(found.contentType),
    sha256: found.sha256,
    size: found.size,
    externalReference: spec.externalReference ?? null,
    signTextEntry: spec.signTextEntry ?? null,
    archiveId,
  });
  switch (spec.kind) {
    case 'sds': {
      const found = await findSds(db, account.service, spec.refSdsId, clock.now());
      if (!found) problems.push(goneFromSds(element, spec.refSdsId));
      return found && take(found);
    }
    case 'archive': {
      const found = await findArchived(db, account.service, spec.refArchiveId);
      if (!found) problems.push(goneFromArchive(element, spec.refArchiveId));
      return found && take(found, spec.refArchiveId);
    }
    case 'provided': {
      if (!spec.data || spec.data.length === 0) {
        problems.push({ element: `${element}/data`, problem: orderProblems.of('document/data-missing') });
        return undefined;
      }
      const limit = config.maxDocumentBytes;
      if (spec.data.length > limit) {
        const problem = orderProblems.of('document/too-large', { limit, setting: 'MAX_DOCUMENT_BYTES' });
        problems.push({ element: `${element}/data`, problem });
        return undefined;
      }
      const sha256 = createHash('sha256').update(spec.data).digest('hex');
      return take({ sha256, size: spec.data.length, contentType: spec.mimeType });
    }
    case 'upload':
    case 'result':
    case 'packaging-result':
    case 'bare':
      // the bytes come later: from a signer, or with the result of an earlier task
      return undefined;
  }
}

/**
 * Undefined when the document can be shown and signed; else what is wrong with its media type or its bytes. A package
 * can be looked at only. `isRewritten`: it is a form, of which a new PDF is made. `bytes`: absent, they are in the blob store.
 */
export async function judgeDocument(
  { blobs, fonts }: Pick<FlowContext, 'blobs' | 'fonts'>,
  document: Pick<DocumentRow, 'documentId' | 'contentType' | 'sha256' | 'size'>,
  options: { viewedOnly?: boolean; isRewritten?: boolean; bytes?: Uint8Array | undefined } = {},
): Promise<{ of: 'type' | 'bytes'; problem: Problem } | undefined> {
  const { documentId, contentType, sha256, size } = document;
  const { viewedOnly = false, isRewritten = false, bytes } = options;
  const mimeType = mediaTypeOf(contentType);
  const allowed = ['application/pdf', 'text/plain', ...(viewedOnly ? ['application/x-ltv-sdo'] : [])];
  // the media type goes out again as a header, so it must be one
  if (!allowed.includes(mimeType) || !/^[\x20-\x7e]*$/.test(contentType)) {
    const problem = orderProblems.of('document/media-type', { mediaType: contentType, allowed });
    return { of: 'type', problem };
  }
  if (size === 0) return { of: 'bytes', problem: orderProblems.of('document/empty') };
  const content = bytes ?? (await blobs.read(sha256));
  try {
    if (mimeType === 'application/pdf') checkPdf(content, { isRewritten });
    if (mimeType === 'text/plain')
      judgeDrawable(judgeText(documentId, contentType, content), document, fonts);
    return undefined;
  } catch (error) {
    if (isSeglError(error) && error.fault === 'Client')
      return { of: 'bytes', problem: orderProblems.of('document/refused', { why: error.problem }) };
    throw error;
  }
}

/** A text is sealed as a PDF, in which no box may stand for what was signed. Throws TEXT_UNDRAWABLE. */
function judgeDrawable(text: string, { documentId }: Pick<DocumentRow, 'documentId'>, fonts: FontSet): void {
  const missing = undrawable(text, fonts);
  if (missing.length === 0) return;
  const characters = missing
    .slice(0, MAX_NAMED)
    .map((character) => `${character} (${Array.from(character, codePointOf).join(' ')})`);
  throw serverProblems.error('TEXT_UNDRAWABLE', { document: documentId, characters });
}

/** What an order refers to was judged before this transaction: what was deleted since has no bytes for it. */
export async function keepReferenced(
  tx: Db,
  { clock, config }: FlowContext,
  { service }: Account,
  documents: readonly ListedDocument[],
): Promise<void> {
  const expiresAt = addDays(clock.now(), config.sdsDays);
  const references = documents.flatMap(({ spec, element }) => {
    if (spec.kind === 'sds')
      return {
        id: spec.refSdsId,
        element,
        keep: () => touchSds(tx, spec.refSdsId, expiresAt),
        gone: goneFromSds,
      };
    if (spec.kind === 'archive')
      return {
        id: spec.refArchiveId,
        element,
        keep: () => holdArchived(tx, service, spec.refArchiveId),
        gone: goneFromArchive,
      };
    return [];
  });
  // always in the same order, so that two callers never wait for each other's rows
  for (const { id, element, keep, gone } of references.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (await keep()) continue;
    throw serverProblems.error('ORDER_INVALID', { problems: invalidValues([gone(element, id)]) });
  }
}

/** Puts originals into the archive that are to be there; gives the documents with their ids in it. */
export async function archiveOriginals(
  tx: Db,
  { clock }: FlowContext,
  account: Account,
  order: OrderSpec,
  documents: readonly DocumentRow[],
): Promise<DocumentRow[]> {
  const wanted = new Set(
    listDocuments(order)
      .filter(({ spec }) => 'sendToArchive' in spec && spec.sendToArchive === true)
      .map(({ documentId }) => documentId),
  );
  const rows: DocumentRow[] = [];
  for (const row of documents) {
    const archiveId = wanted.has(row.documentId)
      ? await archive(tx, clock.now(), account.service, row)
      : row.archiveId;
    rows.push({ ...row, archiveId });
  }
  return rows;
}

/** Puts a document into the archive; answers its id there. */
export async function archive(
  tx: Db,
  at: Date,
  service: string,
  { sha256, size, contentType }: StoredBytes,
): Promise<string> {
  const id = publicId(at);
  await insertArchived(tx, { id, service, sha256, size, contentType, createdAt: at });
  return id;
}

const goneFromSds = (element: string, id: string): InvalidValue => ({
  element: `${element}/@ref-sds-id`,
  problem: orderProblems.of('document/not-in-sds', { id }),
});

const goneFromArchive = (element: string, id: string): InvalidValue => ({
  element: `${element}/@ref-archive-id`,
  problem: orderProblems.of('document/not-in-archive', { id }),
});
