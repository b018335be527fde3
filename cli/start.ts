/** The ways to run: everything together, or the parts apart. What they load is loaded when they run. */
import type { Command } from 'commander';
import { besideSandbox, settingsOf, type BesideSandbox, type Env } from './command.ts';

const processes = () => import('./processes.ts');

export function addStart(program: Command, env: Env): void {
  besideSandbox(program.command('start'))
    .description('everything in one process: service, workers and, with --sandbox, the sandbox')
    .action(async (options: BesideSandbox) => (await processes()).startAll(settingsOf(env, options)));
}

export function addServe(program: Command, env: Env): void {
  besideSandbox(program.command('serve'))
    .description('the service only: SOAP, documents, portal')
    .action(async (options: BesideSandbox) => (await processes()).startServing(settingsOf(env, options)));
}

export function addWorker(program: Command, env: Env): void {
  besideSandbox(program.command('worker'))
    .description('background work only: packages, callbacks, clearing up; any number of them')
    .action(async (options: BesideSandbox) => (await processes()).startWorking(settingsOf(env, options)));
}

/** The sandbox; gives the command, which others add theirs to. */
export const addSandbox = (program: Command, env: Env): Command =>
  program
    .command('sandbox')
    .description('the sandbox only: identity providers, OCSP, time-stamps, test persons')
    .action(async () => (await processes()).startSandboxAlone(env));
