/** Searching the index of tasks: criteria become SQL, each on its own index. */
import { fold, textFields } from '../../../domain/order/task-entries.ts';
import { stateAt, wireStatus } from '../../../domain/lifecycle/lifecycle.ts';
import type { TaskState, WireTaskStatus } from '../../../domain/order/model.ts';
import type {
  Criterion,
  Operator,
  Paging,
  TaskField,
  TaskFilter,
  TaskInfo,
} from '../../../domain/order/task-search.ts';
import type { Database, Db } from '../database.ts';

/** Characters of a text that are in its index. */
const INDEXED = 64;

/** PostgreSQL's code of a statement that took too long. */
const QUERY_CANCELED = '57014';

const comparisons = { equals: '=', 'not-equals': '<>', 'less-than': '<', 'greater-than': '>' } as const;

/** Where a text is: as it was given, and folded. */
interface TextColumn {
  readonly given: string;
  readonly folded: string;
}

const textColumns: ReadonlyMap<TaskField, TextColumn> = new Map<TaskField, TextColumn>([
  ...textFields.map((field): [TaskField, TextColumn] => [
    field,
    { given: `coalesce(i.texts ->> '${field}', '')`, folded: `i.by_${field.replaceAll('-', '_')}` },
  ]),
  ['signer', { given: 't.signer', folded: 't.by_signer' }],
  ['client-status', { given: `coalesce(t.client_status, '')`, folded: 't.by_client_status' }],
]);

const timeColumns: ReadonlyMap<TaskField, string> = new Map<TaskField, string>([
  ['created', 'i.created'],
  ['last-updated', 't.last_updated_at'],
]);

const numberColumns: ReadonlyMap<TaskField, string> = new Map<TaskField, string>([
  ['id', 'i.id'],
  ['days-to-live', 'i.days_to_live'],
]);

const statuses: readonly WireTaskStatus[] = [
  'created',
  'completed',
  'rejected',
  'expired',
  'deleted',
  'failed',
];

/** The orders that count as deleted while evidence is still being made: their tasks are stored as what they were. */
const CLOSING = `array(select request_id from orders where deletion_asked_at is not null and deleted_at is null)`;
const IS_CLOSING = `t.request_id = any(${CLOSING})`;

/** One statement under construction; values travel as parameters only. */
class Statement {
  readonly params: unknown[] = [];

  value(value: unknown, type: 'text' | 'timestamptz' | 'bigint' | 'text[]'): string {
    this.params.push(value);
    return `$${this.params.length}::${type}`;
  }
}

const firstCharacters = (text: string): string => [...text].slice(0, INDEXED).join('');

/** A text that is absent is an empty one; it is never less than another. Order is by the folded text, then as given. */
function compareText(
  statement: Statement,
  { given, folded }: TextColumn,
  { operator, value, caseSensitive }: Criterion,
): string {
  const low = fold(value);
  const exact = (): string => `(${statement.value(value, 'text')} collate "C")`;
  const key = (sign: string): string =>
    `left(${folded}, ${INDEXED}) ${sign} ${statement.value(firstCharacters(low), 'text')}`;
  switch (operator) {
    case 'equals':
      return caseSensitive
        ? `${key('=')} and ${given} = ${exact()}`
        : `${key('=')} and ${folded} = ${statement.value(low, 'text')}`;
    case 'not-equals':
      return caseSensitive ? `${given} <> ${exact()}` : `${folded} <> ${statement.value(low, 'text')}`;
    case 'contains':
      return caseSensitive
        ? `position(${exact()} in ${given}) > 0`
        : `position(${statement.value(low, 'text')} in ${folded}) > 0`;
    case 'less-than':
    case 'greater-than': {
      const sign = comparisons[operator];
      const whole = caseSensitive
        ? `(${folded}, ${given} collate "C") ${sign} (${statement.value(low, 'text')}, ${exact()})`
        : `${folded} ${sign} ${statement.value(low, 'text')}`;
      return `${key(`${sign}=`)} and ${whole} and ${folded} <> ''`;
    }
  }
}

/** As in ISO 8601, so that a part of it can be looked for: `2026-11`. */
const timeText = (name: string): string =>
  `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

function compareStatus(
  statement: Statement,
  now: Date,
  { operator, value, caseSensitive }: Criterion,
): string {
  const same = (text: string): string => (caseSensitive ? text : fold(text));
  const holds: Record<Operator, (status: string) => boolean> = {
    equals: (status) => status === same(value),
    'not-equals': (status) => status !== same(value),
    contains: (status) => status.includes(same(value)),
    'less-than': (status) => status < same(value),
    'greater-than': (status) => status > same(value),
  };
  const wanted = statuses.filter(holds[operator]);
  const stored = wanted.filter((status) => status !== 'created');
  const ways = [`t.state = any(${statement.value(stored, 'text[]')})`];
  if (wanted.includes('created') && wanted.includes('expired'))
    ways.push(`t.state in ('created', 'sent-in')`);
  else if (wanted.includes('created')) {
    ways.push(`t.state = 'sent-in'`);
    ways.push(`t.state = 'created' and t.expires_at > ${statement.value(now, 'timestamptz')}`);
  } else if (wanted.includes('expired')) {
    ways.push(`t.state = 'created' and t.expires_at <= ${statement.value(now, 'timestamptz')}`);
  }
  const found = ways.map((way) => `(${way})`).join(' or ');
  return wanted.includes('deleted') ? `${found} or ${IS_CLOSING}` : `(${found}) and not ${IS_CLOSING}`;
}

function compare(statement: Statement, now: Date, criterion: Criterion): string {
  const { field, operator, value } = criterion;
  if (field === 'task-state') return compareStatus(statement, now, criterion);
  if (field === 'request-id') {
    const given = { given: 'i.request_id', folded: 'i.request_id' };
    // an id holds no capital letter, so there is nothing to fold, and its own index does
    const sought = criterion.caseSensitive ? value : fold(value);
    if (operator === 'contains') return compareText(statement, given, { ...criterion, value: sought });
    return `i.request_id ${comparisons[operator]} ${statement.value(sought, 'text')}`;
  }
  const time = timeColumns.get(field);
  if (time !== undefined) {
    if (operator === 'contains')
      return `position(${statement.value(value, 'text')} in ${timeText(time)}) > 0`;
    return `${time} ${comparisons[operator]} ${statement.value(new Date(value), 'timestamptz')}`;
  }
  const number = numberColumns.get(field);
  if (number !== undefined) {
    if (operator === 'contains') return `position(${statement.value(value, 'text')} in ${number}::text) > 0`;
    return `${number} ${comparisons[operator]} ${statement.value(value, 'bigint')}`;
  }
  return compareText(statement, textColumns.get(field)!, criterion);
}

function where(statement: Statement, service: string, filter: TaskFilter, now: Date): string {
  const own = statement.value(service, 'text');
  const conditions = [`i.service = ${own}`, `t.service = ${own}`];
  if (filter.from) conditions.push(`i.created >= ${statement.value(filter.from, 'timestamptz')}`);
  if (filter.to) conditions.push(`i.created < ${statement.value(filter.to, 'timestamptz')}`);
  for (const criterion of filter.criteria) conditions.push(`(${compare(statement, now, criterion)})`);
  return `from task_index i join tasks t using (request_id, task_id) where ${conditions.join(' and ')}`;
}

function orderBy(statement: Statement, { sort = 'created', ascending = false }: Paging, now: Date): string {
  const direction = ascending ? 'asc' : 'desc';
  const text = textColumns.get(sort);
  const keys = text
    ? [`left(${text.folded}, ${INDEXED})`, text.folded]
    : [timeColumns.get(sort) ?? numberColumns.get(sort) ?? otherKey(statement, sort, now)];
  return [...keys, 'i.id'].map((key) => `${key} ${direction}`).join(', ');
}

function otherKey(statement: Statement, sort: TaskField, now: Date): string {
  if (sort !== 'task-state') return 'i.request_id';
  const expired = `t.state = 'created' and t.expires_at <= ${statement.value(now, 'timestamptz')}`;
  return `case when ${IS_CLOSING} then 'deleted' when ${expired} then 'expired' when t.state = 'sent-in' then 'created' else t.state end`;
}

interface FoundRow {
  readonly id: string;
  readonly requestId: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly state: TaskState;
  readonly isClosing: boolean;
  readonly expiresAt: Date;
  readonly created: Date;
  readonly lastUpdated: Date;
  readonly signer: string;
  readonly clientStatus: string | null;
  readonly daysToLive: number;
}

/** The statement of a search, for running and for EXPLAIN. Times are those that criteria and states are judged by. */
export function searchStatement(
  service: string,
  filter: TaskFilter,
  paging: Paging,
  now: Date,
): { sql: string; params: readonly unknown[] } {
  const statement = new Statement();
  const source = where(statement, service, filter, now);
  const order = orderBy(statement, paging, now);
  const limit = statement.value(Math.max(0, paging.to - paging.from), 'bigint');
  const offset = statement.value(paging.from, 'bigint');
  const sql = `select i.id::text as id, request_id as "requestId", i.texts, t.state, ${IS_CLOSING} as "isClosing", t.expires_at as "expiresAt", i.created,
      t.last_updated_at as "lastUpdated", t.signer, t.client_status as "clientStatus", i.days_to_live as "daysToLive"
    ${source} order by ${order} limit ${limit} offset ${offset}`;
  return { sql, params: statement.params };
}

/** The tasks of `service` that the filter holds for. Undefined when that took longer than `seconds`. */
export async function searchTasks(
  db: Database,
  search: { service: string; filter: TaskFilter; paging: Paging; now: Date; seconds: number },
): Promise<TaskInfo[] | undefined> {
  const { sql, params } = searchStatement(search.service, search.filter, search.paging, search.now);
  const rows = await withinTime(db, search.seconds, (tx) => tx.query<FoundRow>(sql, params));
  return rows?.map((row) => infoOf(row, search.now));
}

/** How many there are. Undefined when counting took longer than `seconds`. */
export async function countFoundTasks(
  db: Database,
  search: { service: string; filter: TaskFilter; now: Date; seconds: number },
): Promise<number | undefined> {
  const statement = new Statement();
  const source = where(statement, search.service, search.filter, search.now);
  const rows = await withinTime(db, search.seconds, (tx) =>
    tx.query<{ count: number }>(`select count(*)::float8 as count ${source}`, statement.params),
  );
  return rows && (rows[0]?.count ?? 0);
}

async function withinTime<T>(
  db: Database,
  seconds: number,
  query: (tx: Db) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await db.snapshot(async (tx) => {
      await tx.query(`set local statement_timeout = '${seconds}s'`);
      return query(tx);
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === QUERY_CANCELED) return undefined;
    throw error;
  }
}

function infoOf(row: FoundRow, now: Date): TaskInfo {
  const { texts } = row;
  const given = {
    documentId: texts['document-id'],
    archiveId: texts['archive-id'],
    account: texts['account'],
    language: texts['language'],
    documentDescription: texts['document-description'],
    mimeType: texts['mime-type'],
    subjectFirstName: texts['subject-first-name'],
    subjectLastName: texts['subject-last-name'],
    subjectEmail: texts['subject-email'],
    subjectNationalId: texts['subject-national-id'],
    subjectMobile: texts['subject-mobile'],
    signer: row.signer || undefined,
    senderUniqueId: texts['sender-unique-id'],
    clientReference: texts['client-reference'],
    clientStatus: row.clientStatus ?? undefined,
  };
  return {
    id: row.id,
    requestId: row.requestId,
    taskId: texts['task-id'] ?? '',
    status: row.isClosing ? 'deleted' : wireStatus(stateAt(row, now)),
    created: row.created,
    lastUpdated: row.lastUpdated,
    daysToLive: row.daysToLive,
    ...(Object.fromEntries(
      Object.entries(given).filter(([, text]) => text !== undefined),
    ) as Partial<TaskInfo>),
  };
}
