/** findTasks and getTaskCount: what is asked is checked first, and a search that takes too long is stopped. */
import { serverProblems } from '../../problems.ts';
import type { Account } from '../../domain/order/account.ts';
import { invalidValues, type InvalidValue } from '../../domain/order/invalid-value.ts';
import { orderProblems } from '../../domain/order/problems.ts';
import type { Criterion, Paging, TaskFilter, TaskInfo } from '../../domain/order/task-search.ts';
import { countFoundTasks, searchTasks } from '../../adapters/postgres/orders/task-search.ts';
import type { FlowContext } from '../context.ts';

/** Rows of one findTasks. */
export const MOST_ROWS = 10_000;

/** Seconds that a search may take. Only `contains` and `not-equals` over very many tasks come near. */
export const SEARCH_SECONDS = 10;

export async function findTasks(
  { db, clock }: FlowContext,
  { service }: Account,
  filter: TaskFilter,
  paging: Paging,
): Promise<TaskInfo[]> {
  requireSound(searchProblems(filter, paging));
  const search = { service, filter: readTimes(filter), paging, now: clock.now(), seconds: SEARCH_SECONDS };
  return inTime(await searchTasks(db, search));
}

export async function countTasks(
  { db, clock }: FlowContext,
  { service }: Account,
  filter: TaskFilter,
): Promise<number> {
  requireSound(searchProblems(filter));
  const search = { service, filter: readTimes(filter), now: clock.now(), seconds: SEARCH_SECONDS };
  return inTime(await countFoundTasks(db, search));
}

/** What cannot be searched for; without `paging`, what cannot be counted. */
export const searchProblems = (filter: TaskFilter, paging?: Paging): InvalidValue[] => [
  ...filterProblems(filter),
  ...(paging ? pagingProblems(paging) : []),
];

function inTime<T>(found: T | undefined): T {
  if (found === undefined) throw serverProblems.error('SEARCH_TOO_WIDE', { seconds: SEARCH_SECONDS });
  return found;
}

function requireSound(problems: readonly InvalidValue[]): void {
  if (problems.length > 0)
    throw serverProblems.error('SEARCH_INVALID', { problems: invalidValues(problems) });
}

const isTime = ({ field, operator }: Criterion): boolean =>
  (field === 'created' || field === 'last-updated') && operator !== 'contains';

const isNumber = ({ field, operator }: Criterion): boolean =>
  (field === 'id' || field === 'days-to-live') && operator !== 'contains';

/** xs:dateTime or xs:date; without an offset it is UTC. Undefined: neither. */
function readTime(text: string): Date | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}:\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}:\d{2})?$/.exec(
    text.trim(),
  );
  if (!parts) return undefined;
  const [, date, time = '00:00:00', offset = 'Z'] = parts;
  const read = new Date(`${date}T${time}${offset}`);
  return Number.isNaN(read.getTime()) ? undefined : read;
}

function filterProblems({ criteria, from, to }: TaskFilter): InvalidValue[] {
  const problems: InvalidValue[] = [];
  for (const [index, criterion] of criteria.entries()) {
    const element = `filter/criteria[${index + 1}]/value`;
    if (isTime(criterion) && !readTime(criterion.value)) {
      const { value, field } = criterion;
      problems.push({ element, problem: orderProblems.of('search/not-a-time', { value, field }) });
    }
    if (isNumber(criterion) && !/^\s*\d{1,18}\s*$/.test(criterion.value)) {
      const { value, field } = criterion;
      problems.push({ element, problem: orderProblems.of('search/not-a-number', { value, field }) });
    }
  }
  if (from && to && from > to)
    problems.push({ element: 'filter/to-date', problem: orderProblems.of('search/dates-reversed') });
  return problems;
}

function pagingProblems({ from, to }: Paging): InvalidValue[] {
  const problems: InvalidValue[] = [];
  if (from < 0) problems.push({ element: 'from-index', problem: orderProblems.of('search/index-negative') });
  if (to < from)
    problems.push({
      element: 'to-index',
      problem: orderProblems.of('search/indexes-reversed'),
      from: ['from-index'],
    });
  if (to - from > MOST_ROWS) {
    problems.push({
      element: 'to-index',
      problem: orderProblems.of('search/too-many-rows', { limit: MOST_ROWS }),
      from: ['from-index'],
    });
  }
  return problems;
}

/** Times as the database reads them, whatever the caller left out. */
const readTimes = (filter: TaskFilter): TaskFilter => ({
  ...filter,
  criteria: filter.criteria.map((criterion) =>
    isTime(criterion) ? { ...criterion, value: readTime(criterion.value)!.toISOString() } : criterion,
  ),
});
