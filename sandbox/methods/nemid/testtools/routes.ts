import type { FastifyInstance, FastifyReply } from 'fastify';
import { simulatorProblems } from '../problems.ts';
import { cardRows, keysLeft, printedSerial } from '../client/key-card.ts';
import { ways } from '../client/ways.ts';
import type { PersonKind, TestPerson } from '../persons.ts';
import { render } from '../render.ts';
import { tell, tellEach } from '../told.ts';
import { autofill } from '../users/autofill.ts';
import { CERTIFICATE_STATES, KINDS, type Problems, type UserFields } from '../users/order.ts';
import { testToolsApi } from './api.ts';
import { readFields } from '../../../pages/form.ts';
import { sendPage } from '../../../pages/page.ts';
import { providersPlugin } from './providers.ts';
import type { TestTools } from './tools.ts';

interface User {
  Params: { user: string };
}

/** Pages about test users for people, and the same as JSON for scripts. Nothing here is a secret. */
export function testToolsPlugin(app: FastifyInstance, tools: () => TestTools): void {
  const users = () => tools().users;

  // a page elsewhere must not change this world through the tester's browser
  app.addHook('onRequest', async ({ method, url, headers }) => {
    if (
      method === 'POST' &&
      /^\/(testtools|orders)\//.test(url) &&
      headers['sec-fetch-site'] === 'cross-site'
    ) {
      throw simulatorProblems.error('BAD_REQUEST', { why: simulatorProblems.of('sandbox/cross-site') });
    }
  });

  app.get<{ Querystring: { q?: string } }>('/testtools/', async ({ query: { q = '' } }, reply) =>
    sendPage(reply, render('persons', { persons: users().search(q), q })),
  );

  const newUser = (reply: FastifyReply, fields: UserFields, problems: Problems): FastifyReply =>
    sendPage(reply, render('new-user', { fields, problems: tellEach(problems), KINDS, CERTIFICATE_STATES }));
  app.get<{ Querystring: { kind?: string; autofill?: string } }>(
    '/testtools/new',
    async ({ query }, reply) => {
      const kind = KINDS.find((known) => known === query.kind) ?? ('poces' satisfies PersonKind);
      const filled = query.autofill === undefined ? {} : autofill(kind, tools().clock.now());
      return newUser(reply, { ...filled, kind, activate: 'yes', oces: 'yes' }, {});
    },
  );
  app.post('/testtools/new', async ({ body }, reply) => {
    const fields = readFields(body);
    const made = await users().create(fields, true);
    if (!('problems' in made)) return reply.redirect(`/testtools/person/${made.userId}`, 303);
    return newUser(reply.code(400), fields, made.problems);
  });

  app.get<User>('/testtools/person/:user', async ({ params }, reply) => {
    const person = users().find(params.user);
    const log = users().log(person, 50);
    return sendPage(reply, render('person', { person: users().status(person), log, ways, tell }));
  });
  app.get<User>('/testtools/person/:user/certificate.cer', async ({ params }, reply) =>
    reply.type('application/pkix-cert').send(Buffer.from(tools().certificateOf(users().find(params.user)))),
  );
  app.get<User>('/testtools/card/:user', async ({ params }, reply) => {
    const person = users().find(params.user);
    const card = users().accounts.card(person);
    const { serial } = card;
    return sendPage(
      reply,
      render('card', {
        ...person,
        serial: printedSerial(serial),
        keysLeft: keysLeft(card),
        rows: cardRows(card),
      }),
    );
  });

  /** One form of a user's page each; back to the page afterwards. */
  const form = (
    name: string,
    act: (person: TestPerson, fields: UserFields) => Promise<unknown>,
    next = 'person',
  ): void => {
    app.post<User>(`/testtools/person/:user/${name}`, async ({ params, body }, reply) => {
      const person = users().find(params.user);
      await act(person, readFields(body));
      return reply.redirect(`/testtools/${next}/${person.userId}`, 303);
    });
  };
  form('card', (person) => users().card(person), 'card');
  form('use-up', (person) => users().card(person, 0));
  form('new-cards', (person, { automatic }) => users().setNewCards(person, automatic === 'yes'));
  form('unlock', (person) => users().unlock(person));
  form('lock', (person, { why = '' }) => users().lock(person, why));
  form('certificate', (person, { state = '' }) => users().setCertificate(person, state));
  form('password', (person, { password = '', temporary }) =>
    users().setPassword(person, password, temporary === 'yes'),
  );
  form('ending', (person, { code = '', after = '', once }) =>
    users().setEnding(person, code, after, once === 'yes'),
  );

  app.get('/testtools/error-codes', async (_request, reply) =>
    sendPage(reply, render('error-codes', { ways })),
  );
  app.get('/testtools/transactions', async (_request, reply) =>
    sendPage(reply, render('transactions', { log: tools().transactions.latest(200), tell })),
  );
  providersPlugin(app, tools);
  testToolsApi(app, tools);
}
