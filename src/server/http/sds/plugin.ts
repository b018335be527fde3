import { statusOf } from '../status.ts';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import {
  documentUri,
  parseDocumentTarget,
  type DocumentAddress,
  type UploadAddress,
} from '../../domain/order/document-address.ts';
import { tellable } from '../soap/faults.ts';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import type { DocumentService, StoredDocument } from '../../application/api.ts';
import type { Account } from '../../domain/order/account.ts';
import { baseUrl } from '../base-url.ts';
import { basicChallenge, readBasicAuth } from '../basic-auth.ts';
import type { CallerReader } from '../callers/reader.ts';
import { watchFileMediaType } from './file-media-type.ts';
import { deferContinue, drain, sendContinue, withBody } from './request-body.ts';

export interface DocPluginOptions {
  readonly api: DocumentService;
  readonly config: Pick<Config, 'maxDocumentBytes' | 'publicUrl'>;
  readonly log: Logger;
  /** Absent where certificates of callers are not in use. */
  readonly caller?: CallerReader | undefined;
}

/** What the hook found out before the body is read. */
interface Admission {
  readonly account: Account;
  readonly address: DocumentAddress | UploadAddress;
}

/** Uploads to session data storage, and downloads from it, from orders and from the archive. */
export async function docPlugin(app: FastifyInstance, options: DocPluginOptions): Promise<void> {
  const { api, config, log } = options;
  const limit = config.maxDocumentBytes;
  const admissions = new WeakMap<FastifyRequest, Admission>();
  deferContinue(app.server);

  app.removeAllContentTypeParsers();
  // one byte more than we take, so that it is the application that finds a document too large
  await app.register(multipart, { limits: { fileSize: limit + 1 } });
  app.addContentTypeParser('*', (_request, _body, done) => {
    done(null); // read as a stream by the handler
  });

  app.addHook('onRequest', async (request) => {
    admissions.set(request, await admit(options, request));
  });

  app.setErrorHandler(async (error, request, reply) => {
    drain(request.raw, limit);
    return refuse(reply, told(error, log));
  });

  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/doc/*',
    bodyLimit: limit,
    handler: async (request, reply) => {
      const admission = admissions.get(request);
      if (!admission) throw new Error('The request was not admitted');
      const { account, address } = admission;
      checkMethod(request.method, address, reply);
      if (address.kind === 'upload') {
        const id = await upload(api, account, request, reply, limit);
        const base = baseUrl(request, config.publicUrl);
        return reply
          .code(201)
          .header('location', documentUri(base, { kind: 'sds', service: address.service, id }))
          .header('content-type', 'text/plain;charset=ISO-8859-1')
          .send(id);
      }
      if (request.method === 'DELETE') {
        if (address.kind === 'sds') await api.deleteSds(account, address.id);
        return reply.code(204).send();
      }
      return download(request, reply, await find(api, account, address));
    },
  });
}

/** Credentials first, then the address: who is not let in learns nothing about addresses. */
async function admit({ api, caller }: DocPluginOptions, request: FastifyRequest): Promise<Admission> {
  const credentials = readBasicAuth(request.headers.authorization);
  if (!credentials) throw serverProblems.error('CREDENTIALS_WRONG');
  const account = await api.authenticate(credentials.user, credentials.password, caller?.(request));
  const address = parseDocumentTarget(request.raw.url ?? '');
  if (!address) throw serverProblems.error('DOCUMENT_ADDRESS_UNKNOWN');
  if (address.service !== account.service) throw serverProblems.error('SERVICE_FOREIGN');
  return { account, address };
}

const methods = {
  upload: ['POST'],
  sds: ['GET', 'HEAD', 'DELETE'],
  order: ['GET', 'HEAD'],
  archive: ['GET', 'HEAD'],
};

function checkMethod(method: string, { kind }: Admission['address'], reply: FastifyReply): void {
  if (methods[kind].includes(method)) return;
  const allowed = methods[kind].join(', ');
  void reply.header('allow', allowed);
  throw serverProblems.error('METHOD_NOT_ALLOWED', { method, allowed });
}

async function upload(
  api: DocumentService,
  account: Account,
  request: FastifyRequest,
  reply: FastifyReply,
  limit: number,
): Promise<string> {
  if (request.isMultipart()) {
    sendContinue(reply.raw);
    const form = request.file();
    const mediaType = watchFileMediaType(request.raw, request.headers['content-type'] ?? '');
    const part = await form;
    if (!part) throw serverProblems.error('BAD_REQUEST', { why: serverProblems.of('upload/no-file') });
    return api.putSds(account, mediaType() ?? part.mimetype, part.file);
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) {
    throw generalProblems.error('PAYLOAD_TOO_LARGE', { limit, setting: 'MAX_DOCUMENT_BYTES' });
  }
  sendContinue(reply.raw);
  const contentType = request.headers['content-type'] ?? 'application/octet-stream';
  return withBody(request.raw, (body) => api.putSds(account, contentType, body));
}

function find(api: DocumentService, account: Account, address: DocumentAddress): Promise<StoredDocument> {
  switch (address.kind) {
    case 'sds':
      return api.getSds(account, address.id);
    case 'archive':
      return api.getArchived(account, address.id);
    case 'order':
      return api.getOrderDocument(account, address);
  }
}

/** The content type goes out exactly as it came in; a browser must not run or guess anything. */
function download(request: FastifyRequest, reply: FastifyReply, document: StoredDocument): FastifyReply {
  void reply.headers({
    'content-type': document.contentType,
    'content-length': document.size,
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
    'cache-control': 'private, no-store',
  });
  return request.method === 'HEAD' ? reply.send() : reply.send(document.open());
}

/** A sentence in plain text, and the code of the registry in the header `segl-error`. */
function refuse(reply: FastifyReply, error: SeglError): FastifyReply {
  if (error.code === 'CREDENTIALS_WRONG') void reply.header('www-authenticate', basicChallenge);
  return reply
    .code(statusOf(error))
    .header('segl-error', error.code)
    .header('content-type', 'text/plain;charset=UTF-8')
    .send(error.message);
}

/** Fastify's own refusals count as BAD_REQUEST. */
function told(error: unknown, log: Logger): SeglError {
  const { statusCode, message } = error as { statusCode?: number; message: string };
  if (!isSeglError(error) && statusCode !== undefined && statusCode < 500) {
    return generalProblems.error(
      'BAD_REQUEST',
      { why: generalProblems.of('foreign/said', { said: message }) },
      { cause: error },
    );
  }
  return tellable(error, log);
}
