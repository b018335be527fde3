import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Config } from '../../config/config.ts';
import { archiveService } from './archive/service.ts';
import { documentServiceV2 } from './document-v2/service.ts';
import { documentServiceV3 } from './document-v3/service.ts';
import { versionOfMediaType } from './envelope.ts';
import { faultReply, tellable, type SoapReply } from './faults.ts';
import { packagingServices } from './packaging/packaging-service.ts';
import { sealingService } from './packaging/sealing-service.ts';
import { answer, type SoapService } from './service.ts';
import { generalProblems } from '@segl/problem/problems';
import type { Logger } from '../../adapters/telemetry/log.ts';
import type { ArchiveService, OrderService, PackagingService, TaskService } from '../../application/api.ts';
import { baseUrl } from '../base-url.ts';
import type { CallerReader } from '../callers/reader.ts';

export interface SoapPluginOptions {
  readonly orders: OrderService;
  readonly tasks: TaskService;
  readonly packaging: PackagingService;
  readonly archive: ArchiveService;
  readonly config: Pick<Config, 'maxSoapBytes' | 'publicUrl'>;
  readonly log: Logger;
  /** Absent where certificates of callers are not in use. */
  readonly caller?: CallerReader | undefined;
}

/** All SOAP services, each at its own path: POST is a call, GET with `?wsdl` the WSDL. */
export async function soapPlugin(app: FastifyInstance, options: SoapPluginOptions): Promise<void> {
  const { orders, tasks, packaging, archive } = options;
  const services = [
    documentServiceV2(orders, tasks),
    documentServiceV3(orders, tasks),
    ...packagingServices(packaging),
    sealingService(packaging),
    archiveService(archive),
  ];
  for (const service of services) {
    await app.register(async (scope) => mount(scope, service, options));
  }
}

const send = (reply: FastifyReply, { status, contentType, body }: SoapReply): FastifyReply =>
  reply.code(status).header('content-type', contentType).send(body);

function mount(app: FastifyInstance, service: SoapService, options: SoapPluginOptions): void {
  const { config, log } = options;
  const { path } = service;
  app.removeAllContentTypeParsers();
  // any media type or none: clients differ, and the envelope says what it is
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: config.maxSoapBytes },
    (_request, body, done) => {
      done(null, body);
    },
  );

  // what fails before the call is a fault too: a SOAP client can read nothing else
  app.setErrorHandler<Error & { code?: string; statusCode?: number }>(async (error, request, reply) => {
    const told = tellable(bodyError(error, config.maxSoapBytes), log);
    return send(reply, faultReply(told, versionOfMediaType(request.headers['content-type'])));
  });

  app.post(path, async (request, reply) => {
    const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { 'content-type': contentType } = request.headers;
    const base = baseUrl(request, config.publicUrl);
    const caller = options.caller?.(request);
    return send(reply, await answer(service, { bytes, contentType, baseUrl: base, caller }, log));
  });

  app.get(path, async (request, reply) => {
    if (!/^wsdl(?:=|&|$)/i.test(request.url.split('?')[1] ?? '')) {
      const here = `${baseUrl(request, config.publicUrl)}${path}`;
      return reply
        .code(405)
        .headers({ allow: 'POST', 'content-type': 'text/plain;charset=UTF-8' })
        .send(`This is a SOAP service: POST to ${here}. Its WSDL is at ${here}?wsdl.\n`);
    }
    return reply
      .header('content-type', 'text/xml;charset=UTF-8')
      .send(service.wsdl.text(baseUrl(request, config.publicUrl) + path));
  });
}

/** Fastify's own refusals in the words of our registry. */
function bodyError(error: Error & { code?: string; statusCode?: number }, limit: number): Error {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return generalProblems.error('PAYLOAD_TOO_LARGE', { limit, setting: 'MAX_SOAP_BYTES' }, { cause: error });
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return generalProblems.error(
      'BAD_REQUEST',
      { why: generalProblems.of('foreign/said', { said: error.message }) },
      { cause: error },
    );
  }
  return error;
}
