/** HTTP Basic authentication (RFC 7617). */

export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** What to send with 401. */
export const basicChallenge = 'Basic realm="Segl"';

/**
 * The credentials of an Authorization header, read as UTF-8; undefined when it is absent, not Basic, or has control
 * characters (§2 forbids them).
 */
export function readBasicAuth(header: string | undefined): BasicCredentials | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/]+={0,2})\s*$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 || /\p{Cc}/u.test(text)
    ? undefined
    : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
