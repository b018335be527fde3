import type { FastifyInstance } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import { linkedText } from '../linked-text.ts';
import { render } from '../templates.ts';
import { sendPage } from '../pages/page.ts';
import type { MailTrap, TrappedMail } from './trap.ts';

/** What was trapped, as pages for people and as JSON for scripts. */
export function mailPlugin(app: FastifyInstance, trap: () => MailTrap): void {
  const find = (id: string): TrappedMail => {
    const mail = trap().find(id);
    if (!mail) throw generalProblems.error('NOT_FOUND');
    return mail;
  };

  app.get('/mail/', async (_request, reply) =>
    sendPage(reply, render('mails', { mails: trap().mails, port: trap().port })),
  );

  app.get<{ Params: { id: string } }>('/mail/message/:id', async ({ params }, reply) => {
    const mail = find(params.id);
    return sendPage(reply, render('mail', { mail, pieces: linkedText(mail.text) }));
  });

  app.get('/mail/api/messages', async () => trap().mails);
  app.get<{ Params: { id: string } }>('/mail/api/messages/:id', async ({ params }) => find(params.id));
}
