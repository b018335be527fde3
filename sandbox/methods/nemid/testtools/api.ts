/** The test tools for scripts and the command line: what the pages do, as JSON. */
import { simulatorProblems } from '../problems.ts';
import type { FastifyInstance } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import { cardRows, keysLeft, printedSerial } from '../client/key-card.ts';
import { ways } from '../client/ways.ts';
import { fieldsRefused } from '../users/order.ts';
import type { TestTools } from './tools.ts';
import { readFields } from '../../../pages/form.ts';

interface User {
  Params: { user: string };
}

/** `/testtools/api/…`. Nothing here is a secret: passwords and keys of test users are told to anyone who asks. */
export function testToolsApi(app: FastifyInstance, tools: () => TestTools): void {
  const users = () => tools().users;
  const find = (user: string) => users().find(user);

  app.get<{ Querystring: { q?: string } }>('/testtools/api/persons', async ({ query }) =>
    users().search(query.q ?? ''),
  );
  app.post('/testtools/api/persons', async ({ body }, reply) => {
    const made = await users().create(readFields(body), false);
    if (!('problems' in made)) return reply.code(201).send(made);
    throw fieldsRefused(made.problems);
  });
  app.get<User>('/testtools/api/persons/:user', async ({ params }) => users().status(find(params.user)));
  app.get<User>('/testtools/api/persons/:user/log', async ({ params }) => users().log(find(params.user)));

  app.get<User>('/testtools/api/persons/:user/card', async ({ params }) => {
    const card = users().accounts.card(find(params.user));
    return { serial: printedSerial(card.serial), keysLeft: keysLeft(card), rows: cardRows(card) };
  });
  /** A new card; with `left` the keys of the present one are used up until so many are left. */
  app.post<User>('/testtools/api/persons/:user/card', async ({ params, body }) => {
    const { left } = readFields(body);
    if (left !== undefined && !/^\d{1,3}$/.test(left)) {
      throw simulatorProblems.error('BAD_REQUEST', { why: simulatorProblems.of('sandbox/keys-left') });
    }
    const card = await users().card(find(params.user), left === undefined ? undefined : Number(left));
    return { serial: printedSerial(card.serial), keysLeft: keysLeft(card) };
  });

  /** One change each; answered with the user as it is then. */
  const change = (
    name: string,
    act: (person: ReturnType<typeof find>, fields: ReturnType<typeof readFields>) => Promise<unknown>,
  ): void => {
    app.post<User>(`/testtools/api/persons/:user/${name}`, async ({ params, body }) => {
      await act(find(params.user), readFields(body));
      return users().status(find(params.user));
    });
  };
  change('lock', (person, { why = 'password' }) => users().lock(person, why));
  change('unlock', (person) => users().unlock(person));
  change('certificate', (person, { state = '' }) => users().setCertificate(person, state));
  change('password', (person, { password = '', temporary }) =>
    users().setPassword(person, password, temporary === 'true' || temporary === 'yes'),
  );
  change('new-cards', (person, { automatic = 'true' }) =>
    users().setNewCards(person, automatic === 'true' || automatic === 'yes'),
  );
  change('ending', (person, { code = '', after = 'password', once = 'true' }) =>
    users().setEnding(person, code.toUpperCase(), after, once === 'true' || once === 'yes'),
  );

  app.get('/testtools/api/error-codes', async () => ways);
  app.get<{ Querystring: { count?: string } }>('/testtools/api/transactions', async ({ query }) =>
    tools().transactions.latest(Math.min(Number(query.count ?? 200) || 200, 2000)),
  );

  /** The key beside a number on a card; the card as the client prints it. */
  app.post('/testtools/api/key', async ({ body }) => {
    const { card, number } = readFields(body);
    if (card === undefined || number === undefined) {
      throw simulatorProblems.error('BAD_REQUEST', { why: simulatorProblems.of('sandbox/card-and-number') });
    }
    const key = users().accounts.keyOn(card.replaceAll('-', ''), number);
    if (key === undefined) throw generalProblems.error('NOT_FOUND');
    return { key };
  });
}
