/** One running PostgreSQL server process: started under a guard, found again by its pid file, stopped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, readlink, realpath, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../telemetry/log.ts';
import type { ServerUser } from './postgres-binaries.ts';

/**
 * Runs the server and asks it to shut down fast (SIGINT) when standard input closes. The other end of that pipe is
 * held by this process alone, so the server ends with it however it ends, `kill -9` included.
 */
const GUARD = `exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
(read -r _ <&3; kill -INT $server) &
reader=$!
wait $server
code=$?
kill $reader 2>/dev/null
exit $code`;

/** A folder of ours that the server's user may be unable to reach by path: it is entered before the user changes. */
export const pathForServer = (folder: string, user: ServerUser | undefined): string =>
  user && process.platform === 'linux' ? '/proc/self/cwd' : folder;

const settings: Readonly<Record<string, string>> = {
  // no TCP at all; the socket lies in the data folder, which only the server's user can enter
  listen_addresses: '',
  unix_socket_directories: '.',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  huge_pages: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '',
  // neither statements nor the values in them belong into a log
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

export interface PostgresProcess {
  /** Resolves when the process is gone, with its exit code or signal. */
  readonly ended: Promise<string>;
  /** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

/** Starts the server on the cluster in `folder`. It may still be recovering when this returns. */
export function launchPostgres(options: {
  postgres: string;
  folder: string;
  user: ServerUser | undefined;
  log: Logger;
}): PostgresProcess {
  const { postgres, folder, user, log } = options;
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(
    '/bin/sh',
    ['-c', GUARD, 'postgres-guard', postgres, '-D', pathForServer(folder, user), ...flags],
    {
      cwd: folder,
      ...user,
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
      // a process group of its own: Ctrl-C in a terminal must reach only us, who then stop it in order
      detached: true,
    },
  );
  forwardLog(child, log);
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    child.on('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  return {
    ended,
    async stop() {
      child.stdin?.end();
      const slow = setTimeout(() => signalGroup(child, 'SIGQUIT'), 30_000);
      await ended;
      clearTimeout(slow);
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // it is gone already
  }
}

/** The server's own messages at the level they deserve; FATAL ends one connection, PANIC the server. */
function forwardLog(child: ChildProcess, log: Logger): void {
  if (!child.stderr) return;
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('PANIC:')) log.error({ part: 'postgres' }, line);
    else if (/^(FATAL|ERROR|WARNING):/.test(line) && !/starting up|not yet accepting/.test(line)) {
      log.warn({ part: 'postgres' }, line);
    } else log.debug({ part: 'postgres' }, line);
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether `pid` is a server at work in `folder`: a server's working directory is always its data folder. */
async function worksIn(pid: number, folder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return place !== undefined && place === (await realpath(folder));
}

/**
 * Clears the way for a new server on `folder`: an orphan of an earlier run is given a moment to end by itself, then
 * told to; a pid file whose process is dead or somebody else's is removed (the server would refuse to start on it).
 * The caller holds the lock on the folder, so a server found here has no living owner. False: it does not go away.
 */
export async function endOrphan(folder: string, log: Logger): Promise<boolean> {
  const file = join(folder, 'postmaster.pid');
  const text = await readFile(file, 'latin1').catch(() => undefined);
  if (text === undefined) return true;
  const pid = Number.parseInt(text, 10);
  if (pid > 1 && (await worksIn(pid, folder))) {
    log.warn({ pid }, 'The database of an earlier run is still there; waiting for it to end.');
    for (const signal of [undefined, 'SIGINT', 'SIGQUIT'] as const) {
      if (signal) process.kill(pid, signal);
      for (let waited = 0; waited < (signal ? 20_000 : 2_000) && isAlive(pid); waited += 50) await sleep(50);
      if (!isAlive(pid)) break;
    }
    if (await worksIn(pid, folder)) return false;
  }
  const later = await readFile(file, 'latin1').catch(() => undefined);
  if (later !== undefined && Number.parseInt(later, 10) === pid) await unlink(file);
  return true;
}
