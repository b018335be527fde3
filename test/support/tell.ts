/** What was found, in English, as reports and messages tell it. */
import { serverProblems } from '../../src/server/problems.ts';
import type { Problem } from '../../src/problem/problem.ts';

export const tell = (problem: Problem): string => serverProblems.catalogue.text(problem, 'en');
