/** What the commands say about problems and findings: in English, like all that they print. */
import type { DoctorFinding } from '@segl/identity/method';
import { withAdvice } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { cliProblems } from './problems.ts';

const { catalogue } = cliProblems;

const joined = (...sentences: readonly string[]): string => sentences.filter(Boolean).join(' ');

/** What happened, and what to do about it. */
export const tell = (problem: Problem): string =>
  withAdvice(catalogue.text(problem, 'en'), catalogue.todo(problem, 'en'));

/** `todo`: what to do; empty where nothing is to be done. */
export const tellFinding = ({
  found,
  causes = [],
}: DoctorFinding): { readonly text: string; readonly todo: string } => ({
  text: joined(...[found, ...causes].map((problem) => catalogue.text(problem, 'en'))),
  todo: catalogue.todo(found, 'en'),
});

/** For programs: the text under `name`, with its code and parameters beside it; null where there is none. */
export const toldInJson = (name: string, problem: Problem | null | undefined): Record<string, unknown> =>
  problem
    ? { [name]: tell(problem), [`${name}Code`]: problem.code, [`${name}Params`]: problem.params }
    : { [name]: null };
