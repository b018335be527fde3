/** What a method remembers, in this process alone, by a clock. */
import type { Clock } from '@segl/problem/clock';
import type { MethodMemory } from '@segl/identity/method';

export function openMemory(clock: Clock): MethodMemory {
  const kept = new Map<string, { readonly value: string; readonly since: Date; readonly until: Date }>();
  const attempts = new Map<string, Set<{ readonly until: number }>>();
  const at = (kind: string, key: string): string => `${kind} ${key}`;
  const counting = (kind: string, key: string): number =>
    [...(attempts.get(at(kind, key)) ?? [])].filter(({ until }) => until > clock.now().getTime()).length;
  const memory: MethodMemory = {
    async get(kind, key) {
      const found = kept.get(at(kind, key));
      return found && found.until > clock.now() ? found : undefined;
    },
    has: async (kind, key) => (await memory.get(kind, key)) !== undefined,
    async put(kind, key, value, lasts) {
      kept.set(at(kind, key), { value, ...lasts });
    },
    forget: async (kind, key) => kept.delete(at(kind, key)),
    async count(kind, key, windowSeconds) {
      const noted = { until: clock.now().getTime() + windowSeconds * 1000 };
      const all = attempts.get(at(kind, key)) ?? new Set();
      attempts.set(at(kind, key), all.add(noted));
      return { count: counting(kind, key), withdraw: async () => void all.delete(noted) };
    },
    counted: async (kind, key) => counting(kind, key),
    clear: async (kind, key) => void attempts.delete(at(kind, key)),
  };
  return memory;
}
