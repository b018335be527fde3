/** The composition root: the one file that knows every concrete part and puts them together. */
import { serverProblems } from '../problems.ts';
import type { Catalogue as ProblemTexts } from '@segl/problem/catalogue';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { useFontFolder } from '../documents/page/text/fonts.ts';
import { useAlgorithms } from '@segl/pki/algorithms/algorithm-constraints';
import { mergeValidationData, type ValidationData } from '@segl/pki/revocation/validation-data';
import type { SigningKey, Timestamper } from '@segl/pki/algorithms/signing-key';
import { FileBlobStore } from '../adapters/blobs/file-store.ts';
import type { Clock } from '@segl/problem/clock';
import { missingSetting, settings, type Config } from '../config/config.ts';
import { isSeglError } from '@segl/problem/errors';
import type { Problem } from '@segl/problem/problem';
import { ArchiveFlow } from '../application/documents/archived.ts';
import type { FlowContext } from '../application/context.ts';
import type { DeliveryContext } from '../application/delivery/deliver.ts';
import type { PdfContext } from '../application/packaging/make-pdf.ts';
import { OrderFlow } from '../application/ordering/ordering.ts';
import { PackagingFlow } from '../application/packaging/packaging-service.ts';
import { createSigningFlow } from '../application/signing/portal-flow.ts';
import { StoringFlow } from '../application/documents/storing.ts';
import { CallerGate } from '../application/access/callers.ts';
import { callerSettings, type CallerSettings } from '../application/access/caller-settings.ts';
import { createMethodDirectory } from '../application/access/method-directory.ts';
import { checkServiceTemplates, checkTemplates } from '../application/packaging/service-templates.ts';
import { createTaskService } from '../application/ordering/task-flow.ts';
import { createUserSessionFlow } from '../application/signing/user-session.ts';
import { certificateHeader } from '../http/callers/headers.ts';
import { createCallerReader } from '../http/callers/reader.ts';
import { docPlugin } from '../http/sds/plugin.ts';
import { opsPlugin } from '../http/ops/plugin.ts';
import { portalPlugin } from '../http/portal/plugin.ts';
import { createHttpServer } from '../http/server.ts';
import { soapPlugin } from '../http/soap/soap-plugin.ts';
import { proxyRule } from '../http/trusted-proxies.ts';
import { verifyPlugin } from '../http/verify/plugin.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import { CALLBACK_TIMEOUT_MS } from '../adapters/outbound/callback.ts';
import { createMailer, type Mailer } from '../adapters/outbound/mail.ts';
import { createOutbound, type Outbound } from '../adapters/outbound/outbound.ts';
import { createSmsGateway, type SmsGateway } from '../adapters/outbound/sms.ts';
import type { HttpPost } from '@segl/pki/revocation/http';
import { openKey, type OpenedKey } from '../adapters/keys/key-source.ts';
import { certificatesFromPem, certificatesToPem } from '@segl/pki/x509/pem';
import { readModuleSettings, type Catalogue } from '@segl/identity/catalogue';
import { RevocationService, type CertificateStatus } from '@segl/pki/revocation/revocation';
import { createTimestamper } from '@segl/pki/tsp/tsa';
import { failover } from '@segl/pki/tsp/tsa-failover';
import { openSecretBox } from '../adapters/secrets/secrets.ts';
import type { AskStatus } from '@segl/ades/validation/status';
import type { Validation } from '@segl/ades/validation/validate';
import type { EvidenceTrust } from '@segl/identity/evidence/trust';
import { ValidationPool } from '../application/validating/pool.ts';
import { parseCertificate } from '@segl/pki/x509/certificate';
import { Authenticator } from '../adapters/postgres/accounts/accounts.ts';
import { listCallers } from '../adapters/postgres/accounts/callers.ts';
import { Database } from '../adapters/postgres/database.ts';
import { methodTrust } from '@segl/identity/evidence/methods';
import { openEnvironment, readOcesSettings } from '@segl/identity/oces/settings';
import { openCatalogue, openMethods, problemTexts, PROVIDER_TIMEOUT_MS } from './methods.ts';
import { Listener } from '../adapters/postgres/listener.ts';
import { startEmbeddedPostgres } from '../adapters/postgres/embedded/embedded-postgres.ts';
import { connectionsOf, type Connections, type ProcessKind } from './connections.ts';

/** The parts that API and workers share. */
export interface Application {
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
function required<K extends keyof typeof settings>(config: Config, names: readonly K[]): Record<K, string> {
  const missing = names.filter((name) => !config[name]);
  if (missing.length > 0) {
    throw serverProblems.error('CONFIG_INVALID', { problems: missing.map(missingSetting) });
  }
  return config as unknown as Record<K, string>;
}

/**
 * What is missing for the whole service, identity methods included, is named at once, after what is `wrong` already.
 * Throws CONFIG_INVALID.
 */
export async function requireSettings(config: Config, wrong: readonly Problem[] = []): Promise<void> {
  // what is set and wrong has no value, and is not missing
  const isMissing = (name: (typeof HOUSE_SETTINGS)[number]): boolean =>
    !config[name] && !config.variables[settings[name].env];
  const problems = [...wrong, ...HOUSE_SETTINGS.filter(isMissing).map(missingSetting)];
  const catalogue = await openCatalogue(config);
  try {
    readModuleSettings(catalogue, config.variables);
  } catch (error) {
    if (!isSeglError(error, 'CONFIG_INVALID')) throw error;
    problems.push(...(error.params['problems'] as readonly Problem[]));
  }
  if (problems.length > 0) throw serverProblems.error('CONFIG_INVALID', { problems });
}

const anchorsFrom = async (file: string): Promise<Uint8Array[]> =>
  certificatesFromPem(await readFile(file, 'utf8'));

function mailerOf(config: Config): Mailer | undefined {
  if (config.smtpUrl === undefined) return undefined;
  return createMailer({ url: config.smtpUrl, from: config.mailFrom ?? '' });
}

function smsGatewayOf(config: Config, outbound: Outbound): SmsGateway | undefined {
  const { smsGatewayUrl: url, smsGatewayToken: token, smsSender: from } = config;
  return url === undefined ? undefined : createSmsGateway({ url, token, from, outbound });
}

/** What notifications are delivered with. */
export const deliveryContext = ({
  context,
  callbacks,
  mailer,
  smsGateway,
}: Application): DeliveryContext => ({
  ...context,
  callbacks,
  mailer,
  smsGateway,
});

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
  /** What the problems in its reports are told with. */
  readonly problems: ProblemTexts;
  close(): Promise<void>;
}

/**
 * Whose signatures count: the anchors of the settings, where they are set; for signers as their methods read them.
 */
async function validationTrust(
  config: Config,
  { modules }: Catalogue,
  more: readonly Uint8Array[],
): Promise<EvidenceTrust> {
  const { sealTrustFile, tsaTrustFile, variables } = config;
  return {
    methods: await methodTrust(modules, variables),
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
  const catalogue = await openCatalogue(config);
  const trust = await validationTrust(config, catalogue, more);
  const statusOf = (certificate: Uint8Array, issuer: Uint8Array): Promise<CertificateStatus> =>
    revocation.status(parseCertificate(certificate), parseCertificate(issuer));
  const pool = new ValidationPool({ trust, methods: catalogue.references, ask: statusOf });
  return {
    problems: problemTexts(catalogue),
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
const HOUSE_SETTINGS = [...SEAL_SETTINGS, ...TSA_SETTINGS] as const;

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
export async function openApplication(
  config: Config,
  { clock, log, kind }: { clock: Clock; log: Logger; kind: ProcessKind },
): Promise<Application> {
  if (config.fontsDir !== undefined) useFontFolder(config.fontsDir);
  await requireSettings(config);
  const seal = await openSeal(config);

  const services = openServices(config, clock);
  const { providers, post, revocation } = services;
  const secrets = await openSecretBox(config);
  const opened: { db?: Database } = {};
  const stores = { secrets, log, db: () => opened.db! };
  const { catalogue, own, depsOf } = await openMethods(config, clock, services, stores);
  const callbacks = createOutbound({ allow: config.callbackAllow, timeoutMs: CALLBACK_TIMEOUT_MS });
  const issuers = [...own.values()].flatMap((module) => module.issuers);
  const callers =
    config.clientCertificates === 'off'
      ? undefined
      : callerSettings(config, await openEnvironment(readOcesSettings(config.variables)), issuers);
  certificateHeader(config.callerCertHeader);
  const mailer = mailerOf(config);
  const smsGateway = smsGatewayOf(config, providers);
  const tsaAnchors = await anchorsFrom(config.tsaTrustFile!);
  const timestamper = failover(
    (config.tsaUrl ?? []).map((url) => ({
      url,
      timestamp: createTimestamper({ url, anchors: tsaAnchors, post, clock, revocation }),
    })),
    { clock, onFailure: (url, why) => log.warn({ url, why }, 'the time-stamp authority gave no time-stamp') },
  );

  await checkTemplates(config);

  await mkdir(config.dataDir, { recursive: true });
  const blobs = await FileBlobStore.open(join(config.dataDir, 'blobs'), clock);
  const embedded = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres'), log });
  const databaseUrl = config.databaseUrl ?? embedded!.url;
  const connections = connectionsOf(kind);
  const { application } = connections;
  const db = new Database({ url: databaseUrl, max: connections.pool, application });
  opened.db = db;
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
  const eid = createMethodDirectory(catalogue, own, { db, depsOf });

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
}: Application): PdfContext => ({
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

/** Starts the plugins: SOAP, documents, portal, operations. Closing the app stops listening and waits for requests. */
export async function startService(application: Application): Promise<FastifyInstance> {
  const { context } = application;
  const { config, log } = context;
  const callerAuthorities = application.callers && authoritiesOf(application.callers);
  const app = await createHttpServer(config, log, { callerAuthorities });
  const caller =
    application.callers &&
    createCallerReader({
      header: certificateHeader(config.callerCertHeader),
      trusted: proxyRule(config.trustedProxies),
      log,
    });
  const documents = new StoringFlow(context);
  await app.register(async (scope) =>
    soapPlugin(scope, {
      orders: new OrderFlow(context),
      tasks: createTaskService(context),
      packaging: new PackagingFlow(packagingContext(application)),
      archive: new ArchiveFlow(context),
      config,
      log,
      caller,
    }),
  );
  await app.register(async (scope) => docPlugin(scope, { api: documents, config, log, caller }));
  await app.register(async (scope) =>
    portalPlugin(scope, {
      flow: createSigningFlow(context),
      sessions: createUserSessionFlow(context),
      config,
      log,
      methods: context.eid.catalogue.modules,
    }),
  );
  const validator = await openValidator(config, { clock: context.clock });
  app.addHook('onClose', () => validator.close());
  await verifyPlugin(app, { api: validator, problems: validator.problems, config, log });
  const { catalogue, installation } = context.eid;
  const { signerAnchors } = installation;
  opsPlugin(app, {
    check: () => context.db.ping(),
    policies: catalogue.evidence.policies,
    anchors: { signers: signerAnchors, seal: application.seal.anchors },
  });
  await app.listen({
    host: config.host,
    port: config.port,
    listenTextResolver: (address) => `Listening on ${address.replace(/^\w+:\/\//, '')}`,
  });
  return app;
}
