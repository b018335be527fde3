/** POST /std/task/{ref}/upload: the signer's own file, on its way to disk while it arrives. */
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { serverProblems } from '../../problems.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { drain } from '../sds/request-body.ts';
import { attempt, taskAddress, type Next } from './actions.ts';
import type { Portal } from './portal.ts';
import { seeOther } from './see-other.ts';
import { largestSigned } from '../../domain/order/size-limits.ts';
import { requireFormToken, sessionKey } from './session-cookie.ts';

/** Adds the route, in a scope of its own: no other form takes files. */
export async function uploadRoute(scope: FastifyInstance, portal: Portal): Promise<void> {
  const limit = largestSigned(portal.config.maxDocumentBytes);
  // one byte more than we take, so that it is the flow that finds a file too large
  await scope.register(multipart, {
    limits: { fileSize: limit + 1, files: 1, fields: 4, fieldSize: 1024, parts: 8 },
  });
  scope.post('/task/:ref/upload', async (request, reply) => takeUpload(portal, request, reply));
}

async function takeUpload(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = sessionKey(request);
  try {
    // before the body is read: nobody but a signer may make us hold a large one
    await portal.flow.view(key);
    const next = await attempt(portal, 'upload', () => readForm(portal, key, request));
    return seeOther(reply, taskAddress(key.ref, next.to === 'task' ? next.notice : undefined));
  } finally {
    // a browser reads no answer before it has sent everything
    request.raw.unpipe();
    drain(request.raw, portal.config.maxDocumentBytes);
  }
}

async function readForm(portal: Portal, key: SessionKey, request: FastifyRequest): Promise<Next> {
  if (!request.isMultipart()) throw serverProblems.error('FORM_REFUSED');
  const file = await request.file();
  if (!file) throw serverProblems.error('FORM_REFUSED');
  requireFormToken(key, field(file, '_csrf'));
  if (!file.filename) return { to: 'task', notice: 'problem.UPLOAD_MISSING' };
  await portal.flow.upload(key, field(file, 'document'), contentType(file), file.file);
  return { to: 'task' };
}

/** A field that came before the file. */
function field(file: MultipartFile, name: string): string {
  const part = file.fields[name];
  const value = part !== undefined && 'value' in part ? part.value : undefined;
  return typeof value === 'string' ? value.replaceAll('\0', '') : '';
}

/** By the name's ending where it tells: some devices call everything application/octet-stream. */
function contentType({ filename, mimetype }: MultipartFile): string {
  if (/\.pdf$/i.test(filename)) return 'application/pdf';
  return /\.txt$/i.test(filename) ? 'text/plain' : mimetype;
}
