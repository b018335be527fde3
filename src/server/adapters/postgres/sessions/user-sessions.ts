/** User sessions: one browser session over tasks of several requests, and the visits to it. */
import type { UserSessionSpec } from '../../../domain/order/account.ts';
import type { ClientInfo } from '../../../domain/signing-session/client-info.ts';
import type { Db } from '../database.ts';

export interface UserSessionRow {
  readonly id: string;
  readonly service: string;
  readonly language: string | null;
  readonly onPostpone: string | null;
  readonly onComplete: string | null;
  readonly onCancel: string | null;
  /** Present: a task asks for an artifact. */
  readonly artifact: string | null;
}

export interface VisitedUserSession extends UserSessionRow {
  /** The visit was opened with the artifact. */
  readonly isSignedOn: boolean;
}

export interface UserSessionTaskRow {
  readonly requestId: string;
  readonly taskId: string;
  readonly description: string | null;
}

const columns = `id, service, language, on_postpone as "onPostpone", on_complete as "onComplete", on_cancel as "onCancel",
  artifact`;

export async function insertUserSession(
  tx: Db,
  session: { id: string; service: string; spec: UserSessionSpec; createdAt: Date },
  artifact?: { artifact: string; expiresAt: Date },
): Promise<void> {
  const { id, spec } = session;
  await tx.query(
    `insert into user_sessions
       (id, service, language, on_postpone, on_complete, on_cancel, created_at, artifact, artifact_expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      session.service,
      spec.language ?? null,
      spec.onSessionPostpone ?? null,
      spec.onSessionComplete ?? null,
      spec.onSessionCancel ?? null,
      session.createdAt,
      artifact?.artifact ?? null,
      artifact?.expiresAt ?? null,
    ],
  );
  const tasks = spec.tasks.toSorted((a, b) => a.order - b.order);
  for (const [position, { requestId, taskId, description }] of tasks.entries()) {
    await tx.query(
      `insert into user_session_tasks (user_session_id, position, request_id, task_id, description)
       values ($1, $2, $3, $4, $5)`,
      [id, position, requestId, taskId, description ?? null],
    );
  }
}

export async function findUserSession(db: Db, id: string): Promise<UserSessionRow | undefined> {
  const [row] = await db.query<UserSessionRow>(`select ${columns} from user_sessions where id = $1`, [id]);
  return row;
}

/** The session that the visit `ref` is to, be the visit over or not. */
export async function findVisitedUserSession(db: Db, ref: string): Promise<UserSessionRow | undefined> {
  const [row] = await db.query<UserSessionRow>(
    `select ${columns} from user_sessions
     where id = (select user_session_id from user_session_visits where ref = $1)`,
    [ref],
  );
  return row;
}

export async function listUserSessionTasks(db: Db, id: string): Promise<UserSessionTaskRow[]> {
  return db.query<UserSessionTaskRow>(
    `select request_id as "requestId", task_id as "taskId", description
     from user_session_tasks where user_session_id = $1 order by position`,
    [id],
  );
}

/** Uses the artifact up. False when it is another one, expired at `now`, or used before. */
export async function redeemUserSessionArtifact(
  db: Db,
  id: string,
  artifact: string,
  now: Date,
): Promise<boolean> {
  const rows = await db.query(
    `update user_sessions set artifact_used_at = $3
     where id = $1 and artifact = $2 and artifact_used_at is null and artifact_expires_at > $3 returning id`,
    [id, artifact, now],
  );
  return rows.length === 1;
}

export async function insertUserVisit(
  db: Db,
  visit: {
    ref: string;
    secretHash: string;
    userSessionId: string;
    client: ClientInfo;
    startedAt: Date;
    isSignedOn: boolean;
  },
): Promise<void> {
  await db.query(
    `insert into user_session_visits (ref, secret_hash, user_session_id, client, started_at, last_seen_at, signed_on)
     values ($1, $2, $3, $4, $5, $5, $6)`,
    [
      visit.ref,
      visit.secretHash,
      visit.userSessionId,
      JSON.stringify(visit.client),
      visit.startedAt,
      visit.isSignedOn,
    ],
  );
}

/** The session visited, if ref and hash of the secret fit, it was seen after `seenSince` and was not left. */
export async function seeUserVisit(
  db: Db,
  key: { ref: string; secretHash: string },
  seenSince: Date,
  now: Date,
): Promise<VisitedUserSession | undefined> {
  const [visit] = await db.query<{ id: string; isSignedOn: boolean }>(
    `update user_session_visits set last_seen_at = $4
     where ref = $1 and secret_hash = $2 and last_seen_at > $3 and ended_at is null
     returning user_session_id as id, signed_on as "isSignedOn"`,
    [key.ref, key.secretHash, seenSince, now],
  );
  const session = visit && (await findUserSession(db, visit.id));
  return session && { ...session, isSignedOn: visit.isSignedOn };
}

export async function endUserVisit(db: Db, ref: string, at: Date): Promise<void> {
  await db.query('update user_session_visits set ended_at = $2 where ref = $1', [ref, at]);
}

/** Removes sessions whose tasks are all gone. */
export async function deleteEmptyUserSessions(db: Db): Promise<number> {
  const rows = await db.query(
    `delete from user_sessions s
     where not exists (select from user_session_tasks t where t.user_session_id = s.id) returning id`,
  );
  return rows.length;
}
