/** Accounts' own set-ups as service providers, one for each identity method; and which of their warnings were given. */
import { randomUUID } from 'node:crypto';
import type { AccountSetup } from '@segl/identity/method';
import type { Db } from '../database.ts';

export interface MethodSetupRow {
  readonly service: string;
  /** Id of the method's module. */
  readonly module: string;
  /** As the method writes it; secrets in it are sealed. */
  readonly setup: AccountSetup;
  /** Names that may be ordered; null: all. */
  readonly methods: readonly string[] | null;
  readonly revision: string;
  readonly changedAt: Date;
}

const columns = 'service, module, setup, methods, revision, changed_at as "changedAt"';

/** Adds the set-up or replaces all of it. */
export async function setSetup(db: Db, row: Omit<MethodSetupRow, 'revision'>): Promise<void> {
  const { service, module, setup, methods, changedAt } = row;
  await db.query(
    `insert into method_setups (service, module, setup, methods, revision, changed_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (service, module) do update set setup = excluded.setup, methods = excluded.methods,
       revision = excluded.revision, changed_at = excluded.changed_at`,
    [service, module, JSON.stringify(setup), methods, randomUUID(), changedAt],
  );
}

export async function listSetupsOf(db: Db, service: string): Promise<MethodSetupRow[]> {
  return db.query<MethodSetupRow>(`select ${columns} from method_setups where service = $1 order by module`, [
    service,
  ]);
}

/** Empty for an account that says nothing of its own. Asked before every use, so it looks at nothing else. */
export async function listSetupRevisions(db: Db, service: string): Promise<string[]> {
  const rows = await db.query<{ revision: string }>(
    `select revision from method_setups where service = $1
     union all select revision from account_methods where service = $1 order by revision`,
    [service],
  );
  return rows.map(({ revision }) => revision);
}

export async function listSetups(db: Db): Promise<MethodSetupRow[]> {
  return db.query<MethodSetupRow>(`select ${columns} from method_setups order by service, module`);
}

/** False when there was none. */
export async function removeSetup(db: Db, service: string, module: string): Promise<boolean> {
  const rows = await db.query(
    'delete from method_setups where service = $1 and module = $2 returning service',
    [service, module],
  );
  return rows.length === 1;
}

/** True for the first who wants to give this warning. */
export async function claimExpiryWarning(
  db: Db,
  { sha256, days }: { sha256: string; days: number },
  at: Date,
): Promise<boolean> {
  const rows = await db.query(
    `insert into expiry_warnings (certificate_sha256, days, warned_at) values ($1, $2, $3)
     on conflict do nothing returning days`,
    [sha256, days, at],
  );
  return rows.length === 1;
}
