/** The composition root: the one file that knows every concrete part and puts them together. */
import { serverProblems } from '../problems.ts';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { useFontFolder } from '../documents/page/fonts.ts';
import { useAlgorithms } from '@segl/pki/algorithms/algorithm-constraints';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import type { SigningKey, Timestamper } from '@segl/pki/algorithms/signing-key';
import { FileBlobStore } from '../adapters/blobs/file-store.ts';
import type { Clock } from '@segl/problem/clock';
import { missingSetting, type Config } from '../config/config.ts';
import {
  isEnvironment,
  ocesEnvironment,
  type OcesEnvironment,
} from '@segl/identity/methods/nemid/environments';
import { ArchiveFlow } from '../application/documents/archived.ts';
import type { FlowContext } from '../application/context.ts';
import type { DeliveryContext } from '../application/delivery/deliver.ts';
import { readInstallationProvider, type Sector } from '../application/access/installation-provider.ts';
import type { PdfContext } from '../application/packaging/make-pdf.ts';
import { openNemIdAccount, type NemIdAccount, type NemIdParts } from '../application/access/nemid-account.ts';
import { OrderFlow } from '../application/ordering/ordering.ts';
import { PackagingFlow } from '../application/packaging/packaging-desk.ts';
import { createSigningFlow } from '../application/signing/portal-flow.ts';
import { StoringFlow } from '../application/documents/storing.ts';
import { CallerGate } from '../application/access/callers.ts';
import { callerSettings, type CallerSettings } from '../application/access/caller-settings.ts';
import { createProviderDirectory } from '../application/access/providers.ts';
import { checkServiceTemplates, checkTemplates } from '../application/packaging/service-templates.ts';
import { createTaskDesk } from '../application/ordering/task-flow.ts';
import { createUserSessionFlow } from '../application/signing/user-session.ts';
import { certificateHeader } from '../http/callers/headers.ts';
import { createCallerReader } from '../http/callers/reader.ts';
import { docDoor } from '../http/sds/plugin.ts';
import { opsDoor } from '../http/ops/plugin.ts';
import { portalDoor } from '../http/portal/plugin.ts';
import { createHttpServer } from '../http/server.ts';
import { soapDoor } from '../http/soap/soap-plugin.ts';
import { proxyRule } from '../http/trusted-proxies.ts';
import { verifyDoor } from '../http/verify/plugin.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import { CALLBACK_TIMEOUT_MS } from '../adapters/outbound/callback.ts';
import { createMailer, type Mailer } from '../adapters/outbound/mail.ts';
import { createOutbound, type Outbound } from '../adapters/outbound/outbound.ts';
import { createSmsGateway, type SmsGateway } from '../adapters/outbound/sms.ts';
import type { HttpPost } from '@segl/pki/revocation/http';
import { openKey, type OpenedKey } from '../adapters/keys/key-source.ts';
import { certificatesFromPem, certificatesToPem } from '@segl/pki/x509/pem';
import { RevocationService, type CertificateStatus } from '@segl/pki/revocation/revocation';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { failover } from '@segl/pki/tsp/tsa-failover';
import { openSecretBox } from '../adapters/secrets/secrets.ts';
import type { AskStatus } from '@segl/ades/validation/status';
import type { Validation } from '@segl/ades/validation/validate';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import { ValidationPool } from '../application/validating/pool.ts';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { Authenticator } from '../adapters/postgres/accounts.ts';
import { listCallers } from '../adapters/postgres/callers.ts';
import { Database } from '../adapters/postgres/database.ts';
import { Listener } from '../adapters/postgres/listener.ts';
import { startEmbeddedPostgres } from '../adapters/postgres/embedded-postgres.ts';
import { connectionsOf, type Connections, type ProcessKind } from './connections.ts';

const PROVIDER_TIMEOUT_MS = 10_000;

/** The parts that API and workers share. */
export interface House {
  readonly context: FlowContext;
  readonly databaseUrl: string;
  readonly connections: Connections;
  readonly seal: { readonly key: SigningKey; readonly anchors: readonly Uint8Array[] };
  readonly timestamper: Timestamper;
  readonly revocation: RevocationService;
  /** Where the paths of time-stamps must end, DER. */
  readonly tsaAnchors: readonly Uint8Array[];
  /** For callbacks only; everything else goes to configured addresses. */
  readonly callbacks: Outbound;
  /** Undefined where certificates of callers are not in use. */
  readonly callers: CallerSettings | undefined;
  /** Undefined where the settings name none. */
  readonly mailer: Mailer | undefined;
  readonly smsGateway: SmsGateway | undefined;
  close(): Promise<void>;
}

/** Every setting that is needed but has no sensible default; all missing ones are named at once. */
function required<K extends keyof Config>(config: Config, names: readonly K[]): Record<K, string> {
  const missing = names.filter((name) => !config[name]);
  if (missing.length > 0) {
    throw serverProblems.error('CONFIG_INVALID', { problems: missing.map(missingSetting) });
  }
  return config as unknown as Record<K, string>;
}

const anchorsFrom = async (file: string): Promise<Uint8Array[]> =>
  certificatesFromPem(await readFile(file, 'utf8'));

/**
 * Throws CONFIG_INVALID when the environment is unknown, or its anchors are those of another one. `legacy` adds OCES I;
 * never for new signatures.
 */
export async function signerEnvironment(
  config: Config,
  { legacy = false }: { readonly legacy?: boolean } = {},
): Promise<OcesEnvironment> {
  const { nemidEnvironment: name, nemidTrustFile: file, nemidPolicyPrefix: policyPrefix } = config;
  if (!isEnvironment(name)) {
    const must = serverProblems.of('setting/alternatives', { allowed: ['production', 'test', 'sandbox'] });
    const problems = [
      serverProblems.of('setting/wrong', { setting: 'NEMID_ENVIRONMENT', must, value: name }),
    ];
    throw serverProblems.error('CONFIG_INVALID', { problems });
  }
  return ocesEnvironment(name, {
    anchors: file === undefined ? undefined : await anchorsFrom(file),
    policyPrefix,
    legacy,
  });
}

function mailerOf(config: Config): Mailer | undefined {
  if (config.smtpUrl === undefined) return undefined;
  return createMailer({ url: config.smtpUrl, from: config.mailFrom ?? '' });
}

function smsGatewayOf(config: Config, outbound: Outbound): SmsGateway | undefined {
  const { smsGatewayUrl: url, smsGatewayToken: token, smsSender: from } = config;
  return url === undefined ? undefined : createSmsGateway({ url, token, from, outbound });
}

/** What notifications are delivered with. */
export const deliveryContext = ({ context, callbacks, mailer, smsGateway }: House): DeliveryContext => ({
  ...context,
  callbacks,
  mailer,
  smsGateway,
});

/** Settings that the service provider needs; the public hierarchies bring their anchors along. */
const PROVIDER_SETTINGS = ['nemidClientUrl', 'vocesKeyFile', 'pidCprUrl'] as const;
const providerSettings = ({ nemidEnvironment }: Config): readonly (keyof Config)[] =>
  nemidEnvironment === 'sandbox' ? ['nemidTrustFile', ...PROVIDER_SETTINGS] : PROVIDER_SETTINGS;

/** What reaches services that the settings or certificates name. */
export interface Services {
  readonly providers: Outbound;
  readonly post: HttpPost;
  readonly revocation: RevocationService;
}

/** Nothing is asked yet. Throws CONFIG_INVALID for INTERNAL_ALLOW and ALGORITHMS_INVALID. */
export function openServices(config: Config, clock: Clock): Services {
  if (config.algorithmsFile !== undefined) useAlgorithms(config.algorithmsFile);
  const providers = createOutbound({ allow: config.internalAllow, timeoutMs: PROVIDER_TIMEOUT_MS });
  const post: HttpPost = (url, body, contentType) => providers.post(url, body, contentType);
  const revocation = new RevocationService({
    post,
    get: (url, maxBytes) => providers.fetch(url, maxBytes),
    clock,
    nonce: config.ocspNonce ? 'required' : 'optional',
  });
  return { providers, post, revocation };
}

/** The service provider that the settings describe, and what reaches others on its behalf. */
export interface Installation extends Services {
  readonly account: NemIdAccount;
  readonly sector: Sector;
  readonly parts: NemIdParts;
}

/** Throws CONFIG_INVALID and what reading keys and certificates throws. */
export async function openInstallation(
  config: Config,
  clock: Clock,
  services: Services = openServices(config, clock),
): Promise<Installation> {
  required(config, providerSettings(config));
  const files = required(config, PROVIDER_SETTINGS);
  const { profile, sector } = await readInstallationProvider(config, files, await signerEnvironment(config));
  const parts = { revocation: services.revocation, clock, allow: config.internalAllow };
  return { ...services, account: openNemIdAccount(profile, parts), sector, parts };
}

/** What is asked about a file: `at` and `offline` as `segl verify` has them. */
export interface ValidationRequest {
  readonly bytes: Uint8Array;
  /** What a detached signature is over. */
  readonly content?: Uint8Array;
  readonly at?: Date;
  readonly offline?: boolean;
  /** Who asks, so that one does not take the place of all. */
  readonly caller?: string;
}

export interface Validator {
  /** `asked`: what issuers answered meanwhile, and whose certificates it was about. */
  validate(request: ValidationRequest): Promise<Validation & { readonly asked: ValidationData }>;
  close(): Promise<void>;
}

/**
 * Whose signatures count: the anchors of the settings, where they are set. Without any for signers, those of the public
 * hierarchies: so files can be validated anywhere. OCES I counts too, for messages that are proven to be of its time.
 */
async function validationTrust(config: Config, more: readonly Uint8Array[]): Promise<EvidenceTrust> {
  const { nemidEnvironment: name, nemidTrustFile: file, sealTrustFile, tsaTrustFile } = config;
  const isBare = name === 'sandbox' && file === undefined;
  return {
    environment: isBare
      ? ocesEnvironment('production', { legacy: true })
      : { ...(await signerEnvironment(config)), legacy: true },
    seal: sealTrustFile === undefined ? [] : await anchorsFrom(sealTrustFile),
    tsa: tsaTrustFile === undefined ? [] : await anchorsFrom(tsaTrustFile),
    more,
  };
}

/** `trust`: certificates (DER) that are trusted for everything, besides those of the settings. */
export async function openValidator(
  config: Config,
  { clock, trust: more = [] }: { clock: Clock; trust?: readonly Uint8Array[] },
): Promise<Validator> {
  const { providers, revocation } = openServices(config, clock);
  const trust = await validationTrust(config, more);
  const statusOf = (certificate: Uint8Array, issuer: Uint8Array): Promise<CertificateStatus> =>
    revocation.status(parseCertificate(certificate), parseCertificate(issuer));
  const pool = new ValidationPool({ trust, ask: statusOf });
  return {
    validate: async ({ at = clock.now(), offline = false, ...request }) => {
      const asked: ValidationData[] = [];
      const ask: AskStatus = async (certificate, issuer) => {
        const told = await statusOf(certificate, issuer);
        const { ocsps, crls, responder } = told;
        asked.push({
          certificates: [certificate, issuer, ...(responder ? [responder.der] : [])],
          ocsps,
          crls,
        });
        return told;
      };
      const validation = await pool.validate({ ...request, at, offline, ask });
      return { ...validation, asked: mergeValidationData(asked) };
    },
    close: async () => {
      await pool.close();
      await providers.close();
    },
  };
}

/** Settings that the seal needs; a PKCS#12 file brings its chain along. */
const SEAL_SETTINGS = ['sealKeyFile', 'sealTrustFile'] as const;

const TSA_SETTINGS = ['tsaUrl', 'tsaTrustFile'] as const;

/** Settings that have no default and without which no house opens. */
export const houseSettings = (config: Config): readonly (keyof Config)[] => [
  ...SEAL_SETTINGS,
  ...TSA_SETTINGS,
  ...providerSettings(config),
];

/** The seal's key, from wherever the settings say. Throws CONFIG_INVALID and what `openKey` throws. */
export async function openSeal(
  config: Config,
): Promise<OpenedKey & { readonly anchors: readonly Uint8Array[] }> {
  const files = required(config, SEAL_SETTINGS);
  const anchors = await anchorsFrom(files.sealTrustFile);
  const opened = await openKey({
    key: files.sealKeyFile,
    passwordFile: config.sealKeyPasswordFile,
    chainFile: config.sealChainFile,
    anchors,
    pss: config.sealRsaPss,
  });
  return { ...opened, anchors };
}

/** Opens database, blob store, keys and clients for a process of this kind. Nothing listens or runs yet. */
export async function openHouse(
  config: Config,
  { clock, log, kind }: { clock: Clock; log: Logger; kind: ProcessKind },
): Promise<House> {
  if (config.fontsDir !== undefined) useFontFolder(config.fontsDir);
  required(config, houseSettings(config));
  const files = required(config, TSA_SETTINGS);
  const seal = await openSeal(config);

  const { providers, post, revocation, parts, account } = await openInstallation(config, clock);
  const callbacks = createOutbound({ allow: config.callbackAllow, timeoutMs: CALLBACK_TIMEOUT_MS });
  // whoever gets certificates from the same authority as we is known by it
  const { environment, certificates } = account.profile;
  const callers = callerSettings(config, environment.oces, certificates.slice(1));
  certificateHeader(config.callerCertHeader);
  const mailer = mailerOf(config);
  const smsGateway = smsGatewayOf(config, providers);
  const tsaAnchors = await anchorsFrom(files.tsaTrustFile);
  const timestamper = failover(
    (config.tsaUrl ?? []).map((url) => ({
      url,
      timestamp: createTimestamper({ url, anchors: tsaAnchors, post, clock, revocation }),
    })),
    { clock, onFailure: (url, why) => log.warn({ url, why }, 'the time-stamp authority gave no time-stamp') },
  );

  await checkTemplates(config);

  await mkdir(config.dataDir, { recursive: true });
  const secrets = await openSecretBox(config);
  const blobs = await FileBlobStore.open(join(config.dataDir, 'blobs'), clock);
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres'), log });
  const databaseUrl = config.databaseUrl ?? embedded!.url;
  const connections = connectionsOf(kind);
  const { application } = connections;
  const db = new Database({ url: databaseUrl, max: connections.pool, application });
  try {
    await db.migrate();
    await checkServiceTemplates(db, config, log);
  } catch (error) {
    await db.close();
    await embedded?.close();
    throw error;
  }

  if (!callers && (await listCallers(db)).length > 0) {
    log.warn('CLIENT_CERTIFICATES=off: there are callers, but passwords alone count');
  }
  const listener = new Listener({ url: databaseUrl, application: `${application} listen`, log });
  const passwords = new Authenticator(db);
  const authenticator = callers
    ? new CallerGate({ passwords, ...callers, revocation, db, clock, log })
    : passwords;
  const eid = createProviderDirectory(account, { db, box: secrets, parts });

  return {
    context: {
      db,
      listener,
      blobs,
      clock,
      config,
      secrets,
      eid,
      log,
      authenticator,
    },
    databaseUrl,
    connections,
    seal,
    timestamper,
    revocation,
    tsaAnchors,
    callbacks,
    callers,
    mailer,
    smsGateway,
    close: async () => {
      mailer?.close();
      await eid.close();
      await providers.close();
      await callbacks.close();
      await listener.close();
      await db.close();
      await embedded?.close();
      await seal.close();
    },
  };
}

/** What packaging works with. */
export const packagingContext = ({
  context,
  seal,
  revocation,
  timestamper,
  tsaAnchors,
}: House): PdfContext => ({
  ...context,
  seal,
  revocation,
  timestamper,
  tsaAnchors,
});

/** Of whom clients may have their certificates: anchors and issuing authorities, PEM. */
const authoritiesOf = ({ rules }: CallerSettings): string[] =>
  [...rules.environment.anchors, ...rules.environment.intermediates, ...rules.intermediates].map((der) =>
    certificatesToPem([der]),
  );

/** Starts the doors: SOAP, documents, portal, operations. Closing the app stops listening and waits for requests. */
export async function startService(house: House): Promise<FastifyInstance> {
  const { context } = house;
  const { config, log } = context;
  const callerAuthorities = house.callers && authoritiesOf(house.callers);
  const app = await createHttpServer(config, log, { callerAuthorities });
  const caller =
    house.callers &&
    createCallerReader({
      header: certificateHeader(config.callerCertHeader),
      trusted: proxyRule(config.trustedProxies),
      log,
    });
  const documents = new StoringFlow(context);
  await app.register(async (scope) =>
    soapDoor(scope, {
      orders: new OrderFlow(context),
      tasks: createTaskDesk(context),
      packaging: new PackagingFlow(packagingContext(house)),
      archive: new ArchiveFlow(context),
      config,
      log,
      caller,
    }),
  );
  await app.register(async (scope) => docDoor(scope, { desk: documents, config, log, caller }));
  await app.register(async (scope) =>
    portalDoor(scope, {
      flow: createSigningFlow(context),
      sessions: createUserSessionFlow(context),
      config,
      log,
    }),
  );
  const validator = await openValidator(config, { clock: context.clock });
  app.addHook('onClose', () => validator.close());
  await verifyDoor(app, { desk: validator, config, log });
  const { signerAnchors } = context.eid.installation;
  opsDoor(app, {
    check: () => context.db.ping(),
    anchors: { signers: signerAnchors, seal: house.seal.anchors },
  });
  await app.listen({
    host: config.host,
    port: config.port,
    listenTextResolver: (address) => `Listening on ${address.replace(/^\w+:\/\//, '')}`,
  });
  return app;
}
