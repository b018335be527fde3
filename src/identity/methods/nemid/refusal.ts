import type { SeglError } from '@segl/problem/errors';
import { identityProblems } from '../../problems.ts';

/** NATIVE_SIGNATURE_REFUSED by the check of this name. */
export const refused = (check: string, why: string, cause?: unknown): SeglError =>
  identityProblems.error('NATIVE_SIGNATURE_REFUSED', { check, why }, { cause });
