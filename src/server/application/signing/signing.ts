/** Signing: the method is started, what it makes is judged there and kept here, then who signed is settled. See SigningFlow. */
import type { MethodInput, Result, Show } from '@segl/identity/method';
import { answeredBy, titleIn, type AccountMethod } from '@segl/identity/registry';
import { SeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import { identityProblems, refusalIn } from '@segl/identity/problems';
import { addAudit, setNationalId, updateProgress } from '../../adapters/postgres/sessions/sessions.ts';
import type { Db } from '../../adapters/postgres/database.ts';
import type { FlowContext } from '../context.ts';
import type { SignatureOutcome, SignerPage, StartedMethod } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { storeSignature } from './store-signature.ts';
import { answer, openStep, resume, sealStep, settle, visitorOf, type SettledStep } from './method-step.ts';
import { signingClient } from './signing-client.ts';
import {
  inOneAct,
  lockSigningSession,
  noteEvent,
  requireDue,
  sessionAt,
  type SigningSession,
  type TaskDocument,
} from './signing-session.ts';

export async function startSigning(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  page: SignerPage,
): Promise<StartedMethod> {
  const { current, chosen } = await sessionAt(context, key, documentId, 'sign');
  const { method, task } = await signingClient(context, current, chosen, page);
  const shown = await resume(
    context,
    current,
    documentId,
    method,
    current.session.progress[documentId]?.begun,
  );
  if (shown) return startedOf(method, shown, page.language);
  const step = settle(await method.method.start(task, visitorOf(page)));
  if (step.kind !== 'show') throw new TypeError(`${method.name} ended before anything was shown`);
  await rememberShown(context, current, chosen, method, step, page);
  return startedOf(method, step.show, page.language);
}

const startedOf = (method: AccountMethod, show: Show, language: string): StartedMethod => ({
  title: titleIn(method, language),
  module: method.module,
  show,
});

async function rememberShown(
  context: FlowContext,
  current: SigningSession,
  chosen: TaskDocument,
  method: AccountMethod,
  { state, asked }: Extract<SettledStep, { kind: 'show' }>,
  { client }: SignerPage,
): Promise<void> {
  const { ref } = current.session;
  const begun = sealStep(context, current, chosen.documentId, method, state);
  await context.db.transaction(async (tx) => {
    const at = context.clock.now();
    await updateProgress(tx, ref, chosen.documentId, { begun });
    for (const { documentId } of inOneAct(current, chosen)) {
      await addAudit(tx, ref, {
        at,
        type: 'invoked-sign-call',
        data: {
          'document-id': documentId,
          ...answeredBy(method),
          ...asked,
          'user-agent': client.userAgent,
          description: `The ${method.title} client was started for the signer`,
        },
      });
    }
  });
}

/** See SigningFlow.receiveSignature. */
export async function receiveSignature(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  { input, link: from, ...page }: SignerPage & { readonly input: MethodInput; readonly link?: number },
): Promise<SignatureOutcome> {
  const { current, chosen } = await sessionAt(context, key, documentId, 'sign');
  const { way, method, link, task, keep } = await signingClient(context, current, chosen, page);
  // a form that was sent twice: the method of the next link knows nothing of it
  if (from !== undefined && from !== (link ?? 0) + 1)
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/another-link') });
  const { begun } = current.session.progress[documentId] ?? {};
  const state = openStep(context, current, documentId, method, begun);
  const step = settle(await answer(method, task, state, input, page).catch(asRefusedSignature));
  if (step.kind === 'cancelled') return noteCancelled(context, current, documentId, method, step.code);
  if (step.kind === 'show' && !step.kept) {
    if (step.again) await keepState(context, current, documentId, method, { state, next: step.state });
    else await rememberShown(context, current, chosen, method, step, page);
    return { kind: 'accepted' };
  }
  const result = step.kind === 'done' ? step : step.kept!;
  requireSamePerson(task, result);
  await storeSignature(context, current, documentId, {
    way,
    method,
    ...(link !== undefined && { link }),
    result: keep(result),
    client: page.client,
    // what is still open about who signed
    ...(step.kind === 'show' && { begun: sealStep(context, current, documentId, method, step.state) }),
  });
  return { kind: 'accepted' };
}

/** Of a step that shows the same again: nothing happened that the audit trail would tell. */
async function keepState(
  context: FlowContext,
  current: SigningSession,
  documentId: string,
  method: AccountMethod,
  { state, next }: { readonly state: string; readonly next: string },
): Promise<void> {
  if (next === state) return;
  const begun = sealStep(context, current, documentId, method, next);
  await updateProgress(context.db, current.session.ref, documentId, { begun });
}

type Task = Awaited<ReturnType<typeof signingClient>>['task'];

/** One session, one person. The method was asked to look at that too; here it is made sure of. */
function requireSamePerson({ expected }: Task, { identity }: Result): void {
  const { subjectId, verified } = expected;
  const isOther =
    (subjectId !== undefined && subjectId !== identity.subjectId) ||
    (verified && identity.nationalId && verified.id !== identity.nationalId.id);
  if (isOther) throw identityProblems.error('SIGNER_MISMATCH');
}

async function noteCancelled(
  { db, clock }: FlowContext,
  current: SigningSession,
  documentId: string,
  { module }: AccountMethod,
  code: string,
): Promise<SignatureOutcome> {
  await db.transaction(async (tx) => {
    const at = clock.now();
    await noteEvent(tx, current, 'document-sign-cancelled', at, `${documentId} ${code}`);
    await addAudit(tx, current.session.ref, {
      at,
      type: 'signing-client-error',
      data: { 'document-id': documentId, code, description: 'The signing client ended with an error' },
    });
  });
  return { kind: 'cancelled', module, code };
}

/** To the signer it is a signature that failed, whatever it was made with. */
function asRefusedSignature(error: unknown): never {
  if (!(error instanceof SeglError) || error.code !== 'LOGIN_REFUSED') throw error;
  throw identityProblems.error('NATIVE_SIGNATURE_REFUSED', refusalIn(error), { cause: error });
}

/** What the method asks about who signed. See SigningFlow.identify. */
export async function showIdentifying(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  page: SignerPage,
): Promise<StartedMethod> {
  const { current, chosen } = await sessionAt(context, key, documentId, 'identify');
  const { method } = await signingClient(context, current, chosen, page);
  const { begun } = current.session.progress[documentId] ?? {};
  const show = await method.method.resume?.(openStep(context, current, documentId, method, begun));
  if (!show) throw new TypeError(`${method.name} does not know what it asked`);
  return startedOf(method, show, page.language);
}

/** See SigningFlow.answerIdentifying. */
export async function answerIdentifying(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  { input, ...page }: SignerPage & { readonly input: MethodInput },
): Promise<void> {
  const { current, chosen } = await sessionAt(context, key, documentId, 'identify');
  const { method, task } = await signingClient(context, current, chosen, page);
  const { begun } = current.session.progress[documentId] ?? {};
  const state = openStep(context, current, documentId, method, begun);
  const step = settle(await answer(method, task, state, input, page));
  if (step.kind === 'cancelled') return;
  await context.db.transaction(async (tx) => {
    const at = context.clock.now();
    requireDue(await lockSigningSession(tx, current), at, documentId, 'identify');
    if (step.kind === 'show') {
      await updateProgress(tx, key.ref, documentId, {
        begun: sealStep(context, current, documentId, method, step.state),
      });
      return;
    }
    const { act = [documentId] } = current.session.progress[documentId] ?? {};
    await updateProgress(tx, key.ref, documentId, { identifyDue: false });
    for (const one of act) await identified(tx, key, one, step, at);
  });
}

async function identified(
  tx: Db,
  { ref }: SessionKey,
  documentId: string,
  { identity, audit }: Result,
  at: Date,
): Promise<void> {
  if (identity.nationalId) await setNationalId(tx, ref, documentId, identity.nationalId);
  for (const { type, of: trail, data } of audit) {
    await addAudit(tx, ref, { at, type, trail, data: { 'document-id': documentId, ...data } });
  }
}
