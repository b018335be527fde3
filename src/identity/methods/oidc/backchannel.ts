/**
 * The exchange behind the browser: the provider is asked to ask a person in their app, and then, now and again, who answered
 * (OpenID Connect CIBA Core 1.0, poll mode).
 */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import * as client from 'openid-client';
import {
  ACKNOWLEDGEMENT,
  readAcknowledgement,
  REQUEST_OBJECT,
} from '../../evidence/identity/proofs/backchannel.ts';
import { REQUEST } from '../../evidence/identity/proofs/json.ts';
import type { Claims } from '../../evidence/identity/jws.ts';
import { exchangedFor, type Exchanged, type ReceivedProof } from './exchange.ts';
import type { SigningKey } from './keys.ts';
import { oidcProblems } from './problems.ts';
import { asksInApp, type Connection, type OidcProvider } from './provider.ts';
import { refusalOf } from './refusal.ts';

const GRANT = 'urn:openid:params:grant-type:ciba';

/** Seconds that a signed request is good for. */
const REQUEST_LIFE = 300;

/** Most seconds between two questions. */
const MAX_INTERVAL = 60;

/** Characters of an acknowledgement: it is kept with the session. */
const LONGEST = 2_000;

export interface RequestInApp {
  /** Of the commitment. Providers that know it give it back in the token; others do not look at it. */
  readonly nonce: string;
  readonly scopes: readonly string[];
  /** Of the profile. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What was asked and acknowledged; plain data, as the session keeps it. */
export interface AskedInApp {
  /** The request: as it was signed, or its parameters as JSON. */
  readonly request: string;
  readonly isSigned: boolean;
  /** As it came. */
  readonly acknowledgement: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly interval: number;
}

/** Throws METHOD_UNSUPPORTED where the provider asks nobody, and what the library throws. */
export async function askInApp(
  provider: OidcProvider,
  { config, transport, clientKey }: Connection,
  { nonce, scopes, parameters }: RequestInApp,
  now: Date,
): Promise<AskedInApp> {
  const metadata = config.serverMetadata();
  if (!asksInApp(metadata)) {
    const what = oidcProblems.of('oidc/no-backchannel', { provider: provider.id });
    throw oidcProblems.error('METHOD_UNSUPPORTED', { what });
  }
  const asked = { ...parameters, scope: [...new Set(['openid', ...scopes])].join(' '), nonce };
  const algorithms = metadata.backchannel_authentication_request_signing_alg_values_supported;
  const signed =
    clientKey && Array.isArray(algorithms) && algorithms.includes(clientKey.alg)
      ? await signedRequest(provider, clientKey, asked, now)
      : undefined;
  await client.initiateBackchannelAuthentication(config, signed === undefined ? asked : { request: signed });
  const came = transport.fetched(metadata.backchannel_authentication_endpoint!)?.bytes ?? Buffer.alloc(0);
  const acknowledged = readAcknowledgement(came);
  if (!acknowledged || came.length > LONGEST)
    throw oidcProblems.error('UNAVAILABLE', {
      what: oidcProblems.of('oidc/provider', { provider: provider.id }),
    });
  return {
    request: signed ?? JSON.stringify({ ...asked, client_id: provider.clientId }),
    isSigned: signed !== undefined,
    acknowledgement: Buffer.from(came).toString('utf8'),
    expiresIn: acknowledged.expiresIn,
    interval: Math.min(Math.max(acknowledged.interval, 1), MAX_INTERVAL),
  };
}

/** Section 7.1.1: everything is in it but what the client is known by. */
const signedRequest = (
  { clientId, issuer }: OidcProvider,
  { key, kid, alg }: SigningKey,
  parameters: Readonly<Record<string, string>>,
  now: Date,
): Promise<string> => {
  const seconds = Math.floor(now.getTime() / 1000);
  return new SignJWT({ ...parameters, client_id: clientId })
    .setProtectedHeader({ alg, typ: 'JWT', ...(kid !== undefined && { kid }) })
    .setIssuer(clientId)
    .setAudience(issuer)
    .setIssuedAt(seconds)
    .setNotBefore(seconds)
    .setExpirationTime(seconds + REQUEST_LIFE)
    .setJti(randomUUID())
    .sign(key);
};

/** What was asked, as evidence keeps it. */
export const askedProofs = ({ request, isSigned, acknowledgement }: AskedInApp): readonly ReceivedProof[] => [
  isSigned
    ? { role: REQUEST_OBJECT, mediaType: 'application/jwt', bytes: Buffer.from(request, 'latin1') }
    : { role: REQUEST, mediaType: 'application/json', bytes: Buffer.from(request, 'utf8') },
  { role: ACKNOWLEDGEMENT, mediaType: 'application/json', bytes: Buffer.from(acknowledgement, 'utf8') },
];

/** The id of a request, by which it is asked after. */
export const requestId = ({ acknowledgement }: AskedInApp): string =>
  readAcknowledgement(Buffer.from(acknowledgement, 'utf8'))!.id;

export type Polled =
  /** `interval`: seconds until it may be asked again. */
  | { readonly kind: 'waiting'; readonly interval: number }
  /** Nobody answered, or not with yes. `code`: the provider's (section 11). */
  | { readonly kind: 'ended'; readonly code: string }
  | { readonly kind: 'answered'; readonly exchanged: Exchanged };

/** What ends a request without anybody having approved. */
const ENDS: ReadonlySet<string> = new Set(['access_denied', 'expired_token', 'transaction_failed']);

/**
 * Asks once. `interval`: seconds between two questions until now. Throws what the library throws; `refusalOf` says what it
 * means.
 */
export async function pollOnce(
  connection: Connection,
  asked: AskedInApp,
  interval: number,
  wantsUserinfo: (token: Claims) => boolean,
): Promise<Polled> {
  try {
    const parameters = { auth_req_id: requestId(asked) };
    const tokens = await client.genericGrantRequest(connection.config, GRANT, parameters);
    if (tokens.id_token === undefined) return { kind: 'ended', code: 'server_error' };
    const decrypted = client.getDecryptedResponses(tokens);
    return { kind: 'answered', exchanged: await exchangedFor(connection, tokens, decrypted, wantsUserinfo) };
  } catch (error) {
    const said = error instanceof client.ResponseBodyError ? error.error : undefined;
    if (said === 'authorization_pending') return { kind: 'waiting', interval };
    if (said === 'slow_down') return { kind: 'waiting', interval: Math.min(interval + 5, MAX_INTERVAL) };
    if (said !== undefined && ENDS.has(said)) return { kind: 'ended', code: said };
    // it did not answer in time: it is asked less often (RFC 8628 section 3.5)
    if (!refusalOf(error)) return { kind: 'waiting', interval: Math.min(interval * 2, MAX_INTERVAL) };
    throw error;
  }
}
