/** The method for the way to sign that was chosen: it signs the document, or is logged on with to confirm a statement. */
import { bindingOf } from '@segl/identity/evidence/wsd/write';
import type { MethodTask, NationalId, Result } from '@segl/identity/method';
import type { AccountMethod } from '@segl/identity/registry';
import { serverProblems } from '../../problems.ts';
import { findLogin } from '../../adapters/postgres/sessions/logins.ts';
import { listLinks, listNativeSignatures } from '../../adapters/postgres/sessions/sessions.ts';
import { signTextEntryOf } from '../../domain/signing-session/sign-text.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';
import type { FlowContext } from '../context.ts';
import type { SignerPage } from '../signing-api.ts';
import { taskFor } from './method-step.ts';
import { inOneAct, linkIn, requireWay, type TaskDocument, type SigningSession } from './signing-session.ts';
import { statedTogether, witnessedStatement, witnessLogin } from './witness.ts';

export interface SigningClient {
  readonly way: SigningWay;
  readonly method: AccountMethod;
  readonly task: MethodTask;
  /** Place of the link of a chain that it makes, from 0. */
  readonly link?: number;
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
  const named = way.kind === 'eid' ? methods.get(way.method) : logins.get(way.method);
  const link = linkIn(current);
  const method = link === undefined ? named : methods.get(way.chain?.[link] ?? '');
  const earlier = await earlierIn(context, current, method);
  const act = inOneAct(current, chosen);
  if (way.kind === 'eid') {
    const documents = act.map((one) => documentFor(context, current, one));
    const chain = link === undefined ? undefined : await chainAt(context, current, chosen, way, link);
    return {
      way,
      method,
      ...(link !== undefined && { link }),
      task: taskFor(current, page, { documents, ...(chain && { chain }), ...earlier }),
      keep: (result) => result,
    };
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

/** The link that is due, with the evidence of the one before. */
async function chainAt(
  { db, blobs }: FlowContext,
  { session }: SigningSession,
  { documentId }: TaskDocument,
  { method: name, chain: links = [] }: SigningWay,
  link: number,
): Promise<NonNullable<MethodTask['chain']>> {
  const made = (await listLinks(db, session.ref)).find(
    (row) => row.documentId === documentId && row.link === link,
  );
  if (link > 0 && !made) throw new TypeError(`link ${String(link)} of ${name} is not kept`);
  return { name, links, link: link + 1, ...(made && { previous: await blobs.read(made.sha256) }) };
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
  const rows = [...(await listNativeSignatures(db, session.ref)), ...(await listLinks(db, session.ref))];
  const own = [...(login ? [login] : []), ...rows].filter(
    ({ method, evidence }) =>
      // handwriting alone tells nobody's identity
      evidence.signer.uniqueId !== '' && sameEid(method),
  );
  const numbered = rows.find((row) => row.nationalId !== null && own.includes(row));
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
