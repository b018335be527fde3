/** What the pages say about problems, in the language that they are in (`sandbox/templates/layout.eta`). */
import type { Problem } from '@segl/problem/problem';
import { simulatorProblems } from './problems.ts';

export const tell = (problem: Problem): string => simulatorProblems.catalogue.text(problem, 'en');

/** The same for each field of a form. */
export const tellEach = (problems: Readonly<Record<string, Problem>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(problems).map(([field, problem]) => [field, tell(problem)]));
