import { nemidProblems } from './problems.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';

/** NATIVE_SIGNATURE_REFUSED by the check of this name. */
export const refused = (check: string, why: Problem, cause?: unknown): SeglError =>
  nemidProblems.error('NATIVE_SIGNATURE_REFUSED', { check, why }, { cause });
