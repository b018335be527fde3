import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { noteAttempt } from '@segl/server/adapters/postgres/accounts/method-memory';
import { Database } from '@segl/server/adapters/postgres/database';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { silentLogger } from '@segl/server/adapters/telemetry/log';

const folder = mkdtempSync(join(tmpdir(), 'segl-test-'));
const postgres = await startEmbeddedPostgres({ dataDir: folder, log: silentLogger });
const db = new Database({ url: postgres.url });
await db.migrate();
t.teardown(async () => {
  await db.close();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
});

t.test('attempts at the same time are counted one after the other', async (t) => {
  const place = { module: 'of-the-test', kind: 'attempts', keys: [Buffer.alloc(32, 1)] };
  const at = new Date('2026-05-04T10:00:00Z');
  const until = new Date('2026-05-05T10:00:00Z');
  for (let round = 0; round < 5; round++) {
    const noted = Array.from({ length: 8 }, () => noteAttempt(db, place, { at, until }));
    const counts = (await Promise.all(noted)).map(({ count }) => count);
    t.same(
      counts.sort((a, b) => a - b),
      Array.from({ length: 8 }, (_, index) => round * 8 + index + 1),
    );
  }
});
