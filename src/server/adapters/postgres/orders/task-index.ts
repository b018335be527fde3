/** The index of tasks: what can be searched for, kept in the transactions that change it. */
import { fold, textFields, type TaskEntry, type TextField } from '../../../domain/order/task-entries.ts';
import type { Db } from '../database.ts';

const column = (field: TextField): string => `by_${field.replaceAll('-', '_')}`;

const columns = [
  'service',
  'request_id',
  'task_id',
  'document_id',
  'created',
  'days_to_live',
  'texts',
].concat(textFields.map(column));

export async function indexTasks(
  tx: Db,
  of: { service: string; requestId: string; createdAt: Date },
  entries: readonly TaskEntry[],
): Promise<void> {
  const rows = entries.map(({ taskId, documentId, daysToLive, texts }) => ({
    service: of.service,
    request_id: of.requestId,
    task_id: taskId,
    document_id: documentId,
    created: of.createdAt,
    days_to_live: daysToLive,
    texts,
    ...Object.fromEntries(textFields.map((field) => [column(field), fold(texts[field] ?? '')])),
  }));
  const names = columns.join(', ');
  await tx.query(
    `insert into task_index (${names}) select ${names} from jsonb_populate_recordset(null::task_index, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}

/** Notes what has become known of a document: for every task that uses it, or one. */
export async function indexDocument(
  tx: Db,
  of: { requestId: string; documentId: string; taskId?: string },
  known: Readonly<Partial<Record<'archive-id' | 'document-description' | 'mime-type', string>>>,
): Promise<void> {
  const fields = Object.keys(known) as (keyof typeof known)[];
  const sets = fields.map((field, index) => `${column(field)} = $${index + 5}`);
  await tx.query(
    `update task_index set ${['texts = texts || $4::jsonb', ...sets].join(', ')}
     where request_id = $1 and document_id = $2 and ($3::text is null or task_id = $3)`,
    [
      of.requestId,
      of.documentId,
      of.taskId ?? null,
      JSON.stringify(known),
      ...fields.map((field) => fold(known[field] ?? '')),
    ],
  );
}

/** Who signed the task, as the eID names them. */
export async function indexSigner(
  tx: Db,
  { requestId, taskId }: { requestId: string; taskId: string },
  signer: string,
): Promise<void> {
  await tx.query('update tasks set signer = $3, by_signer = $4 where request_id = $1 and task_id = $2', [
    requestId,
    taskId,
    signer,
    fold(signer),
  ]);
}

export async function setClientStatus(
  db: Db,
  { requestId, taskId }: { requestId: string; taskId: string },
  clientStatus: string,
  at: Date,
): Promise<void> {
  await db.query(
    `update tasks set client_status = $3, by_client_status = $4, last_updated_at = $5
     where request_id = $1 and task_id = $2`,
    [requestId, taskId, clientStatus, fold(clientStatus), at],
  );
}
