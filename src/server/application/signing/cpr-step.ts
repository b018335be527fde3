/** The signer's CPR number: from the order, looked up, remembered, or typed in with consent and matched. */
import type { NationalIdSource } from '@segl/identity/method';
import { readCpr } from '@segl/identity/methods/nemid/cpr';
import { isSeglError } from '@segl/problem/errors';
import { serverProblems } from '../../problems.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { clearAttempts, noteAttempt, withdrawAttempt } from '../../adapters/postgres/cpr.ts';
import {
  addAudit,
  countCprAttempt,
  listNativeSignatures,
  setNationalId,
  updateProgress,
  withdrawCprAttempt,
  type NativeSignatureRow,
} from '../../adapters/postgres/sessions.ts';
import type { FlowContext } from '../context.ts';
import { forget, GUESSING_WINDOW_MS, isRemembered, recall, remember } from './remembered-cpr.ts';
import { lockVisit, requireDue, visit, visitAt, type Visit } from './visit.ts';

/** Wrong CPR numbers in one visit before it has to be started over. */
export const CPR_ATTEMPTS = 5;

/** Wrong CPR numbers for one person, in whatever visits, before nobody may try for a day. */
export const CPR_ATTEMPTS_A_DAY = 10;

/**
 * How a number was had; the audit trail tells it. `earlier`: for another document of the visit. `not-agreed`: it was not,
 * because the account has no agreement on CPR numbers.
 */
export type CprSource = 'given' | 'earlier' | 'remembered' | 'looked-up' | 'not-agreed';

/** `due`: the signer has to give it. */
export interface CprOutcome {
  readonly nationalId?: string;
  readonly source?: CprSource;
  readonly due: boolean;
}

/**
 * What is known of the signer's number as soon as the signature is there. Throws SIGNER_MISMATCH when the order names
 * somebody else, and what asking the provider throws.
 */
export async function findCpr(
  context: FlowContext,
  current: Visit,
  method: NationalIdSource,
  uniqueId: string,
  earlier: readonly NativeSignatureRow[],
): Promise<CprOutcome> {
  const given = current.subject?.nationalId?.trim();
  // an empty one is none: clients send elements that they do not use
  const ordered = given ? (readCpr(given)?.digits ?? given) : undefined;
  if (ordered) {
    if (!(await method.matchNationalId(uniqueId, ordered))) throw serverProblems.error('SIGNER_MISMATCH');
    return { nationalId: ordered, source: 'given', due: false };
  }
  // one visit, one person: a number that was verified for one document holds for the next
  const known = earlier.find((row) => row.nationalId !== null)?.nationalId;
  const { nationalId: mode } = method;
  if (known) return { nationalId: known, source: mode === 'lookup' ? 'looked-up' : 'earlier', due: false };
  if (mode === 'none') return { source: 'not-agreed', due: false };
  if (mode === 'lookup') {
    return { nationalId: await method.lookUpNationalId(uniqueId), source: 'looked-up', due: false };
  }
  const remembered = await useRemembered(context, current, method, uniqueId);
  return remembered === undefined
    ? { due: true }
    : { nationalId: remembered, source: 'remembered', due: false };
}

/** A remembered number is matched like any other. Whatever is wrong with it, the signer is asked then. */
async function useRemembered(
  context: FlowContext,
  { order }: Visit,
  method: NationalIdSource,
  uniqueId: string,
): Promise<string | undefined> {
  const { db, secrets, clock, log } = context;
  const signer = { service: order.service, uniqueId };
  try {
    const found = await recall(context, signer);
    if (!found) return undefined;
    const { cpr, consentedAt } = found;
    if (!(await method.matchNationalId(uniqueId, cpr))) {
      await forget(db, secrets, signer);
      return undefined;
    }
    await remember(db, secrets, signer, { cpr, consentedAt, at: clock.now() });
    return cpr;
  } catch (error) {
    if (!isSeglError(error)) throw error;
    log.warn({ code: error.code }, 'A remembered CPR number could not be used; the signer is asked.');
    return undefined;
  }
}

/** See SigningFlow.provideCpr. */
export async function provideCpr(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  cpr: string,
  { remembered = false } = {},
): Promise<void> {
  const { db, clock, secrets, eid } = context;
  const { current } = await visitAt(context, key, documentId, 'cpr');
  const digits = readCpr(cpr.replace(/\s/g, ''))?.digits;
  if ((current.session.progress[documentId]?.cprAttempts ?? 0) >= CPR_ATTEMPTS) {
    throw serverProblems.error('CPR_TOO_MANY_ATTEMPTS');
  }
  if (digits === undefined) throw serverProblems.error('CPR_INVALID');
  const signed = (await listNativeSignatures(db, key.ref)).find((row) => row.documentId === documentId);
  if (!signed) throw serverProblems.error('STEP_NOT_DUE', { why: 'the document is not signed yet' });
  const { service } = current.order;
  const { uniqueId } = signed.evidence.signer;
  const { methods, logins } = await eid.of(service);
  const method = signed.evidence.witnessed ? logins.get(signed.method) : methods.get(signed.method);
  await guarded(context, key, documentId, uniqueId, () => method.matchNationalId(uniqueId, digits));
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireDue(await lockVisit(tx, current), at, documentId, 'cpr');
    await setNationalId(tx, key.ref, documentId, digits);
    await updateProgress(tx, key.ref, documentId, { cprDue: false });
    const audit = (type: string, description: string): Promise<void> =>
      addAudit(tx, key.ref, { at, type, data: { 'document-id': documentId, description } });
    await audit(
      'cpr-verified',
      'CPR number collected from the signer, with consent, and verified by the PID-CPR service',
    );
    if (!remembered) return;
    await remember(tx, secrets, { service, uniqueId }, { cpr: digits, consentedAt: at, at });
    await audit(
      'cpr-remembered',
      'The signer consented to having the CPR number remembered for the next time',
    );
  });
}

/**
 * Puts the question unless too many were wrong: in this visit, or for this person in all visits of a day. Counted before
 * it is put, so that asking in parallel wins nothing; a question that got no answer does not count.
 */
async function guarded(
  { db, clock, secrets }: FlowContext,
  { ref }: SessionKey,
  documentId: string,
  uniqueId: string,
  match: () => Promise<boolean>,
): Promise<void> {
  const at = clock.now();
  const signers = secrets.indexes(uniqueId, 'cpr-attempts');
  const inVisit = await countCprAttempt(db, ref, documentId);
  if (inVisit > CPR_ATTEMPTS) throw serverProblems.error('CPR_TOO_MANY_ATTEMPTS');
  const since = new Date(at.getTime() - GUESSING_WINDOW_MS);
  const { id, attempts } = await noteAttempt(db, signers, { at, since });
  if (attempts > CPR_ATTEMPTS_A_DAY) {
    // who waits a day may try again, whoever tried in vain meanwhile
    await withdrawAttempt(db, id);
    throw serverProblems.error('CPR_LOCKED');
  }
  let matches: boolean;
  try {
    matches = await match();
  } catch (error) {
    if (isSeglError(error, 'CPR_GUESSING')) throw serverProblems.error('CPR_LOCKED', {}, { cause: error });
    await withdrawAttempt(db, id);
    await withdrawCprAttempt(db, ref, documentId);
    throw error;
  }
  if (matches) return clearAttempts(db, signers);
  if (attempts >= CPR_ATTEMPTS_A_DAY) throw serverProblems.error('CPR_LOCKED');
  throw serverProblems.error(inVisit >= CPR_ATTEMPTS ? 'CPR_TOO_MANY_ATTEMPTS' : 'CPR_MISMATCH');
}

/** The person of a visit, once they have signed. */
async function signerOf({ db }: FlowContext, { session, order }: Visit) {
  const signatures = await listNativeSignatures(db, session.ref);
  // handwriting alone tells nobody's identity
  const signed = signatures.find(({ evidence }) => evidence.signer.uniqueId !== '');
  return signed && { service: order.service, uniqueId: signed.evidence.signer.uniqueId };
}

/** Whether the account remembers the number of whoever signed in this visit. */
export async function remembersCpr(context: FlowContext, current: Visit): Promise<boolean> {
  const hasSigned = Object.values(current.session.progress).some(({ signedAt }) => signedAt !== undefined);
  const signer = hasSigned ? await signerOf(context, current) : undefined;
  return signer !== undefined && isRemembered(context, signer);
}

/** See SigningFlow.forgetCpr. */
export async function forgetCpr(context: FlowContext, key: SessionKey): Promise<void> {
  const { db, clock, secrets } = context;
  const signer = await signerOf(context, await visit(context, key));
  if (!signer) return;
  await db.transaction(async (tx) => {
    if (!(await forget(tx, secrets, signer))) return;
    const description = 'The signer asked to have the remembered CPR number forgotten';
    await addAudit(tx, key.ref, { at: clock.now(), type: 'cpr-forgotten', data: { description } });
  });
}
