/** Problems in columns of JSON. */
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '../../problems.ts';

/** As it was when it was kept; null stays null. */
export const keptProblem = (column: Problem | null): Problem | null =>
  column && serverProblems.catalogue.revived(column);
