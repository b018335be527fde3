/** Service accounts: who may order. Passwords are kept as scrypt hashes. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@segl/problem/clock';
import { generalProblems } from '@segl/problem/problems';
import { serverProblems } from '../../../problems.ts';
import type { Account } from '../../../domain/order/account.ts';
import { hashPassword, matchesPassword } from '../../secrets/password-hash.ts';
import type { Db } from '../database.ts';

/** Adds the account or changes its password. */
export async function setAccount(db: Db, clock: Clock, service: string, password: string): Promise<void> {
  await db.query(
    `insert into services (name, password_hash, created_at) values ($1, $2, $3)
     on conflict (name) do update set password_hash = excluded.password_hash`,
    [service, await hashPassword(password), clock.now()],
  );
}

export async function accountExists(db: Db, service: string): Promise<boolean> {
  return (await db.query('select 1 from services where name = $1', [service])).length > 0;
}

const MAX_REMEMBERED = 1000;

/** Each check takes a thread of the few that also read files; whoever guesses must not take them all, nor a long queue. */
export const MAX_CHECKS = 2;
export const MAX_WAITING = 100;

/** Lets a few in at a time. */
class Turnstile {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  /** Throws UNAVAILABLE when too many wait. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside < MAX_CHECKS) this.#inside += 1;
    else if (this.#waiting.length < MAX_WAITING)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else throw generalProblems.error('UNAVAILABLE', { what: generalProblems.of('part/password-check') });
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }
}

/**
 * Checks service names and passwords. scrypt is slow on purpose, and callers send the password with every call:
 * one that was right is remembered as a keyed hash, as long as the stored hash stays the same.
 */
export class Authenticator {
  readonly #db: Db;
  readonly #key = randomBytes(32);
  readonly #remembered = new Map<string, string>();
  readonly #turnstile = new Turnstile();

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * Throws CREDENTIALS_WRONG; an unknown service takes as long as a wrong password. Throws UNAVAILABLE when very many
   * passwords are tried at once; callers that are remembered do not notice.
   */
  async check(service: string, password: string): Promise<Account> {
    const [row] = await this.#db.query<{ password_hash: string }>(
      'select password_hash from services where name = $1',
      [service],
    );
    if (!row) {
      await this.#turnstile.pass(() => hashPassword(password));
      throw serverProblems.error('CREDENTIALS_WRONG');
    }
    const mac = createHmac('sha256', this.#key).update(`${row.password_hash}\0${password}`).digest('base64');
    const known = this.#remembered.get(service);
    if (known !== undefined && timingSafeEqual(Buffer.from(known), Buffer.from(mac))) return { service };
    const right = await this.#turnstile.pass(() => matchesPassword(password, row.password_hash));
    if (!right) throw serverProblems.error('CREDENTIALS_WRONG');
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(service, mac);
    return { service };
  }
}
