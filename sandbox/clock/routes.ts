import type { FastifyInstance } from 'fastify';
import { render } from '../templates.ts';
import { readFields } from '../pages/form.ts';
import { sendPage } from '../pages/page.ts';
import type { SandboxClock } from './sandbox-clock.ts';

const LONGEST_WAIT_MS = 20_000;

/** The clock as a page, and for the command line and the service: `known` waits for another offset than that. */
export function clockPlugin(app: FastifyInstance, clock: () => SandboxClock): void {
  app.get('/testtools/clock', async (_request, reply) => sendPage(reply, render('clock', clock().reading())));
  app.post('/testtools/clock', async ({ body }, reply) => {
    await clock().move(readFields(body)['to'] ?? '');
    return reply.redirect('/testtools/clock', 303);
  });
  app.get<{ Querystring: { known?: string } }>('/testtools/api/clock', async ({ query: { known } }) =>
    known === undefined ? clock().reading() : clock().changed(Number(known), LONGEST_WAIT_MS),
  );
  app.post('/testtools/api/clock', async ({ body }) => clock().move(readFields(body)['to'] ?? ''));
}
