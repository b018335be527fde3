/** The eID behind a way to sign, and the way that a signer chose. See SigningFlow.chooseWay. */
import { serverProblems } from '../../problems.ts';
import type { AccountEid, AccountMethod } from '@segl/identity/registry';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';
import {
  addAudit,
  dropLinks,
  dropProgress,
  updateProgress,
} from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import { inOneAct, lockSigningSession, requireDue, sessionAt, waysIn } from './signing-session.ts';

/** Undefined for a signature by hand alone. An order with an unknown method is refused before it is stored. */
export function methodOf(
  { methods, logins }: AccountEid,
  { kind, method }: Pick<SigningWay, 'kind' | 'method'>,
): AccountMethod | undefined {
  if (kind === 'hand') return undefined;
  return kind === 'eid' ? methods.get(method) : logins.get(method);
}

const CHOOSABLE = ['choose-method', 'declare', 'sign'] as const;

export async function chooseWay(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  wayId: string,
): Promise<void> {
  const { db, clock } = context;
  const { current, chosen } = await sessionAt(context, key, documentId, ...CHOOSABLE);
  const way = waysIn(current).find(({ id }) => id === wayId);
  if (!way && wayId !== '')
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/way-not-offered') });
  await db.transaction(async (tx) => {
    const at = clock.now();
    requireDue(await lockSigningSession(tx, current), at, documentId, ...CHOOSABLE);
    // what was begun in another way counts for nothing
    await dropProgress(tx, key.ref, documentId, BEGUN);
    for (const one of inOneAct(current, chosen)) await dropLinks(tx, key.ref, one.documentId, 1);
    await updateProgress(tx, key.ref, documentId, { way: wayId });
    if (!way) return;
    const { kind, method, handwritten } = way;
    await addAudit(tx, key.ref, {
      at,
      type: 'signer-chose-method',
      data: {
        'document-id': documentId,
        method: [method, handwritten ? 'handwritten' : ''].filter(Boolean).join(' + '),
        description: `The signer chose how to sign: ${DESCRIBED[kind]}`,
      },
    });
  });
}

/** What a session remembers of a way to sign that was begun. */
const BEGUN = ['begun', 'shown', 'declared', 'declaredAt', 'links'] as const;

const DESCRIBED = {
  eid: 'with the eID',
  login: 'with a login by the eID',
  hand: 'by hand, without an eID',
} as const;
