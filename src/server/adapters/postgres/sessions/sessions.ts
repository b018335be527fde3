/** A signer's session: progress, audit trail, verified native signatures. */
import type { NationalId } from '@segl/identity/method';
import type { Handwriting } from '@segl/identity/handwriting';
import type { ClientInfo } from '../../../domain/signing-session/client-info.ts';
import type { DocumentProgress } from '../../../domain/signing-session/steps.ts';
import type { Db } from '../database.ts';
import type { BegunStep, SignatureEvidence } from './kept-evidence.ts';

/** What a session remembers of one document beyond where the signer stands. */
export type SessionDocument = DocumentProgress & {
  /** The method that was started for it. */
  readonly begun?: BegunStep;
  /** The statement that our own page shows. */
  readonly shown?: { readonly signText: string; readonly language: string };
  readonly declared?: Declared;
  /** SHA-256, hex, of the document made from the form: what is read and signed now. */
  readonly filledSha256?: string;
};
/** What the signer declared and wrote on our own page. */
export interface Declared {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Absent where the eID shows a text of its own. */
  readonly statement?: { readonly signText: string; readonly language: string };
  readonly handwriting?: Handwriting;
  readonly claimedName?: { readonly name: string; readonly source: 'order' | 'signer' };
}
export type SessionProgress = Readonly<Record<string, SessionDocument>>;

export interface SessionRow {
  readonly ref: string;
  readonly requestId: string;
  readonly taskId: string;
  readonly transactionId: string;
  readonly client: ClientInfo;
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  readonly endedAt: Date | null;
  readonly progress: SessionProgress;
  /** The log-on that was started, until its answer is accepted. */
  readonly expectedLogin: BegunStep | null;
  /** How the person was identified: the name of a login method, or `artifact`. */
  readonly authenticatedWith: string | null;
}

export interface NativeSignatureRow {
  readonly sessionRef: string;
  readonly documentId: string;
  readonly sha256: string;
  readonly method: string;
  readonly evidence: SignatureEvidence;
  readonly nationalId: string | null;
  readonly verifiedAt: Date;
}

export interface AuditEntry {
  readonly at: Date;
  readonly type: string;
  /** Of which trail in the evidence it is; of the creation where nothing is said. */
  readonly trail?: 'creation' | 'verification';
  readonly data: Readonly<Record<string, string>>;
}

const sessionColumns = `ref, request_id as "requestId", task_id as "taskId", transaction_id as "transactionId", client,
  started_at as "startedAt", last_seen_at as "lastSeenAt", ended_at as "endedAt", progress,
  expected_login as "expectedLogin", authenticated_with as "authenticatedWith"`;

export async function insertSession(
  db: Db,
  session: Omit<SessionRow, 'endedAt' | 'lastSeenAt' | 'expectedLogin'> & { secretHash: string },
): Promise<void> {
  await db.query(
    `insert into sessions (ref, secret_hash, request_id, task_id, transaction_id, client, started_at, last_seen_at, progress,
       authenticated_with)
     values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)`,
    [
      session.ref,
      session.secretHash,
      session.requestId,
      session.taskId,
      session.transactionId,
      JSON.stringify(session.client),
      session.startedAt,
      JSON.stringify(session.progress),
      session.authenticatedWith,
    ],
  );
}

/** The session if ref and hash of the secret fit and it was seen after `seenSince`; notes that it is seen at `now`. */
export async function seeSession(
  db: Db,
  key: { ref: string; secretHash: string },
  seenSince: Date,
  now: Date,
): Promise<SessionRow | undefined> {
  const [row] = await db.query<SessionRow>(
    `update sessions set last_seen_at = $4 where ref = $1 and secret_hash = $2 and last_seen_at > $3
     returning ${sessionColumns}`,
    [key.ref, key.secretHash, seenSince, now],
  );
  return row;
}

export async function findSession(db: Db, ref: string): Promise<SessionRow | undefined> {
  const [row] = await db.query<SessionRow>(`select ${sessionColumns} from sessions where ref = $1`, [ref]);
  return row;
}

/** The session with its row locked until the transaction ends: what decides about a session goes one at a time. */
export async function lockSession(tx: Db, ref: string): Promise<SessionRow | undefined> {
  const [row] = await tx.query<SessionRow>(
    `select ${sessionColumns} from sessions where ref = $1 for no key update`,
    [ref],
  );
  return row;
}

/** Merges `change` into what is known of one document. */
export async function updateProgress(
  db: Db,
  ref: string,
  documentId: string,
  change: Partial<SessionDocument>,
): Promise<void> {
  await db.query(
    `update sessions set progress = progress || jsonb_build_object($2::text, coalesce(progress -> $2, '{}') || $3::jsonb)
     where ref = $1`,
    [ref, documentId, JSON.stringify(change)],
  );
}

/** Forgets parts of what is known of one document. */
export async function dropProgress(
  db: Db,
  ref: string,
  documentId: string,
  names: readonly (keyof SessionDocument)[],
): Promise<void> {
  await db.query(
    `update sessions set progress = progress || jsonb_build_object($2::text, coalesce(progress -> $2, '{}') - $3::text[])
     where ref = $1`,
    [ref, documentId, names],
  );
}

/** The registration that a page offers; an earlier offer counts no longer. */
export async function expectEnrolment(db: Db, ref: string, begun: BegunStep): Promise<void> {
  await db.query('update sessions set enrolling = $2 where ref = $1', [ref, JSON.stringify(begun)]);
}

/** It is used up. */
export async function takeEnrolment(db: Db, ref: string): Promise<BegunStep | undefined> {
  const [row] = await db.query<{ enrolling: BegunStep | null }>(
    `update sessions set enrolling = null from (select enrolling from sessions where ref = $1 for update) as before
     where ref = $1 returning before.enrolling`,
    [ref],
  );
  return row?.enrolling ?? undefined;
}

export async function endSession(db: Db, ref: string, at: Date): Promise<void> {
  await db.query('update sessions set ended_at = coalesce(ended_at, $2) where ref = $1', [ref, at]);
}

export async function addAudit(db: Db, ref: string, entry: AuditEntry): Promise<void> {
  await db.query(
    'insert into audit_entries (session_ref, at, type, data, trail) values ($1, $2, $3, $4, $5)',
    [ref, entry.at, entry.type, JSON.stringify(entry.data), entry.trail ?? 'creation'],
  );
}

export async function listAudit(db: Db, ref: string): Promise<AuditEntry[]> {
  return db.query<AuditEntry>(
    'select at, type, trail, data from audit_entries where session_ref = $1 order by id',
    [ref],
  );
}

/** The first signature of a document in a session counts; false when there was one. `link`: of a chain, from 1. */
export async function insertNativeSignature(tx: Db, row: NativeSignatureRow, link = 0): Promise<boolean> {
  const rows = await tx.query(
    `insert into native_signatures (session_ref, document_id, sha256, method, evidence, national_id, verified_at, link)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning document_id`,
    [
      row.sessionRef,
      row.documentId,
      row.sha256,
      row.method,
      JSON.stringify(row.evidence),
      row.nationalId,
      row.verifiedAt,
      link,
    ],
  );
  return rows.length === 1;
}

const nativeColumns = `session_ref as "sessionRef", document_id as "documentId", sha256, method, evidence,
  national_id as "nationalId", verified_at as "verifiedAt"`;

export async function listNativeSignatures(db: Db, sessionRef: string): Promise<NativeSignatureRow[]> {
  return db.query<NativeSignatureRow>(
    `select ${nativeColumns} from native_signatures where session_ref = $1 and link = 0`,
    [sessionRef],
  );
}

/** Links of chains that were made in a session: no signatures, as long as the chain is not complete. `link`: from 1. */
export async function listLinks(
  db: Db,
  sessionRef: string,
): Promise<(NativeSignatureRow & { readonly link: number })[]> {
  return db.query(
    `select ${nativeColumns}, link from native_signatures where session_ref = $1 and link > 0 order by link`,
    [sessionRef],
  );
}

/** Forgets the links of a document from `link` on: they are made anew, or in another way. */
export async function dropLinks(db: Db, sessionRef: string, documentId: string, link: number): Promise<void> {
  await db.query(
    'delete from native_signatures where session_ref = $1 and document_id = $2 and link >= $3 and link > 0',
    [sessionRef, documentId, link],
  );
}

/** Completes who signed a document. */
export async function setNationalId(
  db: Db,
  sessionRef: string,
  documentId: string,
  { id, ...kind }: NationalId,
): Promise<void> {
  await db.query(
    `update native_signatures set national_id = $3, evidence = evidence || jsonb_build_object('nationalIdKind', $4::jsonb)
     where session_ref = $1 and document_id = $2 and link = 0`,
    [sessionRef, documentId, id, JSON.stringify(kind)],
  );
}

/** The packages hold the numbers now; the working copy goes. */
export async function forgetNationalIds(tx: Db, sessionRef: string): Promise<void> {
  await tx.query('update native_signatures set national_id = null where session_ref = $1', [sessionRef]);
}

/**
 * Clears the numbers of sessions that led nowhere: not seen since `before`, and not the one whose packages are being
 * made. Answers how many.
 */
export async function forgetStrandedNationalIds(db: Db, before: Date): Promise<number> {
  const rows = await db.query(
    `update native_signatures n set national_id = null from sessions s
     where n.national_id is not null and s.ref = n.session_ref and s.last_seen_at < $1
       and not exists (
         select from tasks t where t.request_id = s.request_id and t.task_id = s.task_id
           and t.state = 'sent-in' and t.session_ref = s.ref
       )
     returning n.document_id`,
    [before],
  );
  return rows.length;
}
