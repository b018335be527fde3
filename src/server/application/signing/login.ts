/** Logging on before a task's documents are shown. See SigningFlow. */
import { serverProblems } from '../../problems.ts';
import type { MethodInput, Result, Step } from '@segl/identity/method';
import { answeredBy, titleIn, type AccountMethod } from '@segl/identity/registry';
import { isSeglError } from '@segl/problem/errors';
import { expectLogin, insertLogin } from '../../adapters/postgres/sessions/logins.ts';
import { addAudit } from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import type { SignatureOutcome, SignerPage, StartedMethod } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { signerOf } from './store-signature.ts';
import { answer, openStep, refusalOf, resume, sealStep, settle, taskFor, visitorOf } from './method-step.ts';
import {
  isLoginDue,
  lockSigningSession,
  noteEvent,
  requireActive,
  signingSession,
  type SigningSession,
} from './signing-session.ts';

/** Refuses where no login is due: none is asked for, or it was made. */
function requireLoginDue(current: SigningSession, now: Date): void {
  requireActive(current, now);
  if (!isLoginDue(current))
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/no-login') });
}

/** The first of the task's methods that the account may use; one that nobody has is refused with the order. */
async function methodOf({ eid }: FlowContext, { order, spec }: SigningSession): Promise<AccountMethod> {
  const { logins, offer } = await eid.of(order.service);
  const asked = spec.authentication?.methods ?? [];
  return logins.get(asked.find((name) => offer.authenticationMethods.includes(name)) ?? asked[0] ?? '');
}

export async function startLogin(
  context: FlowContext,
  key: SessionKey,
  page: SignerPage,
): Promise<StartedMethod> {
  const { clock } = context;
  const current = await signingSession(context, key);
  requireLoginDue(current, clock.now());
  const method = await methodOf(context, current);
  const shown = await resume(context, current, undefined, method, current.session.expectedLogin);
  if (shown) return { title: titleIn(method, page.language), module: method.module, show: shown };
  const step = settle(await method.method.start(taskFor(current, page, { documents: [] }), visitorOf(page)));
  if (step.kind !== 'show') throw new TypeError(`${method.name} ended before anything was shown`);
  await rememberShown(context, current, method, step, page);
  return { title: titleIn(method, page.language), module: method.module, show: step.show };
}

async function rememberShown(
  context: FlowContext,
  current: SigningSession,
  method: AccountMethod,
  { state, asked }: Extract<Step, { kind: 'show' }>,
  { client }: SignerPage,
): Promise<void> {
  const { ref } = current.session;
  const begun = sealStep(context, current, undefined, method, state);
  await context.db.transaction(async (tx) => {
    await expectLogin(tx, ref, begun);
    await addAudit(tx, ref, {
      at: context.clock.now(),
      type: 'invoked-login-call',
      data: {
        method: method.name,
        ...answeredBy(method),
        ...asked,
        'user-agent': client.userAgent,
        description: `The ${method.title} client was started for the signer to log in`,
      },
    });
  });
}

export async function receiveLogin(
  context: FlowContext,
  key: SessionKey,
  { input, ...page }: SignerPage & { readonly input: MethodInput },
): Promise<SignatureOutcome> {
  const { clock, eid } = context;
  const current = await signingSession(context, key);
  requireLoginDue(current, clock.now());
  const { expectedLogin } = current.session;
  if (!expectedLogin)
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/login-not-started') });
  const method = (await eid.of(current.order.service)).logins.get(expectedLogin.method);
  const state = openStep(context, current, undefined, method, expectedLogin);
  const task = taskFor(current, page, { documents: [] });
  const step = await answer(method, task, state, input, page);
  switch (step.kind) {
    case 'cancelled':
      await noteFailure(context, current, {
        event: 'user-authentication-cancelled',
        audit: 'login-client-error',
        method: method.name,
        code: step.code,
        description: 'The login client ended with an error',
      });
      return { kind: 'cancelled', module: method.module, code: step.code };
    case 'refused':
      if (isSeglError(step.problem, 'LOGIN_MISMATCH')) await noteMismatch(context, current, method);
      throw refusalOf(step);
    case 'show':
      if (step.again) {
        if (step.state !== state)
          await expectLogin(
            context.db,
            current.session.ref,
            sealStep(context, current, undefined, method, step.state),
          );
        return { kind: 'accepted' };
      }
      await rememberShown(context, current, method, step, page);
      return { kind: 'accepted' };
    case 'certified':
      throw serverProblems.error('METHOD_UNSUPPORTED', { what: serverProblems.of('method/remote-log-on') });
    case 'done':
      await keepLogin(context, current, method, step, page);
      return { kind: 'accepted' };
  }
}

const noteMismatch = (
  context: FlowContext,
  current: SigningSession,
  { name: method }: AccountMethod,
): Promise<void> =>
  noteFailure(context, current, {
    event: 'error',
    audit: 'login-mismatch',
    method,
    code: 'LOGIN_MISMATCH',
    description: 'Somebody else logged in than the person the task is meant for',
  });

/** Says that a login led nowhere, and why; not who tried: that is nobody's business here. */
async function noteFailure(
  { db, clock }: FlowContext,
  current: SigningSession,
  failure: {
    event: 'user-authentication-cancelled' | 'error';
    audit: string;
    method: string;
    code: string;
    description: string;
  },
): Promise<void> {
  const { event, audit, method, code, description } = failure;
  await db.transaction(async (tx) => {
    const at = clock.now();
    await noteEvent(tx, current, event, at, `${method} ${code}`);
    await addAudit(tx, current.session.ref, { at, type: audit, data: { method, code, description } });
  });
}

async function keepLogin(
  { db, blobs, clock }: FlowContext,
  current: SigningSession,
  method: AccountMethod,
  { identity, evidence: [evidence], audit }: Result,
  { client }: SignerPage,
): Promise<void> {
  if (!evidence) throw new TypeError('a log-on has evidence');
  const { ref } = current.session;
  const { native, at: authenticatedAt, checks: verdicts, validation, facts, request: expected } = evidence;
  const { sha256 } = await blobs.put(native);
  const base64 = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('base64'));
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireLoginDue(await lockSigningSession(tx, current), at);
    await insertLogin(tx, {
      sessionRef: ref,
      method: method.name,
      sha256,
      evidence: {
        signer: signerOf(identity),
        verdicts,
        validation: {
          certificates: base64(validation.certificates),
          ocsps: base64(validation.ocsps),
          crls: base64(validation.crls),
        },
        facts,
        expected,
        client,
      },
      authenticatedAt,
    });
    await noteEvent(tx, current, 'user-authenticated', at, method.name);
    await addAudit(tx, ref, {
      at,
      type: 'user-authenticated',
      data: {
        method: method.name,
        ...answeredBy(method),
        'confirmed-user-id': identity.subjectId,
        ...(identity.certificate && { 'subject-dn': identity.certificate.subjectDn }),
        ...facts,
        'client-ip': client.ip,
        'user-agent': client.userAgent,
        description: 'The signer logged in; the login message and what verified it were kept',
      },
    });
    for (const { type, of: trail, data } of audit) await addAudit(tx, ref, { at, type, trail, data });
  });
}
