/** What was found, in English, as reports and messages tell it. */
import { serverProblems } from '@segl/server/problems';
import type { Problem } from '@segl/problem/problem';

export const tell = (problem: Problem): string => serverProblems.catalogue.text(problem, 'en');
