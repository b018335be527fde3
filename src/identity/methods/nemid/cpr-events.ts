/** Events of the trail that tell how the CPR number was had. */
import type { LtvSdoContent } from '../../evidence/ltvsdo/content.ts';

/** Types of events that tell how the CPR number was had, and that it was not. */
const CPR_EVENTS = ['cpr-verified', 'cpr-looked-up'];
const NO_CPR_EVENT = 'cpr-not-collected';

/** The number, and in exactly one way how it was had. */
export function cprGap({ signer, verificationAuditTrail }: LtvSdoContent): string | undefined {
  const { id, type, nationality } = signer.nationalId ?? {};
  if (id === undefined) return 'there is no CPR number';
  if (type !== 'CPR' || nationality !== 'DK' || !/^\d{10}$/.test(id)) return 'what is given is no CPR number';
  const told = verificationAuditTrail.filter((event) => CPR_EVENTS.includes(event.type));
  return told.length === 1 ? undefined : `it is told ${told.length} times how the number was had`;
}

export function noCprGap({ verificationAuditTrail }: LtvSdoContent): string | undefined {
  const told = verificationAuditTrail.filter(({ type }) => [...CPR_EVENTS, NO_CPR_EVENT].includes(type));
  return told.length === 1 && told[0]?.type === NO_CPR_EVENT
    ? undefined
    : 'it is not told, or not only, that no number was had';
}

export const hasNoCprEvent = (types: readonly string[]): boolean => types.includes(NO_CPR_EVENT);
