/** Documents in and out: session data storage, originals and results of orders, the archive. */
import type { Readable } from 'node:stream';
import { serverProblems } from '../../problems.ts';
import { publicId } from '@segl/problem/ids';
import type { Caller } from '../../domain/order/caller.ts';
import type { DocumentService, StoredDocument } from '../api.ts';
import type { Account } from '../../domain/order/account.ts';
import { addDays } from '../../domain/lifecycle/lifecycle.ts';
import {
  deleteSds,
  findArchived,
  findSds,
  insertSds,
  type StoredBytes,
} from '../../adapters/postgres/sds.ts';
import type { FlowContext } from '../context.ts';
import { findOrderBytes, type OrderDocumentPath } from './order-document.ts';

export class StoringFlow implements DocumentService {
  readonly #context: FlowContext;

  constructor(context: FlowContext) {
    this.#context = context;
  }

  authenticate(service: string, password: string, caller?: Caller): Promise<Account> {
    return this.#context.authenticator.check(service, password, caller);
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
    if (!row) throw serverProblems.error('SDS_UNKNOWN', { id });
    return this.#stored(row);
  }

  async deleteSds(account: Account, id: string): Promise<void> {
    if (!(await deleteSds(this.#context.db, account.service, id)))
      throw serverProblems.error('SDS_UNKNOWN', { id });
  }

  async getOrderDocument(account: Account, path: OrderDocumentPath): Promise<StoredDocument> {
    const { native, ...whole } = await findOrderBytes(this.#context, account, path);
    return this.#stored(native ?? whole);
  }

  async getArchived(account: Account, id: string): Promise<StoredDocument> {
    const row = await findArchived(this.#context.db, account.service, id);
    if (!row) throw serverProblems.error('ARCHIVE_UNKNOWN', { id });
    return this.#stored(row);
  }
}
