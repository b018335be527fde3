import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../../problems.ts';

/** NATIVE_SIGNATURE_REFUSED by the check of this name. */
export const refused = (check: string, why: Problem, cause?: unknown): SeglError =>
  identityProblems.error('NATIVE_SIGNATURE_REFUSED', { check, why }, { cause });
