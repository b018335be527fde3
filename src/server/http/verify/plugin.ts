/**
 * Validation for everybody: `POST /api/validate` for programs, `/verify` for people. What is sent is validated and
 * forgotten.
 */
import { serverProblems } from '../../problems.ts';
import type { Catalogue as ProblemTexts } from '@segl/problem/catalogue';
import { statusOf } from '../status.ts';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import { type SeglError, isSeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import type { Logger } from '../../adapters/telemetry/log.ts';
import { writeEtsiReport } from '@segl/ades/validation/reports/etsi-report';
import { jsonReport } from '@segl/ades/validation/reports/json-report';
import { readValidationTime } from '@segl/ades/validation/validation-time';
import type { Tell } from '@segl/ades/validation/reports/report';
import type { Validation } from '@segl/ades/validation/validate';
import { drain } from '../sds/request-body.ts';
import { Pages } from '../portal/page.ts';
import { pageLanguage, type Language } from '../portal/texts.ts';
import { viewReport } from './view.ts';

/** What the plugins ask of the validator. */
export interface ValidationService {
  /** Throws VALIDATION_BUSY, VALIDATION_TOO_LONG. */
  validate(request: {
    readonly bytes: Uint8Array;
    readonly content?: Uint8Array;
    readonly at?: Date;
    readonly offline?: boolean;
    readonly caller?: string;
  }): Promise<Validation>;
}

export interface VerifyPluginOptions {
  readonly api: ValidationService;
  /** What the problems in its reports are told with. */
  readonly problems: ProblemTexts;
  readonly config: Pick<Config, 'maxDocumentBytes'>;
  readonly log: Logger;
}

/** A request as it was read. */
interface Asked {
  readonly bytes: Uint8Array;
  readonly name?: string;
  readonly content?: Uint8Array;
  readonly at?: Date;
  readonly offline: boolean;
}

/** Adds the routes in a scope of their own: nothing here changes how other plugins read bodies. */
export async function verifyPlugin(app: FastifyInstance, options: VerifyPluginOptions): Promise<void> {
  await app.register(async (scope) => routes(scope, options));
}

async function routes(scope: FastifyInstance, options: VerifyPluginOptions): Promise<void> {
  const { api, problems, config, log } = options;
  const limit = config.maxDocumentBytes;
  const pages = new Pages();
  scope.removeAllContentTypeParsers();
  await scope.register(multipart, {
    limits: { fileSize: limit, files: 2, fields: 4, fieldSize: 256, parts: 8 },
  });
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limit }, (_request, body, done) => {
    done(null, body);
  });

  // bodies that Fastify refuses never reach the handlers
  scope.setErrorHandler((error, request, reply) =>
    request.url.startsWith('/api/') ? refuse(request, reply, error) : showFailure(request, reply, error),
  );

  scope.post('/api/validate', async (request, reply) => {
    try {
      const { name: _, ...asked } = await readRequest(request, limit);
      if (asked.bytes.length === 0)
        throw serverProblems.error('BAD_REQUEST', { why: serverProblems.of('upload/no-file-in-it') });
      const { report } = await api.validate({ ...asked, caller: request.ip });
      const tell = tellIn(problems, reportLanguage(request));
      if (wantsXml(request)) {
        return await reply
          .type('application/xml; charset=utf-8')
          .headers(headers)
          .send(writeEtsiReport(report, tell));
      }
      return await reply
        .type('application/json; charset=utf-8')
        .headers(headers)
        .send(JSON.stringify(jsonReport(report, tell)));
    } catch (error) {
      return refuse(request, reply, error);
    }
  });

  scope.get('/verify', (request, reply) => showPage(request, reply, undefined));
  scope.post('/verify', async (request, reply) => {
    try {
      const { name, ...asked } = await readRequest(request, limit);
      if (asked.bytes.length === 0) return await showPage(request, reply, 'verify.problem.missing');
      const validation = await api.validate({ ...asked, caller: request.ip });
      return await showPage(request, reply, undefined, { ...validation, name: name ?? '' });
    } catch (error) {
      return showFailure(request, reply, error);
    }
  });

  function showFailure(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
    const failure = known(error, limit);
    if (!failure) log.error({ err: error }, 'validation failed');
    drain(request.raw, limit);
    const problem = failure?.code ?? 'INTERNAL';
    const notice = NOTICES.has(problem) ? `verify.problem.${problem}` : 'verify.problem.INTERNAL';
    return showPage(request, reply, notice, undefined, failure ? statusOf(failure) : 500);
  }

  function showPage(
    request: FastifyRequest,
    reply: FastifyReply,
    notice?: string,
    result?: Validation & { readonly name: string },
    status = notice === undefined ? 200 : 400,
  ): FastifyReply {
    const language = pageLanguage(undefined, request.headers['accept-language']);
    return pages.send(reply, {
      name: 'verify',
      language,
      status,
      ...(notice !== undefined && { notice }),
      data: {
        limit: `${Math.floor(limit / (1 << 20))} MB`,
        limitBytes: limit,
        result: result && viewReport(result, language, pages.texts.translator(language), problems),
      },
    });
  }

  function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
    const failure =
      known(error, limit) ?? generalProblems.error('INTERNAL', { reference: '' }, { cause: error });
    if (failure.code === 'INTERNAL') log.error({ err: error }, 'validation failed');
    drain(request.raw, limit);
    if (statusOf(failure) === 503) void reply.header('retry-after', '30');
    return reply
      .code(statusOf(failure))
      .headers(headers)
      .header('segl-error', failure.code)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify({ error: failure.code, message: failure.message }));
  }
}

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

const NOTICES = new Set(['PAYLOAD_TOO_LARGE', 'VALIDATION_BUSY', 'VALIDATION_TOO_LONG', 'BAD_REQUEST']);

/** English unless a language is named: programs read it, too. `*` names none. */
const reportLanguage = ({ headers: { 'accept-language': accepted = '' } }: FastifyRequest): Language =>
  /[a-z]/i.test(accepted) ? pageLanguage(undefined, accepted) : 'en';

const tellIn =
  (problems: ProblemTexts, language: Language): Tell =>
  (problem) =>
    problems.text(problem, language);

/** The JSON report unless XML is asked for (RFC 9110 12.5.1, by the first of the two that is named). */
function wantsXml({ headers: { accept = '' } }: FastifyRequest): boolean {
  const xml = accept.search(/application\/xml|text\/xml/);
  const json = accept.indexOf('application/json');
  return xml >= 0 && (json < 0 || xml < json);
}

/** Fastify's own refusals count as BAD_REQUEST. */
function known(error: unknown, limit: number): SeglError | undefined {
  if (isSeglError(error)) return error;
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string };
  if (statusCode === 413 || code === 'FST_REQ_FILE_TOO_LARGE') {
    return generalProblems.error('PAYLOAD_TOO_LARGE', { limit, setting: 'MAX_DOCUMENT_BYTES' });
  }
  return statusCode !== undefined && statusCode < 500
    ? generalProblems.error(
        'BAD_REQUEST',
        { why: generalProblems.of('foreign/said', { said: message }) },
        { cause: error },
      )
    : undefined;
}

/** The file as body, or as the field `file` of a form; `document` is what a detached signature is over. */
async function readRequest(request: FastifyRequest, limit: number): Promise<Asked> {
  const query = request.query as Record<string, string | string[] | undefined>;
  const asked = (name: string): string | undefined => [query[name]].flat().at(-1);
  const options = readOptions(asked('at'), asked('offline'));
  if (!request.isMultipart()) {
    const bytes = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    return { bytes, ...options };
  }
  let file: { bytes: Buffer; name: string } | undefined;
  let content: Buffer | undefined;
  const fields: Record<string, string> = {};
  for await (const part of request.parts()) {
    if (part.type === 'field') fields[part.fieldname] = String(part.value);
    else {
      const bytes = await part.toBuffer();
      if (bytes.length > limit)
        throw generalProblems.error('PAYLOAD_TOO_LARGE', { limit, setting: 'MAX_DOCUMENT_BYTES' });
      if (part.fieldname === 'file') file = { bytes, name: part.filename };
      else if (part.fieldname === 'document' && bytes.length > 0) content = bytes;
    }
  }
  if (!file)
    throw serverProblems.error('BAD_REQUEST', {
      why: serverProblems.of('upload/no-field', { field: 'file' }),
    });
  const inForm = readOptions(fields['at'] || asked('at'), fields['offline'] ?? asked('offline'));
  return { ...file, ...(content && { content }), ...inForm };
}

function readOptions(at: string | undefined, offline: string | undefined): Pick<Asked, 'at' | 'offline'> {
  return {
    ...(at !== undefined && at !== '' && { at: readValidationTime(at, 'at') }),
    offline: offline !== undefined && readSwitch(offline),
  };
}

/** Throws BAD_REQUEST: somebody who wants nobody asked must not be misunderstood. */
function readSwitch(offline: string): boolean {
  if (/^(1|true|yes|on)$/i.test(offline)) return true;
  if (/^(0|false|no|off)?$/i.test(offline)) return false;
  const why = serverProblems.of('upload/neither-true-nor-false', {
    field: 'offline',
    text: offline.slice(0, 40),
  });
  throw serverProblems.error('BAD_REQUEST', { why });
}
