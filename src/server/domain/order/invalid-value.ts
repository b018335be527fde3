/** What is wrong with a request: where, and what would be right. Collected, so that a caller learns all at once. */
import type { Problem } from '@segl/problem/problem';
import { orderProblems } from './problems.ts';

export interface InvalidValue {
  /** Path in the contract's words, e.g. `request[1]/task[@id="a"]/document-action[1]/document-ref`. */
  readonly element: string;
  /** What is wrong and what is allowed. */
  readonly problem: Problem;
  /**
   * What it was judged by besides the element, e.g. `task/@id` for an id that no task has. While one of those cannot be
   * read, nothing is known about it.
   */
  readonly from?: readonly string[];
}

/** Invalid values that one answer tells: enough to mend a request by, short enough to be read. */
export const MOST_TOLD = 50;

/**
 * Each once, as an error carries them; how many more there are beyond the first {@link MOST_TOLD}. `uncounted`: those that
 * were found, and not kept.
 */
export function invalidValues(found: readonly InvalidValue[], uncounted = 0): Problem[] {
  const told = new Map(
    found.map(({ element, problem: { code, params } }) => {
      const problem = orderProblems.of('value/at', { element, problem: { code, params } });
      return [JSON.stringify(problem), problem] as const;
    }),
  );
  const more = Math.max(told.size - MOST_TOLD, 0) + uncounted;
  return [
    ...[...told.values()].slice(0, MOST_TOLD),
    ...(more > 0 ? [orderProblems.of('value/more', { count: more })] : []),
  ];
}
