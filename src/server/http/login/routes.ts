/**
 * Log-ons for other systems: GET /std/method/{service} begins one, /std/login/{ref} is its page, and the answer is posted by
 * the browser.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { generalProblems } from '@segl/problem/problems';
import type { LoginView } from '../../application/login-api.ts';
import { LOGIN_STATE } from '../../application/login/login-flow.ts';
import type { SignerPage } from '../../application/signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { attempt, fieldsOf, inputOf, returnedInput, type Field, type Next } from '../portal/actions.ts';
import { methodPage } from '../portal/method-page.ts';
import { clientInfo, isSecure, pageOrigin } from '../portal/page-origin.ts';
import type { LoginPages, Portal } from '../portal/portal.ts';
import { seeOther } from '../portal/see-other.ts';
import { formToken, requireFormToken, sessionKey, setSessionCookie } from '../portal/session-cookie.ts';
import { pageLanguage, type Language } from '../portal/texts.ts';
import { readLoginLink } from './login-link.ts';
import { saml2Routes } from './saml2/routes.ts';

const pathOf = (ref: string): string => `/std/login/${ref}`;

/** The page of the log-on that `state` names, as providers hand it back; undefined: it is of something else. */
export const loginPath = (state: string): string | undefined =>
  state.startsWith(LOGIN_STATE) ? pathOf(state.slice(LOGIN_STATE.length)) : undefined;

/** What a handler works with. */
interface Scene {
  readonly portal: Portal;
  readonly logins: LoginPages;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** `bodyLimit`: bytes of a form. */
export function loginRoutes(
  scope: FastifyInstance,
  portal: Portal,
  logins: LoginPages,
  bodyLimit: number,
): void {
  const on =
    (handle: (scene: Scene) => Promise<FastifyReply>) => (request: FastifyRequest, reply: FastifyReply) =>
      handle({ portal, logins, request, reply });
  for (const url of ['/method/:service', '/method/:service/']) scope.get(url, on(open));
  saml2Routes(scope, {
    ...{ portal, logins, bodyLimit },
    enter: (request, reply, key) => enter({ portal, logins, request, reply }, key),
  });
  scope.get('/login/:ref', on(show));
  scope.route({ method: ['GET', 'POST'], url: '/login/:ref/return', bodyLimit, handler: on(takeReturned) });
  for (const name of Object.keys(actions) as ActionName[])
    scope.post(
      `/login/:ref/${name}`,
      { bodyLimit },
      on((scene) => act(scene, name)),
    );
}

async function open(scene: Scene): Promise<FastifyReply> {
  const { request, logins } = scene;
  const { service = '' } = request.params as { service?: string };
  if (service.includes('\0')) throw generalProblems.error('NOT_FOUND');
  const { target, ...asked } = readLoginLink(request.originalUrl);
  const key = await logins.service.open({ service, ...asked, reply: { protocol: 'saml1', target } });
  return enter(scene, key);
}

/** The browser that asked is the one that logs on. */
function enter({ portal, request, reply }: Scene, key: SessionKey): FastifyReply {
  const path = pathOf(key.ref);
  setSessionCookie(reply, key, { path, startLink: '', secure: isSecure(request, portal.config) });
  return seeOther(reply, path);
}

const languageOf = (view: LoginView, request: FastifyRequest): Language =>
  pageLanguage(view.language, request.headers['accept-language']);

const visitorPage = ({ portal, request }: Scene, language: Language): SignerPage => ({
  origin: pageOrigin(request, portal.config),
  language,
  client: clientInfo(request),
});

/** The page of the step that is due. */
async function show(scene: Scene): Promise<FastifyReply> {
  const { portal, logins, request, reply } = scene;
  const key = sessionKey(request);
  const view = await logins.service.view(key);
  const language = languageOf(view, request);
  const { notice } = request.query as { notice?: unknown };
  const known = typeof notice === 'string' && portal.pages.texts.isNotice(notice);
  const common = { language, ...(known && { notice }) };
  const frame = {
    action: pathOf(key.ref),
    token: formToken(key),
    profile: portal.pages.profiles.of(view.profile),
  };
  switch (view.step.kind) {
    case 'choose': {
      const methods = view.step.methods.map(({ name, title, titles }) => ({
        name,
        title: titles[language] ?? title,
      }));
      return portal.pages.send(reply, { name: 'choose-login', ...common, data: { ...frame, methods } });
    }
    case 'log-on': {
      const started = await logins.service.start(key, visitorPage(scene, language));
      const { frameOrigin, data } = methodPage(started);
      return portal.pages.send(reply, {
        name: 'login',
        ...common,
        ...(frameOrigin !== undefined && { frameOrigin }),
        data: { ...frame, result: 'answer', canChoose: view.step.canChoose, ...data },
      });
    }
    case 'answer': {
      const { target, fields } = await logins.answers.write(view.step.outcome, view);
      const { host } = new URL(target);
      return portal.pages.send(reply, { name: 'answer', language, data: { ...frame, target, host, fields } });
    }
  }
}

type Action = (
  scene: Scene,
  key: SessionKey,
  more: { readonly field: Field; readonly page: SignerPage },
) => Promise<void>;

const actions = {
  answer: ({ logins, request }, key, { field, page }) =>
    logins.service.receive(key, { ...page, input: inputOf(field, request) }),
  choose: ({ logins }, key, { field }) => logins.service.choose(key, field('method')),
  cancel: ({ logins }, key) => logins.service.cancel(key),
} as const satisfies Record<string, Action>;

type ActionName = keyof typeof actions;

async function act(scene: Scene, name: ActionName): Promise<FastifyReply> {
  const { request } = scene;
  const key = sessionKey(request);
  const field = fieldsOf(request);
  requireFormToken(key, field('_csrf'));
  const action: Action = actions[name];
  return proceed(scene, key, name, (page) => action(scene, key, { field, page }));
}

/** What a provider that the person was sent to brings back: who came back is told by the cookie. */
async function takeReturned(scene: Scene): Promise<FastifyReply> {
  const key = sessionKey(scene.request);
  return proceed(scene, key, 'return', (page) =>
    scene.logins.service.receive(key, { ...page, input: returnedInput(scene.request) }),
  );
}

/** Does it, and shows the page again; with what went wrong, where the person can put that right. */
async function proceed(
  scene: Scene,
  key: SessionKey,
  name: string,
  work: (page: SignerPage) => Promise<void>,
): Promise<FastifyReply> {
  const { portal, logins, request, reply } = scene;
  const language = languageOf(await logins.service.view(key), request);
  const next = await attempt(portal, name, async (): Promise<Next> => {
    await work(visitorPage(scene, language));
    return { to: 'task' };
  });
  const notice = next.to === 'task' && next.notice !== undefined ? `?notice=${next.notice}` : '';
  return seeOther(reply, `${pathOf(key.ref)}${notice}`);
}
