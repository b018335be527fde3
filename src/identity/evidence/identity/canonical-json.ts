/** JSON in its one canonical form (RFC 8785, JCS), so that bytes that are hashed can be made again from what they say. */

/** Half of a pair: what is no text has no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Members sorted by UTF-16 code units, no white space, numbers and strings as ECMAScript writes them (RFC 8785 section 3.2).
 * Throws a TypeError for what JSON has no form of: undefined, functions, numbers that are not finite, text with lone surrogates.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === 'string' && !LONE_SURROGATE.test(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${canonicalJson(name)}:${canonicalJson(member)}`).join(',')}}`;
  }
  throw new TypeError(`JSON has no form of a value of type ${typeof value}`);
}
