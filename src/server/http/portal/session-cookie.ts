/** What a browser holds of a signing session: one cookie, and in each form a token that only its pages know. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { serverProblems } from '../../problems.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';

const cookieName = (ref: string): string => `segl.${ref}`;

/** Separates the secret from the link that started the session; occurs in neither. */
const SEPARATOR = '~';

/**
 * Hands the secret to the browser, for the pages of this session only. The task link travels with it, so that the
 * page that says "timed out" can offer to start over.
 */
export function setSessionCookie(
  reply: FastifyReply,
  key: SessionKey,
  options: { path: string; startLink: string; secure: boolean },
): void {
  const value = key.secret + SEPARATOR + Buffer.from(options.startLink).toString('base64url');
  void reply.setCookie(cookieName(key.ref), value, {
    path: options.path,
    httpOnly: true,
    sameSite: 'lax',
    secure: options.secure,
  });
}

function cookieParts(request: FastifyRequest): { ref: string; secret: string; link: string } {
  const { ref = '' } = request.params as { ref?: string };
  const [secret = '', link = ''] = (request.cookies[cookieName(ref)] ?? '').split(SEPARATOR);
  return { ref, secret, link };
}

/** The key of the session that the request's URL names. Throws COOKIE_MISSING when the browser did not send it. */
export function sessionKey(request: FastifyRequest): SessionKey {
  const { ref, secret } = cookieParts(request);
  if (secret === '') throw serverProblems.error('COOKIE_MISSING');
  return { ref, secret };
}

/** The link that started the session, if the browser still has it: a task link, or the list it was opened from. */
export function startLink(request: FastifyRequest): string | undefined {
  const link = Buffer.from(cookieParts(request).link, 'base64url').toString();
  return link.startsWith('/std/docaction') || isList(link) ? link : undefined;
}

/** The page of the list of tasks from which this one was opened. */
export function taskList(request: FastifyRequest): string | undefined {
  const link = startLink(request);
  return link !== undefined && isList(link) ? link : undefined;
}

const isList = (link: string): boolean => /^\/std\/session\/\w+$/.test(link);

/** The token that forms of this session carry: bound to the secret, and useless without the cookie. */
export function formToken(key: SessionKey): string {
  return createHmac('sha256', key.secret).update(`segl form ${key.ref}`).digest('base64url');
}

/** Throws FORM_REFUSED unless `token` is this session's; compared in constant time. */
export function requireFormToken(key: SessionKey, token: string): void {
  const expected = Buffer.from(formToken(key));
  const given = Buffer.from(token);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw serverProblems.error('FORM_REFUSED');
  }
}
