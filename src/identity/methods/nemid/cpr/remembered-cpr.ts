/** CPR numbers that signers asked to have remembered: used the next time, forgotten after three months without use. */
import type { AuditFact, MethodMemory } from '../../../method.ts';

const KIND = 'remembered-cpr';

/** Remembers a number that was verified, for `at` and three months from its last use on. */
export function remember(
  memory: MethodMemory,
  uniqueId: string,
  { cpr, consentedAt, at }: { readonly cpr: string; readonly consentedAt: Date; readonly at: Date },
): Promise<void> {
  const value = JSON.stringify({ person: uniqueId, cpr });
  return memory.put(KIND, uniqueId, value, { since: consentedAt, until: threeMonthsAfter(at) });
}

/** The number, if one is remembered. Throws SECRET_UNREADABLE. */
export async function recall(
  memory: MethodMemory,
  uniqueId: string,
): Promise<{ cpr: string; consentedAt: Date } | undefined> {
  const kept = await memory.get(KIND, uniqueId);
  if (!kept) return undefined;
  const { person, cpr } = JSON.parse(kept.value) as { person: string; cpr: string };
  // a row that was copied to another person's place
  return person === uniqueId ? { cpr, consentedAt: kept.since } : undefined;
}

export const isRemembered = (memory: MethodMemory, uniqueId: string): Promise<boolean> =>
  memory.has(KIND, uniqueId);

export async function forget(memory: MethodMemory, uniqueId: string): Promise<AuditFact | undefined> {
  if (!(await memory.forget(KIND, uniqueId))) return undefined;
  const description = 'The signer asked to have the remembered CPR number forgotten';
  return { type: 'cpr-forgotten', of: 'creation', data: { description } };
}

const danish = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Copenhagen',
  hourCycle: 'h23',
  ...{
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
});

/** The Danish wall clock as if it were UTC. */
function wallClock(at: Date): number {
  const parts = new Map(danish.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const seconds = Date.UTC(
    part('year'),
    part('month') - 1,
    ...([part('day'), part('hour'), part('minute'), part('second')] as const),
  );
  return seconds + at.getMilliseconds();
}

/** The same day and time of the Danish calendar; the last day of a month that is shorter. */
export function threeMonthsAfter(at: Date): Date {
  const wall = new Date(wallClock(at));
  const day = wall.getUTCDate();
  wall.setUTCDate(1);
  wall.setUTCMonth(wall.getUTCMonth() + 3);
  const last = new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + 1, 0)).getUTCDate();
  wall.setUTCDate(Math.min(day, last));
  // the offset of the result decides, which is that of the guess but within hours of a change of the clock
  const target = wall.getTime();
  let guess = target - (wallClock(at) - at.getTime());
  guess = target - (wallClock(new Date(guess)) - guess);
  return new Date(guess);
}
