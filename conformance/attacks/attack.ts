/** A hostile file, made from a genuine one, and what a validator must say of it. */
export interface Attack {
  /** The attack as the literature names it. */
  readonly family: string;
  /** What was done, in a few words; unique within its family. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Indications that are right for it, as `TOTAL-FAILED/HASH_FAILURE`: one, or several that are as good. */
  readonly expected: readonly string[];
}

/** The form does not fit: nothing is judged further. */
export const FORMAT = 'TOTAL-FAILED/FORMAT_FAILURE';
/** An update behind a signature of a PDF changed more than may come there. */
export const CHANGED = FORMAT;
/** What was signed was changed. */
export const HASH = 'TOTAL-FAILED/HASH_FAILURE';
/** The signature value does not fit. */
export const CRYPTO = 'TOTAL-FAILED/SIG_CRYPTO_FAILURE';
/** It holds, but not as it must: something beside it, or behind it. */
export const CONSTRAINTS = 'INDETERMINATE/SIG_CONSTRAINTS_FAILURE';
export const ALGORITHMS = 'INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE';
export const NO_SIGNER = 'INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND';
export const NO_PATH = 'INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND';
export const NO_DATA = 'INDETERMINATE/SIGNED_DATA_NOT_FOUND';

/** Replaces the one thing that `find` must find, so that no attack is a file that was left as it was. */
export function edited(text: string, find: string | RegExp, replace: string): string {
  const changed = text.replace(find, () => replace);
  if (changed === text) throw new Error(`nothing to replace: ${String(find)}`);
  return changed;
}
