/**
 * POST /std/task/{ref}/{action}: what the signer decides. Each is a plain form and answers 303, back to the task or on
 * to the order's own URL, so that reloading a page never repeats an action.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { MethodInput } from '@segl/identity/method';
import type { SeglError } from '@segl/problem/errors';
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import type { Asker, SignatureOutcome, SignerPage } from '../../application/signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { isWebAddress } from '../../domain/order/redirect.ts';
import { askerData } from './asker.ts';
import { clientInfo, pageOrigin } from './page-origin.ts';
import type { Portal } from './portal.ts';
import { seeOther } from './see-other.ts';
import { requireFormToken, sessionKey, taskList } from './session-cookie.ts';
import { pageLanguage, type Language } from './texts.ts';

/**
 * What came of an action: back to the task (with a notice), or out of it, to the order's URL. Without one the signer
 * stays on a page of ours, which tells the outcome: the task's own, or the one for who has left.
 */
export type Next =
  | { readonly to: 'task'; readonly notice?: string }
  | { readonly to: 'out'; readonly url: string | undefined; readonly otherwise: 'task' | 'left' };

/** Fields of the form by name, without NUL characters; one that is missing or repeated reads as empty. */
export type Field = (name: string) => string;

type Action = (portal: Portal, key: SessionKey, field: Field, request: FastifyRequest) => Promise<Next>;

const back: Next = { to: 'task' };
const backWith = (notice: string): Next => ({ to: 'task', notice });
const out = (url: string | undefined, otherwise: 'task' | 'left'): Next => ({ to: 'out', url, otherwise });

/** What a method said, where it ended without a result. */
export function afterMethod({ texts }: Portal['pages'], outcome: SignatureOutcome): Next {
  if (outcome.kind === 'accepted') return back;
  const notices = [
    `${outcome.module}.${outcome.code}`,
    `${outcome.module}.UNKNOWN`,
    'problem.METHOD_CANCELLED',
  ];
  return backWith(notices.find((key) => texts.has(key))!);
}

/** What the page brought back from a method: see its parts `method-*`. */
export function inputOf(field: Field, request: FastifyRequest): MethodInput {
  switch (field('kind')) {
    case 'fields': {
      const names = Object.keys(request.body ?? {}).filter((name) => !OWN_FIELDS.has(name));
      return { kind: 'fields', values: Object.fromEntries(names.map((name) => [name, field(name)])) };
    }
    case 'script':
      return { kind: 'script', result: readJson(field('result')) };
    case 'poll':
      return { kind: 'poll' };
    default:
      return { kind: 'message', data: field('response') };
  }
}

const OWN_FIELDS: ReadonlySet<string> = new Set(['_csrf', 'document', 'kind', 'link']);

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw serverProblems.error('FORM_REFUSED');
  }
}

export const actions = {
  login: async (portal, key, field, request) => {
    const { flow, pages } = portal;
    const page = await signerPage(portal, key, request);
    return afterMethod(pages, await flow.receiveLogin(key, { ...page, input: inputOf(field, request) }));
  },

  read: async ({ flow }, key, field) => {
    if (field('read') !== 'yes') return backWith('problem.READ_MISSING');
    await flow.markRead(key, field('document'));
    return back;
  },

  skip: async ({ flow }, key, field) => {
    await flow.skip(key, field('document'));
    return back;
  },

  'choose-method': async ({ flow }, key, field) => {
    await flow.chooseWay(key, field('document'), field('way'));
    return back;
  },

  'change-form': async ({ flow }, key, field) => {
    await flow.reopenForm(key, field('document'));
    return back;
  },

  declare: async ({ flow }, key, field, request) => {
    // a page without a sign text has none to confirm
    if (field('text') !== '' && field('confirm') !== 'yes') return backWith('problem.CONFIRM_MISSING');
    const kind = field('hand');
    await flow.declare(key, field('document'), {
      signTextDigest: field('text'),
      ...(kind === 'drawn' && { handwriting: { kind, text: field('strokes') } }),
      ...(kind === 'typed' && { handwriting: { kind, text: field('typed') } }),
      name: field('name'),
      client: clientInfo(request),
    });
    return back;
  },

  signature: async (portal, key, field, request) => {
    const { flow, pages } = portal;
    const link = /^\d{1,2}$/.test(field('link')) ? Number(field('link')) : undefined;
    const result = {
      ...(await signerPage(portal, key, request)),
      ...{ input: inputOf(field, request), ...(link !== undefined && { link }) },
    };
    return afterMethod(pages, await flow.receiveSignature(key, field('document'), result));
  },

  identify: async (portal, key, field, request) => {
    const result = { ...(await signerPage(portal, key, request)), input: inputOf(field, request) };
    await portal.flow.answerIdentifying(key, field('document'), result);
    return back;
  },

  enrol: async (portal, key, field, request) => {
    const page = await signerPage(portal, key, request);
    const { module } = await portal.flow.enrol(key, { ...page, input: inputOf(field, request) });
    return backWith(`${module}.REGISTERED`);
  },

  forget: async ({ flow }, key) => {
    await flow.forgetSigner(key);
    return backWith('notice.FORGOTTEN');
  },

  'send-in': async ({ flow }, key) => {
    const { redirectTo, isFinishing } = await flow.sendIn(key);
    // its page sends in again, which waits on
    return isFinishing ? back : out(redirectTo, 'task');
  },
  cancel: async ({ flow }, key) => out((await flow.cancel(key)).redirectTo, 'left'),
  postpone: async ({ flow }, key) => out((await flow.postpone(key)).redirectTo, 'left'),

  refuse: async ({ flow }, key, field) => {
    const reason = field('reason').trim();
    return out((await flow.refuse(key, reason === '' ? undefined : reason)).redirectTo, 'task');
  },
} as const satisfies Record<string, Action>;

export type ActionName = keyof typeof actions;

/** Refusals that the signer can put right on the page itself, by the notice that says how. */
const correctable = [
  'DOCUMENT_NOT_SHOWN',
  'HANDWRITING_REFUSED',
  'NAME_MISSING',
  'NATIVE_SIGNATURE_REFUSED',
  'SIGNER_MISMATCH',
  'LOGIN_REFUSED',
  'LOGIN_MISMATCH',
  'UPLOAD_REFUSED',
  'PAYLOAD_TOO_LARGE',
] as const;

/**
 * Room for the largest signature: the document in base64 inside the message, the message in base64 inside the form,
 * percent-encoded by the browser, and 1 MiB for what surrounds it.
 */
export const signatureFormBytes = (maxDocumentBytes: number): number =>
  Math.ceil(maxDocumentBytes * 2.2) + (1 << 20);

export function fieldsOf(request: FastifyRequest): Field {
  const body = (request.body ?? {}) as Record<string, unknown>;
  return (name) => {
    const value = body[name];
    return typeof value === 'string' ? value.replaceAll('\0', '') : '';
  };
}

export async function act(
  portal: Portal,
  name: ActionName,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = sessionKey(request);
  const field = fieldsOf(request);
  requireFormToken(key, field('_csrf'));
  // read before the action, because some actions end the session
  const asker = await portal.flow.view(key);
  const language = pageLanguage(asker.language, request.headers['accept-language']);
  const action: Action = actions[name];
  const next = await attempt(portal, name, () => action(portal, key, field, request));
  const list = taskList(request);
  if (next.to === 'out' && next.url !== undefined && list === undefined && !isWebAddress(next.url))
    return toApp(portal, reply, { key, language, next: { ...next, url: next.url }, asker });
  return seeOther(reply, addressOf(next, key, language, list));
}

/**
 * An app may be missing, and a policy of the browser in the way: who is sent there keeps a page of ours with the link.
 * A session that has ended has no page any more, so this answer is it.
 */
function toApp(
  portal: Portal,
  reply: FastifyReply,
  to: {
    readonly key: SessionKey;
    readonly language: Language;
    readonly next: Extract<Next, { to: 'out' }>;
    readonly asker: Asker | undefined;
  },
): FastifyReply {
  const { key, language, next, asker } = to;
  if (next.otherwise === 'task') return seeOther(reply, taskAddress(key.ref));
  const data = { ...askerData(portal, asker, language), redirectTo: next.url };
  return portal.pages.send(reply, { name: 'left', language, data });
}

/** A task that was opened from a list of tasks leads back to it, whatever its own order says. */
function addressOf(next: Next, { ref }: SessionKey, language: string, list: string | undefined): string {
  if (next.to === 'task') return taskAddress(ref, next.notice);
  if (list !== undefined) return list;
  if (next.url !== undefined) return next.url;
  return next.otherwise === 'left' ? `/std/task/${ref}/left?language=${language}` : taskAddress(ref);
}

/** The page of a task, with the text key of what it is to say. */
export const taskAddress = (ref: string, notice?: string): string =>
  notice === undefined ? `/std/task/${ref}` : `/std/task/${ref}?notice=${notice}`;

/** Throws SESSION_GONE. */
async function taskLanguage(portal: Portal, key: SessionKey, request: FastifyRequest): Promise<Language> {
  return pageLanguage((await portal.flow.view(key)).language, request.headers['accept-language']);
}

async function signerPage(portal: Portal, key: SessionKey, request: FastifyRequest): Promise<SignerPage> {
  return {
    origin: pageOrigin(request, portal.config),
    language: await taskLanguage(portal, key, request),
    client: clientInfo(request),
  };
}

/**
 * GET or POST /std/task/{ref}/return: what a provider that the signer was sent to brings back. Who came back is told by
 * the cookie, and what for by the step that is due; whether it belongs together is for the method to judge.
 */
export async function takeReturned(
  portal: Portal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = sessionKey(request);
  const language = await taskLanguage(portal, key, request);
  const next = await attempt(portal, 'return', async () => {
    const result = {
      ...(await signerPage(portal, key, request)),
      input: returnedInput(request),
    };
    const { step } = await portal.flow.view(key);
    if (step.kind === 'authenticate')
      return afterMethod(portal.pages, await portal.flow.receiveLogin(key, result));
    if (step.kind === 'sign')
      return afterMethod(portal.pages, await portal.flow.receiveSignature(key, step.documentId, result));
    if (step.kind === 'identify') await portal.flow.answerIdentifying(key, step.documentId, result);
    return back;
  });
  return seeOther(reply, addressOf(next, key, language, taskList(request)));
}

/** What the provider sent along. */
export function returnedInput(request: FastifyRequest): Extract<MethodInput, { kind: 'returned' }> {
  const given = { ...(request.query as object), ...(request.body ?? {}) };
  const params = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  return { kind: 'returned', params };
}

/** Of a signature or log-on that is refused for its certificate, the signer is told that trying again does not help. */
function noticeOf(code: string, check: unknown): string {
  const refused = code === 'NATIVE_SIGNATURE_REFUSED' || code === 'LOGIN_REFUSED';
  if (refused && check === 'revocation') return 'problem.CERTIFICATE_REVOKED';
  if (refused && check === 'validity') return 'problem.CERTIFICATE_EXPIRED';
  return `problem.${code}`;
}

/** Of refusals that a method knows, those that it has a text for are the signer's to put right. */
const isCorrectable = ({ pages }: Portal, { code }: SeglError): boolean =>
  correctable.some((known) => known === code) || pages.texts.isOfMethod(`problem.${code}`);

/** Does an action; what the signer can put right becomes a notice on the page. */
export async function attempt(portal: Portal, name: string, action: () => Promise<Next>): Promise<Next> {
  try {
    return await action();
  } catch (error) {
    // a form of an earlier step, sent twice or from the browser's history: show where the signer really stands
    if (isSeglError(error, 'STEP_NOT_DUE')) return back;
    if (isSeglError(error) && isCorrectable(portal, error)) {
      portal.log.info(
        { code: error.code, check: error.params['check'], action: name },
        'signer must correct',
      );
      return backWith(noticeOf(error.code, error.params['check']));
    }
    throw error;
  }
}
