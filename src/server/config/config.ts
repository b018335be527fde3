/**
 * The one configuration: every setting with its default and what it is for. `segl --help`, docs/reference/settings.md
 * and `loadConfig` all read this table. Read once at start, then passed on; nothing else looks at the environment.
 */
import { serverProblems } from '../problems.ts';
import type { Problem } from '@segl/problem/problem';
import { isAbsolute, resolve } from 'node:path';

type Kind =
  'text' | 'port' | 'integer' | 'url' | 'base-url' | 'smtp-url' | 'path' | 'key' | 'switch' | 'list' | 'urls';

interface Setting {
  readonly env: string;
  readonly kind: Kind;
  /** Absent: the setting is optional and may stay unset. */
  readonly fallback?: string;
  readonly about: string;
  /** Never printed back. */
  readonly secret?: true;
}

const setting = <K extends Kind, F extends string | undefined = undefined>(
  env: string,
  kind: K,
  about: string,
  options: { fallback?: F; secret?: true } = {},
) => ({ env, kind, about, ...options }) as Setting & { kind: K; fallback: F };

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
  clientCertificates: setting(
    'CLIENT_CERTIFICATES',
    'text',
    'FOCES and VOCES of calling systems: off, request (for accounts that have callers: segl caller) or require (for all).',
    { fallback: 'off' },
  ),
  callerCertHeader: setting(
    'CALLER_CERT_HEADER',
    'text',
    'How TRUSTED_PROXIES pass them on: client-cert (RFC 9440), x-ssl-client-cert or x-forwarded-client-cert (Envoy).',
  ),
  callerPort: setting(
    'CALLER_PORT',
    'port',
    'Port of its own (https) for calling systems, so that browsers on PORT are not asked for certificates.',
  ),
  callerChains: setting(
    'CALLER_CHAINS',
    'list',
    'Accepted chains of their certificates, "root > issuer" by name, * for any text. Default: as NEMID_ENVIRONMENT has it.',
  ),
  oces2CallersUntil: setting(
    'OCES2_CALLERS_UNTIL',
    'text',
    'Last day (Danish time) on which production and test take OCES2 certificates of callers; no-end: there is none.',
    { fallback: '2023-10-31' },
  ),
  callerAuditDays: setting('CALLER_AUDIT_DAYS', 'integer', 'Days that decisions about callers are kept.', {
    fallback: '400',
  }),
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
    'Calendar (JSON) of algorithms: until when each is relied on. Unset: templates/algorithms.json.',
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

  nemidClientUrl: setting(
    'NEMID_CLIENT_URL',
    'base-url',
    'Base URL of the NemID client (its /launcher/ is put behind it).',
  ),
  nemidEnvironment: setting(
    'NEMID_ENVIRONMENT',
    'text',
    'Whose OCES certificates count: production or test (the public hierarchies, whose anchors ship), or sandbox (your own).',
    { fallback: 'production' },
  ),
  nemidLegacyOces1: setting(
    'NEMID_LEGACY_OCES1',
    'switch',
    'on: segl judge takes OCES I too (SHA-1, 1024 bits), for times before 2014. Never for new signatures.',
    { fallback: 'off' },
  ),
  nemidTrustFile: setting(
    'NEMID_TRUST_FILE',
    'path',
    'PEM trust anchors of signer certificates, with NEMID_ENVIRONMENT=sandbox; leave unset otherwise.',
  ),
  nemidPolicyPrefix: setting(
    'NEMID_POLICY_PREFIX',
    'text',
    'OID prefix of OCES certificate policies of the sandbox; .1 POCES, .2 MOCES, .3 VOCES, .4 FOCES follow.',
    { fallback: '1.2.208.169.1.1.1' },
  ),
  nemidFriendlyName: setting(
    'NEMID_FRIENDLY_NAME',
    'text',
    'Name shown to signers ("logging on to …"); must equal the one the provider has on record.',
    { fallback: 'Segl' },
  ),
  vocesKeyFile: setting(
    'VOCES_KEY_FILE',
    'key',
    "Private key of the service provider's VOCES certificate, which signs client parameters: as SEAL_KEY_FILE (docs/guide/keys.md).",
  ),
  vocesKeyPasswordFile: setting(
    'VOCES_KEY_PASSWORD_FILE',
    'path',
    'File that holds the password of an encrypted VOCES_KEY_FILE, or the PIN of the security module.',
  ),
  vocesChainFile: setting(
    'VOCES_CHAIN_FILE',
    'path',
    'PEM certificates of VOCES: its own first. Unset: those of a PKCS#12 file.',
  ),
  cprKeyFile: setting(
    'CPR_KEY_FILE',
    'path',
    'PEM private key of the client certificate that PID-CPR and RID-CPR know us by. Unset: VOCES.',
  ),
  cprChainFile: setting('CPR_CHAIN_FILE', 'path', 'PEM certificates of CPR_KEY_FILE: its own first.'),
  pidCprUrl: setting('PID_CPR_URL', 'url', 'PID-CPR service (SOAP).'),
  pidServiceId: setting('PID_SERVICE_ID', 'text', 'Service provider id (SPID) for PID-CPR.', {
    fallback: '1',
  }),
  ridCprUrl: setting('RID_CPR_URL', 'url', 'RID-CPR service (SOAP), for employees.'),
  ridServiceId: setting('RID_SERVICE_ID', 'text', 'Service provider id (SPID) for RID-CPR.'),
  cprTrustFile: setting(
    'CPR_TRUST_FILE',
    'path',
    'PEM trust anchors of the https certificates of PID-CPR and RID-CPR. Unset: the public ones.',
  ),
  cprMode: setting(
    'CPR_MODE',
    'text',
    'How CPR numbers are had: match (the signer types it), lookup (public bodies only), none.',
    { fallback: 'match' },
  ),
  sector: setting('SECTOR', 'text', 'private or public: what the service provider is.', {
    fallback: 'private',
  }),

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
    'Internal networks (CIDR) that OCSP, revocation list, time-stamp, PID-CPR and SMS gateway requests may reach.',
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
    'Encrypts stored keys and CPR numbers: 32 bytes, base64 or hex (openssl rand -base64 32). Unset: secrets.key in DATA_DIR.',
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
    'on: the sandbox beside the service (NemID, OCSP, time-stamps, PID-CPR, test persons), as the option --sandbox. Its password is public and its clock can be moved: never in production.',
    { fallback: 'off' },
  ),
  sandboxPort: setting('SANDBOX_PORT', 'port', 'Port of the sandbox.', { fallback: '8090' }),
  sandboxSmtpPort: setting(
    'SANDBOX_SMTP_PORT',
    'port',
    "Port of the sandbox's mail trap (SMTP); 0: any free one.",
    { fallback: '0' },
  ),
  sandboxCprPort: setting(
    'SANDBOX_CPR_PORT',
    'port',
    "Port of the sandbox's PID-CPR and RID-CPR (https with client certificates); 0: any free one.",
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

type ValueOf<S> = S extends { kind: 'port' | 'integer' }
  ? number
  : S extends { kind: 'switch' }
    ? boolean
    : S extends { kind: 'list' | 'urls' }
      ? readonly string[]
      : string;

/** Settings without a fallback may be undefined. */
export type Config = {
  readonly [K in keyof typeof settings]: (typeof settings)[K]['fallback'] extends string
    ? ValueOf<(typeof settings)[K]>
    : ValueOf<(typeof settings)[K]> | undefined;
} & { readonly publicUrl: string; readonly sandboxUrl: string };

function parse(kind: Kind, raw: string): { value: unknown } | { must: Problem } {
  switch (kind) {
    case 'text':
      return { value: raw };
    case 'path':
      return { value: isAbsolute(raw) ? raw : resolve(raw) };
    // a file, or the URI of a key on a security module
    case 'key':
      return /^pkcs11:/i.test(raw) ? { value: raw } : parse('path', raw);
    case 'port': {
      const port = Number(raw);
      return /^\d+$/.test(raw) && port <= 65535
        ? { value: port }
        : { must: serverProblems.of('setting/port') };
    }
    case 'integer': {
      const number = Number(raw);
      return /^\d+$/.test(raw) && Number.isSafeInteger(number)
        ? { value: number }
        : { must: serverProblems.of('setting/integer') };
    }
    case 'switch':
      return raw === 'on' || raw === 'off'
        ? { value: raw === 'on' }
        : { must: serverProblems.of('setting/switch') };
    case 'urls': {
      const urls = raw.split(',').map((item) => item.trim());
      return urls.every((url) => URL.canParse(url) && /^https?:\/\//i.test(url))
        ? { value: urls }
        : { must: serverProblems.of('setting/urls') };
    }
    case 'list':
      return { value: raw === '' ? [] : raw.split(',').map((item) => item.trim()) };
    case 'smtp-url':
      return URL.canParse(raw) && /^smtps?:\/\/[^/?#]/i.test(raw)
        ? { value: raw }
        : { must: serverProblems.of('setting/smtp-url') };
    case 'url':
    case 'base-url': {
      const url = URL.parse ? URL.parse(raw) : URL.canParse(raw) ? new URL(raw) : null;
      return url && /^https?:$/.test(url.protocol)
        ? { value: kind === 'url' ? raw : raw.replace(/\/+$/, '') }
        : { must: serverProblems.of('setting/url') };
    }
  }
}

/**
 * Reads and checks all settings, and that those are there that `needs` names for what was read. Throws CONFIG_INVALID
 * with every problem at once; values of secrets are not shown. Empty variables count as unset.
 */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>>,
  needs: (config: Config) => readonly (keyof Config)[] = () => [],
): Config {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [name, { env: variable, kind, fallback, secret }] of Object.entries(settings) as [
    string,
    Setting,
  ][]) {
    const raw = env[variable] || fallback;
    if (raw === undefined) continue;
    const result = parse(kind, raw);
    if ('value' in result) values[name] = result.value;
    else {
      const { must } = result;
      problems.push(
        secret
          ? serverProblems.of('setting/wrong-secret', { setting: variable, must })
          : serverProblems.of('setting/wrong', { setting: variable, must, value: raw }),
      );
    }
  }
  const missing = needs(values as unknown as Config).filter((name) => !env[settings[name].env]);
  problems.push(...missing.map(missingSetting));
  if (problems.length > 0) throw serverProblems.error('CONFIG_INVALID', { problems });
  const scheme = values['tlsCert'] === undefined ? 'http' : 'https';
  values['publicUrl'] ??= `${scheme}://localhost:${String(values['port'])}`;
  values['sandboxUrl'] ??= `http://localhost:${String(values['sandboxPort'])}`;
  return Object.freeze(values) as unknown as Config;
}

/** The line of CONFIG_INVALID about a setting that is needed and not there: its variable, and what it is for. */
export const missingSetting = (name: keyof Config): Problem =>
  serverProblems.of('setting/missing', { setting: settings[name].env, about: settings[name].about });

/** One row per setting: variable, default, meaning. */
export function describeSettings(): { variable: string; fallback: string; about: string }[] {
  return Object.values(settings as Record<string, Setting>).map(({ env, fallback, about }) => ({
    variable: env,
    fallback: fallback ?? '',
    about,
  }));
}
