/** Databases for tests, cloned from the template that `npm test` made on one server (scripts/test-database.mjs). */
import { randomBytes } from 'node:crypto';
import { Database } from '@segl/server/adapters/postgres/database';

export interface ClonedDatabase {
  readonly url: string;
  /** Ends what is still connected, too. */
  drop(): Promise<void>;
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
