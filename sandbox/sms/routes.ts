import type { FastifyInstance } from 'fastify';
import { linkedText } from '../linked-text.ts';
import { render } from '../templates.ts';
import { sendPage } from '../pages/page.ts';
import type { SmsTrap } from './gateway.ts';

/** Takes text messages as the service's SMS gateway, and shows them to people and to scripts. */
export function smsPlugin(app: FastifyInstance, trap: () => SmsTrap): void {
  app.post('/sms/messages', { bodyLimit: 65_536 }, async ({ body }, reply) => {
    const { id } = trap().take(body);
    return reply.code(202).send({ id });
  });

  app.get('/sms/', async (_request, reply) => {
    const messages = trap().messages.map((message) => ({ ...message, pieces: linkedText(message.text) }));
    return sendPage(reply, render('text-messages', { messages }));
  });

  app.get('/sms/api/messages', async () => trap().messages);
}
