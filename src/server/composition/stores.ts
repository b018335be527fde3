/** What keeps everything: the database, one of our own where the settings name none, and the blobs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@segl/problem/clock';
import { FileBlobStore } from '../adapters/blobs/file-store.ts';
import type { BlobStore } from '../adapters/blobs/store.ts';
import { Database } from '../adapters/postgres/database.ts';
import { startEmbeddedPostgres } from '../adapters/postgres/embedded/embedded-postgres.ts';
import { Listener } from '../adapters/postgres/listener.ts';
import type { Logger } from '../adapters/telemetry/log.ts';
import type { Config } from '../config/config.ts';
import { connectionsOf, type Connections, type ProcessKind } from './connections.ts';
import { openTogether } from './open-parts.ts';

export interface Stores {
  readonly blobs: BlobStore;
  readonly db: Database;
  readonly listener: Listener;
  readonly databaseUrl: string;
  readonly connections: Connections;
  close(): Promise<void>;
}

/** The database has all migrations behind it. */
export const openStores = (
  config: Config,
  { clock, log, kind }: { clock: Clock; log: Logger; kind: ProcessKind },
): Promise<Stores> =>
  openTogether(async (parts) => {
    const { dataDir } = config;
    await mkdir(dataDir, { recursive: true });
    const blobs = await FileBlobStore.open(join(dataDir, 'blobs'), clock);
    const databaseUrl =
      config.databaseUrl ??
      parts.add(await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log })).url;
    const connections = connectionsOf(kind);
    const { pool: max, application } = connections;
    const db = parts.add(new Database({ url: databaseUrl, max, application }));
    await db.migrate();
    const listener = parts.add(new Listener({ url: databaseUrl, application: `${application} listen`, log }));
    return { blobs, db, listener, databaseUrl, connections };
  });
