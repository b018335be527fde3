/** Where the service keeps things: disk, database, the queue on it or on Redis. */
import { randomBytes } from 'node:crypto';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { isSeglError } from '@segl/problem/errors';
import type { DoctorFinding as Finding } from '@segl/identity/method';
import { judgeSetup } from '@segl/server/application/access/method-directory';
import type { Methods } from '@segl/server/composition/methods';
import type { Database } from '@segl/server/adapters/postgres/database';
import { listSetups } from '@segl/server/adapters/postgres/accounts/method-setups';
import { countJobs } from '@segl/server/adapters/postgres/work/jobs';
import { listScheduledRuns } from '@segl/server/adapters/postgres/work/scheduled-jobs';
import { withDatabase } from '../store.ts';
import { cliProblems } from '../problems.ts';
import { failed, guarded, note, ok, reasonOf, type Scene } from './finding.ts';

const SPACE = { failed: 1 << 28, note: 5 * 2 ** 30 } as const;
const REDIS_TIMEOUT_MS = 5_000;

export const checkDisk = ({ config: { dataDir } }: Scene): Promise<Finding[]> =>
  guarded('disk', async () => {
    const path = join(dataDir, `doctor-${randomBytes(6).toString('hex')}`);
    try {
      const file = await open(path, 'wx', 0o600);
      try {
        await file.writeFile('segl doctor');
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      const code = reasonOf(error);
      const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'doctor/disk-full' : 'doctor/disk-unwritable';
      return [failed('disk', cliProblems.of(why, { folder: dataDir, code }))];
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
    }
    const { bavail, bsize } = await statfs(dataDir);
    const free = bavail * bsize;
    const facts = { folder: dataDir, gigabytes: (free / 2 ** 30).toFixed(1) };
    if (free < SPACE.failed) return [failed('disk', cliProblems.of('doctor/disk-almost-full', facts))];
    if (free < SPACE.note) return [note('disk', cliProblems.of('doctor/disk-filling', facts))];
    return [ok('disk', cliProblems.of('doctor/disk', facts))];
  });

/**
 * The database, the work in it, and the set-ups of accounts. Without `methods`, whose settings they build on, these are left
 * out.
 */
export const checkDatabase = (scene: Scene, methods: Methods | undefined): Promise<Finding[]> =>
  guarded('database', async () => {
    try {
      return await withDatabase(scene.config, (db) => lookInto(db, methods));
    } catch (error) {
      if (isSeglError(error)) throw error;
      return [failed('database', cliProblems.of('doctor/database-unusable', { said: reasonOf(error) }))];
    }
  });

async function lookInto(db: Database, methods: Methods | undefined): Promise<Finding[]> {
  const [row] = await db.query<{ version: string; number: number }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number`,
  );
  const { version = '', number = 0 } = row ?? {};
  const stuck = (await countJobs(db)).filter((queue) => queue.failed > 0);
  const failing = (await listScheduledRuns(db)).flatMap(({ name, error }) =>
    error ? [{ name, error }] : [],
  );
  const findings = [
    number >= 130_000
      ? ok('database', cliProblems.of('doctor/database', { version }))
      : failed('database', cliProblems.of('doctor/database-old', { version })),
    stuck.length === 0
      ? ok('queue', cliProblems.of('doctor/queue'))
      : note(
          'queue',
          cliProblems.of('doctor/queue-given-up', {
            jobs: stuck.map(({ failed: count, queue }) => cliProblems.of('doctor/jobs', { count, queue })),
          }),
        ),
    failing.length === 0
      ? ok('schedule', cliProblems.of('doctor/schedule'))
      : note(
          'schedule',
          cliProblems.of('doctor/schedule-failed', {
            runs: failing.map((run) => cliProblems.of('doctor/run', run)),
          }),
        ),
  ];
  if (!methods) return findings;
  for (const row of await listSetups(db)) {
    const found = await guarded('provider', async () => [...(await judgeSetup(row, methods))]);
    findings.push(...found.map((one) => ({ ...one, check: `${row.service}: ${one.check}` })));
  }
  return findings;
}

export const checkRedis = ({ config: { redisUrl } }: Scene): Promise<Finding[]> =>
  guarded('redis', async () => {
    if (redisUrl === undefined) return [ok('redis', cliProblems.of('doctor/redis-unset'))];
    const redis = new Redis(redisUrl, {
      ...{ lazyConnect: true, connectTimeout: REDIS_TIMEOUT_MS, commandTimeout: REDIS_TIMEOUT_MS },
      ...{ maxRetriesPerRequest: 0, retryStrategy: () => null },
    });
    // what the connection dies of is told here only; the command says that it is closed
    let death: unknown;
    redis.on('error', (error) => (death ??= error));
    try {
      await redis.connect();
      return judgeRedis(await redis.info());
    } catch (error) {
      // codes of answers (WRONGPASS, NOAUTH) are the first word of the message
      const code = reasonOf(death ?? error).split(' ')[0]!;
      return [failed('redis', cliProblems.of('doctor/redis-unusable', { code }))];
    } finally {
      redis.disconnect();
    }
  });

function judgeRedis(info: string): Finding[] {
  const value = (name: string): string => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = value('redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    return [failed('redis', cliProblems.of('doctor/redis-old', { version }))];
  const policy = value('maxmemory_policy');
  return [
    policy === 'noeviction'
      ? ok('redis', cliProblems.of('doctor/redis', { version }))
      : note('redis', cliProblems.of('doctor/redis-policy', { version, policy })),
  ];
}
