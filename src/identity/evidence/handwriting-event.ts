/** Handwriting beside a signature that a method makes: an event of the trail carries it. */
import type { Problem } from '@segl/problem/problem';
import { identityProblems } from '../problems.ts';
import type { SeglError } from '@segl/problem/errors';
import type { Handwriting } from '../handwriting.ts';
import type { LtvSdoContent } from './ltvsdo/content.ts';
import { requireHandwriting } from './handwriting.ts';

/** The type of the event that carries handwriting (packaging policies with handwriting, N4). */
export const HANDWRITING_EVENT = 'signer-wrote-by-hand';

const invalid = (why: Problem): SeglError => identityProblems.error('EVIDENCE_INVALID', { why });

/** The handwriting beside a native signature (N4 and N5). Throws EVIDENCE_INVALID. */
export function readHandwritingEvent({ creationAuditTrail, document }: LtvSdoContent): Handwriting {
  const [event, ...more] = creationAuditTrail.filter(({ type }) => type === HANDWRITING_EVENT);
  const entries = new Map(event?.data.map(({ name, value }) => [name, value]));
  const bytes = (name: string): Buffer => Buffer.from(entries.get(name) ?? '', 'base64');
  const kind = entries.get('handwriting-kind');
  if (
    !event ||
    more.length > 0 ||
    entries.size !== event.data.length ||
    (kind !== 'drawn' && kind !== 'typed')
  ) {
    throw invalid(identityProblems.of('wsd/handwriting-count'));
  }
  if (!bytes('document-digest').equals(document.sha256)) {
    throw invalid(identityProblems.of('wsd/handwriting-of-other-document'));
  }
  const text = entries.get('handwriting') ?? '';
  return requireHandwriting({ kind, text }, bytes('handwriting-digest'), document.sha256);
}
