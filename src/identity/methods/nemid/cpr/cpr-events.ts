/** Events of the trail that tell how the CPR number was had. */
import { nemidProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';
import type { LtvSdoContent } from '../../../evidence/ltvsdo/content.ts';

/** Types of events that tell how the CPR number was had, and that it was not. */
const CPR_EVENTS = ['cpr-verified', 'cpr-looked-up'];
const NO_CPR_EVENT = 'cpr-not-collected';

/** The number, and in exactly one way how it was had. */
export function cprGap({ signer, verificationAuditTrail }: LtvSdoContent): Problem | undefined {
  const { id, type, nationality } = signer.nationalId ?? {};
  if (id === undefined) return nemidProblems.of('packaging/no-national-id');
  if (type !== 'CPR' || nationality !== 'DK' || !/^\d{10}$/.test(id))
    return nemidProblems.of('packaging/national-id-malformed');
  const told = verificationAuditTrail.filter((event) => CPR_EVENTS.includes(event.type));
  return told.length === 1
    ? undefined
    : nemidProblems.of('packaging/national-id-source', { count: told.length });
}

export function noCprGap({ verificationAuditTrail }: LtvSdoContent): Problem | undefined {
  const told = verificationAuditTrail.filter(({ type }) => [...CPR_EVENTS, NO_CPR_EVENT].includes(type));
  return told.length === 1 && told[0]?.type === NO_CPR_EVENT
    ? undefined
    : nemidProblems.of('packaging/no-national-id-untold');
}

/** Nothing tells of a number where there is none. */
export function noCprToldGap({ verificationAuditTrail }: LtvSdoContent): Problem | undefined {
  const count = verificationAuditTrail.filter(({ type }) => CPR_EVENTS.includes(type)).length;
  return count === 0 ? undefined : nemidProblems.of('packaging/national-id-source', { count });
}

export const hasNoCprEvent = (types: readonly string[]): boolean => types.includes(NO_CPR_EVENT);
