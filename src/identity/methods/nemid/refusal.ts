import type { SeglError } from '../../../problem/errors.ts';
import type { Problem } from '../../../problem/problem.ts';
import { identityProblems } from '../../problems.ts';

/** NATIVE_SIGNATURE_REFUSED by the check of this name. */
export const refused = (check: string, why: Problem, cause?: unknown): SeglError =>
  identityProblems.error('NATIVE_SIGNATURE_REFUSED', { check, why }, { cause });
