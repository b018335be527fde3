/** Puts identity methods to work: reads the catalogue, and gives each module what it may reach. */
import { Catalogue as ProblemTexts } from '@segl/problem/catalogue';
import { serverProblems } from '../problems.ts';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readCatalogue, readModuleSettings, type Catalogue } from '@segl/identity/catalogue';
import type { MethodDeps, OpenedModule } from '@segl/identity/method';
import { identityProblems } from '@segl/identity/problems';
import { generalProblems } from '@segl/problem/problems';
import type { Clock } from '@segl/problem/clock';
import { closeAll, openInstallationModules, type DepsOf } from '../application/access/method-directory.ts';
import { loggedKeys } from '../application/upkeep/provider-keys.ts';
import { createMethodMemory } from '../application/access/method-memory.ts';
import { createRegistrations } from '../application/access/registrations.ts';
import type { Config } from '../config/config.ts';
import { openKey, openModuleKey } from '../adapters/keys/key-source.ts';
import { readPkcs12 } from '../adapters/keys/pkcs12.ts';
import { createOutbound } from '../adapters/outbound/outbound.ts';
import type { DeliveryOutcome } from '../adapters/outbound/outcome.ts';
import type { Database } from '../adapters/postgres/database.ts';
import type { SecretBox } from '../adapters/secrets/secrets.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import { mailerOf, PROVIDER_TIMEOUT_MS, smsGatewayOf, type Services } from './services.ts';

/** What stores a method's memory needs; asked for when it is used, so that modules can be opened before the database is. */
export interface MethodStores {
  readonly secrets: SecretBox;
  readonly db: () => Database;
  readonly log: Logger;
}

/** What can be told of problems: the service's own, and those of every module. */
export const problemTexts = ({ modules }: Pick<Catalogue, 'modules'>): ProblemTexts =>
  ProblemTexts.of([
    ...serverProblems.catalogue.parts,
    ...modules.flatMap(({ problems }) => problems?.catalogue.parts ?? []),
  ]);

/** The names on offer, and the modules behind them. Throws CONFIG_INVALID. */
export async function openCatalogue(config: Config): Promise<Catalogue> {
  const { methodsFile: file } = config;
  if (file === undefined) return readCatalogue(undefined);
  const json = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const said = error.code ?? error.message;
    const problems = [serverProblems.of('setting/methods-file-unreadable', { file, said })];
    throw serverProblems.error('CONFIG_INVALID', { problems }, { cause: error });
  });
  return readCatalogue(json);
}

/** `providers`: how gateways are reached. */
type MethodServices = Pick<Services, 'revocation'> & Partial<Pick<Services, 'providers'>>;

/** Messages that a signer waits for: one try, whose failure is told at once. */
function methodMessages(
  config: Config,
  providers: Services['providers'] | undefined,
  clock: Clock,
): MethodDeps['messages'] {
  const mailer = mailerOf(config);
  const gateway = providers && smsGatewayOf(config, providers);
  const delivered = (outcome: DeliveryOutcome): { readonly status: number } => {
    if (outcome.kind === 'delivered') return outcome;
    throw generalProblems.error('UNAVAILABLE', { what: outcome.why });
  };
  return {
    ...(gateway && {
      sms: async ({ id, to, text }) =>
        delivered(await gateway.send({ deliveryId: id, recipient: to, text }, clock.now())),
    }),
    ...(mailer && {
      email: async ({ id, to, subject, text }) =>
        delivered(await mailer.send({ deliveryId: id, recipient: to, subject, text, at: clock.now() })),
    }),
  };
}

export function methodDeps(
  config: Config,
  clock: Clock,
  { revocation, providers }: MethodServices,
  { secrets, db, log }: MethodStores,
): DepsOf {
  const messages = methodMessages(config, providers, clock);
  return (module) => ({
    clock,
    publicUrl: config.publicUrl,
    random: randomBytes,
    revocation,
    http: ({ tls } = {}) =>
      createOutbound({ allow: config.internalAllow, timeoutMs: PROVIDER_TIMEOUT_MS, ...(tls && { tls }) }),
    keys: { open: openKey, openModule: openModuleKey, readPkcs12 },
    vault: secrets,
    memory: (service) => createMethodMemory({ db: db(), secrets, clock }, module, service),
    registrations: () => createRegistrations({ db: db(), secrets, clock }, module),
    messages,
    keyLog: (provider) => loggedKeys(db(), { module, provider }),
    warn: (facts, message) => log.warn({ module, ...facts }, message),
  });
}

/** The installation's own methods. */
export interface Methods {
  readonly catalogue: Catalogue;
  readonly own: Map<string, OpenedModule>;
  readonly depsOf: DepsOf;
  close(): Promise<void>;
}

/** Throws CONFIG_INVALID and what reading keys and certificates throws. */
export async function openMethods(
  config: Config,
  clock: Clock,
  services: MethodServices,
  stores: MethodStores,
): Promise<Methods> {
  const catalogue = await openCatalogue(config);
  const depsOf = methodDeps(config, clock, services, stores);
  const modules = readModuleSettings(catalogue, config.variables);
  const own = await openInstallationModules(modules, depsOf);
  for (const { id, missing } of catalogue.basis.providers) {
    if (missing.length === 0) continue;
    const texts = missing.map((problem) => identityProblems.catalogue.text(problem, 'en'));
    stores.log.warn({ provider: id, missing: texts }, 'Names that this provider answers for are off.');
  }
  return { catalogue, own, depsOf, close: () => closeAll(own.values()) };
}
