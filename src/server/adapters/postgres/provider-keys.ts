/** The log of the keys that identity providers publish. */
import { randomUUID } from 'node:crypto';
import type { Db } from './database.ts';

/** Whose keys: a provider of METHODS_FILE, at a module. */
export interface KeyOwner {
  readonly module: string;
  readonly provider: string;
}

export interface NewKeys extends KeyOwner {
  readonly issuer: string;
  readonly source: string;
  readonly keys: Uint8Array;
  /** Over the keys, whatever their order; hex. */
  readonly sha256: string;
  readonly fetchedAt: Date;
}

export interface KeysRow extends NewKeys {
  readonly id: string;
  readonly seenAt: Date;
  readonly stamp: Uint8Array | null;
  readonly stampedAt: Date | null;
}

const select = `select id, module, provider, issuer, source, keys, sha256, fetched_at as "fetchedAt", seen_at as "seenAt",
  stamp, stamped_at as "stampedAt" from provider_keys`;

export async function insertKeys(
  db: Db,
  { module, provider, issuer, source, keys, sha256, fetchedAt }: NewKeys,
): Promise<void> {
  await db.query(
    `insert into provider_keys (id, module, provider, issuer, source, keys, sha256, fetched_at, seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
    [randomUUID(), module, provider, issuer, source, Buffer.from(keys), sha256, fetchedAt],
  );
}

/** Newest first. */
export const listKeys = (db: Db, { module, provider }: KeyOwner, limit: number): Promise<KeysRow[]> =>
  db.query<KeysRow>(`${select} where module = $1 and provider = $2 order by fetched_at desc, id limit $3`, [
    module,
    provider,
    limit,
  ]);

export async function noteKeysSeen(db: Db, id: string, at: Date): Promise<void> {
  await db.query('update provider_keys set seen_at = $2 where id = $1', [id, at]);
}

/** Without a time-stamp, oldest first. */
export const listUnstampedKeys = (db: Db): Promise<KeysRow[]> =>
  db.query<KeysRow>(`${select} where stamp is null order by fetched_at, id`);

export async function stampKeys(db: Db, id: string, stamp: Uint8Array, at: Date): Promise<void> {
  await db.query('update provider_keys set stamp = $2, stamped_at = $3 where id = $1 and stamp is null', [
    id,
    Buffer.from(stamp),
    at,
  ]);
}
