/** What the signer declares and writes on our own page. See SigningFlow.startDeclaring and declare. */
import { createHash } from 'node:crypto';
import { serverProblems } from '../../problems.ts';
import { readStrokes, readTypedName, type Handwriting } from '@segl/identity/handwriting';
import { statementLanguage, writeSignStatement } from '../../domain/signing-session/sign-statement.ts';
import type { Declaration, StartedDeclaration } from '../signing-api.ts';
import type { SessionKey } from '../../domain/signing-session/client-info.ts';
import { signTextEntryOf } from '../../domain/signing-session/sign-text.ts';
import type { SigningWay } from '../../domain/signing-session/signing-options.ts';
import { addAudit, updateProgress, type Declared } from '../../adapters/postgres/sessions/sessions.ts';
import type { FlowContext } from '../context.ts';
import { drawLink } from './drawn-link.ts';
import { storeSignature, requireSameWay } from './store-signature.ts';
import {
  inOneAct,
  linkIn,
  lockSigningSession,
  requireDue,
  requireSameAct,
  requireWay,
  sessionAt,
  type TaskDocument,
  type SigningSession,
} from './signing-session.ts';
import { witnessHandwriting } from './witness.ts';

export async function startDeclaring(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  language: string,
): Promise<StartedDeclaration> {
  const { current, chosen } = await sessionAt(context, key, documentId, 'declare');
  const way = requireWay(current, documentId);
  const { kind } = way;
  const handwritten = way.handwritten || linkIn(current) !== undefined;
  const asksName = kind === 'hand' && orderedName(current) === undefined;
  if (kind === 'eid') return { signTextDigest: '', handwritten, asksName };
  const shown = statementOf(current, inOneAct(current, chosen), language);
  await updateProgress(context.db, key.ref, documentId, { shown });
  const { signText } = shown;
  return { signText, signTextDigest: digestOf(signText), handwritten, asksName };
}

function statementOf(
  { spec }: SigningSession,
  act: readonly TaskDocument[],
  asked: string,
): { signText: string; language: string } {
  const language = statementLanguage(asked);
  const stated = act.map(({ document }) => {
    if (!document) throw serverProblems.error('DOCUMENT_NOT_SHOWN');
    const { title, sha256 } = document;
    return { title, sha256, entry: signTextEntryOf(spec, document) };
  });
  return { signText: writeSignStatement(stated, language), language };
}

const digestOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** The name of the person that the task is for. */
function orderedName({ subject }: SigningSession): string | undefined {
  return readTypedName([subject?.firstName, subject?.lastName].filter(Boolean).join(' '));
}

export async function declare(
  context: FlowContext,
  key: SessionKey,
  documentId: string,
  declaration: Declaration,
): Promise<void> {
  const { db, clock } = context;
  const { current, chosen } = await sessionAt(context, key, documentId, 'declare');
  const way = requireWay(current, documentId);
  if (linkIn(current) !== undefined)
    return drawLink(context, current, chosen, { way, handwriting: readHandwriting(declaration.handwriting) });
  const declared = read(current, documentId, way, declaration, clock.now());
  if (way.kind === 'hand') {
    const result = witnessHandwriting(current, chosen, declared);
    return storeSignature(context, current, documentId, {
      way,
      result,
      client: declaration.client,
    });
  }
  await db.transaction(async (tx) => {
    const at = clock.now();
    const locked = await lockSigningSession(tx, current);
    const due = requireDue(locked, at, documentId, 'declare');
    requireSameWay(locked, documentId, way);
    const act = requireSameAct(locked, due, inOneAct(current, chosen));
    for (const one of act) {
      await updateProgress(tx, key.ref, one, { declaredAt: declared.at, declared, act });
      if (!declared.statement) continue;
      await addAudit(tx, key.ref, {
        at: new Date(declared.at),
        type: 'signer-confirmed-statement',
        data: {
          'document-id': one,
          'user-agent': declaration.client.userAgent,
          description: 'The signer was shown the statement and confirmed it',
        },
      });
    }
  });
}

function read(
  current: SigningSession,
  documentId: string,
  { kind, handwritten }: SigningWay,
  { signTextDigest, handwriting, name }: Declaration,
  now: Date,
): Declared {
  const { shown } = current.session.progress[documentId] ?? {};
  if (kind !== 'eid' && (!shown || digestOf(shown.signText) !== signTextDigest)) {
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/other-statement') });
  }
  const written = handwritten ? readHandwriting(handwriting) : undefined;
  return {
    at: now.toISOString(),
    ...(kind !== 'eid' && shown && { statement: shown }),
    ...(written && { handwriting: written }),
    ...(kind === 'hand' && { claimedName: claimName(current, name, written) }),
  };
}

function readHandwriting(given: Declaration['handwriting']): Handwriting {
  if (given?.kind === 'typed') {
    const text = readTypedName(given.text);
    if (text === undefined)
      throw serverProblems.error('HANDWRITING_REFUSED', { why: serverProblems.of('handwriting/empty') });
    return { kind: 'typed', text };
  }
  const drawn = readStrokes(given?.text ?? '');
  if ('problem' in drawn)
    throw serverProblems.error('HANDWRITING_REFUSED', {
      why: serverProblems.of(`handwriting/${drawn.problem}`),
    });
  return drawn.handwriting;
}

/** The order's word on who signs; without one the signer's own. */
function claimName(
  current: SigningSession,
  given: string,
  written: Handwriting | undefined,
): NonNullable<Declared['claimedName']> {
  const ordered = orderedName(current);
  if (ordered !== undefined) return { name: ordered, source: 'order' };
  const typed = written?.kind === 'typed' ? written.text : undefined;
  const name = readTypedName(given) ?? typed;
  if (name === undefined) throw serverProblems.error('NAME_MISSING');
  return { name, source: 'signer' };
}
