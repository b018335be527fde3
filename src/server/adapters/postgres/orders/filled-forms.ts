/** What signers filled in, and the documents made from it. */
import type { FormParam } from '../../../domain/order/model.ts';
import type { Db } from '../database.ts';

export interface FilledFormRow {
  readonly sessionRef: string;
  readonly documentId: string;
  /** Of the document made from it, like `size`. */
  readonly sha256: string;
  readonly size: number;
  readonly params: readonly FormParam[];
  readonly filledAt: Date;
}

const columns = `f.session_ref as "sessionRef", f.document_id as "documentId", f.sha256, f.size::float8 as size,
  f.params, f.filled_at as "filledAt"`;

/** The document starts anew for the signer: what was read and begun of an earlier filling does not count. */
export async function putFilledForm(tx: Db, row: FilledFormRow): Promise<void> {
  await tx.query(
    `insert into filled_forms (session_ref, document_id, sha256, size, params, filled_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (session_ref, document_id) do update set sha256 = $3, size = $4, params = $5, filled_at = $6`,
    [row.sessionRef, row.documentId, row.sha256, row.size, JSON.stringify(row.params), row.filledAt],
  );
  await setProgress(tx, row.sessionRef, row.documentId, {
    filledAt: row.filledAt.toISOString(),
    filledSha256: row.sha256,
  });
}

/** The form is due again; its values stay, for the signer to change. */
export const reopenFilledForm = (tx: Db, sessionRef: string, documentId: string): Promise<void> =>
  setProgress(tx, sessionRef, documentId, {});

async function setProgress(tx: Db, ref: string, documentId: string, progress: object): Promise<void> {
  await tx.query(
    `update sessions set progress = progress || jsonb_build_object($2::text, $3::jsonb) where ref = $1`,
    [ref, documentId, JSON.stringify(progress)],
  );
}

export async function findFilledForm(
  db: Db,
  sessionRef: string,
  documentId: string,
): Promise<FilledFormRow | undefined> {
  const [row] = await db.query<FilledFormRow>(
    `select ${columns} from filled_forms f where session_ref = $1 and document_id = $2`,
    [sessionRef, documentId],
  );
  return row;
}

/** The signer left the document out after all. */
export async function deleteFilledForm(tx: Db, sessionRef: string, documentId: string): Promise<void> {
  await tx.query('delete from filled_forms where session_ref = $1 and document_id = $2', [
    sessionRef,
    documentId,
  ]);
}

/** A form of a task: at most one a document, as one task signs it. */
export type FilledFormOfTask = FilledFormRow & { readonly requestId: string; readonly taskId: string };

/** Of tasks that were sent in; with `sessionRef` also of that session. */
export async function listFilledForms(
  db: Db,
  requestId: string,
  sessionRef?: string,
): Promise<FilledFormOfTask[]> {
  return listFilledFormsOfOrders(db, [requestId], sessionRef);
}

/** As listFilledForms. */
export async function listFilledFormsOfOrders(
  db: Db,
  requestIds: readonly string[],
  sessionRef?: string,
): Promise<FilledFormOfTask[]> {
  return db.query<FilledFormOfTask>(
    `select ${columns}, s.request_id as "requestId", s.task_id as "taskId" from filled_forms f
     join sessions s on s.ref = f.session_ref
     join tasks t on t.request_id = s.request_id and t.task_id = s.task_id
     where s.request_id = any($1)
       and (f.session_ref = $2 or (t.session_ref = f.session_ref and t.state in ('sent-in', 'completed')))`,
    [requestIds, sessionRef ?? null],
  );
}
