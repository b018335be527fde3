/**
 * The signer portal: from a task URL through reading, signing and sending in. Everything is decided by the signing
 * flow; here it becomes pages, forms and redirects.
 */
import { languages } from '@segl/problem/catalogue';
import fastifyCookie from '@fastify/cookie';
import fastifyFormbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../../config/config.ts';
import { isSeglError } from '@segl/problem/errors';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../problems.ts';
import type { SigningFlow, UserSessionFlow } from '../../application/signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import type { Logger } from '../../adapters/telemetry/log.ts';
import { askerData, askerFor, sendLogo } from './asker.ts';
import { loginPath, loginRoutes } from '../login/routes.ts';
import { act, actions, signatureFormBytes, takeReturned, type ActionName } from './actions.ts';
import { serveAssets } from './assets.ts';
import { sendDocument } from './document.ts';
import { showFailure } from './failure-page.ts';
import { formRoute } from './form.ts';
import { Pages } from './page.ts';
import { clientInfo, isSecure } from './page-origin.ts';
import type { LoginPages, Portal } from './portal.ts';
import { seeOther } from './see-other.ts';
import { sessionKey, setSessionCookie } from './session-cookie.ts';
import { readTaskLink } from './task-link.ts';
import { writeTaskLink } from '../../domain/order/task-link.ts';
import { openUserSession, taskListRoutes } from './task-list.ts';
import { showTask } from './task-page.ts';
import { pageLanguage, type MethodTexts } from './texts.ts';
import { uploadRoute } from './upload.ts';

export interface PortalOptions {
  readonly flow: SigningFlow;
  readonly sessions: UserSessionFlow;
  readonly config: Pick<Config, 'publicUrl' | 'maxDocumentBytes'> & Partial<Pick<Config, 'profilesDir'>>;
  readonly log: Logger;
  /** Absent: nobody logs on here for another system. */
  readonly logins?: LoginPages | undefined;
  /** Whose texts the pages need besides their own. */
  readonly methods?: readonly MethodTexts[];
}

/** Bytes; the largest ordinary ones carry a drawing, or a login message, with what the browser says of itself in it twice encoded. */
export const LARGEST_FORM = 1 << 18;

/** Adds the routes below /std to `app`, in a scope of their own: nothing here changes how other plugins behave. */
export async function portalPlugin(app: FastifyInstance, options: PortalOptions): Promise<void> {
  const portal: Portal = { ...options, pages: new Pages(options.config.profilesDir, options.methods) };
  await app.register((scope) => routes(scope, portal), { prefix: '/std' });
}

async function routes(scope: FastifyInstance, portal: Portal): Promise<void> {
  await scope.register(fastifyCookie);
  await scope.register(fastifyFormbody);
  await serveAssets(scope, portal.pages.profiles);
  scope.setErrorHandler((error, request, reply) => showFailure(portal, error, request, reply));
  scope.setNotFoundHandler((request, reply) =>
    showFailure(portal, generalProblems.error('NOT_FOUND'), request, reply),
  );

  for (const address of ['/docaction', '/docaction/', '/docaction/:service', '/docaction/:service/'])
    scope.get(address, (request, reply) => openTask(portal, request, reply));
  scope.get('/task/:ref', (request, reply) => showTask(portal, request, reply));
  scope.get('/task/:ref/document/*', (request, reply) => sendDocument(portal.flow, request, reply));
  scope.route({
    method: ['GET', 'POST'],
    url: '/task/:ref/return',
    bodyLimit: LARGEST_FORM,
    handler: (request, reply) => takeReturned(portal, request, reply),
  });
  scope.get('/return', (request, reply) => returnFrom(request, reply));
  scope.post('/return', { bodyLimit: LARGEST_FORM }, (request, reply) =>
    returnPosted(portal, request, reply),
  );
  scope.get('/task/:ref/left', (request, reply) => showLeft(portal, request, reply));
  scope.get('/session/:ref/left', (request, reply) => showLeft(portal, request, reply));
  scope.get('/logos/:sha256', (request, reply) => sendLogo(portal, request, reply));
  taskListRoutes(scope, portal);
  if (portal.logins) loginRoutes(scope, portal, portal.logins, LARGEST_FORM);
  await scope.register(async (inner) => uploadRoute(inner, portal));
  formRoute(scope, portal);
  for (const name of Object.keys(actions) as ActionName[]) {
    const large = name === 'signature';
    const bodyLimit = large ? signatureFormBytes(portal.config.maxDocumentBytes) : LARGEST_FORM;
    // before the body is read: nobody but a signer may make us hold a large one
    const onRequest = async (request: FastifyRequest): Promise<void> => {
      if (large) await portal.flow.view(sessionKey(request));
    };
    scope.post(`/task/:ref/${name}`, { bodyLimit, onRequest }, (request, reply) =>
      act(portal, name, request, reply),
    );
  }
}

/**
 * The task URL: starts a session and goes to its page. The ids name the task; the account's name in the path may be
 * another one, since clients order in one name and link in another (wire contract, task URL).
 */
async function openTask(portal: Portal, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const link = readTaskLink(request.originalUrl);
  const { service = '' } = request.params as { service?: string };
  const { requestId, taskIds, userSessionId } = link;
  if (userSessionId !== undefined) {
    return openUserSession(portal, { ...link, service, userSessionId }, request, reply);
  }
  const startLink = (taskId = taskIds[0]): string =>
    writeTaskLink({ service, requestId, ...(taskId === undefined ? {} : { taskId }) });
  let opened: { key: SessionKey; taskId?: string };
  try {
    opened = await openFirst(portal, request, link);
  } catch (error) {
    return showFailure(portal, error, request, reply, startLink());
  }
  const { key, taskId } = opened;
  const secure = isSecure(request, portal.config);
  const path = `/std/task/${key.ref}`;
  setSessionCookie(reply, key, { path, startLink: startLink(taskId), secure });
  return seeOther(reply, path);
}

/** Opens the first reading of the task id that exists. */
async function openFirst(
  portal: Portal,
  request: FastifyRequest,
  { requestId, taskIds, artifact }: ReturnType<typeof readTaskLink>,
): Promise<{ key: SessionKey; taskId?: string }> {
  if (requestId === '') throw serverProblems.error('TASK_UNKNOWN');
  const common = {
    requestId,
    ...(artifact === undefined ? {} : { artifact }),
    client: clientInfo(request),
  };
  if (taskIds.length === 0) return { key: await portal.flow.open(common) };
  for (const taskId of taskIds) {
    try {
      return { key: await portal.flow.open({ ...common, taskId }), taskId };
    } catch (error) {
      if (!isSeglError(error, 'TASK_UNKNOWN')) throw error;
    }
  }
  throw serverProblems.error('TASK_UNKNOWN');
}

/** The address that providers know: on to the session that `state` names, where the browser has its cookie. */
function returnFrom(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const url = new URL(request.originalUrl, 'http://localhost');
  return seeOther(reply, `${returnPath(url.searchParams.get('state') ?? '')}${url.search}`);
}

/** A page of another site posted it, so no cookie came along; a page of ours posts it once more. */
async function returnPosted(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const fields = Object.entries((request.body ?? {}) as Record<string, unknown>).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  const values = new Map(fields);
  const target = returnPath(values.get('state') ?? values.get('RelayState') ?? '');
  const asker = await askerFor(portal, target);
  const language = pageLanguage(asker?.language, request.headers['accept-language']);
  return portal.pages.send(reply, {
    name: 'returning',
    language,
    data: { ...askerData(portal, asker, language), target, fields },
  });
}

/** Throws NOT_FOUND for what names no session. */
function returnPath(state: string): string {
  if (!/^\w{1,64}$/.test(state)) throw generalProblems.error('NOT_FOUND');
  return `${loginPath(state) ?? `/std/task/${state}`}/return`;
}

/** Where a signer arrives who cancelled or postponed and whose order names no page to go on to. */
async function showLeft(portal: Portal, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const asked = (request.query as { language?: unknown }).language;
  const asker = await askerFor(portal, request.originalUrl);
  const language =
    languages.find((known) => known === asked) ??
    pageLanguage(asker?.language, request.headers['accept-language']);
  return portal.pages.send(reply, { name: 'left', language, data: askerData(portal, asker, language) });
}
