/** Starts the sandbox: the world around the service, reachable over the network only. Never part of production. */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../src/clock.ts';
import { isSeglError, SeglError } from '../src/errors.ts';
import type { Logger } from '../src/log.ts';
import { projectFile } from '../src/paths.ts';
import { writeEnvironment, type Environment } from './environment.ts';
import { Accounts } from './nemid/accounts.ts';
import { ClientSessions } from './nemid/client-session.ts';
import { nemIdDoor } from './nemid/routes.ts';
import { testPersons, type TestPerson } from './persons.ts';
import { pidCprDoor } from './pid-cpr/routes.ts';
import { PidCprService, PRIVATE_SERVICE_ID, PUBLIC_SERVICE_ID } from './pid-cpr/service.ts';
import { render } from './templates.ts';
import { sendPage, testToolsDoor } from './testtools/routes.ts';
import { pkiDoor } from './world/routes.ts';
import { World } from './world/world.ts';

export interface SandboxOptions {
  /** Keys, certificates, accounts and `service.env` live here. */
  readonly dataDir: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Base URL under which browsers and the service reach the sandbox. Default: http://localhost:PORT. */
  readonly url?: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Sandbox extends Environment {
  readonly url: string;
  readonly persons: readonly TestPerson[];
  close(): Promise<void>;
}

/** What the doors serve, once it is there. */
interface Parts {
  readonly world: World;
  readonly accounts: Accounts;
  readonly sessions: ClientSessions;
  readonly pidCpr: PidCprService;
}

/**
 * Listens first, because certificates carry the sandbox's own URL. Keys and accounts are made at the first start and
 * used again at later ones.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { dataDir, host, port, clock, log } = options;
  let parts: Parts | undefined;
  const app = createDoors(() => {
    if (!parts) throw new SeglError('UNAVAILABLE', { what: 'The sandbox' });
    return parts;
  }, log);
  try {
    await app.listen({ host, port });
    const url = options.url ?? `http://localhost:${String((app.server.address() as AddressInfo).port)}`;
    const world = await World.open({ folder: dataDir, url, persons: testPersons, clock });
    const accounts = await Accounts.open(join(dataDir, 'accounts.json'), testPersons, clock);
    parts = {
      world,
      accounts,
      sessions: new ClientSessions({
        accounts,
        identityOf: (person) => world.identityOf(person),
        findProvider: (certificate) => world.findProvider(certificate),
        clock,
        log,
      }),
      pidCpr: new PidCprService(testPersons, clock),
    };
    const environment = await writeEnvironment(world, { folder: dataDir, host });
    log.info({ url }, 'sandbox is ready');
    return { url, ...environment, persons: testPersons, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

function createDoors(parts: () => Parts, log: Logger): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true });
  // every other body is taken as bytes: DER, SOAP, forms without fields
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, log));
  app.setNotFoundHandler((request, reply) => answerProblem(new SeglError('NOT_FOUND'), request, reply, log));

  app.get('/', async (_request, reply) => {
    const { world } = parts();
    return sendPage(
      reply,
      render('start', {
        url: world.url,
        authorities: world.authorities,
        privateServiceId: PRIVATE_SERVICE_ID,
        publicServiceId: PUBLIC_SERVICE_ID,
      }),
    );
  });
  app.get('/assets/sandbox.css', async (_request, reply) =>
    reply
      .type('text/css; charset=utf-8')
      .send(await readFile(projectFile('sandbox', 'assets', 'sandbox.css'))),
  );
  pkiDoor(app, () => parts().world);
  pidCprDoor(app, () => parts().pidCpr);
  nemIdDoor(app, () => parts().sessions);
  testToolsDoor(app, () => ({
    persons: testPersons,
    accounts: parts().accounts,
    certificateOf: (person) => parts().world.certificateOf(person),
  }));
  return app;
}

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
      ? new SeglError('BAD_REQUEST', { why: (error as Error).message })
      : new SeglError('INTERNAL', { reference: request.id });
  if (problem.code === 'INTERNAL') log.error({ err: error, reference: request.id }, 'sandbox request failed');
  void reply.code(isSeglError(error) ? problem.http : (status ?? problem.http));
  return /\/api\//.test(request.url)
    ? reply.send({ code: problem.code, text: problem.text, todo: problem.todo })
    : sendPage(reply, render('problem', { text: problem.text, todo: problem.todo }));
}
