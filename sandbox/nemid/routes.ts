import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { SeglError } from '../../src/errors.ts';
import { projectFile } from '../../src/paths.ts';
import { render } from '../templates.ts';
import type { ClientSessions } from './client-session.ts';

// the parameters hold whole PDFs in base64
const LARGEST_PARAMETERS = 256 << 20;

const ASSETS = {
  'client.js': 'text/javascript; charset=utf-8',
  'client-texts.js': 'text/javascript; charset=utf-8',
  'client.css': 'text/css; charset=utf-8',
} as const;

/** The client runs in other sites' iframes, so anyone may frame it; all else comes from here and nowhere else. */
const CLIENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors *";

const secured = (reply: FastifyReply): FastifyReply =>
  reply.headers({
    'content-security-policy': CLIENT_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });

/** The text fields of a JSON body, all of them. Throws BAD_REQUEST. */
function fields<K extends string>(body: unknown, ...names: K[]): Record<K, string> {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const found = {} as Record<K, string>;
  for (const name of names) {
    const value = given[name];
    if (typeof value !== 'string') throw new SeglError('BAD_REQUEST', { why: `"${name}" is not a text` });
    found[name] = value;
  }
  return found;
}

/** `/launcher/{std|lmt}/{random}` is the iframe's page; `/launcher/api/…` is what its script calls. */
export function nemIdDoor(app: FastifyInstance, sessions: () => ClientSessions): void {
  app.get<{ Params: { mode: string } }>('/launcher/:mode/:random', async (request, reply) => {
    const { mode } = request.params;
    if (mode !== 'std' && mode !== 'lmt') throw new SeglError('NOT_FOUND');
    return secured(reply).type('text/html; charset=utf-8').send(render('client', { mode }));
  });
  for (const [name, type] of Object.entries(ASSETS)) {
    app.get(`/launcher/assets/${name}`, async (_request, reply) =>
      secured(reply)
        .type(type)
        .send(await readFile(projectFile('sandbox', 'assets', name))),
    );
  }

  app.post('/launcher/api/start', { bodyLimit: LARGEST_PARAMETERS }, async ({ body }) => {
    const { parameters, origin } = fields(body, 'parameters', 'origin');
    return sessions().start(parameters, origin);
  });
  app.post('/launcher/api/password', async ({ body }) => {
    const { session, userId, password } = fields(body, 'session', 'userId', 'password');
    return sessions().password(session, userId, password);
  });
  app.post('/launcher/api/key', async ({ body, headers }) => {
    const { session, key } = fields(body, 'session', 'key');
    return sessions().key(session, key, headers['user-agent'] ?? '');
  });
  app.post('/launcher/api/sign', async ({ body, headers }) =>
    sessions().sign(fields(body, 'session').session, headers['user-agent'] ?? ''),
  );
  app.post('/launcher/api/cancel', async ({ body }) => sessions().cancel(fields(body, 'session').session));
}
