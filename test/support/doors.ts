import fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { docDoor } from '@segl/server/http/sds/plugin';
import { soapDoor } from '@segl/server/http/soap/soap-plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { MemoryDesk } from './memory-desk.ts';

/** Just what these tests need of tap. */
interface Teardown {
  teardown(fn: () => unknown): void;
}

export interface Doors {
  readonly desk: MemoryDesk;
  readonly app: FastifyInstance;
  readonly base: string;
  readonly port: number;
}

/** The back-end doors on a free port of loopback, in front of a desk in memory; closed when the test ends. */
export async function openDoors(
  t: Teardown,
  limits: { maxSoapBytes?: number; maxDocumentBytes?: number } = {},
): Promise<Doors> {
  const desk = new MemoryDesk();
  const config = {
    maxSoapBytes: 31_457_280,
    maxDocumentBytes: 104_857_600,
    publicUrl: 'https://sign.example.com',
    ...limits,
  };
  desk.largest = config.maxDocumentBytes;
  const app = fastify({ forceCloseConnections: true });
  const desks = { orders: desk, tasks: desk, packaging: desk, archive: desk };
  await app.register(soapDoor, { ...desks, config, log: silentLogger });
  await app.register(docDoor, { desk, config, log: silentLogger });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { desk, app, port, base: `http://127.0.0.1:${port}` };
}
