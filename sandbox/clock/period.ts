/** Times to move a clock to, as people write them. */
import { sandboxProblems } from '../problems.ts';

const MILLISECONDS = { w: 604_800_000, d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000 } as const;
const FURTHEST_YEARS = 100;

/** So many months on, on the same day, or the month's last where it is shorter. */
function addMonths(from: Date, months: number): Date {
  const to = new Date(from);
  const day = from.getUTCDate();
  to.setUTCDate(1);
  to.setUTCMonth(to.getUTCMonth() + months);
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(day, last));
  return to;
}

/**
 * `+3y`, `-1d`, `+1y6mo`: years, months (mo), weeks, days, hours, minutes (min), seconds from `now`; or an ISO time.
 * Throws BAD_REQUEST.
 */
export function movedTime(text: string, now: Date): Date {
  const time = readTime(text.trim(), now);
  if (!time || Math.abs(time.getUTCFullYear() - now.getUTCFullYear()) > FURTHEST_YEARS) {
    throw sandboxProblems.error('BAD_REQUEST', {
      why: sandboxProblems.of('sandbox/not-a-time', { text: text.slice(0, 40) }),
    });
  }
  return time;
}

function readTime(text: string, now: Date): Date | undefined {
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/.test(text)) {
    const time = new Date(text);
    return Number.isNaN(time.getTime()) ? undefined : time;
  }
  const [, sign, rest = ''] = /^([+-])((?:\d{1,7}(?:y|mo|w|d|h|min|s))+)$/.exec(text) ?? [];
  if (!sign) return undefined;
  let time = now;
  for (const [, digits, unit = ''] of rest.matchAll(/(\d+)(y|mo|w|d|h|min|s)/g)) {
    const count = Number(digits) * (sign === '-' ? -1 : 1);
    if (unit === 'y' || unit === 'mo') time = addMonths(time, unit === 'y' ? 12 * count : count);
    else time = new Date(time.getTime() + count * MILLISECONDS[unit as keyof typeof MILLISECONDS]);
  }
  return Number.isNaN(time.getTime()) ? undefined : time;
}
