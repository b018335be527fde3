import type { FastifyInstance, FastifyReply } from 'fastify';
import { SeglError } from '../../src/errors.ts';
import type { Accounts } from '../nemid/accounts.ts';
import { cardRows, keysLeft, printedSerial } from '../nemid/key-card.ts';
import type { TestPerson } from '../persons.ts';
import { render } from '../templates.ts';

export interface TestTools {
  readonly persons: readonly TestPerson[];
  readonly accounts: Accounts;
  /** DER of the person's certificate. */
  certificateOf(person: TestPerson): Uint8Array;
}

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** A page that runs no scripts and may not be framed. */
export const sendPage = (reply: FastifyReply, html: string): FastifyReply =>
  reply
    .headers({
      'content-security-policy': PAGE_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .type('text/html; charset=utf-8')
    .send(html);

/** Pages about test persons for people, and the same as JSON for automated persons. Nothing here is a secret. */
export function testToolsDoor(app: FastifyInstance, tools: () => TestTools): void {
  const find = (user: string): TestPerson => {
    const person = tools().accounts.find(user);
    if (!person) throw new SeglError('PERSON_UNKNOWN', { user: user.slice(0, 60) });
    return person;
  };

  const row = (person: TestPerson) => {
    const { accounts } = tools();
    const account = accounts.state(person);
    const revoked = account === 'active' && person.certificate === 'revoked';
    const state = revoked ? 'certificate revoked' : account;
    const card = printedSerial(accounts.card(person).serial);
    return { ...person, state, good: state === 'active', card };
  };

  app.get('/testtools/', async (_request, reply) =>
    sendPage(reply, render('persons', { persons: tools().persons.map(row) })),
  );

  app.get<{ Params: { user: string } }>('/testtools/person/:user', async ({ params }, reply) => {
    const person = find(params.user);
    return sendPage(
      reply,
      render('person', { person: row(person), keysLeft: keysLeft(tools().accounts.card(person)) }),
    );
  });

  app.get<{ Params: { user: string } }>(
    '/testtools/person/:user/certificate.cer',
    async ({ params }, reply) =>
      reply.type('application/pkix-cert').send(Buffer.from(tools().certificateOf(find(params.user)))),
  );

  app.get<{ Params: { user: string } }>('/testtools/card/:user', async ({ params }, reply) => {
    const person = find(params.user);
    const card = tools().accounts.card(person);
    return sendPage(
      reply,
      render('card', {
        ...person,
        serial: printedSerial(card.serial),
        keysLeft: keysLeft(card),
        rows: cardRows(card),
      }),
    );
  });

  app.post<{ Params: { user: string } }>('/testtools/person/:user/card', async ({ params }, reply) => {
    const person = find(params.user);
    await tools().accounts.newCard(person);
    return reply.redirect(`/testtools/card/${person.userId}`, 303);
  });

  app.post<{ Params: { user: string } }>('/testtools/person/:user/unlock', async ({ params }, reply) => {
    const person = find(params.user);
    await tools().accounts.unlock(person);
    return reply.redirect(`/testtools/person/${person.userId}`, 303);
  });

  app.get('/testtools/api/persons', async () => tools().persons);
  app.get<{ Params: { user: string } }>('/testtools/api/persons/:user', async ({ params }) =>
    find(params.user),
  );

  /** The key beside a number on a card; the card as the client prints it. */
  app.post<{ Body: { card?: unknown; number?: unknown } | null }>('/testtools/api/key', async ({ body }) => {
    const { card, number } = body ?? {};
    if (typeof card !== 'string' || typeof number !== 'string') {
      throw new SeglError('BAD_REQUEST', { why: '"card" and "number" are needed' });
    }
    const key = tools().accounts.keyOn(card.replaceAll('-', ''), number);
    if (key === undefined) throw new SeglError('NOT_FOUND');
    return { key };
  });
}
