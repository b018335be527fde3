/** The real program in processes of its own, on free ports, with data in a temporary folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackEnd } from '@segl/cli/demo/back-end';
import { SANDBOX_ACCOUNT } from '@segl/cli/sandbox/account';
import { projectFile } from '@segl/server/paths';
import { fillDataDir } from '../test-place.ts';
import { openCommands, type Answer } from './command.ts';

interface TestHandle {
  teardown(fn: () => unknown): unknown;
}

export interface Program {
  readonly child: ChildProcess;
  /** Everything that it printed so far. */
  readonly output: () => string;
  /** Resolves when what it printed matches; tests end that wait for what is never said. */
  said(pattern: RegExp): Promise<void>;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Sends the signal and waits for the end; gives the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface Place {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly baseUrl: string;
  readonly sandboxUrl: string;
  readonly backEnd: BackEnd;
  /** Runs `segl COMMAND` here. */
  run(command: string, env?: NodeJS.ProcessEnv, args?: readonly string[]): Program;
  /** Runs `segl COMMAND` here to its end, in a thread that all of them share. */
  ask(command: string, env?: NodeJS.ProcessEnv, args?: readonly string[]): Promise<Answer>;
  /** Runs it and waits until the service answers /ready. */
  start(command?: string, env?: NodeJS.ProcessEnv): Promise<Program>;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Asks four times a second: each question takes time from the very work that is waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  ms = 60_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(250);
  }
}

/** As scripts/node-flags.mjs has them, but for source maps, whose reading takes a sixth of the time to start. */
const FLAGS = ['--disable-proto=delete', '--min-semi-space-size=16'];

/** Everything that was started in it ends with the test, and its data goes. */
export async function createPlace(t: TestHandle): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'segl-test-'));
  await fillDataDir(dataDir);
  const [port, sandboxPort] = [await freePort(), await freePort()];
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATA_DIR: dataDir,
    PORT: String(port),
    SANDBOX: 'on',
    SANDBOX_PORT: String(sandboxPort),
  };
  const baseUrl = `http://localhost:${port}`;
  const running: Program[] = [];
  t.teardown(async () => {
    for (const program of running) await program.end('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });
  const ask = openCommands(t);
  const run: Place['run'] = (command, more = {}, rest = []) => {
    const args = [...FLAGS, projectFile('cli', 'dist', 'main.js'), command, ...rest];
    const child = spawn(process.execPath, args, {
      env: { ...env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (output += String(text)));
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    const program: Program = {
      child,
      output: () => output,
      said: async (pattern) => {
        while (!pattern.test(output))
          await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
      },
      ended,
      end: async (signal) => {
        child.kill(signal);
        return ended;
      },
    };
    running.push(program);
    return program;
  };
  return {
    dataDir,
    env,
    baseUrl,
    sandboxUrl: `http://localhost:${sandboxPort}`,
    backEnd: new BackEnd({ baseUrl, ...SANDBOX_ACCOUNT }),
    run,
    ask: (command, more = {}, rest = []) => ask([command, ...rest], { ...env, ...more }),
    start: async (command = 'start', more = {}) => {
      const program = run(command, more);
      await until(`${command} is ready`, async () => {
        if (program.child.exitCode !== null) throw new Error('it ended');
        return (await fetch(`${baseUrl}/ready`)).ok;
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${program.output()}`);
      });
      return program;
    },
  };
}
