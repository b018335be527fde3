/** One exchange with a provider: where the signer is sent, and what the code that comes back is exchanged for. */
import * as client from 'openid-client';
import { ID_TOKEN, USERINFO } from '../../evidence/identity/proofs/id-token.ts';
import { readJws, type Claims } from '../../evidence/identity/jws.ts';
import { TRANSACTION_STATUS, TRANSACTION_TOKEN } from '../../evidence/identity/proofs/transaction-token.ts';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { oidcProblems } from './problems.ts';
import type { Connection, OidcProvider } from './provider.ts';
import type { Fetched } from './transport.ts';

/** Seconds from the log-on to the code. */
const MAX_AGE = 600;

export interface ExchangeRequest {
  readonly returnUrl: string;
  readonly returnState: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly verifier: string;
  readonly scopes: readonly string[];
  /** Of the profile. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The document to be shown: pushed, and never part of an address. */
  readonly document?: Readonly<Record<string, string>>;
}

/** What is sent, without secrets: it is kept as evidence. */
export const requestParameters = (
  { clientId }: Pick<OidcProvider, 'clientId'>,
  { returnUrl, nonce, scopes, parameters }: Omit<ExchangeRequest, 'verifier' | 'returnState' | 'document'>,
): Readonly<Record<string, string>> => ({
  ...parameters,
  client_id: clientId,
  response_type: 'code',
  redirect_uri: returnUrl,
  scope: [...new Set(['openid', ...scopes])].join(' '),
  nonce,
  // without it an old session of the provider's answers, and shows nothing
  prompt: 'login',
  max_age: String(MAX_AGE),
});

/** Where the signer is sent, and for how many seconds that is good; absent: it does not end. */
export interface AuthorizationAddress {
  readonly url: URL;
  readonly expiresIn?: number;
}

/**
 * With a pushed request where the provider takes one, which it forgets after a minute or two. Throws METHOD_UNSUPPORTED where a
 * document cannot be pushed, and what the library throws.
 */
export async function authorizationUrl(
  provider: OidcProvider,
  { config, transport, requestKey }: Connection,
  request: ExchangeRequest,
): Promise<AuthorizationAddress> {
  const parameters: Record<string, string> = {
    ...requestParameters(provider, request),
    ...request.document,
    state: request.returnState,
    code_challenge: await client.calculatePKCECodeChallenge(request.verifier),
    code_challenge_method: 'S256',
  };
  const { pushed_authorization_request_endpoint: endpoint } = config.serverMetadata();
  const isPushed =
    endpoint !== undefined && (provider.settings.pushedRequests || request.document !== undefined);
  if (request.document && !isPushed) throw unpushed(provider);
  const signed = requestKey && (await client.buildAuthorizationUrlWithJAR(config, parameters, requestKey));
  if (!isPushed) return { url: signed ?? client.buildAuthorizationUrl(config, parameters) };
  const url = await client.buildAuthorizationUrlWithPAR(config, signed?.searchParams ?? parameters);
  const expiresIn = lifeOf(transport.fetched(endpoint));
  return { url, ...(expiresIn !== undefined && { expiresIn }) };
}

const unpushed = ({ id }: OidcProvider): SeglError =>
  oidcProblems.error('METHOD_UNSUPPORTED', { what: oidcProblems.of('oidc/not-pushed', { provider: id }) });

/** `expires_in` of a pushed request (RFC 9126 section 2.2); the library has read the answer before. */
function lifeOf(answer: Fetched | undefined): number | undefined {
  const said = answer && (JSON.parse(Buffer.from(answer.bytes).toString('utf8')) as { expires_in?: unknown });
  const { expires_in: seconds } = said ?? {};
  return typeof seconds === 'number' && seconds > 0 ? seconds : undefined;
}

/** A proof as it came. */
export interface ReceivedProof {
  readonly role: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** What it says, as far as it can be read; whether it holds is judged later. */
  readonly claims?: Claims;
}

export interface Exchanged {
  readonly proofs: readonly ReceivedProof[];
  readonly discovery: Fetched;
  readonly keys: { readonly source: string; readonly fetched: Fetched } | undefined;
}

const jwt = (role: string, token: string): ReceivedProof => ({
  role,
  mediaType: 'application/jwt',
  bytes: Buffer.from(token, 'latin1'),
  ...readable(token),
});

const jwe = (role: string, token: string): ReceivedProof => ({
  role: `${role}-encrypted`,
  mediaType: 'application/jose',
  bytes: Buffer.from(token, 'latin1'),
});

function readable(token: string): { readonly claims?: Claims } {
  try {
    return { claims: readJws(Buffer.from(token, 'latin1')).claims };
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    return {};
  }
}

/** A token, and where it came encrypted that form of it too: the provider cannot show it again. */
const received = (role: string, raw: string, inner: string | undefined): ReceivedProof[] =>
  inner === undefined ? [jwt(role, raw)] : [jwt(role, inner), jwe(role, raw)];

/**
 * Exchanges what the browser brought back. `wantsUserinfo`: whether the id_token (its claims) does not do. Throws what the
 * library throws: `refusalOf` says what it means.
 */
export async function exchange(
  provider: OidcProvider,
  connection: Connection,
  request: Pick<ExchangeRequest, 'returnUrl' | 'returnState' | 'nonce' | 'verifier'>,
  params: Readonly<Record<string, string>>,
  wantsUserinfo: (token: Claims) => boolean,
): Promise<Exchanged> {
  const { config } = connection;
  const url = new URL(request.returnUrl);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const tokens = await client.authorizationCodeGrant(config, url, {
    expectedNonce: request.nonce,
    expectedState: request.returnState,
    pkceCodeVerifier: request.verifier,
    idTokenExpected: true,
    ...(provider.profile.authTime && { maxAge: MAX_AGE }),
  });
  const decrypted = client.getDecryptedResponses(tokens)?.id_token?.token_endpoint;
  return exchangedFor(connection, tokens, decrypted, wantsUserinfo);
}

/**
 * What came for a code, or for a request that was answered; it has an id_token. `decrypted`: that, where it came encrypted.
 * Throws what the library throws.
 */
export async function exchangedFor(
  connection: Connection,
  tokens: Tokens,
  decrypted: string | undefined,
  wantsUserinfo: (token: Claims) => boolean,
): Promise<Exchanged> {
  const proofs = received(ID_TOKEN, tokens.id_token!, decrypted);
  const said = tokens['userinfo_token'];
  if (typeof said === 'string') proofs.push(jwt(USERINFO, said));
  else if (
    wantsUserinfo(proofs[0]?.claims ?? {}) &&
    connection.config.serverMetadata().userinfo_endpoint !== undefined
  )
    proofs.push(...(await userinfo(connection, tokens)));
  proofs.push(...transaction(tokens));
  // access token and code end here
  return { proofs, discovery: connection.discovery, keys: connection.keys() };
}

type Tokens = client.TokenEndpointResponse & client.TokenEndpointResponseHelpers;

/** What the provider seals of the transaction, with the status of its certificate in base64. */
function transaction(tokens: Tokens): ReceivedProof[] {
  const { transaction_token: token, transaction_token_ocsp_resp: status } = tokens;
  if (typeof token !== 'string') return [];
  const bytes = Buffer.from(typeof status === 'string' ? status : '', 'base64');
  return [
    jwt(TRANSACTION_TOKEN, token),
    ...(bytes.length > 0
      ? [{ role: TRANSACTION_STATUS, mediaType: 'application/ocsp-response', bytes }]
      : []),
  ];
}

/** What the provider tells besides, as it came. */
async function userinfo(
  { config, transport }: Connection,
  { access_token: access, claims }: Pick<Tokens, 'access_token' | 'claims'>,
): Promise<ReceivedProof[]> {
  const answer = await client.fetchUserInfo(config, access, claims()!.sub);
  const raw = transport.fetched(config.serverMetadata().userinfo_endpoint!);
  if (!raw) return [];
  if (!/^application\/jwt/i.test(raw.contentType))
    return [{ role: USERINFO, mediaType: 'application/json', bytes: raw.bytes, claims: answer }];
  const inner = client.getDecryptedResponses(answer);
  return received(
    USERINFO,
    Buffer.from(raw.bytes).toString('latin1').trim(),
    typeof inner === 'string' ? inner : undefined,
  );
}
