/** What identity methods keep of persons between sessions: encrypted, found by keyed hashes, expiring. */
import type { MethodMemory } from '@segl/identity/method';
import type { Clock } from '@segl/problem/clock';
import type { Database, Db } from '../../adapters/postgres/database.ts';
import {
  clearAttempts,
  countAttempts,
  deleteExpired,
  deleteMemory,
  findMemory,
  noteAttempt,
  putMemory,
  withdrawAttempt,
  type MemoryPlace,
} from '../../adapters/postgres/accounts/method-memory.ts';
import type { SecretBox } from '../../adapters/secrets/secrets.ts';

/** Of one module, and of one account; without `service` of the whole installation. */
export function createMethodMemory(
  { db, secrets, clock }: { readonly db: Database; readonly secrets: SecretBox; readonly clock: Clock },
  module: string,
  service?: string,
): MethodMemory {
  const placeOf = (kind: string, key: string): MemoryPlace => ({
    ...{ module, kind },
    keys: secrets.indexes(service === undefined ? key : `${service}\0${key}`, kind),
  });
  const contextOf = (kind: string): string => (service === undefined ? kind : `${kind}:${service}`);
  return {
    async get(kind, key) {
      const row = await findMemory(db, placeOf(kind, key));
      if (!row) return undefined;
      return { value: secrets.open(row.sealed, contextOf(kind)).toString('utf8'), since: row.since };
    },
    has: async (kind, key) => (await findMemory(db, placeOf(kind, key))) !== undefined,
    async put(kind, key, value, { since, until }) {
      const sealed = secrets.seal(Buffer.from(value, 'utf8'), contextOf(kind));
      await putMemory(db, placeOf(kind, key), { service: service ?? null, sealed, since, until });
    },
    forget: async (kind, key) => (await deleteMemory(db, placeOf(kind, key))) > 0,
    async count(kind, key, windowSeconds) {
      const at = clock.now();
      const until = new Date(at.getTime() + windowSeconds * 1000);
      const { id, count } = await noteAttempt(db, placeOf(kind, key), { at, until });
      return { count, withdraw: () => withdrawAttempt(db, id) };
    },
    counted: (kind, key) => countAttempts(db, placeOf(kind, key), clock.now()),
    clear: (kind, key) => clearAttempts(db, placeOf(kind, key)),
  };
}

/** Forgets what has had its time. Gives how much. Running it again changes nothing. */
export const forgetExpired = ({ db, clock }: { readonly db: Db; readonly clock: Clock }): Promise<number> =>
  deleteExpired(db, clock.now());
