/** The method for the way to sign that was chosen: it signs the document, or is logged on with to confirm a statement. */
import { bindingOf } from '@segl/identity/evidence/wsd/write';
import type { MethodTask, NationalId, Result } from '@segl/identity/method';
import type { AccountMethod } from '@segl/identity/registry';
import { serverProblems } from '../../problems.ts';
import { findLogin } from '../../adapters/postgres/sessions/logins.ts';
import { listNativeSignatures } from '../../adapters/postgres/sessions/sessions.ts';
import { signTextEntryOf } from '../../domain/signing-session/sign-text.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';
import type { FlowContext } from '../context.ts';
import type { SignerPage } from '../signing-api.ts';
import { taskFor } from './method-step.ts';
import { inOneAct, requireWay, type TaskDocument, type SigningSession } from './signing-session.ts';
import { statedTogether, witnessedStatement, witnessLogin } from './witness.ts';

export interface SigningClient {
  readonly way: SigningWay;
  readonly method: AccountMethod;
  readonly task: MethodTask;
  /** What is kept of what the method has proven: its own evidence, or that of the service as witness. */
  readonly keep: (result: Result) => Result;
}

/** Throws STEP_NOT_DUE while the way is open, or nothing was declared that a log-on could confirm. */
export async function signingClient(
  context: FlowContext,
  current: SigningSession,
  chosen: TaskDocument,
  page: Pick<SignerPage, 'origin'>,
): Promise<SigningClient> {
  const { methods, logins } = await context.eid.of(current.order.service);
  const way = requireWay(current, chosen.documentId);
  if (way.kind === 'hand')
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/by-hand') });
  const method = way.kind === 'eid' ? methods.get(way.method) : logins.get(way.method);
  const earlier = await earlierIn(context, current, method);
  const act = inOneAct(current, chosen);
  if (way.kind === 'eid') {
    const documents = act.map((one) => documentFor(context, current, one));
    return { way, method, task: taskFor(current, page, { documents, ...earlier }), keep: (result) => result };
  }
  const stated = statedTogether(
    act.map((one) => ({
      documentId: one.documentId,
      statement: witnessedStatement(
        current,
        one,
        current.session.progress[one.documentId]?.declared,
        method.name,
      ),
    })),
  );
  return {
    way,
    method,
    task: taskFor(current, page, { documents: [], binding: bindingOf(stated[0]), ...earlier }),
    keep: (result) => witnessLogin(stated, result),
  };
}

/** Who acted before in this session by the same eID, whose ids alone can be compared, and the number that was verified then. */
async function earlierIn(
  { db, eid }: FlowContext,
  { session, order }: SigningSession,
  { module, eid: by }: AccountMethod,
): Promise<{ subjectId?: string; verified?: NationalId }> {
  const { methods, logins } = await eid.of(order.service);
  const sameEid = (name: string): boolean => {
    const method = methods.find(name) ?? logins.find(name);
    return method?.module === module && method.eid === by;
  };
  const login = await findLogin(db, session.ref);
  const signatures = await listNativeSignatures(db, session.ref);
  const own = [...(login ? [login] : []), ...signatures].filter(
    ({ method, evidence }) =>
      // handwriting alone tells nobody's identity
      evidence.signer.uniqueId !== '' && sameEid(method),
  );
  const numbered = signatures.find((row) => row.nationalId !== null && own.includes(row));
  const kind = numbered?.evidence.nationalIdKind;
  return {
    ...(own[0] && { subjectId: own[0].evidence.signer.uniqueId }),
    ...(kind && { verified: { id: numbered.nationalId!, ...kind } }),
  };
}

function documentFor(
  { blobs }: FlowContext,
  { spec }: SigningSession,
  { document }: TaskDocument,
): MethodTask['documents'][number] {
  if (!document) throw serverProblems.error('DOCUMENT_NOT_SHOWN');
  const note = signTextEntryOf(spec, document);
  const { documentId: id, title, contentType: mediaType, sha256 } = document;
  return { id, title, mediaType, ...(note !== '' && { note }), read: () => blobs.read(sha256) };
}
