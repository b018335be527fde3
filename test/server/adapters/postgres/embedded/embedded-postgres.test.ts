import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import t from 'tap';
import { isSeglError } from '@segl/problem/errors';
import { silentLogger } from '@segl/server/adapters/telemetry/log';
import { startEmbeddedPostgres } from '@segl/server/adapters/postgres/embedded/embedded-postgres';

const asRoot = process.getuid?.() === 0;
const folders: string[] = [];

function newDataDir(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, 'segl-test-'));
  folders.push(folder);
  return folder;
}

t.teardown(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Repeats `work` until it succeeds. */
async function eventually<T>(work: () => Promise<T> | T): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries > 200) throw error;
      await sleep(50);
    }
  }
}

const postmaster = (dataDir: string): number =>
  Number.parseInt(readFileSync(join(dataDir, 'cluster', 'postmaster.pid'), 'latin1'), 10);

/** Inodes of all sockets that `pid` holds. */
function socketsOf(pid: number): Set<string> {
  const list = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  return new Set([...list.matchAll(/socket:\[(\d+)\]/g)].map((match) => match[1] ?? ''));
}

const isGone = (pid: number): void => {
  let there = true;
  try {
    process.kill(pid, 0);
    // a zombie that nobody reaps is gone, too
    there = !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    there = false;
  }
  if (there) throw new Error(`${pid} is still there`);
};

/** A process of its own that runs the database on `dataDir`, prints its url, and waits to be killed. */
async function startOwner(
  dataDir: string,
  user?: { uid: number; gid: number },
): Promise<{ child: ChildProcess; line: string }> {
  const program = `
    const { startEmbeddedPostgres } = await import('@segl/server/adapters/postgres/embedded/embedded-postgres');
    const { silentLogger } = await import('@segl/server/adapters/telemetry/log');
    try {
      const db = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: silentLogger });
      console.log(db.url);
      process.on('SIGTERM', () => db.close().then(() => process.exit(0)));
    } catch (error) {
      console.log(error.message);
      process.exit(1);
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  });
  if (!child.stdout) throw new Error('no pipe');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, line };
}

t.test('serves on a Unix socket only, keeps data over a restart, and asks for the password', async (t) => {
  const dataDir = newDataDir();
  const first = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  const pid = postmaster(dataDir);
  const [facts] = await query<Record<string, string>>(
    first.url,
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync,
       current_setting('data_checksums') as checksums, current_setting('listen_addresses') as addresses,
       current_setting('server_encoding') as encoding, current_database() as database`,
  );
  t.same(facts, {
    version: 18,
    fsync: 'on',
    checksums: 'on',
    addresses: '',
    encoding: 'UTF8',
    database: 'segl',
  });

  const own = socketsOf(pid);
  const listening = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => readFileSync(file, 'latin1').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && own.has(inode ?? ''));
  t.same(listening, [], 'no TCP socket');
  t.ok(own.size > 0, 'but it has sockets that this test can see');

  t.equal(statSync(join(dataDir, 'password')).mode & 0o777, 0o600);
  t.equal(statSync(join(dataDir, 'cluster')).mode & 0o777, 0o700);
  if (asRoot) t.not(statSync(`/proc/${pid}`).uid, 0, 'does not run as root');
  await t.rejects(
    query(first.url.replace(/:[0-9a-f]{64}@/, ':wrong@'), 'select 1'),
    /password authentication/,
  );

  await query(first.url, 'create table kept (x int); insert into kept values (42)');
  await first.close();
  isGone(pid);
  const second = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  t.same(await query(second.url, 'select x from kept'), [{ x: 42 }]);
  t.equal(second.url, first.url);
  await second.close();
});

t.test('comes back by itself after kill -9 of the server', async (t) => {
  const dataDir = newDataDir();
  const db = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  await query(db.url, 'create table kept (x int); insert into kept values (1)');
  for (let round = 1; round <= 2; round++) {
    const pid = postmaster(dataDir);
    process.kill(pid, 'SIGKILL');
    await eventually(() => isGone(pid));
    t.same(await eventually(() => query(db.url, 'select x from kept')), [{ x: 1 }], `round ${round}`);
    t.not(postmaster(dataDir), pid);
  }
  await db.close();
});

t.test('ends with its owner, even on kill -9, and the next owner finds everything', async (t) => {
  const dataDir = newDataDir();
  const { child, line: url } = await startOwner(dataDir);
  await query(url, 'create table kept (x int); insert into kept values (7)');
  const pid = postmaster(dataDir);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const db = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  isGone(pid);
  t.same(await query(db.url, 'select x from kept'), [{ x: 7 }]);
  await db.close();
});

t.test('takes over from a server that nobody ended', async (t) => {
  const dataDir = newDataDir();
  const { child } = await startOwner(dataDir);
  const pid = postmaster(dataDir);
  // without its guard the server outlives its owner
  const guard = Number(/^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
  const watchers = execFileSync('ps', ['-o', 'pid=', '--ppid', String(guard)], { encoding: 'utf8' });
  child.kill('SIGSTOP');
  for (const watcher of watchers.trim().split(/\s+/).map(Number)) {
    if (watcher !== pid) process.kill(watcher, 'SIGKILL');
  }
  process.kill(guard, 'SIGKILL');
  child.kill('SIGKILL');
  await once(child, 'exit');
  process.kill(pid, 0);

  const db = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  isGone(pid);
  t.same(await query(db.url, 'select 1 as one'), [{ one: 1 }]);
  await db.close();
});

t.test('ignores the pid file of a process that is not its server', async (t) => {
  const dataDir = newDataDir();
  const first = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  await first.close();
  const file = join(dataDir, 'cluster', 'postmaster.pid');
  writeFileSync(file, `${process.pid}\n/proc/self/cwd\n1\n5432\n.\n\n`);
  if (asRoot) chownSync(file, 65534, 65534);
  const second = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  t.not(postmaster(dataDir), process.pid);
  await second.close();
});

t.test('a second process on the same folder is turned away', async (t) => {
  const dataDir = newDataDir();
  const db = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  const error = await startEmbeddedPostgres({ dataDir, log: silentLogger }).catch((error: unknown) => error);
  t.ok(isSeglError(error, 'DATA_DIR_IN_USE'));
  const { line } = await startOwner(dataDir);
  t.match(line, /Another process uses the database/);
  t.same(await query(db.url, 'select 1 as one'), [{ one: 1 }], 'the first goes on');
  await db.close();
});

t.test('a path too long for a socket, with a space and letters beyond ASCII, will do', async (t) => {
  const dataDir = join(newDataDir(), 'Blåbærgrød og æbler', 'x'.repeat(120));
  const db = await startEmbeddedPostgres({ dataDir, log: silentLogger });
  t.same(await query(db.url, 'select 1 as one'), [{ one: 1 }]);
  await db.close();
});

const needsRoot = { skip: asRoot ? false : 'needs root, to become another user' };

t.test('as root: works below a folder that only root can enter', needsRoot, async (t) => {
  const closed = newDataDir();
  chmodSync(closed, 0o700);
  const db = await startEmbeddedPostgres({ dataDir: join(closed, 'data'), log: silentLogger });
  t.same(await query(db.url, 'select 1 as one'), [{ one: 1 }]);
  const pid = postmaster(join(closed, 'data'));
  t.equal(readlinkSync(`/proc/${pid}/cwd`), join(closed, 'data', 'cluster'));
  await db.close();
});

t.test(
  'as an ordinary user: starts, is stopped, and root goes on with the same data',
  needsRoot,
  async (t) => {
    const dataDir = newDataDir();
    const user = { uid: 65534, gid: 65534 };
    chownSync(dataDir, user.uid, user.gid);
    const { child, line: url } = await startOwner(dataDir, user);
    await query(url, 'create table kept (x int); insert into kept values (9)');
    t.equal(statSync(join(dataDir, 'cluster')).uid, user.uid);
    child.kill('SIGTERM');
    t.same(await once(child, 'exit'), [0, null]);

    const db = await startEmbeddedPostgres({ dataDir, log: silentLogger });
    t.same(await query(db.url, 'select x from kept'), [{ x: 9 }]);
    await db.close();
  },
);

t.test('says what is wrong when the cluster cannot be made or opened', async (t) => {
  const dataDir = newDataDir();
  mkdirSync(join(dataDir, 'cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '14\n');
  await t.rejects(startEmbeddedPostgres({ dataDir, log: silentLogger }), {
    code: 'EMBEDDED_POSTGRES_FAILED',
    message: /made by PostgreSQL 14, this is 18/,
  });
});
