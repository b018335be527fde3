/** Documents on their way to the signer's eyes. */
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import type { DocumentView, SigningFlow } from '../../application/signing-api.ts';
import { rangeOf } from '../byte-range.ts';
import { clientInfo } from './page-origin.ts';
import { sessionKey } from './session-cookie.ts';
import { decode } from './task-link.ts';

const mediaType = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();

export const isPdf = (contentType: string): boolean => mediaType(contentType) === 'application/pdf';
export const isText = (contentType: string): boolean => mediaType(contentType) === 'text/plain';

export async function readAll(stream: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** A file name that every system takes: the title without what is special to one, and the type's extension. */
function fileName(document: DocumentView): string {
  const stem = document.title.replace(/[\s\p{Cc}\p{Cf}\\/:*?"<>|]+/gu, ' ').trim() || document.documentId;
  const extension = isPdf(document.mimeType) ? '.pdf' : isText(document.mimeType) ? '.txt' : '';
  return stem.toLowerCase().endsWith(extension) ? stem : stem + extension;
}

/** RFC 6266: an ASCII name for old readers, the real one percent-encoded after RFC 8187. */
function contentDisposition(kind: 'inline' | 'attachment', name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  });
  return `${kind}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/**
 * GET /std/task/{ref}/document/{documentId}[?download]: the bytes as stored, or the part of them that is asked for. The id is read from the raw path, since
 * it may hold any character; types that a browser would run rather than show are only ever downloaded.
 */
export async function sendDocument(
  flow: SigningFlow,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = sessionKey(request);
  const [path = '', query] = request.originalUrl.split('?', 2);
  const documentId = decode(path.split('/document/').slice(1).join('/document/'));
  const view = await flow.view(key);
  const document = view.documents.find((candidate) => candidate.documentId === documentId);
  if (!document) throw generalProblems.error('NOT_FOUND');
  const content = await flow.document(key, document.documentId, clientInfo(request));
  const shown = isPdf(content.contentType) || isText(content.contentType);
  const kind = shown && query !== 'download' ? 'inline' : 'attachment';
  const { size } = content;
  const etag = `"${content.sha256}"`;
  const { range: asked, 'if-range': ifRange } = request.headers;
  const range = rangeOf({ range: asked, ifRange: String(ifRange ?? etag) }, { size, etag });
  const headers = {
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
  };
  if (range === 'unsatisfiable')
    return reply
      .code(416)
      .headers({ ...headers, 'content-range': `bytes */${size}` })
      .send();
  if (range) void reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
  return reply
    .headers({
      ...headers,
      'content-type': shown ? content.contentType : 'application/octet-stream',
      'content-length': range ? range.end - range.start + 1 : size,
      'content-disposition': contentDisposition(kind, fileName(document)),
    })
    .send(content.open(range));
}
