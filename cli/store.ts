/** The database for commands that look at it or change it beside a running service. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@segl/server/config/config';
import { cliProblems } from './problems.ts';
import { Database } from '@segl/server/adapters/postgres/database';
import {
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { silentLogger } from '@segl/server/adapters/telemetry/log';

interface Reached {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * The database that a service of these settings works on: that of DATABASE_URL, the embedded one of a running service, or
 * else the embedded one itself, started for as long as it is needed.
 */
async function reach({ databaseUrl, dataDir }: Config, create: boolean): Promise<Reached> {
  const folder = join(dataDir, 'postgres');
  const url = databaseUrl ?? (await runningEmbeddedPostgres(folder));
  if (url !== undefined) return { url, close: async () => undefined };
  if (!create && !existsSync(folder)) {
    const problems = [cliProblems.of('setting/no-database', { folder: dataDir })];
    throw cliProblems.error('CONFIG_INVALID', { problems });
  }
  const started = await startEmbeddedPostgres({ dataDir: folder, log: silentLogger });
  return { url: started.url, close: () => started.close() };
}

/**
 * Opens it for `work` and closes it again. Throws CONFIG_INVALID when there is none, unless it may `create` an embedded
 * one.
 */
export async function withDatabase<T>(
  config: Config,
  work: (db: Database) => Promise<T>,
  { create = false }: { readonly create?: boolean } = {},
): Promise<T> {
  const { url, close } = await reach(config, create);
  const db = new Database({ url, max: 2 });
  try {
    await db.migrate();
    return await work(db);
  } finally {
    await db.close();
    await close();
  }
}
