/** A method at work in a session: what it is started with, and what it remembers until it is answered. */
import { serverProblems } from '../../problems.ts';
import type { MethodDocument, MethodInput, MethodTask, Show, Step, Visitor } from '@segl/identity/method';
import type { AccountMethod } from '@segl/identity/registry';
import { SeglError } from '@segl/problem/errors';
import type { BegunStep } from '../../adapters/postgres/sessions/kept-evidence.ts';
import type { FlowContext } from '../context.ts';
import type { SignerPage } from '../signing-api.ts';
import type { SigningSession } from './signing-session.ts';

/** Characters of a state; what is larger belongs elsewhere. */
const LONGEST_STATE = 8192;

export const RETURN_PATH = '/std/return';

/** `documentId`: absent for the log-on before anything is shown. */
const contextOf = ({ session }: SigningSession, documentId: string | undefined): string =>
  `method-state:${session.ref}${documentId === undefined ? '' : `:${documentId}`}`;

export function sealStep(
  { secrets }: Pick<FlowContext, 'secrets'>,
  current: SigningSession,
  documentId: string | undefined,
  { name }: AccountMethod,
  state: string,
): BegunStep {
  if (state.length > LONGEST_STATE)
    throw new TypeError(`the state of ${name} has ${state.length} characters`);
  const sealed = secrets.seal(Buffer.from(state, 'utf8'), contextOf(current, documentId));
  return { method: name, state: sealed.toString('base64') };
}

/** The state of a method that was started. Throws STEP_NOT_DUE when it was not, or another one. */
export function openStep(
  { secrets }: Pick<FlowContext, 'secrets'>,
  current: SigningSession,
  documentId: string | undefined,
  { name }: AccountMethod,
  begun: BegunStep | null | undefined,
): string {
  if (begun?.method !== name)
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/method-not-started') });
  return secrets.open(Buffer.from(begun.state, 'base64'), contextOf(current, documentId)).toString('utf8');
}

/** What a method that was started shows still; undefined: it is to be started. */
export async function resume(
  context: Pick<FlowContext, 'secrets'>,
  current: SigningSession,
  documentId: string | undefined,
  method: AccountMethod,
  begun: BegunStep | null | undefined,
): Promise<Show | undefined> {
  if (begun?.method !== method.name) return undefined;
  return method.method.resume?.(openStep(context, current, documentId, method, begun));
}

/** What a method is asked to do in this session. */
export function taskFor(
  current: SigningSession,
  page: Pick<SignerPage, 'origin'>,
  more: {
    readonly documents: readonly MethodDocument[];
    readonly binding?: string;
    readonly chain?: MethodTask['chain'];
    readonly subjectId?: string;
    readonly verified?: MethodTask['expected']['verified'];
  },
): MethodTask {
  const { order, subject, session } = current;
  const { documents, binding, chain, subjectId, verified } = more;
  return {
    service: order.service,
    documents,
    ...(binding !== undefined && { binding }),
    ...(chain && { chain }),
    expected: {
      ...(subjectId !== undefined && { subjectId }),
      ...(subject?.nationalId !== undefined && { nationalId: subject.nationalId }),
      ...personOf(subject),
      ...(verified && { verified }),
    },
    returnUrl: `${page.origin}${RETURN_PATH}`,
    returnState: session.ref,
  };
}

/** As the order names the person, and how to reach them. */
function personOf(
  subject: SigningSession['subject'],
): Pick<MethodTask['expected'], 'name' | 'mobile' | 'email'> {
  const { firstName, lastName, mobile, email } = subject ?? {};
  const name = [firstName, lastName].filter((part) => part !== undefined && part !== '').join(' ');
  return {
    ...(name !== '' && { name }),
    ...(mobile !== undefined && { mobile }),
    ...(email !== undefined && { email }),
  };
}

export const visitorOf = ({ origin, language, client }: SignerPage): Visitor => ({
  ...{ origin, language },
  ip: client.ip,
  userAgent: client.userAgent,
});

/** A step that the flow can act on. A remote key is asked for signatures in `sign`. */
export type SettledStep = Exclude<Step, { kind: 'certified' | 'refused' }>;

/** Throws what a refusal says, and METHOD_UNSUPPORTED for what no task asks for yet. */
export function settle(step: Step): SettledStep {
  if (step.kind === 'refused') throw refusalOf(step);
  if (step.kind === 'certified') {
    throw serverProblems.error('METHOD_UNSUPPORTED', { what: serverProblems.of('method/remote-signing') });
  }
  return step;
}

/** The refusal as the page tells it, with what the signer can do about it. */
export const refusalOf = ({ problem, retry }: Extract<Step, { kind: 'refused' }>): SeglError =>
  new SeglError({ code: problem.code, params: { ...problem.params, retry } }, problem, { cause: problem });

export const answer = (
  { method }: AccountMethod,
  task: MethodTask,
  state: string,
  input: MethodInput,
  page: SignerPage,
): Promise<Step> => method.continue(task, state, input, visitorOf(page));
