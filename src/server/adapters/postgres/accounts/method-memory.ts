/** What identity methods keep of persons. Persons are keyed hashes here, and values sealed; see adapters/secrets/secrets.ts. */
import type { Database, Db } from '../database.ts';

/** `module`: whose memory it is. `keys`: the person under every key, the current one first. */
export interface MemoryPlace {
  readonly module: string;
  readonly kind: string;
  readonly keys: readonly Buffer[];
}

export async function findMemory(
  db: Db,
  { module, kind, keys }: MemoryPlace,
): Promise<{ readonly sealed: Buffer; readonly since: Date } | undefined> {
  const [row] = await db.query<{ sealed: Buffer; since: Date }>(
    'select sealed, since from method_memory where module = $1 and kind = $2 and key = any($3::bytea[])',
    [module, kind, keys],
  );
  return row;
}

/** Adds it, or replaces what was there. `service`: with that it goes; null: it is the installation's. */
export async function putMemory(
  db: Db,
  { module, kind, keys }: MemoryPlace,
  row: {
    readonly service: string | null;
    readonly sealed: Uint8Array;
    readonly since: Date;
    readonly until: Date;
  },
): Promise<void> {
  const [key, ...older] = keys;
  if (older.length > 0) await deleteMemory(db, { module, kind, keys: older });
  await db.query(
    `insert into method_memory (module, kind, key, service, sealed, since, until) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (module, kind, key) do update set sealed = excluded.sealed, since = excluded.since,
       until = excluded.until`,
    [module, kind, key, row.service, Buffer.from(row.sealed), row.since, row.until],
  );
}

/** How many there were. */
export async function deleteMemory(db: Db, { module, kind, keys }: MemoryPlace): Promise<number> {
  const rows = await db.query(
    'delete from method_memory where module = $1 and kind = $2 and key = any($3::bytea[]) returning kind',
    [module, kind, keys],
  );
  return rows.length;
}

/**
 * Notes an attempt that counts until `until`; gives its id, and how many count at `at`, this one included. One after the
 * other for a key: of two at once, each would count both, and neither would be the first.
 */
export function noteAttempt(
  db: Database,
  place: MemoryPlace,
  { at, until }: { readonly at: Date; readonly until: Date },
): Promise<{ id: string; count: number }> {
  const { module, kind, keys } = place;
  return db.transaction(async (tx) => {
    await tx.query(
      "select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2 || encode($3, 'hex'), 0))",
      [module, kind, keys[0]],
    );
    const [noted] = await tx.query<{ id: string }>(
      'insert into method_attempts (module, kind, key, at, until) values ($1, $2, $3, $4, $5) returning id::text as id',
      [module, kind, keys[0], at, until],
    );
    return { id: noted!.id, count: await countAttempts(tx, place, at) };
  });
}

export async function countAttempts(db: Db, { module, kind, keys }: MemoryPlace, at: Date): Promise<number> {
  const [counted] = await db.query<{ count: number }>(
    `select count(*)::int as count from method_attempts
     where module = $1 and kind = $2 and key = any($3::bytea[]) and until > $4`,
    [module, kind, keys, at],
  );
  return counted!.count;
}

/** Takes back an attempt that nobody judged. */
export async function withdrawAttempt(db: Db, id: string): Promise<void> {
  await db.query('delete from method_attempts where id = $1', [id]);
}

export async function clearAttempts(db: Db, { module, kind, keys }: MemoryPlace): Promise<void> {
  await db.query('delete from method_attempts where module = $1 and kind = $2 and key = any($3::bytea[])', [
    module,
    kind,
    keys,
  ]);
}

/** Forgets what has had its time. Gives how much was remembered; attempts are nobody's loss. */
export async function deleteExpired(db: Db, now: Date): Promise<number> {
  await db.query('delete from method_attempts where until <= $1', [now]);
  const rows = await db.query('delete from method_memory where until <= $1 returning kind', [now]);
  return rows.length;
}
