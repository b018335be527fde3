/** What the pages say about problems, in the language that they are in (`templates/layout.eta`). */
import type { Problem } from '@segl/problem/problem';
import { sandboxProblems } from './problems.ts';

export const tell = (problem: Problem): string => sandboxProblems.catalogue.text(problem, 'en');

/** The same for each field of a form. */
export const tellEach = (problems: Readonly<Record<string, Problem>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(problems).map(([field, problem]) => [field, tell(problem)]));
