/** Pages and API of service providers: friendly name, allowed addresses, open clients; and what they are billed. */
import type { FastifyInstance } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import { CLIENTS, type ClientKind, MOST_ADDRESSES, type Provider } from '../providers/registry.ts';
import { OPERATIONS } from '../providers/counters.ts';
import { render } from '../render.ts';
import type { UserFields } from '../users/order.ts';
import { readFields } from '../../../pages/form.ts';
import { sendPage } from '../../../pages/page.ts';
import type { TestTools } from './tools.ts';

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

/** What is not given stays as it is. Throws BAD_REQUEST. */
function changed(before: Provider | undefined, fields: UserFields): Provider {
  const { id = '', friendlyName, allow, clients } = fields;
  return {
    id: before?.id ?? id,
    friendlyName: friendlyName ?? before?.friendlyName ?? '',
    allow: allow === undefined ? (before?.allow ?? []) : words(allow),
    clients: clients === undefined ? (before?.clients ?? CLIENTS) : (words(clients) as ClientKind[]),
  };
}

export function providersPlugin(app: FastifyInstance, tools: () => TestTools): void {
  const set = (fields: UserFields): Promise<Provider> =>
    tools().providers.set(changed(tools().providers.find(fields['id'] ?? ''), fields));

  app.get('/testtools/providers', async (_request, reply) =>
    sendPage(
      reply,
      render('providers', {
        providers: tools().providers.all,
        rows: tools().counters.rows(),
        OPERATIONS,
        CLIENTS,
        MOST_ADDRESSES,
      }),
    ),
  );
  app.post('/testtools/providers', async ({ body }, reply) => {
    const fields = readFields(body);
    if (!tools().providers.find(fields['id'] ?? '')) throw generalProblems.error('NOT_FOUND');
    // boxes that are not ticked are not sent
    const clients = CLIENTS.filter((client) => fields[`client-${client}`] === 'yes').join(' ');
    await set({ ...fields, clients });
    return reply.redirect('/testtools/providers', 303);
  });
  app.get('/testtools/api/providers', async () => tools().providers.all);
  app.post('/testtools/api/providers', async ({ body }) => set(readFields(body)));
  app.get('/testtools/api/billing', async () => tools().counters.rows());
}
