/** What signers uploaded in a session that is not sent in yet. */
import type { Db } from './database.ts';
import type { StoredBytes } from './sds.ts';

export interface UploadRow extends StoredBytes {
  readonly sessionRef: string;
  readonly documentId: string;
  readonly uploadedAt: Date;
}

/** Another upload of the same document replaces the one before; either way it has not been read yet. */
export async function putUpload(tx: Db, row: UploadRow): Promise<void> {
  await tx.query(
    `insert into uploads (session_ref, document_id, sha256, size, content_type, uploaded_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (session_ref, document_id) do update
       set sha256 = $3, size = $4, content_type = $5, uploaded_at = $6`,
    [row.sessionRef, row.documentId, row.sha256, row.size, row.contentType, row.uploadedAt],
  );
  await tx.query(
    `update sessions set progress = progress || jsonb_build_object($2::text, $3::jsonb) where ref = $1`,
    [row.sessionRef, row.documentId, JSON.stringify({ uploadedAt: row.uploadedAt.toISOString() })],
  );
}

export async function listUploads(db: Db, sessionRef: string): Promise<UploadRow[]> {
  return db.query<UploadRow>(
    `select session_ref as "sessionRef", document_id as "documentId", sha256, size::float8 as size,
       content_type as "contentType", uploaded_at as "uploadedAt"
     from uploads where session_ref = $1`,
    [sessionRef],
  );
}
