import type { Problem } from '@segl/problem/problem';
import { soapProblems } from './problems.ts';
import type { SimpleType } from './schema.ts';
import type { WireScalar } from './wire-value.ts';

const dateTime = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

function isDateTime(text: string): boolean {
  return dateTime.test(text) && !Number.isNaN(Date.parse(text.replace(/(\.\d{3})\d+/, '$1')));
}

/**
 * Reads a value of a simple type (XML Schema part 2). Strings are kept as they are; white space around others is
 * dropped. A dateTime stays the text that was sent, offset and all. The problem never repeats the value.
 */
export function readSimple(type: SimpleType, raw: string): { value: WireScalar } | { problem: Problem } {
  const text = raw.trim();
  if (type.values) {
    return type.values.includes(text)
      ? { value: text }
      : { problem: soapProblems.of('soap/not-one-of', { allowed: type.values }) };
  }
  switch (type.builtIn) {
    case 'string':
      return { value: raw };
    case 'anyType':
      return { value: text };
    case 'boolean':
      if (text === 'true' || text === '1') return { value: true };
      if (text === 'false' || text === '0') return { value: false };
      return { problem: soapProblems.of('soap/not-a-boolean') };
    case 'int':
    case 'integer': {
      const number = Number(text);
      const most = type.builtIn === 'int' ? 0x7fff_ffff : Number.MAX_SAFE_INTEGER;
      return /^[+-]?\d+$/.test(text) && number <= most && number >= -most - 1
        ? { value: number }
        : { problem: soapProblems.of('soap/not-an-integer') };
    }
    case 'dateTime':
      return isDateTime(text) ? { value: text } : { problem: soapProblems.of('soap/not-a-date-time') };
    case 'base64Binary': {
      const packed = text.replace(/\s+/g, '');
      return packed.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(packed)
        ? { value: Buffer.from(packed, 'base64') }
        : { problem: soapProblems.of('soap/not-base64') };
    }
  }
}

/** The moment that an xs:dateTime names; one without an offset is taken as UTC. It has been checked by `readSimple`. */
export const instantOf = (text: string): Date =>
  new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);

/** Writes a value of a simple type; times in UTC with milliseconds. The result is not escaped. */
export function writeSimple(value: WireScalar): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return String(value);
}
