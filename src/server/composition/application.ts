/** The whole, part by part: what interfaces and workers share. */
import type { Clock } from '@segl/problem/clock';
import { openSecretBox } from '../adapters/secrets/secrets.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import type { CallerSettings } from '../application/access/caller-settings.ts';
import type { FlowContext } from '../application/context.ts';
import type { DeliveryContext } from '../application/delivery/deliver.ts';
import type { PdfContext } from '../application/packaging/make-pdf.ts';
import { createMethodDirectory } from '../application/access/method-directory.ts';
import { checkServiceTemplates, checkTemplates } from '../application/packaging/service-templates.ts';
import type { Config } from '../config/config.ts';
import { readFonts } from '../documents/page/text/fonts.ts';
import { openAccountCheck, readCallers } from './callers.ts';
import type { Connections, ProcessKind } from './connections.ts';
import { openLoginIdentity, type LoginIdentity } from './login.ts';
import { openMethods } from './methods.ts';
import { openTogether } from './open-parts.ts';
import { calendarOf, openSeal, openTimestamper } from './seal.ts';
import { openMessengers, openServices } from './services.ts';
import { requireSettings } from './settings.ts';
import { openStores } from './stores.ts';

export interface Application {
  /** What orders and signing sessions work with. */
  readonly context: FlowContext;
  /** What evidence is made and preserved with. */
  readonly packaging: PdfContext;
  /** What notifications are delivered with. */
  readonly delivery: DeliveryContext;
  /** Undefined where certificates of callers are not in use. */
  readonly callers: CallerSettings | undefined;
  /** Undefined where the login service is off. */
  readonly login: LoginIdentity | undefined;
  readonly databaseUrl: string;
  readonly connections: Connections;
  close(): Promise<void>;
}

/**
 * Opens everything for a process of this kind. Nothing listens or runs yet. What can be wrong with settings and files is found
 * before the database is touched.
 */
export const openApplication = (
  config: Config,
  { clock, log, kind }: { clock: Clock; log: Logger; kind: ProcessKind },
): Promise<Application> =>
  openTogether(async (parts) => {
    await requireSettings(config);
    const algorithms = calendarOf(config);
    const fonts = readFonts(config.fontsDir);
    await checkTemplates(config);
    const secrets = await openSecretBox(config);
    const seal = parts.add(await openSeal(config, algorithms));
    const login = await openLoginIdentity(config);
    if (login) parts.add(login);
    const services = parts.add(openServices(config, clock));
    const stamps = await openTimestamper(config, services, { clock, algorithms, log });
    const messengers = parts.add(openMessengers(config, services));
    // methods remember nothing before the stores below are open
    const memory = { secrets, log, db: () => stores.db };
    const methods = parts.add(await openMethods(config, clock, services, memory));
    const callers = await readCallers(config, methods.own);

    const stores = parts.add(await openStores(config, { clock, log, kind }));
    const { db, blobs, listener, databaseUrl, connections } = stores;
    await checkServiceTemplates(db, config, log);
    const eid = parts.add(
      createMethodDirectory(methods.catalogue, methods.own, { db, depsOf: methods.depsOf }),
    );
    const { revocation } = services;
    const authenticator = await openAccountCheck(callers, { db, clock, log, revocation });

    const context = { db, listener, blobs, clock, config, secrets, eid, fonts, log, authenticator };
    return {
      context,
      packaging: { ...context, ...stamps, seal, revocation, algorithms },
      delivery: { ...context, ...messengers },
      ...{ callers, login },
      databaseUrl,
      connections,
    };
  });
