/**
 * The one configuration: every setting with its default and what it is for. `segl --help`, docs/reference/settings.md
 * and `loadConfig` all read this table. Read once at start, then passed on; nothing else looks at the environment.
 */
import type { Problem } from '@segl/problem/problem';
import {
  missingVariable,
  readSettings,
  setting,
  type SettingsTable,
  type Settings,
} from '@segl/identity/settings';
import { generalProblems } from '@segl/problem/problems';
import { callerSettings } from './caller-settings.ts';

export const settings = {
  host: setting('HOST', 'text', 'Address the service listens on.', { fallback: '127.0.0.1' }),
  port: setting('PORT', 'port', 'Port of the service: SOAP, documents and portal.', { fallback: '8080' }),
  publicUrl: setting(
    'PUBLIC_URL',
    'base-url',
    'Base URL that signers and back ends use. Default: http://localhost:PORT, https with TLS_CERT.',
  ),
  tlsCert: setting(
    'TLS_CERT',
    'path',
    'PEM certificates for https: own first, then those that lead to its root. Unset: http. Renewed files are taken at once.',
  ),
  tlsKey: setting('TLS_KEY', 'path', 'PEM private key of TLS_CERT, without a password.'),
  hstsDays: setting(
    'HSTS_DAYS',
    'integer',
    'Days for which browsers are told to use https alone for this host, all its ports (HSTS). 0: they are told nothing.',
    { fallback: '0' },
  ),
  trustedProxies: setting(
    'TRUSTED_PROXIES',
    'list',
    'Proxies in front (CIDR, comma-separated) whose word on client address, host and scheme counts; no others are believed.',
    { fallback: '' },
  ),
  forwardedHeaders: setting(
    'FORWARDED_HEADERS',
    'text',
    'What these proxies write: x-forwarded (X-Forwarded-For, -Host, -Proto) or forwarded (RFC 7239). Only that is read.',
    { fallback: 'x-forwarded' },
  ),
  ...callerSettings,
  methodsFile: setting(
    'METHODS_FILE',
    'path',
    'Identity methods on offer (JSON, docs/guide/methods.md), over those that come along. Unset: these.',
  ),
  dataDir: setting('DATA_DIR', 'path', 'Documents, and the embedded database if there is one.', {
    fallback: './data',
  }),
  databaseUrl: setting(
    'DATABASE_URL',
    'text',
    'PostgreSQL 13 or later (postgres://…). Unset: an embedded PostgreSQL 18 under DATA_DIR.',
    { secret: true },
  ),
  redisUrl: setting(
    'REDIS_URL',
    'text',
    'Redis 6.2 or later for the job queue (redis://…). Unset: the queue lives in PostgreSQL.',
    { secret: true },
  ),
  logLevel: setting('LOG_LEVEL', 'text', 'fatal, error, warn, info, debug or silent.', { fallback: 'info' }),
  workerConcurrency: setting(
    'WORKER_CONCURRENCY',
    'integer',
    'Jobs of one kind that a worker process runs at once.',
    { fallback: '4' },
  ),
  packagingConcurrency: setting(
    'PACKAGING_CONCURRENCY',
    'integer',
    'Packages of one kind that are made at once, by all workers together, e.g. what a security module bears. 0: no limit.',
    { fallback: '0' },
  ),
  mailsPerMinute: setting(
    'MAILS_PER_MINUTE',
    'integer',
    'Mails sent in a minute, by all workers together. 0: no limit.',
    { fallback: '0' },
  ),
  smsPerMinute: setting(
    'SMS_PER_MINUTE',
    'integer',
    'Text messages sent in a minute, by all workers together. 0: no limit.',
    { fallback: '0' },
  ),

  maxSoapBytes: setting('MAX_SOAP_BYTES', 'integer', 'Largest SOAP envelope.', { fallback: '31457280' }),
  maxDocumentBytes: setting('MAX_DOCUMENT_BYTES', 'integer', 'Largest document upload.', {
    fallback: '104857600',
  }),
  algorithmsFile: setting(
    'ALGORITHMS_FILE',
    'path',
    'Calendar (JSON) of algorithms: until when each is relied on. Unset: src/pki/algorithms.json.',
  ),
  fontsDir: setting(
    'FONTS_DIR',
    'path',
    'Folder of TrueType fonts for scripts that the shipped ones lack, e.g. Chinese, Japanese, Korean. Unset: templates/fonts.',
  ),
  profilesDir: setting(
    'PROFILES_DIR',
    'path',
    'Folder of graphical profiles: NAME/profile.json, profile.css, logo.svg. Unset: templates/profiles, with an example.',
  ),
  templatesDir: setting(
    'TEMPLATES_DIR',
    'path',
    "Folder of one's own templates of signature pages: NAME/template.json and its pictures. They go before those that ship.",
  ),
  sdsDays: setting(
    'SDS_DAYS',
    'integer',
    'Days that an uploaded document is kept after its last use by an order.',
    { fallback: '30' },
  ),
  preservationLeadDays: setting(
    'PRESERVATION_LEAD_DAYS',
    'integer',
    'Days before the proof of archived evidence ends that it is time-stamped anew; it is looked at at least that often.',
    { fallback: '90' },
  ),

  sealKeyFile: setting(
    'SEAL_KEY_FILE',
    'key',
    'Private key that seals packages and PDFs: a file (PEM or PKCS#12), or a pkcs11: URI (docs/guide/keys.md).',
  ),
  sealKeyPasswordFile: setting(
    'SEAL_KEY_PASSWORD_FILE',
    'path',
    'File that holds the password of an encrypted SEAL_KEY_FILE, or the PIN of the security module.',
  ),
  sealChainFile: setting(
    'SEAL_CHAIN_FILE',
    'path',
    'PEM certificates of the seal: its own first, trust anchor last. Unset: those of a PKCS#12 file.',
  ),
  sealRsaPss: setting(
    'SEAL_RSA_PSS',
    'switch',
    'on: an RSA key seals by RSASSA-PSS. PKCS#1 v1.5 counts as good only until the end of 2028.',
    { fallback: 'off' },
  ),
  sealTrustFile: setting('SEAL_TRUST_FILE', 'path', 'PEM trust anchors of the seal.'),
  tsaUrl: setting(
    'TSA_URL',
    'urls',
    'RFC 3161 time-stamp authorities (URLs, comma-separated): the first that gives a good time-stamp is used.',
  ),
  tsaTrustFile: setting('TSA_TRUST_FILE', 'path', 'PEM trust anchors of the time-stamp authorities.'),
  packagingMethods: setting(
    'PACKAGING_METHODS',
    'list',
    'Packaging methods on offer (NAME=PAdES-B-LTA/TEMPLATE or NAME=XAdES-B-LTA, comma-separated; B-T, B-LT, B-LTA).',
    {
      fallback:
        'pades=PAdES-B-LTA,pades-b-lt=PAdES-B-LT,pades-b-t=PAdES-B-T,xades-b-lt=XAdES-B-LT,xades-b-lta=XAdES-B-LTA',
    },
  ),

  loginService: setting(
    'LOGIN_SERVICE',
    'switch',
    'on: other systems may have people log on here, with SAML (docs/guide/login-service.md). Needs LOGIN_KEY_FILE.',
    { fallback: 'off' },
  ),
  loginKeyFile: setting(
    'LOGIN_KEY_FILE',
    'key',
    'Private key that signs what the login service asserts: as SEAL_KEY_FILE (docs/guide/keys.md). RSA: clients know nothing else.',
  ),
  loginKeyPasswordFile: setting(
    'LOGIN_KEY_PASSWORD_FILE',
    'path',
    'File that holds the password of an encrypted LOGIN_KEY_FILE, or the PIN of the security module.',
  ),
  loginChainFile: setting(
    'LOGIN_CHAIN_FILE',
    'path',
    'PEM certificates of the login service: its own first, which clients know, then its issuers. Unset: those of a PKCS#12 file.',
  ),
  loginOtherCertificatesFile: setting(
    'LOGIN_OTHER_CERTIFICATES_FILE',
    'path',
    'PEM certificates that follow that of LOGIN_KEY_FILE, or went before it: metadata of SAML 2.0 names them beside it.',
  ),
  loginIssuer: setting(
    'LOGIN_ISSUER',
    'text',
    'Who assertions of SAML 1.1 say they are from, e.g. id.example.com/std. Default: PUBLIC_URL with /std.',
  ),

  ocspNonce: setting(
    'OCSP_NONCE',
    'switch',
    'off: OCSP answers without the nonce of the question are taken too (responders that answer ahead of time).',
    { fallback: 'on' },
  ),

  callbackAllow: setting(
    'CALLBACK_ALLOW',
    'list',
    'Internal networks (CIDR, comma-separated) that callbacks may reach; all others are refused.',
    { fallback: '' },
  ),
  internalAllow: setting(
    'INTERNAL_ALLOW',
    'list',
    'Internal networks (CIDR) that OCSP, revocation list, time-stamp, identity provider and SMS gateway requests may reach.',
    { fallback: '' },
  ),

  smtpUrl: setting(
    'SMTP_URL',
    'smtp-url',
    'Mail server for notifications (smtp://USER:PASSWORD@HOST:587?requireTLS=true, smtps://…). Unset: no mail.',
    { secret: true },
  ),
  mailFrom: setting('MAIL_FROM', 'text', 'Mail address of the service, with or without a name.'),
  smsGatewayUrl: setting(
    'SMS_GATEWAY_URL',
    'url',
    'HTTP gateway for text messages (JSON: to, from, text, id). Unset: no text messages.',
    { secret: true },
  ),
  smsGatewayToken: setting('SMS_GATEWAY_TOKEN', 'text', 'Sent to the gateway as bearer token.', {
    secret: true,
  }),
  smsSender: setting(
    'SMS_SENDER',
    'text',
    'Name or number that phones show, unless the notification names its own.',
  ),

  secretsKey: setting(
    'SECRETS_KEY',
    'text',
    'Encrypts stored keys and what is remembered of signers: 32 bytes, base64 or hex (openssl rand -base64 32). Unset: secrets.key in DATA_DIR.',
    { secret: true },
  ),
  secretsOldKeys: setting(
    'SECRETS_OLD_KEYS',
    'list',
    'Earlier values of SECRETS_KEY (or of secrets.key), comma-separated: what they encrypted can still be read.',
    { fallback: '', secret: true },
  ),

  sandbox: setting(
    'SANDBOX',
    'switch',
    'on: the sandbox beside the service (identity providers, OCSP, time-stamps, test persons), as the option --sandbox. Its password is public and its clock can be moved: never in production.',
    { fallback: 'off' },
  ),
  sandboxPort: setting('SANDBOX_PORT', 'port', 'Port of the sandbox.', { fallback: '8090' }),
  sandboxSmtpPort: setting(
    'SANDBOX_SMTP_PORT',
    'port',
    "Port of the sandbox's mail trap (SMTP); 0: any free one.",
    { fallback: '0' },
  ),
  sandboxMutualTlsPort: setting(
    'SANDBOX_CPR_PORT',
    'port',
    "Port of the sandbox's registers of persons (https with client certificates); 0: any free one.",
    { fallback: '0' },
  ),
  sandboxUrl: setting(
    'SANDBOX_URL',
    'base-url',
    'Base URL under which browsers and the service reach the sandbox. Default: http://localhost:SANDBOX_PORT.',
  ),
  sandboxTls: setting(
    'SANDBOX_TLS',
    'switch',
    'on: the sandbox makes a certificate for this machine, and service and sandbox are reached over https.',
    { fallback: 'off' },
  ),
  sandboxTlsPort: setting('SANDBOX_TLS_PORT', 'port', 'Port of the sandbox for https.', { fallback: '8091' }),
} as const;

export type Config = Settings<typeof settings> & {
  readonly publicUrl: string;
  readonly sandboxUrl: string;
  /** The environment, from which identity methods read what is theirs. */
  readonly variables: Readonly<Record<string, string | undefined>>;
};

/**
 * Reads and checks all settings. Throws CONFIG_INVALID with every problem at once; values of secrets are not shown. Empty
 * variables count as unset.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const { config, problems } = readConfig(env);
  if (problems.length > 0) throw generalProblems.error('CONFIG_INVALID', { problems });
  return config;
}

/** The same with what is wrong beside it, for who has more to say; what is wrong is not in `config`. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): {
  readonly config: Config;
  readonly problems: readonly Problem[];
} {
  const { values, problems } = readSettings(settings, env);
  const scheme = values['tlsCert'] === undefined ? 'http' : 'https';
  values['publicUrl'] ??= `${scheme}://localhost:${String(values['port'])}`;
  values['sandboxUrl'] ??= `http://localhost:${String(values['sandboxPort'])}`;
  values['variables'] = env;
  return { config: Object.freeze(values) as unknown as Config, problems };
}

/** The line of CONFIG_INVALID about a setting that is needed and not there: its variable, and what it is for. */
export const missingSetting = (name: keyof typeof settings): Problem => missingVariable(settings[name]);

/** One row per setting: variable, default, meaning. `more`: those of identity methods. */
export function describeSettings(
  more: readonly SettingsTable[] = [],
): { variable: string; fallback: string; about: string }[] {
  // several methods may read the same
  const all = [settings as SettingsTable, ...more].flatMap((table) => Object.values(table));
  return [...new Map(all.map((one) => [one.env, one])).values()].map(({ env, fallback, about }) => ({
    variable: env,
    fallback: fallback ?? '',
    about,
  }));
}
