/** /Contents of a signature dictionary: a DER value, and zeros up to the end of the room that was kept for it. */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { adesProblems } from '../problems.ts';
import { derLength } from '@segl/pki/asn1/der';
import type { PdfString } from '../pdf/objects.ts';

/** The DER value; all behind it must be zeros. Throws PADES_INVALID. */
export function contentsOf({ bytes }: PdfString): Uint8Array {
  const invalid = (why: Problem): SeglError => adesProblems.error('PADES_INVALID', { why });
  let length: number;
  try {
    length = derLength(bytes);
  } catch {
    throw invalid(adesProblems.of('pades/contents-not-der'));
  }
  if (length > bytes.length) throw invalid(adesProblems.of('pades/contents-truncated'));
  const rest = bytes.subarray(length);
  if (!Buffer.alloc(rest.length).equals(rest)) {
    throw invalid(adesProblems.of('pades/contents-trailing'));
  }
  return bytes.subarray(0, length);
}
