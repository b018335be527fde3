/** xs:dateTime and Date. */
import { adesProblems } from '../problems.ts';

/** UTC with milliseconds: `2026-01-31T12:00:00.000Z`. Throws XML_INVALID for a Date that is none or beyond year 9999. */
export function formatDateTime(date: Date, what: string): string {
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999))
    throw adesProblems.error('XML_INVALID', { why: adesProblems.of('xml/not-a-time', { what }) });
  return date.toISOString();
}

/** Reads an xs:dateTime, which must name its zone. Throws XML_INVALID naming `what`. */
export function parseDateTime(text: string, what: string): Date {
  const shape = /^\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))\s*$/.exec(text)?.[1];
  const date = new Date(shape ?? NaN);
  if (Number.isNaN(date.getTime())) {
    throw adesProblems.error('XML_INVALID', { why: adesProblems.of('xml/time-without-zone', { what }) });
  }
  return date;
}
