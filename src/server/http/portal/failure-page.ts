/** The page for whatever went wrong: what happened and what the signer can do, in the order's language where it is known. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SeglError } from '@segl/problem/errors';
import { reasonOf } from '@segl/problem/problem';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems, type ErrorCode } from '../../problems.ts';
import { statusOf } from '../status.ts';
import { randomBase36 } from '@segl/problem/ids';
import { askerData, askerFor } from './asker.ts';
import type { Portal } from './portal.ts';
import { startLink } from './session-cookie.ts';
import { pageLanguage } from './texts.ts';

/** Errors with a text of their own (`error.CODE.title` and `.text`); all others read as UNAVAILABLE or INTERNAL. */
export const explainedErrors = [
  'TASK_UNKNOWN',
  'TASK_CLOSED',
  'TASK_WAITING',
  'ARTIFACT_INVALID',
  'ARTIFACT_NEEDED',
  'SESSION_GONE',
  'COOKIE_MISSING',
  'FORM_REFUSED',
  'LOGIN_NEEDED',
  'LOGIN_TARGET_REFUSED',
  'LOGIN_REQUEST_REFUSED',
  'NOT_FOUND',
  'PAYLOAD_TOO_LARGE',
  'UNAVAILABLE',
  'INTERNAL',
] as const satisfies readonly ErrorCode[];

/** States of a closed task that the page tells apart (`closed.STATE`). */
export const closedStates = ['completed', 'sent-in', 'rejected', 'expired', 'deleted', 'failed'] as const;

/** Errors after which the same link may work: now (the session is new) or later (somebody else signs first). */
const worthStartingOver = new Set<string>(['SESSION_GONE', 'LOGIN_NEEDED', 'TASK_WAITING', 'FORM_REFUSED']);
/** Errors that may pass by themselves: the page they hit can be tried again. */
const worthTryingAgain = new Set<string>(['UNAVAILABLE', 'INTERNAL']);

/** What the framework itself refuses before a handler runs. */
function fromFramework(error: { statusCode?: number; code?: string }): SeglError | undefined {
  if (error.statusCode === 413) return generalProblems.error('PAYLOAD_TOO_LARGE', { limit: '', setting: '' });
  if (error.statusCode === 404) return generalProblems.error('NOT_FOUND');
  // a body that is no form, or an unreadable one
  if (error.statusCode === 415 || error.statusCode === 400) return serverProblems.error('FORM_REFUSED');
  return undefined;
}

/** `link`: the task URL to offer for starting over; else the one that the session began with. */
export async function showFailure(
  portal: Portal,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  link = startLink(request),
): Promise<FastifyReply> {
  const reference = randomBase36(10);
  const known =
    error instanceof SeglError ? error : fromFramework(error as { statusCode?: number; code?: string });
  const failure = known ?? generalProblems.error('INTERNAL', { reference }, { cause: error });
  const isOfMethod = portal.pages.texts.isOfMethod(`error.${failure.code}.title`);
  const status = statusOf(failure);
  const level = status >= 500 ? 'error' : 'info';
  portal.log[level](
    {
      code: failure.code,
      why: reasonOf(failure).code,
      reference,
      err: failure.fault === 'Server' ? error : undefined,
    },
    'portal page refused',
  );

  const otherwise = status === 503 ? 'UNAVAILABLE' : 'INTERNAL';
  const explained: string = isOfMethod
    ? failure.code
    : (explainedErrors.find((code) => code === failure.code) ?? otherwise);
  const isWorth = failure.params['retry'] === 'restart' || worthStartingOver.has(explained);
  const state = closedStates.find((candidate) => candidate === failure.params['state']);
  const { ref } = request.params as { ref?: string };
  // the page that a form was on
  const page = request.originalUrl.split(/[/?]/, 4).join('/');
  const again = request.method === 'GET' ? request.originalUrl : ref && page;
  const asker = await askerFor(portal, request.originalUrl);
  const language = pageLanguage(asker?.language, request.headers['accept-language']);
  return portal.pages.send(reply, {
    name: 'error',
    language,
    status: status,
    data: {
      ...askerData(portal, asker, language),
      ...(explained === 'TASK_CLOSED' && { deadline: undefined }),
      code: failure.code,
      explained,
      state: explained === 'TASK_CLOSED' ? state : undefined,
      reference: explained === 'INTERNAL' ? reference : undefined,
      startLink: isWorth ? link : undefined,
      again: worthTryingAgain.has(explained) ? again : undefined,
    },
  });
}
