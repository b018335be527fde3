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
      const todo =
        code === 'ENOSPC' || code === 'EDQUOT'
          ? 'Make room at once: nothing can be stored.'
          : 'Give the user of the service that folder, or set another DATA_DIR.';
      return [failed('disk', `${dataDir} cannot be written (${code}).`, todo)];
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
    }
    const { bavail, bsize } = await statfs(dataDir);
    const free = bavail * bsize;
    const text = `${dataDir} can be written; ${(free / 2 ** 30).toFixed(1)} GB are free.`;
    if (free < SPACE.failed) return [failed('disk', text, 'Make room at once: nothing can be stored soon.')];
    return [free < SPACE.note ? note('disk', text, 'Make room, or move DATA_DIR.') : ok('disk', text)];
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
      const todo = 'Start PostgreSQL; check DATABASE_URL: host, port, user and password, name.';
      return [failed('database', `PostgreSQL cannot be used (${reasonOf(error)}).`, todo)];
    }
  });

async function lookInto(db: Database, methods: Methods | undefined): Promise<Finding[]> {
  const [row] = await db.query<{ version: string; number: number }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number`,
  );
  const { version = '', number = 0 } = row ?? {};
  const stuck = (await countJobs(db)).filter((queue) => queue.failed > 0);
  const failing = (await listScheduledRuns(db)).filter((run) => run.failedAt !== null);
  const findings = [
    number >= 130_000
      ? ok('database', `PostgreSQL ${version} answers, its tables are current.`)
      : failed('database', `PostgreSQL ${version} is too old.`, 'Use PostgreSQL 13 or later.'),
    stuck.length === 0
      ? ok('queue', 'No job was given up.')
      : note(
          'queue',
          `Jobs were given up: ${stuck.map((one) => `${one.failed} of ${one.queue}`).join(', ')}.`,
          'segl retry lists them with their errors, and takes them up again once the cause is gone.',
        ),
    failing.length === 0
      ? ok('schedule', 'What runs by the clock ended well.')
      : note(
          'schedule',
          `What runs by the clock failed: ${failing.map(({ name, error }) => `${name} (${error ?? ''})`).join(', ')}.`,
          'It is tried again on its own; the log has the error.',
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
    if (redisUrl === undefined) return [ok('redis', 'REDIS_URL is not set: the queue is in PostgreSQL.')];
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
      const why = reasonOf(death ?? error).split(' ')[0]!;
      const todo = 'Start Redis; check REDIS_URL: host, port, user and password, rediss:// for TLS.';
      return [failed('redis', `Redis cannot be used (${why}).`, todo)];
    } finally {
      redis.disconnect();
    }
  });

function judgeRedis(info: string): Finding[] {
  const value = (name: string): string => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = value('redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 2))
    return [failed('redis', `Redis ${version} is too old.`, 'Use Redis 6.2 or later.')];
  const policy = value('maxmemory_policy');
  return [
    policy === 'noeviction'
      ? ok('redis', `Redis ${version} answers.`)
      : note(
          'redis',
          `Redis ${version} may drop jobs when its memory is full (maxmemory-policy ${policy}).`,
          'Set maxmemory-policy to noeviction.',
        ),
  ];
}
