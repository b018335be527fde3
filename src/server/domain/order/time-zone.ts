/** Local time and instants: IANA zones by way of Intl, and fixed offsets. Pure; knows no clock. */

/** A zone: how far its local time is ahead of UTC at an instant, in milliseconds. */
export interface TimeZone {
  readonly offsetAt: (instant: Date) => number;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const MAX_OFFSET_MINUTES = 14 * 60;

/**
 * Reads an IANA name in any case (`Europe/Copenhagen`), `Z`, `UTC` or `GMT`, or an offset with or without UTC or GMT
 * before it (`+01:00`, `+0100`, `+1`, `UTC+1`; positive is east, as in ISO 8601). Undefined for anything else.
 */
export function readTimeZone(text: string): TimeZone | undefined {
  const name = text.trim();
  const [offset, sign, hours = '', minutes = '0'] =
    /^(?:UTC|GMT|Z)?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?$/i.exec(name) ?? [];
  if (offset) {
    const ahead = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
    if (Math.abs(ahead) > MAX_OFFSET_MINUTES || Number(minutes) > 59) return undefined;
    return { offsetAt: () => ahead * MINUTE };
  }
  // Intl takes offsets in some releases only, and never with UTC before them; what is left here must be a name
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    return namedZone(name);
  } catch {
    return undefined;
  }
}

/** Throws RangeError for a name that the time zone database does not know. */
function namedZone(name: string): TimeZone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  return {
    offsetAt(instant) {
      const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
      const field = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
      const local = Date.UTC(
        ...[field('year'), field('month') - 1, field('day')],
        ...[field('hour'), field('minute'), field('second')],
      );
      return local - Math.floor(instant.getTime() / 1000) * 1000;
    },
  };
}

/** Local date and time as milliseconds, counted as if the zone were UTC. */
export const localTime = (zone: TimeZone, instant: Date): number =>
  instant.getTime() + zone.offsetAt(instant);

/**
 * The instant at which clocks of the zone show `local` (milliseconds as if it were UTC). A time that a change of clocks
 * leaves out is moved on by as much as the clocks were (02:30 becomes 03:30); of a time that comes twice, the first is
 * meant. So RFC 5545 §3.3.5 reads them.
 */
export function instantOf(zone: TimeZone, local: number): Date {
  // clocks change at most once in two days, so these are all offsets that can apply
  const before = zone.offsetAt(new Date(local - DAY));
  const after = zone.offsetAt(new Date(local + DAY));
  const shows = (offset: number): boolean => zone.offsetAt(new Date(local - offset)) === offset;
  const fitting = [before, after].filter(shows);
  return new Date(local - (fitting.length > 0 ? Math.max(...fitting) : before));
}
