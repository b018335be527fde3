/** What is wrong with an order: where, and what would be right. Collected, so that a caller learns all at once. */
export interface Problem {
  /** Path in the contract's words, e.g. `request[1]/task[@id="a"]/document-action[1]/document-ref`. */
  readonly element: string;
  /** What is wrong and what is allowed. */
  readonly why: string;
}

/** One line a problem, for the fault's text. */
export const describeProblems = (problems: readonly Problem[]): string =>
  problems.map(({ element, why }) => `${element}: ${why}`).join('\n');
