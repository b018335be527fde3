/** The preservation of archived evidence: what proves it, until when, and what was done about that. */
import type { Problem } from '@segl/problem/problem';
import type { Db } from './database.ts';
import { keptProblem } from './kept-problem.ts';

export interface PreservedRow {
  readonly archiveId: string;
  readonly service: string;
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string;
  readonly proofSha256: string | null;
  readonly level: string | null;
  readonly proofUntil: Date | null;
  readonly proofBecause: Problem | null;
  readonly lookedAt: Date | null;
  readonly dueAt: Date;
  readonly renewals: number;
  readonly problem: Problem | null;
  readonly failures: number;
}

const select = `select archive_id as "archiveId", service, sha256, size::float8 as size, content_type as "contentType",
  proof_sha256 as "proofSha256", level, proof_until as "proofUntil", proof_because as "proofBecause",
  looked_at as "lookedAt", due_at as "dueAt", renewals, problem, failures
  from preservation join archive_documents on id = archive_id`;

const rowsOf = async (db: Db, sql: string, values: readonly unknown[]): Promise<PreservedRow[]> => {
  const rows = await db.query<PreservedRow>(`${select} ${sql}`, [...values]);
  return rows.map((row) => ({
    ...row,
    proofBecause: keptProblem(row.proofBecause),
    problem: keptProblem(row.problem),
  }));
};

export const listDuePreservation = (
  db: Db,
  now: Date,
  limit: number,
  service?: string,
): Promise<PreservedRow[]> =>
  rowsOf(
    db,
    'where due_at <= $1 and ($3::text is null or service = $3) order by due_at, archive_id limit $2',
    [now, limit, service ?? null],
  );

/** Those whose proof ends at `until` or before, and those that nobody has looked at, soonest first. */
export const listEndingProofs = (db: Db, until: Date, service?: string): Promise<PreservedRow[]> =>
  rowsOf(
    db,
    `where (proof_until <= $1 or looked_at is null) and ($2::text is null or service = $2)
     order by proof_until nulls first, archive_id`,
    [until, service ?? null],
  );

export async function findPreserved(db: Db, archiveId: string): Promise<PreservedRow | undefined> {
  const [row] = await rowsOf(db, 'where archive_id = $1', [archiveId]);
  return row;
}

/** What a look found. */
export interface Look {
  readonly at: Date;
  readonly dueAt: Date;
  readonly level: string;
  readonly until: Date | undefined;
  readonly because: Problem | undefined;
}

export async function noteLook(tx: Db, archiveId: string, look: Look): Promise<void> {
  await tx.query(
    `update preservation set looked_at = $2, due_at = $3, level = $4, proof_until = $5, proof_because = $6,
       problem = null, failures = 0 where archive_id = $1`,
    [
      archiveId,
      look.at,
      look.dueAt,
      look.level,
      look.until ?? null,
      look.because ? JSON.stringify(look.because) : null,
    ],
  );
}

export async function notePreservationFailure(
  db: Db,
  archiveId: string,
  { at, dueAt, problem }: { readonly at: Date; readonly dueAt: Date; readonly problem: Problem },
): Promise<void> {
  await db.query(
    `update preservation set looked_at = $2, due_at = $3, problem = $4, failures = failures + 1
     where archive_id = $1`,
    [archiveId, at, dueAt, JSON.stringify(problem)],
  );
}

/** Puts new bytes in the place of those that were renewed; false when these are not there any more. */
export async function replaceArchived(
  tx: Db,
  { archiveId, sha256 }: PreservedRow,
  renewed: { readonly sha256: string; readonly size: number },
): Promise<boolean> {
  const rows = await tx.query(
    'update archive_documents set sha256 = $3, size = $4 where id = $1 and sha256 = $2 returning id',
    [archiveId, sha256, renewed.sha256, renewed.size],
  );
  if (rows.length === 0) return false;
  await tx.query('update preservation set renewals = renewals + 1 where archive_id = $1', [archiveId]);
  return true;
}

/** The same for the proof beside a file. */
export async function replaceProof(
  tx: Db,
  { archiveId, proofSha256 }: Pick<PreservedRow, 'archiveId' | 'proofSha256'>,
  renewed: { readonly sha256: string; readonly size: number },
): Promise<boolean> {
  const rows = await tx.query(
    `update preservation set proof_sha256 = $3, proof_size = $4, renewals = renewals + 1
     where archive_id = $1 and proof_sha256 is not distinct from $2 returning archive_id`,
    [archiveId, proofSha256, renewed.sha256, renewed.size],
  );
  return rows.length > 0;
}

/** Has a file that is no evidence by itself preserved like evidence. */
export async function insertPreservation(tx: Db, archiveId: string, dueAt: Date): Promise<void> {
  await tx.query('insert into preservation (archive_id, due_at) values ($1, $2) on conflict do nothing', [
    archiveId,
    dueAt,
  ]);
}

export interface PreservationEvent {
  readonly service: string;
  readonly archiveId: string;
  readonly at: Date;
  readonly type: 'added' | 'renewed' | 'failed';
  readonly level?: string | null;
  readonly proofUntil?: Date | null;
  readonly detail?: Problem | null;
}

export async function addPreservationEvent(tx: Db, event: PreservationEvent): Promise<void> {
  await tx.query(
    `insert into preservation_events (service, archive_id, at, type, level, proof_until, detail)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      event.service,
      event.archiveId,
      event.at,
      event.type,
      event.level ?? null,
      event.proofUntil ?? null,
      event.detail ? JSON.stringify(event.detail) : null,
    ],
  );
}

export async function listPreservationEvents(
  db: Db,
  service: string,
  since: Date,
  limit: number,
): Promise<PreservationEvent[]> {
  const rows = await db.query<PreservationEvent>(
    `select service, archive_id as "archiveId", at, type, level, proof_until as "proofUntil", detail
     from preservation_events where service = $1 and at >= $2 order by id desc limit $3`,
    [service, since, limit],
  );
  return rows.map((row) => ({ ...row, detail: keptProblem(row.detail ?? null) }));
}

/** Services of which there are events, whatever is in their archives now. */
export const listServicesWithEvents = async (db: Db, since: Date, service?: string): Promise<string[]> => {
  const rows = await db.query<{ service: string }>(
    `select distinct service from preservation_events
     where at >= $1 and ($2::text is null or service = $2) order by service`,
    [since, service ?? null],
  );
  return rows.map((row) => row.service);
};

export interface PreservationCount {
  readonly service: string;
  readonly contentType: string;
  /** Null: nobody has looked yet. */
  readonly level: string | null;
  readonly count: number;
  readonly problems: number;
  /** The soonest. */
  readonly proofUntil: Date | null;
}

export const countPreserved = (db: Db, service?: string): Promise<PreservationCount[]> =>
  db.query<PreservationCount>(
    `select service, content_type as "contentType", level, count(*)::int as count, count(problem)::int as problems,
       min(proof_until) as "proofUntil"
     from preservation join archive_documents on id = archive_id where $1::text is null or service = $1
     group by service, content_type, level order by service, content_type, level`,
    [service ?? null],
  );

/** Where the last look came to nothing. */
export const listPreservationProblems = (db: Db, limit: number, service?: string): Promise<PreservedRow[]> =>
  rowsOf(
    db,
    `where problem is not null and ($1::text is null or service = $1)
     order by proof_until nulls first, archive_id limit $2`,
    [service ?? null, limit],
  );
