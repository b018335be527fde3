import fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { docPlugin } from '@segl/server/http/sds/plugin';
import { soapPlugin } from '@segl/server/http/soap/soap-plugin';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { MemoryServices } from './memory-services.ts';

/** Just what these tests need of tap. */
interface Teardown {
  teardown(fn: () => unknown): void;
}

export interface Plugins {
  readonly api: MemoryServices;
  readonly app: FastifyInstance;
  readonly base: string;
  readonly port: number;
}

/** The back-end doors on a free port of loopback, in front of a desk in memory; closed when the test ends. */
export async function openPlugins(
  t: Teardown,
  limits: { maxSoapBytes?: number; maxDocumentBytes?: number } = {},
): Promise<Plugins> {
  const api = new MemoryServices();
  const config = {
    maxSoapBytes: 31_457_280,
    maxDocumentBytes: 104_857_600,
    publicUrl: 'https://sign.example.com',
    ...limits,
  };
  api.largest = config.maxDocumentBytes;
  const app = fastify({ forceCloseConnections: true });
  const apis = { orders: api, tasks: api, packaging: api, archive: api };
  await app.register(soapPlugin, { ...apis, config, log: silentLogger });
  await app.register(docPlugin, { api, config, log: silentLogger });
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { api, app, port, base: `http://127.0.0.1:${port}` };
}
