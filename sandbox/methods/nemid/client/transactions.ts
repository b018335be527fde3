import type { Problem } from '@segl/problem/problem';
import type { Clock } from '@segl/problem/clock';
import { JsonFile } from '../../../world/json-file.ts';

/** Something that happened with a user's NemID. Neither passwords nor keys nor texts are kept. */
export interface Transaction {
  /** ISO time. */
  readonly at: string;
  /** Absent as long as nobody has said who they are. */
  readonly userId?: string;
  /** Friendly name of the service provider; absent for what the test tools did. */
  readonly provider?: string;
  readonly flow?: 'login' | 'sign';
  readonly event: string;
  /** What led to it, where that is to be told. */
  readonly why?: Problem;
  /** With which the client ended. */
  readonly code?: string;
}

const MOST = 2000;

/** The usage log: newest last, the oldest ones go when there are too many. */
export class TransactionLog {
  readonly #file: JsonFile<Transaction[]>;
  readonly #clock: Clock;

  private constructor(file: JsonFile<Transaction[]>, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  static async open(path: string, clock: Clock): Promise<TransactionLog> {
    return new TransactionLog(await JsonFile.open<Transaction[]>(path, () => []), clock);
  }

  async add(entry: Omit<Transaction, 'at'>): Promise<void> {
    const all = this.#file.value;
    all.push({ at: this.#clock.now().toISOString(), ...entry });
    if (all.length > MOST) all.splice(0, all.length - MOST);
    await this.#file.save();
  }

  /** Newest first; of one user, or of all. */
  latest(count: number, userId?: string): Transaction[] {
    return this.#file.value
      .filter((entry) => userId === undefined || entry.userId === userId)
      .slice(-count)
      .reverse();
  }
}
