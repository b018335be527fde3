/** Starts the sandbox: the world around the service, reachable over the network only. Never part of production. */
import { sandboxProblems } from './problems.ts';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { systemClock, type Clock } from '@segl/problem/clock';
import { isSeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import type { Logger } from 'pino';
import { packageFile } from '@segl/problem/paths';
import { CodeFileService } from './methods/nemid/codefile/service.ts';
import { codeFilePlugin } from './methods/nemid/codefile/routes.ts';
import { clockPlugin } from './clock/routes.ts';
import { SandboxClock } from './clock/sandbox-clock.ts';
import { employees } from './employees.ts';
import { writeEnvironment, type Environment } from './environment.ts';
import { Accounts } from './methods/nemid/client/accounts.ts';
import { ClientSessions } from './methods/nemid/client/client-session.ts';
import { TransactionLog } from './methods/nemid/client/transactions.ts';
import { mailPlugin } from './mail/routes.ts';
import { MailTrap } from './mail/trap.ts';
import { nemIdPlugin } from './methods/nemid/client/routes.ts';
import { OrderService } from './methods/nemid/orders/service.ts';
import { ordersPlugin } from './methods/nemid/orders/routes.ts';
import type { TestPerson } from './persons.ts';
import { RidCprService } from './methods/nemid/pid-cpr/rid.ts';
import { cprPlugin } from './methods/nemid/pid-cpr/routes.ts';
import { PidCprService } from './methods/nemid/pid-cpr/service.ts';
import { PRIVATE_SERVICE_ID, PUBLIC_SERVICE_ID } from './methods/nemid/pid-cpr/status.ts';
import { BillingCounters } from './methods/nemid/providers/counters.ts';
import { ProviderRegistry } from './methods/nemid/providers/registry.ts';
import { SmsTrap } from './sms/gateway.ts';
import { smsPlugin } from './sms/routes.ts';
import { render } from './templates.ts';
import { sendPage, testToolsPlugin } from './methods/nemid/testtools/routes.ts';
import type { TestTools } from './methods/nemid/testtools/tools.ts';
import { openTlsCertificate, type TlsCertificate } from './tls/certificate.ts';
import { tlsPlugin, type TlsAddress } from './tls/routes.ts';
import { UserService } from './methods/nemid/users/service.ts';
import { UserRegistry } from './methods/nemid/users/registry.ts';
import { pkiPlugin } from './world/routes.ts';
import { FRIENDLY_NAME, World } from './world/world.ts';

export interface SandboxOptions {
  /** Keys, certificates, accounts and `service.env` live here. */
  readonly dataDir: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Of the mail trap. Default: any free port. */
  readonly smtpPort?: number;
  /** Base URL under which browsers and the service reach the sandbox. Default: http://localhost:PORT. */
  readonly url?: string;
  /** Given: the same over https too, on a port of its own, under a certificate for this machine and these names. */
  readonly tls?: { readonly port: number; readonly names: readonly string[] };
  /** Of the https door that asks for a client certificate: PID-CPR and RID-CPR. Default: any free port. */
  readonly cprPort?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Sandbox extends Environment {
  readonly url: string;
  /** Base URL over https, if it has one. */
  readonly tlsUrl?: string;
  readonly persons: readonly TestPerson[];
  /** The world's time: that of `SandboxOptions.clock`, moved. */
  readonly clock: Clock;
  close(): Promise<void>;
}

const THIS_MACHINE = ['localhost', '127.0.0.1', '::1'];

/** What the doors serve, once it is there. */
interface Parts {
  readonly world: World;
  readonly clock: SandboxClock;
  readonly orders: OrderService;
  readonly codeFile: CodeFileService;
  readonly tools: TestTools;
  readonly sessions: ClientSessions;
  readonly pidCpr: PidCprService;
  readonly ridCpr: RidCprService;
  /** Base URL of the door that asks for a client certificate. */
  readonly cprUrl: string;
  readonly mail: MailTrap;
  readonly sms: SmsTrap;
  readonly tls: TlsAddress | undefined;
}

/**
 * Listens first, because certificates carry the sandbox's own URL. Keys and accounts are made at the first start and
 * used again at later ones.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dataDir, host, port, log } = options;
  const clock = await SandboxClock.open(join(dataDir, 'clock.json'), options.clock);
  let parts: Parts | undefined;
  const madeParts = (): Parts => {
    if (!parts) throw sandboxProblems.error('UNAVAILABLE', { what: sandboxProblems.of('sandbox/itself') });
    return parts;
  };
  const doors: { close(): unknown }[] = [];
  const open = async (onPort: number, tls?: TlsCertificate, requestCert = false): Promise<number> => {
    const app = createDoors(madeParts, log, tls, requestCert);
    doors.push(app);
    await app.listen({ host, port: onPort });
    return (app.server.address() as AddressInfo).port;
  };
  const close = async (): Promise<void> => {
    clock.close();
    await Promise.all(doors.map((app) => app.close()));
  };
  try {
    const openedPort = await open(port);
    const url = options.url ?? `http://localhost:${String(openedPort)}`;
    const { hostname } = new URL(url);
    const names = [...THIS_MACHINE, hostname, ...(options.tls?.names ?? [])].map(withoutBrackets);
    // Certificates and everything that fetches their status stay on http, as it is the way with them. Handshakes know the
    // machine's clock only.
    const certificate = await openTlsCertificate({ folder: dataDir, names, clock: systemClock });
    const cprUrl = `https://${hostname}:${String(await open(options.cprPort ?? 0, certificate, true))}`;
    const tls: TlsAddress | undefined = options.tls && {
      ...certificate,
      url: `https://${hostname}:${String(await open(options.tls.port, certificate))}`,
      authorityUrl: `${url}/tls/ca.pem`,
    };
    const file = (name: string): string => join(dataDir, name);
    const registry = await UserRegistry.open(file('users.json'));
    const world = await World.open({ folder: dataDir, url, persons: registry.all, clock });
    const mail = await MailTrap.open({ host, port: options.smtpPort ?? 0, clock, log });
    doors.push(mail);
    const accounts = await Accounts.open(file('accounts.json'), registry.all, clock);
    const transactions = await TransactionLog.open(file('transactions.json'), clock);
    const counters = await BillingCounters.open(file('billing.json'), clock);
    const providers = await ProviderRegistry.open(file('providers.json'), {
      id: world.findVoces(world.certificate('voces')) ?? '',
      friendlyName: FRIENDLY_NAME,
    });
    const users = new UserService({ registry, accounts, world, log: transactions, clock });
    const orders = await OrderService.open(file('orders.json'), {
      ...{ world, providers, clock },
      smtp: `smtp://${host.includes(':') ? `[${host}]` : host}:${String(mail.port)}`,
    });
    const eid = {
      ...{ transactions, clock },
      identityOf: (person: TestPerson) => world.identityOf(person),
      findProvider: (certificate: Uint8Array) => {
        const id = world.findVoces(certificate);
        return id === undefined ? undefined : providers.find(id);
      },
      bill: (provider: string, operation: 'logon' | 'sign') => counters.count(provider, operation),
    };
    parts = {
      ...{ world, clock, orders },
      tools: {
        ...{ users, transactions, counters, providers, clock },
        certificateOf: (person) => world.certificateOf(person),
      },
      sessions: new ClientSessions({
        ...{ ...eid, accounts, log },
        setPassword: async (person, password) => {
          await users.setPassword(person, password);
        },
      }),
      codeFile: new CodeFileService(eid),
      pidCpr: new PidCprService(registry.all, clock, (operation, serviceId) => {
        void counters.count(`SPID ${serviceId}`, operation);
      }),
      ridCpr: new RidCprService(clock, () => [
        ...employees,
        ...registry.all.flatMap(({ employment, cpr }) =>
          employment ? [{ serialNumber: `CVR:${employment.cvr}-RID:${employment.rid}`, cpr }] : [],
        ),
      ]),
      cprUrl,
      mail,
      sms: new SmsTrap(clock),
      tls,
    };
    const environment = await writeEnvironment(world, {
      ...{ folder: dataDir, host, smtpPort: mail.port },
      cpr: { url: cprUrl, authority: certificate.authority },
      ...(tls && { tls }),
    });
    log.info({ url }, 'sandbox is ready');
    return { url, ...(tls && { tlsUrl: tls.url }), ...environment, persons: registry.all, clock, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const withoutBrackets = (name: string): string => name.replace(/^\[(.*)\]$/, '$1');

function createDoors(
  parts: () => Parts,
  log: Logger,
  tls: TlsCertificate | undefined,
  requestCert: boolean,
): FastifyInstance {
  const https = tls && {
    ...{ cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' as const },
    // what a client shows is judged where it is asked for
    ...(requestCert && { requestCert, rejectUnauthorized: false }),
  };
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    https: https ?? null,
  }) as unknown as FastifyInstance;
  // every other body is taken as bytes: DER, SOAP, forms without fields
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, log));
  app.setNotFoundHandler((request, reply) =>
    answerProblem(generalProblems.error('NOT_FOUND'), request, reply, log),
  );

  app.get('/', async (_request, reply) => {
    const { world, mail, tls, cprUrl } = parts();
    return sendPage(
      reply,
      render('start', {
        url: world.url,
        authorities: world.authorities,
        privateServiceId: PRIVATE_SERVICE_ID,
        publicServiceId: PUBLIC_SERVICE_ID,
        mailPort: mail.port,
        tlsUrl: tls?.url,
        cprUrl,
      }),
    );
  });
  app.get('/assets/sandbox.css', async (_request, reply) =>
    reply
      .type('text/css; charset=utf-8')
      .send(await readFile(packageFile(import.meta.url, 'assets', 'sandbox.css'))),
  );
  tlsPlugin(app, () => parts().tls);
  pkiPlugin(app, () => parts().world);
  mailPlugin(app, () => parts().mail);
  smsPlugin(app, () => parts().sms);
  cprPlugin(app, () => {
    const { pidCpr, ridCpr, world } = parts();
    return {
      ...{ pid: pidCpr, rid: ridCpr },
      isProvider: (certificate) => world.findVoces(certificate) !== undefined,
    };
  });
  nemIdPlugin(app, () => parts().sessions);
  codeFilePlugin(app, () => ({
    desk: parts().codeFile,
    find: (user) => parts().tools.users.find(user),
  }));
  ordersPlugin(app, () => parts().orders);
  clockPlugin(app, () => parts().clock);
  testToolsPlugin(app, () => parts().tools);
  return app;
}

/** JSON for scripts, a page for people. What is not understood is logged and not told. */
/** Errors that are neither 400 nor 500. */
const STATUS: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  PERSON_UNKNOWN: 404,
  PERSON_STUCK: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNAVAILABLE: 503,
};

function answerProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): FastifyReply {
  const status = (error as { statusCode?: number }).statusCode;
  const problem = isSeglError(error)
    ? error
    : status !== undefined && status < 500
      ? generalProblems.error('BAD_REQUEST', {
          why: generalProblems.of('foreign/said', { said: (error as Error).message }),
        })
      : generalProblems.error('INTERNAL', { reference: request.id });
  if (problem.code === 'INTERNAL') log.error({ err: error, reference: request.id }, 'sandbox request failed');
  const own = STATUS[problem.code] ?? (problem.fault === 'Client' ? 400 : 500);
  void reply.code(isSeglError(error) ? own : (status ?? own));
  return /\/api\//.test(request.url)
    ? reply.send({ ...problem.problem, text: problem.text, todo: problem.todo })
    : sendPage(reply, render('problem', { text: problem.text, todo: problem.todo }));
}
