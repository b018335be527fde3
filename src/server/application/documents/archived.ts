/** The archive as its own service offers it. Documents come there through orders and packaging. */
import { serverProblems } from '../../problems.ts';
import type { Caller } from '../../domain/order/caller.ts';
import type { ArchiveService } from '../api.ts';
import type { Account } from '../../domain/order/account.ts';
import { deleteArchived, findArchived } from '../../adapters/postgres/sds.ts';
import type { FlowContext } from '../context.ts';

export class ArchiveFlow implements ArchiveService {
  readonly #context: FlowContext;

  constructor(context: FlowContext) {
    this.#context = context;
  }

  authenticate(service: string, password: string, caller?: Caller): Promise<Account> {
    return this.#context.authenticator.check(service, password, caller);
  }

  async getDocument(
    account: Account,
    archiveId: string,
  ): Promise<{ contentType: string; bytes: Uint8Array }> {
    const { db, blobs } = this.#context;
    const row = await findArchived(db, account.service, archiveId);
    if (!row) throw serverProblems.error('ARCHIVE_UNKNOWN', { id: archiveId });
    return { contentType: row.contentType, bytes: await blobs.read(row.sha256) };
  }

  /**
   * What an order itself keeps stays until the order is deleted. The bytes go when blobs are looked at next, unless something
   * else refers to them.
   */
  async removeDocuments(account: Account, archiveIds: readonly string[]): Promise<string[]> {
    const removed = new Set(await deleteArchived(this.#context.db, account.service, archiveIds));
    return [...new Set(archiveIds)].filter((id) => removed.has(id));
  }
}
