/** Starts the service as its own process, as `segl start --sandbox` would, and waits until it answers. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectFile } from '@segl/server/paths';

export interface RunningService {
  readonly process: ChildProcess;
  /** SIGTERM, then waits for the end. */
  stop(): Promise<void>;
}

const READY_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Logs go to `folder`/service.log. Throws when the service ends or is not ready within a minute. */
export async function startServiceProcess(
  folder: string,
  baseUrl: string,
  env: NodeJS.ProcessEnv,
): Promise<RunningService> {
  const logFile = join(folder, 'service.log');
  const log = createWriteStream(logFile);
  const child = spawn(
    process.execPath,
    [
      '--disable-proto=delete',
      '--enable-source-maps',
      projectFile('cli', 'dist', 'main.js'),
      'start',
      '--sandbox',
    ],
    { env, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child.stdout.pipe(log);
  child.stderr.pipe(log, { end: false });
  let ended: string | undefined;
  const exit = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = `the service ended with ${signal ?? code}; see ${logFile}`;
      resolve();
    });
  });
  const until = performance.now() + READY_MS;
  while (!(await answers(`${baseUrl}/ready`))) {
    if (ended !== undefined) throw new Error(ended);
    if (performance.now() > until) {
      child.kill();
      throw new Error(`the service was not ready within a minute; see ${logFile}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
  return {
    process: child,
    stop: async () => {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
};
