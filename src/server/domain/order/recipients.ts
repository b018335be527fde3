/** Who is told, and in whose name: mail addresses and telephone numbers. */

export interface Mailbox {
  /** Name for people; empty when there is none. */
  readonly name: string;
  readonly address: string;
}

/** HTML's address syntax with letters of all scripts (RFC 6531), lengths by RFC 5321 §4.5.3.1. One address, no name. */
const LOCAL_PART = "[\\p{L}\\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}";
const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?';
const ADDRESS = new RegExp(`^${LOCAL_PART}@${LABEL}(?:\\.${LABEL})*$`, 'u');

/** True for `someone@example.com`. */
export const isMailAddress = (text: string): boolean => text.length <= 254 && ADDRESS.test(text);

/** Reads `someone@example.com` or `Some One <someone@example.com>`. Undefined for anything else. */
export function readMailbox(text: string): Mailbox | undefined {
  const trimmed = text.trim();
  if (isMailAddress(trimmed)) return { name: '', address: trimmed };
  const [, name = '', address = ''] = /^([^<>]*)<([^<>]*)>$/.exec(trimmed) ?? [];
  if (!isMailAddress(address.trim()) || /\p{Cc}/u.test(name)) return undefined;
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address: address.trim() };
}

/**
 * A telephone number with its country code as E.164 writes it (`+4512345678`). Taken with `+` or `00` before it, and
 * with spaces, dots, hyphens and brackets between the digits. Undefined for anything else.
 */
export function readPhoneNumber(text: string): string | undefined {
  const compact = text.trim().replace(/[\s.()/-]/g, '');
  const digits = /^(?:\+|00)([1-9]\d{6,14})$/.exec(compact)?.[1];
  return digits === undefined ? undefined : `+${digits}`;
}
