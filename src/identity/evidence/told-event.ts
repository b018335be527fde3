/** That the verification trail tells a fact, once: what packaging policies ask where attributes give rise to an event. */
import type { AuditFact } from '../method.ts';
import type { LtvSdoContent } from './ltvsdo/content.ts';

/** Undefined: exactly one event of the type, with all that the only fact says. Otherwise how many events there are. */
export function countUnlessTold(
  { verificationAuditTrail }: Pick<LtvSdoContent, 'verificationAuditTrail'>,
  type: string,
  facts: readonly AuditFact[],
): number | undefined {
  const events = verificationAuditTrail.filter((event) => event.type === type);
  const [fact] = facts;
  const isTold = ({ data }: (typeof events)[number]): boolean =>
    Object.entries(fact?.data ?? {}).every(([name, value]) =>
      data.some((one) => one.name === name && one.value === value),
    );
  return fact && events.length === 1 && events.every(isTold) ? undefined : events.length;
}
