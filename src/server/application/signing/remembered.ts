/** What methods remember of signers beyond their sessions, and how it is forgotten. See SigningFlow.forgetSigner. */
import type { IdentityMethod } from '@segl/identity/method';
import { addAudit, listNativeSignatures } from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { signingSession, type SigningSession } from './signing-session.ts';

interface Remembering {
  readonly module: string;
  readonly subjectId: string;
  readonly remembered: NonNullable<IdentityMethod['remembered']>;
}

/** The person of a session, once they have signed, as the method knows them that they signed with. */
async function signerOf(
  { db, eid }: FlowContext,
  { session, order }: SigningSession,
): Promise<Remembering | undefined> {
  const signatures = await listNativeSignatures(db, session.ref);
  // handwriting alone tells nobody's identity
  const signed = signatures.find(({ evidence }) => evidence.signer.uniqueId !== '');
  if (!signed) return undefined;
  const { methods, logins } = await eid.of(order.service);
  const { method, module } = (signed.evidence.witnessed ? logins : methods).get(signed.method);
  const { remembered } = method;
  return remembered && { module, remembered, subjectId: signed.evidence.signer.uniqueId };
}

/** The module that remembers something of whoever signed in this session, if one does. */
export async function rememberedBy(
  context: FlowContext,
  current: SigningSession,
): Promise<string | undefined> {
  const hasSigned = Object.values(current.session.progress).some(({ signedAt }) => signedAt !== undefined);
  const signer = hasSigned ? await signerOf(context, current) : undefined;
  if (!signer || !(await signer.remembered.has(current.order.service, signer.subjectId))) return undefined;
  return signer.module;
}

export async function forgetSigner(context: FlowContext, key: SessionKey): Promise<void> {
  const current = await signingSession(context, key);
  const signer = await signerOf(context, current);
  const fact = await signer?.remembered.forget(current.order.service, signer.subjectId);
  if (!fact) return;
  const { type, of: trail, data } = fact;
  await addAudit(context.db, key.ref, { at: context.clock.now(), type, trail, data });
}
