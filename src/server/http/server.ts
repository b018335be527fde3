/** The HTTP server under the plugins: plain or with TLS, and what it believes of proxies. */
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server, type ServerOptions } from 'node:https';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerFactory,
} from 'fastify';
import type { Config } from '../config/config.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import { askForCertificate, readTlsOptions, renewTls, tlsFiles } from './tls.ts';
import { heedProxies, proxyRule } from './trusted-proxies.ts';

/** For a whole request, body included: the largest upload over a slow line. */
export const REQUEST_TIMEOUT_MS = 600_000;

/** Headers with three certificates and more; Node.js takes 16 KiB of all headers together by itself. */
const ROOM_FOR_CERTIFICATES = 65_536;

export type ServerConfig = Pick<
  Config,
  'tlsCert' | 'tlsKey' | 'hstsDays' | 'trustedProxies' | 'forwardedHeaders'
> &
  Partial<Pick<Config, 'host' | 'callerPort' | 'callerCertHeader'>>;

/**
 * A server without routes that does not listen yet. With TLS_CERT it speaks https and takes renewed certificates
 * until it is closed. `callerAuthorities` (PEM): clients are asked for a certificate of one of these, on CALLER_PORT
 * where there is one; what they show is not judged here. Throws CONFIG_INVALID, TLS_FILES_INVALID.
 */
export async function createHttpServer(
  config: ServerConfig,
  log: Logger,
  { callerAuthorities }: { readonly callerAuthorities?: readonly string[] | undefined } = {},
): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = log;
  const trusted = proxyRule(config.trustedProxies);
  const files = tlsFiles(config);
  const tls = files && (await readTlsOptions(files));
  const servers = new Map<Server, ServerOptions>();
  const maxHeaderSize = config.callerCertHeader === undefined ? undefined : ROOM_FOR_CERTIFICATES;
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, ...(maxHeaderSize && { maxHeaderSize }) };
  const asking = callerAuthorities ? askForCertificate(callerAuthorities) : {};
  const open = (more: ServerOptions, handler: RequestListener): Server => {
    const server = createServer({ ...tls, ...limits, ...more }, handler);
    servers.set(server, more);
    return server;
  };
  // called once for each address that is listened on
  const serverFactory: FastifyServerFactory = (handler, { keepAliveTimeout }) => {
    const server = open(config.callerPort === undefined ? asking : {}, handler);
    server.keepAliveTimeout = keepAliveTimeout as number;
    return server;
  };
  const app = fastify({
    loggerInstance,
    // plugins log what they do in their own words
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    trustProxy: trusted ?? false,
    ...(maxHeaderSize && { http: { maxHeaderSize } }),
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
    if (callerAuthorities && config.callerPort !== undefined) {
      const callers = open(asking, (request, response) => {
        app.routing(request, response);
      });
      listenBeside(app, callers, { host: config.host ?? '127.0.0.1', port: config.callerPort });
    }
    const stop = renewTls(servers, files, log);
    app.addHook('onClose', async () => stop());
  }
  return app;
}

/** A second server for the routes of `app`, which listens as long as `app` does. */
function listenBeside(app: FastifyInstance, server: Server, at: { host: string; port: number }): void {
  // what is done about uploads whose client waits is settled at the first server
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (app.server.emit('checkContinue', request, response)) return;
    response.writeContinue();
    server.emit('request', request, response);
  });
  app.addHook('onReady', async () => {
    server.listen(at);
    await once(server, 'listening');
  });
  app.addHook('onClose', async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    await closed;
  });
}
