/** What was found, in English, as reports and messages tell it. */
import { nemidProblems } from '@segl/identity/methods/nemid/problems';
import { Catalogue } from '@segl/problem/catalogue';
import type { Problem } from '@segl/problem/problem';
import { serverProblems } from '@segl/server/problems';

/** The service's, and NemID's. */
export const problemTexts = Catalogue.of([
  ...serverProblems.catalogue.parts,
  ...nemidProblems.catalogue.parts,
]);

export const tell = (problem: Problem): string => problemTexts.text(problem, 'en');
