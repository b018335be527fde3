/** The whole house for a command that works beside a running service, or without one. */
import { join } from 'node:path';
import { systemClock } from '../src/problem/clock.ts';
import { silentLogger } from '../src/server/adapters/telemetry/log.ts';
import { openHouse, packagingContext } from '../src/server/composition/services.ts';
import type { PdfContext } from '../src/server/application/packaging/make-pdf.ts';
import { runningEmbeddedPostgres } from '../src/server/adapters/postgres/embedded-postgres.ts';
import { readSettings } from './provider.ts';
import { followSandboxClock } from './sandbox/clock.ts';

/** Opens it for `work` and closes it again. Throws CONFIG_INVALID when settings are missing. */
export async function withHouse<T>(
  env: Readonly<Record<string, string | undefined>>,
  work: (context: PdfContext) => Promise<T>,
): Promise<T> {
  const config = await readSettings(env);
  const followed = config.sandbox ? await followSandboxClock(config.sandboxUrl, silentLogger) : undefined;
  try {
    const databaseUrl =
      config.databaseUrl ?? (await runningEmbeddedPostgres(join(config.dataDir, 'postgres')));
    const house = await openHouse(
      { ...config, ...(databaseUrl !== undefined && { databaseUrl }) },
      { clock: followed?.clock ?? systemClock, log: silentLogger, kind: 'command' },
    );
    try {
      return await work(packagingContext(house));
    } finally {
      await house.close();
    }
  } finally {
    await followed?.close();
  }
}
