/** What accounts say of names of methods, over METHODS_FILE. */
import { randomUUID } from 'node:crypto';
import type { Line } from '@segl/identity/methods-file';
import type { Db } from '../database.ts';

export interface AccountMethodsRow {
  readonly service: string;
  /** Every method that an order lists must be on. */
  readonly strict: boolean;
  readonly lines: readonly Line[];
  readonly changedAt: Date;
}

const columns = 'service, strict, lines, changed_at as "changedAt"';

/** Adds it or replaces all of it. */
export async function setAccountMethods(
  db: Db,
  { service, strict, lines, changedAt }: AccountMethodsRow,
): Promise<void> {
  await db.query(
    `insert into account_methods (service, strict, lines, revision, changed_at) values ($1, $2, $3, $4, $5)
     on conflict (service) do update set strict = excluded.strict, lines = excluded.lines,
       revision = excluded.revision, changed_at = excluded.changed_at`,
    [service, strict, JSON.stringify(lines), randomUUID(), changedAt],
  );
}

/** Undefined where the account says nothing. */
export async function findAccountMethods(db: Db, service: string): Promise<AccountMethodsRow | undefined> {
  const [row] = await db.query<AccountMethodsRow>(
    `select ${columns} from account_methods where service = $1`,
    [service],
  );
  return row;
}

/** False when there was nothing. */
export async function removeAccountMethods(db: Db, service: string): Promise<boolean> {
  const rows = await db.query('delete from account_methods where service = $1 returning service', [service]);
  return rows.length === 1;
}
