/** `segl sandbox sign URL --user NAME`: plays a test person, for anyone's automated tests. */
import { cliProblems } from './problems.ts';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '@segl/server/config/config';
import { signAsPerson, type SignAsPerson } from '@segl/sandbox/person/sign';
import type { Env } from './command.ts';
import { methodParts } from './methods/index.ts';

async function readUpload(path: string): Promise<NonNullable<SignAsPerson['upload']>> {
  const bytes = await readFile(path);
  const isPdf = bytes.subarray(0, 5).toString('latin1') === '%PDF-';
  return { name: basename(path), type: isPdf ? 'application/pdf' : 'text/plain', bytes };
}

interface Options {
  readonly user: string;
  readonly method?: string;
  readonly upload?: string;
  readonly register?: boolean;
  readonly quiet?: boolean;
}

export function addSign(sandbox: Command, env: Env): void {
  const command = sandbox
    .command('sign <task-url>')
    .description('plays a test person: opens the task URL, reads, signs, sends in')
    .requiredOption('--user <name>', 'which test person')
    .option('--method <name>', 'what the person signs with where the task offers a choice');
  for (const { nationalId } of methodParts) command.option(`--${nationalId.name} <number>`, nationalId.about);
  command
    .option('--upload <file>', 'what the person uploads where a document is asked for')
    .option('--register', 'the person registers for the next time where that is offered, e.g. a passkey')
    .option('--quiet', 'tells only where the person is sent in the end')
    .action((taskUrl: string, options: Options & Readonly<Record<string, unknown>>) => {
      const given = methodParts.map(({ nationalId }) => options[nationalId.name]);
      const nationalId = given.find((number) => typeof number === 'string');
      return sign(taskUrl, { ...options, ...(nationalId !== undefined && { nationalId }) }, env);
    });
}

async function sign(
  taskUrl: string,
  {
    user,
    method,
    nationalId,
    upload,
    register = false,
    quiet = false,
  }: Options & { readonly nationalId?: string },
  env: Env,
): Promise<void> {
  if (!URL.canParse(taskUrl))
    throw cliProblems.error('BAD_REQUEST', { why: cliProblems.of('argument/not-a-url', { text: taskUrl }) });
  const { redirectedTo } = await signAsPerson({
    taskUrl,
    user,
    sandboxUrl: loadConfig(env).sandboxUrl,
    registers: register,
    ...(method !== undefined && { method }),
    ...(nationalId !== undefined && { nationalId }),
    ...(upload !== undefined && { upload: await readUpload(upload) }),
    log: (step) => {
      if (!quiet) process.stderr.write(`${step}\n`);
    },
  });
  if (redirectedTo !== undefined) process.stdout.write(`${redirectedTo}\n`);
}
