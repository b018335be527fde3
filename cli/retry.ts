/** `segl retry`: lists work that was given up after its last try, and takes it up again. */
import { cliProblems } from './problems.ts';
import type { Command } from 'commander';
import { systemClock } from '@segl/problem/clock';
import { loadConfig } from '@segl/server/config/config';
import { SeglError } from '@segl/problem/errors';
import { retryFailed } from '@segl/server/application/upkeep/retry';
import type { QueueName } from '@segl/server/domain/lifecycle/jobs';
import { countFailed, listFailed, type FailedWork } from '@segl/server/adapters/postgres/work/failed-work';
import type { Env } from './command.ts';
import { withDatabase } from './store.ts';
import { tell } from './told.ts';

/** Listed, or taken up with --all, in one call. */
const MOST = 1000;

const WORK: Readonly<Record<QueueName, string>> = {
  'package-task': 'packages of task',
  'package-order': 'packaging task',
  'deliver-callback': 'callback',
  'send-mail': 'mail',
  'send-sms': 'text message',
};

/** Two lines of it: what it is, and what its last error was, with its code; the error's further lines are left to the log. */
export function describeWork(work: FailedWork): string {
  const { id, queue, attempts, failedAt, requestId, taskId, notificationId } = work;
  const error = work.error
    ? ` ${tell(work.error).split('\n', 1)[0]!.slice(0, 200)} [${work.error.code}]`
    : '';
  const of = [notificationId ?? taskId].filter(Boolean).map((name) => ` "${name}"`);
  const tries = attempts === 1 ? '1 try' : `${attempts} tries`;
  return [
    `${id}  ${failedAt.toISOString()}  ${WORK[queue]}${of.join('')} of request ${requestId ?? '(gone)'}`,
    `    ${tries}:${error}`,
  ].join('\n');
}

/** Without ids or --all it changes nothing. Works beside a running service. */
export function addRetry(program: Command, env: Env): void {
  program
    .command('retry [ids...]')
    .description(
      'lists work that was given up after its last try (packages, notifications), or takes it up again',
    )
    .option('--all', 'takes all of it up again')
    .action(async (ids: readonly string[], { all = false }: { readonly all?: boolean }) => {
      if (all && ids.length > 0)
        throw cliProblems.error('BAD_REQUEST', { why: cliProblems.of('option/all-or-ids') });
      await retry(ids, all, env);
    });
}

async function retry(ids: readonly string[], all: boolean, env: Env): Promise<void> {
  await withDatabase(loadConfig(env), async (db) => {
    if (ids.length > 0) {
      await retryFailed(db, systemClock, [...new Set(ids)]);
      process.stdout.write(`${ids.length} taken up again.\n`);
      return;
    }
    const work = await listFailed(db, MOST);
    if (work.length === 0) {
      process.stdout.write('Nothing was given up.\n');
      return;
    }
    if (all) {
      // one by one: another operator may have been faster with some
      let taken = 0;
      for (const { id } of work) {
        await retryFailed(db, systemClock, [id]).then(
          () => (taken += 1),
          (error: unknown) => {
            if (!(error instanceof SeglError) || error.code !== 'WORK_UNKNOWN') throw error;
          },
        );
      }
      process.stdout.write(`${taken} taken up again.\n`);
      return;
    }
    const more = (await countFailed(db)) - work.length;
    process.stdout.write(`${work.map(describeWork).join('\n')}\n${more > 0 ? `and ${more} more\n` : ''}`);
    process.stdout.write('\nsegl retry ID… takes these up again, segl retry --all every one.\n');
  });
}
