import type { FastifyInstance, FastifyReply } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import type { World } from './world.ts';

const send = (reply: FastifyReply, type: string, der: Uint8Array): FastifyReply =>
  reply.type(type).send(Buffer.from(der));

const bytes = (body: unknown): Uint8Array =>
  Buffer.isBuffer(body) ? Uint8Array.from(body) : new Uint8Array();

/** OCSP (RFC 6960 A), time-stamps (RFC 3161 3.4), certificates and revocation lists of the authorities. */
export function pkiPlugin(app: FastifyInstance, world: () => World): void {
  const authorityOf = (id: string): string => {
    if (!world().authority(id)) throw generalProblems.error('NOT_FOUND');
    return id;
  };

  app.post<{ Params: { authority: string } }>('/ocsp/:authority', async ({ params, body }, reply) => {
    const answer = await world().answerOcsp(authorityOf(params.authority), bytes(body));
    return send(reply, 'application/ocsp-response', answer);
  });

  // base64 has slashes, which are not always escaped
  app.get<{ Params: { authority: string; '*': string } }>('/ocsp/:authority/*', async ({ params }, reply) => {
    const request = Uint8Array.from(Buffer.from(params['*'], 'base64'));
    const answer = await world().answerOcsp(authorityOf(params.authority), request);
    return send(reply, 'application/ocsp-response', answer);
  });

  app.post('/tsa', async ({ body }, reply) =>
    send(reply, 'application/timestamp-reply', await world().answerTimestamp(bytes(body))),
  );

  app.get<{ Params: { file: string } }>('/aia/:file', async ({ params }, reply) => {
    const authority = authorityOf(params.file.replace(/\.cer$/, ''));
    return send(reply, 'application/pkix-cert', world().certificate(authority));
  });

  app.get<{ Params: { file: string } }>('/crl/:file', async ({ params }, reply) => {
    const authority = authorityOf(params.file.replace(/\.crl$/, ''));
    return send(reply, 'application/pkix-crl', world().crl(authority));
  });
}
