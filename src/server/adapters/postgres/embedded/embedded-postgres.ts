/**
 * The embedded database: a real PostgreSQL server, run as a child of this process. It listens on a Unix socket inside
 * its own data folder and on nothing else, survives a crash of either side, and ends with us.
 */
import { generalProblems } from '@segl/problem/problems';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { serverProblems } from '../../../problems.ts';
import type { Logger } from '../../telemetry/log.ts';
import { providePostgres, type PostgresBinaries, type ServerUser } from './postgres-binaries.ts';
import { endOrphan, launchPostgres, pathForServer, type PostgresProcess } from './postgres-process.ts';

/** Role and database; the server has no others. */
const NAME = 'segl';

/** "nobody" on every common system: PostgreSQL refuses to run as root. */
const UNPRIVILEGED: ServerUser = { uid: 65534, gid: 65534 };

/** Longest path of a Unix socket on Linux and macOS, less the file name `.s.PGSQL.5432` and a separator. */
const MAX_SOCKET_FOLDER = 103 - '/.s.PGSQL.5432'.length;

/** Crash recovery after a power cut can take a while. */
const START_TIMEOUT_MS = 120_000;

export interface EmbeddedPostgres {
  /** postgres://… with the password; a Unix socket, so it serves this machine only. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the server, creating the cluster on the first run, and restarts it when it dies. `dataDir` belongs to the
 * database alone: `cluster/` and the file `password`. As root, it is handed to the user that the server runs as.
 * Throws EMBEDDED_POSTGRES_FAILED, and DATA_DIR_IN_USE when another process runs on the same folder.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string;
  log: Logger;
}): Promise<EmbeddedPostgres> {
  const { log } = options;
  if (process.platform === 'win32') {
    throw serverProblems.error('EMBEDDED_POSTGRES_FAILED', {
      why: serverProblems.of('embedded-postgres/no-unix-sockets'),
    });
  }
  const home = options.dataDir;
  await mkdir(home, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(home);
  const cleanUp: (() => Promise<unknown>)[] = [() => unlock(lock)];
  const close = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const user = await serverUser(home);
    const binaries = await providePostgres({ user, copyFolder: user ? '/var/lib/segl' : home });
    const password = await providePassword(home, user);
    const folder = join(home, 'cluster');
    await provideCluster({ binaries, home, folder, user });
    const socket = await socketFolder(folder);
    cleanUp.push(socket.remove);
    const urlOf = (database: string): string =>
      `postgres://${NAME}:${password}@localhost/${database}?host=${encodeURIComponent(socket.path)}`;

    const server = new SupervisedServer({ postgres: binaries.postgres, folder, user, log });
    cleanUp.push(() => server.stop());
    await server.start(() => provideDatabase(urlOf('postgres')));
    return { url: urlOf(NAME), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The address of the server that another process runs on this folder; undefined when none does. */
export async function runningEmbeddedPostgres(dataDir: string): Promise<string | undefined> {
  try {
    // lines: process, folder, start, port, folder of the socket (pidfile.h)
    const cluster = join(dataDir, 'cluster');
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
    const password = (await readFile(join(dataDir, 'password'), 'utf8')).trim();
    process.kill(Number(lines[0]), 0);
    const socket = resolve(cluster, lines[4] ?? '');
    if (Buffer.byteLength(socket) > MAX_SOCKET_FOLDER) return undefined;
    return `postgres://${NAME}:${password}@localhost/${NAME}?host=${encodeURIComponent(socket)}`;
  } catch {
    return undefined;
  }
}

/**
 * Takes the folder for this process by listening on a name that the kernel frees the moment the process ends, so no
 * lock can be left behind. Linux only; elsewhere the server's own pid file has to do.
 */
async function lockFolder(home: string): Promise<Server | undefined> {
  if (process.platform !== 'linux') return undefined;
  const name = createHash('sha256')
    .update(await realpath(home))
    .digest('hex');
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? serverProblems.error('DATA_DIR_IN_USE', { folder: home }) : error),
    );
    server.listen({ path: `\0segl-${name}` }, resolve);
  });
  server.unref();
  return server;
}

const unlock = (lock: Server | undefined): Promise<void> =>
  new Promise((resolve) => (lock ? lock.close(() => resolve()) : resolve()));

/** As root: whoever owns the cluster already, else "nobody". As anybody else: oneself. */
async function serverUser(home: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const { uid, gid } = await stat(home);
  if (uid !== 0) return { uid, gid };
  await chown(home, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  return UNPRIVILEGED;
}

async function providePassword(home: string, user: ServerUser | undefined): Promise<string> {
  const path = join(home, 'password');
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known) return known.trim();
  const password = randomBytes(32).toString('hex');
  const file = await open(`${path}.new`, 'w', 0o600);
  await file.writeFile(password);
  if (user) await file.chown(user.uid, user.gid);
  await file.sync();
  await file.close();
  await rename(`${path}.new`, path);
  return password;
}

/** Creates the cluster under another name first, so that an interrupted initdb leaves nothing half-made. */
async function provideCluster(options: {
  binaries: PostgresBinaries;
  home: string;
  folder: string;
  user: ServerUser | undefined;
}): Promise<void> {
  const { binaries, home, folder, user } = options;
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    const why = serverProblems.of('embedded-postgres/unreadable', { folder });
    throw serverProblems.error('EMBEDDED_POSTGRES_FAILED', { why }, { cause: error });
  });
  if (version !== undefined) {
    if (version.trim() === binaries.major) return;
    const versions = { found: version.trim(), needed: binaries.major };
    const why = serverProblems.of('embedded-postgres/other-version', { folder, ...versions });
    throw serverProblems.error('EMBEDDED_POSTGRES_FAILED', { why });
  }
  const fresh = `${folder}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o700 });
  if (user) await chown(fresh, user.uid, user.gid);
  await initialize({ binaries, fresh, user, passwordFile: join(home, 'password') });
  await rename(fresh, folder);
}

async function initialize(options: {
  binaries: PostgresBinaries;
  fresh: string;
  user: ServerUser | undefined;
  passwordFile: string;
}): Promise<void> {
  const { binaries, fresh, user } = options;
  const password = await open(options.passwordFile, 'r');
  try {
    const child = spawn(
      binaries.initdb,
      [
        ...['-D', pathForServer(fresh, user), '-U', NAME, '--pwfile=/dev/fd/3', '--auth=scram-sha-256'],
        ...['--data-checksums', '--locale=C', '-E', 'UTF8'],
      ],
      {
        cwd: fresh,
        ...user,
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
        stdio: ['ignore', 'ignore', 'pipe', password.fd],
      },
    );
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(complaint.trim() || `exit code ${code}`);
  } catch (cause) {
    const why = generalProblems.of('foreign/said', { said: (cause as Error).message });
    throw serverProblems.error('EMBEDDED_POSTGRES_FAILED', { why }, { cause });
  } finally {
    await password.close();
  }
}

/** The path under which clients find the socket: the data folder, or a short link to it where its path is too long. */
async function socketFolder(folder: string): Promise<{ path: string; remove: () => Promise<void> }> {
  if (Buffer.byteLength(folder) <= MAX_SOCKET_FOLDER) return { path: folder, remove: async () => undefined };
  const short = await mkdtemp(join(tmpdir(), 'segl-'));
  await chmod(short, 0o700);
  await symlink(await realpath(folder), join(short, 'd'));
  return { path: join(short, 'd'), remove: () => rm(short, { recursive: true, force: true }) };
}

/** Connects once and creates the database if it is missing; throws while the server does not take connections. */
async function provideDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
  } finally {
    await client.end();
  }
}

/** Keeps one server process running until it is stopped. */
class SupervisedServer {
  readonly #launch: Parameters<typeof launchPostgres>[0];
  #process: PostgresProcess | undefined;
  readonly #stopping = new AbortController();
  #watching: Promise<void> | undefined;

  constructor(launch: Parameters<typeof launchPostgres>[0]) {
    this.#launch = launch;
  }

  /** Resolves when `probe` succeeds; throws EMBEDDED_POSTGRES_FAILED when the server does not come up. */
  async start(probe: () => Promise<void>): Promise<void> {
    await this.#run();
    const deadline = performance.now() + START_TIMEOUT_MS;
    let ended: string | undefined;
    void this.#process?.ended.then((how) => (ended = how));
    for (;;) {
      try {
        await probe();
        break;
      } catch (cause) {
        if (ended === undefined && performance.now() < deadline) {
          await sleep(20);
          continue;
        }
        const why =
          ended === undefined
            ? generalProblems.of('foreign/said', { said: (cause as Error).message })
            : serverProblems.of('embedded-postgres/ended', { program: 'postgres', how: ended });
        throw serverProblems.error('EMBEDDED_POSTGRES_FAILED', { why }, { cause });
      }
    }
    this.#watching = this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    await this.#watching;
  }

  async #run(): Promise<void> {
    if (!(await endOrphan(this.#launch.folder, this.#launch.log))) {
      throw serverProblems.error('DATA_DIR_IN_USE', { folder: this.#launch.folder });
    }
    this.#process = launchPostgres(this.#launch);
  }

  /** A server that dies is started again, at once the first time and then at growing intervals. */
  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    let pause = 100;
    for (;;) {
      const started = performance.now();
      const how = await this.#process?.ended;
      if (signal.aborted) return;
      if (performance.now() - started > 60_000) pause = 100;
      this.#launch.log.error({ how }, 'The embedded database ended unexpectedly; starting it again.');
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, 30_000);
      if (signal.aborted) return;
      // what still lives of the old server keeps its pid file until it is gone
      await this.#run().catch((error: unknown) => this.#launch.log.error({ err: error }, 'Not started.'));
      if (signal.aborted) await this.#process?.stop();
    }
  }
}
