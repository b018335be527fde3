/** What methods remember, for as long as evidence is made. */
import type { Attempt, MethodMemory, Registration, Registrations } from '@segl/identity/method';

/** Counts, and keeps nothing: all that is needed to be right at the first try. */
export function counter(): MethodMemory {
  const counts = new Map<string, number>();
  const none = (): never => {
    throw new TypeError('it is not asked for');
  };
  return {
    ...{ get: none, has: none, put: none, forget: none },
    async count(kind, key): Promise<Attempt> {
      const at = `${kind} ${key}`;
      counts.set(at, (counts.get(at) ?? 0) + 1);
      return { count: counts.get(at)!, withdraw: async () => undefined };
    },
    counted: async (kind, key) => counts.get(`${kind} ${key}`) ?? 0,
    clear: async () => undefined,
  };
}

/** Of one person, each used once. */
export function registered(): Registrations {
  const rows = new Map<string, Registration>();
  const none = (): never => {
    throw new TypeError('it is not asked for');
  };
  return {
    ...{ list: none, forget: none, remove: none },
    find: async (key) => rows.get(key),
    of: async () => [...rows.values()],
    async add({ key, service, value, counter: count, since, until }) {
      rows.set(key, { ref: key, service, value, counter: count, since, until });
      return true;
    },
    used: async () => true,
  };
}
