import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import { packageFile } from '@segl/problem/paths';
import { render } from '../render.ts';
import { ended, type ClientSessions } from './client-session.ts';
import { ways } from './ways.ts';

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

/** The text fields of a JSON body; undefined when one is missing or no text. */
function fields(body: unknown, names: readonly string[]): Record<string, string> | undefined {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = given[name];
    if (typeof value !== 'string') return undefined;
    found[name] = value;
  }
  return found;
}

/** `/launcher/{std|lmt}/{random}` is the iframe's page; `/launcher/api/…` is what its script calls. */
export function nemIdPlugin(app: FastifyInstance, sessions: () => ClientSessions): void {
  app.get<{ Params: { mode: string } }>('/launcher/:mode/:random', async (request, reply) => {
    const { mode } = request.params;
    if (mode !== 'std' && mode !== 'lmt') throw generalProblems.error('NOT_FOUND');
    return secured(reply).type('text/html; charset=utf-8').send(render('client', { mode, ways }));
  });
  for (const [name, type] of Object.entries(ASSETS)) {
    app.get(`/launcher/assets/${name}`, async (_request, reply) =>
      secured(reply)
        .type(type)
        .send(await readFile(packageFile(import.meta.url, 'methods', 'nemid', 'assets', name))),
    );
  }

  /** What the client's script asks; a body that is none of its messages ends the client with SRV002. */
  const answer = (
    step: string,
    names: readonly string[],
    act: (given: Record<string, string>, request: FastifyRequest) => Promise<unknown>,
    options: { bodyLimit?: number } = {},
  ): void => {
    app.post(`/launcher/api/${step}`, options, async (request) => {
      const given = fields(request.body, names);
      return given ? act(given, request) : ended('SRV002');
    });
  };
  const agentOf = ({ headers }: FastifyRequest): string => headers['user-agent'] ?? '';
  answer(
    'start',
    ['parameters', 'origin'],
    ({ parameters = '', origin = '' }, { ip }) => sessions().start(parameters, origin, ip),
    { bodyLimit: LARGEST_PARAMETERS },
  );
  answer('password', ['session', 'userId', 'password'], ({ session = '', userId = '', password = '' }) =>
    sessions().password(session, userId, password),
  );
  answer('key', ['session', 'key'], ({ session = '', key = '' }, request) =>
    sessions().key(session, key, agentOf(request)),
  );
  answer('new-password', ['session', 'password'], ({ session = '', password = '' }, request) =>
    sessions().newPassword(session, password, agentOf(request)),
  );
  answer('sign', ['session'], ({ session = '' }, request) => sessions().sign(session, agentOf(request)));
  answer('cancel', ['session'], ({ session = '' }) => sessions().cancel(session));
  answer('end', ['session', 'code'], ({ session = '', code = '' }) => sessions().endWith(session, code));
  answer('idle', ['session'], async ({ session = '' }) => (await sessions().idle(session)) ?? {});
}
