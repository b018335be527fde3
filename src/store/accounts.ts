/** Service accounts: who may order. Passwords are kept as scrypt hashes. */
import { createHmac, randomBytes, scrypt as scryptCallback, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import { SeglError } from '../errors.ts';
import type { Account } from '../orders/desk.ts';
import type { Db } from './database.ts';

const scrypt = promisify<string, Buffer, number, Buffer>(scryptCallback);
const HASH_BYTES = 32;

async function hashPassword(password: string, salt = randomBytes(16)): Promise<string> {
  const hash = await scrypt(password, salt, HASH_BYTES);
  return `scrypt$${salt.toString('base64')}$${hash.toString('base64')}`;
}

async function matches(password: string, stored: string): Promise<boolean> {
  const [, salt = '', hash = ''] = stored.split('$');
  const expected = Buffer.from(hash, 'base64');
  const given = await scrypt(password, Buffer.from(salt, 'base64'), HASH_BYTES);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

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

/**
 * Checks service names and passwords. scrypt is slow on purpose, and callers send the password with every call:
 * one that was right is remembered as a keyed hash, as long as the stored hash stays the same.
 */
export class Authenticator {
  readonly #db: Db;
  readonly #key = randomBytes(32);
  readonly #remembered = new Map<string, string>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** Throws CREDENTIALS_WRONG; an unknown service takes as long as a wrong password. */
  async check(service: string, password: string): Promise<Account> {
    const [row] = await this.#db.query<{ password_hash: string }>(
      'select password_hash from services where name = $1',
      [service],
    );
    if (!row) {
      await hashPassword(password);
      throw new SeglError('CREDENTIALS_WRONG');
    }
    const mac = createHmac('sha256', this.#key).update(`${row.password_hash}\0${password}`).digest('base64');
    const known = this.#remembered.get(service);
    if (known !== undefined && timingSafeEqual(Buffer.from(known), Buffer.from(mac))) return { service };
    if (!(await matches(password, row.password_hash))) throw new SeglError('CREDENTIALS_WRONG');
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(service, mac);
    return { service };
  }
}
