/**
 * /std/session/{ref}: the list of a user session. Its tasks are opened one after the other, each leads back here, and
 * when none is left the signer goes on to the session's own URL.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import type { SessionTaskView } from '../../application/signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { writeSessionLink } from '../../domain/order/task-link.ts';
import { isWebAddress } from '../../domain/order/redirect.ts';
import { askerData } from './asker.ts';
import { clientInfo, isSecure } from './page-origin.ts';
import type { Portal } from './portal.ts';
import { seeOther } from './see-other.ts';
import { formToken, requireFormToken, sessionKey, setSessionCookie } from './session-cookie.ts';
import { pageLanguage } from './texts.ts';

const listPath = (ref: string): string => `/std/session/${ref}`;

export function taskListRoutes(scope: FastifyInstance, portal: Portal): void {
  scope.get('/session/:ref', (request, reply) => showTasks(portal, request, reply));
  scope.post('/session/:ref/open', (request, reply) => openListed(portal, request, reply));
  scope.post('/session/:ref/cancel', (request, reply) => leave(portal, 'cancel', request, reply));
  scope.post('/session/:ref/postpone', (request, reply) => leave(portal, 'postpone', request, reply));
}

/** The link of a user session: starts it and goes to its list. Throws TASK_UNKNOWN, ARTIFACT_INVALID. */
export async function openUserSession(
  { sessions, config }: Portal,
  link: { service: string; userSessionId: string; artifact?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { userSessionId, artifact } = link;
  try {
    const key = await sessions.open({
      userSessionId,
      ...(artifact !== undefined && { artifact }),
      client: clientInfo(request),
    });
    const path = listPath(key.ref);
    setSessionCookie(reply, key, {
      path,
      startLink: writeSessionLink(link),
      secure: isSecure(request, config),
    });
    return seeOther(reply, path);
  } catch (error) {
    if (isSeglError(error, 'USER_SESSION_UNKNOWN')) throw serverProblems.error('TASK_UNKNOWN');
    throw error;
  }
}

async function showTasks(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = sessionKey(request);
  const view = await portal.sessions.view(key);
  if (view.done && view.redirectTo !== undefined && isWebAddress(view.redirectTo))
    return seeOther(reply, view.redirectTo);
  const first = view.tasks.find(({ state }) => state === 'open');
  const language = pageLanguage(view.language, request.headers['accept-language']);
  return portal.pages.send(reply, {
    name: 'tasks',
    language,
    data: {
      ...askerData(portal, view, language),
      action: listPath(key.ref),
      token: formToken(key),
      done: view.done,
      redirectTo: view.redirectTo,
      canPostpone: view.canPostpone,
      tasks: view.tasks.map((task) => ({
        ...task,
        title: task.description || task.documents.join(', ') || task.taskId,
        mark: markOf(task, task === first),
        first: task === first,
      })),
    },
  });
}

/** How the list marks a task; the words beside it say more. */
function markOf({ state }: SessionTaskView, first: boolean): string {
  if (state === 'completed') return 'signed';
  if (state === 'open') return first ? 'current' : 'waiting';
  return state === 'waiting' ? 'waiting' : 'skipped';
}

type Form = Readonly<Record<string, unknown>>;

/** The key, once the form has shown that it is of this session. */
function formKey(request: FastifyRequest, body: Form): SessionKey {
  const key = sessionKey(request);
  requireFormToken(key, text(body, '_csrf'));
  return key;
}

const text = (body: Form, name: string): string => {
  const value = body[name];
  return typeof value === 'string' ? value.replaceAll('\0', '') : '';
};

async function openListed(
  { sessions, config }: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const body = (request.body ?? {}) as Form;
  const key = formKey(request, body);
  const list = listPath(key.ref);
  const task = { requestId: text(body, 'request'), taskId: text(body, 'task') };
  try {
    const opened = await sessions.openTask(key, task, clientInfo(request));
    const path = `/std/task/${opened.ref}`;
    setSessionCookie(reply, opened, { path, startLink: list, secure: isSecure(request, config) });
    return seeOther(reply, path);
  } catch (error) {
    // the page was older than what happened since; the list tells it
    if (isSeglError(error, 'TASK_CLOSED', 'TASK_WAITING')) return seeOther(reply, list);
    throw error;
  }
}

async function leave(
  portal: Portal,
  how: 'cancel' | 'postpone',
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { sessions } = portal;
  const key = formKey(request, (request.body ?? {}) as Form);
  const asker = await sessions.view(key);
  const language = pageLanguage(asker.language, request.headers['accept-language']);
  const { redirectTo } = await sessions[how](key);
  if (redirectTo !== undefined && !isWebAddress(redirectTo))
    return portal.pages.send(reply, {
      name: 'left',
      language,
      data: { ...askerData(portal, asker, language), redirectTo },
    });
  return seeOther(reply, redirectTo ?? `${listPath(key.ref)}/left?language=${language}`);
}
