/**
 * POST /std/task/{ref}/form takes what was filled in. What is wrong is said beside the fields, on the page that answers
 * the form: it keeps what was typed without storing it.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FormField, FormValues } from '../../domain/order/form-fields.ts';
import { attempt, taskAddress } from './actions.ts';
import type { TypedForm } from './form-page.ts';
import type { Portal } from './portal.ts';
import { seeOther } from './see-other.ts';
import { requireFormToken, sessionKey } from './session-cookie.ts';
import { showTask } from './task-page.ts';

/** Room for everything that the fields of a form may hold together. */
export const MOST_BYTES = 2 << 20;

export function formRoute(scope: FastifyInstance, portal: Portal): void {
  // before the body is read: nobody but a signer may make us hold a large one
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    await portal.flow.view(sessionKey(request));
  };
  scope.post('/task/:ref/form', { bodyLimit: MOST_BYTES, onRequest }, (request, reply) =>
    takeForm(portal, request, reply),
  );
}

async function takeForm(portal: Portal, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const key = sessionKey(request);
  const sent = new Map(Object.entries((request.body ?? {}) as Record<string, unknown>));
  const [token = ''] = textsOf(sent.get('_csrf'));
  requireFormToken(key, token);
  const [documentId = ''] = textsOf(sent.get('document'));
  let typed: TypedForm | undefined;
  const next = await attempt(portal, 'form', async () => {
    const { fields, values: before } = await portal.flow.form(key, documentId);
    const values = readTyped(fields, before, sent);
    const problems = await portal.flow.fillForm(key, documentId, values);
    if (problems.length > 0) typed = { fields, values, problems };
    return { to: 'task' };
  });
  if (typed) return showTask(portal, request, reply, typed);
  return seeOther(reply, taskAddress(key.ref, next.to === 'task' ? next.notice : undefined));
}

/** Fields are numbered on the page: names of a PDF's fields can be anything. Those that are fixed are not sent. */
const readTyped = (
  fields: readonly FormField[],
  before: FormValues,
  sent: ReadonlyMap<string, unknown>,
): FormValues =>
  new Map(
    fields.map(({ name, readOnly }, index) => [
      name,
      readOnly ? (before.get(name) ?? []) : textsOf(sent.get(`f${index}`)),
    ]),
  );

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((text) =>
    typeof text === 'string' ? [text.replaceAll('\0', '')] : [],
  );
