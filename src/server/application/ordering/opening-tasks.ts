/** What belongs to tasks that are opened: their entries in the index, when their order goes, the artifact if one asks for it. */
import { artifactId } from '@segl/problem/ids';
import { isUpload, listDocuments, titleOf } from '../../domain/order/documents.ts';
import { ARTIFACT_SECONDS } from '../../domain/lifecycle/lifecycle.ts';
import type { OrderSpec, TaskSpec } from '../../domain/order/model.ts';
import { taskEntries, type KnownDocument } from '../../domain/order/task-entries.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import { setDeletion } from '../../adapters/postgres/orders/deletion.ts';
import type { DocumentRow } from '../../adapters/postgres/orders/order-documents.ts';
import { insertArtifact } from '../../adapters/postgres/orders/orders.ts';
import { indexTasks } from '../../adapters/postgres/orders/task-index.ts';
import type { FlowContext } from '../context.ts';

/** `tasks` are among those of `spec`, which are stored by now, with `documents`. */
export async function indexNewTasks(
  tx: Db,
  order: {
    requestId: string;
    service: string;
    spec: OrderSpec;
    documents: readonly DocumentRow[];
  },
  tasks: readonly TaskSpec[],
  createdAt: Date,
): Promise<void> {
  const { requestId, service, spec } = order;
  const documents = knownDocuments(spec, order.documents);
  const entries = tasks.flatMap((task) => taskEntries(spec, task, documents));
  await indexTasks(tx, { service, requestId, createdAt }, entries);
  if (spec.daysUntilDeletion !== undefined) await setDeletion(tx, requestId, spec.daysUntilDeletion);
}

/** The artifact that new tasks ask for: the first that does gets it. */
export async function issueFirstArtifact(
  tx: Db,
  context: Pick<FlowContext, 'clock'>,
  requestId: string,
  tasks: readonly TaskSpec[],
): Promise<string | undefined> {
  const wanting = tasks.find(({ authentication }) => authentication?.artifact === true);
  return wanting && issueArtifact(tx, context, requestId, wanting.id);
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
