/**
 * POST /std/task/{ref}/{action}: what the signer decides. Each is a plain form and answers 303, back to the task or on
 * to the order's own URL, so that reloading a page never repeats an action.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isSeglError } from '../../errors.ts';
import type { SessionKey } from '../../orders/signing-desk.ts';
import { clientInfo } from './page-origin.ts';
import type { Portal } from './portal.ts';
import { seeOther } from './see-other.ts';
import { requireFormToken, sessionKey } from './session-cookie.ts';
import { pageLanguage } from './texts.ts';

/** What came of an action: back to the task (with a notice), on to the order's URL, or out of the task. */
type Next =
  | { readonly to: 'task'; readonly notice?: string }
  | { readonly to: 'url'; readonly url: string }
  | { readonly to: 'left' };

/** Fields of the form by name; one that is missing or repeated reads as empty. */
type Field = (name: string) => string;

type Action = (portal: Portal, key: SessionKey, field: Field, request: FastifyRequest) => Promise<Next>;

const back: Next = { to: 'task' };
const backWith = (notice: string): Next => ({ to: 'task', notice });
const onTo = (url: string | undefined, otherwise: Next): Next =>
  url === undefined ? otherwise : { to: 'url', url };

export const actions = {
  read: async ({ flow }, key, field) => {
    if (field('read') !== 'yes') return backWith('problem.READ_MISSING');
    await flow.markRead(key, field('document'));
    return back;
  },

  skip: async ({ flow }, key, field) => {
    await flow.skip(key, field('document'));
    return back;
  },

  signature: async ({ flow, pages }, key, field, request) => {
    const result = { response: field('response'), client: clientInfo(request) };
    const outcome = await flow.receiveSignature(key, field('document'), result);
    if (outcome.kind === 'accepted') return back;
    const notice = `nemid.${outcome.code}`;
    return backWith(pages.texts.has(notice) ? notice : 'nemid.UNKNOWN');
  },

  cpr: async ({ flow }, key, field) => {
    if (field('consent') !== 'yes') return backWith('problem.CONSENT_MISSING');
    await flow.provideCpr(key, field('document'), field('cpr').trim());
    return back;
  },

  'send-in': async ({ flow }, key) => onTo((await flow.sendIn(key)).redirectTo, back),
  cancel: async ({ flow }, key) => onTo((await flow.cancel(key)).redirectTo, { to: 'left' }),
  postpone: async ({ flow }, key) => onTo((await flow.postpone(key)).redirectTo, { to: 'left' }),

  refuse: async ({ flow }, key, field) => {
    const reason = field('reason').trim();
    return onTo((await flow.refuse(key, reason === '' ? undefined : reason)).redirectTo, back);
  },
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;

/** Refusals that the signer can put right on the page itself, by the notice that says how. */
const correctable = [
  'DOCUMENT_NOT_SHOWN',
  'CPR_INVALID',
  'CPR_MISMATCH',
  'NATIVE_SIGNATURE_REFUSED',
] as const;

/**
 * Room for the largest signature: the document in base64 inside the message, the message in base64 inside the form,
 * percent-encoded by the browser, and 1 MiB for what surrounds it.
 */
export const signatureFormBytes = (maxDocumentBytes: number): number =>
  Math.ceil(maxDocumentBytes * 2.2) + (1 << 20);

export async function act(
  portal: Portal,
  name: ActionName,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = sessionKey(request);
  const body = (request.body ?? {}) as Record<string, unknown>;
  const field: Field = (fieldName) => {
    const value = body[fieldName];
    return typeof value === 'string' ? value : '';
  };
  requireFormToken(key, field('_csrf'));
  const language = await taskLanguage(portal, key, request);
  const next = await attempt(portal, name, key, field, request);
  switch (next.to) {
    case 'url':
      return seeOther(reply, next.url);
    case 'left':
      return seeOther(reply, `/std/task/${key.ref}/left?language=${language}`);
    case 'task':
      return seeOther(reply, `/std/task/${key.ref}${next.notice ? `?notice=${next.notice}` : ''}`);
  }
}

/** Read before the action, because some actions end the session. Throws SESSION_GONE. */
async function taskLanguage(portal: Portal, key: SessionKey, request: FastifyRequest): Promise<string> {
  return pageLanguage((await portal.flow.view(key)).language, request.headers['accept-language']);
}

async function attempt(
  portal: Portal,
  name: ActionName,
  key: SessionKey,
  field: Field,
  request: FastifyRequest,
): Promise<Next> {
  const action: Action = actions[name];
  try {
    return await action(portal, key, field, request);
  } catch (error) {
    // a form of an earlier step, sent twice or from the browser's history: show where the signer really stands
    if (isSeglError(error, 'STEP_NOT_DUE')) return back;
    if (isSeglError(error, ...correctable)) {
      portal.log.info(
        { code: error.code, check: error.params['check'], action: name },
        'signer must correct',
      );
      return backWith(`problem.${error.code}`);
    }
    throw error;
  }
}
