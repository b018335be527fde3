/** Addresses that answers to log-ons may be posted to, by account. */
import type { Db } from '../database.ts';

export interface LoginTarget {
  readonly service: string;
  readonly target: string;
}

/** False when it was there already. */
export async function addLoginTarget(db: Db, { service, target }: LoginTarget): Promise<boolean> {
  const rows = await db.query(
    'insert into login_targets (service, target) values ($1, $2) on conflict do nothing returning target',
    [service, target],
  );
  return rows.length === 1;
}

/** False when there was none. */
export async function removeLoginTarget(db: Db, { service, target }: LoginTarget): Promise<boolean> {
  const rows = await db.query(
    'delete from login_targets where service = $1 and target = $2 returning target',
    [service, target],
  );
  return rows.length === 1;
}

/** Of one account or of all. */
export function listLoginTargets(db: Db, service?: string): Promise<LoginTarget[]> {
  return db.query<LoginTarget>(
    'select service, target from login_targets where $1::text is null or service = $1 order by service, target',
    [service ?? null],
  );
}
