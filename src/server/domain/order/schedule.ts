/**
 * When a notification with a schedule is due: at the first moment that
 *
 * - is no earlier than `wait` after the state was reached (a day is 24 hours) and no earlier than `wait-until`,
 * - is on one of `days-of-week` (none given: every day),
 * - shows `time-of-day` on the clock (none given: any time; if the day has to move, the time of day stays),
 *
 * days and times as people in `timezone` see them. Pure; the time comes in.
 */
import type { InvalidValue } from './invalid-value.ts';
import type { Schedule } from './model.ts';
import { orderProblems } from './problems.ts';
import { instantOf, localTime, readTimeZone, type TimeZone } from './time-zone.ts';

/** The contract's signers live here; an order that means another zone says so. */
export const DEFAULT_TIME_ZONE = 'Europe/Copenhagen';

/** Three thousand six hundred and fifty days, as for days-to-live: a longer wait is a slip of the pen. */
export const MAX_WAIT_MINUTES = 3650 * 24 * 60;

const MINUTE = 60_000;
const DAY = 86_400_000;
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** What the texts of a schedule mean. */
interface Timing {
  readonly zone: TimeZone;
  readonly waitMs: number;
  readonly waitUntil?: Date;
  /** 1 Monday to 7 Sunday (ISO 8601). */
  readonly days?: ReadonlySet<number>;
  /** Milliseconds after local midnight. */
  readonly timeOfDay?: number;
}

type TextElement = 'timezone' | 'wait-until' | 'days-of-week' | 'time-of-day';

/** What cannot be understood or meant: the child element, and what it may hold. Empty for a sound schedule. */
export function scheduleProblems(schedule: Schedule): InvalidValue[] {
  const { waitUntil, wait = {}, daysOfWeek, timeOfDay, timezone } = schedule;
  const problems: InvalidValue[] = [];
  const check = (element: TextElement, text: string | undefined, read: unknown): void => {
    if (text !== undefined && read === undefined)
      problems.push({ element, problem: orderProblems.of(`schedule/${element}`, { text }) });
  };
  const zone = zoneOf(timezone);
  check('timezone', timezone, zone);
  const until = waitUntil === undefined ? undefined : readDateTime(waitUntil, zone ?? zoneOf(undefined)!);
  check('wait-until', waitUntil, until);
  const days = daysOfWeek === undefined ? undefined : readDays(daysOfWeek);
  check('days-of-week', daysOfWeek, days);
  const time = timeOfDay === undefined ? undefined : readTimeOfDay(timeOfDay);
  check('time-of-day', timeOfDay, time);
  const parts = [wait.days ?? 0, wait.hours ?? 0, wait.minutes ?? 0];
  if (parts.some((part) => part < 0) || waitMinutes(schedule) > MAX_WAIT_MINUTES)
    problems.push({ element: 'wait', problem: orderProblems.of('schedule/wait') });
  return problems;
}

/**
 * The moment at which the notification is due, no earlier than `now`. `reachedAt`: when the task came into the state.
 * What cannot be understood (an order is not stored with it) is left out.
 */
export function dueAt(schedule: Schedule, reachedAt: Date, now: Date): Date {
  const { zone, waitMs, waitUntil, days, timeOfDay } = timingOf(schedule);
  const earliest = new Date(
    Math.max(reachedAt.getTime() + waitMs, waitUntil?.getTime() ?? -Infinity, now.getTime()),
  );
  const local = localTime(zone, earliest);
  const midnight = local - modulo(local, DAY);
  // eight days hold every weekday after today, one more is for a date that a zone leaves out
  for (let day = 0; day <= 9; day++) {
    const date = midnight + day * DAY;
    if (days && !days.has(isoWeekday(date))) continue;
    if (timeOfDay === undefined && day === 0) return earliest;
    const moment = instantOf(zone, date + (timeOfDay ?? local - midnight));
    if (moment >= earliest && sameDate(localTime(zone, moment), date)) return moment;
  }
  return earliest;
}

function timingOf(schedule: Schedule): Timing {
  const zone = zoneOf(schedule.timezone) ?? zoneOf(undefined)!;
  const waitUntil = schedule.waitUntil === undefined ? undefined : readDateTime(schedule.waitUntil, zone);
  const days = schedule.daysOfWeek === undefined ? undefined : readDays(schedule.daysOfWeek);
  const timeOfDay = schedule.timeOfDay === undefined ? undefined : readTimeOfDay(schedule.timeOfDay);
  return {
    zone,
    waitMs: waitMinutes(schedule) * MINUTE,
    ...(waitUntil && { waitUntil }),
    ...(days && { days }),
    ...(timeOfDay !== undefined && { timeOfDay }),
  };
}

const waitMinutes = ({ wait = {} }: Schedule): number =>
  ((wait.days ?? 0) * 24 + (wait.hours ?? 0)) * 60 + (wait.minutes ?? 0);

const zoneOf = (timezone: string | undefined): TimeZone | undefined =>
  readTimeZone(timezone ?? DEFAULT_TIME_ZONE);

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** 1 Monday to 7 Sunday, of a local time counted as if it were UTC. */
const isoWeekday = (local: number): number => new Date(local).getUTCDay() || 7;

const sameDate = (local: number, midnight: number): boolean => local >= midnight && local < midnight + DAY;

/**
 * Days in any mixture of lists and ranges: English names, whole or from three letters on, in any case; numbers 1 to 7
 * from Monday, also written together (`12345`). A range may go over the weekend (`FRI-MON`). Undefined: not understood.
 */
function readDays(text: string): ReadonlySet<number> | undefined {
  const days = new Set<number>();
  const items = text.replace(/\s*-\s*/g, '-').split(/[\s,;]+/);
  for (const item of items.filter((item) => item !== '')) {
    const [first = NaN, last = first, ...more] = item.split('-').map(readDay);
    if (/^[1-7]{2,7}$/.test(item)) for (const digit of item) days.add(Number(digit));
    else if (Number.isNaN(first) || Number.isNaN(last) || more.length > 0) return undefined;
    else for (let day = first; ; day = (day % 7) + 1) if (days.add(day) && day === last) break;
  }
  return days.size > 0 ? days : undefined;
}

/** NaN for anything but a day. */
function readDay(text: string): number {
  if (/^[1-7]$/.test(text)) return Number(text);
  const name = text.toLowerCase().replace(/\.$/, '');
  const index = name.length < 3 ? -1 : WEEKDAYS.findIndex((day) => day.startsWith(name));
  return index < 0 ? NaN : index + 1;
}

/** Milliseconds after midnight of `9:00`, `09:00`, `09.00`, `09:00:30` (a fraction is cut off). */
function readTimeOfDay(text: string): number | undefined {
  const parts = /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.\d+)?)?$/.exec(text.trim());
  if (!parts) return undefined;
  const [hours, minutes, seconds] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** An xs:dateTime; without an offset it is a local time of `zone`. */
function readDateTime(text: string, zone: TimeZone): Date | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})?$/.exec(
    text.trim(),
  );
  if (!parts) return undefined;
  const [year, month, day, hours, minutes, seconds] = parts.slice(1, 7).map(Number) as number[] &
    [number, number, number, number, number, number];
  const milliseconds = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const midnight = hours === 24 && minutes === 0 && seconds === 0 && milliseconds === 0;
  if ((hours > 23 && !midnight) || minutes > 59 || seconds > 59) return undefined;
  const date = Date.UTC(year, month - 1, day);
  // Date.UTC carries over what a month does not have, into another month
  if (new Date(date).getUTCMonth() !== month - 1) return undefined;
  const local = date + ((hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
  const own = parts[8] === undefined ? zone : readTimeZone(parts[8]);
  return own && instantOf(own, local);
}
