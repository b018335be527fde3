/** What is wrong with an order: where, and what would be right. Collected, so that a caller learns all at once. */
export interface Problem {
  /** Path in the contract's words, e.g. `request[1]/task[@id="a"]/document-action[1]/document-ref`. */
  readonly element: string;
  /** What is wrong and what is allowed. */
  readonly why: string;
  /**
   * What it was judged by besides the element, e.g. `task/@id` for an id that no task has. While one of those cannot be
   * read, nothing is known about it.
   */
  readonly from?: readonly string[];
}

/** Lines of one answer: enough to mend a request by, short enough to be read. */
export const MOST_PROBLEMS = 50;

/** One line a problem, each once, for the fault's text; how many more there are beyond the first {@link MOST_PROBLEMS}. */
export function describeProblems(problems: readonly Pick<Problem, 'element' | 'why'>[]): string {
  const lines = [...new Set(problems.map(({ element, why }) => `${element}: ${why}`))];
  const more = lines.length - MOST_PROBLEMS;
  return [...lines.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
