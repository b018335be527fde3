/** Orders with all that belongs to them, in as many statements as there are tables, however many orders it is. */
import type { Db } from '../database.ts';
import { listFilledFormsOfOrders, type FilledFormOfTask } from './filled-forms.ts';
import { listDocumentsOfOrders, type DocumentRow } from './order-documents.ts';
import {
  findOrders,
  listPackagingTasksOfOrders,
  listTasksOfOrders,
  type OrderRow,
  type PackagingTaskRow,
  type TaskRow,
} from './orders.ts';
import { listResultsOfOrders, type ResultRow } from './results.ts';

export interface WholeOrder {
  readonly order: OrderRow;
  readonly tasks: readonly TaskRow[];
  readonly packaging: readonly PackagingTaskRow[];
}

/** With what was given and what was made of it. */
export interface WholeOrderDocuments extends WholeOrder {
  readonly documents: readonly DocumentRow[];
  readonly results: readonly ResultRow[];
  /** What was filled in in tasks that were sent in. */
  readonly forms: readonly FilledFormOfTask[];
}

/**
 * By request id; unknown ids are left out. `service` given: only that service's orders. Call it in a snapshot: only then
 * what it says is of one moment.
 */
export async function readOrders(
  tx: Db,
  requestIds: readonly string[],
  service?: string,
): Promise<Map<string, WholeOrder>> {
  const orders = await findOrders(tx, requestIds, service);
  const known = orders.map(({ requestId }) => requestId);
  const tasks = byOrder(await listTasksOfOrders(tx, known));
  const packaging = byOrder(await listPackagingTasksOfOrders(tx, known));
  return new Map(
    orders.map((order) => {
      const { requestId } = order;
      return [
        requestId,
        { order, tasks: tasks.get(requestId) ?? [], packaging: packaging.get(requestId) ?? [] },
      ];
    }),
  );
}

/** As readOrders, with documents. */
export async function readOrdersWithDocuments(
  tx: Db,
  requestIds: readonly string[],
  service?: string,
): Promise<Map<string, WholeOrderDocuments>> {
  const orders = await readOrders(tx, requestIds, service);
  const known = [...orders.keys()];
  const documents = byOrder(await listDocumentsOfOrders(tx, known));
  const results = byOrder(await listResultsOfOrders(tx, known));
  const forms = byOrder(await listFilledFormsOfOrders(tx, known));
  return new Map(
    [...orders].map(([requestId, order]) => [
      requestId,
      {
        ...order,
        documents: documents.get(requestId) ?? [],
        results: results.get(requestId) ?? [],
        forms: forms.get(requestId) ?? [],
      },
    ]),
  );
}

function byOrder<Row extends { readonly requestId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const grouped = new Map<string, Row[]>();
  for (const row of rows) {
    const group = grouped.get(row.requestId);
    if (group) group.push(row);
    else grouped.set(row.requestId, [row]);
  }
  return grouped;
}
