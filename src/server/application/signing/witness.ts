/** The service as witness: makes the WSD of a signature that no eID makes. It is sealed when it is packaged. */
import { serverProblems } from '../../problems.ts';
import { BY_HAND, NATIVE_WSD, type WsdStatement } from '@segl/identity/evidence/wsd/content';
import { statementDigest, writeWsd } from '@segl/identity/evidence/wsd/write';
import type { Result } from '@segl/identity/method';
import { handwritingDigest } from '@segl/identity/handwriting';
import type { Declared } from '../../adapters/postgres/sessions/sessions.ts';
import type { TaskDocument, SigningSession } from './signing-session.ts';

/** What the signer declared about the document; `method`: of the login that confirms it, or BY_HAND. */
export function witnessedStatement(
  { session }: SigningSession,
  { document }: TaskDocument,
  declared: Declared | undefined,
  method: string,
): WsdStatement {
  if (!document || !declared?.statement) {
    throw serverProblems.error('STEP_NOT_DUE', { why: serverProblems.of('step/nothing-declared') });
  }
  const { handwriting, claimedName, statement } = declared;
  return {
    ...statement,
    document: {
      title: document.title,
      mimeType: document.contentType,
      sha256: Buffer.from(document.sha256, 'hex'),
    },
    method,
    transactionId: session.transactionId,
    declaredAt: new Date(declared.at),
    ...(handwriting && {
      handwriting: {
        ...handwriting,
        digest: Buffer.from(handwritingDigest(handwriting, document.sha256), 'hex'),
      },
    }),
    ...(claimedName && { claimedName }),
  };
}

/** A signature by hand alone. It claims a name and no identity. */
export function witnessHandwriting(
  current: SigningSession,
  chosen: TaskDocument,
  declared: Declared,
): Result {
  const statement = witnessedStatement(current, chosen, declared, BY_HAND);
  const displayName = declared.claimedName?.name ?? '';
  return {
    identity: { displayName, subjectId: '', attributes: [] },
    evidence: [
      {
        format: NATIVE_WSD.format,
        native: Buffer.from(writeWsd({ statement, signer: { displayName } })),
        at: statement.declaredAt,
        checks: [],
        validation: { certificates: [], ocsps: [], crls: [] },
        facts: {},
      },
    ],
    audit: [],
  };
}

/** What one log-on confirms: a statement about each document, and their digests where these are several. */
export interface Stated {
  readonly documentId: string;
  readonly statement: WsdStatement;
  readonly bundle?: readonly Uint8Array[];
}

/** At least one. */
export function statedTogether(
  stated: readonly Omit<Stated, 'bundle'>[],
): readonly [Stated, ...(readonly Stated[])] {
  const bundle = stated.length > 1 ? stated.map(({ statement }) => statementDigest(statement)) : undefined;
  const [first, ...others] = stated.map((one): Stated => ({ ...one, ...(bundle && { bundle }) }));
  if (!first) throw new TypeError('a log-on confirms something');
  return [first, ...others];
}

/** Signatures by a login that is bound to what was stated, one for each document. */
export function witnessLogin(stated: readonly Stated[], result: Result): Result {
  const { displayName, subjectId: uniqueId } = result.identity;
  const [evidence] = result.evidence;
  if (!evidence) throw new TypeError('a log-on has evidence');
  const { native: message, at: receivedAt, validation } = evidence;
  const login = { message, receivedAt, validation };
  return {
    ...result,
    evidence: stated.map(({ documentId, statement, bundle }, bundleIndex) => ({
      ...evidence,
      ...{ documentId, format: NATIVE_WSD.format },
      ...(bundle && { bundleIndex }),
      native: Buffer.from(
        writeWsd({ statement, ...(bundle && { bundle }), login, signer: { displayName, uniqueId } }),
      ),
    })),
  };
}
