/** Whose passkeys they are: the host name of the pages, or a domain above it (Web Authentication Level 3, section 5.1.2). */
import { isIP } from 'node:net';
import type { Problem } from '@segl/problem/problem';
import { isWithin } from '../../evidence/identity/webauthn.ts';
import { passkeyProblems } from './problems.ts';

export type RelyingParty = { readonly rpId: string } | { readonly problem: Problem };

const isLocal = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');

/** For pages of this origin; `configured`: as METHODS_FILE says. Browsers refuse what is refused here. */
export function relyingParty(origin: string, configured: string | undefined): RelyingParty {
  const { hostname: host, protocol } = new URL(origin);
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0)
    return { problem: passkeyProblems.of('passkey/ip-address', { host }) };
  if (protocol !== 'https:' && !isLocal(host))
    return { problem: passkeyProblems.of('passkey/no-https', { origin }) };
  const rpId = configured ?? host;
  return isWithin(origin, rpId) ? { rpId } : { problem: passkeyProblems.of('passkey/rp-id', { rpId, host }) };
}
