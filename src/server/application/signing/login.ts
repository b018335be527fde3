/** Logging in with an eID before a task's documents are shown. See SigningFlow. */
import type { AuthenticationMethod, VerifiedAuthentication } from '@segl/identity/method';
import { readCpr } from '@segl/identity/methods/nemid/cpr';
import { serverProblems } from '../../problems.ts';
import type { ExpectedAuthentication } from '@segl/identity/evidence-words';
import type { SignatureOutcome, StartedSigning } from '../signing-api.ts';
import type { ClientInfo, SessionKey } from '../../domain/signing-session/client-info.ts';
import { expectLogin, insertLogin } from '../../adapters/postgres/logins.ts';
import { addAudit } from '../../adapters/postgres/sessions.ts';
import type { FlowContext } from '../context.ts';
import { isLoginDue, lockVisit, noteEvent, requireActive, visit, type Visit } from './visit.ts';

/** Refuses where no login is due: none is asked for, or it was made. */
function requireLoginDue(current: Visit, now: Date): void {
  requireActive(current, now);
  if (!isLoginDue(current)) throw serverProblems.error('STEP_NOT_DUE', { why: 'no login is asked for' });
}

/** The first of the task's methods that the account may use; one that nobody has is refused with the order. */
async function methodOf({ eid }: FlowContext, { order, spec }: Visit): Promise<AuthenticationMethod> {
  const { logins } = await eid.of(order.service);
  const asked = spec.authentication?.methods ?? [];
  return logins.get(asked.find((name) => logins.names.includes(name)) ?? asked[0] ?? '');
}

export async function startLogin(
  context: FlowContext,
  key: SessionKey,
  page: { origin: string; language: string; client: ClientInfo },
): Promise<StartedSigning> {
  const { db, clock } = context;
  const current = await visit(context, key);
  requireLoginDue(current, clock.now());
  const method = await methodOf(context, current);
  const { clientUrl, clientOrigin, parameters, expected } = await method.start(page);
  await db.transaction(async (tx) => {
    await expectLogin(tx, key.ref, { ...expected, method: method.name });
    await addAudit(tx, key.ref, {
      at: clock.now(),
      type: 'invoked-login-call',
      data: {
        method: method.name,
        'parameters-digest': parameters['PARAMS_DIGEST'] ?? '',
        'user-agent': page.client.userAgent,
        description: `The ${method.typeName} client was started for the signer to log in`,
      },
    });
  });
  return { clientUrl, clientOrigin, parameters };
}

export async function receiveLogin(
  context: FlowContext,
  key: SessionKey,
  result: { response: string; client: ClientInfo },
): Promise<SignatureOutcome> {
  const { clock, eid } = context;
  const current = await visit(context, key);
  requireLoginDue(current, clock.now());
  const { expectedLogin } = current.session;
  if (!expectedLogin) throw serverProblems.error('STEP_NOT_DUE', { why: 'the login client was not started' });
  const { method: name, ...expected } = expectedLogin;
  const method = (await eid.of(current.order.service)).logins.get(name);
  const received = await method.receive(result.response, expected);
  if (received.kind === 'error') {
    await noteFailure(context, current, {
      event: 'user-authentication-cancelled',
      audit: 'login-client-error',
      method: name,
      code: received.code,
      description: 'The login client ended with an error',
    });
    return { kind: 'eid-error', code: received.code };
  }
  const { authentication } = received;
  if (!(await isMeant(current, method, authentication.signer.uniqueId))) {
    await noteFailure(context, current, {
      event: 'error',
      audit: 'login-mismatch',
      method: name,
      code: 'LOGIN_MISMATCH',
      description: 'Somebody else logged in than the person the task is meant for',
    });
    throw serverProblems.error('LOGIN_MISMATCH');
  }
  await keepLogin(context, current, method, authentication, expected, result.client);
  return { kind: 'accepted' };
}

/** Whether the person is the one of the order; anybody is where it names no national id. */
async function isMeant({ subject }: Visit, method: AuthenticationMethod, uniqueId: string): Promise<boolean> {
  const given = subject?.nationalId?.trim();
  // an empty one is none: clients send elements that they do not use
  return !given || method.matchNationalId(uniqueId, readCpr(given)?.digits ?? given);
}

/** Says that a login led nowhere, and why; not who tried: that is nobody's business here. */
async function noteFailure(
  { db, clock }: FlowContext,
  current: Visit,
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
  current: Visit,
  method: AuthenticationMethod,
  { signer, native, at: authenticatedAt, verdicts, validation, facts }: VerifiedAuthentication,
  expected: ExpectedAuthentication,
  client: ClientInfo,
): Promise<void> {
  const { ref } = current.session;
  const { sha256 } = await blobs.put(native);
  const base64 = (list: readonly Uint8Array[]) => list.map((der) => Buffer.from(der).toString('base64'));
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireLoginDue(await lockVisit(tx, current), at);
    await insertLogin(tx, {
      sessionRef: ref,
      method: method.name,
      sha256,
      evidence: {
        signer,
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
        'confirmed-user-id': signer.uniqueId,
        'subject-dn': signer.subjectDn,
        ...facts,
        'client-ip': client.ip,
        'user-agent': client.userAgent,
        description: 'The signer logged in; the login message and what verified it were kept',
      },
    });
  });
}
