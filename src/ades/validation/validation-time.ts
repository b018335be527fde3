/** The moment of validation as people and programs write it. */
import { adesProblems } from '../problems.ts';

const SHAPE = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** ISO 8601 with its zone, or a date, whose first moment in UTC it is then. Throws BAD_REQUEST {why}, naming `what`. */
export function readValidationTime(text: string, what: string): Date {
  // a date alone is its first moment in UTC (ECMA-262, Date Time String Format)
  const [, day, time = ''] = SHAPE.exec(text) ?? [];
  const at = new Date(day === undefined ? NaN : `${day}${time}`);
  // a day that its month does not have becomes one of the next month
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  if (!isDay || Number.isNaN(at.getTime())) {
    const why = adesProblems.of('validation/moment', { what, text: text.slice(0, 40) });
    throw adesProblems.error('BAD_REQUEST', { why });
  }
  return at;
}
