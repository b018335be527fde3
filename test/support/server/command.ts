/** `segl` commands one after another in one thread, for tests about their answers: a process of its own mostly loads modules. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Env } from '@segl/cli/command';

interface TestHandle {
  teardown(fn: () => unknown): unknown;
}

/** What the thread is asked for. */
export interface Asked {
  readonly args: readonly string[];
  readonly env: Env;
}

/** How a command ended. */
export interface Answer {
  readonly code: number;
  /** Everything that it printed, on either stream. */
  readonly output: string;
  /** Of it, what it printed on standard output. */
  readonly out: string;
}

/** Runs a command with nothing but `env` for its settings; commands that are asked for at the same time wait for each other. */
export type AskCommand = (args: readonly string[], env: Env) => Promise<Answer>;

/** The thread starts with the first command, has no environment of its own, and ends with the test. */
export function openCommands(t: TestHandle): AskCommand {
  let thread: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  t.teardown(async () => {
    await last.catch(() => undefined);
    await thread?.terminate();
  });
  const ask: AskCommand = async (args, env) => {
    thread ??= new Worker(new URL('./command-thread.js', import.meta.url), {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
    const answered = once(thread, 'message') as Promise<[Answer]>;
    thread.postMessage({ args, env } satisfies Asked);
    return (await answered)[0];
  };
  return (args, env) => {
    const answer = last.catch(() => undefined).then(() => ask(args, env));
    last = answer;
    return answer;
  };
}
