/** The eID's client for the way to sign that was chosen: it signs the document, or logs in to confirm a statement. */
import { bindingOf } from '@segl/identity/evidence/wsd/write';
import type {
  AuthenticationMethod,
  NativeResult,
  SignatureMethod,
  SignMaterial,
  StartedAuthentication,
  StartedSignature,
} from '@segl/identity/method';
import { isSeglError, type SeglError } from '@segl/problem/errors';
import { identityProblems, refusalIn } from '@segl/identity/problems';
import { serverProblems } from '../../problems.ts';
import { signTextEntryOf } from '../../domain/signing-session/sign-text.ts';
import type { SigningWay } from '../../domain/signing-session/signing-ways.ts';
import type { SessionDocument } from '../../adapters/postgres/sessions.ts';
import type { FlowContext } from '../context.ts';
import { requireWay, type TaskDocument, type Visit } from './visit.ts';
import { witnessedStatement, witnessLogin } from './witness.ts';

export interface SigningClient {
  readonly way: SigningWay;
  readonly method: SignatureMethod | AuthenticationMethod;
  /** `expected` is what the session remembers until the client answers. */
  start(page: { origin: string; language: string }): Promise<{
    readonly started: StartedSignature | StartedAuthentication;
    readonly expected: Partial<SessionDocument>;
  }>;
  /** Judges the answer. Throws NATIVE_SIGNATURE_REFUSED, STEP_NOT_DUE. */
  receive(response: string): Promise<NativeResult>;
}

const notStarted = (): SeglError =>
  serverProblems.error('STEP_NOT_DUE', { why: 'the signing client was not started' });

/** Throws STEP_NOT_DUE while the way is open. */
export async function signingClient(
  context: FlowContext,
  current: Visit,
  chosen: TaskDocument,
): Promise<SigningClient> {
  const { methods, logins } = await context.eid.of(current.order.service);
  const way = requireWay(current, chosen.documentId);
  if (way.kind === 'eid') return eidClient(context, current, chosen, way, methods.get(way.method));
  return loginClient(current, chosen, way, logins.get(way.method));
}

function eidClient(
  context: FlowContext,
  current: Visit,
  chosen: TaskDocument,
  way: SigningWay,
  method: SignatureMethod,
): SigningClient {
  return {
    way,
    method,
    async start(page) {
      const started = await method.start(await materialOf(context, current, chosen), page);
      return { started, expected: { expected: started.expected } };
    },
    async receive(response) {
      const expected = current.session.progress[chosen.documentId]?.expected;
      if (!expected) throw notStarted();
      return method.receive(response, await materialOf(context, current, chosen), expected);
    },
  };
}

async function materialOf(
  context: FlowContext,
  { spec }: Visit,
  { document }: TaskDocument,
): Promise<SignMaterial> {
  if (!document) throw serverProblems.error('DOCUMENT_NOT_SHOWN');
  const signTextEntry = signTextEntryOf(spec, document);
  return {
    documentId: document.documentId,
    title: document.title,
    mimeType: document.contentType,
    bytes: await context.blobs.read(document.sha256),
    ...(signTextEntry !== '' && { signTextEntry }),
  };
}

function loginClient(
  current: Visit,
  chosen: TaskDocument,
  way: SigningWay,
  method: AuthenticationMethod,
): SigningClient {
  const { declared, expectedLogin } = current.session.progress[chosen.documentId] ?? {};
  const statement = witnessedStatement(current, chosen, declared, method.name);
  const binding = bindingOf(statement);
  return {
    way,
    method,
    async start(page) {
      const started = await method.start(page, binding);
      return { started, expected: { expectedLogin: started.expected } };
    },
    async receive(response) {
      // a login for what was declared before, or for another document, confirms nothing here
      if (expectedLogin?.binding !== binding) throw notStarted();
      const received = await method.receive(response, expectedLogin).catch(asRefusedSignature);
      if (received.kind === 'error') return received;
      return { kind: 'signature', signature: witnessLogin(statement, received.authentication) };
    },
  };
}

/** To the signer it is a signature that failed, whatever it was made with. */
function asRefusedSignature(error: unknown): never {
  if (!isSeglError(error, 'LOGIN_REFUSED')) throw error;
  throw identityProblems.error('NATIVE_SIGNATURE_REFUSED', refusalIn(error), { cause: error });
}
