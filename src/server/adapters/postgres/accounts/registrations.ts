/** Keys that persons registered for a method. Keys and persons are keyed hashes here, and values sealed. */
import type { Db } from '../database.ts';

export interface RegistrationRow {
  readonly ref: string;
  readonly module: string;
  readonly service: string;
  readonly sealed: Buffer;
  readonly counter: number;
  readonly since: Date;
  readonly usedAt: Date | null;
  readonly until: Date;
}

const columns = 'ref, module, service, sealed, counter::float8 as counter, since, used_at as "usedAt", until';

/** `keys`: the key under every key of the secrets, the current one first. False: it is known already, whosever it is. */
export async function insertRegistration(
  db: Db,
  {
    keys,
    person,
    ...row
  }: Omit<RegistrationRow, 'usedAt'> & { readonly keys: readonly Buffer[]; readonly person: Buffer },
): Promise<boolean> {
  const { ref, module, service, sealed, counter, since, until } = row;
  const rows = await db.query(
    `insert into registrations (ref, module, service, key, person, sealed, counter, since, until)
     select $1, $2, $3, ($4::bytea[])[1], $5, $6, $7, $8, $9
     where not exists (select from registrations where module = $2 and key = any($4::bytea[]))
     on conflict (module, key) do nothing returning ref`,
    [ref, module, service, keys, person, sealed, counter, since, until],
  );
  return rows.length === 1;
}

/** `keys`: the key under every key of the secrets. What has ended at `now` is not there. */
export async function findRegistration(
  db: Db,
  module: string,
  keys: readonly Buffer[],
  now: Date,
): Promise<RegistrationRow | undefined> {
  const [row] = await db.query<RegistrationRow>(
    `select ${columns} from registrations where module = $1 and key = any($2::bytea[]) and until > $3`,
    [module, keys, now],
  );
  return row;
}

/** Of one person at one account, the oldest first. */
export const listRegistrationsOf = (
  db: Db,
  {
    module,
    service,
    persons,
  }: { readonly module: string; readonly service: string; readonly persons: readonly Buffer[] },
  now: Date,
): Promise<RegistrationRow[]> =>
  db.query<RegistrationRow>(
    `select ${columns} from registrations
     where module = $1 and service = $2 and person = any($3::bytea[]) and until > $4 order by since, ref`,
    [module, service, persons, now],
  );

/** Of all persons; of one account where `service` is given. */
export const listRegistrations = (
  db: Db,
  module: string,
  now: Date,
  service?: string,
): Promise<RegistrationRow[]> =>
  db.query<RegistrationRow>(
    `select ${columns} from registrations
     where module = $1 and until > $2 and ($3::text is null or service = $3) order by service, since, ref`,
    [module, now, service ?? null],
  );

/** Notes a use. False: `counter` is not above the last one, where either counts; of two at once, one is. */
export async function useRegistration(
  db: Db,
  ref: string,
  { counter, at, until }: { readonly counter: number; readonly at: Date; readonly until: Date },
): Promise<boolean> {
  const rows = await db.query(
    `update registrations set counter = $2, used_at = $3, until = $4
     where ref = $1 and (counter < $2 or (counter = 0 and $2 = 0)) returning ref`,
    [ref, counter, at, until],
  );
  return rows.length === 1;
}

/** Gives how many there were. */
export async function deleteRegistrationsOf(
  db: Db,
  {
    module,
    service,
    persons,
  }: { readonly module: string; readonly service: string; readonly persons: readonly Buffer[] },
): Promise<number> {
  const rows = await db.query(
    'delete from registrations where module = $1 and service = $2 and person = any($3::bytea[]) returning ref',
    [module, service, persons],
  );
  return rows.length;
}

/** False when there was none. */
export async function deleteRegistration(db: Db, module: string, ref: string): Promise<boolean> {
  const rows = await db.query('delete from registrations where module = $1 and ref = $2 returning ref', [
    module,
    ref,
  ]);
  return rows.length === 1;
}

/** Forgets what has had its time. Gives how much. */
export async function deleteEndedRegistrations(db: Db, now: Date): Promise<number> {
  return (await db.query('delete from registrations where until <= $1 returning ref', [now])).length;
}
