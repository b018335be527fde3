/** Documents in and out: session data storage, originals and results of orders, the archive. */
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeglError } from '../errors.ts';
import { publicId } from '../ids.ts';
import type { Account, DocumentDesk, StoredDocument } from '../orders/desk.ts';
import { documentIdOf } from '../orders/documents.ts';
import { addDays } from '../orders/lifecycle.ts';
import { findOrder, findOrderDocument, findTask } from '../store/orders.ts';
import { findResult } from '../store/results.ts';
import { deleteSds, findArchived, findSds, insertSds, type StoredBytes } from '../store/sds.ts';
import type { FlowContext } from './context.ts';

/** How long a download waits for a package that is being made, and how often it looks. */
const PATIENCE_MS = 10_000;
const LOOK_EVERY_MS = 100;

export class StoringFlow implements DocumentDesk {
  readonly #context: FlowContext;

  constructor(context: FlowContext) {
    this.#context = context;
  }

  authenticate(service: string, password: string): Promise<Account> {
    return this.#context.authenticator.check(service, password);
  }

  #stored({ sha256, size, contentType }: StoredBytes): StoredDocument {
    return { contentType, size, open: () => this.#context.blobs.open(sha256) };
  }

  async putSds(account: Account, contentType: string, body: Readable): Promise<string> {
    const { db, blobs, clock, config } = this.#context;
    const { sha256, size } = await blobs.put(body, config.maxDocumentBytes);
    const createdAt = clock.now();
    const id = publicId(createdAt);
    const expiresAt = addDays(createdAt, config.sdsDays);
    await insertSds(db, { id, service: account.service, sha256, size, contentType, createdAt, expiresAt });
    return id;
  }

  async getSds(account: Account, id: string): Promise<StoredDocument> {
    const row = await findSds(this.#context.db, account.service, id, this.#context.clock.now());
    if (!row) throw new SeglError('SDS_UNKNOWN', { id });
    return this.#stored(row);
  }

  async deleteSds(account: Account, id: string): Promise<void> {
    if (!(await deleteSds(this.#context.db, account.service, id))) throw new SeglError('SDS_UNKNOWN', { id });
  }

  async getOrderDocument(
    account: Account,
    path: { requestId: string; taskId: string; documentId: string; which: 'original' | 'sdo' },
  ): Promise<StoredDocument> {
    const { db } = this.#context;
    const order = await findOrder(db, path.requestId, account.service);
    const task = order?.spec.tasks.find(({ id }) => id === path.taskId);
    const used = task?.documentActions.some(
      (action) => documentIdOf(order!.spec, action) === path.documentId,
    );
    if (!order || order.deletedAt || !used) throw new SeglError('RESULT_UNKNOWN');
    if (path.which === 'original') {
      const document = await findOrderDocument(db, path.requestId, path.documentId);
      if (!document) throw new SeglError('RESULT_UNKNOWN');
      return this.#stored(document);
    }
    return this.#stored(await this.#awaitResult(path));
  }

  /** A task that was sent in has its package within moments: the caller need not ask twice. */
  async #awaitResult(path: { requestId: string; taskId: string; documentId: string }): Promise<StoredBytes> {
    const { db } = this.#context;
    for (let waited = 0; ; waited += LOOK_EVERY_MS) {
      const task = await findTask(db, path.requestId, path.taskId);
      if (task?.state === 'completed') break;
      if (task?.state !== 'sent-in' || waited >= PATIENCE_MS) throw new SeglError('RESULT_NOT_READY');
      await sleep(LOOK_EVERY_MS);
    }
    const result = await findResult(db, path);
    if (!result) throw new SeglError('RESULT_UNKNOWN');
    return result;
  }

  async getArchived(account: Account, id: string): Promise<StoredDocument> {
    const row = await findArchived(this.#context.db, account.service, id);
    if (!row) throw new SeglError('ARCHIVE_UNKNOWN', { id });
    return this.#stored(row);
  }
}
