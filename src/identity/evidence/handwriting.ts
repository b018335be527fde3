/** Handwriting in evidence, wherever it stands there. */
import type { SeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { handwritingDigest, isHandwriting, type Handwriting } from '../handwriting.ts';
import { identityProblems } from '../problems.ts';

const invalid = (why: Problem): SeglError => identityProblems.error('EVIDENCE_INVALID', { why });

/** Refuses handwriting of another form, or for another document. Throws EVIDENCE_INVALID. */
export function requireHandwriting(
  handwriting: Handwriting,
  digest: Uint8Array,
  documentSha256: Uint8Array,
): Handwriting {
  const expected = handwritingDigest(handwriting, Buffer.from(documentSha256).toString('hex'));
  if (!isHandwriting(handwriting) || Buffer.from(digest).toString('hex') !== expected) {
    throw invalid(identityProblems.of('wsd/other-handwriting'));
  }
  return handwriting;
}
