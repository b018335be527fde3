/** The whole application for a command that works beside a running service, or without one. */
import { join } from 'node:path';
import { systemClock } from '@segl/problem/clock';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { openApplication } from '@segl/server/composition/application';
import type { PdfContext } from '@segl/server/application/packaging/make-pdf';
import { runningEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { readSettings } from './provider.ts';
import { followSandboxClock } from './sandbox/clock.ts';

/** Opens it for `work` and closes it again. Throws CONFIG_INVALID when settings are missing. */
export async function withApplication<T>(
  env: Readonly<Record<string, string | undefined>>,
  work: (context: PdfContext) => Promise<T>,
): Promise<T> {
  const config = await readSettings(env);
  const followed = config.sandbox ? await followSandboxClock(config.sandboxUrl, silentLogger) : undefined;
  try {
    const databaseUrl =
      config.databaseUrl ?? (await runningEmbeddedPostgres(join(config.dataDir, 'postgres')));
    const application = await openApplication(
      { ...config, ...(databaseUrl !== undefined && { databaseUrl }) },
      { clock: followed?.clock ?? systemClock, log: silentLogger, kind: 'command' },
    );
    try {
      return await work(application.packaging);
    } finally {
      await application.close();
    }
  } finally {
    await followed?.close();
  }
}
