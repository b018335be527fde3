/** Signed results: one sealed package per task and document. */
import type { Db } from '../database.ts';
import type { StoredBytes } from '../sds.ts';

export interface ResultRow extends StoredBytes {
  readonly requestId: string;
  readonly taskId: string;
  readonly documentId: string;
  readonly archiveId: string | null;
  readonly createdAt: Date;
  /** What the package is about, for orders that ask for that in its place. */
  readonly native?: StoredBytes | null;
}

const columns = `case when native_sha256 is not null then json_build_object('sha256', native_sha256,
    'size', native_size, 'contentType', native_type) end as native, request_id as "requestId", task_id as "taskId", document_id as "documentId", sha256,
  size::float8 as size, content_type as "contentType", archive_id as "archiveId", created_at as "createdAt"`;

export async function insertResult(tx: Db, row: ResultRow): Promise<void> {
  await tx.query(
    `insert into results (request_id, task_id, document_id, sha256, size, content_type, archive_id, created_at,
       native_sha256, native_size, native_type)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      row.requestId,
      row.taskId,
      row.documentId,
      row.sha256,
      row.size,
      row.contentType,
      row.archiveId,
      row.createdAt,
      row.native?.sha256 ?? null,
      row.native?.size ?? null,
      row.native?.contentType ?? null,
    ],
  );
}

export async function listResults(db: Db, requestId: string): Promise<ResultRow[]> {
  return listResultsOfOrders(db, [requestId]);
}

export async function listResultsOfOrders(db: Db, requestIds: readonly string[]): Promise<ResultRow[]> {
  return db.query<ResultRow>(`select ${columns} from results where request_id = any($1)`, [requestIds]);
}

export async function findResult(
  db: Db,
  path: { requestId: string; taskId: string; documentId: string },
): Promise<ResultRow | undefined> {
  const [row] = await db.query<ResultRow>(
    `select ${columns} from results where request_id = $1 and task_id = $2 and document_id = $3`,
    [path.requestId, path.taskId, path.documentId],
  );
  return row;
}
