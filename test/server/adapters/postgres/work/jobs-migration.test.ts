/** What was due before the table of jobs had its name is due afterwards, and what was given up can be taken up again. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { projectFile } from '@segl/server/paths';
import { Database } from '@segl/server/adapters/postgres/database';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { listFailed } from '@segl/server/adapters/postgres/work/failed-work';
import { beginAttempt, enqueue, finishAttempt, publishDue } from '@segl/server/adapters/postgres/work/jobs';
import { silentLogger } from '@segl/server/adapters/telemetry/log';

const folder = mkdtempSync(join(tmpdir(), 'segl-test-'));
const postgres = await startEmbeddedPostgres({ dataDir: folder, log: silentLogger });
const db = new Database({ url: postgres.url });
t.teardown(async () => {
  await db.close();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
});

t.test('work that an earlier version left', async (t) => {
  const migrations = projectFile('src', 'server', 'adapters', 'postgres', 'migrations');
  await db.query('create table migrations (name text primary key, applied_at timestamptz default now())');
  for (const name of readdirSync(migrations)
    .sort()
    .filter((file) => file < '0040')) {
    await db.query(readFileSync(join(migrations, name), 'utf8'));
    await db.query('insert into migrations (name) values ($1)', [name]);
  }
  const now = new Date('2026-05-04T10:00:00Z');
  const later = new Date('2026-05-04T11:00:00Z');
  await db.query(
    `insert into outbox (queue, payload, key, due_at, enqueued_at, started_at, attempts, starts, finished_at, failed_at)
     values ('package-task', '{"n": 1}', 'a', null, null, null, 0, 0, null, null),
       ('package-task', '{"n": 2}', 'b', null, $1, $1, 3, 5, null, null),
       ('send-mail', '{"n": 3}', 'c', $2, null, null, 1, 1, null, null),
       ('send-mail', '{"n": 4}', 'd', null, $1, $1, 17, 17, null, $1),
       ('send-mail', '{"n": 5}', 'e', null, $1, $1, 0, 1, $1, null),
       ('sweep', '{}', 'sweep', null, $1, $1, 0, 1, null, null)`,
    [now, later],
  );
  await db.migrate();

  const due = await publishDue(db, now, 10);
  const leases = await Promise.all(due.map((attempt) => beginAttempt(db, attempt, now)));
  const seen = leases.map((lease) => [lease?.payload, lease?.failures, lease?.starts]);
  t.same(new Set(seen.map((one) => JSON.stringify(one))), new Set(['[{"n":1},0,1]', '[{"n":2},3,1]']));
  for (const lease of leases) t.ok(lease && (await finishAttempt(db, lease, now)));
  t.match(await publishDue(db, later, 10), [{ queue: 'send-mail', attempt: 1 }], 'in its time');
  t.match(await listFailed(db, 10), [{ queue: 'send-mail', attempts: 17, payload: { n: 4 } }]);
  const again = { queue: 'package-task', payload: { requestId: 'r', taskId: 't' }, key: 'e' } as const;
  t.equal(await enqueue(db, again), undefined, 'keys still stand for what was done');
});
