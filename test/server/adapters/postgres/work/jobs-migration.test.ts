/**
 * What was due before the table of jobs had its name is due afterwards, and what was given up can be taken up again. What was
 * noted in sentences is kept as problems.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { generalProblems } from '@segl/problem/problems';
import { projectFile } from '@segl/server/paths';
import { serverProblems } from '@segl/server/problems';
import { Database } from '@segl/server/adapters/postgres/database';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';
import { findDelivery, noteAttempt } from '@segl/server/adapters/postgres/work/deliveries';
import { listFailed } from '@segl/server/adapters/postgres/work/failed-work';
import { beginAttempt, enqueue, finishAttempt, publishDue } from '@segl/server/adapters/postgres/work/jobs';
import { findPreserved, listPreservationEvents } from '@segl/server/adapters/postgres/preservation';
import { listScheduledRuns } from '@segl/server/adapters/postgres/work/scheduled-jobs';
import { silentLogger } from '@segl/server/adapters/telemetry/log';

const folder = mkdtempSync(join(tmpdir(), 'segl-test-'));
const postgres = await startEmbeddedPostgres({ dataDir: folder, log: silentLogger });
const db = new Database({ url: postgres.url });
t.teardown(async () => {
  await db.close();
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
});

const now = new Date('2026-05-04T10:00:00Z');

/** Applies the migrations from `first` up to but not `last`. */
async function migrate(first: string, last: string): Promise<void> {
  const migrations = projectFile('src', 'server', 'adapters', 'postgres', 'migrations');
  const names = readdirSync(migrations).filter((name) => name >= first && name < last);
  for (const name of names.sort()) {
    await db.query(readFileSync(join(migrations, name), 'utf8'));
    await db.query('insert into migrations (name) values ($1)', [name]);
  }
}

t.test('work that an earlier version left', async (t) => {
  await db.query('create table migrations (name text primary key, applied_at timestamptz default now())');
  await migrate('0000', '0040');
  const later = new Date('2026-05-04T11:00:00Z');
  await db.query(
    `insert into outbox (queue, payload, key, due_at, enqueued_at, started_at, attempts, starts, finished_at, failed_at,
       last_error)
     values ('package-task', '{"n": 1}', 'a', null, null, null, 0, 0, null, null, null),
       ('package-task', '{"n": 2}', 'b', null, $1, $1, 3, 5, null, null, 'Not yet.'),
       ('send-mail', '{"n": 3}', 'c', $2, null, null, 1, 1, null, null, 'Not yet.'),
       ('send-mail', '{"n": 4}', 'd', null, $1, $1, 17, 17, null, $1, 'The "mail" server answered 550.'),
       ('send-mail', '{"n": 5}', 'e', null, $1, $1, 0, 1, $1, null, null),
       ('sweep', '{}', 'sweep', null, $1, $1, 0, 1, null, null, null)`,
    [now, later],
  );
  await migrate('0040', '0055');
  await db.query(
    `insert into services (name, password_hash, created_at)
       values ('s', '$scrypt$ln=17,r=8,p=1$c2FsdA$aGFzaA', now());
     insert into orders (request_id, service, spec, created_at) values ('r', 's', '{}', now());
     insert into archive_documents (id, service, sha256, size, content_type, created_at)
       values ('a', 's', '', 0, 'application/pdf', now());`,
  );
  await db.query(
    `insert into deliveries (id, request_id, notification_id, type, recipient, message, occasion, created_at, last_error)
     values ('d', 'r', 'n', 'EMAIL', 'x@example.com', '', 'o', $1, 'It was away.')`,
    [now],
  );
  await db.query(
    "insert into scheduled_jobs (name, started_at, failed_at, error) values ('purge', $1, $1, 'Not today.')",
    [now],
  );
  await db.query(
    `insert into preservation (archive_id, due_at, proof_because, problem, failures)
     values ('a', $1, 'the certificate of Seal', null, 0)`,
    [now],
  );
  await db.query(
    `insert into preservation_events (service, archive_id, at, type, detail)
     values ('s', 'a', $1, 'failed', 'No authority answers.'), ('s', 'a', $1, 'renewed', null)`,
    [now],
  );
  await db.migrate();

  const due = await publishDue(db, now, 10);
  const leases = await Promise.all(due.map((attempt) => beginAttempt(db, attempt, now)));
  const seen = leases.map((lease) => [lease?.payload, lease?.failures, lease?.starts]);
  t.same(new Set(seen.map((one) => JSON.stringify(one))), new Set(['[{"n":1},0,1]', '[{"n":2},3,1]']));
  for (const lease of leases) t.ok(lease && (await finishAttempt(db, lease, now)));
  t.match(await publishDue(db, later, 10), [{ queue: 'send-mail', attempt: 1 }], 'in its time');
  const [failed, ...others] = await listFailed(db, 10);
  t.match(failed, { queue: 'send-mail', attempts: 17, payload: { n: 4 } });
  t.same(others, []);
  const text = 'The "mail" server answered 550.';
  t.same(failed?.error, { code: 'kept/earlier-text', params: { text } }, 'what was noted as a sentence');
  t.equal(serverProblems.catalogue.text(failed!.error!, 'en'), text);
  const earlier = (text: string) => ({ code: 'kept/earlier-text', params: { text } });
  t.match(await findDelivery(db, 'd'), { lastError: earlier('It was away.') });
  t.match(await listScheduledRuns(db), [{ name: 'purge', error: earlier('Not today.') }]);
  t.match(await findPreserved(db, 'a'), { proofBecause: earlier('the certificate of Seal'), problem: null });
  t.match(await listPreservationEvents(db, 's', now, 10), [
    { type: 'renewed', detail: null },
    { type: 'failed', detail: earlier('No authority answers.') },
  ]);
  const odd = generalProblems.of('foreign/said', { said: 'zero \0 and half a pair \ud800' });
  await noteAttempt(db, 'd', { error: odd });
  t.same((await findDelivery(db, 'd'))?.lastError, odd, 'whatever somebody else says can be kept');
  const again = { queue: 'package-task', payload: { requestId: 'r', taskId: 't' }, key: 'e' } as const;
  t.equal(await enqueue(db, again), undefined, 'keys still stand for what was done');
});
