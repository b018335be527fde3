/** Log-ons that other systems asked for, until they are answered. */
import type { AskedLogin } from '../../../domain/login/model.ts';
import type { Db } from '../database.ts';
import type { BegunStep } from '../sessions/kept-evidence.ts';

export interface LoginVisitRow extends AskedLogin {
  readonly ref: string;
  /** The one that the person chose. */
  readonly method: string | null;
  readonly begun: BegunStep | null;
  /** Encrypted. */
  readonly outcome: Uint8Array | null;
  readonly endedAt: Date | null;
}

export async function insertLoginVisit(
  db: Db,
  { ref, secretHash, asked, at }: { ref: string; secretHash: string; asked: AskedLogin; at: Date },
): Promise<void> {
  const { service, ...rest } = asked;
  await db.query(
    'insert into login_visits (ref, secret_hash, service, asked, last_seen_at) values ($1, $2, $3, $4, $5)',
    [ref, secretHash, service, JSON.stringify(rest), at],
  );
}

/** The visit if ref and hash of the secret fit and it was seen after `seenSince`; notes that it is seen at `now`. */
export async function seeLoginVisit(
  db: Db,
  key: { ref: string; secretHash: string },
  seenSince: Date,
  now: Date,
): Promise<LoginVisitRow | undefined> {
  const [row] = await db.query<
    Omit<LoginVisitRow, keyof AskedLogin> & { service: string; asked: Omit<AskedLogin, 'service'> }
  >(
    `update login_visits set last_seen_at = $4 where ref = $1 and secret_hash = $2 and last_seen_at > $3
     returning ref, service, asked, method, begun, outcome, ended_at as "endedAt"`,
    [key.ref, key.secretHash, seenSince, now],
  );
  if (!row) return undefined;
  const { asked, ...rest } = row;
  return { ...asked, ...rest };
}

/** Settles the method; what was started before counts no longer. */
export async function chooseLoginMethod(db: Db, ref: string, method: string | null): Promise<void> {
  await db.query('update login_visits set method = $2, begun = null where ref = $1 and outcome is null', [
    ref,
    method,
  ]);
}

export async function beginLogin(db: Db, ref: string, begun: BegunStep): Promise<void> {
  await db.query('update login_visits set begun = $2 where ref = $1 and outcome is null', [
    ref,
    JSON.stringify(begun),
  ]);
}

/** Of several that would end it, the first does. False: it had ended. */
export async function endLoginVisit(db: Db, ref: string, outcome: Uint8Array, at: Date): Promise<boolean> {
  const rows = await db.query(
    'update login_visits set outcome = $2, ended_at = $3, begun = null where ref = $1 and outcome is null returning ref',
    [ref, outcome, at],
  );
  return rows.length === 1;
}

/** Removes those that were not seen since, and those that ended before `endedBefore`. Gives how many. */
export async function deleteOldLoginVisits(db: Db, seenBefore: Date, endedBefore: Date): Promise<number> {
  const rows = await db.query(
    'delete from login_visits where last_seen_at < $1 or ended_at < $2 returning ref',
    [seenBefore, endedBefore],
  );
  return rows.length;
}
