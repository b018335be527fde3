/** The moment of validation as people and programs write it. */
import { generalProblems } from '@segl/problem/problems';

export const MOMENT_FORMS = 'a date (2026-03-01) or a time with its zone (2026-03-01T12:00:00Z)';

const SHAPE = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** ISO 8601 with its zone, or a date, whose first moment in UTC it is then. Throws BAD_REQUEST {why}, naming `what`. */
export function readMoment(text: string, what: string): Date {
  const [, day, time = 'T00:00:00Z'] = SHAPE.exec(text) ?? [];
  const at = new Date(day === undefined ? NaN : `${day}${time}`);
  // a day that its month does not have becomes one of the next month
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  if (!isDay || Number.isNaN(at.getTime())) {
    throw generalProblems.error('BAD_REQUEST', {
      why: `${what} "${text.slice(0, 40)}" is not ${MOMENT_FORMS}`,
    });
  }
  return at;
}
