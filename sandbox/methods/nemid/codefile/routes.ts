import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { packageFile } from '@segl/problem/paths';
import type { TestPerson } from '../persons.ts';
import { render } from '../render.ts';
import { readFields } from '../../../pages/form.ts';
import type { CodeFileService } from './service.ts';

const LARGEST_PARAMETERS = 256 << 20;

const secured = (reply: FastifyReply): FastifyReply =>
  reply.headers({
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors *",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });

/** `/codefile/?t=…` is the iframe's page; key files come from the test tools. */
export function codeFilePlugin(
  app: FastifyInstance,
  parts: () => { service: CodeFileService; find: (user: string) => TestPerson },
): void {
  app.get('/codefile/', async (_request, reply) =>
    secured(reply).type('text/html; charset=utf-8').send(render('codefile', {})),
  );
  app.get('/codefile/assets/codefile.js', async (_request, reply) =>
    secured(reply)
      .type('text/javascript; charset=utf-8')
      .send(await readFile(packageFile(import.meta.url, 'methods', 'nemid', 'assets', 'codefile.js'))),
  );
  app.post('/codefile/api/start', { bodyLimit: LARGEST_PARAMETERS }, async ({ body, ip }) => {
    const { parameters = '', origin = '' } = readFields(body);
    return parts().service.start(parameters, origin, ip);
  });
  app.post('/codefile/api/prepare', { bodyLimit: LARGEST_PARAMETERS }, async ({ body, ip }) => {
    const { parameters = '', origin = '', certificates = '' } = readFields(body);
    return parts().service.prepare(parameters, origin, ip, certificates);
  });
  app.post<{ Params: { user: string } }>(
    '/testtools/person/:user/keyfile',
    async ({ params, body }, reply) => {
      const person = parts().find(params.user);
      const file = parts().service.keyFile(person, readFields(body)['password'] ?? '');
      return reply
        .headers({
          'content-disposition': `attachment; filename="${person.userId}.keyfile.pem"`,
          'cache-control': 'no-store',
        })
        .type('application/x-pem-file')
        .send(file);
    },
  );
}
