/** Logins with an eID in signers' sessions: what is expected, and what proved them. */
import type { Db } from '../database.ts';
import type { BegunStep, LoginEvidence } from './kept-evidence.ts';

export interface LoginRow {
  readonly sessionRef: string;
  readonly method: string;
  /** Of the login message; the blob's name. */
  readonly sha256: string;
  readonly evidence: LoginEvidence;
  readonly authenticatedAt: Date;
}

/** The log-on that was started; an earlier start counts no longer. */
export async function expectLogin(db: Db, ref: string, expected: BegunStep): Promise<void> {
  await db.query('update sessions set expected_login = $2 where ref = $1', [ref, JSON.stringify(expected)]);
}

/** Keeps a verified login, and with it who the session is: its answer is used up. */
export async function insertLogin(tx: Db, login: LoginRow): Promise<void> {
  await tx.query(
    `insert into logins (session_ref, method, sha256, evidence, authenticated_at) values ($1, $2, $3, $4, $5)`,
    [login.sessionRef, login.method, login.sha256, JSON.stringify(login.evidence), login.authenticatedAt],
  );
  await tx.query('update sessions set authenticated_with = $2, expected_login = null where ref = $1', [
    login.sessionRef,
    login.method,
  ]);
}

export async function findLogin(db: Db, sessionRef: string): Promise<LoginRow | undefined> {
  const [row] = await db.query<LoginRow>(
    `select session_ref as "sessionRef", method, sha256, evidence, authenticated_at as "authenticatedAt"
     from logins where session_ref = $1`,
    [sessionRef],
  );
  return row;
}
