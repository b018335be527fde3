/** Opens tasks of an order: their rows, their entries in the index, their notifications, the artifact if one asks for it. */
import { artifactId } from '@segl/problem/ids';
import { isUpload, listDocuments, titleOf } from '../../domain/order/documents.ts';
import { ARTIFACT_SECONDS, expiryOf } from '../../domain/lifecycle/lifecycle.ts';
import type { OrderSpec, TaskSpec } from '../../domain/order/model.ts';
import { taskEntries, type KnownDocument } from '../../domain/order/task-entries.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { setDeletion } from '../../adapters/postgres/deletion.ts';
import type { DocumentRow } from '../../adapters/postgres/order-documents.ts';
import { insertArtifact, insertTask } from '../../adapters/postgres/orders.ts';
import { indexTasks } from '../../adapters/postgres/task-index.ts';
import type { FlowContext } from '../context.ts';
import { notifyTask } from '../lifecycle/notify.ts';

/** `tasks` are among those of `spec`, which is stored by now, with `documents`. Gives the artifact. */
export async function openTasks(
  tx: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  order: {
    requestId: string;
    service: string;
    spec: OrderSpec;
    documents: readonly DocumentRow[];
  },
  tasks: readonly TaskSpec[],
): Promise<string | undefined> {
  const { requestId, service, spec } = order;
  const createdAt = clock.now();
  const documents = knownDocuments(spec, order.documents);
  for (const task of tasks) {
    const position = spec.tasks.indexOf(task);
    const expiresAt = expiryOf(task, createdAt);
    await insertTask(tx, { requestId, taskId: task.id, service, position, expiresAt, createdAt });
  }
  const entries = tasks.flatMap((task) => taskEntries(spec, task, documents));
  await indexTasks(tx, { service, requestId, createdAt }, entries);
  if (spec.daysUntilDeletion !== undefined) await setDeletion(tx, requestId, spec.daysUntilDeletion);
  for (const task of tasks) await notifyTask(tx, clock, requestId, task, 'created');
  const wanting = tasks.find(({ authentication }) => authentication?.artifact === true);
  return wanting && issueArtifact(tx, { clock }, requestId, wanting.id);
}

/** A single sign-on artifact for the task, good for thirty seconds. */
export async function issueArtifact(
  db: Db,
  { clock }: Pick<FlowContext, 'clock'>,
  requestId: string,
  taskId: string,
): Promise<string> {
  const artifact = artifactId();
  const expiresAt = new Date(clock.now().getTime() + ARTIFACT_SECONDS * 1000);
  await insertArtifact(db, { artifact, requestId, taskId, expiresAt });
  return artifact;
}

/** Those with bytes, and those that a signer will upload: of these the title is known. */
function knownDocuments(spec: OrderSpec, rows: readonly DocumentRow[]): Map<string, KnownDocument> {
  const titles = listDocuments(spec)
    .filter((listed) => isUpload(spec, listed))
    .map((listed): KnownDocument => ({ documentId: listed.documentId, title: titleOf(listed) }));
  return new Map([...titles, ...rows].map((document) => [document.documentId, document]));
}
