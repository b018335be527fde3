/** The HTTP server under the doors: plain or with TLS, and what it believes of proxies. */
import { createServer, type Server } from 'node:https';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerFactory,
} from 'fastify';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { readTlsOptions, renewTls, tlsFiles } from './tls.ts';
import { heedProxies, proxyRule } from './trusted-proxies.ts';

/** For a whole request, body included: the largest upload over a slow line. */
export const REQUEST_TIMEOUT_MS = 600_000;

export type ServerConfig = Pick<
  Config,
  'tlsCert' | 'tlsKey' | 'hstsDays' | 'trustedProxies' | 'forwardedHeaders'
>;

/**
 * A server without routes that does not listen yet. With TLS_CERT it speaks https and takes renewed certificates
 * until it is closed. Throws CONFIG_INVALID, TLS_FILES_INVALID.
 */
export async function createHttpServer(config: ServerConfig, log: Logger): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = log;
  const trusted = proxyRule(config.trustedProxies);
  const files = tlsFiles(config);
  const tls = files && (await readTlsOptions(files));
  const servers = new Set<Server>();
  // called once for each address that is listened on
  const serverFactory: FastifyServerFactory = (handler, { keepAliveTimeout }) => {
    const server = createServer({ ...tls, requestTimeout: REQUEST_TIMEOUT_MS }, handler);
    server.keepAliveTimeout = keepAliveTimeout as number;
    servers.add(server);
    return server;
  };
  const app = fastify({
    loggerInstance,
    // doors log what they do in their own words
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    trustProxy: trusted ?? false,
    ...(tls && { serverFactory }),
  });
  if (trusted) heedProxies(app, trusted, config);
  if (config.hstsDays > 0) {
    const value = `max-age=${config.hstsDays * 86_400}`;
    app.addHook('onSend', async (request, reply) => {
      // browsers heed it over https only (RFC 6797 §7.2), ours or that of a proxy whose word counts
      if (request.protocol === 'https') void reply.header('strict-transport-security', value);
    });
  }
  if (files) {
    const stop = renewTls(servers, files, log);
    app.addHook('onClose', async () => stop());
  }
  return app;
}
