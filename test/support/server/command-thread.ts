/** The thread of command.ts. */
import { parentPort } from 'node:worker_threads';
import { run } from '@segl/cli/run';
import type { Answer, Asked } from './command.ts';

let answer = { output: '', out: '' };

process.stdout.write = (text: string | Uint8Array): boolean => {
  const printed = String(text);
  answer = { output: answer.output + printed, out: answer.out + printed };
  return true;
};
process.stderr.write = (text: string | Uint8Array): boolean => {
  answer = { ...answer, output: answer.output + String(text) };
  return true;
};

parentPort?.on('message', ({ args, env }: Asked) => {
  answer = { output: '', out: '' };
  void run(args, env).then((code) => {
    process.exitCode = undefined;
    parentPort?.postMessage({ code, ...answer } satisfies Answer);
  });
});
