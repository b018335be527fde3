/** Databases for tests, cloned from the template that `npm test` made on one server (scripts/test-database.mjs). */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '@segl/server/adapters/postgres/database';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { silentLogger } from '@segl/server/adapters/telemetry/log';

export interface ClonedDatabase {
  readonly url: string;
  /** Ends what is still connected, too. */
  readonly drop: () => Promise<void>;
}

/** A database with every migration: a clone, or on a server of its own where a test file is run by itself. */
export async function newDatabase(): Promise<ClonedDatabase> {
  const clone = await cloneDatabase();
  if (clone) return clone;
  const folder = await mkdtemp(join(tmpdir(), 'segl-test-'));
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), log: silentLogger });
  const db = new Database({ url: server.url, max: 1 });
  await db.migrate().finally(() => db.close());
  return {
    url: server.url,
    drop: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Undefined where a test file is run by itself: there is no template then. */
export async function cloneDatabase(): Promise<ClonedDatabase | undefined> {
  const template = process.env['SEGL_TEST_DATABASE'];
  if (template === undefined) return undefined;
  const name = `test_${randomBytes(8).toString('hex')}`;
  const at = (database: string): string => {
    const url = new URL(template);
    url.pathname = `/${database}`;
    return url.href;
  };
  const administer = async (statement: string): Promise<void> => {
    const db = new Database({ url: at('postgres'), max: 1 });
    await db.query(statement).finally(() => db.close());
  };
  await administer(`create database ${name} template ${new URL(template).pathname.slice(1)}`);
  return { url: at(name), drop: () => administer(`drop database if exists ${name} with (force)`) };
}
