/** Session data storage: which id stands for which bytes, for whom and how long. */
import type { Db } from './database.ts';

export interface SdsRow {
  readonly id: string;
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string;
}

/** A document's whereabouts in the blob store. */
export interface StoredBytes {
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string;
}

const columns = `id, sha256, size::float8 as size, content_type as "contentType"`;

export async function insertSds(
  db: Db,
  row: SdsRow & { service: string; createdAt: Date; expiresAt: Date },
): Promise<void> {
  await db.query(
    `insert into sds_documents (id, service, sha256, size, content_type, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [row.id, row.service, row.sha256, row.size, row.contentType, row.createdAt, row.expiresAt],
  );
}

/** Undefined when unknown, another service's, or expired at `now`. */
export async function findSds(db: Db, service: string, id: string, now: Date): Promise<SdsRow | undefined> {
  const [row] = await db.query<SdsRow>(
    `select ${columns} from sds_documents where id = $1 and service = $2 and expires_at > $3`,
    [id, service, now],
  );
  return row;
}

/** Use by an order starts the document's life anew. False when it has gone meanwhile, and its bytes may go next. */
export async function touchSds(tx: Db, id: string, expiresAt: Date): Promise<boolean> {
  const rows = await tx.query(
    'update sds_documents set expires_at = greatest(expires_at, $2) where id = $1 returning id',
    [id, expiresAt],
  );
  return rows.length === 1;
}

export async function deleteSds(db: Db, service: string, id: string): Promise<boolean> {
  return (
    (await db.query('delete from sds_documents where id = $1 and service = $2 returning id', [id, service]))
      .length > 0
  );
}

export async function deleteExpiredSds(db: Db, now: Date): Promise<number> {
  return (await db.query('delete from sds_documents where expires_at <= $1 returning id', [now])).length;
}

/** Evidence is preserved from then on: its proof is renewed before it ends. */
export async function insertArchived(
  db: Db,
  row: SdsRow & { service: string; createdAt: Date },
): Promise<void> {
  await db.query(
    `with added as (
       insert into archive_documents (id, service, sha256, size, content_type, created_at)
       values ($1, $2, $3, $4, $5, $6) returning *
     )
     insert into preservation (archive_id, due_at) select id, created_at from added
     where content_type in ('application/x-ltv-sdo', 'application/x-pades', 'application/x-xades')`,
    [row.id, row.service, row.sha256, row.size, row.contentType, row.createdAt],
  );
}

export async function findArchived(db: Db, service: string, id: string): Promise<SdsRow | undefined> {
  const [row] = await db.query<SdsRow>(
    `select ${columns} from archive_documents where id = $1 and service = $2`,
    [id, service],
  );
  return row;
}

/** Keeps the document from being removed until the transaction ends; false when it is gone. */
export async function holdArchived(tx: Db, service: string, id: string): Promise<boolean> {
  const rows = await tx.query(
    'select id from archive_documents where id = $1 and service = $2 for key share',
    [id, service],
  );
  return rows.length === 1;
}

/** Ids of those that were there. Results that went to the archive keep naming it. */
export async function deleteArchived(db: Db, service: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'delete from archive_documents where service = $1 and id = any($2) returning id',
    [service, ids],
  );
  return rows.map(({ id }) => id);
}

/** True when the service can fetch these bytes at `now`: from an order, session data storage or the archive. */
export async function serviceHolds(db: Db, service: string, sha256: string, now: Date): Promise<boolean> {
  const [row] = await db.query(
    `select 1 from order_documents join orders using (request_id)
       where sha256 = $2 and service = $1 and deleted_at is null
     union all select 1 from filled_forms f join sessions s on s.ref = f.session_ref
       join tasks t on t.request_id = s.request_id and t.task_id = s.task_id and t.session_ref = s.ref
       join orders o on o.request_id = s.request_id
       where f.sha256 = $2 and o.service = $1 and o.deleted_at is null
     union all select 1 from sds_documents where sha256 = $2 and service = $1 and expires_at > $3
     union all select 1 from archive_documents where sha256 = $2 and service = $1
     limit 1`,
    [service, sha256, now],
  );
  return row !== undefined;
}

/** Every blob that some row still refers to, out of `candidates` (SHA-256, hex). */
export async function referencedBlobs(db: Db, candidates: readonly string[]): Promise<Set<string>> {
  const rows = await db.query<{ sha256: string }>(
    `select sha256 from sds_documents where sha256 = any($1)
     union select sha256 from archive_documents where sha256 = any($1)
     union select proof_sha256 from preservation where proof_sha256 = any($1)
     union select sha256 from order_documents where sha256 = any($1)
     union select sha256 from uploads where sha256 = any($1)
     union select sha256 from filled_forms where sha256 = any($1)
     union select sha256 from native_signatures where sha256 = any($1)
     union select sha256 from logins where sha256 = any($1)
     union select sha256 from results where sha256 = any($1)
     union select native_sha256 from results where native_sha256 = any($1)`,
    [candidates],
  );
  return new Set(rows.map(({ sha256 }) => sha256));
}
