import { randomBytes } from 'node:crypto';

const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';

/** `length` random lower-case base-36 characters, each uniformly distributed. */
export function randomBase36(length: number): string {
  let text = '';
  while (text.length < length) {
    // 252 = 7 × 36: bytes above it would favour the first characters
    for (const byte of randomBytes(length)) {
      if (byte < 252 && text.length < length) text += BASE36[byte % 36];
    }
  }
  return text;
}

/**
 * A public id of the contract (request, SDS, archive): `ddMMyyyy` and 50 base-36 characters, 58 in all.
 * Never contains the letters "sds": clients look for them in result URIs to tell a packaged result.
 */
export function publicId(now: Date): string {
  const day = String(now.getUTCDate()).padStart(2, '0');
  const month = String(now.getUTCMonth() + 1).padStart(2, '0');
  for (;;) {
    const id = `${day}${month}${now.getUTCFullYear()}${randomBase36(50)}`;
    if (!id.includes('sds')) return id;
  }
}

/** A single sign-on artifact: 25 base-36 characters. */
export const artifactId = (): string => randomBase36(25);

/** A transaction id of the audit trail: 64 hex digits. */
export const transactionId = (): string => randomBytes(32).toString('hex');
