/** The database for commands that look at it or change it beside a running service. */
import { join } from 'node:path';
import type { Config } from '@segl/server/config/config';
import { generalProblems } from '@segl/problem/problems';
import { Database } from '@segl/server/adapters/postgres/database';
import { runningEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded-postgres';

/** Opens it for `work` and closes it again. Throws CONFIG_INVALID when there is none to be reached. */
export async function withDatabase<T>(config: Config, work: (db: Database) => Promise<T>): Promise<T> {
  const url = config.databaseUrl ?? (await runningEmbeddedPostgres(join(config.dataDir, 'postgres')));
  if (url === undefined) {
    const problems = `  DATABASE_URL must be set, or a service must run on DATA_DIR=${config.dataDir}`;
    throw generalProblems.error('CONFIG_INVALID', { problems });
  }
  const db = new Database({ url, max: 2 });
  try {
    await db.migrate();
    return await work(db);
  } finally {
    await db.close();
  }
}
