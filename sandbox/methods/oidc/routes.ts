/** Addresses of the providers, and the pages on which a person acts in the app. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendPage } from '../../pages/page.ts';
import type { Clock } from '@segl/problem/clock';
import { generalProblems } from '@segl/problem/problems';
import type { Broker, Wanted } from './brokers.ts';
import type { WaitingRequest } from './in-app.ts';
import {
  ERRORS,
  ERRORS_IN_APP,
  isLie,
  isOutcome,
  LIES,
  NATIVE_LIES,
  TRANSACTION_LIES,
  type Outcome,
} from './lies.ts';
import { findOidcPerson, nameOf, oidcPersons } from './persons.ts';
import type { BrokerProvider } from './provider.ts';
import { render } from './render.ts';
import { pageTexts, type PageLanguage } from './texts/page.ts';

export interface OpenedProviders {
  readonly providers: ReadonlyMap<string, BrokerProvider>;
  readonly clock: Clock;
}

interface InteractionParams {
  readonly broker: string;
  readonly uid: string;
}

interface AppParams {
  readonly broker: string;
  readonly id: string;
}

function waitingIn(apps: BrokerProvider['apps'], id: string): WaitingRequest {
  const found = apps?.waiting.get(id);
  if (!found) throw generalProblems.error('NOT_FOUND');
  return found;
}

const LEVELS = ['low', 'substantial', 'high'] as const;

export function oidcPlugin(app: FastifyInstance, opened: () => OpenedProviders): void {
  const find = (id: string): BrokerProvider => {
    const found = opened().providers.get(id);
    if (!found) throw generalProblems.error('NOT_FOUND');
    return found;
  };

  app.get<{ Params: InteractionParams }>('/oidc/:broker/interaction/:uid', async (request, reply) => {
    const { broker, provider } = find(request.params.broker);
    const { params } = await (await provider()).interactionDetails(request.raw, reply.raw);
    const language = languageOf(request, params);
    return sendPage(reply, approvalPage(broker, broker.read(params), request.url, language), true);
  });

  app.post<{ Params: InteractionParams; Body: unknown }>(
    '/oidc/:broker/interaction/:uid',
    async (request, reply) => {
      const found = find(request.params.broker);
      const form = new URLSearchParams(String(request.body));
      const outcome = form.get('outcome') ?? '';
      if (!isOutcome(outcome)) throw generalProblems.error('NOT_FOUND');
      const to = await finish(found, request, reply, { outcome, form, clock: opened().clock });
      return reply.code(303).header('location', to).send();
    },
  );

  // the document, for the page
  app.get<{ Params: InteractionParams }>(
    '/oidc/:broker/interaction/:uid/document',
    async (request, reply) => {
      const { broker, provider } = find(request.params.broker);
      const { params } = await (await provider()).interactionDetails(request.raw, reply.raw);
      const { presented } = broker.read(params);
      if (!presented) throw generalProblems.error('NOT_FOUND');
      const type = presented.type === 'pdf' ? 'application/pdf' : 'text/plain; charset=utf-8';
      return reply.type(type).send(Buffer.from(presented.bytes));
    },
  );

  // everybody's phone: what waits in the apps of all providers
  app.get('/oidc/app', async (request, reply) => {
    const waiting = [...opened().providers.values()].flatMap(({ broker, apps }) =>
      [...(apps?.waiting.values() ?? [])].map(({ id, person, wanted }) => ({
        ...{ title: broker.title, name: nameOf(person), text: wanted.text },
        ...{ code: wanted.text.slice(-8), url: `/oidc/${broker.id}/app/${encodeURIComponent(id)}` },
      })),
    );
    const language = languageOf(request, {});
    return sendPage(reply, render('app', { waiting, language, m: pageTexts[language] }), true);
  });

  app.get<{ Params: AppParams }>('/oidc/:broker/app/:id', async (request, reply) => {
    const { broker, apps } = find(request.params.broker);
    const { wanted, params, person } = waitingIn(apps, request.params.id);
    const language = languageOf(request, params);
    return sendPage(reply, approvalPage(broker, wanted, request.url, language, person.userId), true);
  });

  app.post<{ Params: AppParams; Body: unknown }>('/oidc/:broker/app/:id', async (request, reply) => {
    const found = find(request.params.broker);
    const form = new URLSearchParams(String(request.body));
    const outcome = form.get('outcome') ?? '';
    if (!isOutcome(outcome)) throw generalProblems.error('NOT_FOUND');
    await finishInApp(found, request.params.id, { outcome, form, clock: opened().clock });
    return reply.code(303).header('location', '/oidc/app').send();
  });

  // what oidc-provider answers itself; it reads the request as it comes
  app.all<{ Params: { readonly broker: string } }>('/oidc/:broker/*', {
    onRequest: (request, reply, done) => {
      const { broker } = request.params;
      const prefix = `/oidc/${broker}`;
      const found = opened().providers.get(broker);
      if (!found) {
        done(generalProblems.error('NOT_FOUND'));
        return;
      }
      reply.hijack();
      const { raw } = request;
      (raw as { originalUrl?: string }).originalUrl = raw.url ?? '';
      raw.url = (raw.url ?? '').slice(prefix.length);
      const answer = async (): Promise<void> => {
        const provider = await found.provider();
        if (Number(raw.headers['content-length'] ?? 0) > LARGE_FORM) await takeForm(raw);
        await provider.callback()(raw, reply.raw);
      };
      void answer();
    },
    handler: async () => undefined,
  });
}

/** Bytes of a form that oidc-provider takes, and of one with a document in it. */
const LARGE_FORM = 56 << 10;
const MAX_FORM = 64 << 20;

/** Reads a form, and leaves it where oidc-provider finds it. */
async function takeForm(raw: IncomingMessage & { body?: unknown }): Promise<void> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of raw as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MAX_FORM) break;
    parts.push(part);
  }
  raw.body = Object.fromEntries(new URLSearchParams(Buffer.concat(parts).toString('utf8')));
}

interface Done {
  readonly outcome: Outcome;
  readonly form: URLSearchParams;
  readonly clock: Clock;
}

/** Notes who acted and how; gives the grant of that. */
async function granted(
  { broker, provider: opened, logOns, rollOver }: BrokerProvider,
  { wanted, params }: Pick<WaitingRequest, 'wanted' | 'params'>,
  { outcome, form, clock }: Done,
) {
  const provider = await opened();
  const person = findOidcPerson(form.get('person') ?? '') ?? oidcPersons[0]!;
  const level = LEVELS.find((one) => one === form.get('level')) ?? wanted.level;
  if (outcome === 'roll-over' || outcome === 'old-key') rollOver();
  const accountId = `${broker.id}-${person.uuid}`;
  const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  const grantId = await grant.save();
  logOns.set(grantId, {
    act: { wanted, person, level, at: clock.now() },
    ...(isLie(outcome) && { lie: outcome }),
  });
  return { accountId, grantId, grant };
}

/** Whoever polls is told what came of it. */
async function finishInApp(found: BrokerProvider, id: string, done: Done): Promise<void> {
  const asked = waitingIn(found.apps, id);
  found.apps!.waiting.delete(id);
  const provider = await found.provider();
  const request = await provider.BackchannelAuthenticationRequest.find(id);
  if (!request) throw generalProblems.error('NOT_FOUND');
  const error = ERRORS_IN_APP[done.outcome];
  if (error !== undefined) {
    const { errors } = await import('oidc-provider');
    await provider.backchannelResult(request, new errors.CustomOIDCProviderError(error, done.outcome));
    return;
  }
  const { accountId, grant } = await granted(found, asked, done);
  // somebody else may have the phone
  request.accountId = accountId;
  await provider.backchannelResult(request, grant);
}

/** Where the browser goes on. */
async function finish(
  found: BrokerProvider,
  { raw }: FastifyRequest,
  reply: FastifyReply,
  done: Done,
): Promise<string> {
  const provider = await found.provider();
  const { params } = await provider.interactionDetails(raw, reply.raw);
  const { outcome } = done;
  const error = ERRORS[outcome];
  if (error !== undefined)
    return provider.interactionResult(raw, reply.raw, { error, error_description: outcome });
  const { accountId, grantId } = await granted(found, { wanted: found.broker.read(params), params }, done);
  return provider.interactionResult(raw, reply.raw, {
    login: { accountId, remember: false },
    consent: { grantId },
  });
}

/** Of the request, else of the browser. */
function languageOf({ headers }: FastifyRequest, params: Readonly<Record<string, unknown>>): PageLanguage {
  const asked = [params['language'], params['ui_locales'], headers['accept-language']].find(
    (one) => typeof one === 'string',
  );
  return String(asked ?? '').startsWith('da') ? 'da' : 'en';
}

function approvalPage(
  { title, id }: Broker,
  { eid, level, text, presented, hidden }: Wanted,
  action: string,
  language: PageLanguage,
  user?: string,
): string {
  return render('approve', {
    ...{ title, id, eid, level, text, action, language, user, levels: LEVELS },
    lies: [...LIES, ...(presented ? TRANSACTION_LIES : []), ...(hidden === undefined ? [] : NATIVE_LIES)],
    presented: presented && {
      type: presented.type,
      text: presented.type === 'text' ? Buffer.from(presented.bytes).toString('utf8') : '',
    },
    m: pageTexts[language],
    persons: oidcPersons.map((person) => ({ userId: person.userId, name: nameOf(person) })),
  });
}
