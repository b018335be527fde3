/** What must come before what in an order: tasks that depend on tasks, and on packages that others make possible. */
import { documentIdOf, listDocuments } from './documents.ts';
import type { OrderSpec, TaskSpec } from './model.ts';

/**
 * A task waits for the tasks it depends on and for the packaging tasks whose PDF it shows. A packaging task waits for
 * the tasks whose documents it takes, and for every task that waits for no packaging task itself: without a
 * packaging-result-document it starts after the last task.
 */
export class Dependencies {
  readonly #order: OrderSpec;
  readonly #tasks: ReadonlyMap<string, TaskSpec>;
  /** Packaging tasks whose PDF a task shows, by task id. */
  readonly #shown: ReadonlyMap<string, readonly string[]>;
  /** Tasks that wait for a packaging task, directly or through others. */
  readonly #late: ReadonlySet<string>;

  constructor(order: OrderSpec) {
    this.#order = order;
    this.#tasks = new Map(order.tasks.map((task) => [task.id, task]));
    this.#shown = packagingShown(order);
    const waits = (id: string): boolean => [id, ...this.#reach(id)].some((each) => this.#shown.has(each));
    const late = this.#shown.size === 0 ? [] : order.tasks.map(({ id }) => id).filter(waits);
    this.#late = new Set(late);
  }

  /** Packaging tasks whose PDF the task shows. */
  packagingFor(taskId: string): readonly string[] {
    return this.#shown.get(taskId) ?? [];
  }

  /** Tasks that must have ended before the packaging task starts. */
  beforePackaging(packagingTaskId: string): readonly string[] {
    const taken = this.#order.packagingTasks
      .filter(({ id }) => id === packagingTaskId)
      .flatMap(({ documents }) => documents.map(({ taskId }) => taskId));
    return this.#order.tasks.map(({ id }) => id).filter((id) => taken.includes(id) || !this.#late.has(id));
  }

  /** Tasks that come before this one, directly or through others and through packaging. */
  before(taskId: string): ReadonlySet<string> {
    return this.#reach(taskId, true);
  }

  /** Ids of tasks that wait for themselves. Unknown ids are ignored here; they are reported on their own. */
  cyclic(): string[] {
    return this.#order.tasks.map(({ id }) => id).filter((id) => this.before(id).has(id));
  }

  #reach(taskId: string, throughPackaging = false): Set<string> {
    const found = new Set<string>();
    const waiting = [taskId];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const packaging = throughPackaging ? this.packagingFor(id) : [];
      const direct = this.#tasks.get(id)?.dependsOnTasks ?? [];
      for (const next of [...direct, ...packaging.flatMap((each) => this.beforePackaging(each))]) {
        if (found.has(next)) continue;
        found.add(next);
        waiting.push(next);
      }
    }
    return found;
  }
}

function packagingShown(order: OrderSpec): Map<string, string[]> {
  const packaging = new Map(
    listDocuments(order).flatMap(({ documentId, spec }) =>
      spec.kind === 'packaging-result' ? [[documentId, spec.refPackagingTaskId] as const] : [],
    ),
  );
  const shown = new Map<string, string[]>();
  for (const task of packaging.size === 0 ? [] : order.tasks) {
    const ids = task.documentActions.flatMap(
      (action) => packaging.get(documentIdOf(order, action) ?? '') ?? [],
    );
    if (ids.length > 0) shown.set(task.id, ids);
  }
  return shown;
}
