/** PostgreSQL: the truth. Plain SQL through `pg`; a transaction is a function. */
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { generalProblems } from '@segl/problem/problems';
import { packageFile } from '@segl/problem/paths';

/** Something that runs SQL: the pool or one transaction. Repositories take this, so callers choose which. */
export interface Db {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

/** Any constant will do, as long as every process that migrates uses the same. */
const MIGRATION_LOCK = 7_345_012;

export class Database implements Db {
  readonly #pool: pg.Pool;

  /** `url`: postgres://…; `max`: connections in the pool; `application`: what the database calls them. */
  constructor(options: { url: string; max?: number; application?: string }) {
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: options.max ?? 10,
      application_name: options.application,
      connectionTimeoutMillis: 10_000,
    });
    // an idle connection that breaks (server restart) is replaced by the next query
    this.#pool.on('error', () => undefined);
  }

  async query<Row>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#pool.query(sql, params as unknown[]);
    return rows as Row[];
  }

  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T> {
    return this.#within('begin', work);
  }

  /** Reads everything as it is at one moment, whatever is committed meanwhile. Nothing can be written. */
  snapshot<T>(read: (tx: Db) => Promise<T>): Promise<T> {
    return this.#within('begin isolation level repeatable read, read only', read);
  }

  async #within<T>(begin: string, work: (tx: Db) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    // a connection that breaks fails the query; unheard, its event would end the process
    const ignore = (): void => undefined;
    client.on('error', ignore);
    const tx: Db = {
      query: async <Row>(sql: string, params: readonly unknown[] = []) =>
        (await client.query(sql, params as unknown[])).rows as Row[],
    };
    let broken: Error | undefined;
    try {
      await client.query(begin);
      const result = await work(tx);
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failure: unknown) => {
        broken = failure instanceof Error ? failure : new Error(String(failure));
      });
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }

  /** Applies migrations/NNNN_name.sql that are not applied yet, in order, one process at a time. */
  async migrate(): Promise<void> {
    const folder = packageFile(import.meta.url, 'adapters', 'postgres', 'migrations');
    const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
    await this.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      await tx.query(
        'create table if not exists migrations (name text primary key, applied_at timestamptz not null default now())',
      );
      const applied = new Set(
        (await tx.query<{ name: string }>('select name from migrations')).map((row) => row.name),
      );
      for (const name of names.filter((name) => !applied.has(name))) {
        await tx.query(
          await readFile(packageFile(import.meta.url, 'adapters', 'postgres', 'migrations', name), 'utf8'),
        );
        await tx.query('insert into migrations (name) values ($1)', [name]);
      }
    });
  }

  /** Throws UNAVAILABLE when the server does not answer. */
  async ping(): Promise<void> {
    try {
      await this.#pool.query('select 1');
    } catch (cause) {
      throw generalProblems.error('UNAVAILABLE', { what: generalProblems.of('part/database') }, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}
