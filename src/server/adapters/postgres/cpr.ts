/** Remembered CPR numbers and wrong ones that were tried. Persons are keyed hashes here; see src/server/adapters/secrets/secrets.ts. */
import type { Db } from './database.ts';

export interface RememberedRow {
  readonly signer: Buffer;
  readonly sealed: Buffer;
  readonly consentedAt: Date;
}

/** `signers`: the person under every key. */
export async function findRemembered(db: Db, signers: readonly Buffer[]): Promise<RememberedRow | undefined> {
  const [row] = await db.query<RememberedRow>(
    'select signer, sealed, consented_at as "consentedAt" from remembered_cprs where signer = any($1::bytea[])',
    [signers],
  );
  return row;
}

/** Adds it, or replaces what was remembered. */
export async function setRemembered(
  db: Db,
  row: RememberedRow & { readonly service: string; readonly usedAt: Date },
): Promise<void> {
  await db.query(
    `insert into remembered_cprs (signer, service, sealed, consented_at, last_used_at) values ($1, $2, $3, $4, $5)
     on conflict (signer) do update set sealed = excluded.sealed, consented_at = excluded.consented_at,
       last_used_at = excluded.last_used_at`,
    [row.signer, row.service, row.sealed, row.consentedAt, row.usedAt],
  );
}

export async function forgetRemembered(db: Db, signers: readonly Buffer[]): Promise<number> {
  const rows = await db.query(
    'delete from remembered_cprs where signer = any($1::bytea[]) returning service',
    [signers],
  );
  return rows.length;
}

/** Forgets what was last used three months ago or longer, by the Danish calendar. Gives how many. */
export async function forgetUnused(db: Db, now: Date): Promise<number> {
  const rows = await db.query(
    `delete from remembered_cprs
     where (last_used_at at time zone 'Europe/Copenhagen' + interval '3 months') at time zone 'Europe/Copenhagen' <= $1
     returning service`,
    [now],
  );
  return rows.length;
}

/** Notes an attempt; gives its id, and how many there were since `since`, this one included. */
export async function noteAttempt(
  db: Db,
  [signer, ...older]: readonly Buffer[],
  { at, since }: { at: Date; since: Date },
): Promise<{ id: string; attempts: number }> {
  const [noted] = await db.query<{ id: string }>(
    'insert into cpr_attempts (signer, at) values ($1, $2) returning id::text as id',
    [signer, at],
  );
  // a statement of its own: it must see what others have noted by now
  const [counted] = await db.query<{ attempts: number }>(
    'select count(*)::int as attempts from cpr_attempts where signer = any($1::bytea[]) and at > $2',
    [[signer, ...older], since],
  );
  return { id: noted!.id, attempts: counted!.attempts };
}

/** Takes back an attempt that nobody judged. */
export async function withdrawAttempt(db: Db, id: string): Promise<void> {
  await db.query('delete from cpr_attempts where id = $1', [id]);
}

/** The person gave the right number. */
export async function clearAttempts(db: Db, signers: readonly Buffer[]): Promise<void> {
  await db.query('delete from cpr_attempts where signer = any($1::bytea[])', [signers]);
}

export async function clearOldAttempts(db: Db, before: Date): Promise<void> {
  await db.query('delete from cpr_attempts where at <= $1', [before]);
}
