/** /Contents of a signature dictionary: a DER value, and zeros up to the end of the room that was kept for it. */
import type { SeglError } from '@segl/problem/errors';
import { adesProblems } from '../problems.ts';
import { derLength } from '@segl/pki/asn1/der';
import type { PdfString } from '../pdf/objects.ts';

/** The DER value; all behind it must be zeros. Throws PADES_INVALID. */
export function contentsOf({ bytes }: PdfString): Uint8Array {
  const invalid = (why: string): SeglError => adesProblems.error('PADES_INVALID', { why });
  let length: number;
  try {
    length = derLength(bytes);
  } catch {
    throw invalid('its contents are not DER');
  }
  if (length > bytes.length) throw invalid('its contents are cut off');
  const rest = bytes.subarray(length);
  if (!Buffer.alloc(rest.length).equals(rest)) {
    throw invalid('its contents are followed by other data');
  }
  return bytes.subarray(0, length);
}
