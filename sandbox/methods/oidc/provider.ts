/**
 * One broker as an OpenID provider. Protocol, codes, PKCE, pushed and signed requests are those of `oidc-provider`; what the
 * tokens say is the broker's own, and written here, so that they can also say what is not so.
 */
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { CompactEncrypt, SignJWT } from 'jose';
import type { ClientMetadata, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { Clock } from '@segl/problem/clock';
import { nativeClaims } from './bankid.ts';
import { SCOPES, type Act, type Broker } from './brokers.ts';
import { openApps, REQUEST_LIFE, type Apps } from './in-app.ts';
import { newTokenKey, privateJwk, publicJwk, type OidcKeys } from './keys.ts';
import { isNativeLie, isTransactionLie, type Lie } from './lies.ts';
import { oidcPersons, type OidcPerson } from './persons.ts';
import { createStore } from './store.ts';
import type { World } from '../../world/world.ts';
import { transactionKeys, transactionOf } from './transaction.ts';

/** As whom every provider knows the service. */
export const CLIENT_ID = 'segl';
export const CLIENT_KEY_ID = 'segl-1';

/** Seconds. */
const TOKEN_LIFE = 300;

/** The request that a token answers (CIBA Core 1.0 section 10.3.1). */
const AUTH_REQ_ID = 'urn:openid:params:jwt:claim:auth_req_id';

/** Where portals are returned to, on whatever host the service is. */
const RETURN_PATH = '/std/return';

export interface LoggedOn {
  readonly act: Act;
  readonly lie?: Lie;
}

export interface BrokerProvider {
  readonly broker: Broker;
  /** Made when it is first asked for: the library takes half a second to load, and most sandboxes never need it. */
  readonly provider: () => Promise<Provider>;
  /** How it was left for an exchange, by the id of its grant. */
  readonly logOns: Map<string, LoggedOn>;
  /** What waits in the apps of persons; absent where this provider asks nobody there. */
  readonly apps?: Apps;
  /** From now on another key signs; both are published, the old one not any more. */
  readonly rollOver: () => void;
  /** The key set that is published. */
  readonly keySet: () => object;
}

interface TokenKey {
  readonly pem: string;
  readonly kid: string;
}

type Claims = Readonly<Record<string, unknown>>;

export function createBrokerProvider(
  broker: Broker,
  { world, clock, keys }: { readonly world: World; readonly clock: Clock; readonly keys: OidcKeys },
): BrokerProvider {
  const issuer = `${world.url}/oidc/${broker.id}`;
  const logOns = new Map<string, LoggedOn>();
  const apps = broker.inApp && openApps(broker, clock);
  let key: TokenKey = { pem: keys.token, kid: `${broker.id}-1` };
  /** The one before, which is not published any more. */
  let retired = key;
  const keySet = (): { keys: Record<string, unknown>[] } => ({
    keys: [
      publicJwk(key.pem, { kid: key.kid, alg: 'RS256', use: 'sig' }),
      ...(broker.sealsTransactions ? transactionKeys(world) : []),
    ],
  });
  const sign = (claims: Claims, own: TokenKey = key): Promise<string> =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: own.kid, typ: 'JWT' })
      .sign(createPrivateKey(own.pem));
  const sealed = async (token: string): Promise<string> =>
    broker.strict
      ? new CompactEncrypt(Buffer.from(token))
          .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
          .encrypt(createPublicKey(createPrivateKey(keys.clientDecryption)))
      : token;

  const open = async (): Promise<Provider> => {
    const { Provider: OidcProvider } = await import('oidc-provider');
    const provider = new OidcProvider(issuer, {
      adapter: createStore(),
      clients: [clientOf(broker, keys)],
      jwks: { keys: [privateJwk(keys.token, { kid: key.kid, alg: 'RS256', use: 'sig' })] },
      cookies: { keys: [randomBytes(32).toString('base64url')] },
      features: {
        devInteractions: { enabled: false },
        pushedAuthorizationRequests: { enabled: true },
        ...(broker.strict && { requestObjects: { enabled: true } }),
        ...apps?.features,
      },
      scopes: SCOPES,
      extraParams: [...broker.parameters],
      // what the request carries is checked by the signature alone
      clockTolerance: 60,
      pkce: { required: () => true },
      interactions: { url: (_ctx, { uid }) => `/oidc/${broker.id}/interaction/${uid}` },
      findAccount: (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
      ttl: {
        AuthorizationCode: 60,
        Interaction: 600,
        Grant: 600,
        BackchannelAuthenticationRequest: REQUEST_LIFE,
        Session: 600,
        AccessToken: 600,
        IdToken: TOKEN_LIFE,
      },
      renderError: (ctx, out) => {
        ctx.type = 'text/plain';
        ctx.body = `${out.error}: ${out.error_description ?? ''}`;
      },
    });
    // the service may be anywhere
    (provider.Client.prototype as { redirectUriAllowed: (uri: string) => boolean }).redirectUriAllowed = (
      uri,
    ) => URL.canParse(uri) && new URL(uri).pathname === RETURN_PATH;

    provider.use(async (ctx, next) => {
      await next();
      const { oidc } = ctx as { readonly oidc?: KoaContextWithOIDC['oidc'] };
      const route = oidc?.route;
      if (route === 'jwks') ctx.body = keySet();
      const body = ctx.body as Record<string, unknown> | undefined;
      if (body) apps?.answered(oidc, body);
      const logOn = logOns.get(grantOf(oidc?.entities) ?? '');
      if (ctx.status !== 200 || !logOn || !body) return;
      if (route === 'token' && typeof body['id_token'] === 'string') {
        const claims = {
          ...tokenClaims(logOn, { issuer, broker, clock, given: givenIn(body['id_token'], oidc, broker) }),
          ...(await signedBy(logOn, world, clock)),
        };
        body['id_token'] = await sealed(await spoken(claims, logOn.lie, { key, retired }, sign));
        if (broker.userinfoToken)
          body['userinfo_token'] = await sign({ ...claims, ...broker.userinfo?.(actOf(logOn)) });
        const { presented } = logOn.act.wanted;
        if (broker.sealsTransactions && presented) {
          const { lie } = logOn;
          const about = { ...claims, ...broker.userinfo?.(actOf(logOn)) };
          const how = { about, now: clock.now(), ...(lie && isTransactionLie(lie) && { lie }) };
          Object.assign(body, await transactionOf(world, presented, how));
        }
      }
      if (route === 'userinfo') {
        const claims = { sub: body['sub'], ...broker.userinfo?.(actOf(logOn)) };
        if (broker.strict) {
          ctx.type = 'application/jwt';
          ctx.body = await sealed(await sign({ iss: issuer, aud: CLIENT_ID, ...claims }));
        } else ctx.body = claims;
      }
    });
    return provider;
  };
  let opened: Promise<Provider> | undefined;
  return {
    ...{ broker, logOns, keySet },
    ...(apps && { apps }),
    provider: () => (opened ??= open()),
    rollOver() {
      retired = key;
      key = { pem: newTokenKey(), kid: `${broker.id}-${String(Number(/\d+$/.exec(key.kid)?.[0] ?? 1) + 1)}` };
    },
  };
}

function clientOf({ strict, inApp }: Broker, keys: OidcKeys): ClientMetadata {
  const jwks = {
    keys: [publicJwk(keys.clientSigning, { kid: CLIENT_KEY_ID, alg: 'RS256', use: 'sig' })] as never,
  };
  const common = {
    client_id: CLIENT_ID,
    // one of many: see redirectUriAllowed
    redirect_uris: [`http://localhost${RETURN_PATH}`],
    application_type: 'native' as const,
    response_types: ['code' as const],
    grant_types: ['authorization_code', ...(inApp ? ['urn:openid:params:grant-type:ciba'] : [])],
    ...(inApp && { backchannel_token_delivery_mode: 'poll' as const }),
    ...(inApp?.signedRequests && { jwks, backchannel_authentication_request_signing_alg: 'RS256' as const }),
    id_token_signed_response_alg: 'RS256' as const,
  };
  if (!strict)
    return { ...common, client_secret: keys.clientSecret, token_endpoint_auth_method: 'client_secret_basic' };
  return {
    ...common,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'RS256',
    request_object_signing_alg: 'RS256',
    require_signed_request_object: true,
    jwks,
  };
}

/** Of the code that is exchanged, of the request that was answered, or of the access token that userinfo is asked with. */
function grantOf(entities: KoaContextWithOIDC['oidc']['entities'] | undefined): string | undefined {
  const {
    AuthorizationCode: code,
    BackchannelAuthenticationRequest: request,
    AccessToken: access,
  } = entities ?? {};
  return code?.grantId ?? request?.grantId ?? access?.grantId;
}

const payloadOf = (token: string): Claims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;

/** What the provider says of the exchange; of a request in an app, what this broker tells of it. */
function givenIn(token: string, oidc: KoaContextWithOIDC['oidc'] | undefined, { inApp }: Broker): Claims {
  const given = payloadOf(token);
  const request = oidc?.entities.BackchannelAuthenticationRequest;
  if (!request) return given;
  const { nonce, ...rest } = given;
  return {
    ...rest,
    ...(inApp?.tells === 'nonce' && { nonce }),
    ...(inApp?.tells === 'request' && { [AUTH_REQ_ID]: request.jti }),
  };
}

const another = (person: OidcPerson): OidcPerson =>
  oidcPersons.find(({ userId }) => userId !== person.userId) ?? person;

/** Claims of a token that say what it was given for, and what is not so about them. */
function boundTo({ lie }: LoggedOn, given: Claims): Claims {
  const other = randomBytes(32).toString('base64url');
  const named = given[AUTH_REQ_ID];
  if (named !== undefined)
    return { [AUTH_REQ_ID]: lie === 'other-order' ? other : named, ...(lie === 'nonce' && { nonce: other }) };
  return { nonce: lie === 'nonce' || lie === 'other-order' ? other : given['nonce'] };
}

/** What is told of the act, where some of it is not so. */
function actOf({ act, lie }: LoggedOn): Act {
  const { wanted } = act;
  return {
    ...act,
    ...(lie === 'other-person' && { person: another(act.person) }),
    ...(lie === 'no-number' && { person: { ...act.person, numbers: {} } }),
    ...(lie === 'low-level' && { level: 'low' as const }),
    ...(lie === 'other-text' && { wanted: { ...wanted, text: 'Log on' } }),
  };
}

function tokenClaims(
  logOn: LoggedOn,
  about: { readonly issuer: string; readonly broker: Broker; readonly clock: Clock; readonly given: Claims },
): Claims {
  const { issuer, broker, clock, given } = about;
  const { lie, act } = logOn;
  const now = Math.floor(clock.now().getTime() / 1000);
  const iat = lie === 'expired' ? now - 3_600 : now;
  const at = lie === 'old-session' ? new Date(act.at.getTime() - 3_600_000) : act.at;
  const own = broker.idToken({ ...actOf(logOn), at });
  return {
    ...own,
    ...(lie === 'other-eid' && otherEid(own)),
    iss: lie === 'issuer' ? `${issuer}/other` : issuer,
    aud: lie === 'audience' ? 'another' : given['aud'],
    sub: given['sub'],
    ...(broker.sealsTransactions && { transaction_id: randomBytes(16).toString('hex') }),
    ...boundTo(logOn, given),
    ...{ iat, exp: iat + TOKEN_LIFE, auth_time: Math.floor(at.getTime() / 1000) },
    ...(lie === 'simulated' && { simulated: 'true' }),
  };
}

/** What an eID signs itself, where it was asked to. */
async function signedBy({ act, lie }: LoggedOn, world: World, clock: Clock): Promise<Claims> {
  const { wanted, person } = act;
  const { text: visible, hidden } = wanted;
  if (wanted.eid !== 'bankid-se' || hidden === undefined) return {};
  const how = { now: clock.now(), ...(lie && isNativeLie(lie) && { lie }) };
  return nativeClaims(world, person, { visible, hidden }, how);
}

/** Whatever tells the eID says another one. */
const otherEid = (claims: Claims): Claims =>
  Object.fromEntries(
    ['idp', 'authenticationtype'].filter((name) => name in claims).map((name) => [name, 'another']),
  );

/** Signed, or as if. */
async function spoken(
  claims: Claims,
  lie: Lie | undefined,
  { key, retired }: { readonly key: TokenKey; readonly retired: TokenKey },
  sign: (claims: Claims, key?: TokenKey) => Promise<string>,
): Promise<string> {
  if (lie === 'old-key') return sign(claims, retired);
  if (lie === 'forged') return sign(claims, { pem: newTokenKey(), kid: key.kid });
  if (lie !== 'unsigned') return sign(claims);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}
