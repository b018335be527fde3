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
import { clockPlugin } from './clock/routes.ts';
import { SandboxClock } from './clock/sandbox-clock.ts';
import { writeEnvironment, writerIn, type Environment } from './environment.ts';
import { mailPlugin } from './mail/routes.ts';
import { MailTrap } from './mail/trap.ts';
import { simulators } from './methods/index.ts';
import { sendPage } from './pages/page.ts';
import type { OpenedSimulator, Person } from './simulator.ts';
import { SmsTrap } from './sms/gateway.ts';
import { smsPlugin } from './sms/routes.ts';
import { render } from './templates.ts';
import { openTlsCertificate, type TlsCertificate } from './tls/certificate.ts';
import { tlsPlugin, type TlsAddress } from './tls/routes.ts';
import { pkiPlugin } from './world/routes.ts';
import { World } from './world/world.ts';

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
  /** Of the https port that asks clients for certificates. Default: any free port. */
  readonly mutualTlsPort?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Sandbox extends Environment {
  readonly url: string;
  /** Base URL over https, if it has one. */
  readonly tlsUrl?: string;
  /** Who can sign from the first start on. */
  readonly persons: readonly Person[];
  /** The world's time: that of `SandboxOptions.clock`, moved. */
  readonly clock: Clock;
  close(): Promise<void>;
}

const THIS_MACHINE = ['localhost', '127.0.0.1', '::1'];

/** What is served, once it is there. */
interface Parts {
  readonly world: World;
  readonly clock: SandboxClock;
  /** By their ids. */
  readonly simulators: ReadonlyMap<string, OpenedSimulator>;
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
  const servers: { close(): unknown }[] = [];
  const open = async (onPort: number, tls?: TlsCertificate, requestCert = false): Promise<number> => {
    const app = createPlugins(madeParts, log, tls, requestCert);
    servers.push(app);
    await app.listen({ host, port: onPort });
    return (app.server.address() as AddressInfo).port;
  };
  const close = async (): Promise<void> => {
    clock.close();
    await Promise.all(servers.map((app) => app.close()));
  };
  try {
    const openedPort = await open(port);
    const url = options.url ?? `http://localhost:${String(openedPort)}`;
    const { hostname } = new URL(url);
    const names = [...THIS_MACHINE, hostname, ...(options.tls?.names ?? [])].map(withoutBrackets);
    // Certificates and everything that fetches their status stay on http, as it is the way with them. Handshakes know the
    // machine's clock only.
    const certificate = await openTlsCertificate({ folder: dataDir, names, clock: systemClock });
    const mutualTls = `https://${hostname}:${String(await open(options.mutualTlsPort ?? 0, certificate, true))}`;
    const tls: TlsAddress | undefined = options.tls && {
      ...certificate,
      url: `https://${hostname}:${String(await open(options.tls.port, certificate))}`,
      authorityUrl: `${url}/tls/ca.pem`,
    };
    const world = await World.open({ folder: dataDir, url, clock });
    const mail = await MailTrap.open({ host, port: options.smtpPort ?? 0, clock, log });
    servers.push(mail);
    const write = writerIn(dataDir);
    const opened = new Map<string, OpenedSimulator>();
    for (const simulator of simulators) {
      const around = {
        ...{ folder: dataDir, world, clock, log, write },
        browserUrl: tls?.url ?? url,
        mutualTls: { url: mutualTls, authority: certificate.authority },
        smtpUrl: `smtp://${host.includes(':') ? `[${host}]` : host}:${String(mail.port)}`,
      };
      opened.set(simulator.id, await simulator.open(around));
    }
    const environment = await writeEnvironment(world, [...opened.values()], {
      ...{ write, host, tls },
      smtpPort: mail.port,
    });
    parts = { ...{ world, clock, mail, tls }, simulators: opened, sms: new SmsTrap(clock) };
    log.info({ url }, 'sandbox is ready');
    const persons = simulators.flatMap((simulator) => simulator.persons);
    return { url, ...(tls && { tlsUrl: tls.url }), ...environment, persons, clock, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const withoutBrackets = (name: string): string => name.replace(/^\[(.*)\]$/, '$1');

function createPlugins(
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
    const { world, mail, tls, simulators: opened } = parts();
    return sendPage(
      reply,
      render('start', {
        cards: [...opened.values()].map(({ cards }) => cards),
        url: world.url,
        authorities: world.authorities,
        mailPort: mail.port,
        tlsUrl: tls?.url,
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
  clockPlugin(app, () => parts().clock);
  for (const simulator of simulators) simulator.plugins(app, () => parts().simulators.get(simulator.id)!);
  return app;
}

/** Errors that are neither 400 nor 500. */
const STATUS: Readonly<Record<string, number>> = {
  NOT_FOUND: 404,
  PERSON_UNKNOWN: 404,
  PERSON_STUCK: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNAVAILABLE: 503,
};

/** JSON for scripts, a page for people. What is not understood is logged and not told. */
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
    ? reply.send({ ...problem.problem, text: problem.text, advice: problem.advice })
    : sendPage(reply, render('problem', { text: problem.text, advice: problem.advice }));
}
