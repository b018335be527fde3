/** An OpenID provider at work: what it says of itself, kept for an hour, and a client of it for each exchange. */
import * as client from 'openid-client';
import { systemClock } from '@segl/problem/clock';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { reasonOf, type Problem } from '@segl/problem/problem';
import { readKeySet } from '../../evidence/identity/jws.ts';
import type { DoctorFinding, HttpClient, MethodDeps, Provider, PublishedKeys } from '../../method.ts';
import { openClientKey, openSigningKey, readFileOf, type KeyAlgorithm, type SigningKey } from './keys.ts';
import { oidcProblems } from './problems.ts';
import { oidcProfiles } from './profiles/index.ts';
import type { OidcProfile } from './profiles/profile.ts';
import { safeCause } from './refusal.ts';
import type { OidcSettings } from './settings.ts';
import { createTransport, type Fetched, type Transport } from './transport.ts';

/** Where keys are from that were exchanged beforehand. */
export const CONFIGURED = 'configured';

const DISCOVERY_MS = 3_600_000;

/** Seconds that clocks may differ. */
const TOLERANCE = 60;

/** Everything asymmetric that RFC 7518 has for contents. */
const CONTENT_ENCRYPTION = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A192GCM', 'A256GCM'];

export interface OidcProvider {
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly profileName: string;
  readonly profile: OidcProfile;
  readonly settings: OidcSettings;
  /** A client for one exchange. Throws UNAVAILABLE. */
  connect(): Promise<Connection>;
  /** Undefined where the keys are exchanged beforehand. */
  publishedKeys(): Promise<PublishedKeys | undefined>;
  /** `inApp`: whether it is to ask people in their app as well. */
  doctor(online: boolean, inApp?: boolean): Promise<DoctorFinding>;
  close(): Promise<void>;
}

export interface Connection {
  readonly config: client.Configuration;
  readonly transport: Transport;
  readonly discovery: Fetched;
  /** Signs requests, where they are signed. */
  readonly requestKey?: client.PrivateKey;
  /** The key of the client, where it has one. */
  readonly clientKey?: SigningKey;
  /** The provider's key set as it is now known; after tokens were verified. */
  keys(): { readonly source: string; readonly fetched: Fetched } | undefined;
}

interface Keys {
  readonly auth: client.ClientAuth;
  readonly signing?: SigningKey;
  readonly decryption?: client.DecryptionKey;
  readonly provider?: Fetched;
}

interface Discovered {
  readonly metadata: client.ServerMetadata;
  readonly fetched: Fetched;
}

/** Names below `localhost` are of this machine too (RFC 6761 section 6.3). */
const isLoopback = (hostname: string): boolean =>
  /^(.+\.)?localhost$/.test(hostname) || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

const misconfigured = (problem: Problem): SeglError =>
  oidcProblems.error('CONFIG_INVALID', { problems: [problem] });

/** Throws CONFIG_INVALID. Asks nobody yet. */
export async function openOidcProvider(provider: Provider, deps: MethodDeps): Promise<OidcProvider> {
  const { id, profile: profileName } = provider;
  const settings = provider.settings as unknown as OidcSettings;
  const profile = oidcProfiles[profileName]!;
  const { protocol, hostname } = new URL(settings.issuer);
  const isPlain = protocol === 'http:';
  if (isPlain && !isLoopback(hostname))
    throw misconfigured(oidcProblems.of('oidc/issuer-insecure', { provider: id }));
  const keys = await openKeys(id, settings, deps);
  const http = deps.http();
  const discovery = new Discovery(() => discover(settings, keys.auth, http, isPlain, deps), deps.clock);
  const unavailable = (cause: unknown): SeglError =>
    oidcProblems.error(
      'UNAVAILABLE',
      { what: oidcProblems.of('oidc/provider', { provider: id }) },
      { cause: safeCause(cause) },
    );
  return {
    ...{ id, issuer: settings.issuer, clientId: settings.clientId, profileName, profile, settings },
    async connect() {
      const { metadata, fetched } = await discovery.get().catch((error: unknown) => {
        throw unavailable(error);
      });
      const transport = createTransport(http, deps.clock);
      const config = configure(metadata, settings, keys, transport, isPlain, deps);
      return {
        config,
        transport,
        discovery: fetched,
        ...(keys.signing &&
          (profile.requestObject ?? settings.requestObject) && { requestKey: keys.signing }),
        ...(keys.signing && { clientKey: keys.signing }),
        keys() {
          if (keys.provider) return { source: CONFIGURED, fetched: keys.provider };
          const source = metadata.jwks_uri;
          const now = source === undefined ? undefined : transport.fetched(source);
          return now && { source: source!, fetched: now };
        },
      };
    },
    async publishedKeys() {
      if (keys.provider) return undefined;
      try {
        const { metadata } = await discovery.get();
        const published = await fetchKeySet(metadata.jwks_uri, http, deps);
        return { provider: id, issuer: settings.issuer, ...published };
      } catch (error) {
        return {
          provider: id,
          problem: isSeglError(error, 'EVIDENCE_INVALID') ? reasonOf(error) : unavailable(error).problem,
        };
      }
    },
    async doctor(online, inApp = false) {
      const { issuer } = settings;
      if (!online)
        return { check: id, verdict: 'note', found: oidcProblems.of('oidc/not-asked', { issuer }) };
      try {
        const { metadata } = await discovery.get();
        if (!inApp) return { check: id, verdict: 'ok', found: oidcProblems.of('oidc/found', { issuer }) };
        return asksInApp(metadata)
          ? { check: id, verdict: 'ok', found: oidcProblems.of('oidc/backchannel', { issuer }) }
          : { check: id, verdict: 'failed', found: oidcProblems.of('oidc/no-backchannel', { provider: id }) };
      } catch (error) {
        return { check: id, verdict: 'failed', found: unavailable(error).problem };
      }
    },
    close: () => http.close(),
  };
}

/** Whether a provider asks people in their app, and answers whoever polls (CIBA Core 1.0 section 4). */
export function asksInApp({
  backchannel_authentication_endpoint: endpoint,
  backchannel_token_delivery_modes_supported: modes,
}: client.ServerMetadata): boolean {
  return typeof endpoint === 'string' && (!Array.isArray(modes) || modes.includes('poll'));
}

/** Throws EVIDENCE_INVALID for what is no key set, and what the client throws. */
async function fetchKeySet(source: string | undefined, http: HttpClient, { clock }: MethodDeps) {
  if (source === undefined)
    throw oidcProblems.error('EVIDENCE_INVALID', { why: oidcProblems.of('oidc/no-keys') });
  const { status, body: bytes } = await http.get(source, { accept: 'application/json' });
  if (status !== 200)
    throw oidcProblems.error('EVIDENCE_INVALID', {
      why: oidcProblems.of('oidc/answer', { said: String(status) }),
    });
  readKeySet(bytes);
  return { source, bytes, at: clock.now() };
}

/** What the provider says of itself, asked for again when it is old; a failure is not remembered. */
class Discovery {
  readonly #ask: () => Promise<Discovered>;
  readonly #clock: MethodDeps['clock'];
  #known: { readonly at: number; readonly answer: Promise<Discovered> } | undefined;

  constructor(ask: () => Promise<Discovered>, clock: MethodDeps['clock']) {
    this.#ask = ask;
    this.#clock = clock;
  }

  get(): Promise<Discovered> {
    const now = this.#clock.now().getTime();
    const known = this.#known;
    if (known && Math.abs(now - known.at) < DISCOVERY_MS) return known.answer;
    const answer = this.#ask().catch((error: unknown) => {
      this.#known = undefined;
      throw error;
    });
    this.#known = { at: now, answer };
    return answer;
  }
}

async function discover(
  { issuer, clientId }: OidcSettings,
  auth: client.ClientAuth,
  http: HttpClient,
  isPlain: boolean,
  { clock }: MethodDeps,
): Promise<Discovered> {
  const transport = createTransport(http, clock);
  let last: Fetched | undefined;
  const config = await client.discovery(new URL(issuer), clientId, undefined, auth, {
    execute: isPlain ? [client.allowInsecureRequests] : [],
    [client.customFetch]: async (url, options) => {
      const response = await transport.fetch(url, options);
      last = transport.fetched(url);
      return response;
    },
  });
  return { metadata: config.serverMetadata(), fetched: last! };
}

async function openKeys(id: string, settings: OidcSettings, { clock }: MethodDeps): Promise<Keys> {
  const { signingKeyFile, signingKeyId, signingAlgorithm, decryptionKeyFile, decryptionKeyId, keysFile } =
    settings;
  const signing =
    signingKeyFile === undefined
      ? undefined
      : await openSigningKey(id, signingKeyFile, {
          ...(signingAlgorithm !== undefined && { algorithm: signingAlgorithm as KeyAlgorithm }),
          ...(signingKeyId !== undefined && { kid: signingKeyId }),
        });
  const decryption =
    decryptionKeyFile === undefined
      ? undefined
      : {
          key: await openClientKey(id, decryptionKeyFile, 'RSA-OAEP-256'),
          ...(decryptionKeyId !== undefined && { kid: decryptionKeyId }),
        };
  const auth =
    settings.clientSecretFile !== undefined
      ? client.ClientSecretBasic((await readFileOf(id, settings.clientSecretFile)).trim())
      : client.PrivateKeyJwt(signing!);
  const provider = keysFile === undefined ? undefined : Buffer.from(await readFileOf(id, keysFile));
  if (provider) requireKeySet(id, provider);
  return {
    auth,
    ...(signing && { signing }),
    ...(decryption && { decryption }),
    ...(provider && {
      provider: { bytes: provider, contentType: 'application/jwk-set+json', at: clock.now() },
    }),
  };
}

function requireKeySet(provider: string, bytes: Uint8Array): void {
  try {
    readKeySet(bytes);
  } catch (error) {
    if (!isSeglError(error, 'EVIDENCE_INVALID')) throw error;
    throw misconfigured(oidcProblems.of('oidc/key-set', { provider, why: reasonOf(error) }));
  }
}

function configure(
  metadata: client.ServerMetadata,
  { clientId, idTokenAlgorithm }: OidcSettings,
  { auth, decryption, provider }: Keys,
  transport: Transport,
  isPlain: boolean,
  { clock }: MethodDeps,
): client.Configuration {
  const skew = Math.round((clock.now().getTime() - systemClock.now().getTime()) / 1000);
  const config = new client.Configuration(
    metadata,
    clientId,
    {
      id_token_signed_response_alg: idTokenAlgorithm,
      [client.clockSkew]: skew,
      [client.clockTolerance]: TOLERANCE,
    },
    auth,
  );
  config[client.customFetch] = transport.fetch;
  // without it the signature of a token is left to TLS, and a forged one is taken
  client.enableNonRepudiationChecks(config);
  if (isPlain) client.allowInsecureRequests(config);
  if (decryption) client.enableDecryptingResponses(config, CONTENT_ENCRYPTION, decryption);
  if (provider) {
    const jwks = JSON.parse(Buffer.from(provider.bytes).toString('utf8')) as client.ExportedJWKSCache['jwks'];
    client.setJwksCache(config, { jwks, uat: Math.floor(systemClock.now().getTime() / 1000) });
  }
  return config;
}
