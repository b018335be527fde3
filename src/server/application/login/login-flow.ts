/** Log-ons for other systems. See LoginService. */
import { randomBytes } from 'node:crypto';
import { titleIn, type AccountMethod, type Registry } from '@segl/identity/registry';
import type { Assurance, MethodTask, Step } from '@segl/identity/method';
import type { Problem } from '@segl/problem/problem';
import { randomBase36 } from '@segl/problem/ids';
import {
  beginLogin,
  chooseLoginMethod,
  deleteOldLoginVisits,
  endLoginVisit,
  insertLoginVisit,
  seeLoginVisit,
  type LoginVisitRow,
} from '../../adapters/postgres/login/visits.ts';
import {
  deleteOldLoginRequests,
  findServiceProvider,
  takeLoginRequest,
} from '../../adapters/postgres/login/service-providers.ts';
import { listLoginTargets } from '../../adapters/postgres/login/targets.ts';
import {
  ANSWER_SECONDS,
  LOGIN_IDLE_MINUTES,
  type AskedLogin,
  type LoginFailure,
  type LoginOutcome,
  type Saml2Reply,
} from '../../domain/login/model.ts';
import { offeredLogins, failureOf } from '../../domain/login/offered.ts';
import {
  askedContext,
  consumerOf,
  nameIdKind,
  REQUEST_MINUTES,
  requestProblem,
  SKEW_MINUTES,
} from '../../domain/login/service-provider.ts';
import { isAllowedTarget } from '../../domain/login/targets.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { serverProblems } from '../../problems.ts';
import type { FlowContext } from '../context.ts';
import type { LoginService, LoginView } from '../login-api.ts';
import type { SignerPage, StartedMethod } from '../signing-api.ts';
import { refusalOf, RETURN_PATH, visitorOf } from '../signing/method-step.ts';
import { hashSecret } from '../signing/signing-session.ts';
import { logOnOf } from './log-on.ts';

/** Before the name of a visit in what providers hand back unchanged: sessions of tasks have none of it. */
export const LOGIN_STATE = 'login_';

export const createLoginService = (context: FlowContext): LoginService => ({
  open: async (asked) => {
    await requireTarget(context, asked);
    return open(context, asked);
  },
  provider: (service, entityId) => findServiceProvider(context.db, service, entityId),
  openRequest: (asked) => openRequest(context, asked),
  view: async (key) => viewOf(context, await visitOf(context, key)),
  choose: (key, method) => choose(context, key, method),
  start: (key, page) => start(context, key, page),
  receive: (key, result) => receive(context, key, result),
  cancel: async (key) => {
    const visit = await visitOf(context, key);
    await end(context, visit, { kind: 'cancelled' });
  },
});

/** A visit with what it may be done with now. */
interface Visit extends LoginVisitRow {
  readonly logins: Registry;
  /** Names to choose from. */
  readonly offered: readonly string[];
}

/** `failure`: what is to be answered at once. */
async function open(context: FlowContext, asked: AskedLogin, given?: LoginFailure): Promise<SessionKey> {
  const { db, clock, eid } = context;
  const key = { ref: randomBase36(16), secret: randomBytes(32).toString('base64url') };
  const visit = { ref: key.ref, secretHash: hashSecret(key.secret), asked, at: clock.now() };
  await insertLoginVisit(db, visit);
  const { offer } = await eid.of(asked.service);
  const failure = given ?? failureOf(asked.methods, offer);
  if (failure) await end(context, { ref: key.ref, ...asked }, failure);
  return key;
}

/** The account is not told apart from its addresses: whoever guesses learns nothing of either. */
async function requireTarget({ db }: FlowContext, { service, reply }: AskedLogin): Promise<void> {
  if (reply.protocol !== 'saml1') throw new TypeError('requests of SAML 2.0 name no target');
  const allowed = (await listLoginTargets(db, service)).map(({ target }) => target);
  if (!isAllowedTarget(reply.target, allowed))
    throw serverProblems.error('LOGIN_TARGET_REFUSED', { service });
}

/** None is taken twice, however often a browser sends it. */
async function openRequest(
  context: FlowContext,
  { service, request, provider, destination }: Parameters<LoginService['openRequest']>[0],
): Promise<SessionKey> {
  const { db, clock } = context;
  const now = clock.now();
  const refused = (why: Problem) => serverProblems.error('LOGIN_REQUEST_REFUSED', { why });
  const wrong = requestProblem(request, provider, { now, destination });
  if (wrong) throw refused(wrong);
  const { id: requestId, relayState } = request;
  const { entityId, encryption } = provider;
  const until = new Date(now.getTime() + (REQUEST_MINUTES + SKEW_MINUTES) * 60_000);
  if (!(await takeLoginRequest(db, { service, entityId, requestId, until })))
    throw refused(serverProblems.of('authn-request/repeated'));
  const wanted = askedContext(request);
  const nameId = nameIdKind(request.nameIdFormat);
  const code = request.isPassive
    ? 'authn-request/passive'
    : !nameId
      ? 'authn-request/name-id'
      : !wanted
        ? 'authn-request/context'
        : undefined;
  const { methods = [], levels = [], scale = 'method' } = wanted ?? {};
  const reply: Saml2Reply = {
    protocol: 'saml2',
    ...{ entityId, requestId, levels, scale, consumer: consumerOf(request, provider)! },
    nameId: nameId ?? 'unspecified',
    ...(relayState !== undefined && { relayState }),
    ...(encryption !== undefined && { encryption }),
  };
  const asked = { service, reply, methods: await namesOf(context, service, methods, levels) };
  // whoever asks for a method or level that is not there asks for a context that is not
  const isNone = (methods.length > 0 || levels.length > 0) && asked.methods.length === 0;
  const failed = code ?? (isNone ? 'authn-request/context' : undefined);
  return open(context, asked, failed === undefined ? undefined : { kind: 'failed', code: failed });
}

/** Of the names that the account has, those that were asked for; all where neither names nor levels were. */
async function namesOf(
  { eid }: FlowContext,
  service: string,
  methods: readonly string[],
  levels: readonly Assurance[],
): Promise<readonly string[]> {
  if (methods.length === 0 && levels.length === 0) return [];
  const { logins, offer } = await eid.of(service);
  return offeredLogins(methods, offer).filter(
    (name) => levels.length === 0 || levels.includes(logins.get(name).assurance),
  );
}

const contextOf = (what: 'state' | 'outcome', ref: string): string => `login-${what}:${ref}`;

async function visitOf({ db, clock, eid }: FlowContext, { ref, secret }: SessionKey): Promise<Visit> {
  const now = clock.now();
  const seenSince = new Date(now.getTime() - LOGIN_IDLE_MINUTES * 60_000);
  const row = await seeLoginVisit(db, { ref, secretHash: hashSecret(secret) }, seenSince, now);
  const isOver = row?.endedAt && now.getTime() - row.endedAt.getTime() > ANSWER_SECONDS * 1000;
  if (!row || isOver) throw serverProblems.error('SESSION_GONE');
  const { logins, offer } = await eid.of(row.service);
  return { ...row, logins, offered: offeredLogins(row.methods, offer) };
}

/** The method whose turn it is. */
function methodOf({ method, offered, logins, endedAt }: Visit): AccountMethod | undefined {
  if (endedAt) return undefined;
  const name = offered.length === 1 ? offered[0] : offered.find((one) => one === method);
  return name === undefined ? undefined : logins.get(name);
}

function dueMethod(visit: Visit): AccountMethod {
  const method = methodOf(visit);
  if (!method) throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/no-login') });
  return method;
}

function viewOf({ secrets }: FlowContext, visit: Visit): LoginView {
  const { ref, service, profile, language, reply, outcome, offered, logins } = visit;
  const common = {
    ...{ service, reply },
    ...(profile !== undefined && { profile }),
    ...(language !== undefined && { language }),
  };
  if (outcome) {
    const read = secrets.open(outcome, contextOf('outcome', ref)).toString('utf8');
    return { ...common, step: { kind: 'answer', outcome: JSON.parse(read) as LoginOutcome } };
  }
  if (methodOf(visit)) return { ...common, step: { kind: 'log-on', canChoose: offered.length > 1 } };
  const methods = offered.map((name) => {
    const { title, titles } = logins.get(name);
    return { name, title, titles };
  });
  return { ...common, step: { kind: 'choose', methods } };
}

async function choose(context: FlowContext, key: SessionKey, method: string): Promise<void> {
  const { ref, offered } = await visitOf(context, key);
  if (method !== '' && !offered.includes(method))
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/way-not-offered') });
  await chooseLoginMethod(context.db, ref, method === '' ? null : method);
}

const taskOf = ({ ref, service }: Visit, { origin }: SignerPage): MethodTask => ({
  service,
  documents: [],
  expected: {},
  returnUrl: `${origin}${RETURN_PATH}`,
  returnState: `${LOGIN_STATE}${ref}`,
});

async function begin(
  { db, secrets }: FlowContext,
  { ref }: Visit,
  { name }: AccountMethod,
  state: string,
): Promise<void> {
  const sealed = secrets.seal(Buffer.from(state, 'utf8'), contextOf('state', ref));
  await beginLogin(db, ref, { method: name, state: sealed.toString('base64') });
}

/** The state of the method that was started; undefined: it was not. */
function stateOf(
  { secrets }: FlowContext,
  { ref, begun }: Visit,
  { name }: AccountMethod,
): string | undefined {
  if (begun?.method !== name) return undefined;
  return secrets.open(Buffer.from(begun.state, 'base64'), contextOf('state', ref)).toString('utf8');
}

async function start(context: FlowContext, key: SessionKey, page: SignerPage): Promise<StartedMethod> {
  const visit = await visitOf(context, key);
  const method = dueMethod(visit);
  const about = { title: titleIn(method, page.language), module: method.module };
  const state = stateOf(context, visit, method);
  const shown = state === undefined ? undefined : await method.method.resume?.(state);
  if (shown) return { ...about, show: shown };
  const step = await method.method.start(taskOf(visit, page), visitorOf(page));
  if (step.kind === 'refused') throw refusalOf(step);
  if (step.kind !== 'show') throw new TypeError(`${method.name} ended before anything was shown`);
  await begin(context, visit, method, step.state);
  return { ...about, show: step.show };
}

async function receive(
  context: FlowContext,
  key: SessionKey,
  { input, ...page }: Parameters<LoginService['receive']>[1],
): Promise<void> {
  const visit = await visitOf(context, key);
  const method = dueMethod(visit);
  const state = stateOf(context, visit, method);
  if (state === undefined)
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/login-not-started') });
  const step = await method.method.continue(taskOf(visit, page), state, input, visitorOf(page));
  await settle(context, visit, method, step, state);
}

async function settle(
  context: FlowContext,
  visit: Visit,
  method: AccountMethod,
  step: Step,
  before: string,
): Promise<void> {
  switch (step.kind) {
    case 'show':
      if (step.state !== before || step.again !== true) await begin(context, visit, method, step.state);
      return;
    case 'cancelled':
      return end(context, visit, { kind: 'cancelled' });
    case 'refused':
      if (step.retry !== 'never') throw refusalOf(step);
      return end(context, visit, { kind: 'failed', code: step.problem.code, method: method.name });
    case 'certified':
      throw serverProblems.error('METHOD_UNSUPPORTED', { what: serverProblems.of('method/remote-log-on') });
    case 'done': {
      const { modules } = context.eid.catalogue;
      const module = modules.find(({ id }) => id === method.module);
      return end(context, visit, { kind: 'authenticated', logOn: logOnOf(method, module, step) });
    }
  }
}

/** Who it was stands in no log. */
async function end(
  { db, clock, secrets, log }: FlowContext,
  { ref, service, reply }: Pick<Visit, 'ref' | 'service' | 'reply'>,
  outcome: LoginOutcome,
): Promise<void> {
  const sealed = secrets.seal(Buffer.from(JSON.stringify(outcome), 'utf8'), contextOf('outcome', ref));
  if (!(await endLoginVisit(db, ref, sealed, clock.now()))) return;
  const method = outcome.kind === 'authenticated' ? outcome.logOn.method : undefined;
  const code = outcome.kind === 'failed' ? outcome.code : undefined;
  log.info({ service, protocol: reply.protocol, outcome: outcome.kind, method, code }, 'log-on ended');
}

/** Forgets visits that were left or answered. Gives how many. */
export async function forgetLogins({ db, clock }: Pick<FlowContext, 'db' | 'clock'>): Promise<number> {
  await deleteOldLoginRequests(db, clock.now());
  const before = (seconds: number): Date => new Date(clock.now().getTime() - seconds * 1000);
  return deleteOldLoginVisits(db, before(LOGIN_IDLE_MINUTES * 60), before(ANSWER_SECONDS));
}
