import type { Clock } from '@segl/problem/clock';
import { JsonFile } from '../../../world/json-file.ts';

/** What a provider is billed for, once it was done successfully. */
export const OPERATIONS = ['logon', 'sign', 'pid-match', 'pid-lookup'] as const;
export type Operation = (typeof OPERATIONS)[number];

type Counts = Partial<Record<Operation, number>>;

/** One line of the bill. */
export interface BillingRow {
  /** `yyyy-MM`, in UTC. */
  readonly month: string;
  /** `CVR:…-UID:…`, or `SPID …` for a service id of PID-CPR. */
  readonly provider: string;
  readonly counts: Readonly<Record<Operation, number>>;
}

/** Billing counters per month, provider and operation, kept on disk. */
export class BillingCounters {
  readonly #file: JsonFile<Record<string, Record<string, Counts>>>;
  readonly #clock: Clock;

  private constructor(file: JsonFile<Record<string, Record<string, Counts>>>, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  static async open(path: string, clock: Clock): Promise<BillingCounters> {
    return new BillingCounters(await JsonFile.open(path, () => ({})), clock);
  }

  async count(provider: string, operation: Operation): Promise<void> {
    const month = (this.#file.value[this.#clock.now().toISOString().slice(0, 7)] ??= {});
    const counts = (month[provider] ??= {});
    counts[operation] = (counts[operation] ?? 0) + 1;
    await this.#file.save();
  }

  /** Newest month first. */
  rows(): BillingRow[] {
    return Object.entries(this.#file.value)
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .flatMap(([month, providers]) =>
        Object.entries(providers).map(([provider, counts]) => ({
          month,
          provider,
          counts: Object.fromEntries(
            OPERATIONS.map((operation) => [operation, counts[operation] ?? 0]),
          ) as Record<Operation, number>,
        })),
      );
  }
}
