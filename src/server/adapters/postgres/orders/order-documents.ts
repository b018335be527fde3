/** The documents of orders: which bytes each stands for. */
import type { Db } from '../database.ts';

export interface DocumentRow {
  readonly documentId: string;
  readonly title: string;
  readonly contentType: string;
  readonly sha256: string;
  readonly size: number;
  readonly externalReference: string | null;
  readonly signTextEntry: string | null;
  /** Its id in the archive, where it was put there or comes from. */
  readonly archiveId: string | null;
  /** The task whose signer uploaded it. */
  readonly uploadedIn?: string | null;
}

const documentColumns = `document_id as "documentId", title, content_type as "contentType", sha256,
  size::float8 as size, external_reference as "externalReference", sign_text_entry as "signTextEntry",
  archive_id as "archiveId", uploaded_in as "uploadedIn"`;

export async function insertOrderDocument(tx: Db, requestId: string, row: DocumentRow): Promise<void> {
  await tx.query(
    `insert into order_documents
       (request_id, document_id, title, content_type, sha256, size, external_reference, sign_text_entry, archive_id,
        uploaded_in)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[requestId, row.documentId, row.title, row.contentType, row.sha256, row.size],
      ...[row.externalReference, row.signTextEntry, row.archiveId, row.uploadedIn ?? null],
    ],
  );
}

export async function listOrderDocuments(db: Db, requestId: string): Promise<DocumentRow[]> {
  return listDocumentsOfOrders(db, [requestId]);
}

export async function listDocumentsOfOrders(
  db: Db,
  requestIds: readonly string[],
): Promise<(DocumentRow & { readonly requestId: string })[]> {
  return db.query(
    `select request_id as "requestId", ${documentColumns} from order_documents where request_id = any($1)`,
    [requestIds],
  );
}

export async function findOrderDocument(
  db: Db,
  requestId: string,
  documentId: string,
): Promise<DocumentRow | undefined> {
  const [row] = await db.query<DocumentRow>(
    `select ${documentColumns} from order_documents where request_id = $1 and document_id = $2`,
    [requestId, documentId],
  );
  return row;
}
