import { SeglError } from '../../../problem/errors.ts';

/** NATIVE_SIGNATURE_REFUSED by the check of this name. */
export const refused = (check: string, why: string, cause?: unknown): SeglError =>
  new SeglError('NATIVE_SIGNATURE_REFUSED', { check, why }, { cause });
